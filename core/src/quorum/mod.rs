//! The metadata quorum: KRaft as a machine without sockets and files, built as far as a quorum of one needs it.
//!
//! The quorum decides who leads the metadata log, in which epoch, and what of it is committed; it keeps the
//! log's snapshots. The log itself is a partition like any other.
//!
//! Who calls what, in the order of a start:
//! 1. [`Quorum::load`] once the metadata log is open. It reads `quorum-state` and the newest whole snapshot.
//! 2. [`Quorum::on_disk`] with everything the disk answers to `Owner::Quorum`. It yields [`QuorumEvent`]s:
//!    first `Loaded` (the controller begins with the snapshot and reads the log from its end on), then, when
//!    the election is durable, `BecameLeader`.
//! 3. On `BecameLeader` the node makes the partition lead that epoch, appends [`Quorum::leader_change`] as the
//!    epoch's first batch, and tells where it stands with [`Quorum::become_leader`].
//! 4. [`Quorum::on_high_watermark`] whenever the high watermark of the metadata log moves; what it returns is
//!    committed and may be applied and answered.
//! 5. [`Quorum::on_appended`] with every batch of the controller, [`Quorum::maybe_snapshot`] after every commit
//!    and when `Timer::MetadataSnapshot` fires ([`Quorum::on_snapshot_timer`] first).
//!
//! Source: KIP-595, KIP-630, KIP-853. Kafka: `KafkaRaftClient`, `QuorumState`.

mod json;
mod leader;
mod snapshot;
mod snapshots;
mod state;
mod store;

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
use crate::disk::{DirEntry, DirIndex, DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Owner, Path};
use crate::disk::{QuorumOp, StepDone};
use crate::event::Event;
use crate::image::MetadataImage;
use crate::timer::Timer;
use crate::types::{BrokerId, LeaderEpoch, METADATA_TOPIC, Offset};

use leader::Leader;
use snapshot::SnapshotId;
use snapshots::Snapshots;
pub(crate) use state::{Candidate, LogFacts, Role};
use store::{ElectionState, QUORUM_STATE, StateVersion, StoredState};

/// What the node has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QuorumEvent {
    /// The files are read. The controller begins with these records, which cover the log below `end`.
    Loaded { end: Offset, records: Vec<MetadataRecord> },
    /// This node leads the epoch, durably.
    BecameLeader { epoch: LeaderEpoch },
    /// A snapshot is durable. With an offset: the log below it is not needed any more.
    SnapshotWritten { log_start_offset: Option<Offset> },
    /// The files do not fit together or are damaged: the node must not go on. One sentence for the operator.
    Refused(String),
    /// The disk said no.
    Failed(DiskError),
}

/// This node's part in the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quorum {
    node_id: BrokerId,
    /// The id of the log directory, by which voters know each other.
    directory_id: Uuid,
    dir: DirIndex,
    role: Role,
    election: ElectionState,
    version: StateVersion,
    log: Option<LogFacts>,
    snapshots: Snapshots,
}

impl Quorum {
    /// A voter that has not read its files. `directory_id` is that of log directory `dir`, which holds the
    /// metadata log.
    pub(crate) fn new(node_id: BrokerId, dir: DirIndex, directory_id: Uuid) -> Self {
        Self {
            node_id,
            directory_id,
            dir,
            role: Role::Loading,
            election: ElectionState::default(),
            version: StateVersion::Static,
            log: None,
            snapshots: Snapshots::default(),
        }
    }

    /// The epoch this node knows of.
    pub(crate) fn epoch(&self) -> LeaderEpoch {
        self.election.epoch
    }

    /// What this node is.
    pub(crate) fn role(&self) -> &Role {
        &self.role
    }

    /// Whether this node leads, and a record of its epoch is committed.
    pub(crate) fn is_active(&self) -> bool {
        matches!(&self.role, Role::Leader(leader) if leader.committed().is_some())
    }

