//! The metadata log of a node: from the quorum's first epoch to a served image.
//!
//! Order of a start: the log is opened; the quorum loads its state and snapshot; the controller is filled from
//! snapshot and log; the quorum begins a new epoch and its first record is committed; a fresh cluster gets its
//! bootstrap records; the broker registers and is let in; then its partitions are opened.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use klamm_wire::messages::Response;
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::api;
use crate::config::{Config, FlushPolicy, TopicConfig};
use crate::connection::Ticket;
use crate::controller::{Answer, Command, Controller, registration_of};
use crate::coordinator::Hosted;
use crate::disk::{DiskDone, DiskError, DiskOp, Owner};
use crate::edge::Effects;
use crate::event::{LogStartCause, Reason};
use crate::image::MetadataImage;
use crate::node::boot::RESTORE;
use crate::node::hosting::Loading;
use crate::node::{Node, Phase};
use crate::quorum::alone::{Quorum, QuorumEvent};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{LeaderEpoch, METADATA_PARTITION, METADATA_TOPIC, OFFSETS_TOPIC, Offset};

/// The quorum and, once its log is read, the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControllerHost {
    pub(crate) quorum: Quorum,
    pub(crate) hosted: Option<Hosted<Controller>>,
    loading: Option<Loading<Controller>>,
    /// Bytes appended to the metadata log since the newest snapshot.
    pub(crate) bytes_since_snapshot: u64,
    /// Offset of this life's registration; -1 before.
    broker_epoch: Offset,
}

impl ControllerHost {
    pub(crate) fn new() -> Self {
        Self { quorum: Quorum::new(), hosted: None, loading: None, bytes_since_snapshot: 0, broker_epoch: -1 }
    }

    /// The epoch of this broker's registration.
    pub(crate) fn broker_epoch(&self) -> Offset {
        self.broker_epoch
    }

    /// How the metadata log is kept: always synced, whatever the broker does with records.
    pub(crate) fn log_config(config: &Config) -> TopicConfig {
        TopicConfig {
            flush_policy: FlushPolicy::Synced,
            retention_ms: -1,
            retention_bytes: -1,
            max_message_bytes: i32::MAX,
            ..config.topic.clone()
        }
    }
}

impl Node {
    /// The metadata log can be used: reads what lies beside it.
    pub(crate) fn on_metadata_opened(&mut self, now: Now, fx: &mut Effects) {
        self.controller.quorum.load(&mut self.env.cx(now, fx));
    }

    /// A file of the quorum was read or written.
    pub(crate) fn on_quorum_disk(
        &mut self,
        now: Now,
        fx: &mut Effects,
        op: DiskOp,
        result: Result<DiskDone, DiskError>,
    ) {
        let Owner::Quorum(op) = op.owner else { unreachable!("routed by owner") };
        let event = self.controller.quorum.on_disk(&mut self.env.cx(now, fx), &op, result);
        match event {
            None => {}
            Some(QuorumEvent::Failed(error)) => self.fail_directory(fx, 0, error),
            Some(QuorumEvent::Refused(reason)) => self.halt(fx, Reason::Refused(reason)),
            Some(QuorumEvent::Loaded(snapshot)) => {
                let cluster_id = self.cluster_id();
                let (image, end) = match snapshot {
                    Some((id, records)) => {
                        (MetadataImage::from_snapshot(cluster_id, id.end, &records), id.end)
                    }
                    None => (MetadataImage::new(cluster_id), 0),
                };
                self.begin_loading_metadata(now, fx, image, end);
            }
            Some(QuorumEvent::Elected(epoch)) => self.begin_epoch(now, fx, epoch),
            Some(QuorumEvent::LogStart(start)) => {
                let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("the quorum has a log");
                let mut cx = self.env.cx(now, fx);
                partition.log.raise_log_start(&mut cx, start, LogStartCause::Snapshot);
            }
        }
    }

    fn cluster_id(&self) -> Uuid {
        self.directories[0].meta.as_ref().expect("directories are read first").cluster_id
    }

