//! The quorum of one, as the node drives it until it drives [`crate::quorum::Quorum`]. Goes then.
//!
//! Who calls what, in the order of a start:
//! 1. [`Quorum::load`] once the metadata log is open. It reads `quorum-state` and the newest whole snapshot.
//! 2. [`Quorum::on_disk`] with everything the disk answers to `Owner::Quorum`; it may yield a [`QuorumEvent`].
//!    On `Loaded` the controller begins with the snapshot and reads the log from the snapshot's end on.
//! 3. [`Quorum::elect`] once the controller has read the log. On `Elected` the node makes the partition lead
//!    that epoch, appends [`Quorum::leader_change`] as the epoch's first batch, and tells where it stands with
//!    [`Quorum::on_epoch_started`].
//! 4. [`Quorum::on_high_watermark`] whenever the high watermark of the metadata log moves. Nothing is to be
//!    decided before it says that this leader is active.
//! 5. [`Quorum::write_snapshot`] whenever one is due; on `LogStart` the log may be cut.
//!
//! Source: KIP-595, KIP-630, KIP-853. Kafka: `KafkaRaftClient`, `QuorumState`.

mod leader;
mod state;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;
use klamm_wire::batch::ControlRecord;
use klamm_wire::messages::LeaderChangeMessage;
use klamm_wire::messages::leader_change_message::Voter;
use klamm_wire::metadata_records::MetadataRecord;

use crate::cx::Cx;
use crate::disk::{DirEntry, DiskDone, DiskError, DiskStep, Owner, Path, QuorumOp, StepDone};
use crate::event::Event;
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC, Offset};

use super::snapshot::{self, SnapshotId};
use super::snapshots::Snapshots;
use super::store::{ElectionState, QUORUM_STATE, StateVersion, StoredState};
use super::voters::ReplicaKey;
use leader::Leader;
use state::Role;

/// What the node has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QuorumEvent {
    /// The files are read: the newest whole snapshot, if there is one.
    Loaded(Option<(SnapshotId, Vec<MetadataRecord>)>),
    /// This node leads the epoch, durably.
    Elected(LeaderEpoch),
    /// There is a newer snapshot and one to fall back to: the log below is not needed any more.
    LogStart(Offset),
    /// The files are damaged or belong to others: the node must not go on. One sentence for the operator.
    Refused(String),
    /// The disk said no.
    Failed(DiskError),
}

/// A file that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    State,
    Snapshot(SnapshotId),
}

/// This node's part in the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quorum {
    role: Role,
    election: ElectionState,
    version: StateVersion,
    /// What the load under way asked for, in order.
    reading: Vec<Reading>,
    snapshots: Snapshots,
}

impl Quorum {
    /// A voter that has not read its files.
    pub(crate) fn new() -> Self {
        Self {
            role: Role::Loading,
            election: ElectionState::default(),
            version: StateVersion::Static,
            reading: Vec::new(),
            snapshots: Snapshots::default(),
        }
    }

    /// Whether commands may be decided: this node leads, and a record of its epoch is committed.
    pub(crate) fn is_active(&self) -> bool {
        matches!(&self.role, Role::Leader(leader) if leader.is_active())
    }

    /// Begins to read the files beside the metadata log, whose directory exists.
    pub(crate) fn load(&mut self, cx: &mut Cx<'_>) {
        assert_eq!(self.role, Role::Loading, "the files are read once");
        // A name that a crashed life has put there may be undone by a power loss until the directory is synced: a
        // vote that is read here and acted upon must not vanish.
        let steps = vec![DiskStep::SyncDir { path: path("") }, DiskStep::List { path: path("") }];
        cx.disk(Owner::Quorum(QuorumOp::Load), steps);
    }

    /// The disk has finished an operation of `Owner::Quorum`.
    pub(crate) fn on_disk(
        &mut self,
        cx: &mut Cx<'_>,
        op: &QuorumOp,
        result: Result<DiskDone, DiskError>,
    ) -> Option<QuorumEvent> {
        let done = match result {
            Ok(done) => done,
            Err(error) => return Some(QuorumEvent::Failed(error)),
        };
        match op {
            QuorumOp::Load => self.on_loaded(cx, done),
            QuorumOp::State { epoch } => Some(self.on_elected(*epoch)),
            QuorumOp::Snapshot { end, epoch } => {
                self.on_snapshot_durable(cx, SnapshotId { end: *end, epoch: *epoch })
            }
            QuorumOp::RemoveSnapshots { .. } => None,
            other => unreachable!("a quorum of one fetches nothing: {other:?}"),
        }
    }

