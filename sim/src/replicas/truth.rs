//! What one partition has committed, and what its replicas hold of it.
//!
//! The first leader that says a batch is committed decides what stands at its offsets. From then on every replica
//! that believes it committed must have the same batch there, and every leader must have all of them: that is log
//! matching and the committed prefix over the whole log, at the price of looking at each batch of each replica once.

use std::collections::BTreeMap;

use klamm_core::config::FlushPolicy;
use klamm_core::types::{LeaderEpoch, Offset, TopicPartition};

use super::log::{Entry, ReplicaLog};
use super::timeline::Timeline;
use crate::ledger::PartitionId;
use crate::network::{NodeId, Standing};

/// How far the replicas of a partition are to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// When a record counts as held.
    pub(crate) policy: FlushPolicy,
    /// The fewest replicas that hold what is committed: the smallest `min.insync.replicas` there ever was.
    pub(crate) min_isr: usize,
    /// How many replicas it was created with.
    pub(crate) replicas: usize,
}

/// Two replicas, or a replica and what was committed, that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// First offset.
    pub(crate) offset: Offset,
    /// In words.
    pub(crate) sentence: String,
}

/// One partition.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) name: TopicPartition,
    /// If it is one of the workload's.
    pub(crate) workload: Option<PartitionId>,
    pub(crate) terms: Terms,
    /// Every batch that was ever committed and not legally lost since.
    committed: Vec<Entry>,
    pub(crate) committed_end: Offset,
    /// Who has led, by epoch, in which of its lives.
    leaders: BTreeMap<LeaderEpoch, (NodeId, u32)>,
    /// Elections that the controller has called unclean.
    unclean: Vec<(LeaderEpoch, NodeId)>,
    /// Elections of the last known leader.
    last_known: Vec<(LeaderEpoch, NodeId)>,
    /// The newest leader that a follower was told of.
    told_leader: (LeaderEpoch, Option<NodeId>),
    /// Nodes that have ended in no good order, and where what was committed ended then.
    fallen: BTreeMap<NodeId, Offset>,
    logs: Vec<Option<ReplicaLog>>,
    /// Whose replicas count for what is committed; all, if `None`.
    voters: Option<Vec<NodeId>>,
}

impl Truth {
    pub(super) fn new(name: TopicPartition, workload: Option<PartitionId>, terms: Terms) -> Self {
        Self {
            name,
            workload,
            terms,
            committed: Vec::new(),
            committed_end: 0,
            leaders: BTreeMap::new(),
            unclean: Vec::new(),
            last_known: Vec::new(),
            told_leader: (-1, None),
            fallen: BTreeMap::new(),
            logs: Vec::new(),
            voters: None,
        }
    }

    /// Only replicas on these nodes count for what is committed.
    pub(super) fn decided_by(mut self, voters: Vec<NodeId>) -> Self {
        self.voters = Some(voters);
        self
    }

    /// The replica on a node, whether it has one or not.
    pub(crate) fn log_mut(&mut self, node: NodeId) -> &mut ReplicaLog {
        if self.logs.len() <= node {
            self.logs.resize(node + 1, None);
        }
        self.logs[node].get_or_insert_with(ReplicaLog::default)
    }

    /// The replica on a node.
    pub(crate) fn log(&self, node: NodeId) -> Option<&ReplicaLog> {
        self.logs.get(node)?.as_ref()
    }

    /// All replicas.
    pub(crate) fn logs(&self) -> impl Iterator<Item = (NodeId, &ReplicaLog)> {
        self.logs.iter().enumerate().filter_map(|(node, log)| Some((node, log.as_ref()?)))
    }

    pub(super) fn logs_mut(&mut self) -> impl Iterator<Item = (NodeId, &mut ReplicaLog)> {
        self.logs.iter_mut().enumerate().filter_map(|(node, log)| Some((node, log.as_mut()?)))
    }

    /// The replica on a node is deleted.
    pub(super) fn forget(&mut self, node: NodeId) {
        if let Some(log) = self.logs.get_mut(node) {
            *log = None;
        }
    }

    /// The newest leader: its epoch, who, and in which life.
    pub(crate) fn leader(&self) -> Option<(LeaderEpoch, NodeId, u32)> {
        self.leaders.last_key_value().map(|(epoch, (node, life))| (*epoch, *node, *life))
    }

    /// The controller has called an election unclean.
    pub(super) fn call_unclean(&mut self, epoch: LeaderEpoch, node: NodeId) {
        self.unclean.push((epoch, node));
    }

