//! Files and directories by name, with names that have a durability of their own.
//!
//! A directory has the entries the running system sees and the entries the disk holds. What lies between
//! (creations, renames, removals) becomes durable by a sync of the directory and by nothing else; a power
//! loss keeps any part of it in which each name has lived through a prefix of its changes. A rename is one
//! step, but for one thing: a file's old name may outlive the power loss together with the new one.

use std::collections::{BTreeMap, BTreeSet};

use klamm_core::disk::{DirEntry, DirIndex, DiskErrorKind, Path};
use klamm_wire::Str;

use super::file::{File, Loss};
use crate::random::Stream;

/// Names a file or directory whatever it is called.
pub(crate) type InodeId = usize;

#[derive(Clone, Debug)]
enum Inode {
    File(File),
    Dir(Directory),
}

#[derive(Clone, Debug, Default)]
struct Directory {
    cached: BTreeMap<Str, InodeId>,
    durable: BTreeMap<Str, InodeId>,
}

/// One entry's place: the directory and the name in it.
type Place = (InodeId, Str);

#[derive(Clone, Debug)]
enum NameChange {
    Link { place: Place, inode: InodeId },
    Unlink { place: Place },
    Rename { from: Place, to: Place, inode: InodeId, is_file: bool },
}

impl NameChange {
    fn touches(&self, matches: impl Fn(&Place) -> bool) -> bool {
        match self {
            Self::Link { place, .. } | Self::Unlink { place } => matches(place),
            Self::Rename { from, to, .. } => matches(from) || matches(to),
        }
    }

    /// What gets a name.
    fn inode(&self) -> Option<InodeId> {
        match self {
            Self::Link { inode, .. } | Self::Rename { inode, .. } => Some(*inode),
            Self::Unlink { .. } => None,
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        let (first, second) = match self {
            Self::Link { place, .. } | Self::Unlink { place } => (place, None),
            Self::Rename { from, to, .. } => (from, Some(to)),
        };
        core::iter::once(first).chain(second)
    }
}

/// What a power loss did to a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TreeLoss {
    /// Something was not durable.
    pub(crate) unsynced: bool,
    /// Files that show a state they never had.
    pub(crate) torn_files: u32,
    /// Changes of names that did not survive.
    pub(crate) names_undone: u32,
}

/// The file systems of one node's log directories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    inodes: Vec<Option<Inode>>,
    free: Vec<InodeId>,
    roots: BTreeMap<DirIndex, InodeId>,
    changes: Vec<(u64, NameChange)>,
    sequence: u64,
}

impl Tree {
    /// Empty log directories.
    pub(crate) fn new(dirs: DirIndex) -> Self {
        let mut tree = Self::default();
        for dir in 0..dirs {
            let root = tree.add(Inode::Dir(Directory::default()));
            tree.roots.insert(dir, root);
        }
        tree
    }

    fn add(&mut self, inode: Inode) -> InodeId {
        match self.free.pop() {
            Some(id) => {
                self.inodes[id] = Some(inode);
                id
            }
            None => {
                self.inodes.push(Some(inode));
                self.inodes.len() - 1
            }
        }
    }

    fn dir(&self, id: InodeId) -> Option<&Directory> {
        match self.inodes[id].as_ref()? {
            Inode::Dir(directory) => Some(directory),
            Inode::File(_) => None,
        }
    }

    fn dir_mut(&mut self, id: InodeId) -> &mut Directory {
        match self.inodes[id].as_mut() {
            Some(Inode::Dir(directory)) => directory,
            _ => panic!("inode {id} is a directory"),
        }
    }

    /// The file behind an inode that was looked up before; `None` if it is gone or a directory.
    pub(crate) fn file(&mut self, id: InodeId) -> Option<&mut File> {
        match self.inodes.get_mut(id)?.as_mut()? {
            Inode::File(file) => Some(file),
            Inode::Dir(_) => None,
        }
    }

