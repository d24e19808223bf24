//! Topics and the state of their partitions.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::metadata_records::{PartitionChangeRecord, PartitionRecord};
use klamm_wire::{Str, Uuid};

use super::UNASSIGNED_DIRECTORY;
use crate::types::{BrokerId, LeaderEpoch, TopicIdPartition};

/// In a change record: the leader stays and so does its epoch.
pub(crate) const NO_LEADER_CHANGE: BrokerId = -2;
/// In a record: nobody leads.
pub(crate) const NO_LEADER: BrokerId = -1;
const NO_RECOVERY_CHANGE: i8 = -1;

/// A topic with its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Its name.
    pub name: Str,
    /// Drawn at creation; a topic that is created again under the same name has another one.
    pub id: Uuid,
    /// By index.
    pub partitions: BTreeMap<i32, PartitionState>,
}

impl Topic {
    /// The identity of a partition.
    pub fn partition(&self, index: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: self.id, partition: index }
    }
}

/// Whether the leader has lost records that were committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaderRecovery {
    /// It holds everything.
    #[default]
    Recovered = 0,
    /// It was elected uncleanly and has not recovered yet.
    Recovering = 1,
}

impl LeaderRecovery {
    /// As a record has it: what no version defines counts as recovered.
    pub(crate) fn from_id(id: i8) -> Self {
        Self::parse(id).unwrap_or_default()
    }

    /// As a request has it.
    pub(crate) fn parse(id: i8) -> Option<Self> {
        [Self::Recovered, Self::Recovering].into_iter().find(|state| *state as i8 == id)
    }
}

/// What the controller has decided about a partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionState {
    /// Who holds it, preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// The log directory of each replica.
    pub directories: Vec<Uuid>,
    /// Who is in sync. Empty only where eligible leader replicas are kept, and then nobody leads.
    pub isr: Vec<BrokerId>,
    /// Who may lead cleanly although not in sync (KIP-966).
    pub elr: Vec<BrokerId>,
    /// Who led last, while nobody is in sync: the best choice when nobody is eligible either.
    pub last_known_elr: Vec<BrokerId>,
    /// Replicas that leave in a reassignment.
    pub removing: Vec<BrokerId>,
    /// Replicas that join in a reassignment.
    pub adding: Vec<BrokerId>,
    /// Who leads.
    pub leader: Option<BrokerId>,
    /// Grows whenever a record names a leader, even the same one.
    pub leader_epoch: LeaderEpoch,
    /// Grows with every change.
    pub partition_epoch: i32,
    /// Whether the leader holds everything that was committed.
    pub recovery: LeaderRecovery,
}

impl PartitionState {
    /// The replica that leads when everything is well: the first.
    pub(crate) fn preferred(&self) -> Option<BrokerId> {
        self.replicas.first().copied()
    }

    /// Whether a reassignment is under way.
    pub(crate) fn is_reassigned(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    /// The log directory of a replica; unassigned where nobody has said.
    pub(crate) fn directory(&self, replica: BrokerId) -> Uuid {
        let place = self.replicas.iter().position(|id| *id == replica);
        place.and_then(|place| self.directories.get(place)).copied().unwrap_or(UNASSIGNED_DIRECTORY)
    }

    /// Checks what every change keeps.
    ///
    /// # Panics
    /// If the leader is not in sync, a set holds somebody twice or is not among the replicas, or somebody is in sync
    /// and eligible at once.
    pub(crate) fn check(&self) {
        let distinct = |list: &[BrokerId]| (1..list.len()).all(|end| !list[..end].contains(&list[end]));
        let within = |list: &[BrokerId]| list.iter().all(|id| self.replicas.contains(id));
        for list in [&self.replicas, &self.isr, &self.elr, &self.adding, &self.removing] {
            assert!(distinct(list), "somebody stands there twice: {self:?}");
            assert!(within(list), "somebody is no replica: {self:?}");
        }
        assert!(!self.elr.iter().any(|id| self.isr.contains(id)), "in sync and eligible at once: {self:?}");
        if let Some(leader) = self.leader {
            assert!(self.isr.contains(&leader), "the leader is not in sync: {self:?}");
        }
        if self.recovery == LeaderRecovery::Recovering {
            assert!(self.isr.len() <= 1, "others follow a leader that has not recovered: {self:?}");
        }
    }

    /// This state after the change: what the record does not name stays.
    ///
    /// Source: Kafka's `PartitionRegistration.merge`.
    pub(crate) fn merge(&mut self, change: &PartitionChangeRecord) {
        let set = |field: &mut Vec<BrokerId>, value: &Option<Vec<BrokerId>>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut self.replicas, &change.replicas);
        set(&mut self.isr, &change.isr);
        set(&mut self.elr, &change.eligible_leader_replicas);
        set(&mut self.last_known_elr, &change.last_known_elr);
        set(&mut self.removing, &change.removing_replicas);
        set(&mut self.adding, &change.adding_replicas);
        if let Some(directories) = &change.directories {
            self.directories.clone_from(directories);
        }
        if change.leader != NO_LEADER_CHANGE {
            self.leader = Some(change.leader).filter(|leader| *leader != NO_LEADER);
            self.leader_epoch = self.leader_epoch.saturating_add(1);
        }
        if change.leader_recovery_state != NO_RECOVERY_CHANGE {
            self.recovery = LeaderRecovery::from_id(change.leader_recovery_state);
        }
        self.partition_epoch = self.partition_epoch.saturating_add(1);
    }

    /// The record that creates the partition in this state.
    pub(crate) fn to_record(&self, partition: TopicIdPartition) -> PartitionRecord {
        let present = |list: &Vec<BrokerId>| Some(list.clone()).filter(|list| !list.is_empty());
        PartitionRecord {
            partition_id: partition.partition,
            topic_id: partition.topic_id,
            replicas: self.replicas.clone(),
            isr: self.isr.clone(),
            removing_replicas: self.removing.clone(),
            adding_replicas: self.adding.clone(),
            leader: self.leader.unwrap_or(NO_LEADER),
            leader_recovery_state: self.recovery as i8,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: self.directories.clone(),
            eligible_leader_replicas: present(&self.elr),
            last_known_elr: present(&self.last_known_elr),
        }
    }
}

impl From<&PartitionRecord> for PartitionState {
    fn from(record: &PartitionRecord) -> Self {
        Self {
            replicas: record.replicas.clone(),
            directories: record.directories.clone(),
            isr: record.isr.clone(),
            elr: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_elr: record.last_known_elr.clone().unwrap_or_default(),
            removing: record.removing_replicas.clone(),
            adding: record.adding_replicas.clone(),
            leader: Some(record.leader).filter(|leader| *leader != NO_LEADER),
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
            recovery: LeaderRecovery::from_id(record.leader_recovery_state),
        }
    }
}