    /// Begins to read the files beside the metadata log, which is open and stands as `log` says.
    pub(crate) fn load(&mut self, cx: &mut Cx<'_>, log: LogFacts) {
        assert!(self.log.is_none() && self.role == Role::Loading, "the files are read once");
        self.log = Some(log);
        cx.disk(Owner::Quorum(QuorumOp::Load), vec![DiskStep::List { path: self.directory() }]);
    }

    /// The disk has finished an operation of `Owner::Quorum`.
    pub(crate) fn on_disk(
        &mut self,
        cx: &mut Cx<'_>,
        op: &DiskOp,
        result: Result<DiskDone, DiskError>,
    ) -> Vec<QuorumEvent> {
        let Owner::Quorum(purpose) = &op.owner else { unreachable!("{:?} is not the quorum's", op.owner) };
        let done = match result {
            Ok(done) => done,
            // No directory: the log was not there either, and there is nothing to load.
            Err(error)
                if error.kind == DiskErrorKind::NotFound && matches!(op.steps[0], DiskStep::List { .. }) =>
            {
                vec![StepDone::Listed(Vec::new())]
            }
            Err(error) => return vec![QuorumEvent::Failed(error)],
        };
        match purpose {
            QuorumOp::Load => self.on_loaded(cx, &op.steps, done),
            QuorumOp::State { epoch } => self.on_state_durable(cx, *epoch),
            QuorumOp::Snapshot { end, epoch } => {
                self.on_snapshot_durable(cx, SnapshotId { end: *end, epoch: *epoch })
            }
            QuorumOp::RemoveSnapshots { .. } => Vec::new(),
        }
    }

    fn directory(&self) -> Path {
        Path::new(self.dir, format!("{METADATA_TOPIC}-0"))
    }

    fn path(&self, name: &str) -> Path {
        Path::new(self.dir, format!("{METADATA_TOPIC}-0/{name}"))
    }

    /// First the names, then `quorum-state` and the newest snapshot; older snapshots only if that is damaged.
    fn on_loaded(&mut self, cx: &mut Cx<'_>, steps: &[DiskStep], done: DiskDone) -> Vec<QuorumEvent> {
        let mut records = None;
        for (step, done) in steps.iter().zip(done) {
            match (step, done) {
                (_, StepDone::Listed(entries)) => return self.on_listed(cx, &entries),
                (DiskStep::Read { path, .. }, StepDone::Read(content)) => {
                    if path.name.ends_with(QUORUM_STATE) {
                        if let Err(reason) = self.on_state_read(&content) {
                            return vec![QuorumEvent::Refused(reason)];
                        }
                    } else {
                        records = snapshot::decode(content).ok();
                    }
                }
                (step, done) => unreachable!("{step:?} was answered with {done:?}"),
            }
        }
        match (records, self.snapshots.newest()) {
            (Some(records), Some(newest)) => self.loaded(cx, newest.end, records),
            (None, Some(damaged)) => {
                self.snapshots.forget(damaged);
                match self.snapshots.newest() {
                    Some(older) => {
                        let steps = vec![self.read(&older.file_name())];
                        cx.disk(Owner::Quorum(QuorumOp::Load), steps);
                        Vec::new()
                    }
                    None => self.loaded(cx, 0, Vec::new()),
                }
            }
            (_, None) => self.loaded(cx, 0, Vec::new()),
        }
    }

    fn read(&self, name: &str) -> DiskStep {
        DiskStep::Read { path: self.path(name), position: 0, length: u64::MAX }
    }

    fn on_listed(&mut self, cx: &mut Cx<'_>, entries: &[DirEntry]) -> Vec<QuorumEvent> {
        let mut steps = Vec::new();
        if entries.iter().any(|entry| &*entry.name == QUORUM_STATE) {
            steps.push(self.read(QUORUM_STATE));
        }
        self.snapshots = Snapshots::of_names(entries.iter().map(|entry| &*entry.name));
        steps.extend(self.snapshots.newest().map(|newest| self.read(&newest.file_name())));
        if steps.is_empty() {
            return self.loaded(cx, 0, Vec::new());
        }
        cx.disk(Owner::Quorum(QuorumOp::Load), steps);
        Vec::new()
    }

