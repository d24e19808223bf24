//! `LeaderChangeMessage`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LeaderChangeMessage {
    pub version: i16,
    pub leader_id: i32,
    pub voters: Vec<Voter>,
    pub granting_voters: Vec<Voter>,
}

impl Wire for LeaderChangeMessage {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            version: d.read(v, "LeaderChangeMessage.version")?,
            leader_id: d.read(v, "LeaderChangeMessage.leader_id")?,
            voters: d.read(v, "LeaderChangeMessage.voters")?,
            granting_voters: d.read(v, "LeaderChangeMessage.granting_voters")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.version, v, "LeaderChangeMessage.version");
        e.write(&self.leader_id, v, "LeaderChangeMessage.leader_id");
        e.write(&self.voters, v, "LeaderChangeMessage.voters");
        e.write(&self.granting_voters, v, "LeaderChangeMessage.granting_voters");
        e.tags(v, |_| {});
    }
}

/// Part of [`LeaderChangeMessage`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
}

impl Wire for Voter {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 5,
            _ => 21,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            voter_id: d.read(v, "Voter.voter_id")?,
            voter_directory_id: if v.number >= 1 { d.read(v, "Voter.voter_directory_id")? } else { Uuid::ZERO },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.voter_id, v, "Voter.voter_id");
        if v.number >= 1 { e.write(&self.voter_directory_id, v, "Voter.voter_directory_id"); } else { e.absent(self.voter_directory_id != Uuid::ZERO, "Voter.voter_directory_id"); }
        e.tags(v, |_| {});
    }
}

impl Message for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
