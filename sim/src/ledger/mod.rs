//! What clients asked for, what they were told, and what they saw: the memory of a run.
//!
//! Clients write here as they go; what contradicts an earlier entry is a violation at once. The checks at the
//! end compare the rest with what a last reader finds.

mod excuse;
mod promises;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use klamm_core::config::FlushPolicy;
use klamm_core::types::TopicPartition;
use klamm_wire::{Str, Uuid};

use crate::checkers::groups::GroupFacts;
use crate::checkers::{Check, Violation};
use crate::clients::record::{ReadBatch, ReadRecord, RecordId};
use crate::clock::Time;
use crate::coverage::{Coverage, Point};
use crate::network::{NodeId, Stamp};
use crate::replicas::{Terms, Timeline};

pub use excuse::{Excuse, Tally};
pub(crate) use promises::Election;
pub use promises::{Level, Promise};

/// Promises by offset.
pub type Promises = BTreeMap<i64, Promise>;

/// Index of a partition in the ledger.
pub type PartitionId = usize;

/// What became of a record that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No answer yet, or never one: it may be in the log or not.
    Unknown,
    /// Promised, at this offset.
    Acknowledged(i64),
    /// Promised, but its offset was not told.
    AcknowledgedSomewhere,
    /// Promised, and then the contract's exception happened.
    Excused,
    /// Refused, and never sent a second time: it must not be in the log.
    Refused,
}

/// One record that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where to.
    pub partition: PartitionId,
    /// The timestamp it carries.
    pub timestamp: i64,
    /// What became of it.
    pub fate: Fate,
}

/// One producer and all it sent.
#[derive(Clone, Debug)]
pub struct ProducerFacts {
    /// Whether a record of it may never be there twice.
    pub idempotent: bool,
    /// Upper bound of filler behind a record's name.
    pub filler_max: u32,
    /// Every record, by number.
    pub sent: Vec<Sent>,
}

/// One partition of the workload.
#[derive(Clone, Debug)]
pub struct PartitionFacts {
    /// Topic and index.
    pub name: TopicPartition,
    /// When a record counts as held.
    pub policy: FlushPolicy,
    /// The smallest `min.insync.replicas` it ever had, and no more than it has replicas.
    pub min_isr: usize,
    /// How many replicas it was created with.
    pub replicas: usize,
    /// Retention may remove records.
    pub may_expire: bool,
    /// `unclean.leader.election.enable`: it would rather lose records than wait.
    pub wants_unclean: bool,
    /// Only transactors write to it; they know what has to be there.
    pub is_transactional: bool,
    /// Below this, `DeleteRecords` was confirmed.
    pub deleted_to: i64,
    /// Below this, `DeleteRecords` was asked for.
    pub delete_asked: i64,
    /// Highest log start offset told to anyone.
    pub start_seen: i64,
    /// Promised records by offset.
    pub acknowledged: Promises,
    /// Records given to consumers by offset.
    pub seen: Promises,
    /// The epochs of the newest leader's log.
    timeline: Timeline,
    /// Who has begun to lead it, in order.
    elections: Vec<promises::Past>,
}

impl PartitionFacts {
    /// The first offset that nobody was told about yet.
    pub fn known_end(&self) -> i64 {
        let last = |offsets: &Promises| offsets.last_key_value().map_or(-1, |(offset, _)| *offset);
        last(&self.acknowledged).max(last(&self.seen)) + 1
    }
}

/// What is known about one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicFacts {
    /// Told when it was created or described.
    pub id: Option<Uuid>,
    /// Whether it is there.
    pub existence: Existence,
    /// Confirmed number of partitions, and the highest number asked for.
    pub partitions: (i32, i32),
    /// A creation was given up with its connection: it may be executed after the topic's removal.
    pub creation_given_up: bool,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// Asked for, and not answered: it may be there or not.
    Unsure,
    /// Confirmed.
    There,
    /// Its removal was confirmed.
    Gone,
}

