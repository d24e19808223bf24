//! Who is not led: waiting for an election, asking whether one could be won, standing for it, and having
//! resigned.

use alloc::vec::Vec;

use klamm_wire::messages::{FetchResponse, Response};

use super::Quorum;
use super::ballot::{Ballot, Call};
use super::event::{Asked, Turn};
use super::follower::Follower;
use super::leader::Leader;
use super::state::{Candidate, Prospective, Resigned, Role, Unattached};
use super::store::{EPOCH_MAX, ElectionState};
use super::voters::ReplicaKey;
use crate::edge::Address;
use crate::event::Event;
use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch};

impl Quorum {
    /// Waits as long as the present role would have; from a role without such a wait, a time drawn anew. So a
    /// candidate whose log is too old does not keep the others from standing.
    pub(super) fn unattached(&self, turn: &mut Turn<'_, '_>) -> Role {
        let kept = self.role.election_deadline().filter(|deadline| *deadline > turn.cx.now.monotonic);
        let election_deadline = kept.unwrap_or_else(|| draw_election_deadline(turn));
        Role::Unattached(Unattached { election_deadline, find: Call::NOW })
    }

    pub(super) fn follower(&self, turn: &mut Turn<'_, '_>, leader: BrokerId, address: Address) -> Role {
        Role::Follower(Follower::new(turn.cx, leader, address))
    }

    /// Tells the voters, who shall not wait for their timeouts. `successors`: best first.
    pub(super) fn resigned(&self, turn: &mut Turn<'_, '_>, successors: Vec<ReplicaKey>) -> Role {
        let others = self.voters.latest().voters.ids().filter(|id| *id != turn.cx.config.node_id);
        let farewells = others.map(|id| (id, Call::NOW)).collect();
        let election_deadline = draw_election_deadline(turn);
        Role::Resigned(Resigned { election_deadline, farewells, successors })
    }

    /// Another node says who leads, first-hand if it is the leader itself. Returns whether this is news that
    /// takes a step: nothing else may be done until that is durable.
    pub(super) fn learn(
        &mut self,
        turn: &mut Turn<'_, '_>,
        epoch: LeaderEpoch,
        leader: BrokerId,
        address: Option<Address>,
        first_hand: bool,
    ) -> bool {
        // Of an epoch this node has led, it needs no news; one that it has not led it does not lead.
        let leader = Some(leader).filter(|id| *id >= 0 && *id != turn.cx.config.node_id);
        let given = address.clone();
        let resolve = |id| address.or_else(|| self.voters.latest().voters.address(turn.cx.config, id));
        let found = leader.and_then(|id| Some((id, resolve(id)?)));
        if epoch > EPOCH_MAX {
            return false;
        }
        if epoch > self.election.epoch {
            let role = match found {
                Some((leader, address)) => self.follower(turn, leader, address),
                None => self.unattached(turn),
            };
            self.take_step(turn, role, ElectionState { epoch, leader, voted: None });
            return true;
        }
        let Some((leader, address)) = found.filter(|_| epoch == self.election.epoch) else { return false };
        match &mut self.role {
            Role::Follower(follower) if follower.leader == leader => {
                follower.address = given.unwrap_or_else(|| follower.address.clone());
                return false;
            }
            Role::Unattached(_) | Role::Candidate(_) => {}
            Role::Prospective(_) if first_hand || self.election.leader.is_none() => {}
            _ => return false,
        }
        // Two leaders in one epoch cannot be; whoever says so is not believed.
        if self.election.leader.is_some_and(|known| known != leader) {
            return false;
        }
        let role = self.follower(turn, leader, address);
        self.take_step(turn, role, ElectionState { leader: Some(leader), ..self.election });
        true
    }

    /// Stands for election: first asks whether it would be elected. The only voter need not ask.
    pub(super) fn stand(&mut self, turn: &mut Turn<'_, '_>) {
        let me = turn.cx.config.node_id;
        if self.is_only_voter(turn.cx) {
            let election =
                ElectionState { epoch: self.next_epoch(), leader: Some(me), voted: Some(self.me(turn.cx)) };
            let leader = Leader::new(turn.cx, turn.log.log_end_offset, Vec::from([me]));
            return self.take_step(turn, Role::Leader(leader), election);
        }
        let leader = match &self.role {
            Role::Follower(follower) => Some(follower.address.clone()),
            _ => None,
        };
        let ballot = Ballot::new(&self.voters.latest().voters, me);
        let election_deadline = draw_election_deadline(turn);
        let role = Role::Prospective(Prospective { election_deadline, ballot, leader });
        turn.cx.observe(Event::QuorumElection { leader_epoch: self.election.epoch, pre_vote: true });
        self.take_step(turn, role, self.election);
    }

