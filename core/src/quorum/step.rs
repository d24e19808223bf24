//! Steps from role to role, through the disk; when to look again; what must hold after each verb.

use alloc::vec;
use alloc::vec::Vec;

use super::event::{QuorumEvent, Turn};
use super::state::{Candidate, Prospective, Resigned, Role};
use super::store::{ElectionState, QUORUM_STATE, StateVersion, StoredState};
use super::{Busy, Quorum, path};
use crate::cx::Cx;
use crate::disk::{DiskStep, Owner, QuorumOp};
use crate::event::Event;
use crate::flaw::Flaw;
use crate::time::Timestamp;
use crate::timer::Timer;
use crate::types::LeaderEpoch;

impl Quorum {
    /// Takes a step of the table of roles. If it changes what has to be durable, it counts once that is.
    pub(super) fn take_step(&mut self, turn: &mut Turn<'_, '_>, role: Role, election: ElectionState) {
        let (before, after) = (self.election, election);
        let (from, to) = (self.role.name(), role.name());
        assert_eq!(self.busy, Busy::Free, "one step at a time: {from} to {to}");
        assert!(
            self.role.may_become(&role, after.epoch > before.epoch),
            "{from} to {to}: {before:?}, {after:?}"
        );
        assert!(after.epoch >= before.epoch, "epochs never go back: {before:?}, {after:?}");
        if after.epoch == before.epoch && before.voted.is_some() {
            assert_eq!(after.voted, before.voted, "one vote per epoch");
        }
        self.leave(turn);
        self.role = role;
        if after == before {
            return self.enter(turn);
        }
        self.election = after;
        self.write_state(turn.cx);
    }

    fn write_state(&mut self, cx: &mut Cx<'_>) {
        let membership = self.voters.latest();
        let voters = match membership.version {
            StateVersion::Static => membership.voters.ids().collect(),
            StateVersion::Dynamic => Vec::new(),
        };
        let stored = StoredState { version: membership.version, election: self.election, voters };
        let mut steps = DiskStep::replace(&path(QUORUM_STATE), vec![stored.encode()]);
        if cx.config.has_flaw(Flaw::VoteNotDurable) {
            steps.retain(|step| !matches!(step, DiskStep::SyncDir { .. }));
        }
        self.busy = Busy::State;
        cx.disk(Owner::Quorum(QuorumOp::State { epoch: self.election.epoch }), steps);
    }

    pub(super) fn on_state_durable(&mut self, turn: &mut Turn<'_, '_>, epoch: LeaderEpoch) {
        assert_eq!((self.busy, epoch), (Busy::State, self.election.epoch), "one write at a time");
        self.busy = Busy::Free;
        self.enter(turn);
    }

    /// The present role ends.
    fn leave(&mut self, turn: &mut Turn<'_, '_>) {
        match core::mem::replace(&mut self.role, Role::Loading) {
            Role::Leader(leader) => self.on_deposed(turn, leader),
            Role::Follower(follower) => follower.on_left(turn.cx),
            _ => {}
        }
    }

    /// A step is durable. A new leader's first batch is the last of what it says: nothing else goes on before that.
    pub(super) fn enter(&mut self, turn: &mut Turn<'_, '_>) {
        let leader = match &self.role {
            Role::Leader(_) => Some(turn.cx.config.node_id),
            Role::Follower(follower) => Some(follower.leader),
            _ => None,
        };
        let now = (leader, self.election.epoch);
        if core::mem::replace(&mut self.told, now) != now {
            let (leader, epoch) = now;
            turn.cx.observe(Event::QuorumLeader { leader, leader_epoch: epoch });
            turn.tell(QuorumEvent::LeaderChanged { leader, epoch });
        }
        if matches!(self.role, Role::Leader(_)) {
            self.begin_epoch(turn);
        }
    }

    /// Lets the timer fall due when the earliest of the role's deadlines comes. What is due already waits for
    /// something else than time.
    pub(super) fn arm(&self, turn: &mut Turn<'_, '_>) {
        let deadlines = if self.busy == Busy::Free { self.deadlines(turn.cx) } else { Vec::new() };
        match deadlines.into_iter().filter(|at| *at > turn.cx.now.monotonic).min() {
            Some(at) => turn.cx.timers.arm(Timer::Quorum, at),
            None => turn.cx.timers.cancel(&Timer::Quorum),
        }
    }

    fn deadlines(&self, cx: &Cx<'_>) -> Vec<Timestamp> {
        let mut deadlines: Vec<Timestamp> = self.role.election_deadline().into_iter().collect();
        match &self.role {
            Role::Loading => {}
            Role::Unattached(unattached) if !self.is_voter(cx) => {
                deadlines.clear();
                deadlines.extend(unattached.find.deadline());
            }
            Role::Unattached(_) => {}
            Role::Prospective(Prospective { ballot, .. }) | Role::Candidate(Candidate { ballot, .. }) => {
                deadlines.extend(ballot.deadline());
            }
            Role::Resigned(Resigned { farewells, .. }) => {
                deadlines.extend(farewells.iter().filter_map(|(_, call)| call.deadline()));
            }
            Role::Leader(leader) => leader.deadlines(&mut deadlines),
            Role::Follower(follower) => follower.deadlines(&mut deadlines),
        }
        deadlines
    }

    pub(super) fn check(&self, turn: &Turn<'_, '_>) {
        let me = turn.cx.config.node_id;
        let ElectionState { epoch, leader, voted } = self.election;
        assert!(epoch >= 0, "epochs are counted from 0");
        match &self.role {
            Role::Leader(state) => {
                assert_eq!(leader, Some(me), "who leads says so");
                state.check(&turn.log, self.busy == Busy::Free);
            }
            Role::Candidate(_) => {
                assert_eq!(voted.map(|voted| voted.id), Some(me), "a candidate votes for itself");
                assert_eq!(leader, None, "nobody stands against a leader in its epoch");
            }
            Role::Follower(follower) => {
                assert_eq!(leader, Some(follower.leader), "who follows says whom");
                assert!(follower.leader != me, "nobody follows itself");
            }
            Role::Resigned(_) => assert_eq!(leader, Some(me), "who has resigned has led"),
            Role::Prospective(_) | Role::Unattached(_) => {
                assert!(leader != Some(me), "who leads does not ask")
            }
            Role::Loading => assert_eq!(self.busy, Busy::Free, "nothing is decided before the start"),
        }
        if self.busy == Busy::Free && self.role != Role::Loading {
            let end = turn.log.log_end_offset;
            assert!(
                self.high_watermark <= end,
                "{} is committed, and the log ends at {end}",
                self.high_watermark
            );
        }
    }
}
