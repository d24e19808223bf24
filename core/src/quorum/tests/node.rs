//! One node: a quorum between a log, files and an image, with everything at hand and nothing random but what it draws.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{Request, Response};
use klamm_wire::metadata_records::{FeatureLevelRecord, MetadataRecord};
use klamm_wire::{ErrorCode, Uuid};

use super::files::Files;
use super::log::{TestLog, values};
use crate::config::Config;
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::disk::{DiskOp, Owner};
use crate::edge::{ConnId, Effect, Effects};
use crate::image::MetadataImage;
use crate::log::TailMemory;
use crate::peer::Outgoing;
use crate::quorum::{Asked, Identity, LogView, Quorum, QuorumEvent, SnapshotId};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::{Timer, Timers};
use crate::types::{BrokerId, LeaderEpoch, Offset};

/// What the metadata adds up to: every record changes it, and one that is applied twice shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// The next offset to apply.
    pub(super) end: Offset,
    pub(super) sum: u64,
}

impl Image {
    fn apply(&mut self, value: u64) {
        self.sum = self.sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(value + 1);
    }

    fn to_records(self) -> Vec<MetadataRecord> {
        let name = format!("{:x}", self.sum);
        Vec::from([FeatureLevelRecord { name: name.as_str().into(), feature_level: 1 }.into()])
    }

    fn of_snapshot(id: SnapshotId, records: &[MetadataRecord]) -> Self {
        let [MetadataRecord::FeatureLevel(record)] = records else { panic!("{records:?}") };
        Self { end: id.end, sum: u64::from_str_radix(&record.name, 16).expect("a sum") }
    }
}

/// What a node has done that others may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Elected(LeaderEpoch),
    Active(LeaderEpoch),
    Deposed(LeaderEpoch),
    Leader(Option<BrokerId>, LeaderEpoch),
    HighWatermark(Offset),
    Ask(Outgoing, Asked),
    Answer(Ticket, Response),
    Cut(Offset),
    Reset(Offset),
    Refused(String),
}

/// A change of the log that is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    Cut(Offset),
    Reset(Offset),
}

pub(super) struct Node {
    pub(super) config: Config,
    pub(super) quorum: Quorum,
    pub(super) log: TestLog,
    pub(super) files: Files,
    pub(super) image: Image,
    pub(super) now: Now,
    pub(super) rng: Rng,
    timers: Timers,
    /// Disk operations that are not done, oldest first.
    pub(super) ops: VecDeque<DiskOp>,
    /// What has happened, oldest first.
    pub(super) told: VecDeque<Told>,
    /// Whether cutting the log takes until [`Node::finish`].
    pub(super) is_slow: bool,
    pub(super) slow: Option<Slow>,
    /// How many batches a read gives.
    pub(super) read_batches: usize,
}

pub(super) const CLUSTER: Uuid = Uuid([7; 16]);

pub(super) fn directory_of(id: BrokerId) -> Uuid {
    Uuid([u8::try_from(id).expect("small"); 16])
}

pub(super) fn ticket(connection: u64) -> Ticket {
    Ticket { connection: ConnId(connection), sequence: 0 }
}

impl Node {
    pub(super) fn new(config: Config, seed: u64) -> Self {
        Self {
            quorum: Quorum::new(&config),
            config,
            log: TestLog::default(),
            files: Files::default(),
            image: Image::default(),
            now: Now { monotonic: Timestamp(1), wall_ms: 1000 },
            rng: Rng::new(seed),
            timers: Timers::default(),
            ops: VecDeque::new(),
            told: VecDeque::new(),
            is_slow: false,
            slow: None,
            read_batches: usize::MAX,
        }
    }

    pub(super) fn id(&self) -> BrokerId {
        self.config.node_id
    }

    /// Begins a life with what the disk has.
    pub(super) fn boot(&mut self) {
        self.quorum = Quorum::new(&self.config);
        self.image = Image::default();
        (self.timers, self.slow) = (Timers::default(), None);
        self.ops.clear();
        self.told.clear();
        let identity = Identity { cluster_id: CLUSTER, directory_id: directory_of(self.id()) };
        self.verb(|quorum, cx, _| {
            quorum.load(cx, identity);
            Vec::new()
        });
    }

