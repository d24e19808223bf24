//! Loading a log: what is on the disk becomes state, and what a crash has left is put right.
//!
//! ```text
//! list -> small files -> newest good producer snapshot -> scan segments -> repair -> open
//! ```
//!
//! After an orderly stop the indexes are trusted and only the last few batches are looked at. After any other
//! stop every segment that reaches above the recovery point is read through: length, format, CRC and order
//! of offsets of each batch are checked, its indexes, the leader epochs and the producers are worked out
//! anew, and the log ends in front of the first batch that is not good. Whatever was read this way above the
//! recovery point is written again, as it is, and synced before the log opens. It may have come from a page cache
//! that the next power loss takes away, and a sync alone need not put it on the disk: where a sync has failed
//! before, the kernel has dropped the pages it could not write and calls what it still shows of them clean.
//!
//! Every step is an operation of the disk, so a crash may come between any two of them; each leaves something
//! that the next load understands.
//!
//! Source: Kafka's `LogLoader`, `LogSegment.recover`; KIP-101, KAFKA-10101.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchHeader, BatchView, HEADER_SIZE};

use crate::config::TopicConfig;
use crate::cx::Cx;
use crate::disk::{DirEntry, DiskDone, DiskError, DiskErrorKind, DiskStep, LogOp, Path, StepDone};
use crate::event::Event;
use crate::flaw::Flaw;
use crate::log::append::write_file;
use crate::log::batch::{Bad, next_offset, parse, parse_whole, verify};
use crate::log::epochs::LeaderEpochs;
use crate::log::index::{ActiveIndex, OFFSET_ENTRY, TIME_ENTRY, find_offset, iter_times, relative};
use crate::log::producers::ProducerStates;
use crate::log::segment::{Segment, Suffix, parse_name};
use crate::log::transactions::{self, Marker};
use crate::log::{Log, LogEvent, LogName, Opening, Phase, checkpoint, snapshot};
use crate::types::Offset;

/// The file that holds the leader epochs.
pub(super) const EPOCHS_FILE: &str = "leader-epoch-checkpoint";

/// What the answer to a step of loading is about. Answers come in the order of the operations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Expected {
    Listing,
    SmallFiles(Vec<SmallFile>),
    Snapshot(Offset),
    Chunk,
    /// Indexes of a closed segment, written anew.
    Indexes,
    /// Batches that may not be on the disk, written again.
    Rewrite,
    Repair,
}

/// One of the small files, or the interesting end of a large one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SmallFile {
    Epochs,
    /// Last entry of the time index of the segment in this place.
    NewestTime(usize),
    /// What was aborted in the segment in this place.
    Aborted(usize),
    ActiveOffsets,
    ActiveTimes,
    /// Header of the active segment's first batch.
    FirstHeader,
}

/// How a segment is read through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mode {
    /// Only its indexes are made anew.
    Reindex,
    /// The log is worked out anew from its batches.
    Recover,
    /// The end of the active segment, behind the last index entry, after an orderly stop.
    Tail,
}

/// A segment being read through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scan {
    mode: Mode,
    /// Its place among the segments.
    segment: usize,
    position: u64,
    index: ActiveIndex,
}

/// The state of loading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Loader {
    opening: Opening,
    expected: VecDeque<Expected>,
    /// Lengths of index files.
    indexes: BTreeMap<(Offset, Suffix), u64>,
    /// Producer snapshots that were not looked at and found wrong.
    snapshots: BTreeSet<Offset>,
    /// Files that nothing refers to.
    rubbish: Vec<Path>,
    /// `None` if the file is missing or damaged.
    epochs: Option<LeaderEpochs>,
    active_files: (Option<Bytes>, Option<Bytes>),
    /// First segment whose index of aborted transactions cannot be read.
    damaged: Option<usize>,
    /// First segment to be recovered; the number of segments if none is.
    recover_from: usize,
    /// Batches from here on change the producers.
    replay_from: Offset,
    /// Closed segments whose indexes are missing.
    reindex: VecDeque<usize>,
    scan: Option<Scan>,
    /// No batch may begin below.
    next_offset: Offset,
    /// Producers at the start of the last segment that recovery has entered.
    entered: Option<(Offset, Bytes)>,
    cut: Option<Cut>,
}

