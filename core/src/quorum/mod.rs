//! The metadata quorum: KRaft as a machine without sockets, files and clocks.
//!
//! The quorum decides who leads the metadata log, in which epoch, and what of it is committed; it keeps the
//! log's snapshots and knows who votes. The log itself is a partition like any other: the quorum is shown it
//! ([`LogView`]) and never touches it. It says what has to happen with events, which the node executes in their
//! order, at once.
//!
//! # Who calls what
//!
//! A start, in this order:
//! 1. [`Quorum::load`] once the metadata log is open: reads `quorum-state` and the newest whole snapshot.
//! 2. [`Quorum::on_disk`] with everything the disk answers to `Owner::Quorum`, now and later. On
//!    [`Loaded`](QuorumEvent::Loaded) the image is what the snapshot says; if it `resets_log`, the log is to
//!    begin anew at the snapshot's end first.
//! 3. [`Quorum::on_log_read`] with every batch of the log from the snapshot's end on, in order: its control
//!    records say who votes. Records above the snapshot are committed only as far as `HighWatermark` says
//!    later; a machine fed with all of them is right only for the only voter.
//! 4. [`Quorum::start`]. The only voter elects itself at once; all others wait for their timeouts, and
//!    observers look for the leader.
//!
//! From then on, whenever it happens:
//! - [`Quorum::on_request`] with Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch of `__cluster_metadata`,
//!   FetchSnapshot, DescribeQuorum, AddRaftVoter, RemoveRaftVoter and UpdateRaftVoter. Each is answered once,
//!   by [`Answer`](QuorumEvent::Answer) or, for a fetch with records, [`Read`](QuorumEvent::Read): the node
//!   reads them from the log and answers with [`FetchPlan::with`](event::FetchPlan::with). A request may wait
//!   for the disk, for records or for a commit; [`Quorum::forget`] drops those of a closed connection.
//! - [`Quorum::on_answer`] with the answer to each [`Ask`](QuorumEvent::Ask), or `None` if it is lost.
//! - [`Quorum::on_timer`] when `Timer::Quorum` falls due. The quorum arms it itself.
//! - [`Quorum::on_log`] when this node as leader has appended records of its own, and whenever something of the
//!   log was synced.
//! - [`Quorum::on_log_changed`] when the node has done what [`Elected`](QuorumEvent::Elected),
//!   [`Append`](QuorumEvent::Append), [`AppendControl`](QuorumEvent::AppendControl),
//!   [`Truncate`](QuorumEvent::Truncate) or [`SnapshotReceived`](QuorumEvent::SnapshotReceived) has asked for.
//!   Each is the last event of its list, and nothing else is looked at until then: a cut may take its time.
//! - [`Quorum::write_snapshot`] when one is due, on voters and observers alike; on
//!   [`LogStart`](QuorumEvent::LogStart) the log may be cut at its start.
//! - [`Quorum::stop`] when an orderly stop begins: a leader resigns and tells the others.
//!
//! After [`Active`](QuorumEvent::Active), the controller may decide, and appends what it decides to the log in
//! [`Quorum::led_epoch`]. [`Deposed`](QuorumEvent::Deposed) ends that: what is not committed may be cut off, so
//! the machine goes back to its committed copy. [`HighWatermark`](QuorumEvent::HighWatermark) is the only thing
//! that commits.
//!
//! # How it is built
//!
//! One input is looked at after another, and each wholly: a step that has to be durable (an epoch, a vote, a
//! leader) is written, and what arrives until the disk has answered waits in a queue. So there is never more
//! than one write of `quorum-state`, and every handler sees a role that holds. A request that causes such a
//! step goes back to the front of the queue and finds, when its turn comes again, that there is nothing left to
//! do but to answer.
//!
//! What is to be done at a time is not remembered in timers but found by looking ([`Quorum::poll`]): after each
//! input, and when the earliest deadline of the role has come.
//!
//! Source: KIP-595, KIP-630, KIP-853, KIP-996. Kafka: `KafkaRaftClient`, `QuorumState`, `LeaderState`.

mod ballot;
mod describe;
mod election;
mod epoch;
mod event;
mod fetch;
mod follower;
mod json;
mod leader;
mod load;
mod receive;
mod reply;
mod serve;
mod snapshot;
mod snapshots;
mod state;
mod step;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod vote;
mod voter_change;
mod voters;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::Uuid;
use klamm_wire::messages::{Request, Response};