    /// First the names, then `quorum-state` and the newest snapshot; an older one only if that is damaged.
    fn on_loaded(&mut self, cx: &mut Cx<'_>, done: DiskDone) -> Option<QuorumEvent> {
        let reading = core::mem::take(&mut self.reading);
        if let [StepDone::Done, StepDone::Listed(entries)] = &done[..] {
            return self.on_listed(cx, entries);
        }
        assert_eq!(reading.len(), done.len(), "every file that was asked for is answered");
        let mut snapshot = None;
        for (reading, done) in reading.into_iter().zip(done) {
            let StepDone::Read(content) = done else { unreachable!("{reading:?} is a read") };
            match reading {
                Reading::State => {
                    if let Err(reason) = self.on_state_read(cx.config.node_id, &content) {
                        return Some(QuorumEvent::Refused(reason));
                    }
                }
                Reading::Snapshot(id) => match snapshot::decode(content) {
                    Ok(content) => snapshot = Some((id, content.records)),
                    Err(problem) => return self.on_damaged_snapshot(cx, id, &problem),
                },
            }
        }
        Some(self.loaded(cx, snapshot))
    }

    fn on_listed(&mut self, cx: &mut Cx<'_>, entries: &[DirEntry]) -> Option<QuorumEvent> {
        self.snapshots = Snapshots::of_entries(entries);
        let has_state = entries.iter().any(|entry| &*entry.name == QUORUM_STATE);
        let state = has_state.then_some(Reading::State);
        let newest = self.snapshots.newest().map(Reading::Snapshot);
        self.read(cx, state.into_iter().chain(newest).collect())
    }

    fn read(&mut self, cx: &mut Cx<'_>, reading: Vec<Reading>) -> Option<QuorumEvent> {
        if reading.is_empty() {
            return Some(self.loaded(cx, None));
        }
        let step = |reading: &Reading| {
            let path = match reading {
                Reading::State => path(QUORUM_STATE),
                Reading::Snapshot(id) => path(&id.file_name()),
            };
            DiskStep::Read { path, position: 0, length: u64::MAX }
        };
        let steps = reading.iter().map(step).collect();
        self.reading = reading;
        cx.disk(Owner::Quorum(QuorumOp::Load), steps);
        None
    }

    /// An older snapshot serves, with the log behind it. If there was none, what the snapshot held may be
    /// missing from the log: the node does not guess.
    fn on_damaged_snapshot(&mut self, cx: &mut Cx<'_>, id: SnapshotId, problem: &str) -> Option<QuorumEvent> {
        self.snapshots.forget(id);
        match self.snapshots.newest() {
            Some(older) => self.read(cx, vec![Reading::Snapshot(older)]),
            None => Some(QuorumEvent::Refused(format!(
                "{METADATA_TOPIC}-0/{} is damaged: {problem}; restore it from a backup, or remove it if the \
                 metadata log still begins at offset 0",
                id.file_name()
            ))),
        }
    }

    fn on_state_read(&mut self, node_id: BrokerId, content: &[u8]) -> Result<(), String> {
        let stored = StoredState::parse(content).map_err(|problem| {
            format!("{METADATA_TOPIC}-0/{QUORUM_STATE} is damaged: {problem}; restore it from a backup")
        })?;
        if stored.version == StateVersion::Static && stored.voters != [node_id] {
            return Err(format!(
                "{METADATA_TOPIC}-0/{QUORUM_STATE} names the voters {:?}, and this node is {node_id} and a \
                 quorum of its own; start it as what it was",
                stored.voters
            ));
        }
        self.version = stored.version;
        self.election = stored.election;
        Ok(())
    }

    fn loaded(&mut self, cx: &Cx<'_>, snapshot: Option<(SnapshotId, Vec<MetadataRecord>)>) -> QuorumEvent {
        assert_eq!(self.role, Role::Loading, "the files are read once");
        let led_last = self.election.leader == Some(cx.config.node_id);
        self.role = if led_last { Role::Resigned } else { Role::Unattached };
        QuorumEvent::Loaded(snapshot)
    }

