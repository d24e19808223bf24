//! `QuorumStateData`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuorumStateData {
    pub cluster_id: Str,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub voted_id: i32,
    pub voted_directory_id: Uuid,
    pub applied_offset: i64,
    pub current_voters: Option<Vec<Voter>>,
}

impl Default for QuorumStateData {
    fn default() -> Self {
        Self {
            cluster_id: Str::default(),
            leader_id: -1,
            leader_epoch: -1,
            voted_id: -1,
            voted_directory_id: Uuid::ZERO,
            applied_offset: 0,
            current_voters: Some(Vec::new()),
        }
    }
}

impl Wire for QuorumStateData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 23,
            _ => 29,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: if v.number <= 0 { d.read(v, "QuorumStateData.cluster_id")? } else { Str::default() },
            leader_id: d.read(v, "QuorumStateData.leader_id")?,
            leader_epoch: d.read(v, "QuorumStateData.leader_epoch")?,
            voted_id: d.read(v, "QuorumStateData.voted_id")?,
            voted_directory_id: if v.number >= 1 { d.read(v, "QuorumStateData.voted_directory_id")? } else { Uuid::ZERO },
            applied_offset: if v.number <= 0 { d.read(v, "QuorumStateData.applied_offset")? } else { 0 },
            current_voters: if v.number <= 0 { d.read(v, "QuorumStateData.current_voters")? } else { Some(Vec::new()) },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 0 { e.write(&self.cluster_id, v, "QuorumStateData.cluster_id"); } else { e.absent(!self.cluster_id.is_empty(), "QuorumStateData.cluster_id"); }
        e.write(&self.leader_id, v, "QuorumStateData.leader_id");
        e.write(&self.leader_epoch, v, "QuorumStateData.leader_epoch");
        e.write(&self.voted_id, v, "QuorumStateData.voted_id");
        if v.number >= 1 { e.write(&self.voted_directory_id, v, "QuorumStateData.voted_directory_id"); } else { e.absent(self.voted_directory_id != Uuid::ZERO, "QuorumStateData.voted_directory_id"); }
        if v.number <= 0 { e.write(&self.applied_offset, v, "QuorumStateData.applied_offset"); } else { e.absent(self.applied_offset != 0, "QuorumStateData.applied_offset"); }
        if v.number <= 0 { e.write(&self.current_voters, v, "QuorumStateData.current_voters"); } else { e.absent(self.current_voters.as_ref().is_none_or(|x| !x.is_empty()), "QuorumStateData.current_voters"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`QuorumStateData`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Voter {
    pub voter_id: i32,
}

impl Wire for Voter {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            voter_id: d.read(v, "Voter.voter_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.voter_id, v, "Voter.voter_id");
        e.tags(v, |_| {});
    }
}

impl Message for QuorumStateData {
    const NAME: &'static str = "QuorumStateData";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
