//! The node and its metadata quorum: shows it the log, and does what it says.
//!
//! Order of a start: the metadata log is opened; the quorum loads its files; the log is read once, for what it says of
//! the voters; then the quorum takes part. What it commits the image follows.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::Batches;
use klamm_wire::messages::{Request, Response};
use klamm_wire::metadata_records::MetadataRecord;

use crate::connection::{Call, Ticket};
use crate::cx::Cx;
use crate::disk::{DiskDone, DiskError, DiskOp, Owner};
use crate::edge::{Channel, ConnId, Effects};
use crate::event::{LogStartCause, Reason};
use crate::image::MetadataImage;
use crate::log::Read;
use crate::node::metadata::Metadata;
use crate::node::peers::{Asked, Lost};
use crate::node::{Node, Phase};
use crate::quorum::{self, FetchPlan, Identity, LogView, Quorum, QuorumEvent, SnapshotId};
use crate::time::Now;
use crate::types::{LeaderEpoch, METADATA_PARTITION, Offset};

impl Node {
    /// The metadata log can be used: reads what lies beside it.
    pub(crate) fn on_metadata_opened(&mut self, now: Now, fx: &mut Effects) {
        let meta = self.directories[0].meta.as_ref().expect("directories are read first");
        let identity = Identity { cluster_id: meta.cluster_id, directory_id: meta.directory_id };
        self.metadata.quorum.load(&mut self.env.cx(now, fx), identity);
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
        if let (Phase::Stopping, Err(error)) = (self.phase, &result) {
            return self.fail_directory(fx, 0, *error);
        }
        self.drive(now, fx, |quorum, cx, log| quorum.on_disk(cx, log, &op, result));
    }

    /// A request that the quorum serves.
    pub(crate) fn ask_quorum(&mut self, now: Now, fx: &mut Effects, call: &Call, request: Request) {
        let (ticket, version) = (call.ticket, call.api_version);
        self.drive(now, fx, |quorum, cx, log| quorum.on_request(cx, log, ticket, version, request));
    }

    /// Another node has answered the quorum, or its answer is lost.
    pub(crate) fn on_quorum_answer(
        &mut self,
        now: Now,
        fx: &mut Effects,
        channel: Channel,
        asked: quorum::Asked,
        answer: Result<Response, Lost>,
    ) {
        let (from, answer) = (channel.node, answer.ok());
        self.drive(now, fx, |quorum, cx, log| quorum.on_answer(cx, log, from, asked, answer));
    }

    /// A deadline of the quorum has come.
    pub(crate) fn on_quorum_timer(&mut self, now: Now, fx: &mut Effects) {
        self.drive(now, fx, |quorum, cx, log| quorum.on_timer(cx, log));
    }

    /// This node has appended to the metadata log, or some of it was synced.
    pub(crate) fn on_metadata_log(&mut self, now: Now, fx: &mut Effects) {
        if self.metadata.is_started() {
            self.drive(now, fx, |quorum, cx, log| quorum.on_log(cx, log));
        }
    }

    /// The metadata log has been cut, or begins anew.
    pub(crate) fn on_metadata_truncated(&mut self, now: Now, fx: &mut Effects) {
        if self.metadata.is_started() {
            return self.drive(now, fx, |quorum, cx, log| quorum.on_log_changed(cx, log));
        }
        self.scan_metadata_log(now, fx);
    }

    /// An orderly stop begins: a leader hands over.
    pub(crate) fn stop_quorum(&mut self, now: Now, fx: &mut Effects) {
        if self.metadata.is_started() {
            self.drive(now, fx, |quorum, cx, log| quorum.stop(cx, log));
        }
    }

    /// Calls a verb of the quorum, and does what follows from it, in its order.
    fn drive(
        &mut self,
        now: Now,
        fx: &mut Effects,
        verb: impl FnOnce(&mut Quorum, &mut Cx<'_>, LogView<'_>) -> Vec<QuorumEvent>,
    ) {
        // What was under way when the log was closed stays undone, as at a crash.
        if self.phase >= Phase::Stopping {
            return;
        }
        let mut events = VecDeque::from(self.tell_quorum(now, fx, verb));
        while let Some(event) = events.pop_front() {
            if self.phase == Phase::Halted {
                return;
            }
            events.extend(self.on_quorum_event(now, fx, event));
        }
    }

