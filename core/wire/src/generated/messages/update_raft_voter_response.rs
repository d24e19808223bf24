//! `UpdateRaftVoterResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the UpdateRaftVoter API (key 82), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UpdateRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub current_leader: CurrentLeader,
}

impl Wire for UpdateRaftVoterResponse {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            throttle_time_ms: d.read(v, "UpdateRaftVoterResponse.throttle_time_ms")?,
            error_code: d.read(v, "UpdateRaftVoterResponse.error_code")?,
            current_leader: CurrentLeader::default(),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.current_leader = d.read(v, "UpdateRaftVoterResponse.current_leader")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "UpdateRaftVoterResponse.throttle_time_ms");
        e.write(&self.error_code, v, "UpdateRaftVoterResponse.error_code");
        e.tags(v, |t| {
            t.field(0, self.current_leader != CurrentLeader::default(), &self.current_leader, v, "UpdateRaftVoterResponse.current_leader");
        });
    }
}

/// Part of [`UpdateRaftVoterResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CurrentLeader {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub host: Str,
    pub port: i32,
}

impl Default for CurrentLeader {
    fn default() -> Self {
        Self {
            leader_id: -1,
            leader_epoch: -1,
            host: Str::default(),
            port: 0,
        }
    }
}

impl Wire for CurrentLeader {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            leader_id: d.read(v, "CurrentLeader.leader_id")?,
            leader_epoch: d.read(v, "CurrentLeader.leader_epoch")?,
            host: d.read(v, "CurrentLeader.host")?,
            port: d.read(v, "CurrentLeader.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.leader_id, v, "CurrentLeader.leader_id");
        e.write(&self.leader_epoch, v, "CurrentLeader.leader_epoch");
        e.write(&self.host, v, "CurrentLeader.host");
        e.write(&self.port, v, "CurrentLeader.port");
        e.tags(v, |_| {});
    }
}

impl Message for UpdateRaftVoterResponse {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