    /// A follower was told who leads.
    pub(crate) fn hear_of_leader(&mut self, epoch: LeaderEpoch, leader: Option<NodeId>) {
        if leader.is_some() && epoch >= self.told_leader.0 {
            self.told_leader = (epoch, leader);
        }
    }

    /// Somebody was to lead who was gone before it had a log. It may be the only one in sync.
    pub(crate) fn waits_for_stranger(&self) -> bool {
        self.told_leader.1.is_some_and(|leader| self.log(leader).is_none())
    }

    /// The controller has elected the last known leader.
    pub(super) fn call_last_known(&mut self, epoch: LeaderEpoch, node: NodeId) {
        self.last_known.push((epoch, node));
    }

    /// A node has ended in no good order.
    pub(super) fn fall(&mut self, node: NodeId) {
        if self.log(node).is_some() {
            self.fallen.insert(node, self.committed_end);
        }
    }

    /// How many nodes have ended in no good order since what stands at `offset` was committed.
    pub(crate) fn fallen_since(&self, offset: Offset) -> usize {
        self.fallen.values().filter(|end| **end > offset).count()
    }

    /// Whether the controller has taken this leader because it led last. The same holds as for an unclean one.
    pub(crate) fn is_last_known(&self, epoch: LeaderEpoch, node: NodeId) -> bool {
        self.was_called(&self.last_known, epoch, node)
    }

    /// Whether the controller has taken this leader without knowing that it has everything.
    ///
    /// Such a leader may be away again before it has led: whoever of that name leads next does so by the same choice,
    /// though the election that brings it back is a clean one.
    pub(crate) fn is_unclean(&self, epoch: LeaderEpoch, node: NodeId) -> bool {
        self.was_called(&self.unclean, epoch, node)
    }

    fn was_called(&self, elections: &[(LeaderEpoch, NodeId)], epoch: LeaderEpoch, node: NodeId) -> bool {
        let led_before = self.leaders.range(..epoch).next_back().map_or(-1, |(before, _)| *before);
        let called = |(called, elected): &(LeaderEpoch, NodeId)| {
            *elected == node && (led_before + 1..=epoch).contains(called)
        };
        elections.iter().any(called)
    }

    /// Whether somebody leads by an unclean election since the leader of an epoch was elected, who need not have heard
    /// of it: what that one takes for committed is lost.
    pub(crate) fn was_given_up(&self, epoch: LeaderEpoch) -> bool {
        let newest = self.leader().map_or(-1, |(newest, ..)| newest);
        self.unclean.iter().any(|(called, _)| (epoch + 1..=newest).contains(called))
    }

    /// How whoever leads in an epoch stands.
    pub(crate) fn standing(&self, epoch: LeaderEpoch) -> Standing {
        if self.was_given_up(epoch) {
            Standing::GivenUp
        } else if self.leader().is_some_and(|(newest, ..)| newest > epoch) {
            Standing::Succeeded
        } else {
            Standing::Leads
        }
    }

    /// A node leads in an epoch.
    ///
    /// # Errors
    /// In words, who led in that epoch before. One node may lead an epoch in several lives, except of the metadata
    /// log (`one_life`).
    pub(crate) fn elect(
        &mut self,
        epoch: LeaderEpoch,
        node: NodeId,
        life: u32,
        one_life: bool,
    ) -> Result<(), String> {
        match self.leaders.insert(epoch, (node, life)) {
            Some((other, _)) if other != node => Err(format!("n{other} and n{node} lead in epoch {epoch}")),
            Some((_, before)) if one_life && before != life => {
                Err(format!("n{node} leads in epoch {epoch} again after a restart"))
            }
            _ => Ok(()),
        }
    }

    /// A replica believes that everything below `end` is committed; the first to say so decides what it is.
    ///
    /// # Errors
    /// The replica differs from what was committed.
    pub(crate) fn commit(&mut self, node: NodeId, end: Offset) -> Result<(), Difference> {
        let difference = self.compare(node, end.min(self.committed_end));
        let log = self.logs[node].as_mut().expect("a replica with a high watermark");
        log.high_watermark = log.high_watermark.max(end);
        difference?;
        if end > self.committed_end {
            let new = log.entries_from(log.compared.max(self.committed_end));
            let new = new.take_while(|entry| entry.end <= end);
            self.committed.extend(new.copied());
            self.committed_end = end;
            log.compared = end;
        }
        Ok(())
    }

