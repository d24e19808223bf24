//! The node: every component on one logic thread, behind one way in.
//!
//! A node begins with [`Input::Start`]. It reads its directories, loads the metadata log, takes part in the quorum,
//! registers itself as a broker, opens its partitions, and serves clients once the controller has let it in.
//! Requests of clients that arrive before are kept and served in order.

mod boot;
mod burial;
mod controller;
mod directory;
mod forwarding;
mod hosting;
mod image_changes;
mod isr;
mod lifecycle;
mod metadata;
mod peers;
mod quorum;
mod replication;
mod settle;
mod stop;
mod wishes;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use klamm_wire::messages::Response;
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::api::{self, ProducerIds};
use crate::config::Config;
use crate::connection::{Answer, Call, Connections, Delayed, DelayedTable, Ticket};
use crate::cx::Cx;
use crate::disk::{DirIndex, DiskDone, DiskError, DiskOp, Owner};
use crate::edge::{Channel, CloseReason, ConnId, Effect, Effects, Input, ListenerKind};
use crate::event::{Event, Reason};
use crate::group::GroupCoordinator;
use crate::image::MetadataImage;
use crate::job::{Job, JobDone};
use crate::log::TailMemory;
use crate::peer::Peers;
use crate::replica::{FetchSessions, Fetcher, Partition, Throttles};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::timer::{Timer, Timers};
use crate::transaction::{TransactionCoordinator, Verifier};
use crate::types::{BrokerId, LeaderEpoch, METADATA_PARTITION, TopicIdPartition, TopicPartition};

use directory::Directory;
pub(crate) use directory::{META_PROPERTIES, MetaProperties};
pub(crate) use hosting::{Loading, facts_of};
use lifecycle::Lifecycle;
use metadata::Metadata;
pub(crate) use peers::{Asked, Lost};

/// What every component may see or use besides itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Env {
    pub(crate) config: Config,
    /// The committed metadata.
    pub(crate) image: Arc<MetadataImage>,
    pub(crate) rng: Rng,
    pub(crate) timers: Timers,
    pub(crate) tail: TailMemory,
}

impl Env {
    /// Borrows it for one verb.
    pub(crate) fn cx<'a>(&'a mut self, now: Now, fx: &'a mut Effects) -> Cx<'a> {
        Cx {
            now,
            config: &self.config,
            image: &self.image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut self.tail,
            fx,
        }
    }
}

/// Where a node is in its life.
///
/// | from | to | when |
/// |---|---|---|
/// | New | Directories | start |
/// | Directories | Metadata | every directory was read and is ours |
/// | Metadata | Registering | the metadata log is read, and this node is a broker |
/// | Metadata | Serving | the metadata log is read, and this node is a controller only |
/// | Registering | Logs | the broker's own registration is in the image |
/// | Logs | Serving | all assigned partitions are open, and the controller has let the broker in |
/// | any but Halted | Stopping | an orderly stop is asked |
/// | any | Halted | a stop has ended, a directory was refused, the last directory has failed |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    New,
    Directories,
    Metadata,
    Registering,
    Logs,
    Serving,
    Stopping,
    Halted,
}

/// One broker and controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub(crate) phase: Phase,
    last: Timestamp,
    pub(crate) env: Env,
    pub(crate) connections: Connections,
    pub(crate) delayed: DelayedTable,
    pub(crate) sessions: FetchSessions,
    pub(crate) directories: Vec<Directory>,
    pub(crate) partitions: BTreeMap<TopicIdPartition, Partition>,
    /// Partitions that are being deleted.
    pub(crate) buried: BTreeMap<TopicIdPartition, Partition>,
    /// New partitions whose directory name still belongs to one that is being deleted.
    pub(crate) unnamed: Vec<(TopicPartition, TopicIdPartition)>,
    /// Partitions whose waiters have to be looked at before this input is done.
    pub(crate) dirty: BTreeSet<TopicIdPartition>,
    /// Logs that are being opened or created.
    pub(crate) opening: BTreeSet<TopicIdPartition>,
    /// Answers about new partitions, held until these are open.
    pub(crate) held: Vec<(BTreeSet<TopicIdPartition>, Ticket, Response)>,
    pub(crate) metadata: Metadata,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) producer_ids: ProducerIds,
    creating: wishes::Creating,
    pub(crate) groups: GroupCoordinator,
    pub(crate) transactions: TransactionCoordinator,
    /// What this broker's leaders want to know of coordinators.
    pub(crate) verifier: Verifier,
    /// By leader.
    pub(crate) fetchers: BTreeMap<BrokerId, Fetcher>,
    /// How fast throttled replicas are copied.
    pub(crate) throttles: Throttles,
    /// Partitions whose leader here has a proposal to be sent.
    proposed: BTreeSet<TopicIdPartition>,
    /// Whether proposals are under way to the controller.
    altering: Option<BTreeMap<TopicIdPartition, (LeaderEpoch, i32)>>,
    /// No proposals are sent before.
    alter_retry_at: Option<Timestamp>,
    /// What clients have asked of the controller through this broker.
    forwarding: forwarding::Forwarding,
    /// What other nodes were asked.
    pub(crate) peers: Peers<Asked>,
    /// Connections on which this node serves itself.
    own_connections: BTreeMap<Channel, ConnId>,
    own_connections_opened: u64,
    /// Commands of components for one another, run after the verb that made them.
    pub(crate) agenda: VecDeque<Errand>,
}

