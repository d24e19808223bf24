//! The simulated disk of one node: it executes [`DiskOp`]s with latency, and it fails in every legal way.
//!
//! Operations start in the order of their lane, as `klamm_core::disk` says; each step takes its time and has
//! its effect when that time is over. A crash of the process breaks steps off half-way and leaves the page
//! cache; a power loss leaves what was synced and a legal part of the rest.

mod fault;
mod file;
mod rest;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use klamm_core::disk::{DirIndex, DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Lane, StepDone};

pub use fault::{DiskCounters, DiskFaults, Latency, Span};
pub use file::SECTOR;
pub use rest::DiskImage;

use crate::clock::Time;
use crate::random::Stream;
use fault::Draws;
use tree::{InodeId, Tree};

/// Names a step under way. Void once the process that asked for it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepToken {
    slot: u32,
    life: u32,
}

/// Steps that end at these times, for the world's queue.
pub type Due = Vec<(Time, StepToken)>;

/// What the disk answers when an operation ends.
pub type Answer = (DiskOp, Result<DiskDone, DiskError>);

#[derive(Clone, Debug)]
struct Running {
    op: DiskOp,
    lane: Lane,
    done: DiskDone,
    /// For a sync under way: what it covers.
    mark: Option<(InodeId, u64)>,
}

#[derive(Clone, Debug, Default)]
struct LaneState {
    waiting: VecDeque<DiskOp>,
    /// The one operation that holds back those behind it.
    blocked: bool,
    /// Operations under way, syncs included.
    under_way: u32,
}

/// The disk of one node.
#[derive(Clone, Debug)]
pub struct Disk {
    tree: Tree,
    lanes: BTreeMap<Lane, LaneState>,
    running: Vec<Option<Running>>,
    free: Vec<u32>,
    life: u32,
    latency: Latency,
    /// How the disk fails from now on.
    pub faults: DiskFaults,
    draws: Draws,
    counters: DiskCounters,
    sweep_at: usize,
}

impl Disk {
    /// An empty disk with so many log directories.
    pub fn new(seed: u64, node: u64, dirs: DirIndex, latency: Latency) -> Self {
        Self {
            tree: Tree::new(dirs),
            lanes: BTreeMap::new(),
            running: Vec::new(),
            free: Vec::new(),
            life: 0,
            latency,
            faults: DiskFaults::default(),
            draws: Draws::new(seed, node),
            counters: DiskCounters::default(),
            sweep_at: 256,
        }
    }

    /// What has happened so far.
    pub fn counters(&self) -> DiskCounters {
        self.counters
    }

    /// Whether something would be at stake if the power went now.
    pub fn is_dirty(&self) -> bool {
        self.tree.is_dirty()
    }

    /// The content of the segments of a log, oldest first, as the running system sees it.
    pub(crate) fn segments(&self, log: &str) -> impl Iterator<Item = &[u8]> {
        self.tree.files_in(log, ".log").map(file::File::bytes)
    }

    /// How many operations wait or are under way.
    pub fn backlog(&self) -> usize {
        self.lanes.values().map(|lane| lane.waiting.len() + lane.under_way as usize).sum()
    }

    /// Takes an operation.
    pub fn submit(&mut self, now: Time, op: DiskOp, due: &mut Due) {
        assert!(!op.steps.is_empty(), "an operation has steps: {op:?}");
        let lane = op.owner.lane();
        self.lanes.entry(lane).or_default().waiting.push_back(op);
        self.start_waiting(now, lane, due);
    }

    /// Starts what the order of a lane allows.
    fn start_waiting(&mut self, now: Time, lane: Lane, due: &mut Due) {
        loop {
            let Some(state) = self.lanes.get_mut(&lane) else { return };
            if state.blocked {
                return;
            }
            let Some(op) = state.waiting.pop_front() else {
                if state.under_way == 0 {
                    self.lanes.remove(&lane);
                }
                return;
            };
            state.blocked = !op.is_sync();
            state.under_way += 1;
            let running = Running { op, lane, done: DiskDone::new(), mark: None };
            let slot = match self.free.pop() {
                Some(slot) => {
                    self.running[slot as usize] = Some(running);
                    slot
                }
                None => {
                    self.running.push(Some(running));
                    u32::try_from(self.running.len() - 1).expect("few operations are under way")
                }
            };
            self.start_step(now, slot, due);
        }
    }

