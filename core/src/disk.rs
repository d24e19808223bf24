//! The disk as a peer: operations go out, answers come back, nothing waits in between.
//!
//! An operation is a short list of steps, executed in order; the first step that fails ends it. It is
//! answered once, and the answer repeats the operation, so that whoever issued it recognises it by what
//! it says and not by a counter.
//!
//! **Order.** Operations of one [`Lane`] start in the order they were emitted, each after the one before
//! it has finished, with one exception: an operation made of syncs only ([`DiskOp::is_sync`]) starts in
//! its turn but does not hold back the operations behind it. It covers what was written by operations
//! emitted before it, and promises nothing about later ones. Answers come in the order of emission, those of
//! syncs excepted. Lanes are independent of each other.
//!
//! **Durability.** Only `Sync` makes a file's content and length durable, only `SyncDir` makes the names
//! in a directory durable (creations, renames and removals of its direct entries). A failed sync may have
//! dropped the pages it could not write: it is never retried, the log directory is fenced instead.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use klamm_wire::Str;

use crate::types::{LeaderEpoch, Offset, TopicIdPartition};

/// Index into the configured `log.dirs`.
pub type DirIndex = u16;

/// A file or directory below one log directory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// Which log directory.
    pub dir: DirIndex,
    /// Relative to it, with `/` between components; empty for the log directory itself.
    pub name: Str,
}

impl Path {
    /// The path `name` below log directory `dir`.
    pub fn new(dir: DirIndex, name: impl Into<Str>) -> Self {
        Self { dir, name: name.into() }
    }

    /// The directory that holds this path's name.
    pub fn parent(&self) -> Self {
        Self::new(self.dir, self.name.rsplit_once('/').map_or("", |(parent, _)| parent))
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.dir, self.name)
    }
}

/// What the disk is asked to do, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskOp {
    /// Who asked and why; the answer is routed by it.
    pub owner: Owner,
    /// Executed in order until one fails. Never empty.
    pub steps: Vec<DiskStep>,
}

impl DiskOp {
    /// Whether this operation only makes earlier writes durable, so that later ones need not wait for it.
    pub fn is_sync(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, DiskStep::Sync { .. } | DiskStep::SyncDir { .. }))
    }
}

/// Who issued a disk operation: an address and, below it, the purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The node itself while it starts: `meta.properties`, the clean-shutdown marker, directory listings.
    Boot(BootOp),
    /// Files of a whole log directory written now and then.
    Checkpoint(Checkpoint, DirIndex),
    /// The log of one partition, the metadata log included.
    Log(TopicIdPartition, LogOp),
    /// The metadata quorum's own files.
    Quorum(QuorumOp),
}

impl Owner {
    /// Operations of one lane keep their order.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Boot(_) => Lane::Node,
            Self::Checkpoint(checkpoint, dir) => Lane::Checkpoint(*checkpoint, *dir),
            Self::Log(partition, _) => Lane::Log(*partition),
            Self::Quorum(_) => Lane::Quorum,
        }
    }
}

/// A sequence of operations that keep their order. See the module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Start and stop of the node.
    Node,
    /// One kind of checkpoint of one directory.
    Checkpoint(Checkpoint, DirIndex),
    /// One partition's log.
    Log(TopicIdPartition),
    /// The metadata quorum's own files.
    Quorum,
}

/// The steps of a start and of an orderly stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BootOp {
    /// Lists a log directory.
    List(DirIndex),
    /// Reads the small files of a log directory: `meta.properties`, checkpoints, the marker.
    ReadFiles(DirIndex),
    /// Writes `meta.properties` into a new directory.
    Format(DirIndex),
    /// Removes the clean-shutdown marker before any log is loaded.
    RemoveMarker(DirIndex),
    /// Writes the clean-shutdown marker: the last act of an orderly stop.
    WriteMarker(DirIndex),
    /// Writes which life of the broker the directory belongs to.
    WriteEpoch(DirIndex),
    /// Gives logs that belong to no partition any more another name.
    RemoveStray(DirIndex),
}

/// Text files that hold one number per partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checkpoint {
    /// `recovery-point-offset-checkpoint`: below it everything is synced.
    RecoveryPoint,
    /// `log-start-offset-checkpoint`: first offset a client may read.
    LogStartOffset,
    /// `replication-offset-checkpoint`: high watermarks.
    HighWatermark,
}

/// Why a log touches the disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogOp {
    /// Creates the partition's directory with `partition.metadata`.
    Create,
    /// A step of loading or recovery; the machine that loads knows which comes next.
    Load,
    /// Appended batches up to `end` (exclusive).
    Append {
        /// Log end offset once this is written.
        end: Offset,
    },
    /// Makes everything below `end` durable.
    Sync {
        /// Exclusive.
        end: Offset,
    },
    /// Closes the segment that ends at `end`: final index files, producer snapshot.
    Roll {
        /// Base offset of the new segment.
        end: Offset,
    },
    /// Writes `leader-epoch-checkpoint`.
    LeaderEpochs {
        /// The newest epoch in it.
        epoch: LeaderEpoch,
    },
    /// Reads records that are not in memory any more.
    Read {
        /// First offset wanted.
        offset: Offset,
        /// Upper bound of the answer in bytes, one whole batch always allowed.
        max_bytes: u32,
    },
    /// Loads the index pages of the segment with this base offset.
    ReadIndex {
        /// Base offset of the segment.
        base: Offset,
    },
    /// Cuts the log's end back to `end`.
    Truncate {
        /// New log end offset.
        end: Offset,
    },
    /// Removes segments below `start`.
    DeleteBefore {
        /// First offset that stays.
        start: Offset,
    },
    /// Writes what an orderly stop leaves behind.
    Close,
    /// Removes the whole partition.
    Delete,
}