/// Something one component wants of another, done after the verb that wanted it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// A coordinator needs its topic.
    EnsureTopic(&'static str),
}

impl Node {
    /// A node that has not started. `seed` decides everything it draws.
    pub fn new(config: Config, seed: u64) -> Self {
        let directories = (0..config.log_dirs).map(Directory::new).collect();
        let tail = TailMemory::new(config.tail_memory_bytes);
        Self {
            phase: Phase::New,
            last: Timestamp::default(),
            metadata: Metadata::new(&config),
            lifecycle: Lifecycle::new(),
            creating: wishes::Creating::default(),
            producer_ids: ProducerIds::default(),
            groups: GroupCoordinator::new(),
            transactions: TransactionCoordinator::default(),
            verifier: Verifier::default(),
            env: Env {
                config,
                image: Arc::new(MetadataImage::new(Uuid::ZERO)),
                rng: Rng::new(seed),
                timers: Timers::default(),
                tail,
            },
            connections: Connections::default(),
            delayed: DelayedTable::default(),
            sessions: FetchSessions::default(),
            directories,
            partitions: BTreeMap::new(),
            buried: BTreeMap::new(),
            unnamed: Vec::new(),
            dirty: BTreeSet::new(),
            opening: BTreeSet::new(),
            held: Vec::new(),
            fetchers: BTreeMap::new(),
            throttles: Throttles::default(),
            proposed: BTreeSet::new(),
            altering: None,
            alter_retry_at: None,
            forwarding: forwarding::Forwarding::default(),
            peers: Peers::default(),
            own_connections: BTreeMap::new(),
            own_connections_opened: 0,
            agenda: VecDeque::new(),
        }
    }

    /// The only way in. `now.monotonic` never decreases. Performs nothing: effects are appended to `fx`.
    ///
    /// # Panics
    /// If an invariant of the node is broken: a broker that cannot trust its state must not acknowledge.
    pub fn handle(&mut self, now: Now, input: Input, fx: &mut Effects) {
        assert!(now.monotonic >= self.last, "the monotonic clock went back");
        self.last = now.monotonic;
        if self.phase == Phase::Halted {
            return;
        }
        match input {
            Input::Start => self.start(now, fx),
            Input::Opened(id, peer) => self.connections.opened(now.monotonic, id, peer),
            Input::Request(id, request) => self.connections.arrived(now.monotonic, id, request),
            Input::Closed(id) => self.closed(id),
            Input::Answered(channel, correlation_id, response) => {
                self.on_answered(now, fx, channel, correlation_id, response);
            }
            Input::Disconnected(channel, through) => self.on_disconnected(now, fx, channel, through),
            Input::Disk(op, result) => self.on_disk(now, fx, op, result),
            Input::Job(job, done) => self.on_job(now, fx, &job, done),
            Input::Wake => {}
            Input::Shutdown => self.begin_leaving(now, fx),
        }
        self.expire(now, fx);
        self.settle(now, fx);
    }