    /// Begins the next step of an operation: how long it takes, and for a sync, what it covers.
    fn start_step(&mut self, now: Time, slot: u32, due: &mut Due) {
        let running = self.running[slot as usize].as_mut().expect("a slot under way");
        let step = &running.op.steps[running.done.len()];
        let (span, bytes) = match step {
            DiskStep::Read { path, position, length } => {
                let size =
                    self.tree.find(path).and_then(|id| self.tree.file(id)).map_or(0, |file| file.len());
                (self.latency.read, (size as u64).saturating_sub(*position).min(*length))
            }
            DiskStep::Write { data, .. } => {
                (self.latency.write, data.iter().map(|part| part.len() as u64).sum())
            }
            DiskStep::Sync { .. } | DiskStep::SyncDir { .. } => (self.latency.sync, 0),
            _ => (self.latency.name, 0),
        };
        running.mark = match step {
            DiskStep::Sync { path } => {
                self.tree.find(path).and_then(|id| Some((id, self.tree.file(id)?.mark())))
            }
            DiskStep::SyncDir { path } => self.tree.find(path).map(|id| (id, self.tree.mark())),
            _ => None,
        };
        let duration = self.draws.duration(&self.latency, span, bytes, &self.faults);
        due.push((now.after_nanos(duration), StepToken { slot, life: self.life }));
    }

    /// A step's time is over: it has its effect. Returns the answer if that was the operation's last.
    pub fn finish_step(&mut self, now: Time, token: StepToken, due: &mut Due) -> Option<Answer> {
        if token.life != self.life {
            return None;
        }
        self.counters.steps += 1;
        let index = token.slot as usize;
        let running = self.running[index].take().expect("a step under way belongs to an operation");
        let step = running.done.len();
        let outcome = self.perform(&running.op.steps[step], running.mark);
        let Running { op, lane, mut done, .. } = running;
        let result = match outcome {
            Err(kind) => Err(DiskError { step, kind }),
            Ok(answer) => {
                done.push(answer);
                if done.len() < op.steps.len() {
                    self.running[index] = Some(Running { op, lane, done, mark: None });
                    self.start_step(now, token.slot, due);
                    return None;
                }
                Ok(done)
            }
        };
        self.free.push(token.slot);
        let state = self.lanes.get_mut(&lane).expect("a lane with something under way");
        state.under_way -= 1;
        if !op.is_sync() {
            assert!(state.blocked, "what is no sync holds back those behind it");
            state.blocked = false;
        }
        self.start_waiting(now, lane, due);
        self.maybe_sweep();
        Some((op, result))
    }

    fn perform(&mut self, step: &DiskStep, mark: Option<(InodeId, u64)>) -> Result<StepDone, DiskErrorKind> {
        match step {
            DiskStep::Read { path, position, length } => self.read(path, *position, *length),
            DiskStep::List { path } => self.tree.list(path).map(StepDone::Listed),
            DiskStep::Write { path, position, data } => self.write(path, *position, data),
            DiskStep::Sync { .. } => self.sync(mark),
            DiskStep::SyncDir { .. } => self.sync_dir(mark),
            _ => {
                if self.draws.write_error.chance(self.faults.write_error) {
                    self.counters.write_errors += 1;
                    return Err(DiskErrorKind::Io);
                }
                self.change_names(step).map(|()| StepDone::Done)
            }
        }
    }

    fn read(
        &mut self,
        path: &klamm_core::disk::Path,
        position: u64,
        length: u64,
    ) -> Result<StepDone, DiskErrorKind> {
        let id = self.tree.find_file(path)?;
        if self.draws.read_error.chance(self.faults.read_error) {
            self.counters.read_errors += 1;
            return Err(DiskErrorKind::Io);
        }
        let file = self.tree.file(id).expect("just found");
        let bytes = file.read(to_usize(position), to_usize(length));
        self.counters.read_errors += u64::from(bytes.is_none());
        bytes.map(StepDone::Read).ok_or(DiskErrorKind::Io)
    }

    fn write(
        &mut self,
        path: &klamm_core::disk::Path,
        position: u64,
        data: &[Bytes],
    ) -> Result<StepDone, DiskErrorKind> {
        let id = self.tree.open_or_create(path)?;
        let whole: usize = data.iter().map(Bytes::len).sum();
        let (mut kept, mut result) = (whole, Ok(StepDone::Done));
        if self.draws.write_error.chance(self.faults.write_error) {
            kept = Draws::part(&mut self.draws.write_error, whole);
            self.counters.write_errors += 1;
            result = Err(DiskErrorKind::Io);
        } else if let Some(free) = &mut self.faults.free_bytes {
            let file = self.tree.file(id).expect("just opened");
            let grows = (position + whole as u64).saturating_sub(file.len() as u64);
            if grows > *free {
                kept = whole - to_usize(grows - *free).min(whole);
                self.counters.no_space += 1;
                result = Err(DiskErrorKind::NoSpace);
            }
            *free = free.saturating_sub(grows);
        }
        if self.draws.misdirect.chance(self.faults.misdirected_write) && self.misdirect(id, data) {
            return result;
        }
        let file = self.tree.file(id).expect("just opened");
        write_parts(file, to_usize(position), data, kept);
        result
    }

    fn sync(&mut self, mark: Option<(InodeId, u64)>) -> Result<StepDone, DiskErrorKind> {
        let (id, mark) = mark.ok_or(DiskErrorKind::NotFound)?;
        let failed = self.draws.sync_error.chance(self.faults.sync_error);
        // A file removed meanwhile was open, and its sync succeeds.
        let Some(file) = self.tree.file(id) else { return Ok(StepDone::Done) };
        if failed {
            self.counters.sync_errors += 1;
            file.fail_sync(mark, &mut self.draws.sync_error);
            return Err(DiskErrorKind::Io);
        }
        file.sync(mark);
        Ok(StepDone::Done)
    }

