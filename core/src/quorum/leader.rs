//! Leading: how far the voters are, what is committed by it, and whether a majority is still there.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchBuilder, ControlRecord};
use klamm_wire::messages::LeaderChangeMessage;
use klamm_wire::messages::leader_change_message::Voter;

use super::ballot::Call;
use super::event::{Asked, QuorumEvent, Turn};
use super::fetch::Parked;
use super::state::Role;
use super::view::LogView;
use super::voter_change::VoterChange;
use super::voters::{ReplicaKey, VoterSet};
use super::{Arrived, Busy, LogChange, Quorum};
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::edge::ConnId;
use crate::event::Event;
use crate::flaw::Flaw;
use crate::time::{Now, Timestamp};
use crate::types::{BrokerId, LeaderEpoch, Offset};

/// Observers that do not fetch for so long are not described any more. Kafka: `LeaderState.OBSERVER_SESSION_TIMEOUT_MS`.
const OBSERVER_SESSION_MS: i64 = 300_000;

/// How far a replica is, as its fetches say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Progress {
    /// Everything below is durable there. `None` before its first fetch in this epoch.
    pub(super) end: Option<Offset>,
    pub(super) last_fetch: Option<Now>,
    /// When it had everything.
    pub(super) last_caught_up: Option<Now>,
    /// Where the leader's log ended at its last fetch.
    pub(super) leader_end: Offset,
}

/// The state of one leadership.
///
/// - Nothing is committed before a record of the own epoch is: what an earlier leader wrote could else be lost by a voter
///   that does not have it (Raft, section 5.4.2).
/// - A leader that a majority does not fetch from resigns: nobody should wait for what it cannot commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leader {
    /// Where the first record of the epoch stands.
    epoch_start_offset: Offset,
    granted_by: Vec<BrokerId>,
    /// What this leader has found to be committed.
    high_watermark: Option<Offset>,
    pub(super) progress: BTreeMap<ReplicaKey, Progress>,
    /// BeginQuorumEpoch, to every voter that does not fetch.
    begin: BTreeMap<BrokerId, Call>,
    /// Voters that have fetched since the majority was last seen.
    fetched: BTreeSet<BrokerId>,
    /// When to resign if no majority has fetched.
    majority_deadline: Timestamp,
    /// Fetches that wait for something new.
    pub(super) parked: BTreeMap<Ticket, Parked>,
    /// Changes of voters that somebody waits for; one at a time.
    pub(super) changes: Vec<VoterChange>,
}