use crate::config::Config;
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::disk::{DiskDone, DiskError, Path, QuorumOp};
use crate::edge::{Address, ConnId};
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC, Offset};

pub(crate) use event::{Asked, FetchPlan, QuorumEvent};
pub use load::bootstrap_file;
pub(crate) use load::initial_voters_file;
pub(crate) use snapshot::SnapshotId;
pub(crate) use view::LogView;

use event::Turn;
use load::Reading;
use reply::Origin;
use serve::Chunk;
use snapshots::Snapshots;
use state::Role;
use store::ElectionState;
use voters::{ReplicaKey, VoterHistory};

/// Who this node is, as its first log directory says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) cluster_id: Uuid,
    /// Of the log directory that the metadata log lies in.
    pub(crate) directory_id: Uuid,
}

/// What has to end before anything else is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Busy {
    Free,
    /// `quorum-state` is on its way to the disk.
    State,
    /// The node was told to change the log.
    Log(LogChange),
    /// A snapshot of the leader gets its name.
    Snapshot,
}

/// How the log has to look afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LogChange {
    /// Longer: it ends here.
    End(Offset),
    /// Shorter: it ends here, or lower if that lies within a batch.
    Cut(Offset),
    /// Begun anew here.
    Begun(Offset),
}

/// Something that has arrived and was not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Arrived {
    Request(Origin, Request),
    Answer(BrokerId, Asked, Option<Response>),
    /// A part of a snapshot was read for others.
    Read(Chunk, Result<DiskDone, DiskError>),
    /// A snapshot of this node is durable.
    Written(SnapshotId),
}

/// This node's part in the quorum.
///
/// - `election` is durable unless `busy` says that it is on its way.
/// - `high_watermark` never decreases and lies within the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quorum {
    identity: Identity,
    role: Role,
    election: ElectionState,
    /// The configured voters, as an earlier life has stored them; `None` if it has stored none.
    stored_voters: Option<Vec<BrokerId>>,
    busy: Busy,
    /// Oldest first.
    arrived: VecDeque<Arrived>,
    voters: VoterHistory,
    /// What is known to be committed. Exclusive.
    high_watermark: Offset,
    /// The leader and epoch that the node was told last.
    told: (Option<BrokerId>, LeaderEpoch),
    /// An orderly stop has begun: this node stands for no election any more.
    is_stopping: bool,
    /// What the load under way asked for, in order.
    reading: Vec<Reading>,
    snapshots: Snapshots,
    /// Parts of snapshots that are being read for others.
    serving: BTreeMap<Chunk, Vec<Origin>>,
}

