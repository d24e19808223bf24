//! Files, as the disk executor needs them: positional, blocking, with the syncs spelled out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use bytes::{Buf as _, Bytes};
use klamm_core::disk::DirEntry;
use rustix::fs::FlockOperation;

/// A file system.
pub trait Files: Clone + Send + Sync + 'static {
    /// An open file.
    type File: FileIo;
    /// Held as long as a directory is in use.
    type Lock: Send + Sync + 'static;

    /// Opens a file to read and write, creating it if wanted.
    fn open(&self, path: &Path, create: bool) -> io::Result<Self::File>;
    /// Direct entries, sorted by name.
    fn list(&self, directory: &Path) -> io::Result<Vec<DirEntry>>;
    /// Creates a directory and those above it; fine if it exists.
    fn create_dir_all(&self, directory: &Path) -> io::Result<()>;
    /// Creates a directory; fine if it exists.
    fn create_dir(&self, directory: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with all it holds.
    fn remove_dir_all(&self, directory: &Path) -> io::Result<()>;
    /// Gives a file or directory another name, replacing a file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;
    /// Takes the advisory lock on a file, creating it; `None` if someone else holds it.
    fn lock(&self, path: &Path) -> io::Result<Option<Self::Lock>>;
}

/// An open file, used from several threads.
pub trait FileIo: Send + Sync + 'static {
    /// Up to `length` bytes from `position` on; short only at the end of the file.
    fn read_at(&self, position: u64, length: u64) -> io::Result<Bytes>;
    /// All of `data` back to back. An error may leave a part of it in the file.
    fn write_at(&self, position: u64, data: &[Bytes]) -> io::Result<()>;
    /// Cuts or extends with zeros.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Makes content and length durable.
    fn sync(&self) -> io::Result<()>;
}

/// The system's files.
#[derive(Clone, Copy, Debug)]
pub struct StdFiles;

/// A file of the system.
#[derive(Debug)]
pub struct StdFile(File);

impl Files for StdFiles {
    type File = StdFile;
    type Lock = File;

    fn open(&self, path: &Path, create: bool) -> io::Result<StdFile> {
        OpenOptions::new().read(true).write(true).create(create).truncate(false).open(path).map(StdFile)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            // Nothing of ours has a name that is not text; what else lies there is none of our business.
            let Ok(name) = entry.file_name().into_string() else { continue };
            // A link counts as what it points to: directories of partitions may be moved by hand.
            let Ok(metadata) = fs::metadata(entry.path()) else { continue };
            let length = if metadata.is_dir() { 0 } else { metadata.len() };
            entries.push(DirEntry { name: name.into(), is_dir: metadata.is_dir(), length });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    fn create_dir_all(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)
    }

    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        match fs::create_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
            other => other,
        }
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, directory: &Path) -> io::Result<()> {
        fs::remove_dir_all(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // Two kinds of lock: the first keeps out another server in this process, too; the second is the one
        // that Java takes, so that Kafka and Klamm never share a directory.
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl FileIo for StdFile {
    fn read_at(&self, position: u64, length: u64) -> io::Result<Bytes> {
        // What is promised beyond the end of the file allocates nothing.
        let there = self.0.metadata()?.len().saturating_sub(position).min(length);
        let there = usize::try_from(there).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut content = Vec::with_capacity(there);
        while content.len() < there {
            let at = position + content.len() as u64;
            // The capacity may be more than was asked for; a read past `there` is cut off below.
            match rustix::io::pread(&self.0, rustix::buffer::spare_capacity(&mut content), at) {
                Ok(0) => break,
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        content.truncate(there);
        Ok(content.into())
    }

    fn write_at(&self, mut position: u64, data: &[Bytes]) -> io::Result<()> {
        // One chunk needs no list; many go down in one call as far as the system lets them.
        if let [only] = data {
            return self.0.write_all_at(only, position);
        }
        let mut rest: Vec<&[u8]> =
            data.iter().map(|chunk| &chunk[..]).filter(|chunk| !chunk.is_empty()).collect();
        let mut first = 0;
        while first < rest.len() {
            let slices: Vec<IoSlice<'_>> =
                rest[first..].iter().take(SLICES_MAX).map(|chunk| IoSlice::new(chunk)).collect();
            let mut written = match write_slices(&self.0, &slices, position) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            position += written as u64;
            while first < rest.len() && written >= rest[first].len() {
                written -= rest[first].len();
                first += 1;
            }
            if written > 0 {
                rest[first].advance(written);
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// POSIX lets a system refuse more at once; Linux takes 1024.
const SLICES_MAX: usize = 256;

#[cfg(target_os = "linux")]
fn write_slices(file: &File, slices: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
    Ok(rustix::io::pwritev(file, slices, position)?)
}

#[cfg(not(target_os = "linux"))]
fn write_slices(file: &File, slices: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
    file.write_at(&slices[0], position)
}