    /// The inode of a path.
    pub(crate) fn find(&self, path: &Path) -> Option<InodeId> {
        let root = *self.roots.get(&path.dir)?;
        if path.name.is_empty() {
            return Some(root);
        }
        path.name.split('/').try_fold(root, |dir, name| self.dir(dir)?.cached.get(name).copied())
    }

    /// The inode of a file.
    pub(crate) fn find_file(&mut self, path: &Path) -> Result<InodeId, DiskErrorKind> {
        let id = self.find(path).ok_or(DiskErrorKind::NotFound)?;
        self.file(id).map(|_| id).ok_or(DiskErrorKind::Io)
    }

    /// The inode of a directory.
    pub(crate) fn find_dir(&self, path: &Path) -> Result<InodeId, DiskErrorKind> {
        let id = self.find(path).ok_or(DiskErrorKind::NotFound)?;
        self.dir(id).map(|_| id).ok_or(DiskErrorKind::Io)
    }

    fn place(&self, path: &Path) -> Result<Place, DiskErrorKind> {
        let dir = self.find_dir(&path.parent())?;
        let name = path.name.rsplit_once('/').map_or(&*path.name, |(_, name)| name);
        if name.is_empty() { Err(DiskErrorKind::PermissionDenied) } else { Ok((dir, name.into())) }
    }

    fn change(&mut self, change: NameChange) {
        self.apply(&change, false);
        self.changes.push((self.sequence, change));
        self.sequence += 1;
    }

    fn apply(&mut self, change: &NameChange, durable: bool) {
        let mut entries = |dir: InodeId, name: &Str, inode: Option<InodeId>| {
            let directory = self.dir_mut(dir);
            let map = if durable { &mut directory.durable } else { &mut directory.cached };
            match inode {
                Some(inode) => map.insert(name.clone(), inode),
                None => map.remove(name),
            };
        };
        match change {
            NameChange::Link { place: (dir, name), inode } => entries(*dir, name, Some(*inode)),
            NameChange::Unlink { place: (dir, name) } => entries(*dir, name, None),
            NameChange::Rename { from, to, inode, .. } => {
                entries(from.0, &from.1, None);
                entries(to.0, &to.1, Some(*inode));
            }
        }
    }

    /// The file of that name, created if there is none.
    pub(crate) fn open_or_create(&mut self, path: &Path) -> Result<InodeId, DiskErrorKind> {
        if self.find(path).is_some() {
            return self.find_file(path);
        }
        let place = self.place(path)?;
        let inode = self.add(Inode::File(File::default()));
        self.change(NameChange::Link { place, inode });
        Ok(inode)
    }

    /// Creates a directory unless there is one of that name.
    pub(crate) fn create_dir(&mut self, path: &Path) -> Result<(), DiskErrorKind> {
        if self.find(path).is_some() {
            return self.find_dir(path).map(|_| ());
        }
        let place = self.place(path)?;
        let inode = self.add(Inode::Dir(Directory::default()));
        self.change(NameChange::Link { place, inode });
        Ok(())
    }

