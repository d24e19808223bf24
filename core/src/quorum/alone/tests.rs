//! A quorum of one over a disk in memory.

use alloc::collections::BTreeMap;

use klamm_wire::batch::BatchView;
use klamm_wire::metadata_records::FeatureLevelRecord;

use super::*;
use crate::config::Config;
use crate::disk::{DiskErrorKind, DiskOp};
use crate::edge::{Effect, Effects};
use crate::image::MetadataImage;
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::Timers;

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
            quorum: Quorum::new(),
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
        let Owner::Quorum(purpose) = &op.owner else { panic!("{:?}", op.owner) };
        let event = self.with(|quorum, cx| quorum.on_disk(cx, purpose, Ok(done)));
        self.events.extend(event);
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

    /// Reads the files; stands for election above `last_epoch`; both to their end.
    fn start(&mut self, last_epoch: LeaderEpoch) {
        self.with(|quorum, cx| quorum.load(cx));
        self.settle();
        if matches!(self.events.last(), Some(QuorumEvent::Loaded(_))) {
            self.with(|quorum, cx| quorum.elect(cx, last_epoch));
            self.settle();
        }
    }

    /// Leads an empty log, with the first record of the epoch committed.
    fn active() -> Self {
        let mut world = Self::new();
        world.start(-1);
        world.events.clear();
        world.quorum.on_epoch_started(0);
        assert!(world.quorum.on_high_watermark(1));
        world
    }

    fn stored(&self) -> ElectionState {
        StoredState::parse(&self.files[QUORUM_STATE]).expect("as written").election
    }

    /// Commits a record and asks for a snapshot behind it.
    fn snapshot(&mut self) {
        let offset = self.image.offset.max(0) + 1;
        let record = FeatureLevelRecord { name: format!("f{offset}").into(), feature_level: 1 };
        self.image.apply(offset, &record.into());
        let records = self.image.to_records();
        self.with(|quorum, cx| quorum.write_snapshot(cx, offset + 1, &records));
    }
}

/// Goal: an epoch takes effect only when it is durable. Source: KIP-595.
#[test]
fn a_fresh_voter_leads_epoch_one_once_that_is_durable() {
    let mut world = World::new();
    world.with(|quorum, cx| quorum.load(cx));
    world.step();
    assert_eq!(world.events, [QuorumEvent::Loaded(None)]);
    world.with(|quorum, cx| quorum.elect(cx, -1));
    assert!(world.files.is_empty() && world.events.len() == 1, "nothing is led while it is being written");
    world.step();
    assert_eq!(
        world.stored(),
        ElectionState { epoch: 1, leader: Some(1), voted: Some(ReplicaKey { id: 1, directory: Uuid::ZERO }) }
    );
    assert_eq!(world.events[1..], [QuorumEvent::Elected(1)]);
    assert!(world.pending.is_empty() && !world.quorum.is_active());
}

/// Goal: no epoch is led twice, wherever the life before ended. Method: crash before or after the election is
/// durable, in turn.
#[test]
fn every_life_has_an_epoch_of_its_own() {
    let mut led = Vec::new();
    let mut world = World::new();
    for life in 0..6 {
        world.with(|quorum, cx| quorum.load(cx));
        world.settle();
        world.with(|quorum, cx| quorum.elect(cx, -1));
        if life % 2 == 0 {
            world.settle();
        }
        for event in &world.events {
            if let QuorumEvent::Elected(epoch) = event {
                led.push(*epoch);
            }
        }
        world = world.restart();
    }
    assert_eq!(led, [1, 2, 3], "what was not durable never was");
}

/// Goal: an epoch that left records is never used again, even if its file is gone.
#[test]
fn the_new_epoch_lies_above_the_logs() {
    let mut world = World::new();
    world.start(6);
    assert_eq!(world.quorum.election.epoch, 7);
}

/// Goal: the first batch of an epoch is the leader's own control record, with Kafka's bytes inside.
#[test]
fn an_epoch_begins_with_a_leader_change() {
    let mut world = World::new();
    world.start(-1);
    let bytes = world.with(|quorum, cx| quorum.leader_change(cx));
    let batch = BatchView::parse_first(&bytes).expect("a batch");
    assert!(batch.is_control() && batch.partition_leader_epoch() == 1);
    let record = batch.records().next().expect("one record").expect("whole");
    // Key: version 0, type 2. Value: version 0, leader 1, one voter 1, granted by 1, no tags.
    assert_eq!(record.key.as_deref(), Some(&[0, 0, 0, 2][..]));
    let value = [0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0];
    assert_eq!(record.value.as_deref(), Some(&value[..]));
    world.quorum.on_epoch_started(0);
    assert!(!world.quorum.on_high_watermark(0) && !world.quorum.is_active());
    assert!(world.quorum.on_high_watermark(1) && world.quorum.is_active());
}