/// What recovery took off the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cut {
    /// Segment whose file is shortened, or the first one removed.
    segment: Offset,
    bytes: u64,
    /// Base offsets of removed segments.
    removed: Vec<Offset>,
    /// Whether the last segment left is shorter now.
    shortened: bool,
}

impl Loader {
    fn new(opening: Opening) -> Self {
        Self {
            opening,
            expected: VecDeque::new(),
            indexes: BTreeMap::new(),
            snapshots: BTreeSet::new(),
            rubbish: Vec::new(),
            epochs: None,
            active_files: (None, None),
            damaged: None,
            recover_from: 0,
            replay_from: 0,
            reindex: VecDeque::new(),
            scan: None,
            next_offset: 0,
            entered: None,
            cut: None,
        }
    }

    /// Whether the log is loaded again because its end is cut.
    pub(super) fn is_truncating(&self) -> bool {
        self.opening.truncate_to.is_some()
    }
}

impl Log {
    /// Loads a log from its directory, recovering it if the last stop was not orderly.
    pub(crate) fn open(cx: &mut Cx<'_>, name: LogName, config: TopicConfig, opening: Opening) -> Self {
        let mut log = Self::new(name, config, Phase::Creating);
        log.load(cx, opening);
        log
    }

    pub(super) fn load(&mut self, cx: &mut Cx<'_>, opening: Opening) {
        self.segments.clear();
        self.producers = ProducerStates::default();
        self.epochs = LeaderEpochs::default();
        self.phase = Phase::Loading(Loader::new(opening).into());
        let steps = vec![DiskStep::List { path: self.files.directory() }];
        self.ask(cx, Expected::Listing, steps);
    }