    fn tell_quorum(
        &mut self,
        now: Now,
        fx: &mut Effects,
        verb: impl FnOnce(&mut Quorum, &mut Cx<'_>, LogView<'_>) -> Vec<QuorumEvent>,
    ) -> Vec<QuorumEvent> {
        let log = LogView::of(&self.partitions[&METADATA_PARTITION].log);
        verb(&mut self.metadata.quorum, &mut self.env.cx(now, fx), log)
    }

    /// Does what the quorum says. Returns what follows.
    fn on_quorum_event(&mut self, now: Now, fx: &mut Effects, event: QuorumEvent) -> Vec<QuorumEvent> {
        match event {
            QuorumEvent::Loaded { snapshot, resets_log } => {
                self.on_quorum_loaded(now, fx, snapshot, resets_log)
            }
            QuorumEvent::Elected { epoch, batch } => {
                let mut cx = self.env.cx(now, fx);
                self.partitions.get_mut(&METADATA_PARTITION).expect("it is open").lead_quorum(&mut cx, epoch);
                return self.append_control(now, fx, batch);
            }
            QuorumEvent::AppendControl(batch) => return self.append_control(now, fx, batch),
            QuorumEvent::Append(batches) => return self.append_metadata(now, fx, batches),
            QuorumEvent::Truncate(end) => {
                self.cut_metadata_log(now, fx, |partition, cx| partition.log.truncate_to(cx, end));
            }
            QuorumEvent::SnapshotReceived(id, records) => {
                self.cut_metadata_log(now, fx, |partition, cx| partition.log.reset_to(cx, id.end));
                self.install_snapshot(now, fx, id.end, &records);
            }
            QuorumEvent::Active(_) => self.begin_controller(now, fx),
            QuorumEvent::Deposed(_) => self.end_controller(now, fx),
            QuorumEvent::LeaderChanged { .. } => self.on_controller_changed(now, fx),
            QuorumEvent::HighWatermark(end) => self.on_metadata_committed(now, fx, end),
            QuorumEvent::LogStart(start) => {
                let mut cx = self.env.cx(now, fx);
                let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
                partition.log.raise_log_start(&mut cx, start, LogStartCause::Snapshot);
            }
            QuorumEvent::Answer(ticket, response) => self.answer(fx, ticket, response),
            QuorumEvent::Read(ticket, plan) => {
                self.metadata.reads.push((ticket, plan));
                self.read_for_fetches(now, fx);
            }
            QuorumEvent::Ask(request, asked) => self.ask(now, fx, request, Asked::Quorum(asked)),
            QuorumEvent::Refused(reason) => self.halt(fx, Reason::Refused(reason)),
            QuorumEvent::Failed(error) => self.fail_directory(fx, 0, error),
        }
        Vec::new()
    }

    fn on_quorum_loaded(
        &mut self,
        now: Now,
        fx: &mut Effects,
        snapshot: Option<(SnapshotId, Vec<MetadataRecord>)>,
        resets_log: bool,
    ) {
        let cluster_id = self.cluster_id();
        let (image, end) = match &snapshot {
            Some((id, records)) => (MetadataImage::from_snapshot(cluster_id, id.end, records), id.end),
            None => (MetadataImage::new(cluster_id), 0),
        };
        self.begin_loading_metadata(image, end);
        if resets_log {
            return self.cut_metadata_log(now, fx, |partition, cx| partition.log.reset_to(cx, end));
        }
        self.scan_metadata_log(now, fx);
    }

    /// Shows the quorum the log as it was found, to its end; then the quorum begins.
    pub(crate) fn scan_metadata_log(&mut self, now: Now, fx: &mut Effects) {
        while let Some(next) = self.metadata.scanned {
            let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
            let end = partition.log.log_end_offset();
            if next >= end {
                return self.start_quorum(now, fx);
            }
            let mut cx = self.env.cx(now, fx);
            let chunk = cx.config.read_chunk_bytes;
            let code = match partition.log.read(&mut cx, next, end, chunk, true) {
                Read::Records { records, next_offset, .. } => {
                    match self.metadata.show(records.to_bytes(), next_offset) {
                        Ok(()) => continue,
                        Err(code) => code,
                    }
                }
                Read::Pending => return,
                Read::Failed(_) => ErrorCode::KAFKA_STORAGE_ERROR,
                Read::Corrupt | Read::OutOfRange => ErrorCode::CORRUPT_MESSAGE,
            };
            return self.refuse_log(fx, METADATA_PARTITION, code);
        }
    }

