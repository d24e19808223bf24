//! The replicated machines of a node: loading them, appending what they decide, committing, answering.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{self, BatchBuilder, BatchView, Batches, Codec, Inspected};

use crate::api;
use crate::connection::Ticket;
use crate::controller::Command;
use crate::coordinator::{Envelope, Hosted, Machine, Shards, Submitted};
use crate::cx::Cx;
use crate::disk::{DiskError, DiskErrorKind};
use crate::edge::Effects;
use crate::event::Reason;
use crate::flaw::Flaw;
use crate::group;
use crate::log::{Marker, Read};
use crate::node::Node;
use crate::replica::{EndOfTransaction, Partition};
use crate::time::Now;
use crate::timer::Timer;
use crate::transaction;
use crate::types::{METADATA_PARTITION, OFFSETS_TOPIC, Offset, TRANSACTION_TOPIC, TopicIdPartition};

/// A machine that is being filled from its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loading<M> {
    pub(crate) machine: M,
    /// The next record to apply.
    next: Offset,
}

impl<M: Machine> Loading<M> {
    /// Loads what lies at `next` and above; `machine` holds what lies below.
    pub(crate) fn new(machine: M, next: Offset) -> Self {
        Self { machine, next }
    }

    /// Applies what can be read now; whether the end of the log is reached.
    ///
    /// # Errors
    /// `CORRUPT_MESSAGE` if the log holds other bytes than were written, `OFFSET_OUT_OF_RANGE` if it begins above
    /// `next`, `KAFKA_STORAGE_ERROR` if the disk gives an error.
    pub(super) fn advance(&mut self, cx: &mut Cx<'_>, partition: &mut Partition) -> Result<bool, ErrorCode> {
        let end = partition.log.log_end_offset();
        self.next = self.next.max(partition.log.log_start_offset());
        while self.next < end {
            let chunk = cx.config.read_chunk_bytes;
            match partition.log.read(cx, self.next, end, chunk, true) {
                Read::Records { records, next_offset, .. } => {
                    assert!(
                        next_offset > self.next,
                        "{}: a read of {} below the end {end} moves on",
                        partition.name,
                        self.next
                    );
                    self.apply(records.to_bytes())?;
                    self.next = next_offset;
                }
                Read::Pending => return Ok(false),
                Read::OutOfRange => return Err(ErrorCode::OFFSET_OUT_OF_RANGE),
                Read::Corrupt => return Err(ErrorCode::CORRUPT_MESSAGE),
                Read::Failed(_) => return Err(ErrorCode::KAFKA_STORAGE_ERROR),
            }
        }
        Ok(true)
    }

    fn apply(&mut self, batches: Bytes) -> Result<(), ErrorCode> {
        for batch in Batches::new(batches) {
            let batch = batch.map_err(|_| ErrorCode::CORRUPT_MESSAGE)?;
            if batch.is_control() {
                self.apply_marker(&batch);
                continue;
            }
            let base = batch.base_offset();
            for record in batch.records_decompressed(usize::MAX).map_err(|_| ErrorCode::CORRUPT_MESSAGE)? {
                let record = record.map_err(|_| ErrorCode::CORRUPT_MESSAGE)?;
                let offset = base + i64::from(record.offset_delta);
                if offset < self.next {
                    continue;
                }
                let decoded = M::decode(record.key.as_ref(), record.value.as_ref());
                let decoded = match decoded {
                    Some(decoded) if batch.is_transactional() => {
                        M::in_transaction(batch.producer_id(), batch.producer_epoch(), decoded)
                    }
                    decoded => decoded,
                };
                if let Some(decoded) = decoded {
                    self.machine.apply(offset, &decoded);
                }
            }
        }
        Ok(())
    }
}

impl<M: Machine> Loading<M> {
    /// The end of a producer's transaction, if the batch is one that has not been applied.
    fn apply_marker(&mut self, batch: &BatchView) {
        let Some(Marker { commit, coordinator_epoch }) = Marker::in_batch(batch) else { return };
        let offset = batch.base_offset();
        let end = EndOfTransaction {
            producer_id: batch.producer_id(),
            producer_epoch: batch.producer_epoch(),
            commit,
            coordinator_epoch,
            epoch_per_transaction: false,
        };
        if let Some(record) = M::end_of_transaction(end).filter(|_| offset >= self.next) {
            self.machine.apply(offset, &record);
        }
    }
}

