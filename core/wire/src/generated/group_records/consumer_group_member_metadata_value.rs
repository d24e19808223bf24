//! `ConsumerGroupMemberMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 5, version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupMemberMetadataValue {
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub subscribed_topic_regex: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub server_assignor: Option<Str>,
    pub classic_member_metadata: Option<ClassicMemberMetadata>,
}

impl Default for ConsumerGroupMemberMetadataValue {
    fn default() -> Self {
        Self {
            instance_id: Some(Str::default()),
            rack_id: Some(Str::default()),
            client_id: Str::default(),
            client_host: Str::default(),
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: Some(Str::default()),
            rebalance_timeout_ms: -1,
            server_assignor: Some(Str::default()),
            classic_member_metadata: Some(ClassicMemberMetadata::default()),
        }
    }
}

impl Wire for ConsumerGroupMemberMetadataValue {
    fn min_size(_: Version) -> usize {
        12
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            instance_id: d.read(v, "ConsumerGroupMemberMetadataValue.instance_id")?,
            rack_id: d.read(v, "ConsumerGroupMemberMetadataValue.rack_id")?,
            client_id: d.read(v, "ConsumerGroupMemberMetadataValue.client_id")?,
            client_host: d.read(v, "ConsumerGroupMemberMetadataValue.client_host")?,
            subscribed_topic_names: d.read(v, "ConsumerGroupMemberMetadataValue.subscribed_topic_names")?,
            subscribed_topic_regex: d.read(v, "ConsumerGroupMemberMetadataValue.subscribed_topic_regex")?,
            rebalance_timeout_ms: d.read(v, "ConsumerGroupMemberMetadataValue.rebalance_timeout_ms")?,
            server_assignor: d.read(v, "ConsumerGroupMemberMetadataValue.server_assignor")?,
            classic_member_metadata: Some(ClassicMemberMetadata::default()),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.classic_member_metadata = d.read_tagged_struct(v, "ConsumerGroupMemberMetadataValue.classic_member_metadata")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.instance_id, v, "ConsumerGroupMemberMetadataValue.instance_id");
        e.write(&self.rack_id, v, "ConsumerGroupMemberMetadataValue.rack_id");
        e.write(&self.client_id, v, "ConsumerGroupMemberMetadataValue.client_id");
        e.write(&self.client_host, v, "ConsumerGroupMemberMetadataValue.client_host");
        e.write(&self.subscribed_topic_names, v, "ConsumerGroupMemberMetadataValue.subscribed_topic_names");
        e.write(&self.subscribed_topic_regex, v, "ConsumerGroupMemberMetadataValue.subscribed_topic_regex");
        e.write(&self.rebalance_timeout_ms, v, "ConsumerGroupMemberMetadataValue.rebalance_timeout_ms");
        e.write(&self.server_assignor, v, "ConsumerGroupMemberMetadataValue.server_assignor");
        e.tags(v, |t| {
            t.structure(0, self.classic_member_metadata != Some(ClassicMemberMetadata::default()), self.classic_member_metadata.as_ref(), v, "ConsumerGroupMemberMetadataValue.classic_member_metadata");
        });
    }
}

/// Part of [`ConsumerGroupMemberMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassicMemberMetadata {
    pub session_timeout_ms: i32,
    pub supported_protocols: Vec<ClassicProtocol>,
}

impl Wire for ClassicMemberMetadata {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            session_timeout_ms: d.read(v, "ClassicMemberMetadata.session_timeout_ms")?,
            supported_protocols: d.read(v, "ClassicMemberMetadata.supported_protocols")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.session_timeout_ms, v, "ClassicMemberMetadata.session_timeout_ms");
        e.write(&self.supported_protocols, v, "ClassicMemberMetadata.supported_protocols");
        e.tags(v, |_| {});
    }
}

impl Nullable for ClassicMemberMetadata {}

/// Part of [`ConsumerGroupMemberMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassicProtocol {
    pub name: Str,
    pub metadata: Bytes,
}

impl Wire for ClassicProtocol {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ClassicProtocol.name")?,
            metadata: d.read(v, "ClassicProtocol.metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ClassicProtocol.name");
        e.write(&self.metadata, v, "ClassicProtocol.metadata");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupMemberMetadataValue {
    const NAME: &'static str = "ConsumerGroupMemberMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