    fn start_quorum(&mut self, now: Now, fx: &mut Effects) {
        self.metadata.on_started();
        self.arm_snapshot(now);
        self.drive(now, fx, |quorum, cx, log| quorum.start(cx, log));
        if self.phase == Phase::Metadata {
            self.begin_registering(now, fx);
        }
    }

    /// A control batch of this leader.
    fn append_control(&mut self, now: Now, fx: &mut Effects, batch: Bytes) -> Vec<QuorumEvent> {
        let facts = super::hosting::facts_of(&batch);
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        partition.append_own(&mut self.env.cx(now, fx), batch, &facts);
        self.dirty.insert(METADATA_PARTITION);
        self.tell_quorum(now, fx, |quorum, cx, log| quorum.on_log_changed(cx, log))
    }

    /// Batches of another leader, which the quorum has looked at.
    fn append_metadata(&mut self, now: Now, fx: &mut Effects, batches: Bytes) -> Vec<QuorumEvent> {
        self.metadata.bytes_since_snapshot += batches.len() as u64;
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        let appended = partition.log.append_as_follower(&mut self.env.cx(now, fx), batches, LeaderEpoch::MAX);
        appended.expect("the quorum lets through what goes on at the end of the log");
        self.dirty.insert(METADATA_PARTITION);
        self.tell_quorum(now, fx, |quorum, cx, log| quorum.on_log_changed(cx, log))
    }

    /// Shortens the log; the quorum is told when that is done.
    fn cut_metadata_log(
        &mut self,
        now: Now,
        fx: &mut Effects,
        cut: impl FnOnce(&mut crate::replica::Partition, &mut Cx<'_>),
    ) {
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        cut(partition, &mut self.env.cx(now, fx));
        self.lower_recovery_point(now, fx, METADATA_PARTITION);
    }

    /// Reads what other nodes have fetched, as far as the disk has brought it.
    pub(crate) fn read_for_fetches(&mut self, now: Now, fx: &mut Effects) {
        for (ticket, plan) in core::mem::take(&mut self.metadata.reads) {
            match self.read_for_fetch(now, fx, &plan) {
                None => self.metadata.reads.push((ticket, plan)),
                Some(Ok(records)) => self.answer(fx, ticket, plan.with(records)),
                Some(Err(code)) => self.answer(fx, ticket, plan.failed(code)),
            }
        }
    }

    /// `None` while the disk is at it.
    fn read_for_fetch(
        &mut self,
        now: Now,
        fx: &mut Effects,
        plan: &FetchPlan,
    ) -> Option<Result<klamm_wire::Records, ErrorCode>> {
        if self.metadata.quorum.led_epoch() != Some(plan.epoch) {
            return Some(Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        }
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        let mut cx = self.env.cx(now, fx);
        match partition.log.read(&mut cx, plan.offset, plan.upper, plan.max_bytes, true) {
            Read::Records { records, .. } => Some(Ok(records)),
            Read::Pending => None,
            Read::OutOfRange => Some(Err(ErrorCode::OFFSET_OUT_OF_RANGE)),
            Read::Corrupt => Some(Err(ErrorCode::CORRUPT_MESSAGE)),
            Read::Failed(_) => Some(Err(ErrorCode::KAFKA_STORAGE_ERROR)),
        }
    }
}

impl Metadata {
    /// A connection is closed: nobody waits any more for what was fetched on it.
    pub(super) fn forget(&mut self, connection: ConnId) {
        self.quorum.forget(connection);
        self.reads.retain(|(ticket, _): &(Ticket, _)| ticket.connection != connection);
    }

    /// # Errors
    /// `CORRUPT_MESSAGE`.
    fn show(&mut self, batches: Bytes, next_offset: Offset) -> Result<(), ErrorCode> {
        self.bytes_since_snapshot += batches.len() as u64;
        for batch in Batches::new(batches) {
            self.quorum.on_log_read(&batch.map_err(|_| ErrorCode::CORRUPT_MESSAGE)?);
        }
        self.scanned = Some(next_offset);
        Ok(())
    }
}
