//! The roles of a voter, and the steps between them.

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
/// | Candidate | Leader | a majority of votes, its own durable among them; that it leads is durable, too | yes |
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
    /// Stands for election in its epoch; its vote is on its way to the disk.
    Candidate,
    /// Leads its epoch.
    Leader(Leader),
}

impl Role {
    /// The name in logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Unattached => "unattached",
            Self::Resigned => "resigned",
            Self::Candidate => "candidate",
            Self::Leader(_) => "leader",
        }
    }
}
