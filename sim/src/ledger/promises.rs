//! Promises: what was acknowledged or shown, and what the elections and losses since then leave of it.
//!
//! A promise names an offset and the leader epoch of the record there, and those two name the record. It stands as long
//! as the log of every leader elected since has that epoch at that offset; when one has not, either the contract says
//! that it need not, and the loss is counted, or a promise is broken.

use klamm_core::config::FlushPolicy;
use klamm_core::types::{LeaderEpoch, Offset};

use super::excuse::Excuse;
use super::{Fate, Ledger, PartitionId};
use crate::checkers::Check;
use crate::clients::record::{ReadBatch, ReadRecord, RecordId};
use crate::clock::Time;
use crate::network::{NodeId, Stamp};
use crate::replicas::Timeline;

/// How much was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The leader holds it (acks=1).
    Leader,
    /// It is committed: acknowledged with acks=all, or given to a consumer.
    Committed,
}

/// A record that was promised to be at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Which record.
    pub id: RecordId,
    /// The epoch it was appended in; -1 if that is not known.
    pub epoch: LeaderEpoch,
    /// How much was promised.
    pub level: Level,
    /// Who has promised it.
    pub node: NodeId,
}

/// Somebody began to lead a partition.
#[derive(Clone, Debug)]
pub(crate) struct Election {
    /// Who.
    pub(crate) node: NodeId,
    /// Since when.
    pub(crate) epoch: LeaderEpoch,
    /// The epochs of its log, and where that ended.
    pub(crate) timeline: Timeline,
    /// From this offset on, what was committed may be gone, and why.
    pub(crate) lost: Option<(Offset, Excuse)>,
    /// From this offset on, the new leader itself has lost what it had, and why.
    pub(crate) own_lost: Option<(Offset, Excuse)>,
}

/// An election as later promises need to know it.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// Everything stamped before it was sent before it.
    moment: u32,
    /// Records from here on that were promised before are not in the leader's log.
    end: Offset,
    node: NodeId,
    epoch: LeaderEpoch,
    lost: Option<(Offset, Excuse)>,
    own_lost: Option<(Offset, Excuse)>,
}

impl Past {
    /// Why a promise about an offset may be broken by this election.
    fn excuse(&self, offset: Offset, promise: &Promise) -> Option<Excuse> {
        let covers = |lost: Option<(Offset, Excuse)>| {
            lost.filter(|(from, _)| *from <= offset).map(|(_, excuse)| excuse)
        };
        match promise.level {
            Level::Committed => covers(self.lost),
            Level::Leader if self.node != promise.node => Some(covers(self.lost).unwrap_or(Excuse::Failover)),
            Level::Leader => covers(self.lost).or(covers(self.own_lost)),
        }
    }
}

impl Ledger {
    /// Whether what was committed when `stamp` was made is still there as far as is known. A leader of an older epoch
    /// (-1 if it is not known) goes on promising until it hears of its successors.
    pub(crate) fn still_stands(&self, partition: PartitionId, stamp: &Stamp, epoch: LeaderEpoch) -> bool {
        let is_later = |past: &Past| past.moment > stamp.moment || (epoch >= 0 && past.epoch > epoch);
        let lost_since = |past: &Past| past.lost.is_some() && is_later(past);
        !self.damaged && !self.partitions[partition].elections.iter().any(lost_since)
    }

    /// A client was told that a record is written at `offset`; `acks` and `epoch` as far as they are known.
    pub(crate) fn acknowledged(
        &mut self,
        now: Time,
        id: RecordId,
        offset: Option<Offset>,
        level: Level,
        epoch: LeaderEpoch,
        stamp: &Stamp,
    ) {
        let partition = self.entry(id).partition;
        let fate = self.entry(id).fate;
        if self.damaged {
            self.entry(id).fate = Fate::Excused;
            return;
        }
        let Some(offset) = offset else {
            let stands = self.still_stands(partition, stamp, epoch);
            self.entry(id).fate = if stands { Fate::AcknowledgedSomewhere } else { Fate::Excused };
            return;
        };
        self.entry(id).fate = Fate::Acknowledged(offset);
        let promise = Promise { id, epoch, level, node: stamp.node };
        if let Some(excuse) = self.broken_since(now, partition, offset, &promise, stamp) {
            self.excuse(id, excuse);
            return;
        }
        let facts = &mut self.partitions[partition];
        let other = facts.acknowledged.insert(offset, promise).map(|promise| promise.id);
        let other = other.or_else(|| facts.seen.get(&offset).map(|promise| promise.id));
        if let Some(other) = other.filter(|other| *other != id) {
            let object = format!("{} offset {offset}", facts.name);
            let sentence = format!("{id} was acknowledged where {other} already stood (before: {fate:?})");
            self.violate(Check::Off, now, object, sentence);
        }
    }

