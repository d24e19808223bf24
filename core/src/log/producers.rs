//! What a log remembers of producers, so that a batch sent twice is written once and in order.

use alloc::collections::BTreeMap;

use klamm_wire::ErrorCode;
use klamm_wire::batch::BatchHeader;

use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::log::batch::has_sequence;
use crate::log::snapshot::SnapshotEntry;
use crate::log::transactions::{AbortedTransaction, Marker};
use crate::types::Offset;

/// Newest batches remembered per producer; a client has at most so many in flight.
const RECENT: usize = 5;

/// What is to be done with a batch of an idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    Append,
    /// It is in the log already. It may only be acknowledged once `last_offset` is below the high watermark.
    Duplicate { base_offset: Offset, last_offset: Offset, timestamp: i64 },
    /// `INVALID_PRODUCER_EPOCH`: another instance has taken over. `OUT_OF_ORDER_SEQUENCE_NUMBER`: a batch before
    /// this one is missing. `INVALID_TXN_STATE`: it is not part of the transaction that is open.
    Refuse(ErrorCode),
}

/// One of a producer's newest batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RecentBatch {
    pub(super) last_sequence: i32,
    pub(super) last_offset: Offset,
    /// Last offset minus base offset; the same for the sequences.
    pub(super) offset_delta: i32,
    pub(super) timestamp: i64,
}

impl RecentBatch {
    fn base_sequence(&self) -> i32 {
        // Backwards over the wrap: adding 2^31 - delta comes to the same place.
        if self.last_sequence >= self.offset_delta {
            self.last_sequence - self.offset_delta
        } else {
            i32::MAX - (self.offset_delta - self.last_sequence) + 1
        }
    }
}

/// What a log knows of one producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProducerState {
    epoch: i16,
    /// Oldest first; unused places hold the default.
    recent: [RecentBatch; RECENT],
    count: usize,
    /// Timestamp of the newest batch, as the batch says it.
    last_timestamp: i64,
    /// When this broker saw it last, by its own clock. Not in snapshots: after a load it is the load's time.
    seen_ms: i64,
    /// Of the coordinator that wrote its newest marker; -1 for none.
    coordinator_epoch: i32,
    /// Where its open transaction begins.
    txn_first_offset: Option<Offset>,
}

impl ProducerState {
    fn new(epoch: i16) -> Self {
        Self {
            epoch,
            recent: [RecentBatch::default(); RECENT],
            count: 0,
            last_timestamp: -1,
            seen_ms: 0,
            coordinator_epoch: -1,
            txn_first_offset: None,
        }
    }

    /// Takes over an epoch: what was remembered of batches is of another one. A transaction stays open until its
    /// marker, whatever its epoch.
    fn begin_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            (self.epoch, self.count) = (epoch, 0);
            self.recent = [RecentBatch::default(); RECENT];
        }
    }

    /// Epoch of its newest instance.
    pub(crate) fn epoch(&self) -> i16 {
        self.epoch
    }

    /// Sequence number of its newest record; -1 if none of this epoch is known.
    pub(crate) fn last_sequence(&self) -> i32 {
        self.newest().map_or(-1, |newest| newest.last_sequence)
    }

    /// Timestamp of its newest batch.
    pub(crate) fn last_timestamp(&self) -> i64 {
        self.last_timestamp
    }

    /// Epoch of the coordinator that wrote its newest marker; -1 for none.
    pub(crate) fn coordinator_epoch(&self) -> i32 {
        self.coordinator_epoch
    }

    /// Where its open transaction begins.
    pub(crate) fn txn_first_offset(&self) -> Option<Offset> {
        self.txn_first_offset
    }

    /// The batches it remembers, oldest first.
    pub(super) fn recent(&self) -> &[RecentBatch] {
        &self.recent[..self.count]
    }

    fn newest(&self) -> Option<&RecentBatch> {
        self.recent().last()
    }

    fn push(&mut self, batch: RecentBatch) {
        if self.count == RECENT {
            self.recent.copy_within(1.., 0);
            self.count -= 1;
        }
        self.recent[self.count] = batch;
        self.count += 1;
    }

    fn find(&self, base_sequence: i32, last_sequence: i32) -> Option<&RecentBatch> {
        self.recent()
            .iter()
            .find(|batch| batch.last_sequence == last_sequence && batch.base_sequence() == base_sequence)
    }
}

