//! The pump: the one logic thread of a node.
//!
//! It takes what has arrived, hands it to the node, and performs the effects of the whole batch. So the
//! appends of many connections share a sync, and a connection is woken once for many replies.

use std::collections::{HashMap, VecDeque};

use klamm_core::edge::{CloseReason, ConnId, Effect, Effects, Input, Peer, Reply};
use klamm_core::event::{Event, Reason};
use klamm_core::time::{Now, Timestamp};
use tokio::sync::{mpsc, watch};

use crate::disk::{Disk, Submitted};
use crate::limits::Limits;
use crate::observe;
use crate::peers::Peers;
use crate::platform::Platform;

/// What a pump drives: the node, or a stand-in for it.
pub trait Machine: Send + 'static {
    /// See `klamm_core::node::Node::handle`.
    fn handle(&mut self, now: Now, input: Input, fx: &mut Effects);
    /// See `klamm_core::node::Node::next_deadline`.
    fn next_deadline(&self) -> Option<Timestamp>;
}

/// What reaches the logic thread.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all of them are inputs; a box would be one more allocation"
)]
pub enum Arrival {
    /// A connection was accepted; its replies go to the sender, which the connection's bound on open requests
    /// keeps short.
    Opened(ConnId, Peer, mpsc::UnboundedSender<Outgoing>),
    /// Anything else.
    Input(Input),
}

/// What a connection is told.
#[derive(Debug)]
pub enum Outgoing {
    /// To be sent.
    Reply(Reply),
    /// To be closed after what was told before.
    Close(CloseReason),
}

/// Whether a node is still wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It is.
    Wanted,
    /// It is, later: until then its logic stands still.
    Paused,
    /// Its owner has gone without an orderly stop.
    Dropped,
    /// A disk thread has panicked.
    Panicked,
}

/// How a running node has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The node halted; [`Reason::Shutdown`] is the good end.
    Halted(Reason),
    /// Its owner has gone without an orderly stop.
    Dropped,
    /// One of its threads has panicked: an invariant is broken, and nothing was acknowledged after that.
    Panicked,
}

/// One node with everything that is its own. See the module's text.
pub struct Pump<P: Platform, M: Machine> {
    platform: P,
    machine: M,
    inputs: mpsc::Receiver<Arrival>,
    batch_inputs: usize,
    disk: Disk<P::Files>,
    connections: HashMap<ConnId, mpsc::UnboundedSender<Outgoing>>,
    peers: Peers<P>,
    effects: Effects,
    /// Answers of operations that were done at once.
    done: VecDeque<Input>,
    life: watch::Receiver<Life>,
    on_event: Box<dyn FnMut(&Event) + Send>,
    ended: Option<Ended>,
}

impl<P: Platform, M: Machine> Drop for Pump<P, M> {
    fn drop(&mut self) {
        self.disk.close();
    }
}

impl<P: Platform, M: Machine> Pump<P, M> {
    /// A pump that is not running. Other nodes' answers come in with the rest, as long as somebody else holds a
    /// sender of `inputs`. `on_event` sees every observation of the node, on the logic thread.
    pub fn new(
        platform: P,
        machine: M,
        (inputs, answers): (mpsc::Receiver<Arrival>, mpsc::WeakSender<Arrival>),
        disk: Disk<P::Files>,
        limits: &Limits,
        life: watch::Receiver<Life>,
        on_event: Box<dyn FnMut(&Event) + Send>,
    ) -> Self {
        let peers = Peers::new(platform.clone(), answers);
        Self {
            platform,
            machine,
            inputs,
            batch_inputs: limits.batch_inputs,
            disk,
            connections: HashMap::new(),
            peers,
            effects: Effects::new(),
            done: VecDeque::new(),
            life,
            on_event,
            ended: None,
        }
    }

    /// Runs until the node halts or nobody wants it any more.
    pub async fn run(mut self) -> Ended {
        let mut batch = Vec::with_capacity(self.batch_inputs);
        self.machine.handle(self.platform.now(), Input::Start, &mut self.effects);
        self.perform();
        loop {
            if let Some(ended) = self.ended.take() {
                return ended;
            }
            let deadline = self.machine.next_deadline();
            tokio::select! {
                biased;
                _ = self.life.changed() => {
                    if let Some(ended) = self.stand_still().await {
                        return ended;
                    }
                }
                _ = self.inputs.recv_many(&mut batch, self.batch_inputs) => {}
                () = sleep_until(&self.platform, deadline) => {}
            }
            let now = self.platform.now();
            for arrival in batch.drain(..) {
                self.take_in(now, arrival);
            }
            // Also under a load that never lets the queue run dry.
            if deadline.is_some_and(|deadline| deadline <= now.monotonic) {
                self.machine.handle(now, Input::Wake, &mut self.effects);
            }
            self.perform();
        }
    }

    /// Does nothing while the node is paused; then says whether it has ended.
    async fn stand_still(&mut self) -> Option<Ended> {
        // Whoever owned the node may have gone without a word.
        let life = self.life.wait_for(|life| *life != Life::Paused).await.map(|life| *life);
        match life {
            Ok(Life::Wanted) => None,
            Ok(Life::Paused) => unreachable!("that was waited for to end"),
            Ok(Life::Panicked) => Some(Ended::Panicked),
            Ok(Life::Dropped) | Err(_) => Some(Ended::Dropped),
        }
    }

    fn take_in(&mut self, now: Now, arrival: Arrival) {
        let input = match arrival {
            Arrival::Opened(id, peer, replies) => {
                let replaced = self.connections.insert(id, replies);
                assert!(replaced.is_none(), "{id:?} was opened twice");
                Input::Opened(id, peer)
            }
            Arrival::Input(input) => input,
        };
        match &input {
            Input::Closed(id) => drop(self.connections.remove(id)),
            Input::Disk(op, _) => self.disk.taken_in(op),
            _ => {}
        }
        self.machine.handle(now, input, &mut self.effects);
    }

    /// Performs effects, and those that follow from what was done at once, until there are none.
    fn perform(&mut self) {
        loop {
            let mut effects = std::mem::take(&mut self.effects);
            for effect in effects.drain(..) {
                self.perform_one(effect);
            }
            // The list's memory is used again.
            self.effects = effects;
            if self.done.is_empty() || self.ended.is_some() {
                return;
            }
            let now = self.platform.now();
            for input in self.done.drain(..) {
                self.machine.handle(now, input, &mut self.effects);
            }
        }
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Reply(id, reply) => {
                // A connection that has gone meanwhile wants no reply.
                if let Some(connection) = self.connections.get(&id) {
                    let _ = connection.send(Outgoing::Reply(reply));
                }
            }
            Effect::Close(id, reason) => {
                if let Some(connection) = self.connections.remove(&id) {
                    let _ = connection.send(Outgoing::Close(reason));
                }
            }
            Effect::Send(channel, address, request) => self.peers.send(channel, address, request),
            Effect::Disconnect(channel) => self.peers.disconnect(channel),
            Effect::Disk(op) => match self.disk.submit(op) {
                Submitted::Done(op, answer) => self.done.push_back(Input::Disk(op, answer)),
                Submitted::Later => {}
            },
            Effect::Job(job) => self.disk.compute(job),
            Effect::Observe(event) => {
                observe::log(&event);
                (self.on_event)(&event);
            }
            Effect::Halt(reason) => self.ended = Some(Ended::Halted(reason)),
        }
    }
}

async fn sleep_until(platform: &impl Platform, deadline: Option<Timestamp>) {
    match deadline {
        Some(deadline) => platform.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
