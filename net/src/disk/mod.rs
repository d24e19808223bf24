//! The disk as the core sees it, on real files: operations in lanes, a few threads behind them.
//!
//! A write into the page cache on an idle lane is done at once by whoever emits it, so that an
//! acknowledgement under `written` needs no second thread. Everything that may wait for the device (reads,
//! syncs, changes of names) goes to the disk threads, as do the computations of the node.

mod executor;
mod lanes;
mod open_files;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use klamm_core::disk::{DiskDone, DiskError, DiskOp, DiskStep, Lane};
use klamm_core::edge::Input;
use klamm_core::job::Job;
use tokio::sync::{Notify, mpsc};

use crate::limits::Limits;
use crate::platform::Files;
use crate::pump::Arrival;
use executor::{Executor, SyncTargets};
use lanes::Lanes;

/// The way to the disk. Cheap to clone; the threads end when it is closed.
pub struct Disk<F: Files> {
    shared: Arc<Shared<F>>,
}

impl<F: Files> Clone for Disk<F> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

struct Shared<F: Files> {
    executor: Executor<F>,
    queue: Mutex<Queue<F>>,
    /// Told once per piece of work that becomes ready.
    ready: Notify,
    inline_write_bytes: usize,
}

struct Queue<F: Files> {
    lanes: Lanes,
    ready: VecDeque<Work<F>>,
    closed: bool,
}

/// What a thread can take.
enum Work<F: Files> {
    /// Holds its lane until its answer was taken in.
    Op(DiskOp),
    /// Does not hold its lane any more.
    Sync(DiskOp, SyncTargets<F>),
    Job(Job),
}

/// What came of an operation at once.
pub enum Submitted {
    /// It is done, with this answer.
    Done(DiskOp, Result<DiskDone, DiskError>),
    /// The answer comes as an input.
    Later,
}

impl<F: Files> Disk<F> {
    /// The disk with these log directories; no thread runs yet.
    pub fn new(files: F, directories: Vec<PathBuf>, limits: &Limits) -> Self {
        let shared = Shared {
            executor: Executor::new(files, directories, limits.open_files),
            queue: Mutex::new(Queue { lanes: Lanes::default(), ready: VecDeque::new(), closed: false }),
            ready: Notify::new(),
            inline_write_bytes: limits.inline_write_bytes,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Takes an operation in. Called by one thread only, in the order of emission.
    pub fn submit(&self, op: DiskOp) -> Submitted {
        let mut queue = self.shared.lock();
        if queue.lanes.is_idle(&op.owner.lane()) {
            if self.shared.is_inline(&op) {
                // Nobody else submits, so the lane stays idle without the lock.
                drop(queue);
                let answer = self.shared.executor.perform(&op);
                return Submitted::Done(op, answer);
            }
            if op.is_sync() {
                // Nor does a sync hold its lane once it is known what it is about.
                drop(queue);
                let targets = self.shared.executor.prepare_sync(&op);
                self.shared.lock().ready.push_back(Work::Sync(op, targets));
                self.shared.ready.notify_one();
                return Submitted::Later;
            }
        }
        if let Some(op) = queue.lanes.submit(op) {
            queue.ready.push_back(Work::Op(op));
            drop(queue);
            self.shared.ready.notify_one();
        }
        Submitted::Later
    }

    /// The answer of an operation that was left for later has been taken in: the next one of its lane may start.
    ///
    /// Not sooner. Two threads would race with the answers of two operations, and one that is done at once would
    /// overtake an answer that is on its way.
    pub fn taken_in(&self, op: &DiskOp) {
        if !op.is_sync() {
            self.release(&op.owner.lane());
        }
    }

    fn release(&self, lane: &Lane) {
        let mut queue = self.shared.lock();
        if let Some(next) = queue.lanes.release(lane) {
            queue.ready.push_back(Work::Op(next));
            drop(queue);
            self.shared.ready.notify_one();
        }
    }

    /// Takes a computation in.
    pub fn compute(&self, job: Job) {
        self.shared.lock().ready.push_back(Work::Job(job));
        self.shared.ready.notify_one();
    }

    /// Ends the threads once they have done what they are doing. What waits is dropped.
    pub fn close(&self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.ready.clear();
        drop(queue);
        self.shared.ready.notify_waiters();
        // For threads that are busy just now: one permit, handed from each to the next.
        self.shared.ready.notify_one();
    }

    /// One thread's work: takes what is ready until the disk is closed, and sends the answers.
    pub async fn work(self, inputs: mpsc::Sender<Arrival>) {
        while let Some(work) = self.next().await {
            let input = match work {
                Work::Job(job) => {
                    let done = job.run();
                    Input::Job(job, done)
                }
                Work::Sync(op, targets) => {
                    let answer = self.shared.executor.perform_sync(&op, targets);
                    Input::Disk(op, answer)
                }
                Work::Op(op) => self.perform(op),
            };
            if inputs.send(Arrival::Input(input)).await.is_err() {
                return;
            }
        }
    }

    fn perform(&self, op: DiskOp) -> Input {
        let answer = if op.is_sync() {
            let targets = self.shared.executor.prepare_sync(&op);
            self.release(&op.owner.lane());
            self.shared.executor.perform_sync(&op, targets)
        } else {
            self.shared.executor.perform(&op)
        };
        Input::Disk(op, answer)
    }

    async fn next(&self) -> Option<Work<F>> {
        loop {
            let ready = self.shared.ready.notified();
            {
                let mut queue = self.shared.lock();
                if queue.closed {
                    drop(queue);
                    self.shared.ready.notify_one();
                    return None;
                }
                if let Some(work) = queue.ready.pop_front() {
                    return Some(work);
                }
            }
            ready.await;
        }
    }
}

impl<F: Files> Shared<F> {
    fn lock(&self) -> MutexGuard<'_, Queue<F>> {
        self.queue.lock().expect("no thread panics while it holds the queue")
    }

    /// Whether doing it costs less than handing it over: only writes, and few bytes.
    fn is_inline(&self, op: &DiskOp) -> bool {
        let mut bytes = 0;
        for step in &op.steps {
            let DiskStep::Write { data, .. } = step else { return false };
            bytes += data.iter().map(Bytes::len).sum::<usize>();
        }
        bytes <= self.inline_write_bytes
    }
}

#[cfg(test)]
mod tests;
