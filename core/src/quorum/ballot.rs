//! Votes being collected, and requests that are repeated until they are answered.

use alloc::collections::BTreeMap;

use super::voters::VoterSet;
use crate::time::Timestamp;
use crate::types::BrokerId;

/// A request to one other node: sent, and sent again if its answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Call {
    /// To be sent, not before this.
    Due(Timestamp),
    /// On its way.
    Asked,
    /// Answered; nothing is left to ask.
    Done,
}

impl Call {
    /// To be sent at once.
    pub(super) const NOW: Self = Self::Due(Timestamp(0));

    /// Whether to send it now; it counts as sent then.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let is_due = matches!(self, Self::Due(at) if *at <= now);
        if is_due {
            *self = Self::Asked;
        }
        is_due
    }

    /// When it is to be sent.
    pub(super) fn deadline(self) -> Option<Timestamp> {
        match self {
            Self::Due(at) => Some(at),
            Self::Asked | Self::Done => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Vote {
    Open(Call),
    Granted,
    Refused,
}

/// The votes, or pre-votes, of one election. The voters are those at its beginning: nothing is appended meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ballot {
    votes: BTreeMap<BrokerId, Vote>,
}

impl Ballot {
    /// Every voter is to be asked but this node, which is for itself.
    pub(super) fn new(voters: &VoterSet, node_id: BrokerId) -> Self {
        let vote = |id| (id, if id == node_id { Vote::Granted } else { Vote::Open(Call::NOW) });
        let ballot = Self { votes: voters.ids().map(vote).collect() };
        assert!(ballot.votes.contains_key(&node_id), "only voters stand for election");
        ballot
    }

    /// Takes a voter that is to be asked now.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<BrokerId> {
        for (id, vote) in &mut self.votes {
            if let Vote::Open(call) = vote
                && call.take(now)
            {
                return Some(*id);
            }
        }
        None
    }

    /// A voter has answered.
    pub(super) fn record(&mut self, id: BrokerId, granted: bool) {
        if let Some(vote @ Vote::Open(_)) = self.votes.get_mut(&id) {
            *vote = if granted { Vote::Granted } else { Vote::Refused };
        }
    }

    /// An answer is lost: the voter is asked again.
    pub(super) fn lost(&mut self, id: BrokerId, retry_at: Timestamp) {
        if let Some(vote @ Vote::Open(_)) = self.votes.get_mut(&id) {
            *vote = Vote::Open(Call::Due(retry_at));
        }
    }

    /// Who is for it.
    pub(super) fn granted(&self) -> impl Iterator<Item = BrokerId> {
        self.votes.iter().filter(|(_, vote)| **vote == Vote::Granted).map(|(id, _)| *id)
    }

    pub(super) fn is_won(&self) -> bool {
        self.granted().count() > self.votes.len() / 2
    }

    /// Whether no majority is possible any more.
    pub(super) fn is_lost(&self) -> bool {
        let refused = self.votes.values().filter(|vote| **vote == Vote::Refused).count();
        self.votes.len() - refused <= self.votes.len() / 2
    }

    /// When the next voter is to be asked.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let open = self.votes.values().filter_map(|vote| match vote {
            Vote::Open(call) => call.deadline(),
            Vote::Granted | Vote::Refused => None,
        });
        open.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Voter};
    use crate::edge::Address;

    fn ballot(voters: i32) -> Ballot {
        let voter = |id| Voter { id, address: Address { host: "h".into(), port: 1 } };
        let config = Config { quorum_voters: (1..=voters).map(voter).collect(), ..Config::default() };
        Ballot::new(&VoterSet::of_config(&config), 1)
    }

    /// Goal: half of the voters is no majority, and no voter counts twice.
    #[test]
    fn more_than_half_decides() {
        let mut four = ballot(4);
        four.record(2, true);
        four.record(2, true);
        assert!(!four.is_won() && !four.is_lost());
        four.record(3, false);
        assert!(!four.is_lost(), "the last one decides");
        four.record(4, true);
        assert!(four.is_won());
        four.record(4, false);
        assert!(four.is_won(), "a vote is given once");
        let mut three = ballot(3);
        [2, 3].map(|id| three.record(id, false));
        assert!(three.is_lost());
        assert!(ballot(1).is_won(), "the only voter");
    }

    /// Goal: every voter is asked once, and again if the answer was lost.
    #[test]
    fn a_lost_answer_is_asked_for_again() {
        let (now, later) = (Timestamp(5), Timestamp(9));
        let mut votes = ballot(3);
        assert_eq!([votes.next(now), votes.next(now), votes.next(now)], [Some(2), Some(3), None]);
        votes.lost(2, later);
        assert_eq!((votes.deadline(), votes.next(now), votes.next(later)), (Some(later), None, Some(2)));
    }
}
