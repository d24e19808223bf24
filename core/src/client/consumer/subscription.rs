//! What a consumer consumes: its partitions and how far it is in each.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use super::{ConsumerRecord, OffsetReset, StartAt};
use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch, Offset, TopicPartition};

/// | from | to | when |
/// |---|---|---|
/// | committed | at | the group has an offset for the partition |
/// | committed | lookup | it has none, and `auto.offset.reset` says where to begin |
/// | committed, at | stuck | there is no valid position and no rule |
/// | lookup | at | the leader has named the offset |
/// | at | lookup | the offset is out of range |
/// | any | committed, lookup, at | the owner seeks |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// To be asked of the group.
    Committed,
    /// To be asked of the leader: -1 is the end, -2 the log start, else a time in milliseconds.
    Lookup(i64),
    /// Known.
    At,
    /// Waits for the owner.
    Stuck,
}

/// One partition that is being consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartitionState {
    /// Changes with every assignment and seek: an answer that belongs to an earlier one is ignored.
    pub(super) serial: u64,
    pub(super) position: Position,
    /// The next record to be handed out.
    pub(super) next: Offset,
    /// The next record to be fetched; at or above `next`.
    pub(super) fetch_offset: Offset,
    /// Of the last batch that was handed out; -1 if unknown.
    pub(super) leader_epoch: LeaderEpoch,
    /// Fetched, not handed out.
    pub(super) buffered: VecDeque<ConsumerRecord>,
    /// Bytes of keys and values in `buffered`.
    pub(super) buffered_bytes: usize,
    /// A fetch, a lookup or an offset fetch is on its way.
    pub(super) in_flight: bool,
    pub(super) paused: bool,
    pub(super) high_watermark: Option<Offset>,
    /// Not to be asked for before.
    pub(super) retry_at: Timestamp,
    pub(super) failures: u32,
    /// The replica that the leader has sent this consumer to, and until when: then the leader is asked again.
    preferred: Option<(BrokerId, Timestamp)>,
}

impl PartitionState {
    fn new(serial: u64, start: StartAt) -> Self {
        let mut state = Self {
            serial,
            position: Position::Stuck,
            next: 0,
            fetch_offset: 0,
            leader_epoch: -1,
            buffered: VecDeque::new(),
            buffered_bytes: 0,
            in_flight: false,
            paused: false,
            high_watermark: None,
            retry_at: Timestamp::default(),
            failures: 0,
            preferred: None,
        };
        state.seek(serial, start);
        state
    }

    pub(super) fn seek(&mut self, serial: u64, start: StartAt) {
        self.serial = serial;
        self.buffered.clear();
        self.buffered_bytes = 0;
        self.in_flight = false;
        self.leader_epoch = -1;
        self.retry_at = Timestamp::default();
        match start {
            StartAt::Committed => self.position = Position::Committed,
            StartAt::Latest => self.position = Position::Lookup(-1),
            StartAt::Earliest => self.position = Position::Lookup(-2),
            StartAt::Timestamp(ms) => self.position = Position::Lookup(ms.max(0)),
            StartAt::Offset(offset) => self.go_on_at(offset),
        }
    }

    /// Without a valid position, the rule decides.
    pub(super) fn reset(&mut self, rule: OffsetReset) {
        self.position = match rule {
            OffsetReset::Earliest => Position::Lookup(-2),
            OffsetReset::Latest => Position::Lookup(-1),
            OffsetReset::None => Position::Stuck,
        };
    }

    pub(super) fn go_on_at(&mut self, offset: Offset) {
        assert!(self.buffered.is_empty(), "what is buffered belongs to another position");
        self.position = Position::At;
        self.next = offset;
        self.fetch_offset = offset;
        self.failures = 0;
    }

    /// The replica to read from instead of the leader.
    pub(super) fn preferred(&self) -> Option<BrokerId> {
        self.preferred.map(|(id, _)| id)
    }