/// Who asked, and what a machine answers.
type Answers<M> = Vec<(Ticket, <M as Machine>::Answer)>;

/// Lets a hosted machine decide, and appends what it decides to its partition.
///
/// # Errors
/// The machine's refusal.
fn submit<M: Machine>(
    hosted: &mut Hosted<M>,
    partition: &mut Partition,
    cx: &mut Cx<'_>,
    ticket: Option<Ticket>,
    command: M::Command,
) -> Result<Answers<M>, ErrorCode> {
    match hosted.submit(cx, ticket, command)? {
        Submitted::Answers(answers) => Ok(answers),
        Submitted::Waiting => Ok(Vec::new()),
        Submitted::Append(records, answers) => {
            let (batch, facts) = own_batch::<M>(cx, &records);
            let base_offset = partition.append_own(cx, batch, &facts);
            hosted.appended(base_offset, records, answers);
            Ok(Vec::new())
        }
    }
}

/// As [`submit`], to the shard of a coordinator; with its answers comes the partition it lives on.
///
/// # Errors
/// The shard's refusal; `NOT_COORDINATOR` and `COORDINATOR_LOAD_IN_PROGRESS` where it does not serve.
fn submit_to_shard<M: Machine>(
    shards: &mut Shards<M>,
    partitions: &mut BTreeMap<TopicIdPartition, Partition>,
    cx: &mut Cx<'_>,
    shard: i32,
    ticket: Option<Ticket>,
    command: M::Command,
) -> Result<(TopicIdPartition, Answers<M>), ErrorCode> {
    let id = shards.partition(shard).ok_or(ErrorCode::NOT_COORDINATOR)?;
    let hosted = shards.hosted_mut(shard).ok_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)?;
    let partition = partitions.get_mut(&id).ok_or(ErrorCode::NOT_COORDINATOR)?;
    Ok((id, submit(hosted, partition, cx, ticket, command)?))
}

/// Reads on in the log of a shard that is being loaded; whether it is to serve now.
///
/// # Errors
/// As [`Loading::advance`].
fn load_shard<M: Machine>(
    shards: &mut Shards<M>,
    partitions: &mut BTreeMap<TopicIdPartition, Partition>,
    cx: &mut Cx<'_>,
    id: TopicIdPartition,
) -> Result<bool, ErrorCode> {
    let Some(loading) = shards.loading_mut(id.partition) else { return Ok(false) };
    let Some(partition) = partitions.get_mut(&id) else { return Ok(false) };
    // What a new leader has taken over, and may still lose, is told to nobody.
    Ok(loading.advance(cx, partition)? && partition.high_watermark() >= partition.log.log_end_offset())
}

/// One batch with a machine's records, stamped with the broker's clock.
fn own_batch<M: Machine>(cx: &Cx<'_>, records: &[M::Record]) -> (Bytes, Inspected) {
    let envelope = records.first().map_or(Envelope::Plain, M::envelope);
    assert!(records.iter().all(|record| M::envelope(record) == envelope), "one kind of batch");
    let mut builder = BatchBuilder::new(Codec::None);
    match envelope {
        Envelope::Plain => {}
        // Kafka's coordinators begin at sequence 0 each time, and nobody counts.
        Envelope::Transaction { producer_id, producer_epoch } => {
            builder = builder.transactional().producer(producer_id, producer_epoch, 0);
        }
        Envelope::Marker(end) => {
            assert!(records.len() == 1, "a marker is alone");
            let batch = end.to_batch(cx.now.wall_ms);
            let facts = facts_of(&batch);
            return (batch, facts);
        }
    }
    for record in records {
        let (key, value) = M::encode(record);
        builder.append(cx.now.wall_ms, key.as_deref(), value.as_deref(), &[]);
    }
    let batch = builder.build().expect("records of a machine are small and not compressed");
    let facts = facts_of(&batch);
    (batch, facts)
}

