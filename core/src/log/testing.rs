//! A disk in memory and batches, for the tests of the log.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;
use klamm_wire::batch::{BatchBuilder, BatchView, Codec, ControlRecord, Inspected, inspect};

use crate::config::{Config, TopicConfig};
use crate::cx::Cx;
use crate::disk::{DirEntry, DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Path, StepDone};
use crate::edge::{Effect, Effects};
use crate::event::Event;
use crate::image::MetadataImage;
use crate::log::append::Appended;
use crate::log::{Log, LogEvent, LogName, Opening, TailMemory};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::Timers;
use crate::types::{TopicIdPartition, TopicPartition};

/// A batch to be made.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    builder: BatchBuilder,
    count: i32,
    timestamps: Vec<i64>,
    value: Vec<u8>,
}

impl Spec {
    /// So many records of timestamp 1000.
    pub(super) fn new(count: i32) -> Self {
        Self {
            builder: BatchBuilder::new(Codec::None),
            count,
            timestamps: vec![1000; usize::try_from(count).expect("a count")],
            value: b"value".to_vec(),
        }
    }

    pub(super) fn with_codec(mut self, codec: Codec) -> Self {
        self.builder = BatchBuilder::new(codec);
        self
    }

    pub(super) fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        self.builder = self.builder.producer(id, epoch, base_sequence);
        self
    }

    pub(super) fn transactional(mut self) -> Self {
        self.builder = self.builder.transactional();
        self
    }

    pub(super) fn base_offset(mut self, offset: i64) -> Self {
        self.builder = self.builder.base_offset(offset);
        self
    }

    pub(super) fn leader_epoch(mut self, epoch: i32) -> Self {
        self.builder = self.builder.leader_epoch(epoch);
        self
    }

    /// One timestamp per record.
    pub(super) fn timestamps(mut self, timestamps: &[i64]) -> Self {
        assert_eq!(timestamps.len(), usize::try_from(self.count).expect("a count"));
        self.timestamps = timestamps.to_vec();
        self
    }

    pub(super) fn value(mut self, value: Vec<u8>) -> Self {
        self.value = value;
        self
    }

    pub(super) fn build(mut self) -> Bytes {
        for timestamp in &self.timestamps {
            self.builder.append(*timestamp, None, Some(&self.value), &[]);
        }
        self.builder.build().expect("small")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct File {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

/// A directory tree whose names are full paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Disk {
    /// Name to file, as the running system sees it.
    names: BTreeMap<Path, usize>,
    /// Name to file, as a power loss leaves it.
    durable_names: BTreeMap<Path, usize>,
    dirs: Vec<Path>,
    files: Vec<File>,
    /// The next sync of this many from now on fails.
    pub(super) fail_in: Option<(u32, DiskErrorKind)>,
}

impl Disk {
    fn run(&mut self, op: &DiskOp) -> Result<DiskDone, DiskError> {
        let steps = op.steps.iter().enumerate();
        steps.map(|(index, step)| self.step(step).map_err(|kind| DiskError { step: index, kind })).collect()
    }

    /// Does a part of an operation.
    pub(super) fn run_steps(&mut self, steps: &[DiskStep]) {
        steps.iter().for_each(|step| drop(self.step(step).expect("nothing fails here")));
    }

    fn file(&mut self, path: &Path) -> Result<&mut File, DiskErrorKind> {
        let index = *self.names.get(path).ok_or(DiskErrorKind::NotFound)?;
        Ok(&mut self.files[index])
    }

    fn step(&mut self, step: &DiskStep) -> Result<StepDone, DiskErrorKind> {
        match step {
            DiskStep::Read { path, position, length } => {
                let bytes = &self.file(path)?.bytes;
                let start = usize::try_from(*position).expect("small").min(bytes.len());
                let end =
                    start.saturating_add(usize::try_from(*length).unwrap_or(usize::MAX)).min(bytes.len());
                return Ok(StepDone::Read(Bytes::copy_from_slice(&bytes[start..end])));
            }
            DiskStep::List { path } => {
                if !self.dirs.contains(path) {
                    return Err(DiskErrorKind::NotFound);
                }
                let entries = self.names.iter().filter(|(name, _)| name.parent() == *path);
                let entry = |(name, file): (&Path, &usize)| DirEntry {
                    name: name.name.rsplit('/').next().expect("a name").into(),
                    is_dir: false,
                    length: self.files[*file].bytes.len() as u64,
                };
                return Ok(StepDone::Listed(entries.map(entry).collect()));
            }
            _ => {}
        }
        if let Some((left, kind)) = &mut self.fail_in {
            if *left == 0 {
                return Err(*kind);
            }
            *left -= 1;
        }
        match step {
            DiskStep::CreateDir { path } => self.dirs.push(path.clone()),
            DiskStep::Write { path, position, data } => {
                if !self.names.contains_key(path) {
                    assert!(self.dirs.contains(&path.parent()), "{path:?} has no directory");
                    self.files.push(File::default());
                    self.names.insert(path.clone(), self.files.len() - 1);
                }
                let bytes = &mut self.file(path)?.bytes;
                let start = usize::try_from(*position).expect("small");
                let data = data.concat();
                bytes.resize(bytes.len().max(start + data.len()), 0);
                bytes[start..start + data.len()].copy_from_slice(&data);
            }
            DiskStep::Truncate { path, length } => {
                self.file(path)?.bytes.resize(usize::try_from(*length).expect("small"), 0);
            }
            DiskStep::Sync { path } => {
                let file = self.file(path)?;
                file.synced = file.bytes.clone();
            }
            DiskStep::SyncDir { path } => {
                self.durable_names.retain(|name, _| name.parent() != *path);
                let names = self.names.iter().filter(|(name, _)| name.parent() == *path);
                self.durable_names.extend(names.map(|(name, file)| (name.clone(), *file)));
            }
            DiskStep::Rename { from, to } if self.dirs.contains(from) => {
                for names in [&mut self.names, &mut self.durable_names] {
                    let inside = names.keys().filter(|name| name.parent() == *from).cloned();
                    for name in inside.collect::<Vec<_>>() {
                        let file = names.remove(&name).expect("listed");
                        let last = name.name.rsplit('/').next().expect("a name");
                        names.insert(Path::new(to.dir, alloc::format!("{}/{last}", to.name)), file);
                    }
                }
                self.dirs.retain(|dir| dir != from);
                self.dirs.push(to.clone());
            }
            DiskStep::Rename { from, to } => {
                let file = self.names.remove(from).ok_or(DiskErrorKind::NotFound)?;
                self.names.insert(to.clone(), file);
            }
            DiskStep::Remove { path } => {
                self.names.remove(path);
            }
            DiskStep::RemoveDir { path } => {
                self.names.retain(|name, _| name.parent() != *path);
                self.dirs.retain(|dir| dir != path);
            }
            DiskStep::Read { .. } | DiskStep::List { .. } => unreachable!("done above"),
        }
        Ok(StepDone::Done)
    }

    /// The power is lost: names and contents go back to what was synced, but of each file's last unsynced
    /// bytes `keep` decides how many got through, and with it whether unsynced names did.
    pub(super) fn lose_power(&mut self, mut keep: impl FnMut(usize) -> usize) {
        for file in &mut self.files {
            let common = file.synced.len().min(file.bytes.len());
            let appended_only = file.bytes[..common] == file.synced[..common];
            if appended_only && file.bytes.len() > common {
                let length = file.bytes.len();
                let kept = keep(length - common);
                file.bytes.truncate(common + kept);
                if keep(1) == 1 {
                    file.bytes.resize(length, 0); // The new length got through, the bytes did not.
                }
            } else {
                file.bytes = file.synced.clone();
            }
            file.synced = file.bytes.clone();
        }
        let names = core::mem::take(&mut self.names);
        for (name, file) in names {
            if !self.durable_names.contains_key(&name) && keep(1) == 1 {
                self.durable_names.insert(name, file);
            }
        }
        self.names = self.durable_names.clone();
    }

    /// The content of the file whose name ends so.
    pub(super) fn content(&self, end: &str) -> &[u8] {
        let found = self.names.iter().find(|(name, _)| name.name.ends_with(end));
        let (_, file) = found.unwrap_or_else(|| panic!("no file {end} among {:?}", self.list()));
        &self.files[*file].bytes
    }

    pub(super) fn content_mut(&mut self, end: &str) -> &mut Vec<u8> {
        let found = self.names.iter().find(|(name, _)| name.name.ends_with(end));
        let file = *found.expect("the file is there").1;
        &mut self.files[file].bytes
    }

    /// All names, without directories.
    pub(super) fn list(&self) -> Vec<&str> {
        self.names.keys().map(|path| path.name.rsplit('/').next().expect("a name")).collect()
    }

    pub(super) fn dirs(&self) -> &[Path] {
        &self.dirs
    }
}

/// Everything around one log.
#[derive(Debug)]
pub(super) struct Harness {
    pub(super) config: Config,
    pub(super) topic: TopicConfig,
    pub(super) now: Now,
    pub(super) disk: Disk,
    pub(super) events: Vec<Event>,
    /// Operations emitted and not done.
    pub(super) pending: VecDeque<DiskOp>,
    /// Operations done, by name.
    pub(super) done: Vec<crate::disk::LogOp>,
    image: MetadataImage,
    rng: Rng,
    pub(super) timers: Timers,
    pub(super) tail: TailMemory,
}

impl Harness {
    pub(super) fn new() -> Self {
        let topic = TopicConfig { index_interval_bytes: 200, segment_bytes: 1000, ..TopicConfig::default() };
        Self {
            config: Config { read_chunk_bytes: 300, ..Config::default() },
            topic,
            now: Now { monotonic: Timestamp(0), wall_ms: 10_000 },
            disk: Disk::default(),
            events: Vec::new(),
            pending: VecDeque::new(),
            done: Vec::new(),
            image: MetadataImage::new(Uuid::ZERO),
            rng: Rng::new(1),
            timers: Timers::default(),
            tail: TailMemory::new(1 << 20),
        }
    }

    pub(super) fn with_cx<T>(&mut self, verb: impl FnOnce(&mut Cx<'_>) -> T) -> T {
        let mut fx = Effects::new();
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            image: &self.image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            fx: &mut fx,
            tail: &mut self.tail,
        };
        let result = verb(&mut cx);
        for effect in fx {
            match effect {
                Effect::Disk(op) => self.pending.push_back(op),
                Effect::Observe(event) => self.events.push(event),
                other => panic!("a log does not {other:?}"),
            }
        }
        result
    }

    pub(super) fn name() -> LogName {
        LogName {
            partition: TopicPartition { topic: "t".into(), partition: 0 },
            id: TopicIdPartition { topic_id: Uuid([3; 16]), partition: 0 },
            dir: 0,
        }
    }

    /// Lets the disk do the next operation.
    pub(super) fn step(&mut self, log: &mut Log) -> Vec<LogEvent> {
        let op = self.pending.pop_front().expect("something to do");
        if let crate::disk::Owner::Log(_, purpose) = &op.owner {
            self.done.push(purpose.clone());
        }
        let result = self.disk.run(&op);
        self.with_cx(|cx| log.on_disk(cx, op, result))
    }

    /// Lets the disk do everything.
    pub(super) fn settle(&mut self, log: &mut Log) -> Vec<LogEvent> {
        let mut events = Vec::new();
        while !self.pending.is_empty() {
            events.extend(self.step(log));
        }
        events
    }

    /// A disk with a log directory, and a log in it.
    pub(super) fn create(&mut self) -> Log {
        self.disk.dirs.push(Path::new(0, ""));
        let topic = self.topic.clone();
        let mut log = self.with_cx(|cx| Log::create(cx, Self::name(), topic));
        assert_eq!(self.settle(&mut log), [LogEvent::Opened]);
        log
    }

    pub(super) fn open(&mut self, opening: Opening) -> Log {
        let topic = self.topic.clone();
        let mut log = self.with_cx(|cx| Log::open(cx, Self::name(), topic, opening));
        assert_eq!(self.settle(&mut log), [LogEvent::Opened]);
        log
    }

    pub(super) fn open_clean(&mut self) -> Log {
        self.open(Opening { clean: true, ..Opening::default() })
    }

    pub(super) fn append(&mut self, log: &mut Log, spec: Spec) -> Appended {
        let batch = spec.build();
        let facts = facts(&batch);
        self.with_cx(|cx| log.append(cx, batch, &facts, 0))
    }

    /// Ends the transaction of a producer of epoch 0.
    pub(super) fn end(&mut self, log: &mut Log, producer_id: i64, commit: bool) -> Appended {
        let batch = ControlRecord::transaction_marker(producer_id, 0, commit, 3, 1000);
        let facts = facts(&batch);
        self.with_cx(|cx| log.append(cx, batch, &facts, 0))
    }

    pub(super) fn close(&mut self, mut log: Log) {
        self.with_cx(|cx| log.close(cx));
        let events = self.settle(&mut log);
        assert!(events.contains(&LogEvent::Closed), "{events:?}");
    }

    /// The process dies; the page cache stays.
    pub(super) fn crash(&mut self) {
        self.pending.clear();
        self.tail = TailMemory::new(1 << 20);
        self.timers = Timers::default();
    }
}

pub(super) fn facts(batch: &Bytes) -> Inspected {
    inspect(&BatchView::parse_first(batch).expect("a batch"), 1 << 20).expect("a good batch")
}