    fn begin_loading_metadata(&mut self, now: Now, fx: &mut Effects, image: MetadataImage, end: Offset) {
        let log = &self.partitions[&METADATA_PARTITION].log;
        let (start, log_end) = (log.log_start_offset(), log.log_end_offset());
        if log_end < end {
            // A snapshot covers what was committed, and what was committed was synced.
            let reason = format!(
                "the metadata log ends at offset {log_end}, below its newest snapshot, which ends at {end}: \
                 records were lost; restore {METADATA_TOPIC}-0 from a backup"
            );
            return self.halt(fx, Reason::Refused(reason));
        }
        if let Some(log) = self.directories[0].logs.keys().next().filter(|_| log_end == 0) {
            let reason = format!("the data directory holds logs (such as {log}) but no metadata: {RESTORE}");
            return self.halt(fx, Reason::Refused(reason));
        }
        if start > end {
            let reason = format!(
                "the metadata log begins at offset {start}, but its newest snapshot ends at {end}: a snapshot is \
                 missing from the data directory"
            );
            return self.halt(fx, Reason::Refused(reason));
        }
        self.controller.loading = Some(Loading::new(Controller::new(image), end));
        self.load_controller(now, fx);
    }

    /// Reads on in the metadata log; stands for election once its end is reached.
    pub(crate) fn load_controller(&mut self, now: Now, fx: &mut Effects) {
        let Some(loading) = self.controller.loading.as_mut().filter(|_| self.controller.hosted.is_none())
        else {
            return;
        };
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        let mut cx = self.env.cx(now, fx);
        match loading.advance(&mut cx, partition) {
            Ok(false) => {}
            Ok(true) => {
                let machine = self.controller.loading.take().expect("it was just advanced").machine;
                let last_epoch = partition.log.latest_epoch().unwrap_or(-1);
                self.controller.quorum.elect(&mut cx, last_epoch);
                self.env.image = Arc::new(machine.image().clone());
                self.controller.hosted = Some(Hosted::new(machine));
            }
            Err(code) => self.refuse_log(fx, METADATA_PARTITION, code),
        }
    }

    /// Leads the metadata log: nothing older is committed before the epoch's own first record.
    fn begin_epoch(&mut self, now: Now, fx: &mut Effects, epoch: LeaderEpoch) {
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        let mut cx = self.env.cx(now, fx);
        partition.lead_quorum(&mut cx, Some(epoch));
        let batch = self.controller.quorum.leader_change(&cx);
        let facts = super::hosting::facts_of(&batch);
        let offset = partition.append_own(&mut cx, batch, &facts);
        self.controller.quorum.on_epoch_started(offset);
        self.dirty.insert(METADATA_PARTITION);
    }

    /// Whether this node decides what happens to the metadata.
    pub(crate) fn is_active_controller(&self) -> bool {
        self.controller.hosted.is_some()
    }

    /// More of the metadata log is synced: the only voter is the majority.
    pub(crate) fn on_metadata_held(&mut self, now: Now, fx: &mut Effects) {
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        if partition.leadership().is_some() {
            let end = partition.log.recovery_point();
            partition.raise_high_watermark(&mut self.env.cx(now, fx), end);
        }
    }

    /// The high watermark of the metadata log has moved.
    pub(crate) fn commit_controller(&mut self, now: Now, fx: &mut Effects) {
        let high_watermark = self.partitions[&METADATA_PARTITION].high_watermark();
        let became_active = self.controller.quorum.on_high_watermark(high_watermark);
        let Some(hosted) = self.controller.hosted.as_mut() else { return };
        let committed = hosted.commit(high_watermark);
        for (offset, record) in &committed.records {
            Arc::make_mut(&mut self.env.image).apply(*offset, record);
        }
        for (_, record) in &committed.records {
            self.on_metadata_record(now, fx, record);
        }
        for (ticket, answer) in committed.answers {
            self.controller_answered(now, fx, ticket, answer);
        }
        if became_active {
            self.join_cluster(now, fx);
        }
        if self.phase == Phase::Registering && self.env.image.is_active(self.env.config.node_id) {
            self.open_logs(now, fx);
        }
        if self.controller.bytes_since_snapshot >= self.env.config.metadata_snapshot_bytes {
            self.write_metadata_snapshot(now, fx);
        }
    }

