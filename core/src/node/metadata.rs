//! The image of the metadata: what is committed of the metadata log, on every node, whoever decides.

use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::Uuid;
use klamm_wire::batch::Batches;
use klamm_wire::metadata_records::MetadataRecord;

use crate::config::{Config, FlushPolicy, TopicConfig};
use crate::connection::Ticket;
use crate::controller::Controller;
use crate::coordinator::{Hosted, Machine};
use crate::edge::Effects;
use crate::image::MetadataImage;
use crate::log::Read;
use crate::node::{Node, Phase};
use crate::quorum::{FetchPlan, LogView, Quorum};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{METADATA_PARTITION, Offset};

/// The quorum, what this node knows of the metadata, and the controller while it decides.
///
/// - The image holds every record below `next` and nothing else.
/// - The controller is here only while this node is active in the quorum and the image holds all that is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) quorum: Quorum,
    pub(crate) hosted: Option<Hosted<Controller>>,
    /// This node is to decide, as soon as it knows everything that was decided before.
    pub(crate) is_activating: bool,
    /// The start has read the log up to here; `None` before and after.
    pub(crate) scanned: Option<Offset>,
    is_started: bool,
    /// First offset whose record is not in the image.
    next: Offset,
    /// Fetches of others that wait for the disk.
    pub(crate) reads: Vec<(Ticket, FetchPlan)>,
    /// Bytes of the metadata log since the newest snapshot.
    pub(crate) bytes_since_snapshot: u64,
}

