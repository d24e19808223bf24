//! commit-regression and garbage-commit: the committed offsets of a group.
//!
//! A fetch may return what any commit said that was not certainly overwritten when the fetch began: by one that began
//! after the other had ended, and was acknowledged before the fetch.

use crate::anomaly::Anomaly;
use crate::contract::Circumstances;
use crate::history::{Atom, Function, Kind, Op};
use crate::state::key::{NEVER, Position};
use crate::state::mix::Table;
use crate::verdict::{Finding, Findings};

/// What groups have committed.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    /// By group and partition.
    histories: Table<(Atom, Atom), History>,
    /// Fetches that have begun and not ended.
    fetches: usize,
}

#[derive(Debug, Default)]
struct History {
    commits: Vec<Commit>,
    /// The highest offset among the commits that were forgotten because nobody may see them any more.
    forgotten: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Commit {
    offset: Option<i64>,
    process: u32,
    began: Position,
    /// [`NEVER`] unless it was acknowledged.
    ended: Position,
}

impl Commit {
    /// This one is certainly gone when an operation begins there, because of the other one.
    fn overwritten_by(&self, other: &Self, began: Position) -> bool {
        self.ended < other.began && other.ended < began
    }
}

/// Some clients say -1 where there is no offset.
fn told(offset: Option<i64>) -> Option<i64> {
    offset.filter(|&offset| offset >= 0)
}

fn shown(offset: Option<i64>) -> String {
    offset.map_or("no offset".to_owned(), |offset| format!("offset {offset}"))
}

impl Commits {
    pub(crate) fn begin(&mut self, op: &Op, process: u32, at: Position) {
        if op.function == Function::Committed {
            self.fetches += 1;
            return;
        }
        for (key, offset) in &op.offsets {
            let commit = Commit { offset: told(*offset), process, began: at, ended: NEVER };
            self.histories.entry((op.group.clone(), key.clone())).or_default().commits.push(commit);
        }
    }

    pub(crate) fn end(
        &mut self,
        op: &Op,
        process: u32,
        began: Option<Position>,
        at: Position,
        circumstances: &Circumstances,
        findings: &mut Findings,
    ) {
        if op.function == Function::Committed {
            self.fetches = self.fetches.saturating_sub(usize::from(began.is_some()));
            if op.kind == Kind::Ok {
                // A fetch whose beginning is not in the history may have begun before everything.
                self.fetched(op, began.unwrap_or(0), at, circumstances, findings);
            }
            return;
        }
        let began = began.unwrap_or(0);
        for (key, offset) in &op.offsets {
            let history = self.histories.entry((op.group.clone(), key.clone())).or_default();
            let mine = |commit: &Commit| commit.process == process && commit.began == began;
            if !history.commits.iter().any(mine) {
                history.commits.push(Commit { offset: told(*offset), process, began, ended: NEVER });
            }
            match op.kind {
                Kind::Fail => history.commits.retain(|commit| !mine(commit)),
                Kind::Ok => {
                    for commit in history.commits.iter_mut().filter(|commit| mine(commit)) {
                        commit.ended = at;
                    }
                    if self.fetches == 0 {
                        history.forget_before(began);
                    }
                }
                Kind::Invoke | Kind::Info => {}
            }
        }
    }

    fn fetched(
        &self,
        op: &Op,
        began: Position,
        at: Position,
        circumstances: &Circumstances,
        findings: &mut Findings,
    ) {
        for (key, offset) in &op.offsets {
            let offset = told(*offset);
            let nothing = History::default();
            let history = self.histories.get(&(op.group.clone(), key.clone())).unwrap_or(&nothing);
            let acknowledged = |commit: &&Commit| commit.ended < began;
            let newest = history.commits.iter().filter(acknowledged).max_by_key(|commit| commit.began);
            let same = |commit: &&Commit| commit.offset == offset;
            let visible =
                |commit: &Commit| !history.commits.iter().any(|other| commit.overwritten_by(other, began));
            let explained = match offset {
                None => newest.is_none() && history.forgotten.is_none(),
                Some(_) => history.commits.iter().filter(same).any(visible),
            };
            if explained {
                continue;
            }
            let went_back = match (newest, offset) {
                (Some(newest), offset) => newest.offset > offset,
                (None, Some(offset)) => history.forgotten.is_some_and(|forgotten| offset <= forgotten),
                (None, None) => true,
            };
            let known = offset.is_none() || history.commits.iter().any(|commit| commit.offset == offset);
            let group =
                if op.group.is_nil() { "the group".to_owned() } else { format!("group {}", op.group) };
            if let Some(newest) = newest.filter(|_| went_back || known) {
                findings.add(Anomaly::CommitRegression, circumstances.excuse(newest.ended), || Finding {
                    sentence: format!(
                        "#{at} found {} of {group} in {key}, although #{} had committed {}",
                        shown(offset),
                        newest.ended,
                        shown(newest.offset)
                    ),
                    operations: vec![newest.ended, at],
                    key: key.clone(),
                    offsets: offset.into_iter().chain(newest.offset).collect(),
                    ..Finding::default()
                });
            } else {
                findings.add(Anomaly::GarbageCommit, None, || Finding {
                    sentence: format!(
                        "#{at} found {} of {group} in {key}, which nobody committed",
                        shown(offset)
                    ),
                    operations: vec![at],
                    key: key.clone(),
                    offsets: offset.into_iter().collect(),
                    ..Finding::default()
                });
            }
        }
    }
}

impl History {
    /// Forgets commits that were overwritten by one that began there and is acknowledged, while nobody fetches.
    fn forget_before(&mut self, began: Position) {
        let forgotten = &mut self.forgotten;
        self.commits.retain(|commit| {
            let gone = commit.ended < began;
            if gone {
                *forgotten = (*forgotten).max(commit.offset);
            }
            !gone
        });
    }
}