/// Goal: a restart finds the image where the snapshot left it.
#[test]
fn a_snapshot_is_written_and_found_again() {
    let mut world = World::active();
    world.snapshot();
    assert!(world.files.keys().all(|name| !name.contains("checkpoint")), "not before the disk says so");
    world.settle();
    assert!(world.files.contains_key("00000000000000000002-0000000001.checkpoint"));
    assert_eq!(world.events, [], "the log stays: there is no other snapshot to fall back to");
    let (expected, cluster_id) = (world.image.clone(), world.image.cluster_id);
    let mut world = world.restart();
    world.start(1);
    let QuorumEvent::Loaded(Some((id, records))) = &world.events[0] else { panic!("{:?}", world.events) };
    assert_eq!(MetadataImage::from_snapshot(cluster_id, id.end, records), expected);
}

/// Goal: a snapshot is named by the epoch of its last record, so none is written before the epoch has one,
/// nor by anyone but an active leader.
#[test]
fn only_an_active_leader_writes_snapshots() {
    let mut world = World::new();
    world.start(-1);
    world.snapshot();
    world.quorum.on_epoch_started(5);
    world.snapshot();
    assert!(world.quorum.on_high_watermark(6));
    world.snapshot();
    assert!(world.pending.is_empty(), "{:?}", world.pending);
    world.image.offset = 5;
    world.snapshot();
    assert_eq!(world.pending.len(), 1);
}

/// Goal: with two snapshots the log is cut behind the older one; if the newer one rots, the older one serves.
#[test]
fn a_damaged_snapshot_is_passed_over() {
    let mut world = World::active();
    for _ in 0..3 {
        world.snapshot();
        world.settle();
    }
    assert_eq!(world.events, [QuorumEvent::LogStart(2), QuorumEvent::LogStart(3)]);
    assert_eq!(world.files.len(), 3, "quorum-state and two snapshots: {:?}", world.files.keys());
    let newest = "00000000000000000004-0000000001.checkpoint";
    let rotten = world.files[newest].slice(..100);
    world.files.insert(newest.into(), rotten);
    let mut world = world.restart();
    world.start(1);
    let QuorumEvent::Loaded(Some((id, _))) = &world.events[0] else { panic!("{:?}", world.events) };
    assert_eq!(id.end, 3);
}

/// Goal: the only snapshot is not silently given up: the log may not hold what it held.
#[test]
fn the_last_snapshot_must_be_whole() {
    let mut world = World::active();
    world.snapshot();
    world.settle();
    let only = "00000000000000000002-0000000001.checkpoint";
    let rotten = world.files[only].slice(..100);
    world.files.insert(only.into(), rotten);
    let mut world = world.restart();
    world.start(1);
    assert!(matches!(&world.events[..], [QuorumEvent::Refused(reason)] if reason.contains(only)));
}

/// Goal: a voter that does not know its epoch, or belongs to others, does not guess.
#[test]
fn a_damaged_or_foreign_quorum_state_is_refused() {
    let foreign = br#"{"clusterId":"","leaderId":2,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}"#;
    for content in [&b""[..], b"{}", foreign] {
        let mut world = World::with_files([(QUORUM_STATE.into(), Bytes::copy_from_slice(content))].into());
        world.start(-1);
        assert!(matches!(&world.events[..], [QuorumEvent::Refused(_)]), "{:?}", world.events);
        assert_eq!(world.files[QUORUM_STATE], content, "nothing is overwritten");
    }
}

/// Goal: a disk that says no is reported, and no election is won over it.
#[test]
fn a_failed_write_elects_nobody() {
    let mut world = World::new();
    world.with(|quorum, cx| quorum.load(cx));
    world.settle();
    world.with(|quorum, cx| quorum.elect(cx, -1));
    let op = world.pending.remove(0);
    let Owner::Quorum(purpose) = &op.owner else { panic!("{:?}", op.owner) };
    let error = DiskError { step: 2, kind: DiskErrorKind::Io };
    let event = world.with(|quorum, cx| quorum.on_disk(cx, purpose, Err(error)));
    assert_eq!(event, Some(QuorumEvent::Failed(error)));
    assert!(world.pending.is_empty() && !world.quorum.is_active());
}
