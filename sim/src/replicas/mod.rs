//! What the replicas of all partitions hold, as seen from outside: from the writes nodes emit, the syncs their disks
//! answer, what they observe, and, when a log was loaded, from the files themselves.
//!
//! Nothing here believes what a node says about its records; what it says about marks and leadership is what is
//! checked.

mod log;
mod timeline;
mod truth;

use std::collections::{BTreeMap, VecDeque};

use klamm_core::config::FlushPolicy;
use klamm_core::disk::{DiskOp, DiskStep, LogOp, Owner, Path};
use klamm_core::types::{
    LeaderEpoch, METADATA_PARTITION, METADATA_TOPIC, Offset, TopicIdPartition, TopicPartition,
};

pub(crate) use log::{Entry, ReplicaLog};
pub(crate) use timeline::Timeline;
pub(crate) use truth::{Difference, Terms, Truth};

use crate::ledger::Ledger;
use crate::network::{NodeId, Standing};

/// Index of a partition that some node has a log of.
pub(crate) type LogId = usize;

/// Everything that is replicated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replicas {
    partitions: Vec<Truth>,
    ids: BTreeMap<TopicIdPartition, LogId>,
    /// What each node means by a name now.
    names: Vec<BTreeMap<TopicPartition, LogId>>,
    /// The voters of the metadata quorum.
    voters: Vec<NodeId>,
}

impl Replicas {
    /// These machines vote in the metadata quorum.
    pub(crate) fn set_voters(&mut self, voters: Vec<NodeId>) {
        self.voters = voters;
    }

    /// All partitions.
    pub(crate) fn partitions(&self) -> &[Truth] {
        &self.partitions
    }

    pub(crate) fn partition(&mut self, index: LogId) -> &mut Truth {
        &mut self.partitions[index]
    }

    /// The partition that a node calls so.
    pub(crate) fn named(&self, node: NodeId, name: &TopicPartition) -> Option<LogId> {
        self.names.get(node)?.get(name).copied()
    }

    /// A node's replica of the partition that it calls so.
    pub(crate) fn log_named(&self, node: NodeId, name: &TopicPartition) -> Option<&ReplicaLog> {
        self.partitions[self.named(node, name)?].log(node)
    }

    /// How a node stands that may lead partitions of a topic: the worst of what it takes itself to lead.
    pub(crate) fn standing(&self, node: NodeId, topic: &str) -> Standing {
        let of_topic = self.partitions.iter().filter(|truth| &*truth.name.topic == topic);
        of_topic
            .filter_map(|truth| Some((truth, truth.log(node)?.leads?)))
            .map(|(truth, epoch)| truth.standing(epoch))
            .max()
            .unwrap_or_default()
    }

    /// The partition of that id.
    pub(crate) fn identified(&self, id: TopicIdPartition) -> Option<LogId> {
        self.ids.get(&id).copied()
    }

    /// The partition of an operation; noted when it is seen first.
    fn find(&mut self, node: NodeId, id: TopicIdPartition, op: &DiskOp, ledger: &Ledger) -> Option<LogId> {
        let known = self.ids.get(&id).copied();
        if known.is_some_and(|index| self.partitions[index].log(node).is_some()) {
            return known;
        }
        let name = op.steps.iter().find_map(|step| name_in(path_of(step)?))?;
        let index = known.unwrap_or_else(|| {
            let workload = ledger.find_partition(&name);
            let truth = if id == METADATA_PARTITION {
                // Always synced, and held by a majority.
                let terms = Terms {
                    policy: FlushPolicy::Synced,
                    min_isr: self.voters.len() / 2 + 1,
                    replicas: self.voters.len(),
                };
                Truth::new(name.clone(), None, terms).decided_by(self.voters.clone())
            } else {
                Truth::new(name.clone(), workload, ledger.terms(workload))
            };
            self.partitions.push(truth);
            self.ids.insert(id, self.partitions.len() - 1);
            self.partitions.len() - 1
        });
        self.partitions[index].log_mut(node);
        if self.names.len() <= node {
            self.names.resize(node + 1, BTreeMap::new());
        }
        self.names[node].insert(name, index);
        Some(index)
    }

    /// A node wants something done on its disk.
    pub(crate) fn on_submitted(&mut self, node: NodeId, op: &DiskOp, ledger: &Ledger) {
        let Owner::Log(id, purpose) = &op.owner else { return };
        let Some(index) = self.find(node, *id, op, ledger) else { return };
        match purpose {
            LogOp::Append { .. } => {
                let written = op.steps.iter().filter_map(|step| match step {
                    DiskStep::Write { data, .. } => Entry::parse_parts(data),
                    _ => None,
                });
                let log = self.partitions[index].log_mut(node);
                written.for_each(|entry| log.push(entry));
            }
            LogOp::Truncate { end } => self.partitions[index].log_mut(node).reset(*end),
            LogOp::Delete => {
                self.partitions[index].forget(node);
                self.names[node].retain(|_, named| *named != index);
            }
            _ => {}
        }
    }