/// Offsets committed for one group and partition by its only committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    /// Confirmed last, or read back since; -1 for none.
    pub confirmed: i64,
    /// Highest asked for; -1 for none.
    pub asked: i64,
    /// Commits that were given up with their connection, by offset. Each may still be executed, behind newer ones
    /// (the ghost request).
    pub given_up: BTreeMap<i64, GivenUp>,
    /// How often a restart lay between a commit and reading it back.
    pub read_back: u64,
}

impl Default for CommitFacts {
    fn default() -> Self {
        Self { confirmed: -1, asked: -1, given_up: BTreeMap::new(), read_back: 0 }
    }
}

/// Where a commit went that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// To this node, in this life: another one does not execute it.
    pub node: (NodeId, u32),
    /// In this generation of its group: when another one has its assignments, it is refused. -1 without one.
    pub generation: i32,
}

/// The memory of a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Topics by name, the workload's and others.
    pub topics: BTreeMap<Str, TopicFacts>,
    /// Partitions of the workload.
    pub partitions: Vec<PartitionFacts>,
    /// Partitions of the workload by name.
    names: BTreeMap<TopicPartition, PartitionId>,
    /// All producers.
    pub producers: Vec<ProducerFacts>,
    /// Committed offsets by group and partition.
    pub commits: BTreeMap<(Str, PartitionId), CommitFacts>,
    /// What members were told of their groups.
    pub groups: BTreeMap<Str, GroupFacts>,
    /// Policy of the internal topics and the metadata log.
    pub default_policy: FlushPolicy,
    /// Counts elections and losses: what was sent at one moment and arrives at another has to be looked at again.
    pub moment: u32,
    /// The last moment at which committed offsets of groups were legally lost.
    pub offsets_lost: u32,
    /// Transactions, or what coordinators know of them, were legally lost.
    pub transactions_lost: bool,
    /// Markers that came after the coordinator that sent them had given them up: when, and the producer with its epoch.
    pub ghost_markers: Vec<(Time, (i64, i16))>,
    /// Acknowledged records that were legally lost.
    pub tally: Tally,
    /// How often a node was started so far.
    pub starts: u32,
    /// How often each node was started so far.
    pub lives: BTreeMap<NodeId, u32>,
    /// Something beyond one node's promise has happened to the only copy.
    pub damaged: bool,
    /// What was reached.
    pub coverage: Coverage,
    /// Promises broken, in the order they were noticed.
    pub violations: Vec<Violation>,
}

impl Ledger {
    /// Notes a broken promise.
    pub fn violate(
        &mut self,
        check: Check,
        time: Time,
        object: impl Into<String>,
        sentence: impl Into<String>,
    ) {
        self.violations.push(Violation::new(check, time, object, sentence));
    }

    /// A new producer; returns its index.
    pub fn add_producer(&mut self, idempotent: bool, filler_max: u32) -> u32 {
        self.producers.push(ProducerFacts { idempotent, filler_max, sent: Vec::new() });
        u32::try_from(self.producers.len() - 1).expect("few producers")
    }

    /// A new partition of the workload, with its `min.insync.replicas` and how many replicas it has; returns its index.
    pub fn add_partition(
        &mut self,
        name: TopicPartition,
        policy: FlushPolicy,
        (min_isr, replicas): (usize, usize),
        may_expire: bool,
    ) -> PartitionId {
        self.names.insert(name.clone(), self.partitions.len());
        self.partitions.push(PartitionFacts {
            name,
            policy,
            min_isr,
            replicas,
            may_expire,
            wants_unclean: false,
            is_transactional: false,
            deleted_to: 0,
            delete_asked: 0,
            start_seen: 0,
            acknowledged: Promises::new(),
            seen: Promises::new(),
            timeline: Timeline::default(),
            elections: Vec::new(),
        });
        self.partitions.len() - 1
    }

    /// The partition of that name, if it is one of the workload's.
    pub(crate) fn find_partition(&self, name: &TopicPartition) -> Option<PartitionId> {
        self.names.get(name).copied()
    }