    pub(super) fn prefer(&mut self, replica: BrokerId, until: Timestamp) {
        self.preferred = Some((replica, until));
    }

    /// Reads from the leader again. Whether it was another one before.
    pub(super) fn prefer_leader(&mut self) -> bool {
        self.preferred.take().is_some()
    }

    /// Whether the leader is to be asked anew which replica is best.
    pub(super) fn is_preference_over(&self, now: Timestamp) -> bool {
        self.preferred.is_some_and(|(_, until)| until <= now)
    }

    pub(super) fn is_fetchable(&self, now: Timestamp, ahead: usize) -> bool {
        self.position == Position::At
            && !self.paused
            && !self.in_flight
            && self.buffered_bytes < ahead
            && self.retry_at <= now
    }

    /// Takes the oldest buffered record.
    pub(super) fn hand_out(&mut self) -> Option<ConsumerRecord> {
        if self.paused {
            return None;
        }
        let record = self.buffered.pop_front()?;
        assert!(record.offset >= self.next, "records are handed out in order, once");
        self.buffered_bytes -= record.payload_bytes();
        self.leader_epoch = record.leader_epoch;
        // Behind the last record the next one may be further away: a gap left by compaction or a marker.
        self.next = if self.buffered.is_empty() { self.fetch_offset } else { record.offset + 1 };
        Some(record)
    }
}

/// All partitions of a consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partitions {
    states: BTreeMap<TopicPartition, PartitionState>,
    next_serial: u64,
    /// Where the last poll stopped, so that no partition is preferred.
    turn: Option<TopicPartition>,
}

impl Partitions {
    fn serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }

    pub(super) fn add(&mut self, partition: TopicPartition, start: StartAt) {
        let serial = self.serial();
        self.states.insert(partition, PartitionState::new(serial, start));
    }

    pub(super) fn remove(&mut self, partition: &TopicPartition) {
        self.states.remove(partition);
    }

    pub(super) fn clear(&mut self) -> Vec<TopicPartition> {
        core::mem::take(&mut self.states).into_keys().collect()
    }

    pub(super) fn seek(&mut self, partition: &TopicPartition, start: StartAt) {
        let serial = self.serial();
        if let Some(state) = self.states.get_mut(partition) {
            state.seek(serial, start);
        }
    }

    pub(super) fn get(&self, partition: &TopicPartition) -> Option<&PartitionState> {
        self.states.get(partition)
    }

    pub(super) fn get_mut(&mut self, partition: &TopicPartition) -> Option<&mut PartitionState> {
        self.states.get_mut(partition)
    }

    /// The state that an answer is about, unless the partition was given up or moved meanwhile.
    pub(super) fn current(&mut self, partition: &TopicPartition, serial: u64) -> Option<&mut PartitionState> {
        self.states.get_mut(partition).filter(|state| state.serial == serial)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    pub(super) fn contains(&self, partition: &TopicPartition) -> bool {
        self.states.contains_key(partition)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&TopicPartition, &mut PartitionState)> {
        self.states.iter_mut()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &TopicPartition> {
        self.states.keys()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &PartitionState)> {
        self.states.iter()
    }

    /// Up to `count` records, each partition's in order; begins behind the partition where the last call ended.
    pub(super) fn hand_out(&mut self, count: usize) -> Vec<ConsumerRecord> {
        let mut records = Vec::new();
        let names: Vec<TopicPartition> = self
            .states
            .iter()
            .filter(|(_, s)| !s.buffered.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        let first = match &self.turn {
            Some(last) => names.iter().position(|name| name > last).unwrap_or(0),
            None => 0,
        };
        for step in 0..names.len() {
            let name = &names[(first + step) % names.len()];
            let state = self.states.get_mut(name).expect("just listed");
            while records.len() < count {
                let Some(record) = state.hand_out() else { break };
                records.push(record);
            }
            if records.len() == count {
                self.turn = Some(name.clone());
                break;
            }
        }
        records
    }
}
