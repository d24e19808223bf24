//! The files beside a metadata log, over a disk that forgets what was not synced.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::disk::{DirEntry, DiskDone, DiskError, DiskErrorKind, DiskOp, DiskStep, Path, StepDone};
use crate::rng::Rng;

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

/// One directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    files: Vec<File>,
}

fn name(path: &Path) -> String {
    path.name.rsplit('/').next().expect("a name").into()
}

impl Files {
    /// A file that is there from the beginning.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) {
        self.files.push(File { bytes: content.to_vec(), synced: content.to_vec() });
        self.names.insert(name.into(), self.files.len() - 1);
        self.durable_names = self.names.clone();
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    pub(super) fn content(&self, name: &str) -> Option<Bytes> {
        self.names.get(name).map(|file| Bytes::copy_from_slice(&self.files[*file].bytes))
    }

    pub(super) fn run(&mut self, op: &DiskOp) -> Result<DiskDone, DiskError> {
        let steps = op.steps.iter().enumerate();
        steps.map(|(step, what)| self.step(what).map_err(|kind| DiskError { step, kind })).collect()
    }

    fn find(&self, path: &Path) -> Result<usize, DiskErrorKind> {
        self.names.get(&name(path)).copied().ok_or(DiskErrorKind::NotFound)
    }

    fn step(&mut self, step: &DiskStep) -> Result<StepDone, DiskErrorKind> {
        match step {
            DiskStep::List { .. } => {
                let entry = |(name, file): (&String, &usize)| DirEntry {
                    name: name.as_str().into(),
                    is_dir: false,
                    length: self.files[*file].bytes.len() as u64,
                };
                return Ok(StepDone::Listed(self.names.iter().map(entry).collect()));
            }
            DiskStep::Read { path, position, length } => {
                let bytes = &self.files[self.find(path)?].bytes;
                let start = usize::try_from(*position).expect("small").min(bytes.len());
                let length = usize::try_from(*length).unwrap_or(usize::MAX);
                let end = start.saturating_add(length).min(bytes.len());
                return Ok(StepDone::Read(Bytes::copy_from_slice(&bytes[start..end])));
            }
            DiskStep::Write { path, position, data } => {
                let file = self.find(path).unwrap_or_else(|_| {
                    self.files.push(File::default());
                    self.names.insert(name(path), self.files.len() - 1);
                    self.files.len() - 1
                });
                let (bytes, data) = (&mut self.files[file].bytes, data.concat());
                let start = usize::try_from(*position).expect("small");
                bytes.resize(bytes.len().max(start + data.len()), 0);
                bytes[start..start + data.len()].copy_from_slice(&data);
            }
            DiskStep::Sync { path } => {
                let index = self.find(path)?;
                let file = &mut self.files[index];
                file.synced = file.bytes.clone();
            }
            DiskStep::SyncDir { .. } => self.durable_names = self.names.clone(),
            DiskStep::Rename { from, to } => {
                let file = self.names.remove(&name(from)).ok_or(DiskErrorKind::NotFound)?;
                self.names.insert(name(to), file);
            }
            DiskStep::Remove { path } => drop(self.names.remove(&name(path))),
            other => unreachable!("the quorum does not {other:?}"),
        }
        Ok(StepDone::Done)
    }

    /// The power is lost: unsynced contents are gone, unsynced names are, or are not.
    pub(super) fn lose_power(&mut self, rng: &mut Rng) {
        for file in &mut self.files {
            file.bytes = file.synced.clone();
        }
        if rng.below(2) == 0 {
            self.names = self.durable_names.clone();
        } else {
            self.durable_names = self.names.clone();
        }
    }
}