    fn next_epoch(&self) -> LeaderEpoch {
        self.election.epoch.checked_add(1).expect("epochs do not run out")
    }

    pub(super) fn poll_unattached(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Unattached(unattached) = &self.role else { unreachable!("polled by role") };
        if !self.is_voter(turn.cx) {
            return self.poll_observer(turn);
        }
        let is_due = unattached.election_deadline <= turn.cx.now.monotonic || self.is_only_voter(turn.cx);
        if self.is_stopping || !is_due {
            return false;
        }
        self.stand(turn);
        true
    }

    /// An observer asks anyone who may know. The question is a fetch like any other, so what it says of the log
    /// is true: the leader may count this node as a voter before the node itself has heard of it.
    fn poll_observer(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Unattached(unattached) = &mut self.role else { unreachable!("polled by role") };
        if !turn.log.is_synced() || !unattached.find.take(turn.cx.now.monotonic) {
            return false;
        }
        let epoch = self.election.epoch;
        match self.draw_node(turn) {
            Some((node, address)) => {
                let request = self.fetch_request(turn, 0);
                turn.ask(node, address, request, Asked::Find { epoch });
            }
            None => self.find_later(turn),
        }
        false
    }

    /// A voter, or a configured server; the ids of those are negative, as in Kafka.
    fn draw_node(&self, turn: &mut Turn<'_, '_>) -> Option<(BrokerId, Address)> {
        let config = turn.cx.config;
        let voters = &self.voters.latest().voters;
        let others = voters.ids().filter(|id| *id != config.node_id);
        let known = others.filter_map(|id| Some((id, voters.address(config, id)?)));
        let servers = (0..).map(|index| -2 - index).zip(config.quorum_bootstrap_servers.iter().cloned());
        let mut nodes: Vec<_> = known.chain(servers).collect();
        if nodes.is_empty() {
            return None;
        }
        let index = turn.cx.rng.below(nodes.len() as u64);
        Some(nodes.swap_remove(usize::try_from(index).expect("an index")))
    }

    /// The answer to a question who leads, whatever it holds besides. A node that does not know it either is
    /// not the last one asked.
    pub(super) fn on_find_answer(&mut self, turn: &mut Turn<'_, '_>, answer: Option<Response>) {
        self.find_later(turn);
        if let Some(Response::Fetch(response)) = answer {
            self.learn_from_fetch(turn, &response);
        }
    }

    fn find_later(&mut self, turn: &Turn<'_, '_>) {
        if let Role::Unattached(unattached) = &mut self.role {
            unattached.find = Call::Due(retry_at(turn));
        }
    }

    /// Takes note of the leader that the answer to a fetch names.
    pub(super) fn learn_from_fetch(&mut self, turn: &mut Turn<'_, '_>, response: &FetchResponse) -> bool {
        let partition = response.responses.first().and_then(|topic| topic.partitions.first());
        let Some(leader) = partition.map(|partition| &partition.current_leader) else { return false };
        let endpoint =
            |node: &'_ klamm_wire::messages::fetch_response::NodeEndpoint| node.node_id == leader.leader_id;
        let address =
            response.node_endpoints.iter().find(|node| endpoint(node)).and_then(|node| {
                Some(Address { host: node.host.clone(), port: u16::try_from(node.port).ok()? })
            });
        self.learn(turn, leader.leader_epoch, leader.leader_id, address, false)
    }

    pub(super) fn poll_prospective(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Prospective(prospective) = &self.role else { unreachable!("polled by role") };
        let is_over = prospective.ballot.is_lost() || prospective.election_deadline <= turn.cx.now.monotonic;
        if self.is_stopping || is_over {
            self.go_back(turn);
        } else if prospective.ballot.is_won() {
            self.become_candidate(turn);
        } else {
            self.ask_for_votes(turn, true);
            return false;
        }
        true
    }