    fn loader(&mut self) -> &mut Loader {
        match &mut self.phase {
            Phase::Loading(loader) => loader,
            other => panic!("not loading but {other:?}"),
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>, expected: Expected, steps: Vec<DiskStep>) {
        self.loader().expected.push_back(expected);
        self.emit(cx, LogOp::Load, steps);
    }

    /// The next step of loading has ended.
    pub(super) fn on_loaded(&mut self, cx: &mut Cx<'_>, done: DiskDone) -> Vec<LogEvent> {
        let expected = self.loader().expected.pop_front().expect("the disk loads only what it was asked for");
        match expected {
            Expected::Listing => match done.into_iter().next() {
                Some(StepDone::Listed(entries)) => self.on_listing(cx, entries),
                other => panic!("a listing answers with entries, not {other:?}"),
            },
            Expected::SmallFiles(files) => {
                for (file, done) in files.into_iter().zip(contents(done)) {
                    self.on_small_file(file, done);
                }
                self.plan(cx)
            }
            Expected::Snapshot(offset) => {
                let content = contents(done).next().expect("one file was read");
                self.on_snapshot(cx, offset, &content)
            }
            Expected::Chunk => {
                let bytes = contents(done).next().expect("one chunk was read");
                self.on_chunk(cx, bytes)
            }
            Expected::Indexes | Expected::Rewrite => Vec::new(),
            Expected::Repair => self.open_loaded(cx),
        }
    }

    fn on_listing(&mut self, cx: &mut Cx<'_>, entries: Vec<DirEntry>) -> Vec<LogEvent> {
        let now_ms = cx.now.wall_ms;
        let mut segments = BTreeMap::new();
        let mut has_epochs = false;
        let files = self.files.clone();
        let loader = self.loader();
        for DirEntry { name, is_dir, length } in entries.into_iter().filter(|entry| !entry.is_dir) {
            assert!(!is_dir, "filtered");
            match parse_name(&name) {
                Some((base, Suffix::Log)) => {
                    segments.insert(base, Segment { size: length, ..Segment::new(base, now_ms) });
                }
                Some((base, Suffix::Snapshot)) => {
                    loader.snapshots.insert(base);
                }
                Some((base, suffix)) => {
                    loader.indexes.insert((base, suffix), length);
                }
                None if &*name == EPOCHS_FILE => has_epochs = true,
                None if name.ends_with(".swap") => {
                    // A cleaner was interrupted while it replaced segments. Which of them are obsolete cannot be
                    // told from names; nothing is touched.
                    return self.fail(DiskError { step: 0, kind: DiskErrorKind::Io });
                }
                None if [".deleted", ".cleaned", ".tmp"].iter().any(|end| name.ends_with(end)) => {
                    loader.rubbish.push(files.file(&name));
                }
                None => {}
            }
        }
        for (base, suffix) in loader.indexes.keys().filter(|(base, _)| !segments.contains_key(base)) {
            loader.rubbish.push(files.segment(*base, *suffix));
        }
        for segment in segments.values_mut() {
            segment.has_txn_index = loader.indexes.contains_key(&(segment.base, Suffix::TxnIndex));
        }
        self.segments = segments.into_values().collect();
        self.read_small_files(cx, has_epochs)
    }

    fn read_small_files(&mut self, cx: &mut Cx<'_>, has_epochs: bool) -> Vec<LogEvent> {
        let (mut wanted, mut steps) = (Vec::new(), Vec::new());
        let mut read = |file, path, position, length| {
            wanted.push(file);
            steps.push(DiskStep::Read { path, position, length });
        };
        let files = self.files.clone();
        if has_epochs {
            read(SmallFile::Epochs, files.file(EPOCHS_FILE), 0, u64::MAX);
        }
        let Phase::Loading(loader) = &self.phase else { unreachable!("loading") };
        let length = |base, suffix| loader.indexes.get(&(base, suffix)).copied();
        let last = self.segments.len().saturating_sub(1);
        for (place, Segment { base, size, .. }) in self.segments.iter().enumerate() {
            let times = length(*base, Suffix::TimeIndex).filter(|length| *length >= TIME_ENTRY as u64);
            if place < last
                && let Some(times) = times
            {
                let entry = TIME_ENTRY as u64;
                let path = files.segment(*base, Suffix::TimeIndex);
                read(SmallFile::NewestTime(place), path, times - entry, entry);
            }
            if length(*base, Suffix::TxnIndex).is_some() {
                read(SmallFile::Aborted(place), files.segment(*base, Suffix::TxnIndex), 0, u64::MAX);
            }
            if place == last && *size > 0 {
                read(SmallFile::FirstHeader, files.segment(*base, Suffix::Log), 0, HEADER_SIZE as u64);
            }
            if place == last && loader.opening.clean {
                for (suffix, file) in
                    [(Suffix::Index, SmallFile::ActiveOffsets), (Suffix::TimeIndex, SmallFile::ActiveTimes)]
                {
                    if length(*base, suffix).is_some() {
                        read(file, files.segment(*base, suffix), 0, u64::MAX);
                    }
                }
            }
        }
        if steps.is_empty() {
            return self.plan(cx);
        }
        self.ask(cx, Expected::SmallFiles(wanted), steps);
        Vec::new()
    }

    fn on_small_file(&mut self, file: SmallFile, content: Bytes) {
        match file {
            SmallFile::Epochs => {
                let entries = checkpoint::parse_epochs(&content).ok();
                self.loader().epochs = entries.and_then(LeaderEpochs::from_entries);
            }
            SmallFile::NewestTime(place) => {
                let segment = &mut self.segments[place];
                if let Some(entry) = iter_times(&content).next_back() {
                    segment.on_timestamp(entry.timestamp, segment.base + Offset::from(entry.offset));
                }
            }
            SmallFile::Aborted(place) => match transactions::decode(&content) {
                Some(aborted) => self.segments[place].aborted = aborted,
                None => {
                    let loader = self.loader();
                    loader.damaged = Some(loader.damaged.map_or(place, |first| first.min(place)));
                }
            },
            SmallFile::ActiveOffsets => self.loader().active_files.0 = Some(content),
            SmallFile::ActiveTimes => self.loader().active_files.1 = Some(content),
            SmallFile::FirstHeader => {
                self.active.first_timestamp = parse(&content).ok().map(|header| header.max_timestamp);
            }
        }
    }

    /// Decides which segments are read through.
    fn plan(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let count = self.segments.len();
        let Some(active) = self.segments.back().cloned() else { return self.repair(cx) };
        let first = self.segments[0].base;
        let loader = self.loader();
        let Opening { clean, recovery_point, .. } = loader.opening;
        let (offsets, times) = core::mem::take(&mut loader.active_files);
        let index =
            offsets.zip(times).and_then(|(offsets, times)| ActiveIndex::load(&offsets, &times, active.size));
        let mut recover_from = match (clean, index) {
            (true, Some(index)) => {
                let newest = index.last_time();
                self.active.index = index;
                if let Some(newest) = newest {
                    let offset = active.base + Offset::from(newest.offset);
                    self.active_segment_mut().on_timestamp(newest.timestamp, offset);
                }
                count
            }
            (true, None) => count - 1,
            (false, _) => {
                // The segment that the last synced record is in: where a new one begins behind it, the indexes of the old
                // one need not be synced.
                let last = recovery_point.unwrap_or(first) - 1;
                self.segment_of(last.max(first)).expect("not below the first")
            }
        };
        match self.loader().epochs.take() {
            Some(epochs) => self.epochs = epochs,
            None => recover_from = 0,
        }
        if let Some(damaged) = self.loader().damaged {
            recover_from = recover_from.min(damaged);
        }
        let Phase::Loading(loader) = &mut self.phase else { unreachable!("loading") };
        for (place, segment) in self.segments.iter().enumerate().take(recover_from.min(count - 1)) {
            let whole = |suffix, entry: usize| {
                let length = loader.indexes.get(&(segment.base, suffix));
                length.is_some_and(|length| length % entry as u64 == 0)
            };
            let timed = segment.size == 0 || segment.largest_timestamp >= 0;
            if !whole(Suffix::Index, OFFSET_ENTRY) || !whole(Suffix::TimeIndex, TIME_ENTRY) || !timed {
                loader.reindex.push_back(place);
            }
        }
        loader.recover_from = recover_from;
        self.read_snapshot(cx)
    }

    /// Reads the newest snapshot that is not newer than what will be read through.
    fn read_snapshot(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let recover_from = self.loader().recover_from;
        let limit = self.segments.get(recover_from).map_or(Offset::MAX, |segment| segment.base);
        let first = self.segments[0].base;
        match self.loader().snapshots.range(first..=limit).next_back().copied() {
            Some(offset) => {
                let path = self.files.segment(offset, Suffix::Snapshot);
                let step = DiskStep::Read { path, position: 0, length: u64::MAX };
                self.ask(cx, Expected::Snapshot(offset), vec![step]);
                Vec::new()
            }
            None => self.start_scanning(cx, first),
        }
    }

    fn on_snapshot(&mut self, cx: &mut Cx<'_>, offset: Offset, content: &[u8]) -> Vec<LogEvent> {
        match snapshot::decode(content, cx.now.wall_ms) {
            Some(producers) => {
                self.producers = producers;
                self.start_scanning(cx, offset)
            }
            None => {
                // Torn or rotten: an older one and more of the log say the same.
                let path = self.files.segment(offset, Suffix::Snapshot);
                let loader = self.loader();
                loader.snapshots.remove(&offset);
                loader.rubbish.push(path);
                self.read_snapshot(cx)
            }
        }
    }

    /// The producers are known as of `replay_from`: everything behind it has to be read.
    fn start_scanning(&mut self, cx: &mut Cx<'_>, replay_from: Offset) -> Vec<LogEvent> {
        let active = self.active_segment().base;
        let of_snapshot = self.segment_of(replay_from).expect("not below the first segment");
        let count = self.segments.len();
        let loader = self.loader();
        loader.replay_from = replay_from;
        if loader.recover_from < count || replay_from < active {
            loader.recover_from = loader.recover_from.min(of_snapshot);
            let first = loader.recover_from;
            self.epochs.truncate_from_end(self.segments[first].base);
        }
        // What is read through says again what was aborted there.
        let first = self.loader().recover_from.min(count - 1);
        for segment in self.segments.range_mut(first..) {
            segment.aborted.retain(|aborted| aborted.last_offset < replay_from);
        }
        self.scan_next(cx)
    }

    /// Begins with the next segment that has to be read through; repairs when there is none.
    fn scan_next(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let count = self.segments.len();
        let loader = self.loader();
        let (recover_from, replay_from) = (loader.recover_from, loader.replay_from);
        let before = loader.scan.take().map(|scan| (scan.mode, scan.segment));
        let (mode, segment) = match (before, loader.reindex.pop_front()) {
            (None | Some((Mode::Reindex, _)), Some(place)) => (Mode::Reindex, place),
            (None | Some((Mode::Reindex, _)), None) if recover_from < count => (Mode::Recover, recover_from),
            (None | Some((Mode::Reindex, _)), None) => (Mode::Tail, count - 1),
            (Some((Mode::Recover, place)), _) if place + 1 < count => (Mode::Recover, place + 1),
            (Some(_), _) => return self.repair(cx),
        };
        let base = self.segments[segment].base;
        if mode == Mode::Recover && segment > recover_from {
            if self.must_cut_before(base) {
                self.cut(segment, None);
                return self.repair(cx);
            }
            let snapshot = snapshot::encode(&self.producers);
            self.loader().entered = Some((base, snapshot));
        }
        if mode == Mode::Recover {
            self.active.first_timestamp = None;
        }
        let mut position = 0;
        if mode == Mode::Tail && replay_from > base {
            // Behind the last batch that is known to end in front of the snapshot.
            let known = relative(replay_from.min(base + Offset::from(u32::MAX)) - 1, base);
            position =
                find_offset(self.active.index.offsets(), known).map_or(0, |entry| entry.position.into());
        } else if mode != Mode::Tail {
            self.segments[segment] =
                Segment { largest_timestamp: -1, offset_of_largest: base, ..self.segments[segment].clone() };
        }
        let loader = self.loader();
        loader.next_offset = base;
        loader.scan = Some(Scan { mode, segment, position, index: ActiveIndex::default() });
        self.scan_on(cx, 0)
    }

    /// Whether the segment at `base` cannot belong to what was read before it.
    ///
    /// A gap in front of it may be compaction's work, or a lost file between the two. Above the recovery
    /// point nothing but the second explains it: only what is synced is compacted.
    fn must_cut_before(&mut self, base: Offset) -> bool {
        let loader = self.loader();
        if loader.opening.truncate_to.is_some_and(|end| base >= end) {
            return true;
        }
        let synced = loader.opening.clean || loader.opening.recovery_point.is_some_and(|point| base <= point);
        base < loader.next_offset || (base > loader.next_offset && !synced)
    }

    /// Reads on, at least `needed` bytes.
    fn scan_on(&mut self, cx: &mut Cx<'_>, needed: usize) -> Vec<LogEvent> {
        let Phase::Loading(loader) = &self.phase else { unreachable!("loading") };
        let scan = loader.scan.as_ref().expect("a segment is being read");
        let segment = &self.segments[scan.segment];
        let left = segment.size - scan.position;
        if left == 0 {
            return self.end_scan(cx);
        }
        let length = u64::from(cx.config.read_chunk_bytes).max(needed as u64).max(1).min(left);
        let path = self.files.segment(segment.base, Suffix::Log);
        let step = DiskStep::Read { path, position: scan.position, length };
        self.ask(cx, Expected::Chunk, vec![step]);
        Vec::new()
    }

    fn on_chunk(&mut self, cx: &mut Cx<'_>, bytes: Bytes) -> Vec<LogEvent> {
        let Phase::Loading(loader) = &self.phase else { unreachable!("loading") };
        let mut scan = loader.scan.clone().expect("a segment is being read");
        let (mut next, replay_from) = (loader.next_offset, loader.replay_from);
        let skip_crc = cx.config.has_flaw(Flaw::RecoverySkipsCrc);
        let base = self.segments[scan.segment].base;
        let recovery_point = loader.opening.recovery_point.unwrap_or(0);
        let end = loader.opening.truncate_to.unwrap_or(Offset::MAX);
        let (mut at, mut synced) = (0, 0);
        let ended = loop {
            if at == bytes.len() {
                break None;
            }
            let rest = bytes.slice(at..);
            let batch = if skip_crc { parse_whole(&rest) } else { verify(&rest) };
            match batch {
                Ok(header) if header.last_offset() >= end => break Some(None),
                Ok(header)
                    if header.base_offset >= next && i32::try_from(header.last_offset() - base).is_ok() =>
                {
                    let position = u32::try_from(scan.position + at as u64).unwrap_or(u32::MAX);
                    self.on_scanned(cx, &mut scan, replay_from, position, &header, &rest);
                    next = next_offset(&header);
                    at += header.size();
                    if next <= recovery_point {
                        synced = at;
                    }
                }
                Err(Bad::Short { needed }) => break Some(Some(needed)),
                _ => break Some(None),
            }
        };
        if scan.mode == Mode::Recover && at > synced {
            let path = self.files.segment(base, Suffix::Log);
            let position = scan.position + synced as u64;
            let write = DiskStep::Write { path, position, data: vec![bytes.slice(synced..at)] };
            self.ask(cx, Expected::Rewrite, vec![write]);
        }
        scan.position += at as u64;
        let left = self.segments[scan.segment].size - scan.position;
        let loader = self.loader();
        loader.next_offset = next;
        loader.scan = Some(scan);
        match ended {
            None if bytes.is_empty() => self.on_bad_batch(cx), // Shorter than the listing said.
            None => self.scan_on(cx, 0),
            Some(Some(needed)) if needed as u64 <= left && needed > bytes.len() - at => {
                self.scan_on(cx, needed)
            }
            Some(_) => self.on_bad_batch(cx),
        }
    }

    /// A good batch of the segment being read through.
    fn on_scanned(
        &mut self,
        cx: &Cx<'_>,
        scan: &mut Scan,
        replay_from: Offset,
        position: u32,
        header: &BatchHeader,
        batch: &Bytes,
    ) {
        let interval = u64::try_from(self.config.index_interval_bytes).unwrap_or(0);
        let segment = &mut self.segments[scan.segment];
        segment.on_timestamp(header.max_timestamp, header.last_offset());
        if scan.mode != Mode::Tail {
            let last = relative(header.last_offset(), segment.base);
            scan.index.on_batch(interval, position, header.size(), last, segment.newest());
        }
        if scan.mode == Mode::Recover {
            if position == 0 {
                self.active.first_timestamp = Some(header.max_timestamp);
            }
            self.epochs.assign(header.partition_leader_epoch, header.base_offset);
        }
        if scan.mode != Mode::Reindex && header.base_offset >= replay_from {
            let control = header.attributes.is_control();
            let view = control.then(|| BatchView::parse_first(batch).ok()).flatten();
            let marker = view.as_ref().and_then(Marker::in_batch);
            let aborted = self.producers.on_batch(header, marker, cx.now.wall_ms);
            self.segments[scan.segment].aborted.extend(aborted);
        }
    }

    /// The batch that should begin at the scan's position is not good.
    fn on_bad_batch(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let last = self.segments.len() - 1;
        let loader = self.loader();
        let scan = loader.scan.as_ref().expect("a segment is being read");
        let (mode, segment, position) = (scan.mode, scan.segment, scan.position);
        match mode {
            // Rot, far below what a crash can have touched: reads of it will say so.
            Mode::Reindex => self.end_scan(cx),
            Mode::Recover if loader.opening.clean && segment < last => self.end_scan(cx),
            Mode::Recover => {
                self.cut(segment, Some(position));
                self.end_scan(cx)
            }
            Mode::Tail => self.distrust(cx),
        }
    }

    /// The marker of an orderly stop lied, or the disk has lost something since: loads again without trust.
    fn distrust(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let base = self.active_segment().base;
        let opening = self.loader().opening;
        assert!(opening.clean, "only an orderly stop is trusted");
        let recovery_point = opening.recovery_point.unwrap_or(base).min(base);
        self.load(cx, Opening { clean: false, recovery_point: Some(recovery_point), ..opening });
        Vec::new()
    }

    /// The segment was read to its end, or to where it is cut.
    fn end_scan(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let scan = self.loader().scan.as_mut().expect("a segment is being read");
        let (mode, place) = (scan.mode, scan.segment);
        let mut index = core::mem::take(&mut scan.index);
        if mode != Mode::Tail && place + 1 < self.segments.len() {
            let segment = &self.segments[place];
            index.cover_time(segment.newest());
            let (offsets, times) = index.files();
            let file = |suffix| self.files.segment(segment.base, suffix);
            let mut steps = write_file(&file(Suffix::Index), offsets);
            steps.extend(write_file(&file(Suffix::TimeIndex), times));
            for suffix in [Suffix::Log, Suffix::Index, Suffix::TimeIndex] {
                steps.push(DiskStep::Sync { path: file(suffix) });
            }
            let aborted = file(Suffix::TxnIndex);
            if mode == Mode::Recover {
                steps.extend(self.write_aborted(place));
            }
            if self.segments[place].has_txn_index {
                steps.push(DiskStep::Sync { path: aborted });
            }
            self.ask(cx, Expected::Indexes, steps);
        }
        if mode == Mode::Recover {
            // The last one to be recovered is the one that goes on being written.
            self.active.index = index;
        }
        self.scan_next(cx)
    }

    /// Ends the log at `position` of the segment in this place, or in front of it.
    fn cut(&mut self, place: usize, position: Option<u64>) {
        let mut removed: Vec<Segment> = self.segments.drain(place..).collect();
        let mut cut = Cut { segment: removed[0].base, bytes: 0, removed: Vec::new(), shortened: false };
        if let Some(position) = position {
            let mut shortened = removed.remove(0);
            cut.bytes = shortened.size - position;
            cut.shortened = true;
            shortened.size = position;
            self.segments.push_back(shortened);
        }
        cut.bytes += removed.iter().map(|segment| segment.size).sum::<u64>();
        cut.removed = removed.iter().map(|segment| segment.base).collect();
        self.loader().cut = Some(cut);
        assert!(!self.segments.is_empty(), "the first segment may be shortened, not removed");
    }

    /// All is known: writes what has to change on the disk, syncs what was recovered, and opens.
    fn repair(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let mut steps = Vec::new();
        let loaded_epochs = self.epochs.clone();
        let Phase::Loading(loader) = &self.phase else { unreachable!("loading") };
        let mut loader = (**loader).clone();
        let recovered = loader.recover_from < self.segments.len() || loader.cut.is_some();
        self.log_end_offset = match self.segments.back() {
            Some(active) => active.base.max(loader.next_offset),
            None => loader.opening.log_start_offset.unwrap_or(0),
        };
        let (end, expected) = (self.log_end_offset, loader.opening.must_reach);
        if end < expected {
            self.phase = Phase::Failed;
            return vec![LogEvent::Short { end, expected }];
        }
        if !recovered && loader.replay_from > self.log_end_offset && !self.segments.is_empty() {
            return self.distrust(cx); // The snapshot knows more than the log holds.
        }
        let Opening { clean, recovery_point, .. } = loader.opening;
        if !clean
            && recovery_point.is_some_and(|point| point > self.log_end_offset)
            && loader.recover_from > 0
        {
            // It speaks of data that is not here: rot, or a log that had the name before. All is looked at.
            self.load(cx, Opening { recovery_point: None, ..loader.opening });
            return Vec::new();
        }
        if let Some(cut) = &loader.cut {
            self.apply_cut(cx, cut, &mut steps);
        }
        steps.extend(loader.rubbish.iter().map(|path| DiskStep::Remove { path: path.clone() }));
        self.place_log_start(cx, &mut loader, &mut steps);
        self.repair_snapshots(&loader, recovered, &mut steps);
        if recovered {
            steps.push(DiskStep::Sync { path: self.files.segment(self.active_segment().base, Suffix::Log) });
        }
        self.epochs.truncate_from_end(self.log_end_offset);
        self.epochs.truncate_from_start(self.log_start_offset);
        if recovered || self.epochs != loaded_epochs {
            let text = checkpoint::encode_epochs(self.epochs.entries());
            steps.extend(DiskStep::replace(&self.files.file(EPOCHS_FILE), vec![text]));
        }
        let active = self.active_segment().base;
        self.active.path = self.files.segment(active, Suffix::Log);
        self.active.roll_jitter_ms = self.draw_jitter(cx);
        self.size_bytes = self.segments.iter().map(|segment| segment.size).sum();
        if steps.is_empty() {
            return self.open_loaded(cx);
        }
        steps.push(DiskStep::SyncDir { path: self.files.directory() });
        self.ask(cx, Expected::Repair, steps);
        Vec::new()
    }

    fn open_loaded(&mut self, cx: &mut Cx<'_>) -> Vec<LogEvent> {
        let was_truncated = self.loader().opening.truncate_to.is_some();
        self.open_now(cx, if was_truncated { LogEvent::Truncated } else { LogEvent::Opened })
    }

    /// Takes the torn end off the disk: later segments first, so that a crash in between leaves the tear.
    fn apply_cut(&mut self, cx: &mut Cx<'_>, cut: &Cut, steps: &mut Vec<DiskStep>) {
        for base in cut.removed.iter().rev() {
            let suffixes = [Suffix::Log, Suffix::Index, Suffix::TimeIndex, Suffix::TxnIndex];
            let remove = |suffix| DiskStep::Remove { path: self.files.segment(*base, suffix) };
            steps.extend(suffixes.map(remove));
        }
        if !cut.removed.is_empty() {
            steps.push(DiskStep::SyncDir { path: self.files.directory() });
        }
        let active = self.active_segment();
        if cut.shortened {
            let path = self.files.segment(active.base, Suffix::Log);
            steps.push(DiskStep::Truncate { path, length: active.size });
        }
        if self.is_being_cut() {
            return; // on purpose, and told when it began
        }
        cx.observe(Event::TornTail {
            partition: self.name.partition.clone(),
            segment: cut.segment,
            bytes: cut.bytes,
            log_end_offset: self.log_end_offset,
        });
    }

    /// Applies the log start that was kept apart, and makes sure that there is a segment.
    fn place_log_start(&mut self, cx: &mut Cx<'_>, loader: &mut Loader, steps: &mut Vec<DiskStep>) {
        let wanted = loader.opening.log_start_offset.unwrap_or(0);
        if wanted > self.log_end_offset {
            // What is left ends below what clients may read: nothing of it counts.
            for segment in core::mem::take(&mut self.segments) {
                let suffixes = [Suffix::Log, Suffix::Index, Suffix::TimeIndex, Suffix::TxnIndex];
                let remove = |suffix| DiskStep::Remove { path: self.files.segment(segment.base, suffix) };
                steps.extend(suffixes.map(remove));
            }
            for offset in core::mem::take(&mut loader.snapshots) {
                steps.push(DiskStep::Remove { path: self.files.segment(offset, Suffix::Snapshot) });
            }
            loader.entered = None;
            self.log_end_offset = wanted;
            self.producers = ProducerStates::default();
            self.epochs = LeaderEpochs::default();
        }
        if self.segments.is_empty() {
            self.begin_segment(cx, self.log_end_offset);
            steps.extend(write_file(&self.active.path, Bytes::new()));
            steps.push(DiskStep::Sync { path: self.active.path.clone() });
        }
        self.log_start_offset = wanted.max(self.segments[0].base);
    }

    /// Removes snapshots nothing stands for any more, and writes one where recovery would need it.
    fn repair_snapshots(&mut self, loader: &Loader, recovered: bool, steps: &mut Vec<DiskStep>) {
        let active = self.active_segment().base;
        let newest_kept = if recovered { loader.replay_from } else { self.log_end_offset };
        let entered = loader.entered.as_ref().filter(|(base, _)| *base == active);
        for offset in &loader.snapshots {
            let of_segment = self.segments.binary_search_by_key(offset, |segment| segment.base);
            let stray = of_segment.is_err() && *offset != loader.replay_from;
            let replaced = entered.is_some_and(|(base, _)| base == offset);
            if (*offset > newest_kept || stray) && !replaced {
                steps.push(DiskStep::Remove { path: self.files.segment(*offset, Suffix::Snapshot) });
            } else if let Ok(place) = of_segment {
                self.segments[place].has_snapshot = true;
            }
        }
        // Older snapshots go with their segments; the active one's must be there by then.
        if recovered && let Some((base, content)) = entered {
            let path = self.files.segment(*base, Suffix::Snapshot);
            steps.extend(write_file(&path, content.clone()));
            steps.push(DiskStep::Sync { path });
            self.active_segment_mut().has_snapshot = true;
        }
    }
}

/// The bytes of each step of an operation that only reads.
fn contents(done: DiskDone) -> impl Iterator<Item = Bytes> {
    done.into_iter().map(|done| match done {
        StepDone::Read(bytes) => bytes,
        other => panic!("a read answers with bytes, not {other:?}"),
    })
}