    /// Compares a replica with what was committed, up to `end`, from where that was done last.
    fn compare(&mut self, node: NodeId, end: Offset) -> Result<(), Difference> {
        let Some(log) = self.logs.get_mut(node).and_then(Option::as_mut) else { return Ok(()) };
        if log.compared >= end {
            return Ok(());
        }
        let first = self.committed.partition_point(|entry| entry.end <= log.compared);
        let committed = self.committed[first..].iter().take_while(|entry| entry.end <= end);
        let held = log.entries_from(log.compared).take_while(|entry| entry.end <= end);
        let Some((committed, held)) = first_difference(committed, held) else {
            log.compared = end;
            return Ok(());
        };
        let (offset, sentence) = match (committed, held) {
            (Some(entry), Some(here)) => {
                (entry.base, format!("n{node} has {here} where {entry} was committed"))
            }
            (Some(entry), None) => {
                (entry.base, format!("n{node} ends at {} and {entry} was committed", log.end))
            }
            (None, Some(here)) => (here.base, format!("n{node} has {here}, which was never committed")),
            (None, None) => unreachable!("nothing differs from nothing"),
        };
        // A batch may begin below what was compared: the start of the log lies within it.
        let offset = offset.max(log.compared);
        log.compared = offset.min(end);
        // Of what was committed below, nothing may be left to compare.
        let offset = offset.min(log.end);
        Err(Difference { offset, sentence })
    }

    /// What of everything that was committed a replica does not have.
    pub(crate) fn missing(&mut self, node: NodeId) -> Option<Difference> {
        let start = self.log(node).map_or(0, |log| log.start);
        if start > self.committed_end {
            // Starts are raised to what is committed and not beyond: this is the log of another history.
            let offset = self.committed.first().map_or(self.committed_end, |entry| entry.base);
            let end = self.committed_end;
            let sentence = format!("n{node} begins at {start} and only what is below {end} was committed");
            return Some(Difference { offset, sentence });
        }
        self.compare(node, self.committed_end).err()
    }

    /// A node leads that lacks what was committed: what is committed from now on goes on where its log begins, at least.
    pub(crate) fn go_on_with(&mut self, leader: NodeId) {
        let Some(log) = self.log(leader) else { return };
        let (begins, end) = (log.start, self.committed_end.max(log.start));
        // Its log may reach below what is left of the others.
        self.committed = log.entries_from(begins).take_while(|entry| entry.end <= end).copied().collect();
        self.committed_end = end;
    }

    /// What was committed from `offset` on is legally lost.
    pub(crate) fn lose_from(&mut self, offset: Offset) {
        self.committed.retain(|entry| entry.end <= offset);
        self.committed_end = self.committed_end.min(offset);
        for (_, log) in self.logs_mut() {
            log.compared = log.compared.min(offset);
            log.high_watermark = log.high_watermark.min(offset);
        }
    }

    /// How many replicas hold everything that was committed, as the policy counts, and how many have lost part of it
    /// to power or with their disk.
    pub(crate) fn holders(&mut self) -> (usize, usize) {
        let end = self.committed_end;
        let (mut holding, mut lost) = (0, 0);
        for node in 0..self.logs.len() {
            let Some(log) = &self.logs[node] else { continue };
            if self.voters.as_ref().is_some_and(|voters| !voters.contains(&node)) {
                continue;
            }
            let held = match self.terms.policy {
                FlushPolicy::Written if !log.in_doubt => log.written_end,
                FlushPolicy::Written | FlushPolicy::Synced => log.synced_end,
            };
            if held >= end && self.compare(node, end).is_ok() {
                holding += 1;
            } else if self.logs[node].as_ref().is_some_and(|log| log.has_lost(end - 1)) {
                lost += 1;
            }
        }
        (holding, lost)
    }

    /// How many replicas have lost the record at an offset to power or with their disk.
    pub(crate) fn losers(&self, offset: Offset) -> usize {
        self.logs().filter(|(_, log)| log.has_lost(offset)).count()
    }

    /// The epochs of a node's log, as it begins to lead.
    pub(crate) fn timeline(&self, node: NodeId, epoch: LeaderEpoch) -> Timeline {
        self.log(node).map_or_else(Timeline::default, |log| log.timeline(epoch))
    }
}

/// The first place at which two sequences differ.
fn first_difference<'a>(
    mut committed: impl Iterator<Item = &'a Entry>,
    mut held: impl Iterator<Item = &'a Entry>,
) -> Option<(Option<Entry>, Option<Entry>)> {
    loop {
        match (committed.next().copied(), held.next().copied()) {
            (None, None) => return None,
            (committed, held) if committed == held => {}
            (committed, held) => return Some((committed, held)),
        }
    }
}