/// What is in a batch that this node has built.
pub(crate) fn facts_of(batch: &Bytes) -> Inspected {
    let view = BatchView::parse_first(batch).expect("a batch that was just built");
    batch::inspect(&view, usize::MAX).expect("a batch that was just built")
}

impl Node {
    /// Asks the controller. Answers leave when what they say is committed.
    ///
    /// # Errors
    /// The controller's refusal, for the caller to put into its response.
    pub(crate) fn submit_controller(
        &mut self,
        now: Now,
        fx: &mut Effects,
        ticket: Option<Ticket>,
        command: Command,
    ) -> Result<(), ErrorCode> {
        let hosted = self.metadata.hosted.as_mut().ok_or(ErrorCode::NOT_CONTROLLER)?;
        let partition = self.partitions.get_mut(&METADATA_PARTITION).ok_or(ErrorCode::NOT_CONTROLLER)?;
        let mut cx = self.env.cx(now, fx);
        let size = partition.log.size_bytes();
        let mut answers = submit(hosted, partition, &mut cx, ticket, command)?;
        if cx.config.has_flaw(Flaw::DeposedControllerWrites) {
            answers.extend(hosted.take_answers());
        }
        self.metadata.bytes_since_snapshot += partition.log.size_bytes() - size;
        self.dirty.insert(METADATA_PARTITION);
        for (ticket, answer) in answers {
            self.controller_answered(fx, ticket, answer);
        }
        Ok(())
    }

    /// Asks the shard of the group coordinator that lives on `id`.
    ///
    /// # Errors
    /// The shard's refusal, or `NOT_COORDINATOR`, for the caller to put into its response.
    pub(crate) fn submit_group(
        &mut self,
        now: Now,
        fx: &mut Effects,
        shard: i32,
        ticket: Option<Ticket>,
        command: group::Command,
    ) -> Result<(), ErrorCode> {
        let cx = &mut self.env.cx(now, fx);
        let shards = &mut self.groups.shards;
        let (id, answers) = submit_to_shard(shards, &mut self.partitions, cx, shard, ticket, command)?;
        self.dirty.insert(id);
        for (ticket, answer) in answers {
            self.group_answered(fx, ticket, answer);
        }
        Ok(())
    }

    /// The high watermark of a group shard's partition has moved.
    pub(crate) fn commit_group(&mut self, fx: &mut Effects, id: TopicIdPartition) {
        let high_watermark = self.partitions[&id].high_watermark();
        let Some(hosted) = self.groups.shards.hosted_mut(id.partition) else { return };
        for (ticket, answer) in hosted.commit(high_watermark).answers {
            self.group_answered(fx, ticket, answer);
        }
    }

    /// The disk has brought records of a partition that may host a machine.
    pub(crate) fn continue_loading(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        if id == METADATA_PARTITION {
            self.scan_metadata_log(now, fx);
            self.follow_log(now, fx);
            self.read_for_fetches(now, fx);
        } else if self.groups.shards.partition(id.partition) == Some(id) {
            self.load_group(now, fx, id);
        } else if self.transactions.shards.partition(id.partition) == Some(id) {
            self.load_transactions(now, fx, id);
        }
    }

    /// Reads on in a group shard's log; serves the shard once its end is reached.
    pub(crate) fn load_group(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let mut cx = self.env.cx(now, fx);
        match load_shard(&mut self.groups.shards, &mut self.partitions, &mut cx, id) {
            Ok(false) => {}
            Ok(true) => {
                self.groups.on_loaded(&mut cx, id.partition);
                self.maybe_find_coordinators(now, fx);
            }
            Err(code) => self.refuse_log(fx, id, code),
        }
    }

    /// Asks a shard of the transaction coordinator.
    ///
    /// # Errors
    /// `NOT_COORDINATOR`, `COORDINATOR_LOAD_IN_PROGRESS`, for the caller to put into its response.
    pub(crate) fn submit_transaction(
        &mut self,
        now: Now,
        fx: &mut Effects,
        shard: i32,
        ticket: Option<Ticket>,
        command: transaction::Command,
    ) -> Result<(), ErrorCode> {
        let cx = &mut self.env.cx(now, fx);
        let shards = &mut self.transactions.shards;
        let (id, answers) = submit_to_shard(shards, &mut self.partitions, cx, shard, ticket, command)?;
        self.dirty.insert(id);
        for (ticket, answer) in answers {
            self.transaction_answered(fx, ticket, answer);
        }
        Ok(())
    }