/// The producers of one log.
///
/// Changes with every batch that is placed in the log, before it is durable: a retry that overtakes the
/// disk is still a duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ProducerStates {
    by_id: BTreeMap<i64, ProducerState>,
    /// Open transactions: where each begins, and whose it is.
    open: BTreeMap<Offset, i64>,
    /// Transactions whose marker may lie at or above the high watermark: where each begins, and its marker.
    ended: BTreeMap<Offset, Offset>,
}

impl ProducerStates {
    /// All producers, by id.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (i64, &ProducerState)> {
        self.by_id.iter().map(|(id, state)| (*id, state))
    }

    /// Takes in one entry of a snapshot; those of one producer come oldest first.
    pub(super) fn restore(&mut self, entry: &SnapshotEntry, batch: Option<RecentBatch>, now_ms: i64) {
        let fresh = || ProducerState::new(entry.producer_epoch);
        let state = self.by_id.entry(entry.producer_id).or_insert_with(fresh);
        state.begin_epoch(entry.producer_epoch);
        if let Some(batch) = batch {
            state.push(batch);
        }
        (state.last_timestamp, state.seen_ms) = (entry.timestamp, now_ms);
        state.coordinator_epoch = entry.coordinator_epoch;
        if let Some(first_offset) = state.txn_first_offset {
            self.open.remove(&first_offset);
        }
        state.txn_first_offset = Some(entry.current_txn_first_offset).filter(|offset| *offset >= 0);
        if let Some(first_offset) = state.txn_first_offset {
            self.open.insert(first_offset, entry.producer_id);
        }
    }

    /// Where the first record lies that `read_committed` must not pass: that of an open transaction, or of one
    /// whose marker is not below the high watermark.
    ///
    /// Kafka: `ProducerStateManager.firstUnstableOffset`.
    pub(crate) fn first_unstable_offset(&self, high_watermark: Offset) -> Option<Offset> {
        let open = self.open.keys().next();
        let ended = self.ended.iter().find(|(_, marker)| **marker >= high_watermark).map(|(first, _)| first);
        open.into_iter().chain(ended).min().copied()
    }

    /// Markers below the high watermark hold nobody back any more.
    pub(super) fn on_high_watermark(&mut self, high_watermark: Offset) {
        if !self.ended.is_empty() {
            self.ended.retain(|_, marker| *marker >= high_watermark);
        }
    }

    /// Whether a producer has a transaction open in this epoch.
    pub(crate) fn is_in_transaction(&self, producer_id: i64, epoch: i16) -> bool {
        let state = self.by_id.get(&producer_id);
        state.is_some_and(|state| state.epoch == epoch && state.txn_first_offset.is_some())
    }

    /// What is known of a producer.
    pub(crate) fn of(&self, producer_id: i64) -> Option<&ProducerState> {
        self.by_id.get(&producer_id)
    }

    /// Judges a batch that a client wants appended.
    ///
    /// Source: KIP-98, KIP-360. Kafka: `ProducerAppendInfo.checkSequence`, `ProducerStateEntry.findDuplicateBatch`.
    pub(crate) fn check(&self, cx: &Cx<'_>, batch: &BatchHeader) -> Verdict {
        let Some(known) = self.by_id.get(&batch.producer_id) else { return Verdict::Append };
        let (epoch, base_sequence) = (batch.producer_epoch, batch.base_sequence);
        if epoch == known.epoch
            && let Some(batch) = known.find(base_sequence, batch.last_sequence())
        {
            if cx.config.has_flaw(Flaw::NoDedupeOnRetry) {
                return Verdict::Append;
            }
            return Verdict::Duplicate {
                base_offset: batch.last_offset - Offset::from(batch.offset_delta),
                last_offset: batch.last_offset,
                timestamp: batch.timestamp,
            };
        }
        if epoch < known.epoch {
            return Verdict::Refuse(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if known.txn_first_offset.is_some() && !batch.attributes.is_transactional() {
            return Verdict::Refuse(ErrorCode::INVALID_TXN_STATE);
        }
        let in_order = match known.newest() {
            Some(newest) if epoch == known.epoch => {
                base_sequence == newest.last_sequence.wrapping_add(1) & i32::MAX
            }
            // A marker has begun the epoch, or it is a new one.
            _ => base_sequence == 0,
        };
        if in_order { Verdict::Append } else { Verdict::Refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) }
    }

    /// Judges a marker.
    ///
    /// # Errors
    /// `INVALID_PRODUCER_EPOCH`: of an older transaction than the one the producer is in.
    /// `TRANSACTION_COORDINATOR_FENCED`: of a coordinator that has a successor.
    ///
    /// Kafka: `ProducerAppendInfo.checkProducerEpoch`, `checkCoordinatorEpoch`; KIP-890.
    pub(crate) fn check_marker(
        &self,
        producer_id: i64,
        epoch: i16,
        coordinator_epoch: i32,
        ends_epoch: bool,
    ) -> Result<(), ErrorCode> {
        let Some(known) = self.by_id.get(&producer_id) else { return Ok(()) };
        // Where each transaction has an epoch of its own, its marker carries the next one: an equal one is of the
        // transaction before, unless nothing is open and it is only repeated.
        let repeated = epoch == known.epoch && (known.txn_first_offset.is_none() || epoch == i16::MAX);
        if epoch < known.epoch || (ends_epoch && epoch == known.epoch && !repeated) {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if coordinator_epoch < known.coordinator_epoch {
            return Err(ErrorCode::TRANSACTION_COORDINATOR_FENCED);
        }
        Ok(())
    }

    /// Remembers a batch that was placed in the log. Returns the transaction that it has aborted.
    pub(super) fn on_batch(
        &mut self,
        batch: &BatchHeader,
        marker: Option<Marker>,
        now_ms: i64,
    ) -> Option<AbortedTransaction> {
        if batch.producer_id < 0 {
            return None;
        }
        if batch.attributes.is_control() {
            return self.on_marker(batch, marker?, now_ms);
        }
        if !has_sequence(batch) && !batch.attributes.is_transactional() {
            return None;
        }
        let fresh = || ProducerState::new(batch.producer_epoch);
        let state = self.by_id.entry(batch.producer_id).or_insert_with(fresh);
        state.begin_epoch(batch.producer_epoch);
        if has_sequence(batch) {
            state.push(RecentBatch {
                last_sequence: batch.last_sequence(),
                last_offset: batch.last_offset(),
                offset_delta: batch.last_offset_delta,
                timestamp: batch.max_timestamp,
            });
        }
        (state.last_timestamp, state.seen_ms) = (batch.max_timestamp, now_ms);
        if batch.attributes.is_transactional() && state.txn_first_offset.is_none() {
            state.txn_first_offset = Some(batch.base_offset);
            self.open.insert(batch.base_offset, batch.producer_id);
        }
        None
    }

    fn on_marker(&mut self, batch: &BatchHeader, marker: Marker, now_ms: i64) -> Option<AbortedTransaction> {
        let (producer_id, last_offset) = (batch.producer_id, batch.last_offset());
        let fresh = || ProducerState::new(batch.producer_epoch);
        let state = self.by_id.entry(producer_id).or_insert_with(fresh);
        state.begin_epoch(batch.producer_epoch);
        state.coordinator_epoch = marker.coordinator_epoch;
        (state.last_timestamp, state.seen_ms) = (batch.max_timestamp, now_ms);
        // Without records here there is nothing to show or to hide.
        let first_offset = state.txn_first_offset.take()?;
        let owner = self.open.remove(&first_offset);
        assert!(owner == Some(producer_id), "an open transaction stands in both tables");
        self.ended.insert(first_offset, last_offset);
        let last_stable_offset = self.open.keys().next().map_or(last_offset + 1, |next| *next);
        let aborted = AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset };
        (!marker.commit).then_some(aborted)
    }

    /// Forgets producers that have been silent for `expiration_ms` and have no transaction open.
    ///
    /// Kafka goes by the timestamps of the batches alone and so forgets a producer of old records at once;
    /// here the time of their arrival counts as well.
    pub(super) fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.by_id.retain(|_, state| {
            state.txn_first_offset.is_some()
                || now_ms.saturating_sub(state.last_timestamp.max(state.seen_ms)) < expiration_ms
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::parse_whole;
    use crate::log::testing::{Harness, Spec};

    fn append(states: &mut ProducerStates, epoch: i16, base_sequence: i32, count: i32, base_offset: Offset) {
        let bytes = Spec::new(count).producer(7, epoch, base_sequence).base_offset(base_offset).build();
        states.on_batch(&parse_whole(&bytes).expect("well formed"), None, 1000);
    }

    fn check(states: &ProducerStates, epoch: i16, base: i32, last: i32) -> Verdict {
        let batch = BatchHeader {
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: base,
            last_offset_delta: last.wrapping_sub(base) & i32::MAX,
            ..BatchHeader::default()
        };
        Harness::new().with_cx(|cx| states.check(cx, &batch))
    }

    const OUT_OF_ORDER: Verdict = Verdict::Refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);

    /// Goal: each of the five newest batches is recognised, the sixth is not. Source: KIP-98.
    #[test]
    fn the_five_newest_batches_are_recognised_as_duplicates() {
        let mut states = ProducerStates::default();
        for i in 0..6 {
            append(&mut states, 0, i * 10, 10, Offset::from(i) * 10);
        }
        assert_eq!(check(&states, 0, 0, 9), OUT_OF_ORDER);
        for i in 1..6 {
            let base_offset = Offset::from(i) * 10;
            let expected = Verdict::Duplicate { base_offset, last_offset: base_offset + 9, timestamp: 1000 };
            assert_eq!(check(&states, 0, i * 10, i * 10 + 9), expected);
        }
        assert_eq!(check(&states, 0, 50, 58), OUT_OF_ORDER, "half a batch is no duplicate");
        assert_eq!(check(&states, 0, 60, 60), Verdict::Append);
        assert_eq!(check(&states, 0, 61, 61), OUT_OF_ORDER);
    }

    /// Goal: sequence numbers go on at 0 after 2147483647, also within a batch.
    #[test]
    fn sequences_wrap_to_zero() {
        let mut states = ProducerStates::default();
        append(&mut states, 0, i32::MAX - 1, 4, 0);
        assert_eq!(check(&states, 0, 2, 2), Verdict::Append);
        let expected = Verdict::Duplicate { base_offset: 0, last_offset: 3, timestamp: 1000 };
        assert_eq!(check(&states, 0, i32::MAX - 1, 1), expected);
        append(&mut states, 0, 2, 1, 4);
        assert_eq!(check(&states, 0, 3, 3), Verdict::Append);
    }

    /// Goal: an old instance is fenced and a new one begins at 0.
    #[test]
    fn a_new_epoch_begins_at_zero_and_fences_the_old_one() {
        let mut states = ProducerStates::default();
        append(&mut states, 3, 100, 1, 0);
        assert_eq!(check(&states, 2, 101, 101), Verdict::Refuse(ErrorCode::INVALID_PRODUCER_EPOCH));
        assert_eq!(check(&states, 4, 101, 101), OUT_OF_ORDER);
        assert_eq!(check(&states, 4, 0, 0), Verdict::Append);
        append(&mut states, 4, 0, 1, 1);
        assert_eq!(check(&states, 3, 100, 100), Verdict::Refuse(ErrorCode::INVALID_PRODUCER_EPOCH));
    }

    /// Goal: a producer whose records carry old timestamps is not forgotten while it is alive.
    #[test]
    fn expiry_counts_from_the_later_of_arrival_and_timestamp() {
        let mut states = ProducerStates::default();
        append(&mut states, 0, 0, 1, 0);
        states.expire(1999, 1000);
        assert_eq!(states.iter().len(), 1);
        states.expire(2000, 1000);
        assert_eq!(states.iter().len(), 0);
    }
}
