//! How long a disk takes, and how it fails while it runs.

use crate::random::{MILLION, Stream};

/// Nanoseconds from the shortest to the longest case; every doubling is equally likely.
pub type Span = (u64, u64);

/// How long each kind of step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Reading, without the bytes.
    pub read: Span,
    /// Writing into the page cache, without the bytes.
    pub write: Span,
    /// Making a file or directory durable.
    pub sync: Span,
    /// Everything about names, and truncation.
    pub name: Span,
    /// Added for every KiB read or written.
    pub per_kib: u64,
}

impl Default for Latency {
    /// A solid-state disk behind a file system.
    fn default() -> Self {
        Self {
            read: (2_000, 150_000),
            write: (2_000, 60_000),
            sync: (100_000, 4_000_000),
            name: (2_000, 40_000),
            per_kib: 500,
        }
    }
}

/// How a disk fails while it runs. Chances are parts per million and step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFaults {
    /// A read says EIO.
    pub read_error: u32,
    /// A write, truncation or change of names says EIO; a write may have been done in part.
    pub write_error: u32,
    /// A sync says EIO, and the pages it could not write count as clean from then on.
    pub sync_error: u32,
    /// A write lands in another place and says that all is well.
    pub misdirected_write: u32,
    /// Bytes the disk still takes; then writes are done in part and say that there is no space.
    pub free_bytes: Option<u64>,
    /// A step takes as long as `stall` says.
    pub stall_chance: u32,
    /// How long a stalled step takes.
    pub stall: Span,
    /// Every step takes so many times as long.
    pub slowdown: u32,
}

impl Default for DiskFaults {
    fn default() -> Self {
        Self {
            read_error: 0,
            write_error: 0,
            sync_error: 0,
            misdirected_write: 0,
            free_bytes: None,
            stall_chance: 0,
            stall: (10_000_000, 3_000_000_000),
            slowdown: 1,
        }
    }
}

/// What a disk draws, apart by purpose.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    pub(super) latency: Stream,
    pub(super) read_error: Stream,
    pub(super) write_error: Stream,
    pub(super) sync_error: Stream,
    pub(super) misdirect: Stream,
    pub(super) stall: Stream,
    pub(super) crash: Stream,
    pub(super) power: Stream,
    pub(super) rest: Stream,
}

impl Draws {
    pub(super) fn new(seed: u64, node: u64) -> Self {
        let stream = |name| Stream::numbered(seed, name, node);
        Self {
            latency: stream("disk latency"),
            read_error: stream("disk read error"),
            write_error: stream("disk write error"),
            sync_error: stream("disk sync error"),
            misdirect: stream("disk misdirected write"),
            stall: stream("disk stall"),
            crash: stream("disk crash"),
            power: stream("disk power loss"),
            rest: stream("disk at rest"),
        }
    }

    /// How long a step takes that needs `span` for itself and moves so many bytes.
    pub(super) fn duration(&mut self, latency: &Latency, span: Span, bytes: u64, faults: &DiskFaults) -> u64 {
        assert!(faults.slowdown > 0, "a disk that takes no time at all");
        let base = self.latency.scaled(span.0.max(1), span.1.max(1)) + bytes * latency.per_kib / 1024;
        let stalled = if self.stall.chance(faults.stall_chance) {
            self.stall.scaled(faults.stall.0, faults.stall.1)
        } else {
            0
        };
        base * u64::from(faults.slowdown) + stalled
    }

    /// How much of something is done before it breaks off: all, nothing or anything between.
    pub(super) fn part(random: &mut Stream, whole: usize) -> usize {
        match random.below(3) {
            0 => 0,
            1 if random.chance(MILLION / 2) => whole,
            _ => random.index(whole + 1),
        }
    }
}

/// What has happened on a disk so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounters {
    /// Power losses.
    pub power_losses: u64,
    /// Power losses while something was not synced.
    pub unsynced_losses: u64,
    /// Files that showed a state they never had after a power loss.
    pub torn_files: u64,
    /// Creations, renames and removals undone by a power loss.
    pub names_undone: u64,
    /// Reads that failed on purpose, bad sectors included.
    pub read_errors: u64,
    /// Writes and changes of names that failed on purpose.
    pub write_errors: u64,
    /// Syncs that failed on purpose.
    pub sync_errors: u64,
    /// Writes refused for lack of space.
    pub no_space: u64,
    /// Writes that went astray.
    pub misdirected: u64,
    /// Bits that rotted, sectors that became unreadable, disks that were wiped or rolled back.
    pub damaged_at_rest: u64,
    /// Steps executed.
    pub steps: u64,
}
