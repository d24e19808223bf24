//! The threads of a node: one for its logic, a few for its disk.

use std::path::PathBuf;

use klamm_core::event::Event;
use tokio::sync::{mpsc, oneshot, watch};

use super::StartError;
use crate::disk::Disk;
use crate::limits::Limits;
use crate::platform::{Files, Platform};
use crate::pump::{Arrival, Ended, Life, Machine, Pump};

/// What is known of the threads from outside.
pub(super) struct Threads {
    /// Leads to the logic thread.
    pub(super) inputs: mpsc::Sender<Arrival>,
    /// How it has ended, once all threads have.
    pub(super) ended: watch::Receiver<Option<Ended>>,
    /// Comes when the node is ready; never if it ends before.
    pub(super) ready: oneshot::Receiver<()>,
}

/// Starts the disk threads and the logic thread. The locks are held until all of them have ended.
pub(super) fn start<P: Platform, M: Machine>(
    platform: &P,
    machine: M,
    log_dirs: Vec<PathBuf>,
    limits: &Limits,
    locks: Vec<<P::Files as Files>::Lock>,
    life: &watch::Sender<Life>,
) -> Result<Threads, StartError> {
    let fail = |error| StartError::Thread(format!("cannot start a thread: {error}"));
    let (inputs, arrivals) = mpsc::channel(limits.queued_inputs);
    let (ready, when_ready) = oneshot::channel();
    let mut ready = Some(ready);
    let on_event = Box::new(move |event: &Event| {
        if *event == Event::Ready
            && let Some(ready) = ready.take()
        {
            let _ = ready.send(());
        }
    });
    let disk = Disk::new(platform.files(), log_dirs, limits);
    // Closes the disk when it is dropped, so that the threads below end even if the last one cannot start.
    let pump = Pump::new(
        platform.clone(),
        machine,
        (arrivals, inputs.downgrade()),
        disk.clone(),
        limits,
        life.subscribe(),
        on_event,
    );
    let (working, mut all_done) = mpsc::channel::<()>(1);
    for number in 0..limits.disk_threads.max(1) {
        let work = disk.clone().work(inputs.clone());
        let guard = PanicGuard { life: life.clone(), _working: working.clone() };
        let work = async move {
            let _guard = guard;
            work.await;
        };
        platform.spawn_thread(&format!("klamm-disk-{number}"), work).map_err(fail)?;
    }
    drop(working);
    let (end, ended) = watch::channel(None);
    let run = async move {
        let reason = pump.run().await;
        // Nothing is ever sent: the channel ends when no disk thread is left that could write.
        all_done.recv().await;
        drop(locks);
        end.send_replace(Some(reason));
    };
    platform.spawn_thread("klamm-logic", run).map_err(fail)?;
    Ok(Threads { inputs, ended, ready: when_ready })
}

/// Held by a disk thread: an operation that is never answered must not leave the node waiting.
struct PanicGuard {
    life: watch::Sender<Life>,
    _working: mpsc::Sender<()>,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.life.send_replace(Life::Panicked);
        }
    }
}