    /// Not elected: the leader it knew may have been slow, or nobody leads and somebody else stands.
    fn go_back(&mut self, turn: &mut Turn<'_, '_>) {
        let Role::Prospective(prospective) = &self.role else { unreachable!("only from there") };
        let role = match (self.election.leader, prospective.leader.clone()) {
            (Some(leader), Some(address)) => self.follower(turn, leader, address),
            _ => unattached_anew(turn),
        };
        self.take_step(turn, role, self.election);
    }

    /// Stands in the next epoch, with its own vote first.
    pub(super) fn become_candidate(&mut self, turn: &mut Turn<'_, '_>) {
        let ballot = Ballot::new(&self.voters.latest().voters, turn.cx.config.node_id);
        let role = Role::Candidate(Candidate { election_deadline: draw_election_deadline(turn), ballot });
        let epoch = self.next_epoch();
        turn.cx.observe(Event::QuorumElection { leader_epoch: epoch, pre_vote: false });
        let voted = Some(self.me(turn.cx));
        self.take_step(turn, role, ElectionState { epoch, leader: None, voted });
    }

    /// That the leadership is durable, too, is what keeps a later life from leading this epoch again.
    pub(super) fn poll_candidate(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Candidate(candidate) = &self.role else { unreachable!("polled by role") };
        if candidate.ballot.is_won() {
            let granted_by = candidate.ballot.granted().collect();
            let leader = Leader::new(turn.cx, turn.log.log_end_offset, granted_by);
            let election = ElectionState { leader: Some(turn.cx.config.node_id), ..self.election };
            self.take_step(turn, Role::Leader(leader), election);
        } else if candidate.election_deadline <= turn.cx.now.monotonic {
            self.stand(turn);
        } else {
            self.ask_for_votes(turn, false);
            return false;
        }
        true
    }

    fn ask_for_votes(&mut self, turn: &mut Turn<'_, '_>, pre_vote: bool) {
        loop {
            let (Role::Prospective(Prospective { ballot, .. }) | Role::Candidate(Candidate { ballot, .. })) =
                &mut self.role
            else {
                unreachable!("others ask nobody")
            };
            let Some(voter) = ballot.next(turn.cx.now.monotonic) else { return };
            let Some(address) = self.voters.latest().voters.address(turn.cx.config, voter) else { continue };
            let request = self.vote_request(turn, voter, pre_vote);
            turn.ask(voter, address, request, Asked::Vote { epoch: self.election.epoch, pre_vote });
        }
    }

    pub(super) fn poll_resigned(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Resigned(resigned) = &mut self.role else { unreachable!("polled by role") };
        let now = turn.cx.now.monotonic;
        let farewells = resigned.farewells.iter_mut();
        let due = farewells.filter_map(|(id, call)| call.take(now).then_some(*id));
        let told: Vec<BrokerId> = due.collect();
        let is_over = resigned.election_deadline <= now;
        let request = self.end_epoch_request(turn.cx);
        for id in told {
            if let Some(address) = self.voters.latest().voters.address(turn.cx.config, id) {
                turn.ask(id, address, request.clone(), Asked::EndEpoch { epoch: self.election.epoch });
            }
        }
        if self.is_stopping {
            return false;
        }
        if self.is_only_voter(turn.cx) {
            self.stand(turn);
            return true;
        }
        if is_over {
            let role = unattached_anew(turn);
            let epoch = self.next_epoch();
            self.take_step(turn, role, ElectionState { epoch, leader: None, voted: None });
        }
        is_over
    }
}

/// Unattached for a whole election timeout from now on.
pub(super) fn unattached_anew(turn: &mut Turn<'_, '_>) -> Role {
    Role::Unattached(Unattached { election_deadline: draw_election_deadline(turn), find: Call::NOW })
}

/// Between once and twice the election timeout: voters that wait for the same thing do not stand at once.
fn draw_election_deadline(turn: &mut Turn<'_, '_>) -> Timestamp {
    let timeout = turn.cx.config.quorum_election_timeout_ms.max(1);
    let extra = turn.cx.rng.below(timeout.cast_unsigned()).cast_signed();
    turn.cx.now.monotonic.after_ms(timeout + extra)
}

/// When to ask again what was not answered.
pub(super) fn retry_at(turn: &Turn<'_, '_>) -> Timestamp {
    turn.cx.now.monotonic.after_ms(turn.cx.config.quorum_retry_backoff_ms.max(1))
}
