//! `HeartbeatRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Heartbeat API (key 12), versions 0 to 4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeartbeatRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
}

impl Wire for HeartbeatRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 8,
            3..=3 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "HeartbeatRequest.group_id")?,
            generation_id: d.read(v, "HeartbeatRequest.generation_id")?,
            member_id: d.read(v, "HeartbeatRequest.member_id")?,
            group_instance_id: if v.number >= 3 { d.read(v, "HeartbeatRequest.group_instance_id")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "HeartbeatRequest.group_id");
        e.write(&self.generation_id, v, "HeartbeatRequest.generation_id");
        e.write(&self.member_id, v, "HeartbeatRequest.member_id");
        if v.number >= 3 { e.write(&self.group_instance_id, v, "HeartbeatRequest.group_instance_id"); } else { e.absent(self.group_instance_id.is_some(), "HeartbeatRequest.group_instance_id"); }
        e.tags(v, |_| {});
    }
}

impl Message for HeartbeatRequest {
    const NAME: &'static str = "HeartbeatRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
