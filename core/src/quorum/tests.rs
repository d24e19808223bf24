//! A quorum of one over a disk in memory.

use alloc::collections::BTreeMap;

use klamm_wire::batch::BatchView;
use klamm_wire::metadata_records::{FeatureLevelRecord, NoOpRecord};

use super::*;
use crate::config::Config;
use crate::edge::{Effect, Effects};
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::Timers;

const EMPTY_LOG: LogFacts = LogFacts { log_start_offset: 0, log_end_offset: 0, last_epoch: -1 };

/// A voter, its files, and what it told the node.
struct World {
    files: BTreeMap<String, Bytes>,
    config: Config,
    image: MetadataImage,
    timers: Timers,
    quorum: Quorum,
    /// Disk operations that wait to be performed.
    pending: Vec<DiskOp>,
    events: Vec<QuorumEvent>,
}

impl World {
    fn new() -> Self {
        Self::with_files(BTreeMap::new())
    }

    fn with_files(files: BTreeMap<String, Bytes>) -> Self {
        Self {
            files,
            config: Config::default(),
            image: MetadataImage::new(Uuid::ZERO),
            timers: Timers::default(),
            quorum: Quorum::new(1, 0, Uuid([9; 16])),
            pending: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The same files, another life.
    fn restart(self) -> Self {
        Self::with_files(self.files)
    }

    fn with<T>(&mut self, verb: impl FnOnce(&mut Quorum, &mut Cx<'_>) -> T) -> T {
        let mut fx = Effects::new();
        let mut cx = Cx {
            now: Now { monotonic: Timestamp(0), wall_ms: 5000 },
            config: &self.config,
            image: &self.image,
            rng: &mut Rng::new(1),
            timers: &mut self.timers,
            tail: &mut TailMemory::new(0),
            fx: &mut fx,
        };
        let out = verb(&mut self.quorum, &mut cx);
        for effect in fx {
            if let Effect::Disk(op) = effect {
                self.pending.push(op);
            }
        }
        out
    }

    /// Performs the first waiting operation and gives the answer to the quorum.
    fn step(&mut self) {
        let op = self.pending.remove(0);
        let done: DiskDone = op.steps.clone().iter().map(|step| self.perform(step)).collect();
        let events = self.with(|quorum, cx| quorum.on_disk(cx, &op, Ok(done)));
        self.events.extend(events);
    }

    fn settle(&mut self) {
        while !self.pending.is_empty() {
            self.step();
        }
    }

    fn perform(&mut self, step: &DiskStep) -> StepDone {
        let name = |path: &Path| path.name.rsplit('/').next().expect("a name").into();
        match step {
            DiskStep::List { .. } => {
                let entry = |(name, content): (&String, &Bytes)| DirEntry {
                    name: name.as_str().into(),
                    is_dir: false,
                    length: content.len() as u64,
                };
                return StepDone::Listed(self.files.iter().map(entry).collect());
            }
            DiskStep::Read { path, .. } => return StepDone::Read(self.files[&name(path)].clone()),
            DiskStep::Write { path, data, .. } => {
                self.files.insert(name(path), Bytes::from(data.concat()));
            }
            DiskStep::Rename { from, to } => {
                let content = self.files.remove(&name(from)).expect("it was written");
                self.files.insert(name(to), content);
            }
            DiskStep::Remove { path } => {
                self.files.remove(&name(path));
            }
            _ => {}
        }
        StepDone::Done
    }

    fn load(&mut self, log: LogFacts) {
        self.with(|quorum, cx| quorum.load(cx, log));
    }

    fn stored(&self) -> ElectionState {
        StoredState::parse(&self.files[QUORUM_STATE]).expect("as written").election
    }

    /// Starts, leads, and has its first batch at offset 0 and one record behind it committed.
    fn leading() -> Self {
        let mut world = Self::new();
        world.config.metadata_snapshot_bytes = 100;
        world.load(EMPTY_LOG);
        world.settle();
        world.events.clear();
        world.with(|quorum, cx| quorum.become_leader(cx, 0));
        world
    }

    /// Appends, applies and commits a record; returns whether a snapshot was begun.
    fn commit(&mut self, bytes: usize) -> bool {
        let offset = self.image.offset.max(0) + 1;
        let record = FeatureLevelRecord { name: format!("f{offset}").into(), feature_level: 1 };
        self.image.apply(offset, &record.into());
        let image = self.image.clone();
        self.with(|quorum, cx| {
            quorum.on_appended(cx, bytes);
            quorum.on_high_watermark(offset + 1);
            quorum.maybe_snapshot(cx, &image);
        });
        !self.pending.is_empty()
    }
}

/// Goal: an epoch takes effect only when it is durable, first as a vote, then as a leadership. Source: KIP-595.
#[test]
fn a_fresh_voter_leads_epoch_one_once_that_is_durable() {
    let mut world = World::new();
    world.load(EMPTY_LOG);
    world.step(); // the listing
    assert_eq!(world.events, [QuorumEvent::Loaded { end: 0, records: Vec::new() }]);
    assert!(world.files.is_empty());
    world.step(); // the vote
    assert_eq!(world.stored(), ElectionState { epoch: 1, leader: None, voted: Some(1) });
    assert_eq!(world.events.len(), 1, "a vote alone leads nothing");
    world.step(); // the leadership
    assert_eq!(world.stored(), ElectionState { epoch: 1, leader: Some(1), voted: Some(1) });
    assert_eq!(world.events[1..], [QuorumEvent::BecameLeader { epoch: 1 }]);
    assert!(world.pending.is_empty() && !world.quorum.is_active());
}

/// Goal: no epoch is led twice, wherever the life before ended. Method: crash after every step of an election.
#[test]
fn every_life_has_an_epoch_of_its_own() {
    let mut led = Vec::new();
    let mut world = World::new();
    for life in 0..9 {
        world.load(EMPTY_LOG);
        for _ in 0..life % 4 {
            if !world.pending.is_empty() {
                world.step();
            }
        }
        if life % 4 == 3 {
            world.settle();
        }
        for event in &world.events {
            if let QuorumEvent::BecameLeader { epoch } = event {
                led.push(*epoch);
            }
        }
        world = world.restart();
    }
    assert!(led.len() >= 2 && led.windows(2).all(|pair| pair[0] < pair[1]), "{led:?}");
}

/// Goal: an epoch that left records is never used again, even if its file is gone.
#[test]
fn the_new_epoch_lies_above_the_logs() {
    let mut world = World::new();
    world.load(LogFacts { log_start_offset: 0, log_end_offset: 10, last_epoch: 6 });
    world.settle();
    assert_eq!(world.quorum.epoch(), 7);
}

/// Goal: the first batch of an epoch is the leader's own control record, with Kafka's bytes inside.
#[test]
fn an_epoch_begins_with_a_leader_change() {
    let mut world = World::new();
    world.load(EMPTY_LOG);
    world.settle();
    let bytes = world.with(|quorum, cx| quorum.leader_change(cx));
    let batch = BatchView::parse_first(&bytes).expect("a batch");
    assert!(batch.is_control() && batch.partition_leader_epoch() == 1);
    let record = batch.records().next().expect("one record").expect("whole");
    // Key: version 0, type 2. Value: version 0, leader 1, one voter 1, granted by 1, no tags.
    assert_eq!(record.key.as_deref(), Some(&[0, 0, 0, 2][..]));
    let value = [0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0];
    assert_eq!(record.value.as_deref(), Some(&value[..]));
    world.with(|quorum, cx| quorum.become_leader(cx, 0));
    assert_eq!(world.quorum.on_high_watermark(0), None);
    assert_eq!(world.quorum.on_high_watermark(1), Some(1));
    assert!(world.quorum.is_active());
}

/// Goal: a restart finds the image where the snapshot left it, and reads the log from there.
#[test]
fn a_snapshot_is_written_and_found_again() {
    let mut world = World::leading();
    assert!(!world.commit(60), "not due yet");
    assert!(world.commit(60), "due by bytes");
    world.settle();
    assert_eq!(world.events, [QuorumEvent::SnapshotWritten { log_start_offset: None }]);
    assert!(world.files.contains_key("00000000000000000003-0000000001.checkpoint"));
    let (expected, cluster_id) = (world.image.clone(), world.image.cluster_id);
    let mut world = world.restart();
    world.load(LogFacts { log_start_offset: 0, log_end_offset: 3, last_epoch: 1 });
    world.settle();
    let QuorumEvent::Loaded { end, records } = &world.events[0] else { panic!("{:?}", world.events) };
    assert_eq!(MetadataImage::from_snapshot(cluster_id, *end, records), expected);
}

/// Goal: time passes without many records, and there is a snapshot anyway. Source: KIP-876.
#[test]
fn a_snapshot_is_written_when_the_longest_wait_is_over() {
    let mut world = World::leading();
    assert!(world.timers.is_armed(&Timer::MetadataSnapshot));
    assert!(!world.commit(1));
    world.with(|quorum, cx| quorum.on_snapshot_timer(cx));
    assert!(world.commit(1));
}

/// Goal: with two snapshots the log is cut behind the older one; if the newer one rots, the older one serves.
#[test]
fn a_damaged_snapshot_is_passed_over() {
    let mut world = World::leading();
    for _ in 0..3 {
        world.commit(100);
        world.settle();
    }
    let starts: Vec<_> = world.events.drain(..).collect();
    let written = |log_start_offset| QuorumEvent::SnapshotWritten { log_start_offset };
    assert_eq!(starts, [written(None), written(Some(2)), written(Some(3))]);
    let newest = "00000000000000000004-0000000001.checkpoint";
    assert_eq!(world.files.len(), 3, "quorum-state and two snapshots: {:?}", world.files.keys());
    let rotten = world.files[newest].slice(..100);
    world.files.insert(newest.into(), rotten);
    let mut world = world.restart();
    world.load(LogFacts { log_start_offset: 3, log_end_offset: 4, last_epoch: 1 });
    world.settle();
    assert!(matches!(&world.events[0], QuorumEvent::Loaded { end: 3, .. }), "{:?}", world.events);
}

/// Goal: a node whose metadata has a hole does not start: it would forget topics and serve the rest.
#[test]
fn a_gap_between_snapshot_and_log_is_refused() {
    let refused = |world: &World| match &world.events[..] {
        [QuorumEvent::Refused(reason)] => reason.clone(),
        other => panic!("{other:?}"),
    };
    let mut world = World::new();
    world.load(LogFacts { log_start_offset: 5, log_end_offset: 9, last_epoch: 1 });
    world.settle();
    assert!(refused(&world).contains("begins at 5"));
    assert!(world.files.is_empty(), "nothing is overwritten");

    let mut world = World::leading();
    world.commit(100);
    world.settle();
    let mut world = world.restart();
    world.load(LogFacts { log_start_offset: 0, log_end_offset: 1, last_epoch: 1 });
    world.settle();
    assert!(refused(&world).contains("ends at 1 below"));
}

/// Goal: a voter that does not know its epoch, or belongs to others, does not guess.
#[test]
fn a_damaged_or_foreign_quorum_state_is_refused() {
    for content in [&b""[..], b"{}", br#"{"clusterId":"","leaderId":2,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}"#] {
        let mut world = World::with_files([(QUORUM_STATE.into(), Bytes::copy_from_slice(content))].into());
        world.load(EMPTY_LOG);
        world.settle();
        assert!(matches!(&world.events[..], [QuorumEvent::Refused(_)]), "{:?}", world.events);
        assert_eq!(world.files[QUORUM_STATE], content, "nothing is overwritten");
    }
}

/// Goal: a disk that says no is reported, and no election is won over it.
#[test]
fn a_failed_write_elects_nobody() {
    let mut world = World::new();
    world.load(EMPTY_LOG);
    world.step();
    let op = world.pending.remove(0);
    let error = DiskError { step: 2, kind: DiskErrorKind::Io };
    let events = world.with(|quorum, cx| quorum.on_disk(cx, &op, Err(error)));
    assert_eq!(events, [QuorumEvent::Failed(error)]);
    assert!(world.pending.is_empty() && !matches!(world.quorum.role(), Role::Leader(_)));
}

/// Goal: the image between the records of a transaction is nobody's.
#[test]
fn no_snapshot_is_taken_inside_a_metadata_transaction() {
    let mut world = World::leading();
    let begin = klamm_wire::metadata_records::BeginTransactionRecord::default();
    world.image.apply(1, &begin.into());
    world.image.apply(2, &NoOpRecord::default().into());
    assert!(!world.commit(1000));
}