impl Quorum {
    /// A node that has not read its files.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            identity: Identity::default(),
            role: Role::Loading,
            election: ElectionState::default(),
            stored_voters: None,
            busy: Busy::Free,
            arrived: VecDeque::new(),
            voters: VoterHistory::of_config(config),
            high_watermark: 0,
            told: (None, 0),
            is_stopping: false,
            reading: Vec::new(),
            snapshots: Snapshots::default(),
            serving: BTreeMap::new(),
        }
    }

    /// Who leads as far as this node knows, itself included, and in which epoch.
    pub(crate) fn leader(&self) -> (Option<BrokerId>, LeaderEpoch) {
        let (leader, epoch) = self.told;
        (leader.filter(|_| self.busy != Busy::State), epoch)
    }

    /// Where the leader is, if it is another node.
    pub(crate) fn leader_address(&self) -> Option<&Address> {
        match &self.role {
            Role::Follower(follower) if self.busy != Busy::State => Some(&follower.address),
            _ => None,
        }
    }

    /// The epoch this node leads the log in; what it appends as leader belongs to it.
    pub(crate) fn led_epoch(&self) -> Option<LeaderEpoch> {
        let leads = matches!(self.role, Role::Leader(_)) && self.busy != Busy::State;
        leads.then_some(self.election.epoch)
    }

    /// What is known to be committed. Exclusive; never decreases.
    pub(crate) fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Whether this node votes, as far as it knows.
    pub(crate) fn is_voter(&self, cx: &Cx<'_>) -> bool {
        self.voters.latest().voters.contains(self.me(cx))
    }

    /// A request has arrived; `version` is that of its body. It is answered once, now or later.
    pub(crate) fn on_request(
        &mut self,
        cx: &mut Cx<'_>,
        log: LogView<'_>,
        ticket: Ticket,
        version: i16,
        request: Request,
    ) -> Vec<QuorumEvent> {
        self.arrived.push_back(Arrived::Request(Origin { ticket, version }, request));
        self.turn(cx, log)
    }

    /// Another node has answered what it was asked for; `None` if the answer is lost, and it may have happened
    /// or not.
    pub(crate) fn on_answer(
        &mut self,
        cx: &mut Cx<'_>,
        log: LogView<'_>,
        from: BrokerId,
        asked: Asked,
        answer: Option<Response>,
    ) -> Vec<QuorumEvent> {
        self.arrived.push_back(Arrived::Answer(from, asked, answer));
        self.turn(cx, log)
    }

    /// `Timer::Quorum` has fallen due.
    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        self.turn(cx, log)
    }

    /// The log has grown by records of this leader, or something of it was synced.
    pub(crate) fn on_log(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        self.turn(cx, log)
    }

    /// The log has been changed as the last event has asked for, and can be used again.
    pub(crate) fn on_log_changed(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        let Busy::Log(change) = self.busy else { panic!("no change of the log was asked for") };
        match change {
            LogChange::End(end) => assert_eq!(log.log_end_offset, end, "all that was to be appended"),
            LogChange::Cut(end) => {
                assert!(log.log_end_offset <= end, "the log is cut to {end}");
                if log.log_end_offset < self.high_watermark {
                    return vec![QuorumEvent::Refused(format!(
                        "the metadata log was cut to offset {end} and ends at {}, below what is committed: the disk \
                         has lost records; restore {METADATA_TOPIC}-0 from a backup, or empty it if others have them",
                        log.log_end_offset
                    ))];
                }
                self.voters.truncate(log.log_end_offset);
            }
            LogChange::Begun(start) => {
                assert_eq!((log.log_start_offset, log.log_end_offset), (start, start), "the log begins anew");
            }
        }
        self.busy = Busy::Free;
        self.turn(cx, log)
    }

    /// An orderly stop begins: a leader hands over, and this node stands for no election any more.
    pub(crate) fn stop(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        self.is_stopping = true;
        self.turn(cx, log)
    }

    /// A connection is closed: nobody waits for answers on it any more.
    pub(crate) fn forget(&mut self, connection: ConnId) {
        let is_gone = |origin: &Origin| origin.ticket.connection == connection;
        self.arrived.retain(|arrived| !matches!(arrived, Arrived::Request(origin, _) if is_gone(origin)));
        if let Role::Leader(leader) = &mut self.role {
            leader.forget(connection);
        }
        for waiting in self.serving.values_mut() {
            waiting.retain(|origin| !is_gone(origin));
        }
    }

    /// The disk has finished an operation of `Owner::Quorum`.
    pub(crate) fn on_disk(
        &mut self,
        cx: &mut Cx<'_>,
        log: LogView<'_>,
        op: &QuorumOp,
        result: Result<DiskDone, DiskError>,
    ) -> Vec<QuorumEvent> {
        let mut turn = Turn { cx, log, events: Vec::new() };
        match (op, result) {
            (QuorumOp::ReadSnapshot { end, epoch, position, length }, result) => {
                let chunk = Chunk {
                    id: SnapshotId { end: *end, epoch: *epoch },
                    position: *position,
                    length: *length,
                };
                self.arrived.push_back(Arrived::Read(chunk, result));
            }
            (_, Err(error)) => turn.tell(QuorumEvent::Failed(error)),
            (QuorumOp::Load, Ok(done)) => self.on_loaded(&mut turn, done),
            (QuorumOp::State { epoch }, Ok(_)) => self.on_state_durable(&mut turn, *epoch),
            (QuorumOp::Snapshot { end, epoch }, Ok(_)) => {
                self.arrived.push_back(Arrived::Written(SnapshotId { end: *end, epoch: *epoch }));
            }
            (QuorumOp::ReceiveSnapshot { end, epoch, .. }, Ok(_)) => {
                self.on_part_written(SnapshotId { end: *end, epoch: *epoch });
            }
            (QuorumOp::InstallSnapshot { end, epoch }, Ok(_)) => {
                self.on_installed(&mut turn, SnapshotId { end: *end, epoch: *epoch });
            }
            (QuorumOp::RemoveSnapshots { .. } | QuorumOp::RemovePart { .. }, Ok(_)) => {}
        }
        self.run(&mut turn);
        turn.events
    }

    fn turn(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        let mut turn = Turn { cx, log, events: Vec::new() };
        self.run(&mut turn);
        turn.events
    }

    /// Looks at what has arrived, in order, and at what is due, until nothing follows or something has to end
    /// first.
    fn run(&mut self, turn: &mut Turn<'_, '_>) {
        while self.busy == Busy::Free && self.role != Role::Loading {
            match self.arrived.pop_front() {
                Some(Arrived::Request(origin, request)) => self.serve(turn, origin, request),
                Some(Arrived::Answer(from, asked, answer)) => self.hear(turn, from, asked, answer),
                Some(Arrived::Read(chunk, result)) => self.on_chunk_read(turn, chunk, result),
                Some(Arrived::Written(id)) => self.on_snapshot_durable(turn, id),
                None if self.poll(turn) => {}
                None => break,
            }
        }
        self.arm(turn);
        self.check(turn);
    }

    fn serve(&mut self, turn: &mut Turn<'_, '_>, origin: Origin, request: Request) {
        match request {
            Request::Vote(request) => self.on_vote(turn, origin, request),
            Request::BeginQuorumEpoch(request) => self.on_begin_epoch(turn, origin, request),
            Request::EndQuorumEpoch(request) => self.on_end_epoch(turn, origin, request),
            Request::Fetch(request) => self.on_fetch(turn, origin, request),
            Request::FetchSnapshot(request) => self.on_fetch_snapshot(turn, origin, request),
            Request::DescribeQuorum(request) => self.on_describe(turn, origin, &request),
            Request::AddRaftVoter(request) => self.on_add_voter(turn, origin, &request),
            Request::RemoveRaftVoter(request) => self.on_remove_voter(turn, origin, &request),
            Request::UpdateRaftVoter(request) => self.on_update_voter(turn, origin, &request),
            other => unreachable!("{:?} is not for the quorum", other.api_key()),
        }
    }

    /// Puts a request back that has caused a step: it is looked at again as soon as that is done.
    fn again(&mut self, origin: Origin, request: impl Into<Request>) {
        self.arrived.push_front(Arrived::Request(origin, request.into()));
    }

    fn hear(&mut self, turn: &mut Turn<'_, '_>, from: BrokerId, asked: Asked, answer: Option<Response>) {
        match (asked, answer) {
            (Asked::Vote { epoch, pre_vote }, answer) => {
                self.on_vote_answer(turn, from, epoch, pre_vote, answer);
            }
            (Asked::BeginEpoch { epoch }, answer) => self.on_begin_epoch_answer(turn, from, epoch, answer),
            (Asked::EndEpoch { epoch }, answer) => self.on_end_epoch_answer(turn, from, epoch, answer),
            (Asked::Find { .. }, answer) => self.on_find_answer(turn, answer),
            (Asked::Fetch { .. }, answer) => self.on_fetch_answer(turn, from, asked, answer),
            (Asked::FetchSnapshot { .. }, answer) => self.on_fetch_snapshot_answer(turn, from, asked, answer),
            (Asked::UpdateVoter { epoch }, answer) => self.on_update_voter_answer(turn, epoch, answer),
        }
    }

    /// Does what is due in the present role. Returns whether that may have made something else due.
    fn poll(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        match &self.role {
            Role::Loading => false,
            Role::Unattached(_) => self.poll_unattached(turn),
            Role::Prospective(_) => self.poll_prospective(turn),
            Role::Candidate(_) => self.poll_candidate(turn),
            Role::Leader(_) => self.poll_leader(turn),
            Role::Follower(_) => self.poll_follower(turn),
            Role::Resigned(_) => self.poll_resigned(turn),
        }
    }

    /// This node as a replica.
    fn me(&self, cx: &Cx<'_>) -> ReplicaKey {
        ReplicaKey { id: cx.config.node_id, directory: self.identity.directory_id }
    }

    fn is_only_voter(&self, cx: &Cx<'_>) -> bool {
        self.voters.latest().voters.len() == 1 && self.is_voter(cx)
    }
}

/// A file beside the metadata log, or its directory. The metadata log lies in the first log directory.
fn path(name: &str) -> Path {
    match name {
        "" => Path::new(0, format!("{METADATA_TOPIC}-0")),
        name => Path::new(0, format!("{METADATA_TOPIC}-0/{name}")),
    }
}