/// Files of the metadata quorum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuorumOp {
    /// Reads `quorum-state` and finds the snapshots.
    Load,
    /// Replaces `quorum-state`: epoch and vote must be durable before they take effect.
    State {
        /// The epoch written.
        epoch: LeaderEpoch,
    },
    /// Writes a snapshot that covers the metadata log below `end`.
    Snapshot {
        /// Exclusive.
        end: Offset,
        /// Epoch of `end - 1`.
        epoch: LeaderEpoch,
    },
    /// Reads a part of a snapshot for a follower.
    ReadSnapshot {
        /// Exclusive.
        end: Offset,
        /// Epoch of `end - 1`.
        epoch: LeaderEpoch,
        /// First byte.
        position: u64,
        /// Bytes.
        length: u64,
    },
    /// Writes a part of a snapshot that is fetched from the leader.
    ReceiveSnapshot {
        /// Exclusive.
        end: Offset,
        /// Epoch of `end - 1`.
        epoch: LeaderEpoch,
        /// First byte.
        position: u64,
    },
    /// Writes the last part of a fetched snapshot and gives the file its name.
    InstallSnapshot {
        /// Exclusive.
        end: Offset,
        /// Epoch of `end - 1`.
        epoch: LeaderEpoch,
    },
    /// Removes what was fetched of a snapshot that is not wanted any more.
    RemovePart {
        /// Exclusive.
        end: Offset,
        /// Epoch of `end - 1`.
        epoch: LeaderEpoch,
    },
    /// Removes snapshots that a newer one has replaced.
    RemoveSnapshots {
        /// Snapshots below this offset go.
        below: Offset,
    },
}

/// One primitive of the file system. Paths never leave their log directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskStep {
    /// Lists the direct entries of a directory, sorted by name. Answer: [`StepDone::Listed`].
    List {
        /// The directory.
        path: Path,
    },
    /// Creates a directory; fine if it exists.
    CreateDir {
        /// The directory; its parent exists.
        path: Path,
    },
    /// Reads up to `length` bytes; short only at the end of the file. Answer: [`StepDone::Read`].
    Read {
        /// The file; `NotFound` if it does not exist.
        path: Path,
        /// First byte.
        position: u64,
        /// Upper bound; `u64::MAX` reads to the end.
        length: u64,
    },
    /// Writes at a position, creating or extending the file. A gap reads as zeros.
    Write {
        /// The file.
        path: Path,
        /// First byte.
        position: u64,
        /// Written back to back.
        data: Vec<Bytes>,
    },
    /// Cuts or extends (with zeros) the file to a length.
    Truncate {
        /// The file.
        path: Path,
        /// New length in bytes.
        length: u64,
    },
    /// Makes content and length durable.
    Sync {
        /// The file.
        path: Path,
    },
    /// Makes the names in a directory durable.
    SyncDir {
        /// The directory.
        path: Path,
    },
    /// Gives a file or directory another name in one step, replacing a file of that name.
    Rename {
        /// Old name.
        from: Path,
        /// New name.
        to: Path,
    },
    /// Removes a file; fine if it does not exist.
    Remove {
        /// The file.
        path: Path,
    },
    /// Removes a directory with all it holds; fine if it does not exist.
    RemoveDir {
        /// The directory.
        path: Path,
    },
}

impl DiskStep {
    /// The steps that put `data` under `path` so that a crash leaves the old or the new file, never a mix:
    /// temporary file, sync, rename, sync of the directory.
    pub fn replace(path: &Path, data: Vec<Bytes>) -> Vec<Self> {
        let temporary = Path::new(path.dir, Arc::from(alloc::format!("{}.tmp", path.name)));
        alloc::vec![
            Self::Remove { path: temporary.clone() },
            Self::Write { path: temporary.clone(), position: 0, data },
            Self::Sync { path: temporary.clone() },
            Self::Rename { from: temporary, to: path.clone() },
            Self::SyncDir { path: path.parent() },
        ]
    }
}

/// The answers of an operation's steps, one each.
pub type DiskDone = Vec<StepDone>;

/// The answer of one step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepDone {
    /// It has happened.
    Done,
    /// The bytes read.
    Read(Bytes),
    /// The entries of a directory, sorted by name.
    Listed(Vec<DirEntry>),
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirEntry {
    /// Without the directory.
    pub name: Str,
    /// Whether it is a directory itself.
    pub is_dir: bool,
    /// Bytes, for a file.
    pub length: u64,
}

/// Which step failed, and how. The steps behind it were not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskError {
    /// Index into the operation's steps.
    pub step: usize,
    /// What the disk said.
    pub kind: DiskErrorKind,
}

/// What a disk can say no with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskErrorKind {
    /// No such file or directory.
    NotFound,
    /// No space left. Part of a write may be on the file.
    NoSpace,
    /// Not allowed, or a read-only file system.
    PermissionDenied,
    /// Input/output error: the content of what was touched is unknown.
    Io,
}
