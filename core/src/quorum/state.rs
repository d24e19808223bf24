//! The roles of a node in the quorum, and the steps between them.

use alloc::vec::Vec;

use super::ballot::{Ballot, Call};
use super::follower::Follower;
use super::leader::Leader;
use crate::edge::Address;
use crate::time::Timestamp;
use crate::types::BrokerId;

/// What this node is in the quorum.
///
/// | from | to | epoch | when |
/// |---|---|---|---|
/// | Loading | Unattached | same | the start: nobody is known to lead |
/// | Loading | Resigned | same | the start: this node led last, and may have lost what it had not synced |
/// | Loading | Follower | same | the start: somebody else led last |
/// | Unattached | Unattached | same | a vote is given |
/// | Unattached | Prospective | same | election timeout |
/// | Prospective | Prospective | same | a vote is given |
/// | Prospective | Candidate | next | a majority of pre-votes, or one voter is too old to know them |
/// | Prospective | Follower | same | it knew a leader, and the others still hear of that one; or the leader has come by |
/// | Prospective | Unattached | same | pre-votes are refused, or election timeout, without a leader |
/// | Candidate | Leader | same | a majority of votes |
/// | Candidate | Prospective | same | election timeout, the votes refused included |
/// | Unattached, Prospective, Resigned, Follower | Leader | next | the only voter: vote and leadership are one step |
/// | Leader | Resigned | same | shutdown; no majority fetches any more; removed from the voters |
/// | Resigned | Unattached | next | election timeout: the epoch had its leader |
/// | Follower | Prospective | same | fetch timeout of a voter |
/// | Follower | Unattached | same | fetch timeout of an observer: it looks for the leader elsewhere |
/// | Unattached, Candidate | Follower | same | a leader of this epoch is known |
/// | any but Loading | Unattached | higher | a higher epoch is seen |
/// | any but Loading | Follower | higher | a leader of a higher epoch is known |
///
/// An epoch, a vote or a leader counts when it is durable: each step that changes one goes through the disk, and whatever
/// arrives meanwhile waits. A step that changes none of them, such as resigning, is at once.
///
/// A leader and a candidate are voters. All others may be observers, too: brokers, and controllers that are not voters
/// yet or any more.
///
/// Source: KIP-595, KIP-853, KIP-996 (pre-vote). Kafka: `QuorumState`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The files are not read yet.
    Loading,
    /// Knows no leader, or not where it is.
    Unattached(Unattached),
    /// Asks whether it would be elected, which disturbs nobody.
    Prospective(Prospective),
    /// Stands for election in its epoch.
    Candidate(Candidate),
    /// Leads its epoch.
    Leader(Leader),
    /// Fetches from the leader of its epoch.
    Follower(Follower),
    /// Led its epoch and must not lead it again.
    Resigned(Resigned),
}

/// The state of [`Role::Unattached`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unattached {
    /// When a voter stands for election.
    pub(super) election_deadline: Timestamp,
    /// An observer's question who leads.
    pub(super) find: Call,
}

/// The state of [`Role::Prospective`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prospective {
    pub(super) election_deadline: Timestamp,
    pub(super) ballot: Ballot,
    /// Where the leader is that it goes back to if it is not elected.
    pub(super) leader: Option<Address>,
}

/// The state of [`Role::Candidate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) election_deadline: Timestamp,
    pub(super) ballot: Ballot,
}

/// The state of [`Role::Resigned`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resigned {
    /// When it takes part in elections again.
    pub(super) election_deadline: Timestamp,
    /// Voters that are told, each until it has heard it.
    pub(super) farewells: Vec<(BrokerId, Call)>,
    /// Who had most of the log, best first.
    pub(super) successors: Vec<super::voters::ReplicaKey>,
}

/// A role without its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Loading,
    Unattached,
    Prospective,
    Candidate,
    Leader,
    Follower,
    Resigned,
}

impl Role {
    fn kind(&self) -> Name {
        match self {
            Self::Loading => Name::Loading,
            Self::Unattached(_) => Name::Unattached,
            Self::Prospective(_) => Name::Prospective,
            Self::Candidate(_) => Name::Candidate,
            Self::Leader(_) => Name::Leader,
            Self::Follower(_) => Name::Follower,
            Self::Resigned(_) => Name::Resigned,
        }
    }

    /// The name in logs.
    pub(super) fn name(&self) -> &'static str {
        match self.kind() {
            Name::Loading => "loading",
            Name::Unattached => "unattached",
            Name::Prospective => "prospective",
            Name::Candidate => "candidate",
            Name::Leader => "leader",
            Name::Follower => "follower",
            Name::Resigned => "resigned",
        }
    }

    /// Whether the table has this step; `grows` says whether the epoch does.
    pub(super) fn may_become(&self, next: &Self, grows: bool) -> bool {
        use Name::{Candidate, Follower, Leader, Loading, Prospective, Resigned, Unattached};
        match (self.kind(), next.kind(), grows) {
            // The start is no step: it finds what was durable before.
            (Loading, ..) | (_, Loading, _) => false,
            (_, Unattached | Follower, true) => true,
            (Unattached, Unattached | Prospective | Follower, false) => true,
            (Prospective, Prospective | Follower | Unattached, false) | (Prospective, Candidate, true) => {
                true
            }
            (Candidate, Leader | Prospective | Follower, false) => true,
            (Unattached | Prospective | Resigned | Follower, Leader, true) => true,
            (Leader, Resigned, false) => true,
            (Follower, Prospective | Unattached, false) => true,
            _ => false,
        }
    }

    /// When a role that waits for an election has waited long enough.
    pub(super) fn election_deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Unattached(state) => Some(state.election_deadline),
            Self::Prospective(state) => Some(state.election_deadline),
            Self::Candidate(state) => Some(state.election_deadline),
            Self::Resigned(state) => Some(state.election_deadline),
            Self::Loading | Self::Leader(_) | Self::Follower(_) => None,
        }
    }
}
