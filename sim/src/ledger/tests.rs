//! Claims about promises: what is noticed at once, and what the contract excuses.

use super::*;
use crate::clients::record::{BatchProducer, decode, encode};
use crate::replicas::Timeline;

struct Scene {
    ledger: Ledger,
    ids: Vec<RecordId>,
}

/// One partition led by node 0 in epoch 1, and four records on their way to it.
fn scene(policy: FlushPolicy) -> Scene {
    let mut ledger = Ledger::default();
    let producer = ledger.add_producer(true, 20);
    let name = TopicPartition { topic: "t".into(), partition: 0 };
    let partition = ledger.add_partition(name, policy, (2, 3), false);
    let ids: Vec<RecordId> = (0..4).map(|number| RecordId { producer, number }).collect();
    ids.iter().for_each(|id| ledger.sent(*id, partition, 7));
    let mut scene = Scene { ledger, ids };
    scene.elect(0, &[], 1, 0, None, None);
    scene
}

impl Scene {
    fn see(&mut self, number: usize, offset: i64, epoch: i32) {
        let id = self.ids[number];
        let mut batch = decode(encode(id, 1, 7, BatchProducer::NONE, 20)).unwrap().remove(0);
        batch.leader_epoch = epoch;
        let mut record = batch.records[0].clone();
        record.offset = offset;
        let stamp = self.stamp(0);
        self.ledger.saw(Time(1), 0, &batch, &record, &stamp);
    }

    fn stamp(&self, node: NodeId) -> Stamp {
        Stamp { node, moment: self.ledger.moment, ..Stamp::default() }
    }

    fn acknowledge(&mut self, number: usize, offset: i64, level: Level, epoch: i32) {
        let stamp = self.stamp(0);
        self.ledger.acknowledged(Time(1), self.ids[number], Some(offset), level, epoch, &stamp);
    }

    fn elect(
        &mut self,
        node: NodeId,
        epochs: &[(i32, i64)],
        epoch: i32,
        end: i64,
        lost: Option<(i64, Excuse)>,
        own_lost: Option<(i64, Excuse)>,
    ) {
        let timeline = Timeline::new(epochs.to_vec(), epoch, end);
        self.ledger.elected(Time(2), 0, Election { node, epoch, timeline, lost, own_lost });
    }

    /// Codes of what is broken.
    fn broken(&self) -> Vec<Check> {
        self.ledger.violations.iter().map(|violation| violation.check).collect()
    }
}

#[test]
fn two_records_at_one_offset_are_noticed_at_once() {
    let mut scene = scene(FlushPolicy::Synced);
    scene.acknowledge(0, 0, Level::Committed, 1);
    scene.see(0, 0, 1);
    assert_eq!(scene.broken(), []);
    scene.see(1, 0, 1);
    scene.acknowledge(1, 0, Level::Committed, 1);
    assert_eq!(scene.broken(), [Check::Vis, Check::Off]);
}

/// Goal: acks=1 promises nothing once another replica leads that had not got the record; acks=all does.
#[test]
fn a_failover_excuses_acks_one_and_nothing_else() {
    for (level, broken) in [(Level::Leader, vec![]), (Level::Committed, vec![Check::Ack])] {
        let mut scene = scene(FlushPolicy::Synced);
        scene.acknowledge(0, 0, Level::Committed, 1);
        scene.acknowledge(1, 1, level, 1);
        scene.elect(1, &[(1, 0)], 2, 1, None, None);
        assert_eq!(scene.broken(), broken, "{level:?}");
        assert_eq!(scene.ledger.partitions[0].acknowledged.len(), 1, "the first is on the new leader");
        let excused = u64::from(level == Level::Leader);
        assert_eq!(scene.ledger.tally.count(Excuse::Failover), excused);
    }
}

/// Goal: the leader itself, elected again after a power loss, keeps what it has acknowledged with acks=1 if it syncs.
#[test]
fn the_same_leader_keeps_what_it_has_synced() {
    let mut scene = scene(FlushPolicy::Synced);
    scene.acknowledge(0, 0, Level::Leader, 1);
    scene.elect(0, &[], 2, 0, None, None);
    assert_eq!(scene.broken(), [Check::Ack]);
}

#[test]
fn written_promises_end_with_the_power_of_enough_replicas() {
    let mut scene = scene(FlushPolicy::Written);
    scene.acknowledge(0, 0, Level::Committed, 1);
    scene.acknowledge(1, 1, Level::Committed, 1);
    scene.elect(0, &[(1, 0)], 2, 1, Some((1, Excuse::Power)), None);
    assert_eq!(scene.broken(), []);
    assert_eq!(scene.ledger.tally.count(Excuse::Power), 1);
    scene.see(2, 1, 2);
    assert_eq!(scene.broken(), [], "another record may stand there now");
    scene.see(3, 0, 1);
    assert_eq!(scene.broken(), [Check::Off], "not where nothing was lost");
}

/// Goal: a leader that has not heard of its successor promises in vain, and that is legal with acks=1 only.
#[test]
fn what_a_deposed_leader_acknowledges_is_excused_with_acks_one() {
    for (level, broken) in [(Level::Leader, vec![]), (Level::Committed, vec![Check::Ack])] {
        let mut scene = scene(FlushPolicy::Synced);
        scene.elect(1, &[], 2, 0, None, None);
        scene.acknowledge(0, 0, level, 1);
        assert_eq!(scene.broken(), broken, "{level:?}");
    }
}

/// Goal: a promise that arrives late is held against what has happened since it was sent.
#[test]
fn a_promise_under_way_during_a_failover_is_looked_at_again() {
    let mut scene = scene(FlushPolicy::Synced);
    let stamp = scene.stamp(0);
    scene.elect(1, &[], 2, 0, None, None);
    scene.ledger.acknowledged(Time(3), scene.ids[0], Some(0), Level::Committed, 1, &stamp);
    assert_eq!(scene.broken(), [Check::Ack]);
}

#[test]
fn a_changed_byte_is_noticed() {
    let Scene { ledger, ids } = scene(FlushPolicy::Synced);
    let batch = decode(encode(ids[0], 1, 7, BatchProducer::NONE, 20)).unwrap().remove(0);
    let mut record = batch.records[0].clone();
    assert_eq!(ledger.identify(0, &batch, &record), Ok(ids[0]));
    record.timestamp = 8;
    assert!(ledger.identify(0, &batch, &record).unwrap_err().contains("timestamp"));
    record.timestamp = 7;
    let mut value = record.value.clone().unwrap().to_vec();
    value.push(b'!');
    record.value = Some(value.into());
    assert!(ledger.identify(0, &batch, &record).unwrap_err().contains("value"));
}