    fn on_state_read(&mut self, content: &[u8]) -> Result<(), String> {
        let stored = StoredState::parse(content).map_err(|problem| {
            format!("{METADATA_TOPIC}-0/{QUORUM_STATE} is damaged: {problem}; restore it from a backup")
        })?;
        if stored.version == StateVersion::Static && stored.voters != [self.node_id] {
            return Err(format!(
                "{METADATA_TOPIC}-0/{QUORUM_STATE} names the voters {:?}, and this node is {} and a quorum of \
                 its own; start it as what it was",
                stored.voters, self.node_id
            ));
        }
        self.version = stored.version;
        self.election = stored.election;
        Ok(())
    }

    /// Everything is read: checks that snapshot and log meet, and stands for election.
    fn loaded(&mut self, cx: &mut Cx<'_>, end: Offset, records: Vec<MetadataRecord>) -> Vec<QuorumEvent> {
        let log = self.log.expect("the quorum is loaded beside its log");
        if log.log_start_offset > end {
            return vec![QuorumEvent::Refused(format!(
                "the metadata log begins at {} and no whole snapshot reaches that far (the newest ends at \
                 {end}); restore {METADATA_TOPIC}-0 from a backup",
                log.log_start_offset
            ))];
        }
        if log.log_end_offset < end {
            return vec![QuorumEvent::Refused(format!(
                "the metadata log ends at {} below its newest snapshot, which ends at {end}: records were \
                 lost; restore {METADATA_TOPIC}-0 from a backup",
                log.log_end_offset
            ))];
        }
        let led_last = self.election.leader == Some(self.node_id);
        self.role = if led_last { Role::Resigned } else { Role::Unattached };
        self.become_candidate(cx);
        vec![QuorumEvent::Loaded { end, records }]
    }

    /// Stands for election in an epoch above every one that it knows or that left records.
    fn become_candidate(&mut self, cx: &mut Cx<'_>) {
        assert!(matches!(self.role, Role::Unattached | Role::Resigned), "{} stands", self.role.name());
        let known = self.election.epoch.max(self.log.map_or(-1, |log| log.last_epoch));
        let epoch = known.checked_add(1).expect("epochs do not run out");
        self.election = ElectionState { epoch, leader: None, voted: Some(self.node_id) };
        self.role = Role::Candidate(Candidate::Voting);
        self.write_state(cx);
    }

    fn write_state(&self, cx: &mut Cx<'_>) {
        let stored = StoredState {
            version: self.version,
            election: self.election,
            voted_directory: self.directory_id,
            voters: vec![self.node_id],
        };
        let steps = DiskStep::replace(&self.path(QUORUM_STATE), vec![stored.encode()]);
        cx.disk(Owner::Quorum(QuorumOp::State { epoch: self.election.epoch }), steps);
    }

    /// The vote is durable: it is the majority. Then the leadership is, and takes effect.
    fn on_state_durable(&mut self, cx: &mut Cx<'_>, epoch: LeaderEpoch) -> Vec<QuorumEvent> {
        assert_eq!(epoch, self.election.epoch, "one election at a time");
        match self.role {
            Role::Candidate(Candidate::Voting) => {
                self.role = Role::Candidate(Candidate::Elected);
                self.election.leader = Some(self.node_id);
                self.write_state(cx);
                Vec::new()
            }
            Role::Candidate(Candidate::Elected) => {
                self.role = Role::Leader(Leader::new(epoch));
                vec![QuorumEvent::BecameLeader { epoch }]
            }
            ref other => unreachable!("a {} writes no state", other.name()),
        }
    }