    /// The high watermark of a transaction shard's partition has moved.
    pub(crate) fn commit_transactions(&mut self, fx: &mut Effects, id: TopicIdPartition) {
        let high_watermark = self.partitions[&id].high_watermark();
        let Some(hosted) = self.transactions.shards.hosted_mut(id.partition) else { return };
        let committed = hosted.commit(high_watermark);
        self.transactions.on_committed(id.partition, &committed.records);
        for (ticket, answer) in committed.answers {
            self.transaction_answered(fx, ticket, answer);
        }
    }

    /// Reads on in a transaction shard's log; serves the shard once its end is reached.
    pub(crate) fn load_transactions(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let mut cx = self.env.cx(now, fx);
        match load_shard(&mut self.transactions.shards, &mut self.partitions, &mut cx, id) {
            Ok(false) => {}
            Ok(true) => {
                let Some(epoch) = self.partitions[&id].leadership() else { return };
                self.transactions.on_loaded(&mut cx, id.partition, epoch);
                self.maybe_find_coordinators(now, fx);
            }
            Err(code) => self.refuse_log(fx, id, code),
        }
    }

    /// A deadline of the transaction coordinator has come.
    pub(crate) fn fire_transaction_timer(&mut self, now: Now, fx: &mut Effects, timer: &Timer) {
        if let Some((shard, command)) = self.transactions.on_timer(timer) {
            // Nobody waits for it; a shard that is not here any more has no deadlines.
            let _refused = self.submit_transaction(now, fx, shard, None, command);
        }
    }

    /// A log that gives other bytes than were written holds state this node must not guess at; a disk that cannot
    /// be read at all is another matter.
    pub(crate) fn refuse_log(&mut self, fx: &mut Effects, id: TopicIdPartition, code: ErrorCode) {
        let Partition { name, dir, .. } = &self.partitions[&id];
        if code == ErrorCode::KAFKA_STORAGE_ERROR {
            let error = DiskError { step: 0, kind: DiskErrorKind::Io };
            return self.fail_directory(fx, *dir, error);
        }
        let reason = format!("the log of {name} is damaged below its end and cannot be loaded");
        self.halt(fx, Reason::Refused(reason));
    }

    /// Halts a node whose log has lost what was synced: without the metadata no log could be told from a stray.
    pub(crate) fn refuse_short_log(
        &mut self,
        fx: &mut Effects,
        id: TopicIdPartition,
        end: Offset,
        expected: Offset,
    ) {
        let name = &self.partitions[&id].name;
        let reason = format!(
            "the log of {name} ends at offset {end}, but everything below {expected} was synced: records were \
             lost; restore {name} from a backup"
        );
        self.halt(fx, Reason::Refused(reason));
    }

    /// A deadline of the group coordinator has come.
    pub(crate) fn fire_group_timer(&mut self, now: Now, fx: &mut Effects, timer: &Timer) {
        let commands = self.groups.on_timer(timer);
        for (shard, command) in commands {
            // Nobody waits for it; a shard that is not here any more has no deadlines.
            let _refused = self.submit_group(now, fx, shard, None, command);
        }
    }

    /// Answers who waits for a coordinator once all of them are open and loaded.
    fn maybe_find_coordinators(&mut self, now: Now, fx: &mut Effects) {
        let topics = [OFFSETS_TOPIC, TRANSACTION_TOPIC].into_iter();
        let ids: Vec<_> = topics.filter_map(|name| Some(self.env.image.topic(name)?.id)).collect();
        let opening = self.opening.iter().any(|id| ids.contains(&id.topic_id));
        if !opening && !self.groups.shards.is_loading() && !self.transactions.shards.is_loading() {
            api::find_coordinators(self, now, fx, false);
        }
    }
}
