//! A metadata log in memory: what the quorum is shown of one, and what the node does to it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Records;
use klamm_wire::batch::{BatchBuilder, BatchView, Batches};

use crate::log::LeaderEpochs;
use crate::quorum::LogView;
use crate::rng::Rng;
use crate::types::{LeaderEpoch, Offset};

#[derive(Clone, Debug, Default)]
pub(super) struct TestLog {
    pub(super) batches: VecDeque<BatchView>,
    start: Offset,
    synced: Offset,
    epochs: LeaderEpochs,
}

impl TestLog {
    pub(super) fn view(&self) -> LogView<'_> {
        LogView {
            log_start_offset: self.start,
            log_end_offset: self.end(),
            recovery_point: self.synced,
            epochs: &self.epochs,
        }
    }

    pub(super) fn start(&self) -> Offset {
        self.start
    }

    pub(super) fn end(&self) -> Offset {
        self.batches.back().map_or(self.start, |batch| batch.last_offset() + 1)
    }

    pub(super) fn is_synced(&self) -> bool {
        self.synced >= self.end()
    }

    pub(super) fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// Appends a batch as the leader of this epoch.
    pub(super) fn lead(&mut self, batch: &Bytes, epoch: LeaderEpoch) {
        let view = BatchView::parse_first(batch).expect("a batch");
        self.push(view.set_base_offset_and_epoch(self.end(), epoch));
    }

    /// Appends batches as they are.
    pub(super) fn follow(&mut self, batches: &Bytes) {
        for batch in Batches::new(batches.clone()) {
            self.push(batch.expect("whole batches").into_bytes());
        }
    }

    fn push(&mut self, bytes: Bytes) {
        let batch = BatchView::parse_first(&bytes).expect("a batch");
        assert_eq!(batch.base_offset(), self.end(), "there are no gaps");
        self.epochs.assign(batch.partition_leader_epoch(), batch.base_offset());
        self.batches.push_back(batch);
    }

    /// An epoch that is led from here on and has written nothing.
    pub(super) fn begin_epoch(&mut self, epoch: LeaderEpoch) {
        self.epochs.assign(epoch, self.end());
    }

    pub(super) fn sync_to(&mut self, end: Offset) {
        self.synced = self.synced.max(end.min(self.end()));
    }

    pub(super) fn sync(&mut self) {
        self.synced = self.end();
    }

    pub(super) fn truncate_to(&mut self, end: Offset) {
        assert!(end >= self.start && end < self.end(), "there is something to cut: {end}");
        while self.batches.back().is_some_and(|batch| batch.last_offset() >= end) {
            self.batches.pop_back();
        }
        self.epochs.truncate_from_end(self.end());
        self.synced = self.synced.min(self.end());
    }

    pub(super) fn reset_to(&mut self, start: Offset) {
        *self = Self { start, synced: start, ..Self::default() };
    }

    pub(super) fn raise_start(&mut self, start: Offset) {
        assert!(start <= self.end(), "the log begins within itself");
        while self.batches.front().is_some_and(|batch| batch.last_offset() < start) {
            self.batches.pop_front();
        }
        self.start = self.start.max(start);
        self.epochs.truncate_from_start(self.start);
    }

    /// Batches from this offset on, this many at most.
    pub(super) fn read(&self, offset: Offset, upper: Offset, batches: usize) -> Records {
        let from =
            self.batches.iter().filter(|batch| batch.last_offset() >= offset && batch.last_offset() < upper);
        from.take(batches).map(|batch| batch.bytes().clone()).collect()
    }

    /// The power is lost: of what was not synced some batches may have got through. Recovery syncs what it finds.
    pub(super) fn lose_power(&mut self, rng: &mut Rng) {
        let unsynced = self.batches.iter().filter(|batch| batch.last_offset() >= self.synced).count();
        let kept = rng.below(unsynced as u64 + 1);
        for _ in kept..unsynced as u64 {
            self.batches.pop_back();
        }
        self.epochs.truncate_from_end(self.end());
        self.synced = self.end();
    }

    /// `(base offset, epoch, bytes)` of every batch.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Offset, LeaderEpoch, &Bytes)> {
        self.batches.iter().map(|batch| (batch.base_offset(), batch.partition_leader_epoch(), batch.bytes()))
    }
}

/// A batch with these values, one record each.
pub(super) fn data(values: &[u64]) -> Bytes {
    let mut builder = BatchBuilder::default();
    for value in values {
        builder.append(1000, None, Some(&value.to_be_bytes()), &[]);
    }
    builder.build().expect("small")
}

/// The values in a batch; none in a control batch.
pub(super) fn values(batch: &BatchView) -> Vec<u64> {
    if batch.is_control() {
        return Vec::new();
    }
    let value = |record: klamm_wire::batch::Record| {
        let value = record.value.expect("every record has one");
        u64::from_be_bytes(value[..].try_into().expect("eight bytes"))
    };
    batch.records().map(|record| value(record.expect("whole"))).collect()
}