    /// How far replicas are to be trusted, of a partition of the workload or any other.
    pub(crate) fn terms(&self, partition: Option<PartitionId>) -> Terms {
        match partition.map(|partition| &self.partitions[partition]) {
            Some(facts) => Terms { policy: facts.policy, min_isr: facts.min_isr, replicas: facts.replicas },
            None => Terms { policy: self.default_policy, min_isr: 1, replicas: 1 },
        }
    }

    /// Whether the contract lets anybody lead a partition where nobody is in sync. Topics that are not the workload's
    /// have the default: no.
    pub(crate) fn wants_unclean(&self, name: &TopicPartition) -> bool {
        self.find_partition(name).is_some_and(|partition| self.partitions[partition].wants_unclean)
    }

    /// Committed offsets of groups are legally lost.
    pub(crate) fn lose_offsets(&mut self) {
        self.moment += 1;
        self.offsets_lost = self.moment;
        self.commits.values_mut().for_each(|commit| commit.confirmed = -1);
        self.groups.clear();
    }

    /// A record is about to be sent for the first time.
    pub fn sent(&mut self, id: RecordId, partition: PartitionId, timestamp: i64) {
        let sent = &mut self.producers[id.producer as usize].sent;
        assert_eq!(sent.len(), id.number as usize, "records are numbered in the order they are sent");
        sent.push(Sent { partition, timestamp, fate: Fate::Unknown });
    }

    fn entry(&mut self, id: RecordId) -> &mut Sent {
        &mut self.producers[id.producer as usize].sent[id.number as usize]
    }

    /// The entry of a record, if it was ever sent.
    pub fn find(&self, id: RecordId) -> Option<&Sent> {
        self.producers.get(id.producer as usize)?.sent.get(id.number as usize)
    }

    /// A client was told that a record, sent only once, is refused.
    pub fn refused(&mut self, id: RecordId) {
        self.entry(id).fate = Fate::Refused;
    }

    /// Which record this is, if it is exactly what a producer sent to this partition.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub(crate) fn identify(
        &self,
        partition: PartitionId,
        batch: &ReadBatch,
        record: &ReadRecord,
    ) -> Result<RecordId, String> {
        let value = record.value.as_deref().unwrap_or_default();
        let Some(id) = RecordId::parse(value) else {
            return Err(format!("a value that no producer sends: {:?}", head(value)));
        };
        let Some(sent) = self.find(id) else { return Err(format!("{id} was never sent")) };
        let facts = &self.producers[id.producer as usize];
        if sent.partition != partition {
            return Err(format!("{id} was sent to {}", self.partitions[sent.partition].name));
        }
        if value != id.value(facts.filler_max) {
            return Err(format!("the value of {id} has changed"));
        }
        if record.key.as_deref() != id.key().as_deref() {
            return Err(format!("the key of {id} has changed"));
        }
        if !batch.is_log_append_time() && record.timestamp != sent.timestamp {
            return Err(format!("the timestamp of {id} was {} and is {}", sent.timestamp, record.timestamp));
        }
        if sent.fate == Fate::Refused {
            return Err(format!("{id} was refused and is in the log"));
        }
        Ok(id)
    }

    /// A client was told a log start offset.
    pub fn start_told(&mut self, now: Time, partition: PartitionId, start: i64, stamp: &Stamp) {
        if !self.still_stands(partition, stamp, -1) {
            return;
        }
        let facts = &mut self.partitions[partition];
        let highest_legal = facts.delete_asked;
        if start > highest_legal && !facts.may_expire {
            let object = facts.name.to_string();
            let sentence = format!(
                "the log starts at {start}, although nobody asked for more than {highest_legal} to go"
            );
            return self.violate(Check::Ack, now, object, sentence);
        }
        facts.start_seen = facts.start_seen.max(start);
    }

    /// Something has happened to the only copy that one node cannot make good.
    pub fn damage(&mut self) {
        self.damaged = true;
        self.coverage.hit(Point::Damage);
        for facts in &mut self.partitions {
            facts.acknowledged.clear();
            facts.seen.clear();
        }
    }
}

fn head(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(24)]).into_owned()
}