    /// A node's disk has done something.
    pub(crate) fn on_done(&mut self, node: NodeId, op: &DiskOp) {
        let Owner::Log(id, purpose) = &op.owner else { return };
        let Some(truth) = self.ids.get(id).map(|index| &mut self.partitions[*index]) else { return };
        if truth.log(node).is_none() {
            return;
        }
        let log = truth.log_mut(node);
        match purpose {
            LogOp::Append { end } => log.written_end = log.written_end.max((*end).min(log.end)),
            LogOp::Sync { end } => log.synced_end = log.synced_end.max((*end).min(log.end)),
            LogOp::Close => log.synced_end = log.end,
            _ => {}
        }
    }

    /// A log was loaded; `segments` is what is on the disk.
    pub(crate) fn on_loaded<'a>(
        &mut self,
        node: NodeId,
        name: &TopicPartition,
        (start, end): (Offset, Offset),
        segments: impl Iterator<Item = &'a [u8]>,
    ) {
        let Some(index) = self.named(node, name) else { return };
        let mut entries = VecDeque::new();
        for mut bytes in segments {
            while let Some((entry, length)) = Entry::parse(bytes) {
                if length > bytes.len() || entry.base >= end {
                    break;
                }
                if entry.end > start {
                    entries.push_back(entry);
                }
                bytes = &bytes[length..];
            }
        }
        self.partitions[index].log_mut(node).load(start, end, entries);
    }

    /// A log's end was cut.
    pub(crate) fn on_truncated(&mut self, node: NodeId, name: &TopicPartition, end: Offset) {
        if let Some(index) = self.named(node, name) {
            self.partitions[index].log_mut(node).truncate(end);
        }
    }

    /// The first readable offset of a log has moved.
    pub(crate) fn on_start_moved(&mut self, node: NodeId, name: &TopicPartition, start: Offset) {
        if let Some(index) = self.named(node, name) {
            self.partitions[index].log_mut(node).forget_before(start);
        }
    }

    /// The controller has called an election unclean.
    pub(crate) fn on_unclean(&mut self, name: &TopicPartition, epoch: LeaderEpoch, node: NodeId) {
        for truth in self.partitions.iter_mut().filter(|truth| truth.name == *name) {
            truth.call_unclean(epoch, node);
        }
    }

    /// A replica that does not hold what was committed, or a leader that has not committed what it holds, if there is
    /// one. The metadata log is written to all the time.
    pub(crate) fn lagging(&mut self) -> Option<String> {
        self.partitions.iter_mut().find_map(|truth| {
            let leader = truth.leader().and_then(|(_, node, _)| truth.log(node));
            let waits = leader.filter(|log| log.leads.is_some() && log.end > truth.committed_end);
            if let (Some(log), false) = (waits, &*truth.name.topic == METADATA_TOPIC) {
                let (end, committed_end) = (log.end, truth.committed_end);
                return Some(format!(
                    "{}: what is below {end} is not committed, but {committed_end}",
                    truth.name
                ));
            }
            let nodes: Vec<NodeId> = truth.logs().map(|(node, _)| node).collect();
            let missing = nodes.into_iter().find_map(|node| truth.missing(node));
            missing.map(|missing| format!("{}: {}", truth.name, missing.sentence))
        })
    }

    /// A node has set a log aside that belongs to no partition any more.
    pub(crate) fn on_stray(&mut self, node: NodeId, name: &TopicPartition) {
        if let Some(index) = self.named(node, name) {
            self.partitions[index].forget(node);
            self.names[node].remove(name);
        }
    }

    /// A process ends in no good order: what counted as held there is not known to be, for those who hear of it.
    pub(crate) fn on_fallen(&mut self, node: NodeId) {
        self.partitions.iter_mut().for_each(|truth| truth.fall(node));
    }

    /// The controller has elected the last known leader.
    pub(crate) fn on_last_known(&mut self, name: &TopicPartition, epoch: LeaderEpoch, node: NodeId) {
        for truth in self.partitions.iter_mut().filter(|truth| truth.name == *name) {
            truth.call_last_known(epoch, node);
        }
    }

    /// A process is gone: it leads nothing.
    pub(crate) fn on_process_gone(&mut self, node: NodeId) {
        self.logs_of(node).for_each(|log| log.leads = None);
    }

    /// The power went.
    pub(crate) fn on_power_lost(&mut self, node: NodeId) {
        self.logs_of(node).for_each(ReplicaLog::lose_power);
    }

    /// A node has another disk, or an older one.
    pub(crate) fn on_disk_lost(&mut self, node: NodeId) {
        self.logs_of(node).for_each(ReplicaLog::lose_disk);
    }

    fn logs_of(&mut self, node: NodeId) -> impl Iterator<Item = &mut ReplicaLog> {
        let logs = self.partitions.iter_mut().flat_map(Truth::logs_mut);
        logs.filter(move |(other, _)| *other == node).map(|(_, log)| log)
    }
}

fn path_of(step: &DiskStep) -> Option<&Path> {
    match step {
        DiskStep::Write { path, .. } | DiskStep::CreateDir { path } | DiskStep::List { path } => Some(path),
        _ => None,
    }
}

/// The partition whose directory a path lies in, or is.
fn name_in(path: &Path) -> Option<TopicPartition> {
    let directory = path.name.split('/').next()?;
    let (topic, partition) = directory.rsplit_once('-')?;
    Some(TopicPartition { topic: topic.into(), partition: partition.parse().ok()? })
}
