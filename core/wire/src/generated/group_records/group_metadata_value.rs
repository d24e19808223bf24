//! `GroupMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 2, versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMetadataValue {
    pub protocol_type: Str,
    pub generation: i32,
    pub protocol: Option<Str>,
    pub leader: Option<Str>,
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
}

impl Default for GroupMetadataValue {
    fn default() -> Self {
        Self {
            protocol_type: Str::default(),
            generation: 0,
            protocol: Some(Str::default()),
            leader: Some(Str::default()),
            current_state_timestamp: -1,
            members: Vec::new(),
        }
    }
}

impl Wire for GroupMetadataValue {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 14,
            2..=3 => 22,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            protocol_type: d.read(v, "GroupMetadataValue.protocol_type")?,
            generation: d.read(v, "GroupMetadataValue.generation")?,
            protocol: d.read(v, "GroupMetadataValue.protocol")?,
            leader: d.read(v, "GroupMetadataValue.leader")?,
            current_state_timestamp: if v.number >= 2 { d.read(v, "GroupMetadataValue.current_state_timestamp")? } else { -1 },
            members: d.read(v, "GroupMetadataValue.members")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.protocol_type, v, "GroupMetadataValue.protocol_type");
        e.write(&self.generation, v, "GroupMetadataValue.generation");
        e.write(&self.protocol, v, "GroupMetadataValue.protocol");
        e.write(&self.leader, v, "GroupMetadataValue.leader");
        if v.number >= 2 { e.write(&self.current_state_timestamp, v, "GroupMetadataValue.current_state_timestamp"); }
        e.write(&self.members, v, "GroupMetadataValue.members");
        e.tags(v, |_| {});
    }
}

/// Part of [`GroupMetadataValue`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberMetadata {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    pub subscription: Bytes,
    pub assignment: Bytes,
}

impl Default for MemberMetadata {
    fn default() -> Self {
        Self {
            member_id: Str::default(),
            group_instance_id: None,
            client_id: Str::default(),
            client_host: Str::default(),
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: Bytes::new(),
            assignment: Bytes::new(),
        }
    }
}

impl Wire for MemberMetadata {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 18,
            1..=2 => 22,
            3..=3 => 24,
            _ => 15,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "MemberMetadata.member_id")?,
            group_instance_id: if v.number >= 3 { d.read(v, "MemberMetadata.group_instance_id")? } else { None },
            client_id: d.read(v, "MemberMetadata.client_id")?,
            client_host: d.read(v, "MemberMetadata.client_host")?,
            rebalance_timeout: if v.number >= 1 { d.read(v, "MemberMetadata.rebalance_timeout")? } else { -1 },
            session_timeout: d.read(v, "MemberMetadata.session_timeout")?,
            subscription: d.read(v, "MemberMetadata.subscription")?,
            assignment: d.read(v, "MemberMetadata.assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "MemberMetadata.member_id");
        if v.number >= 3 { e.write(&self.group_instance_id, v, "MemberMetadata.group_instance_id"); }
        e.write(&self.client_id, v, "MemberMetadata.client_id");
        e.write(&self.client_host, v, "MemberMetadata.client_host");
        if v.number >= 1 { e.write(&self.rebalance_timeout, v, "MemberMetadata.rebalance_timeout"); }
        e.write(&self.session_timeout, v, "MemberMetadata.session_timeout");
        e.write(&self.subscription, v, "MemberMetadata.subscription");
        e.write(&self.assignment, v, "MemberMetadata.assignment");
        e.tags(v, |_| {});
    }
}

impl Message for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
