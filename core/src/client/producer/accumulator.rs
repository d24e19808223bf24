//! The batches of one partition, in the order in which they must be written.

use alloc::collections::VecDeque;

use super::ProducerConfig;
use super::batch::{Batch, BatchId, State};
use super::identity::{Identity, ProducerIdAndEpoch, sequence_after, sequence_before};
use crate::time::Timestamp;

/// Batches without an outcome: those in flight or to be repeated first, then those never sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PartitionQueue {
    pub(super) batches: VecDeque<Batch>,
    /// What the sequences below belong to; `None` before the first batch and after a reset.
    pub(super) identity: Option<ProducerIdAndEpoch>,
    /// Of the next batch sent for the first time.
    next_sequence: i32,
    /// The broker's idea of our sequence is unknown or wrong: nothing is sent until the batches in flight are
    /// answered, then a new epoch begins at zero.
    pub(super) resetting: bool,
}

impl PartitionQueue {
    pub(super) fn records(&self) -> usize {
        self.batches.iter().map(|batch| batch.records.len()).sum()
    }

    /// Whether the last batch can take `size` more bytes.
    pub(super) fn has_room(&self, size: usize, config: &ProducerConfig) -> bool {
        let fits = |batch: &Batch| batch.records.is_empty() || batch.size + size <= config.batch_size;
        self.batches.back().is_some_and(|batch| batch.is_open() && fits(batch))
    }

    pub(super) fn position(&self, id: BatchId) -> Option<usize> {
        self.batches.iter().position(|batch| batch.id == id)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.batches.iter().filter(|batch| batch.is_in_flight()).count()
    }

    /// The batch that may be sent next, disregarding linger and backoff.
    ///
    /// A batch that is repeated goes alone, as the oldest one, so that order is kept. A new one follows directly
    /// behind those in flight; if the identity has changed, not before the old identity's batches are done.
    fn sendable(&self, identity: &Identity) -> Option<&Batch> {
        if self.resetting {
            return None;
        }
        let index = self.batches.iter().position(|batch| !batch.is_in_flight())?;
        let batch = &self.batches[index];
        if batch.attempts > 0 && index > 0 {
            return None;
        }
        if identity.is_enabled() && batch.sequence.is_none() {
            let current = identity.current()?;
            let old_left = self.batches.iter().any(|batch| batch.sequence.is_some());
            if self.identity != Some(current) && old_left {
                return None;
            }
        }
        Some(batch)
    }

    /// Whether a batch could be sent now, if only to fill up a request that leaves anyway.
    pub(super) fn can_send(&self, now: Timestamp, identity: &Identity) -> bool {
        let due = |batch: &Batch| matches!(batch.state, State::Queued(at) if at <= now);
        self.sendable(identity).is_some_and(due)
    }

    /// When the next batch should be sent: its backoff is over, and it is full or has lingered.
    pub(super) fn ready_at(
        &self,
        identity: &Identity,
        config: &ProducerConfig,
        hurry: bool,
    ) -> Option<Timestamp> {
        let batch = self.sendable(identity)?;
        let State::Queued(not_before) = batch.state else { return None };
        let followed = self.batches.back().is_some_and(|last| last.id != batch.id);
        let full = followed || batch.size >= config.batch_size;
        let lingers = !(full || hurry || batch.attempts > 0);
        Some(if lingers { not_before.max(batch.lingers_until) } else { not_before })
    }

    /// Size of the batch that [`PartitionQueue::take_next`] would take.
    pub(super) fn next_size(&self, identity: &Identity) -> usize {
        self.sendable(identity).map_or(0, |batch| batch.size)
    }

    /// The batch to be sent now. Gives it its sequence if it is sent for the first time.
    ///
    /// # Panics
    /// If [`PartitionQueue::can_send`] is false.
    pub(super) fn take_next(&mut self, identity: &Identity) -> BatchId {
        let id = self.sendable(identity).expect("the caller has asked").id;
        let index = self.position(id).expect("it was just found");
        let needs_sequence = identity.is_enabled() && self.batches[index].sequence.is_none();
        if needs_sequence {
            let current = identity.current();
            assert!(current.is_some(), "without an identity there is no sequence");
            if self.identity != current {
                self.identity = current;
                self.next_sequence = 0;
            }
            self.batches[index].sequence = Some(self.next_sequence);
            self.next_sequence = sequence_after(self.next_sequence, self.batches[index].count());
        }
        self.batches[index].on_sent();
        id
    }

    /// Nothing is gained any more by waiting with a batch that is to be repeated.
    pub(super) fn hurry(&mut self, id: BatchId, now: Timestamp) {
        if let Some(index) = self.position(id)
            && let State::Queued(not_before) = &mut self.batches[index].state
        {
            *not_before = (*not_before).min(now);
        }
    }

    /// Removes a batch that is certainly not in the log and will never be: those behind it move up, so that the
    /// broker sees no gap.
    pub(super) fn remove_unwritten(&mut self, index: usize) -> Batch {
        let removed = self.batches.remove(index).expect("the caller knows the index");
        if removed.sequence.is_some() {
            let count = removed.count();
            for later in self.batches.iter_mut().skip(index) {
                later.sequence = later.sequence.map(|sequence| sequence_before(sequence, count));
            }
            self.next_sequence = sequence_before(self.next_sequence, count);
        }
        removed
    }

    /// Replaces a batch that is too large by two halves.
    pub(super) fn split(&mut self, index: usize, second: BatchId) {
        let batch = self.batches.remove(index).expect("the caller knows the index");
        for half in batch.split(second).into_iter().rev() {
            self.batches.insert(index, half);
        }
    }

    /// Ends a reset once nothing is in flight: what may have been written is returned to be failed, the rest starts
    /// again under the next epoch.
    pub(super) fn finish_reset(&mut self, identity: &mut Identity) -> VecDeque<Batch> {
        assert!(self.resetting && self.in_flight() == 0, "a reset waits for what is in flight");
        if let Some(lost) = self.identity.take() {
            identity.bump(lost);
        }
        self.resetting = false;
        self.next_sequence = 0;
        let (uncertain, mut rest): (VecDeque<_>, VecDeque<_>) =
            core::mem::take(&mut self.batches).into_iter().partition(Batch::is_uncertain);
        for batch in &mut rest {
            batch.sequence = None;
        }
        self.batches = rest;
        uncertain
    }

    /// What must hold between two inputs.
    pub(super) fn check(&self) {
        let mut expected = None;
        for batch in &self.batches {
            assert!(!batch.records.is_empty(), "a batch holds records");
            if let (Some(expected), Some(sequence)) = (expected, batch.sequence) {
                assert_eq!(sequence, expected, "sequences follow each other without gap");
            }
            expected = batch.sequence.map(|sequence| sequence_after(sequence, batch.count()));
        }
    }
}
