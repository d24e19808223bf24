//! `ShareGroupHeartbeatRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ShareGroupHeartbeat API (key 76), version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub rack_id: Option<Str>,
    pub subscribed_topic_names: Option<Vec<Str>>,
}

impl Wire for ShareGroupHeartbeatRequest {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ShareGroupHeartbeatRequest.group_id")?,
            member_id: d.read(v, "ShareGroupHeartbeatRequest.member_id")?,
            member_epoch: d.read(v, "ShareGroupHeartbeatRequest.member_epoch")?,
            rack_id: d.read(v, "ShareGroupHeartbeatRequest.rack_id")?,
            subscribed_topic_names: d.read(v, "ShareGroupHeartbeatRequest.subscribed_topic_names")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareGroupHeartbeatRequest.group_id");
        e.write(&self.member_id, v, "ShareGroupHeartbeatRequest.member_id");
        e.write(&self.member_epoch, v, "ShareGroupHeartbeatRequest.member_epoch");
        e.write(&self.rack_id, v, "ShareGroupHeartbeatRequest.rack_id");
        e.write(&self.subscribed_topic_names, v, "ShareGroupHeartbeatRequest.subscribed_topic_names");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupHeartbeatRequest {
    const NAME: &'static str = "ShareGroupHeartbeatRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
