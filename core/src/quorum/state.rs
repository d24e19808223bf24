//! The roles of a voter, and the steps between them.

use crate::types::{LeaderEpoch, Offset};

use super::leader::Leader;

/// What this node is in the quorum.
///
/// | from | to | when | built |
/// |---|---|---|---|
/// | Loading | Unattached | the files say that somebody else led last, or nobody | yes |
/// | Loading | Resigned | the files say that this node led last: it may have lost what it had not synced | yes |
/// | Unattached, Resigned | Prospective | election timeout | a quorum of one needs no timeout |
/// | Prospective | Candidate | a majority of pre-votes | a quorum of one has it at once |
/// | Unattached, Resigned | Candidate | the only voter | yes |
/// | Candidate | Leader | a majority of votes, its own durable among them | yes |
/// | Candidate | Prospective | election timeout, or lost | no |
/// | Leader | Resigned | shutdown, lost majority, removed | no |
/// | Follower | Prospective | fetch timeout | no |
/// | any | Unattached | a higher epoch is seen | no |
/// | any | Follower | a leader of this epoch or a higher one is known | no |
///
/// An epoch or a vote takes effect only when it is durable: each arrow into a new epoch goes through the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The files are not read yet.
    Loading,
    /// Knows no leader.
    Unattached,
    /// Led the epoch in an earlier life and must not lead it again.
    Resigned,
    /// Stands for election in its epoch.
    Candidate(Candidate),
    /// Leads its epoch.
    Leader(Leader),
}

/// How far a candidacy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Candidate {
    /// The vote for itself is on its way to the disk.
    Voting,
    /// Elected; that it leads is on its way to the disk, so that no later life leads this epoch again.
    Elected,
}

impl Role {
    /// The name in logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Unattached => "unattached",
            Self::Resigned => "resigned",
            Self::Candidate(_) => "candidate",
            Self::Leader(_) => "leader",
        }
    }
}

/// Where the metadata log stands when the quorum starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogFacts {
    /// First offset that can be read.
    pub(crate) log_start_offset: Offset,
    /// Next offset to be assigned.
    pub(crate) log_end_offset: Offset,
    /// Epoch of the newest batch; -1 in an empty log.
    pub(crate) last_epoch: LeaderEpoch,
}