    /// A consumer was given a record.
    pub(crate) fn saw(
        &mut self,
        now: Time,
        partition: PartitionId,
        batch: &ReadBatch,
        record: &ReadRecord,
        stamp: &Stamp,
    ) {
        let offset = record.offset;
        let object = format!("{} offset {offset}", self.partitions[partition].name);
        let id = match self.identify(partition, batch, record) {
            Ok(id) => id,
            Err(sentence) => return self.violate(Check::Off, now, object, sentence),
        };
        let promise = Promise { id, epoch: batch.leader_epoch, level: Level::Committed, node: stamp.node };
        if self.damaged || self.broken_since(now, partition, offset, &promise, stamp).is_some() {
            return;
        }
        let facts = &mut self.partitions[partition];
        let seen = facts.seen.insert(offset, promise).map(|promise| promise.id);
        let acknowledged = facts.acknowledged.get(&offset).map(|promise| promise.id);
        let (check, other) = match (seen, acknowledged) {
            (Some(seen), _) if seen != id => (Check::Vis, seen),
            (_, Some(acknowledged)) if acknowledged != id => (Check::Off, acknowledged),
            _ => return,
        };
        self.violate(check, now, object, format!("{other} stood there, and now {id} does"));
    }

    /// Whether a promise that arrives only now was broken by an election since it was sent, and with what excuse. A
    /// promise that was broken without one is a violation.
    fn broken_since(
        &mut self,
        now: Time,
        partition: PartitionId,
        offset: Offset,
        promise: &Promise,
        stamp: &Stamp,
    ) -> Option<Excuse> {
        let facts = &self.partitions[partition];
        let since = facts.elections.partition_point(|past| past.moment <= stamp.moment);
        let missing = !facts.timeline.contains(offset, promise.epoch);
        if !missing && facts.elections[since..].iter().all(|past| past.end > offset) {
            return None;
        }
        // A leader of an older epoch goes on promising until it hears of its successors: they count, too.
        let first = if missing { 0 } else { since };
        let excuse = facts.elections[first..].iter().rev().find_map(|past| past.excuse(offset, promise));
        if excuse.is_none() {
            let object = format!("{} offset {offset}", facts.name);
            let sentence = format!("{} was promised ({promise:?}) and no leader has it", promise.id);
            self.violate(Check::Ack, now, object, sentence);
        }
        Some(excuse.unwrap_or(Excuse::Failover))
    }

    /// Somebody began to lead a partition: what was promised has to be in its log.
    pub(crate) fn elected(&mut self, now: Time, partition: PartitionId, election: Election) {
        self.moment += 1;
        let Election { node, epoch, timeline, lost, own_lost } = election;
        let past = Past { moment: self.moment, end: timeline.end, node, epoch, lost, own_lost };
        let facts = &mut self.partitions[partition];
        let from = facts.timeline.parts_from(&timeline).min(timeline.end);
        let is_gone = |offset: Offset, promise: &Promise| {
            offset >= timeline.end || !timeline.contains(offset, promise.epoch)
        };
        let acknowledged = take_gone(&mut facts.acknowledged, from, is_gone);
        let seen = take_gone(&mut facts.seen, from, is_gone);
        facts.timeline = timeline;
        if lost.is_some() && facts.policy == FlushPolicy::Written {
            // Marks are held like records.
            (facts.deleted_to, facts.start_seen) = (0, 0);
        }
        facts.elections.push(past.clone());
        for (offset, promise) in acknowledged.into_iter().chain(seen) {
            self.settle(now, partition, offset, promise, past.excuse(offset, &promise));
        }
        if lost.is_some() {
            self.excuse_somewhere(partition);
        }
    }

    /// A promise is not kept by the new leader.
    fn settle(
        &mut self,
        now: Time,
        partition: PartitionId,
        offset: Offset,
        promise: Promise,
        excuse: Option<Excuse>,
    ) {
        if let Some(excuse) = excuse {
            return self.excuse(promise.id, excuse);
        }
        let object = format!("{} offset {offset}", self.partitions[partition].name);
        let what = match promise.level {
            Level::Leader => "was acknowledged by its leader",
            Level::Committed => "was acknowledged by all in sync, or shown",
        };
        let (Promise { id, epoch, node, .. }, past) = (promise, self.partitions[partition].elections.last());
        let leader = past.expect("just pushed").node;
        let sentence =
            format!("{id} {what} (n{node}, epoch {epoch}), and the new leader n{leader} has not got it");
        self.violate(Check::Ack, now, object, sentence);
    }

    /// A record is legally lost.
    fn excuse(&mut self, id: RecordId, excuse: Excuse) {
        let sent = self.entry(id);
        if sent.fate != Fate::Excused {
            sent.fate = Fate::Excused;
            self.tally.add(excuse, &mut self.coverage);
        }
    }

    /// Records that were acknowledged without being told where: some of them may be among those lost.
    fn excuse_somewhere(&mut self, partition: PartitionId) {
        let sent = self.producers.iter_mut().flat_map(|producer| &mut producer.sent);
        for sent in sent.filter(|sent| sent.partition == partition) {
            if sent.fate == Fate::AcknowledgedSomewhere {
                sent.fate = Fate::Excused;
            }
        }
    }
}

/// Takes the promises from `from` on that are gone.
fn take_gone(
    promises: &mut super::Promises,
    from: Offset,
    is_gone: impl Fn(Offset, &Promise) -> bool,
) -> Vec<(Offset, Promise)> {
    let gone = promises.range(from..).filter(|(offset, promise)| is_gone(**offset, promise));
    let gone: Vec<(Offset, Promise)> = gone.map(|(offset, promise)| (*offset, *promise)).collect();
    for (offset, _) in &gone {
        promises.remove(offset);
    }
    gone
}