    /// The controller is active: begins a fresh cluster, and joins it as a broker.
    fn join_cluster(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::Metadata, "the metadata is loaded first");
        self.phase = Phase::Registering;
        let submitted = self.submit_controller(now, fx, None, Command::Activate);
        assert_eq!(submitted, Ok(()), "a fresh cluster can begin");
        let epoch = self.partitions[&METADATA_PARTITION].log.log_end_offset();
        let log_dirs = self.directories.iter().filter_map(|directory| directory.meta.as_ref());
        let log_dirs = log_dirs.map(|meta| meta.directory_id).collect();
        let incarnation = self.env.rng.uuid();
        let previous = self.previous_broker_epoch();
        let request = registration_of(&self.env.config, self.cluster_id(), incarnation, log_dirs, previous);
        let broker_id = request.broker_id;
        self.controller.broker_epoch = epoch;
        if let Err(code) = self.submit_controller(now, fx, None, Command::RegisterBroker { request, epoch }) {
            let reason = format!("this node cannot be a broker of its cluster: {code:?}");
            return self.halt(fx, Reason::Refused(reason));
        }
        let unfence = Command::Unfence { broker_id, broker_epoch: epoch };
        let submitted = self.submit_controller(now, fx, None, unfence);
        assert_eq!(submitted, Ok(()), "a broker that has its own controller's metadata can serve");
        self.arm_snapshot(now);
    }

    /// The epoch of the last life, if it has stopped in order and all directories agree on it; else -1.
    ///
    /// Kafka: `LogManager.readBrokerEpochFromCleanShutdownFiles`.
    fn previous_broker_epoch(&self) -> Offset {
        let first = self.directories[0].previous_broker_epoch;
        let agreed = self.directories.iter().all(|directory| directory.previous_broker_epoch == first);
        if agreed { first } else { -1 }
    }

    fn arm_snapshot(&mut self, now: Now) {
        let interval = self.env.config.metadata_snapshot_interval_ms;
        if interval > 0 {
            self.env.timers.arm(Timer::MetadataSnapshot, now.monotonic.after_ms(interval));
        }
    }

    fn write_metadata_snapshot(&mut self, now: Now, fx: &mut Effects) {
        if !self.controller.quorum.is_active() || self.env.image.has_open_transaction() {
            return;
        }
        let image = Arc::clone(&self.env.image);
        let end = image.offset + 1;
        let mut cx = self.env.cx(now, fx);
        self.controller.quorum.write_snapshot(&mut cx, end, &image.to_records());
        self.controller.bytes_since_snapshot = 0;
    }

    /// Time for a snapshot, however little has changed.
    pub(crate) fn on_snapshot_timer(&mut self, now: Now, fx: &mut Effects) {
        self.write_metadata_snapshot(now, fx);
        self.arm_snapshot(now);
    }

    /// What the controller was asked is decided and committed. Who created partitions hears of it when they
    /// can be written to.
    pub(crate) fn controller_answered(&mut self, now: Now, fx: &mut Effects, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Response(response) => self.answer(fx, ticket, response),
            Answer::Created(response) => self.answer_when_open(fx, ticket, response),
            Answer::ProducerIds(block) => api::on_producer_id_block(self, now, fx, ticket, block),
            Answer::Done => {}
        }
    }

    fn answer_when_open(&mut self, fx: &mut Effects, ticket: Ticket, response: Response) {
        if self.opening.is_empty() {
            return self.answer(fx, ticket, response);
        }
        self.held.push((self.opening.clone(), ticket, response));
    }

    /// Creates the topic of committed offsets if it is missing.
    pub(crate) fn ensure_offsets_topic(&mut self, now: Now, fx: &mut Effects) {
        if self.env.image.topic(OFFSETS_TOPIC).is_some() {
            return;
        }
        let names: Vec<Str> = alloc::vec![OFFSETS_TOPIC.into()];
        match self.submit_controller(now, fx, None, Command::AutoCreateTopics(names)) {
            // Without a controller nobody is served; the next request asks again.
            Ok(()) | Err(ErrorCode::NOT_CONTROLLER) => {}
            Err(code) => {
                unreachable!("creating {OFFSETS_TOPIC} is refused within the answer, not with {code}")
            }
        }
    }
}