    /// When to call `handle` with [`Input::Wake`] if nothing else arrives first.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.phase == Phase::Halted { None } else { self.env.timers.next() }
    }

    /// Whether clients are served.
    pub fn is_serving(&self) -> bool {
        self.phase == Phase::Serving
    }

    fn on_disk(&mut self, now: Now, fx: &mut Effects, op: DiskOp, result: Result<DiskDone, DiskError>) {
        match op.owner {
            Owner::Boot(boot) => self.on_boot(now, fx, boot, op.steps, result),
            Owner::Checkpoint(checkpoint, dir) => self.on_checkpoint(now, fx, checkpoint, dir, result),
            Owner::Log(id, _) => self.on_log(now, fx, id, op, result),
            Owner::Quorum(_) => self.on_quorum_disk(now, fx, op, result),
        }
    }

    fn on_log(
        &mut self,
        now: Now,
        fx: &mut Effects,
        id: TopicIdPartition,
        op: DiskOp,
        result: Result<DiskDone, DiskError>,
    ) {
        let Some(partition) = self.partitions.get_mut(&id) else {
            return self.on_buried_log(now, fx, id, op, result);
        };
        let woken = partition.on_disk(&mut self.env.cx(now, fx), op, result);
        if let Some(error) = woken.failed {
            let dir = self.partitions[&id].dir;
            return self.fail_directory(fx, dir, error);
        }
        if let Some((end, expected)) = woken.short {
            return self.refuse_short_log(fx, id, end, expected);
        }
        if woken.held {
            self.dirty.insert(id);
            self.fetch_on(now, fx, id);
        }
        if woken.truncated && self.phase == Phase::Stopping {
            self.close_log(now, fx, id);
        } else if woken.truncated && id == METADATA_PARTITION {
            self.on_metadata_truncated(now, fx);
        } else if woken.truncated {
            self.on_truncated(now, fx, id);
        }
        if woken.readable {
            self.resume_readers(now, fx, id);
        }
        if woken.opened {
            self.on_opened(now, fx, id);
        }
        if woken.closed {
            self.on_closed_log(now, fx, id);
        }
    }

    /// A directory said no. It is the only one, so the node ends; what was not answered stays unanswered.
    pub(crate) fn fail_directory(&mut self, fx: &mut Effects, dir: DirIndex, error: DiskError) {
        fx.push(Effect::Observe(Event::LogDirFailed { dir, kind: error.kind }));
        self.halt(fx, Reason::LogDirFailed { dir, kind: error.kind });
    }

    pub(crate) fn halt(&mut self, fx: &mut Effects, reason: Reason) {
        self.phase = Phase::Halted;
        self.connections.close_all(fx, CloseReason::Shutdown);
        fx.push(Effect::Halt(reason));
    }

    fn on_job(&mut self, now: Now, fx: &mut Effects, job: &Job, done: JobDone) {
        match (job, done) {
            (Job::Rebuild { ticket, index, .. }, JobDone::Rebuilt(result)) => {
                api::produce_rebuilt(self, now, fx, *ticket, *index, result);
            }
        }
    }

    fn closed(&mut self, id: ConnId) {
        self.connections.closed(id);
        self.forget_connection(id);
    }

    /// Closes a connection from this side.
    pub(crate) fn close_connection(&mut self, fx: &mut Effects, id: ConnId, reason: CloseReason) {
        self.connections.close(fx, id, reason);
        self.forget_connection(id);
    }

    /// Nobody waits for these answers any more. What was appended stays appended.
    fn forget_connection(&mut self, id: ConnId) {
        self.forget_forwarded(id);
        self.metadata.forget(id);
        for (ticket, delayed) in self.delayed.closed(id) {
            self.env.timers.cancel(&Timer::Request(ticket));
            if let Delayed::Fetch(fetch) = &delayed {
                for at in api::fetch_waits_at(fetch) {
                    if let Some(partition) = self.partitions.get_mut(&at) {
                        partition.forget(ticket);
                    }
                }
            }
        }
    }

    /// Ends a parked request.
    pub(crate) fn answer(&mut self, fx: &mut Effects, ticket: Ticket, response: Response) {
        self.connections.answer(fx, ticket, Answer::Response(response));
    }

    /// The partition a client means, by topic id if there is one, else by name.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_ID` or `UNKNOWN_TOPIC_OR_PARTITION`: the client refreshes its metadata.
    pub(crate) fn resolve(
        &self,
        topic: &Str,
        topic_id: Uuid,
        partition: i32,
    ) -> Result<(Str, TopicIdPartition), ErrorCode> {
        let found = if topic_id == Uuid::ZERO {
            self.env.image.topic(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?
        } else {
            self.env.image.topic_by_id(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?
        };
        if !found.partitions.contains_key(&partition) {
            return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        }
        Ok((found.name.clone(), TopicIdPartition { topic_id: found.id, partition }))
    }

    /// Starts every request that may run: clients are served once everything is open, controllers from the moment
    /// the metadata log is.
    pub(crate) fn run_requests(&mut self, now: Now, fx: &mut Effects) {
        loop {
            let serves = |kind| match kind {
                ListenerKind::Broker => self.phase == Phase::Serving,
                ListenerKind::Controller => (Phase::Registering..=Phase::Serving).contains(&self.phase),
            };
            let kinds = [ListenerKind::Controller, ListenerKind::Broker];
            let next = kinds.into_iter().filter(|kind| serves(*kind));
            let next =
                next.collect::<Vec<_>>().into_iter().find_map(|kind| self.connections.start_next(kind));
            let Some((call, request)) = next else { return };
            self.run(now, fx, &call, request);
        }
    }

    fn run(&mut self, now: Now, fx: &mut Effects, call: &Call, request: crate::edge::Request) {
        if call.peer.kind == ListenerKind::Broker && api::forwards(call.api_key) {
            return self.forward(now, fx, call, &request);
        }
        if let Some(response) = api::dispatch(self, now, fx, call, request) {
            self.answer(fx, call.ticket, response);
        }
    }
}