    fn sync_dir(&mut self, mark: Option<(InodeId, u64)>) -> Result<StepDone, DiskErrorKind> {
        let (id, mark) = mark.ok_or(DiskErrorKind::NotFound)?;
        if self.draws.sync_error.chance(self.faults.sync_error) {
            self.counters.sync_errors += 1;
            return Err(DiskErrorKind::Io);
        }
        self.tree.sync_dir(id, mark);
        Ok(StepDone::Done)
    }

    fn change_names(&mut self, step: &DiskStep) -> Result<(), DiskErrorKind> {
        match step {
            DiskStep::CreateDir { path } => self.tree.create_dir(path),
            DiskStep::Truncate { path, length } => {
                let id = self.tree.find_file(path)?;
                self.tree.file(id).expect("just found").truncate(to_usize(*length));
                Ok(())
            }
            DiskStep::Rename { from, to } => self.tree.rename(from, to),
            DiskStep::Remove { path } => self.tree.remove(path),
            DiskStep::RemoveDir { path } => self.tree.remove_dir(path, usize::MAX).map(|_| ()),
            other => unreachable!("{other:?} does not change names or lengths"),
        }
    }

    fn maybe_sweep(&mut self) {
        if self.tree.len() >= self.sweep_at {
            let held: Vec<InodeId> =
                self.running.iter().flatten().filter_map(|running| Some(running.mark?.0)).collect();
            self.tree.sweep(&held);
            self.sweep_at = (self.tree.len() * 2).max(256);
        }
    }

    /// The process dies: steps under way are done, done in part or not done; nothing more is answered. The
    /// page cache stays.
    pub fn crash(&mut self) {
        for running in core::mem::take(&mut self.running).into_iter().flatten() {
            let step = &running.op.steps[running.done.len()];
            self.break_off(step, running.mark);
        }
        self.running.clear();
        self.free.clear();
        self.lanes.clear();
        self.life += 1;
    }

    fn break_off(&mut self, step: &DiskStep, mark: Option<(InodeId, u64)>) {
        let random = &mut self.draws.crash;
        let happens = random.below(2) == 0;
        match step {
            DiskStep::Read { .. } | DiskStep::List { .. } => {}
            DiskStep::Write { path, position, data } => {
                let whole = data.iter().map(Bytes::len).sum();
                let kept = Draws::part(random, whole);
                if (kept > 0 || happens)
                    && let Ok(id) = self.tree.open_or_create(path)
                {
                    let file = self.tree.file(id).expect("just opened");
                    write_parts(file, to_usize(*position), data, kept);
                }
            }
            DiskStep::RemoveDir { path } => {
                let limit = random.index(8);
                // A missing or odd directory is no news to a process that is dead.
                let _ = self.tree.remove_dir(path, limit);
            }
            DiskStep::Sync { .. } if happens => {
                if let Some((id, mark)) = mark
                    && let Some(file) = self.tree.file(id)
                {
                    file.sync(mark);
                }
            }
            DiskStep::SyncDir { .. } if happens => {
                if let Some((id, mark)) = mark {
                    self.tree.sync_dir(id, mark);
                }
            }
            DiskStep::Sync { .. } | DiskStep::SyncDir { .. } => {}
            other if happens => {
                let _ = self.change_names(other);
            }
            _ => {}
        }
    }

    /// The power goes: the process dies, the page cache is gone, and of what was not synced any legal part
    /// is on the disk.
    pub fn lose_power(&mut self) {
        self.crash();
        let loss = self.tree.lose_power(&mut self.draws.power);
        self.counters.power_losses += 1;
        self.counters.unsynced_losses += u64::from(loss.unsynced);
        self.counters.torn_files += u64::from(loss.torn_files);
        self.counters.names_undone += u64::from(loss.names_undone);
        assert!(!self.tree.is_dirty(), "nothing waits after a power loss");
    }

    /// Gives the disk so many bytes of space from now on, or all it wants.
    pub fn limit_space(&mut self, free_bytes: Option<u64>) {
        self.faults.free_bytes = free_bytes;
    }

    /// Bytes of all files.
    pub fn used_bytes(&self) -> u64 {
        self.tree.used_bytes()
    }
}

/// Writes the first `kept` bytes of a list of parts.
fn write_parts(file: &mut file::File, mut position: usize, data: &[Bytes], mut kept: usize) {
    for part in data {
        let part = part.slice(..part.len().min(kept));
        kept -= part.len();
        let length = part.len();
        file.write(position, part);
        position += length;
    }
}

fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Whichever of a node's files a fault at rest hits.
fn pick_file(tree: &Tree, random: &mut Stream) -> Option<InodeId> {
    let ids = tree.file_ids();
    if ids.is_empty() { None } else { Some(*random.pick(&ids)) }
}