    /// Renames a file or directory, replacing a file of the new name.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), DiskErrorKind> {
        let inode = self.find(from).ok_or(DiskErrorKind::NotFound)?;
        let (from, to) = (self.place(from)?, self.place(to)?);
        let is_file = self.file(inode).is_some();
        let replaced = self.dir(to.0).and_then(|dir| dir.cached.get(&to.1)).copied();
        match replaced {
            Some(replaced) if replaced == inode => return Ok(()),
            Some(replaced) if !is_file || self.file(replaced).is_none() => return Err(DiskErrorKind::Io),
            _ => {}
        }
        self.change(NameChange::Rename { from, to, inode, is_file });
        Ok(())
    }

    /// Removes a file's name; nothing happens if there is none.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), DiskErrorKind> {
        match self.find(path) {
            None => Ok(()),
            Some(_) => {
                self.find_file(path)?;
                let place = self.place(path)?;
                self.change(NameChange::Unlink { place });
                Ok(())
            }
        }
    }

    /// Removes a directory and what it holds, innermost names first, at most `limit` names. Returns whether
    /// all of it is gone.
    pub(crate) fn remove_dir(&mut self, path: &Path, limit: usize) -> Result<bool, DiskErrorKind> {
        if self.find(path).is_none() {
            return Ok(true);
        }
        let root = self.find_dir(path)?;
        let mut places = Vec::new();
        self.collect_below(root, &mut places);
        places.push(self.place(path)?);
        let all = places.len() <= limit;
        for place in places.into_iter().take(limit) {
            self.change(NameChange::Unlink { place });
        }
        Ok(all)
    }

    fn collect_below(&self, dir: InodeId, places: &mut Vec<Place>) {
        for (name, inode) in self.dir(dir).into_iter().flat_map(|dir| &dir.cached) {
            if self.dir(*inode).is_some() {
                self.collect_below(*inode, places);
            }
            places.push((dir, name.clone()));
        }
    }

    /// The entries of a directory, sorted by name.
    pub(crate) fn list(&self, path: &Path) -> Result<Vec<DirEntry>, DiskErrorKind> {
        let id = self.find_dir(path)?;
        let directory = self.dir(id).expect("just found");
        let entry = |(name, inode): (&Str, &InodeId)| {
            let (is_dir, length) = match self.inodes[*inode].as_ref().expect("an entry names an inode") {
                Inode::File(file) => (false, file.len() as u64),
                Inode::Dir(_) => (true, 0),
            };
            DirEntry { name: name.clone(), is_dir, length }
        };
        Ok(directory.cached.iter().map(entry).collect())
    }

    /// What a sync of names that starts now will cover.
    pub(crate) fn mark(&self) -> u64 {
        self.sequence
    }

    /// Makes the changes of names in `dir` before `mark` durable, with those elsewhere they build upon.
    pub(crate) fn sync_dir(&mut self, dir: InodeId, mark: u64) {
        let mut needed: BTreeSet<Place> = BTreeSet::new();
        let mut chosen = vec![false; self.changes.len()];
        for (index, (sequence, change)) in self.changes.iter().enumerate().rev() {
            if *sequence < mark && change.touches(|place| place.0 == dir || needed.contains(place)) {
                chosen[index] = true;
                needed.extend(change.places().cloned());
            }
        }
        let mut rest = Vec::new();
        for ((sequence, change), chosen) in core::mem::take(&mut self.changes).into_iter().zip(chosen) {
            if chosen {
                self.apply(&change, true);
            } else {
                rest.push((sequence, change));
            }
        }
        self.changes = rest;
    }

    /// Whether something would be at stake if the power went now.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.changes.is_empty() || self.files().any(|(_, file)| file.is_dirty())
    }

    fn files(&self) -> impl Iterator<Item = (InodeId, &File)> {
        self.inodes.iter().enumerate().filter_map(|(id, inode)| match inode {
            Some(Inode::File(file)) => Some((id, file)),
            _ => None,
        })
    }

    /// The files with names that end so in the directory of that name below a log directory, by name.
    pub(crate) fn files_in(&self, directory: &str, suffix: &str) -> impl Iterator<Item = &File> {
        let inside = |root: &InodeId| self.dir(*root)?.cached.get(directory).and_then(|id| self.dir(*id));
        let entries = self.roots.values().filter_map(inside).flat_map(|dir| &dir.cached);
        entries.filter(move |(name, _)| name.ends_with(suffix)).filter_map(|(_, id)| {
            match self.inodes[*id].as_ref()? {
                Inode::File(file) => Some(file),
                Inode::Dir(_) => None,
            }
        })
    }

    /// The files that exist, whatever they are called.
    pub(crate) fn file_ids(&self) -> Vec<InodeId> {
        self.files().map(|(id, _)| id).collect()
    }

    /// How many log directories there are.
    pub(crate) fn dir_count(&self) -> DirIndex {
        DirIndex::try_from(self.roots.len()).expect("made from a DirIndex")
    }

    /// How many inodes there are, those included that nothing leads to any more.
    pub(crate) fn len(&self) -> usize {
        self.inodes.len() - self.free.len()
    }

    /// Bytes of all files.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.files().map(|(_, file)| file.len() as u64).sum()
    }

    /// The power goes: names and contents each keep a legal part of what was not synced.
    pub(crate) fn lose_power(&mut self, random: &mut Stream) -> TreeLoss {
        let mut loss = TreeLoss { unsynced: !self.changes.is_empty(), ..TreeLoss::default() };
        loss.names_undone = self.settle_names(random);
        for inode in self.inodes.iter_mut().flatten() {
            match inode {
                Inode::File(file) => {
                    let Loss { unsynced, torn } = file.lose_power(random);
                    loss.unsynced |= unsynced;
                    loss.torn_files += u32::from(torn);
                }
                Inode::Dir(directory) => directory.cached.clone_from(&directory.durable),
            }
        }
        self.sweep(&[]);
        loss
    }

    /// Decides for every pending change of a name whether it reached the disk. Returns how many did not.
    fn settle_names(&mut self, random: &mut Stream) -> u32 {
        let changes = core::mem::take(&mut self.changes);
        // A journal keeps a prefix, an old file system anything; both are tried.
        let survives_ppm = *random.pick(&[0, 300_000, 700_000, 1_000_000]);
        let as_prefix = random.chance(400_000);
        let prefix = random.index(changes.len() + 1);
        let mut undone: BTreeSet<Place> = BTreeSet::new();
        let mut count = 0;
        for (index, (_, change)) in changes.into_iter().enumerate() {
            let kept = if as_prefix { index < prefix } else { random.chance(survives_ppm) };
            if !kept || change.touches(|place| undone.contains(place)) {
                undone.extend(change.places().cloned());
                count += 1;
                continue;
            }
            self.apply(&change, true);
            if let NameChange::Rename { from, inode, is_file: true, .. } = change
                && random.chance(100_000)
            {
                self.apply(&NameChange::Link { place: from, inode }, true);
            }
        }
        count
    }

    /// Forgets what no name leads to any more and nobody holds open.
    pub(crate) fn sweep(&mut self, held: &[InodeId]) {
        let mut reached: BTreeSet<InodeId> = BTreeSet::new();
        let mut open: Vec<InodeId> = self.roots.values().chain(held).copied().collect();
        loop {
            while let Some(id) = open.pop() {
                if reached.insert(id)
                    && let Some(directory) = self.dir(id)
                {
                    open.extend(directory.cached.values().chain(directory.durable.values()));
                }
            }
            // What a pending change of a reachable directory needs to be applied later.
            for (_, change) in &self.changes {
                if change.touches(|(dir, _)| reached.contains(dir)) {
                    let dirs = change.places().map(|(dir, _)| *dir);
                    open.extend(dirs.chain(change.inode()).filter(|id| !reached.contains(id)));
                }
            }
            if open.is_empty() {
                break;
            }
        }
        // Changes inside a directory that is gone for good concern nobody.
        self.changes.retain(|(_, change)| change.touches(|(dir, _)| reached.contains(dir)));
        for id in 0..self.inodes.len() {
            if self.inodes[id].is_some() && !reached.contains(&id) {
                self.inodes[id] = None;
                self.free.push(id);
            }
        }
    }

    /// A copy of what would be there if the power had gone and nothing unsynced had survived.
    pub(crate) fn durable_copy(&self) -> Self {
        let inodes = self
            .inodes
            .iter()
            .map(|inode| {
                inode.as_ref().map(|inode| match inode {
                    Inode::File(file) => Inode::File(file.durable_copy()),
                    Inode::Dir(directory) => Inode::Dir(Directory {
                        cached: directory.durable.clone(),
                        durable: directory.durable.clone(),
                    }),
                })
            })
            .collect();
        let mut copy = Self {
            inodes,
            free: self.free.clone(),
            roots: self.roots.clone(),
            changes: Vec::new(),
            sequence: self.sequence,
        };
        copy.sweep(&[]);
        copy
    }
}