    /// The process ends. What was written stays; its disk operations may or may not have been done.
    pub(super) fn crash(&mut self) {
        self.timers = Timers::default();
        let done = self.rng.below(self.ops.len() as u64 + 1);
        for _ in 0..done {
            let op = self.ops.pop_front().expect("counted");
            let _ = self.files.run(&op);
        }
        self.ops.clear();
        // Recovery finds what was cut, or what was not.
        if let Some(slow) = self.slow.take().filter(|_| self.rng.below(2) == 0) {
            self.change_log(slow);
        }
        self.log.sync();
    }

    /// The power is lost: so are most of the things that were not synced.
    pub(super) fn lose_power(&mut self) {
        let synced = self.log.clone();
        self.crash();
        if self.log.end() == synced.end() {
            self.log = synced;
            self.log.lose_power(&mut self.rng);
        }
        self.files.lose_power(&mut self.rng);
    }

    /// Calls a verb and executes what follows from it.
    pub(super) fn verb(
        &mut self,
        verb: impl FnOnce(&mut Quorum, &mut Cx<'_>, LogView<'_>) -> Vec<QuorumEvent>,
    ) {
        let mut fx = Effects::new();
        let image = MetadataImage::new(CLUSTER);
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            image: &image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut TailMemory::new(0),
            fx: &mut fx,
        };
        let events = verb(&mut self.quorum, &mut cx, self.log.view());
        for effect in fx {
            if let Effect::Disk(op) = effect {
                self.ops.push_back(op);
            }
        }
        for event in events {
            self.execute(event);
        }
    }

    fn execute(&mut self, event: QuorumEvent) {
        match event {
            QuorumEvent::Loaded { snapshot, resets_log } => self.on_loaded(snapshot, resets_log),
            QuorumEvent::Elected { epoch, batch } => {
                self.told.push_back(Told::Elected(epoch));
                self.log.begin_epoch(epoch);
                self.log.lead(&batch, epoch);
                self.verb(Quorum::on_log_changed);
            }
            QuorumEvent::Active(epoch) => {
                assert!(self.quorum.is_active());
                self.told.push_back(Told::Active(epoch));
            }
            QuorumEvent::Deposed(epoch) => {
                assert!(!self.quorum.is_active());
                self.told.push_back(Told::Deposed(epoch));
            }
            QuorumEvent::LeaderChanged { leader, epoch } => self.told.push_back(Told::Leader(leader, epoch)),
            QuorumEvent::Append(batches) => {
                self.log.follow(&batches);
                self.verb(Quorum::on_log_changed);
            }
            QuorumEvent::AppendControl(batch) => {
                let epoch = self.quorum.led_epoch().expect("only a leader changes voters");
                self.log.lead(&batch, epoch);
                self.verb(Quorum::on_log_changed);
            }
            QuorumEvent::Truncate(end) => {
                self.told.push_back(Told::Cut(end));
                self.slow = Some(Slow::Cut(end));
                if !self.is_slow {
                    self.finish();
                }
            }
            QuorumEvent::SnapshotReceived(id, records) => {
                self.told.push_back(Told::Reset(id.end));
                self.image = Image::of_snapshot(id, &records);
                self.slow = Some(Slow::Reset(id.end));
                if !self.is_slow {
                    self.finish();
                }
            }
            QuorumEvent::HighWatermark(end) => {
                self.told.push_back(Told::HighWatermark(end));
                self.apply(end);
            }
            QuorumEvent::LogStart(start) => self.log.raise_start(start),
            QuorumEvent::Answer(ticket, response) => self.told.push_back(Told::Answer(ticket, response)),
            QuorumEvent::Read(ticket, plan) => {
                let response = if self.quorum.led_epoch() == Some(plan.epoch) {
                    let records = self.log.read(plan.offset, plan.upper, self.read_batches);
                    plan.with(records)
                } else {
                    plan.failed(ErrorCode::NOT_LEADER_OR_FOLLOWER)
                };
                self.told.push_back(Told::Answer(ticket, response));
            }
            QuorumEvent::Ask(outgoing, asked) => self.told.push_back(Told::Ask(outgoing, asked)),
            QuorumEvent::Refused(reason) => self.told.push_back(Told::Refused(reason)),
            QuorumEvent::Failed(error) => panic!("{error:?}"),
        }
    }

    fn on_loaded(&mut self, snapshot: Option<(SnapshotId, Vec<MetadataRecord>)>, resets_log: bool) {
        let from = snapshot.as_ref().map_or(0, |(id, _)| id.end);
        if let Some((id, records)) = snapshot.filter(|(id, _)| id.end > 0) {
            self.image = Image::of_snapshot(id, &records);
        }
        if resets_log {
            self.log.reset_to(from);
        }
        for batch in self.log.batches.iter().filter(|batch| batch.base_offset() >= from) {
            self.quorum.on_log_read(batch);
        }
        self.verb(Quorum::start);
    }

    /// A cut, or a new beginning, is done.
    pub(super) fn finish(&mut self) {
        let slow = self.slow.take().expect("something is slow");
        self.change_log(slow);
        self.verb(Quorum::on_log_changed);
    }

    fn change_log(&mut self, slow: Slow) {
        match slow {
            Slow::Cut(end) => self.log.truncate_to(end),
            Slow::Reset(start) => self.log.reset_to(start),
        }
    }

    /// Applies what is committed.
    fn apply(&mut self, end: Offset) {
        for batch in self.log.batches.iter().filter(|batch| batch.last_offset() < end) {
            if batch.last_offset() < self.image.end {
                continue;
            }
            // Behind a snapshot with a wrong name, it begins within a batch.
            let skipped = usize::try_from(self.image.end - batch.base_offset()).unwrap_or(0);
            values(batch).into_iter().skip(skipped).for_each(|value| self.image.apply(value));
            self.image.end = batch.last_offset() + 1;
        }
    }

    /// Does the oldest disk operation.
    pub(super) fn step(&mut self) {
        let op = self.ops.pop_front().expect("something to do");
        let result = self.files.run(&op);
        let Owner::Quorum(purpose) = op.owner else { panic!("{:?}", op.owner) };
        self.verb(|quorum, cx, log| quorum.on_disk(cx, log, &purpose, result));
    }

    /// Does all disk operations.
    pub(super) fn settle(&mut self) {
        while !self.ops.is_empty() {
            self.step();
        }
    }

    /// Everything that was appended is synced.
    pub(super) fn sync(&mut self) {
        self.log.sync();
        self.verb(Quorum::on_log);
    }

    /// Appends a batch as leader.
    pub(super) fn lead(&mut self, batch: &Bytes) {
        let epoch = self.quorum.led_epoch().expect("only a leader appends");
        self.log.lead(batch, epoch);
        self.verb(Quorum::on_log);
    }

    pub(super) fn write_snapshot(&mut self) {
        let image = self.image;
        if image.end > 0 {
            self.verb(|quorum, cx, log| {
                quorum.write_snapshot(cx, log, image.end - 1, &image.to_records());
                Vec::new()
            });
        }
    }

    pub(super) fn request(&mut self, connection: u64, version: i16, request: impl Into<Request>) {
        let request = request.into();
        self.verb(|quorum, cx, log| quorum.on_request(cx, log, ticket(connection), version, request));
    }

    pub(super) fn answer(&mut self, from: BrokerId, asked: Asked, answer: Option<Response>) {
        self.verb(|quorum, cx, log| quorum.on_answer(cx, log, from, asked, answer));
    }

    /// When the quorum wants to look again.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Lets the time go to here and fires what falls due.
    pub(super) fn advance_to(&mut self, at: Timestamp) {
        self.now.wall_ms += i64::try_from(at.since(self.now.monotonic).as_millis()).expect("small");
        self.now.monotonic = at;
        while self.timers.pop_due(at) == Some(Timer::Quorum) {
            self.verb(Quorum::on_timer);
        }
    }
}