    /// Stands for election in an epoch above every one that it knows or that left records. `last_epoch` is
    /// that of the newest batch of the metadata log, -1 if it is empty.
    ///
    /// The vote of the only voter is the majority, so that vote and leadership are one write; the leadership
    /// stands in it so that no later life leads this epoch again.
    pub(crate) fn elect(&mut self, cx: &mut Cx<'_>, last_epoch: LeaderEpoch) {
        assert!(
            matches!(self.role, Role::Unattached | Role::Resigned),
            "a {} does not stand",
            self.role.name()
        );
        let node_id = cx.config.node_id;
        let epoch = self.election.epoch.max(last_epoch).checked_add(1).expect("epochs do not run out");
        self.election = ElectionState {
            epoch,
            leader: Some(node_id),
            voted: Some(ReplicaKey { id: node_id, directory: Uuid::ZERO }),
        };
        self.role = Role::Candidate;
        let stored = StoredState { version: self.version, election: self.election, voters: vec![node_id] };
        let steps = DiskStep::replace(&path(QUORUM_STATE), vec![stored.encode()]);
        cx.disk(Owner::Quorum(QuorumOp::State { epoch }), steps);
    }

    fn on_elected(&mut self, epoch: LeaderEpoch) -> QuorumEvent {
        assert_eq!(self.role, Role::Candidate, "a {} writes no state", self.role.name());
        assert_eq!(epoch, self.election.epoch, "one election at a time");
        self.role = Role::Leader(Leader::new(epoch));
        QuorumEvent::Elected(epoch)
    }

    /// The first batch of this leader's epoch, to be appended before anything else.
    pub(crate) fn leader_change(&self, cx: &Cx<'_>) -> Bytes {
        let Role::Leader(leader) = &self.role else { panic!("a {} begins no epoch", self.role.name()) };
        let voter = Voter { voter_id: cx.config.node_id, ..Voter::default() };
        let message = LeaderChangeMessage {
            version: self.version as i16,
            leader_id: cx.config.node_id,
            voters: vec![voter.clone()],
            granting_voters: vec![voter],
        };
        let record = ControlRecord::LeaderChange(message);
        record.to_batch(0, leader.epoch, cx.now.wall_ms).expect("a version that exists")
    }

    /// The batch of [`Quorum::leader_change`] was appended at this offset.
    pub(crate) fn on_epoch_started(&mut self, offset: Offset) {
        let Role::Leader(leader) = &mut self.role else { panic!("a {} appends nothing", self.role.name()) };
        leader.begin(offset);
    }

    /// The high watermark of the metadata log has moved. Whether this leader has just become active: from
    /// now on everything below the high watermark is committed.
    pub(crate) fn on_high_watermark(&mut self, high_watermark: Offset) -> bool {
        match &mut self.role {
            Role::Leader(leader) => leader.advance(high_watermark),
            _ => false,
        }
    }

    /// Writes a snapshot of what the log below `end` adds up to; all of it is committed. Does nothing while
    /// one is being written, or if nothing of this leader's epoch is new in it.
    pub(crate) fn write_snapshot(&mut self, cx: &mut Cx<'_>, end: Offset, records: &[MetadataRecord]) {
        let Role::Leader(leader) = &self.role else { return };
        // The snapshot is named by the epoch of its last record.
        let Some(start) = leader.epoch_start_offset().filter(|start| end > *start) else { return };
        let id = SnapshotId { end, epoch: leader.epoch };
        if !leader.is_active() || !self.snapshots.may_write(id) {
            return;
        }
        assert!(end > start);
        let content = snapshot::encode(id, cx.now.wall_ms, &[], records);
        self.snapshots.begin_writing(id, content.iter().map(|bytes| bytes.len() as u64).sum());
        let steps = DiskStep::replace(&path(&id.file_name()), content);
        cx.disk(Owner::Quorum(QuorumOp::Snapshot { end, epoch: id.epoch }), steps);
    }

    /// Removes what is older than the one before: if the new one rots, that one and the log behind it serve.
    fn on_snapshot_durable(&mut self, cx: &mut Cx<'_>, id: SnapshotId) -> Option<QuorumEvent> {
        let (log_start_offset, removed) = self.snapshots.written(id);
        cx.observe(Event::MetadataSnapshot { end: id.end });
        if !removed.is_empty() {
            let mut steps: Vec<_> =
                removed.iter().map(|name| DiskStep::Remove { path: path(name) }).collect();
            steps.push(DiskStep::SyncDir { path: path("") });
            let below = log_start_offset.unwrap_or(id.end);
            cx.disk(Owner::Quorum(QuorumOp::RemoveSnapshots { below }), steps);
        }
        log_start_offset.map(QuorumEvent::LogStart)
    }
}

/// A file beside the metadata log, or its directory. The metadata log lies in the first log directory.
fn path(name: &str) -> Path {
    match name {
        "" => Path::new(0, format!("{METADATA_TOPIC}-0")),
        name => Path::new(0, format!("{METADATA_TOPIC}-0/{name}")),
    }
}

#[cfg(test)]
mod tests;
