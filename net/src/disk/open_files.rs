//! Open files, the least recently used closed first.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use klamm_core::disk::Path;

/// Open files by path. Whoever uses one holds it; closing here only forgets it.
#[derive(Debug)]
pub(super) struct OpenFiles<F> {
    limit: usize,
    files: BTreeMap<Path, (Arc<F>, u64)>,
    by_use: BTreeMap<u64, Path>,
    uses: u64,
}

impl<F> OpenFiles<F> {
    pub(super) fn new(limit: usize) -> Self {
        assert!(limit > 0, "a file is open while it is used");
        Self { limit, files: BTreeMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }

    /// A file that is open.
    pub(super) fn find(&mut self, path: &Path) -> Option<Arc<F>> {
        let (file, used) = self.files.get_mut(path)?;
        // The file used last stays where it is: appends to one log come in runs.
        if *used != self.uses {
            let path = self.by_use.remove(used).expect("both tables hold the same files");
            self.uses += 1;
            *used = self.uses;
            self.by_use.insert(self.uses, path);
        }
        Some(file.clone())
    }

    /// Keeps a file open that was opened just now.
    pub(super) fn insert(&mut self, path: &Path, file: F) -> Arc<F> {
        self.forget(path);
        if self.files.len() == self.limit {
            let (_, oldest) = self.by_use.pop_first().expect("the limit is above zero");
            self.files.remove(&oldest).expect("both tables hold the same files");
        }
        let file = Arc::new(file);
        self.uses += 1;
        self.files.insert(path.clone(), (file.clone(), self.uses));
        self.by_use.insert(self.uses, path.clone());
        assert_eq!(self.files.len(), self.by_use.len(), "both tables hold the same files");
        file
    }

    /// Closes a file whose name is changed or removed.
    pub(super) fn forget(&mut self, path: &Path) {
        if let Some((_, used)) = self.files.remove(path) {
            self.by_use.remove(&used).expect("both tables hold the same files");
        }
    }

    /// Closes all files below a directory whose name is changed or removed.
    pub(super) fn forget_below(&mut self, directory: &Path) {
        let prefix = format!("{}/", directory.name);
        let from = Path::new(directory.dir, &*prefix);
        let below: Vec<Path> = self
            .files
            .range((Bound::Included(from), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(|path| path.dir == directory.dir && path.name.starts_with(&prefix))
            .cloned()
            .collect();
        for path in below {
            self.forget(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &OpenFiles<u8>) -> Vec<&str> {
        files.files.keys().map(|path| &*path.name).collect()
    }

    /// Goal: the number of open files is bounded, and those in use stay.
    #[test]
    fn the_file_not_used_for_longest_is_closed_first() {
        let path = |name: &str| Path::new(0, name);
        let mut files = OpenFiles::new(2);
        files.insert(&path("a"), 1);
        files.insert(&path("b"), 2);
        assert_eq!(files.find(&path("a")).as_deref(), Some(&1));
        files.insert(&path("c"), 3);
        assert_eq!(names(&files), ["a", "c"]);
        assert_eq!(files.find(&path("b")), None);
    }

    /// Goal: after a directory was renamed or removed, no old handle below it is used for its old names,
    /// and directories with similar names are left alone.
    #[test]
    fn a_directory_takes_its_files_along() {
        let mut files = OpenFiles::new(9);
        for name in ["t-1/0.log", "t-1/0.index", "t-1.log", "t-10/0.log", "t-/x"] {
            files.insert(&Path::new(0, name), 0);
        }
        files.insert(&Path::new(1, "t-1/0.log"), 0);
        files.forget_below(&Path::new(0, "t-1"));
        assert_eq!(names(&files), ["t-/x", "t-1.log", "t-10/0.log", "t-1/0.log"]);
        assert!(files.find(&Path::new(1, "t-1/0.log")).is_some());
    }
}