impl Metadata {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            quorum: Quorum::new(config),
            hosted: None,
            is_activating: false,
            scanned: None,
            is_started: false,
            next: 0,
            reads: Vec::new(),
            bytes_since_snapshot: 0,
        }
    }

    /// Whether this node takes part in the quorum.
    pub(crate) fn is_started(&self) -> bool {
        self.is_started
    }

    pub(crate) fn on_started(&mut self) {
        self.scanned = None;
        self.is_started = true;
    }

    /// First offset whose record is not in the image. Exclusive end of what this node knows.
    pub(crate) fn next(&self) -> Offset {
        self.next
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
    pub(crate) fn cluster_id(&self) -> Uuid {
        self.directories[0].meta.as_ref().expect("directories are read first").cluster_id
    }

    /// The image of the newest snapshot; the log has to say what came after.
    pub(crate) fn begin_loading_metadata(&mut self, image: MetadataImage, end: Offset) {
        self.env.image = Arc::new(image);
        self.metadata.next = end;
        self.metadata.scanned = Some(end);
    }

    /// A snapshot of another leader replaces what this node knew.
    pub(crate) fn install_snapshot(
        &mut self,
        now: Now,
        fx: &mut Effects,
        end: Offset,
        records: &[MetadataRecord],
    ) {
        let image = MetadataImage::from_snapshot(self.cluster_id(), end, records);
        let before = core::mem::replace(&mut self.env.image, Arc::new(image));
        self.metadata.next = end;
        self.metadata.bytes_since_snapshot = 0;
        self.on_image_replaced(now, fx, &before);
        self.on_image_moved(now, fx);
    }

    /// More of the metadata log is committed.
    pub(crate) fn on_metadata_committed(&mut self, now: Now, fx: &mut Effects, end: Offset) {
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        partition.raise_high_watermark(&mut self.env.cx(now, fx), end);
        self.follow_log(now, fx);
    }

    /// Takes into the image what is committed and can be read now.
    pub(crate) fn follow_log(&mut self, now: Now, fx: &mut Effects) {
        let end = self.metadata.quorum.high_watermark();
        if !self.metadata.is_started() || self.phase == Phase::Halted {
            return;
        }
        if self.metadata.hosted.is_some() {
            self.commit_controller(now, fx, end);
        } else if let Err(code) = self.read_committed(now, fx, end) {
            return self.refuse_log(fx, METADATA_PARTITION, code);
        }
        self.on_image_moved(now, fx);
    }

    /// Reads on in the metadata log, to `end` or to where the disk has to bring it first.
    ///
    /// # Errors
    /// As [`Node::refuse_log`] takes them.
    fn read_committed(&mut self, now: Now, fx: &mut Effects, end: Offset) -> Result<(), ErrorCode> {
        while self.metadata.next < end {
            let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
            if !partition.log.is_open() {
                return Ok(());
            }
            let mut cx = self.env.cx(now, fx);
            let chunk = cx.config.read_chunk_bytes;
            match partition.log.read(&mut cx, self.metadata.next, end, chunk, true) {
                Read::Records { records, next_offset, .. } => {
                    for (offset, record) in records_of(records.to_bytes(), self.metadata.next)? {
                        self.take_in_record(now, fx, offset, &record);
                    }
                    self.metadata.next = next_offset;
                }
                Read::Pending => return Ok(()),
                Read::Corrupt | Read::OutOfRange => return Err(ErrorCode::CORRUPT_MESSAGE),
                Read::Failed(_) => return Err(ErrorCode::KAFKA_STORAGE_ERROR),
            }
        }
        Ok(())
    }

    /// What this node has decided itself is committed.
    fn commit_controller(&mut self, now: Now, fx: &mut Effects, end: Offset) {
        let hosted = self.metadata.hosted.as_mut().expect("it was just here");
        let committed = hosted.commit(end);
        for (offset, record) in &committed.records {
            self.take_in_record(now, fx, *offset, record);
        }
        self.metadata.next = end;
        for (ticket, answer) in committed.answers {
            self.controller_answered(fx, ticket, answer);
        }
    }

    fn take_in_record(&mut self, now: Now, fx: &mut Effects, offset: Offset, record: &MetadataRecord) {
        Arc::make_mut(&mut self.env.image).apply(offset, record);
        self.on_metadata_record(now, fx, record);
    }

    /// The image has everything up to `next`: looks at what waits for that.
    fn on_image_moved(&mut self, now: Now, fx: &mut Effects) {
        self.maybe_host_controller(now, fx);
        self.on_image_of_lifecycle(now, fx);
        if self.metadata.bytes_since_snapshot >= self.env.config.metadata_snapshot_bytes {
            self.write_metadata_snapshot(now, fx);
        }
    }

    /// Arms the next snapshot by time.
    pub(crate) fn arm_snapshot(&mut self, now: Now) {
        let interval = self.env.config.metadata_snapshot_interval_ms;
        if interval > 0 {
            self.env.timers.arm(Timer::MetadataSnapshot, now.monotonic.after_ms(interval));
        }
    }

    fn write_metadata_snapshot(&mut self, now: Now, fx: &mut Effects) {
        let image = Arc::clone(&self.env.image);
        if image.has_open_transaction() || image.offset < 0 {
            return;
        }
        let log = LogView::of(&self.partitions[&METADATA_PARTITION].log);
        let mut cx = self.env.cx(now, fx);
        if self.metadata.quorum.write_snapshot(&mut cx, log, image.offset, &image.to_records()) {
            self.metadata.bytes_since_snapshot = 0;
        }
    }

    /// Time for a snapshot, however little has changed.
    pub(crate) fn on_snapshot_timer(&mut self, now: Now, fx: &mut Effects) {
        self.write_metadata_snapshot(now, fx);
        self.arm_snapshot(now);
    }
}

/// The metadata records in these batches, from `from` on. Kinds that this version does not know are passed over.
///
/// # Errors
/// `CORRUPT_MESSAGE`.
fn records_of(batches: Bytes, from: Offset) -> Result<Vec<(Offset, MetadataRecord)>, ErrorCode> {
    let corrupt = |_| ErrorCode::CORRUPT_MESSAGE;
    let mut found = Vec::new();
    for batch in Batches::new(batches) {
        let batch = batch.map_err(|_| ErrorCode::CORRUPT_MESSAGE)?;
        if batch.is_control() {
            continue;
        }
        let base = batch.base_offset();
        for record in batch.records_decompressed(usize::MAX).map_err(corrupt)? {
            let record = record.map_err(|_| ErrorCode::CORRUPT_MESSAGE)?;
            let offset = base + i64::from(record.offset_delta);
            let decoded = Controller::decode(record.key.as_ref(), record.value.as_ref());
            found.extend(decoded.filter(|_| offset >= from).map(|record| (offset, record)));
        }
    }
    Ok(found)
}