impl Leader {
    pub(super) fn new(cx: &Cx<'_>, epoch_start_offset: Offset, granted_by: Vec<BrokerId>) -> Self {
        Self {
            epoch_start_offset,
            granted_by,
            high_watermark: None,
            progress: BTreeMap::new(),
            begin: BTreeMap::new(),
            fetched: BTreeSet::new(),
            majority_deadline: majority_deadline(cx),
            parked: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Whether a record of the epoch is committed.
    pub(super) fn is_active(&self) -> bool {
        self.high_watermark.is_some_and(|high_watermark| high_watermark > self.epoch_start_offset)
    }

    /// What it has found to be committed; -1 if that is not known yet.
    pub(super) fn high_watermark(&self) -> Offset {
        self.high_watermark.unwrap_or(-1)
    }

    /// A connection is closed.
    pub(super) fn forget(&mut self, connection: ConnId) {
        self.parked.retain(|ticket, _| ticket.connection != connection);
        self.changes.iter_mut().for_each(|change| change.forget(connection));
    }

    /// A voter has heard who leads, or may not have.
    pub(super) fn on_begin_answer(&mut self, cx: &Cx<'_>, from: BrokerId, is_heard: bool) {
        let wait_ms = if is_heard { begin_interval_ms(cx) } else { cx.config.quorum_retry_backoff_ms.max(1) };
        self.begin.insert(from, Call::Due(cx.now.monotonic.after_ms(wait_ms)));
    }

    pub(super) fn deadlines(&self, deadlines: &mut Vec<Timestamp>) {
        deadlines.push(self.majority_deadline);
        deadlines.extend(self.begin.values().filter_map(|call| call.deadline()));
        deadlines.extend(self.parked.values().map(|parked| parked.deadline));
        deadlines.extend(self.changes.iter().map(|change| change.deadline));
    }

    pub(super) fn check(&self, log: &LogView<'_>, is_settled: bool) {
        if let Some(high_watermark) = self.high_watermark.filter(|_| is_settled) {
            assert!(high_watermark <= log.log_end_offset, "what is committed is in the log");
        }
    }

    /// How far the voters are, the farthest first. The leader itself counts as far as its log is synced.
    fn ends(&self, voters: &VoterSet, me: ReplicaKey, own_end: Offset) -> Vec<Offset> {
        let end = |key: ReplicaKey| {
            if key.fits(me) { own_end } else { self.progress.get(&key).and_then(|p| p.end).unwrap_or(0) }
        };
        let mut ends: Vec<Offset> = voters.keys().map(end).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends
    }
}

impl Quorum {
    /// Leads from now on, durably: the epoch begins in the log with the leader's own record.
    pub(super) fn begin_epoch(&mut self, turn: &mut Turn<'_, '_>) {
        let epoch = self.election.epoch;
        let Role::Leader(leader) = &mut self.role else { unreachable!("others begin no epoch") };
        let start = turn.log.log_end_offset;
        assert_eq!(leader.epoch_start_offset, start, "nothing is appended between election and epoch");
        leader.majority_deadline = majority_deadline(turn.cx);
        let voters = &self.voters.latest().voters;
        let voter = |id| Voter { voter_id: id, ..Voter::default() };
        let message = LeaderChangeMessage {
            version: 0,
            leader_id: turn.cx.config.node_id,
            voters: voters.ids().map(voter).collect(),
            granting_voters: leader.granted_by.iter().map(|id| voter(*id)).collect(),
        };
        let mut records = Vec::from([ControlRecord::LeaderChange(message)]);
        if self.voters.needs_replication() {
            // They stand in this node's bootstrap snapshot only, which nobody is given.
            records.extend(self.voters.latest().to_records());
        }
        let batch = self.control_batch(turn, &records);
        turn.tell(QuorumEvent::Elected { epoch, batch });
    }

    /// A batch of control records at the end of the log, which is to be appended next. What it says of voters counts.
    pub(super) fn control_batch(&mut self, turn: &Turn<'_, '_>, records: &[ControlRecord]) -> bytes::Bytes {
        let base = turn.log.log_end_offset;
        let builder = BatchBuilder::default().base_offset(base).leader_epoch(self.election.epoch);
        let mut builder = builder.control();
        for (offset, record) in (base..).zip(records) {
            builder.append_control(turn.cx.now.wall_ms, record).expect("versions that exist");
            self.voters.append(offset, record);
        }
        let count = Offset::from(builder.count());
        self.busy = Busy::Log(LogChange::End(base + count));
        builder.build().expect("control records are small and not compressed")
    }

    /// This leadership is over. Who fetches is told to look for another leader; what was decided about voters may or may
    /// not last.
    pub(super) fn on_deposed(&mut self, turn: &mut Turn<'_, '_>, leader: Leader) {
        turn.tell(QuorumEvent::Deposed(self.election.epoch));
        for (ticket, parked) in leader.parked.into_iter().rev() {
            self.arrived.push_front(Arrived::Request(parked.origin(ticket), parked.request.into()));
        }
        for mut change in leader.changes {
            change.answer(turn, Err((ErrorCode::NOT_LEADER_OR_FOLLOWER, "the leader has changed")));
        }
    }

    /// Checks that this node leads the epoch that a replica believes in.
    ///
    /// # Errors
    /// `FENCED_LEADER_EPOCH`, `UNKNOWN_LEADER_EPOCH` or `NOT_LEADER_OR_FOLLOWER`: it looks for the leader.
    pub(super) fn check_led(&self, epoch: LeaderEpoch) -> Result<(), ErrorCode> {
        if epoch < self.election.epoch {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        if epoch > self.election.epoch {
            return Err(ErrorCode::UNKNOWN_LEADER_EPOCH);
        }
        match self.role {
            Role::Leader(_) => Ok(()),
            _ => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
        }
    }

    /// How the progress of a replica is filed: a static voter, whose directory is not recorded, by its id alone.
    pub(super) fn known_as(&self, key: ReplicaKey) -> ReplicaKey {
        let voters = &self.voters.latest().voters;
        voters.key(key.id).filter(|voter| voter.fits(key)).unwrap_or(key)
    }

    /// A replica has fetched, whatever it was told.
    pub(super) fn note_fetch(&mut self, turn: &Turn<'_, '_>, key: ReplicaKey) {
        let key = self.known_as(key);
        let needed = self.followers_needed(turn.cx);
        let is_voter = self.voters.latest().voters.contains(key);
        let Role::Leader(leader) = &mut self.role else { unreachable!("others are not fetched from") };
        leader.progress.entry(key).or_default().last_fetch = Some(turn.cx.now);
        if is_voter && key.id != turn.cx.config.node_id {
            leader.fetched.insert(key.id);
        }
        if leader.fetched.len() >= needed {
            leader.fetched.clear();
            leader.majority_deadline = majority_deadline(turn.cx);
        }
        let oldest = turn.cx.now.monotonic.0.saturating_sub(Timestamp(0).after_ms(OBSERVER_SESSION_MS).0);
        let voters = &self.voters.latest().voters;
        leader.progress.retain(|key, progress| {
            voters.contains(*key) || progress.last_fetch.is_some_and(|last| last.monotonic.0 >= oldest)
        });
    }

    /// A replica has fetched from this offset: everything below is durable there.
    pub(super) fn note_progress(&mut self, turn: &Turn<'_, '_>, key: ReplicaKey, end: Offset) {
        let key = self.known_as(key);
        let Role::Leader(leader) = &mut self.role else { unreachable!("others are not fetched from") };
        let progress = leader.progress.entry(key).or_default();
        if end >= turn.log.log_end_offset {
            progress.last_caught_up = Some(turn.cx.now);
        } else if end >= progress.leader_end && progress.end.is_some() {
            progress.last_caught_up = progress.last_fetch;
        }
        // It may be lower than before, if the replica has lost its disk.
        progress.end = Some(end);
        progress.leader_end = turn.log.log_end_offset;
    }

    /// How many others make a majority, with this node if it is a voter.
    fn followers_needed(&self, cx: &Cx<'_>) -> usize {
        let majority = self.voters.latest().voters.majority();
        if self.is_voter(cx) { majority - 1 } else { majority }
    }

    /// Raises the high watermark to what a majority of the voters holds.
    ///
    /// Exclusive. Never decreases. Stays where it is before a record of the own epoch is among it.
    ///
    /// Source: KIP-595. Kafka: `LeaderState.maybeUpdateHighWatermark`.
    pub(super) fn maybe_commit(&mut self, turn: &mut Turn<'_, '_>) {
        let voters = &self.voters.latest().voters;
        let Role::Leader(leader) = &self.role else { unreachable!("others commit nothing") };
        let own_end = turn.log.recovery_point.min(turn.log.log_end_offset);
        let ends = leader.ends(voters, self.me(turn.cx), own_end);
        let Some(end) = ends.get(voters.len() / 2).copied() else { return };
        let has_own = end > leader.epoch_start_offset || turn.cx.config.has_flaw(Flaw::CommitPriorEpoch);
        // Among other voters it may be lower for a while.
        if !has_own || leader.high_watermark.is_some_and(|high_watermark| end <= high_watermark) {
            return;
        }
        let end = end.min(turn.log.log_end_offset);
        let was_active = leader.is_active();
        let Role::Leader(leader) = &mut self.role else { unreachable!("it has just been") };
        leader.high_watermark = Some(end);
        let is_active = leader.is_active();
        if end > self.high_watermark {
            self.commit(turn, end);
        }
        if is_active && !was_active {
            turn.tell(QuorumEvent::Active(self.election.epoch));
        }
    }

    pub(super) fn poll_leader(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        self.maybe_commit(turn);
        self.serve_parked(turn);
        let is_removed = self.poll_voter_change(turn);
        let Role::Leader(leader) = &self.role else { unreachable!("polled by role") };
        let is_alone =
            self.followers_needed(turn.cx) > 0 && leader.majority_deadline <= turn.cx.now.monotonic;
        let reason = match () {
            () if self.is_stopping => "it stops",
            () if is_removed => "it is not a voter any more",
            () if is_alone => "no majority fetches from it",
            () => {
                self.tell_voters(turn);
                return false;
            }
        };
        self.resign(turn, reason);
        true
    }

    /// Leads no longer, in an epoch that nobody else can lead.
    fn resign(&mut self, turn: &mut Turn<'_, '_>, reason: &str) {
        let Role::Leader(leader) = &self.role else { unreachable!("others cannot resign") };
        let me = self.me(turn.cx);
        let end = |key: &ReplicaKey| leader.progress.get(key).and_then(|progress| progress.end).unwrap_or(0);
        let others = self.voters.latest().voters.keys().filter(|key| !key.fits(me));
        let mut successors: Vec<ReplicaKey> = others.collect();
        successors.sort_by_key(|key| core::cmp::Reverse(end(key)));
        turn.cx.observe(Event::QuorumResigned { leader_epoch: self.election.epoch, reason: reason.into() });
        let role = self.resigned(turn, successors);
        self.become_(turn, role, self.election);
    }

    /// Tells every voter that does not fetch who leads.
    ///
    /// Source: KIP-595, KIP-853. Kafka: `KafkaRaftClient.maybeSendBeginQuorumEpochRequests`.
    fn tell_voters(&mut self, turn: &mut Turn<'_, '_>) {
        let me = turn.cx.config.node_id;
        let (now, interval) = (turn.cx.now.monotonic, begin_interval_ms(turn.cx));
        let voters: Vec<ReplicaKey> = self.voters.latest().voters.keys().filter(|key| key.id != me).collect();
        for key in voters {
            let Role::Leader(leader) = &mut self.role else { unreachable!("polled by role") };
            let last = leader.progress.get(&key).and_then(|progress| progress.last_fetch);
            let call = leader.begin.entry(key.id).or_insert(Call::NOW);
            let silent_at = last.map_or(Timestamp(0), |last| last.monotonic.after_ms(interval));
            if silent_at > now && matches!(call, Call::Due(at) if *at < silent_at) {
                *call = Call::Due(silent_at);
            }
            if !call.take(now) {
                continue;
            }
            if let Some(address) = self.voters.latest().voters.address(turn.cx.config, key.id) {
                let request = self.begin_epoch_request(turn.cx, key.id);
                turn.ask(key.id, address, request, Asked::BeginEpoch { epoch: self.election.epoch });
            }
        }
    }
}

/// A leader waits half as long again for a majority as a follower for its leader.
fn majority_deadline(cx: &Cx<'_>) -> Timestamp {
    cx.now.monotonic.after_ms(cx.config.quorum_fetch_timeout_ms.saturating_mul(3) / 2)
}

/// How long a voter may be silent before it is told who leads, and between two such times.
fn begin_interval_ms(cx: &Cx<'_>) -> i64 {
    (cx.config.quorum_fetch_timeout_ms / 2).max(1)
}
