//! `ShareGroupMemberMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 10, version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareGroupMemberMetadataValue {
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
}

impl Default for ShareGroupMemberMetadataValue {
    fn default() -> Self {
        Self {
            rack_id: Some(Str::default()),
            client_id: Str::default(),
            client_host: Str::default(),
            subscribed_topic_names: Vec::new(),
        }
    }
}

impl Wire for ShareGroupMemberMetadataValue {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            rack_id: d.read(v, "ShareGroupMemberMetadataValue.rack_id")?,
            client_id: d.read(v, "ShareGroupMemberMetadataValue.client_id")?,
            client_host: d.read(v, "ShareGroupMemberMetadataValue.client_host")?,
            subscribed_topic_names: d.read(v, "ShareGroupMemberMetadataValue.subscribed_topic_names")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.rack_id, v, "ShareGroupMemberMetadataValue.rack_id");
        e.write(&self.client_id, v, "ShareGroupMemberMetadataValue.client_id");
        e.write(&self.client_host, v, "ShareGroupMemberMetadataValue.client_host");
        e.write(&self.subscribed_topic_names, v, "ShareGroupMemberMetadataValue.subscribed_topic_names");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupMemberMetadataValue {
    const NAME: &'static str = "ShareGroupMemberMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