    /// The first batch of this leader's epoch, to be appended before anything else.
    pub(crate) fn leader_change(&self, cx: &Cx<'_>) -> Bytes {
        let Role::Leader(leader) = &self.role else { panic!("a {} begins no epoch", self.role.name()) };
        let (version, voter_directory_id) = match self.version {
            StateVersion::Static => (0, Uuid::ZERO),
            StateVersion::Dynamic => (1, self.directory_id),
        };
        let voter = Voter { voter_id: self.node_id, voter_directory_id };
        let message = LeaderChangeMessage {
            version,
            leader_id: self.node_id,
            voters: vec![voter.clone()],
            granting_voters: vec![voter],
        };
        let record = ControlRecord::LeaderChange(message);
        record.to_batch(0, leader.epoch, cx.now.wall_ms).expect("a version that exists")
    }

    /// The batch of [`Quorum::leader_change`] was appended at this offset. Snapshots are due from now on.
    pub(crate) fn become_leader(&mut self, cx: &mut Cx<'_>, epoch_start_offset: Offset) {
        let Role::Leader(leader) = &mut self.role else { panic!("nobody else appends") };
        leader.begin(epoch_start_offset);
        self.snapshots.begin(epoch_start_offset, cx.now.wall_ms);
        Self::arm_snapshot_timer(cx);
    }

    /// The high watermark of the metadata log is here now. Returns what is committed, if that is new.
    pub(crate) fn on_high_watermark(&mut self, high_watermark: Offset) -> Option<Offset> {
        let Role::Leader(leader) = &mut self.role else { return None };
        if leader.advance(high_watermark) { leader.committed() } else { None }
    }

    /// A batch of metadata records of this many bytes was appended.
    pub(crate) fn on_appended(&mut self, cx: &Cx<'_>, bytes: usize) {
        self.snapshots.on_appended(bytes, cx.now.wall_ms);
    }

    /// `Timer::MetadataSnapshot` has fired: a snapshot is due whatever the number of bytes.
    pub(crate) fn on_snapshot_timer(&mut self, cx: &mut Cx<'_>) {
        self.snapshots.is_late = true;
        Self::arm_snapshot_timer(cx);
    }

    fn arm_snapshot_timer(cx: &mut Cx<'_>) {
        if cx.config.metadata_snapshot_interval_ms > 0 {
            let at = cx.now.monotonic.after_ms(cx.config.metadata_snapshot_interval_ms);
            cx.timers.arm(Timer::MetadataSnapshot, at);
        }
    }

    /// Writes a snapshot of the committed image if one is due and none is being written.
    pub(crate) fn maybe_snapshot(&mut self, cx: &mut Cx<'_>, image: &MetadataImage) {
        let Role::Leader(leader) = &self.role else { return };
        let id = SnapshotId { end: image.offset + 1, epoch: leader.epoch };
        if image.has_open_transaction()
            || leader.committed().is_none_or(|committed| committed < id.end)
            || !self.snapshots.is_due(id, cx.config.metadata_snapshot_bytes)
        {
            return;
        }
        let content = snapshot::encode(id, self.snapshots.begin_writing(id), &image.to_records());
        let steps = DiskStep::replace(&self.path(&id.file_name()), content);
        cx.disk(Owner::Quorum(QuorumOp::Snapshot { end: id.end, epoch: id.epoch }), steps);
        Self::arm_snapshot_timer(cx);
    }

    /// Removes what is older than the one before: if the new one rots, that one and the log behind it serve.
    fn on_snapshot_durable(&mut self, cx: &mut Cx<'_>, id: SnapshotId) -> Vec<QuorumEvent> {
        let (log_start_offset, removed) = self.snapshots.written(id);
        cx.observe(Event::MetadataSnapshot { end: id.end });
        if !removed.is_empty() {
            let mut steps: Vec<_> =
                removed.iter().map(|name| DiskStep::Remove { path: self.path(name) }).collect();
            steps.push(DiskStep::SyncDir { path: self.directory() });
            let below = log_start_offset.unwrap_or(id.end);
            cx.disk(Owner::Quorum(QuorumOp::RemoveSnapshots { below }), steps);
        }
        vec![QuorumEvent::SnapshotWritten { log_start_offset }]
    }
}

#[cfg(test)]
mod tests;
