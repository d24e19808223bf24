//! `RemoveRaftVoterRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the RemoveRaftVoter API (key 81), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoveRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
}

impl Default for RemoveRaftVoterRequest {
    fn default() -> Self {
        Self {
            cluster_id: Some(Str::default()),
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
        }
    }
}

impl Wire for RemoveRaftVoterRequest {
    fn min_size(_: Version) -> usize {
        22
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "RemoveRaftVoterRequest.cluster_id")?,
            voter_id: d.read(v, "RemoveRaftVoterRequest.voter_id")?,
            voter_directory_id: d.read(v, "RemoveRaftVoterRequest.voter_directory_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "RemoveRaftVoterRequest.cluster_id");
        e.write(&self.voter_id, v, "RemoveRaftVoterRequest.voter_id");
        e.write(&self.voter_directory_id, v, "RemoveRaftVoterRequest.voter_directory_id");
        e.tags(v, |_| {});
    }
}

impl Message for RemoveRaftVoterRequest {
    const NAME: &'static str = "RemoveRaftVoterRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
