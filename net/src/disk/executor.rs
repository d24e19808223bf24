//! Performing operations: from paths of the core to files of the platform.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use klamm_core::disk::{DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Path, StepDone};

use super::open_files::OpenFiles;
use crate::platform::{FileIo, Files};

/// The log directories and the files open in them. Shared by all threads that touch the disk.
#[derive(Debug)]
pub(super) struct Executor<F: Files> {
    files: F,
    directories: Vec<PathBuf>,
    open: Mutex<OpenFiles<F::File>>,
}

/// What a sync needs once later operations may run beside it: names may change, so files are opened first.
pub(super) type SyncTargets<F> = Vec<io::Result<SyncTarget<F>>>;

/// A file or directory to be made durable.
pub(super) enum SyncTarget<F: Files> {
    File(Arc<F::File>),
    Directory(PathBuf),
}

impl<F: Files> Executor<F> {
    pub(super) fn new(files: F, directories: Vec<PathBuf>, open_files: usize) -> Self {
        Self { files, directories, open: Mutex::new(OpenFiles::new(open_files)) }
    }

    /// Executes the steps in order until one fails.
    pub(super) fn perform(&self, op: &DiskOp) -> Result<DiskDone, DiskError> {
        in_order(op, |_, step| self.perform_step(step))
    }

    /// Finds what a sync is about, before later operations can give it another name.
    pub(super) fn prepare_sync(&self, op: &DiskOp) -> SyncTargets<F> {
        assert!(op.is_sync(), "only syncs overlap with what follows");
        let target = |step: &DiskStep| match step {
            DiskStep::Sync { path } => self.file(path, false).map(SyncTarget::File),
            DiskStep::SyncDir { path } => Ok(SyncTarget::Directory(self.resolve(path))),
            other => unreachable!("{other:?} is no sync"),
        };
        op.steps.iter().map(target).collect()
    }

    /// The sync itself. A failure is reported, never tried again: the pages may be gone.
    pub(super) fn perform_sync(&self, op: &DiskOp, targets: SyncTargets<F>) -> Result<DiskDone, DiskError> {
        assert_eq!(op.steps.len(), targets.len(), "one target for each step");
        let mut targets = targets.into_iter();
        in_order(op, |_, _| {
            match targets.next().expect("one target for each step")? {
                SyncTarget::File(file) => file.sync()?,
                SyncTarget::Directory(directory) => self.files.sync_dir(&directory)?,
            }
            Ok(StepDone::Done)
        })
    }

    fn perform_step(&self, step: &DiskStep) -> io::Result<StepDone> {
        match step {
            DiskStep::List { path } => self.files.list(&self.resolve(path)).map(StepDone::Listed),
            DiskStep::Read { path, position, length } => {
                self.file(path, false)?.read_at(*position, *length).map(StepDone::Read)
            }
            other => self.change(other).map(|()| StepDone::Done),
        }
    }

    fn change(&self, step: &DiskStep) -> io::Result<()> {
        match step {
            DiskStep::CreateDir { path } => self.files.create_dir(&self.resolve(path)),
            DiskStep::Write { path, position, data } => self.file(path, true)?.write_at(*position, data),
            DiskStep::Truncate { path, length } => self.file(path, false)?.set_len(*length),
            DiskStep::Sync { path } => self.file(path, false)?.sync(),
            DiskStep::SyncDir { path } => self.files.sync_dir(&self.resolve(path)),
            DiskStep::Rename { from, to } => {
                self.forget(from);
                self.forget(to);
                self.files.rename(&self.resolve(from), &self.resolve(to))
            }
            DiskStep::Remove { path } => {
                self.forget(path);
                fine_if_missing(self.files.remove_file(&self.resolve(path)))
            }
            DiskStep::RemoveDir { path } => {
                assert!(!path.name.is_empty(), "a log directory itself is never removed");
                self.forget(path);
                fine_if_missing(self.files.remove_dir_all(&self.resolve(path)))
            }
            DiskStep::List { .. } | DiskStep::Read { .. } => unreachable!("{step:?} changes nothing"),
        }
    }

    fn file(&self, path: &Path, create: bool) -> io::Result<Arc<F::File>> {
        let mut open = self.lock();
        if let Some(file) = open.find(path) {
            return Ok(file);
        }
        // Opened under the lock: two threads that want the same file get the same handle.
        let file = self.files.open(&self.resolve(path), create)?;
        Ok(open.insert(path, file))
    }

    fn forget(&self, path: &Path) {
        let mut open = self.lock();
        open.forget(path);
        open.forget_below(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, OpenFiles<F::File>> {
        self.open.lock().expect("no thread panics while it holds the table of open files")
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        let directory = self.directories.get(usize::from(path.dir)).expect("the core knows its directories");
        if path.name.is_empty() {
            return directory.clone();
        }
        let legal = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        assert!(path.name.split('/').all(legal), "{path:?} leaves its log directory");
        directory.join(&*path.name)
    }
}

fn in_order(
    op: &DiskOp,
    mut perform: impl FnMut(usize, &DiskStep) -> io::Result<StepDone>,
) -> Result<DiskDone, DiskError> {
    let mut done = Vec::with_capacity(op.steps.len());
    for (index, step) in op.steps.iter().enumerate() {
        match perform(index, step) {
            Ok(answer) => done.push(answer),
            Err(error) => {
                let kind = kind_of(&error);
                log_failure(op, index, kind, &error);
                return Err(DiskError { step: index, kind });
            }
        }
    }
    Ok(done)
}

fn log_failure(op: &DiskOp, index: usize, kind: DiskErrorKind, error: &io::Error) {
    let (owner, step) = (&op.owner, Brief(&op.steps[index]));
    if kind == DiskErrorKind::NotFound {
        // A first start asks for files that do not exist yet.
        tracing::debug!(?owner, ?step, %error, "not on the disk");
    } else {
        tracing::error!(?owner, ?step, %error, "the disk refused");
    }
}

/// A step without the data it writes.
struct Brief<'a>(&'a DiskStep);

impl std::fmt::Debug for Brief<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            DiskStep::Write { path, position, data } => {
                let bytes: usize = data.iter().map(bytes::Bytes::len).sum();
                write!(f, "Write {{ path: {path:?}, position: {position}, bytes: {bytes} }}")
            }
            other => other.fmt(f),
        }
    }
}

fn fine_if_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What the core distinguishes.
pub(crate) fn kind_of(error: &io::Error) -> DiskErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => DiskErrorKind::NotFound,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DiskErrorKind::NoSpace,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            DiskErrorKind::PermissionDenied
        }
        _ => DiskErrorKind::Io,
    }
}
