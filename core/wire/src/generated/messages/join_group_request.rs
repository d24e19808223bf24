//! `JoinGroupRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the JoinGroup API (key 11), versions 0 to 9.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinGroupRequest {
    pub group_id: Str,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub protocol_type: Str,
    pub protocols: Vec<JoinGroupRequestProtocol>,
    pub reason: Option<Str>,
}

impl Default for JoinGroupRequest {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: Str::default(),
            group_instance_id: None,
            protocol_type: Str::default(),
            protocols: Vec::new(),
            reason: None,
        }
    }
}

impl Wire for JoinGroupRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 14,
            1..=4 => 18,
            5..=5 => 20,
            6..=7 => 14,
            _ => 15,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "JoinGroupRequest.group_id")?,
            session_timeout_ms: d.read(v, "JoinGroupRequest.session_timeout_ms")?,
            rebalance_timeout_ms: if v.number >= 1 { d.read(v, "JoinGroupRequest.rebalance_timeout_ms")? } else { -1 },
            member_id: d.read(v, "JoinGroupRequest.member_id")?,
            group_instance_id: if v.number >= 5 { d.read(v, "JoinGroupRequest.group_instance_id")? } else { None },
            protocol_type: d.read(v, "JoinGroupRequest.protocol_type")?,
            protocols: d.read(v, "JoinGroupRequest.protocols")?,
            reason: if v.number >= 8 { d.read(v, "JoinGroupRequest.reason")? } else { None },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "JoinGroupRequest.group_id");
        e.write(&self.session_timeout_ms, v, "JoinGroupRequest.session_timeout_ms");
        if v.number >= 1 { e.write(&self.rebalance_timeout_ms, v, "JoinGroupRequest.rebalance_timeout_ms"); }
        e.write(&self.member_id, v, "JoinGroupRequest.member_id");
        if v.number >= 5 { e.write(&self.group_instance_id, v, "JoinGroupRequest.group_instance_id"); } else { e.absent(self.group_instance_id.is_some(), "JoinGroupRequest.group_instance_id"); }
        e.write(&self.protocol_type, v, "JoinGroupRequest.protocol_type");
        e.write(&self.protocols, v, "JoinGroupRequest.protocols");
        if v.number >= 8 { e.write(&self.reason, v, "JoinGroupRequest.reason"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`JoinGroupRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JoinGroupRequestProtocol {
    pub name: Str,
    pub metadata: Bytes,
}

impl Wire for JoinGroupRequestProtocol {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "JoinGroupRequestProtocol.name")?,
            metadata: d.read(v, "JoinGroupRequestProtocol.metadata")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "JoinGroupRequestProtocol.name");
        e.write(&self.metadata, v, "JoinGroupRequestProtocol.metadata");
        e.tags(v, |_| {});
    }
}

impl Message for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=9;
    const FLEXIBLE_FROM: i16 = 6;
}
