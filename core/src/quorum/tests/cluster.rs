//! Nodes, a network between them and a scheduler: everything random comes from the seed.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::frame::{self, RequestHeader};
use klamm_wire::messages::{Request, Response};

use super::log::data;
use super::node::{CLUSTER, Node, Told, directory_of};
use crate::config::{Config, Listener, Roles, Voter};
use crate::edge::Address;
use crate::flaw::Flaw;
use crate::quorum::snapshot;
use crate::quorum::store::StateVersion;
use crate::quorum::voters::{Endpoint, Membership, VoterNode, VoterSet};
use crate::quorum::{Asked, Quorum, SnapshotId};
use crate::rng::Rng;
use crate::time::Timestamp;
use crate::types::{BrokerId, LeaderEpoch, Offset};

/// Who is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Nodes `1..=voters`.
    pub(super) voters: i32,
    /// The nodes above; brokers of a static quorum, controllers of a dynamic one.
    pub(super) observers: i32,
    /// The voters stand in the log.
    pub(super) is_dynamic: bool,
}

#[derive(Clone, Debug)]
enum Happening {
    Timer { node: BrokerId, life: u32 },
    Disk { node: BrokerId, life: u32 },
    Sync { node: BrokerId, life: u32, end: Offset },
    LogDone { node: BrokerId, life: u32 },
    Request { ask: u64, body: Request },
    Response { ask: u64, body: Response },
    Lost { ask: u64 },
    Start { node: BrokerId },
    Resume { node: BrokerId },
    Write,
    Snapshot,
    Fault,
    Heal,
}

/// A request under way.
#[derive(Clone, Debug)]
struct Ask {
    from: BrokerId,
    life: u32,
    /// As the sender names it.
    to: BrokerId,
    target: BrokerId,
    asked: Asked,
    version: i16,
    is_over: bool,
    is_answered: bool,
}

struct Place {
    node: Node,
    life: u32,
    is_up: bool,
    paused_until: Option<Timestamp>,
    /// What was compared with others.
    checked: Offset,
    /// What stands in the queue for it.
    timer_at: Option<Timestamp>,
    is_disk_busy: bool,
    is_syncing: bool,
}

/// What the run may do to the nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chaos {
    /// Lost requests and lost answers, of a hundred each.
    pub(super) loss: u64,
    /// Between two faults, in milliseconds.
    pub(super) fault_every_ms: u64,
    pub(super) power: bool,
    pub(super) partitions: bool,
    pub(super) pauses: bool,
    pub(super) snapshots: bool,
}

impl Chaos {
    pub(super) const ALL: Self =
        Self { loss: 5, fault_every_ms: 250, power: true, partitions: true, pauses: true, snapshots: true };
    pub(super) const NONE: Self =
        Self { loss: 0, fault_every_ms: 0, power: false, partitions: false, pauses: false, snapshots: false };
}

pub(super) struct Cluster {
    places: BTreeMap<BrokerId, Place>,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    sequence: u64,
    pub(super) now: Timestamp,
    rng: Rng,
    asks: BTreeMap<u64, Ask>,
    next_ask: u64,
    cut: BTreeSet<(BrokerId, BrokerId)>,
    pub(super) chaos: Chaos,
    next_value: u64,
    /// Each epoch's leader: node, life.
    leaders: BTreeMap<LeaderEpoch, (BrokerId, u32)>,
    /// What some node has called committed, by base offset.
    committed: BTreeMap<Offset, (LeaderEpoch, Bytes)>,
    images: BTreeMap<Offset, u64>,
    /// What must never be, and is.
    pub(super) violation: Option<String>,
    pub(super) events: u64,
    /// How often something happened, to see that it does.
    pub(super) seen: BTreeMap<&'static str, u64>,
}

fn address(id: BrokerId) -> Address {
    Address { host: "node".into(), port: u16::try_from(id).expect("small") }
}

pub(super) fn config(id: BrokerId, shape: Shape) -> Config {
    let is_voter = id <= shape.voters;
    let roles = if is_voter || shape.is_dynamic { Roles::CONTROLLER } else { Roles::BROKER };
    let listener = Listener {
        name: "CONTROLLER".into(),
        advertised_host: "node".into(),
        advertised_port: u16::try_from(id).expect("small"),
    };
    let voters = (1..=shape.voters).map(|id| Voter { id, address: address(id) });
    Config {
        node_id: id,
        roles,
        quorum_voters: if shape.is_dynamic { vec![] } else { voters.collect() },
        quorum_bootstrap_servers: if shape.is_dynamic {
            (1..=shape.voters).map(address).collect()
        } else {
            vec![]
        },
        controller_listeners: vec!["CONTROLLER".into()],
        listeners: if roles.controller { vec![listener] } else { vec![] },
        quorum_election_timeout_ms: 100,
        quorum_fetch_timeout_ms: 200,
        quorum_election_backoff_max_ms: 100,
        quorum_request_timeout_ms: 150,
        quorum_retry_backoff_ms: 10,
        quorum_fetch_snapshot_max_bytes: 100,
        ..Config::default()
    }
}

/// The snapshot with which the voters of a dynamic quorum begin.
pub(super) fn bootstrap(voters: i32) -> Bytes {
    let node = |id| {
        let endpoints = vec![Endpoint { name: "CONTROLLER".into(), address: address(id) }];
        (id, VoterNode { directory: directory_of(id), endpoints, kraft_versions: (0, 1) })
    };
    let voters = VoterSet((1..=voters).map(node).collect());
    let membership = Membership { version: StateVersion::Dynamic, voters };
    let id = SnapshotId { end: 0, epoch: 0 };
    Bytes::from(snapshot::encode(id, 0, &membership.to_records(), &[]).concat())
}

impl Cluster {
    pub(super) fn new(seed: u64, shape: Shape, chaos: Chaos, flaw: Option<Flaw>) -> Self {
        let mut rng = Rng::new(seed);
        let mut places = BTreeMap::new();
        for id in 1..=shape.voters + shape.observers {
            let config = Config { flaw, ..config(id, shape) };
            let mut node = Node::new(config, rng.bits());
            if shape.is_dynamic && id <= shape.voters {
                node.files.put(&SnapshotId { end: 0, epoch: 0 }.file_name(), &bootstrap(shape.voters));
            }
            node.is_slow = true;
            let place = Place {
                node,
                life: 0,
                is_up: false,
                paused_until: None,
                checked: 0,
                timer_at: None,
                is_disk_busy: false,
                is_syncing: false,
            };
            places.insert(id, place);
        }
        let mut cluster = Self {
            places,
            queue: BTreeMap::new(),
            sequence: 0,
            now: Timestamp(1_000_000),
            rng,
            asks: BTreeMap::new(),
            next_ask: 0,
            cut: BTreeSet::new(),
            chaos,
            next_value: 0,
            leaders: BTreeMap::new(),
            committed: BTreeMap::new(),
            images: BTreeMap::new(),
            violation: None,
            events: 0,
            seen: BTreeMap::new(),
        };
        for id in cluster.ids() {
            cluster.start(id);
        }
        cluster.push(20, Happening::Write);
        if chaos.snapshots {
            cluster.push(200, Happening::Snapshot);
        }
        if chaos.fault_every_ms > 0 {
            cluster.push(chaos.fault_every_ms, Happening::Fault);
        }
        cluster
    }

    pub(super) fn ids(&self) -> Vec<BrokerId> {
        self.places.keys().copied().collect()
    }

    pub(super) fn node(&self, id: BrokerId) -> &Node {
        &self.places[&id].node
    }

    fn place(&mut self, id: BrokerId) -> &mut Place {
        self.places.get_mut(&id).expect("there is such a node")
    }

    fn push(&mut self, after_ms: u64, happening: Happening) {
        // Nanoseconds apart, so that the order of equal times is drawn, too.
        let extra = self.rng.below(900_000);
        self.push_at(Timestamp(self.now.0 + after_ms * 1_000_000 + extra), happening);
    }

    fn push_at(&mut self, at: Timestamp, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), happening);
    }

    fn note(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn blame(&mut self, what: String) {
        if self.violation.is_none() {
            self.violation = Some(format!("{what} (at {} ms)", self.now.0 / 1_000_000));
        }
    }

    /// Runs for so long, or until something must not be.
    pub(super) fn run_ms(&mut self, ms: u64) {
        let end = self.now.after_ms(i64::try_from(ms).expect("small"));
        self.run_until(end, |_| false);
    }

    /// Runs until it is so; whether it came before `end`.
    pub(super) fn run_until(&mut self, end: Timestamp, mut is_so: impl FnMut(&Self) -> bool) -> bool {
        while self.violation.is_none() {
            if is_so(self) {
                return true;
            }
            let Some(entry) = self.queue.first_entry() else { break };
            if entry.key().0 > end {
                break;
            }
            let ((at, _), happening) = entry.remove_entry();
            self.now = at;
            self.events += 1;
            self.happen(happening);
        }
        self.now = self.now.max(end);
        false
    }

    fn happen(&mut self, happening: Happening) {
        if let Some((id, life)) = addressee(&happening) {
            let place = &self.places[&id];
            if life.is_some_and(|life| life != place.life || !place.is_up) {
                return;
            }
            if let Some(until) = place.paused_until {
                return self.push_at(until, happening);
            }
        }
        match happening {
            Happening::Timer { node, .. } => {
                let now = self.now;
                let place = self.place(node);
                place.timer_at = place.timer_at.filter(|at| *at > now);
                self.act(node, |_| {});
            }
            Happening::Disk { node, .. } => {
                self.place(node).is_disk_busy = false;
                self.act(node, Node::step);
            }
            Happening::Sync { node, end, .. } => {
                self.place(node).is_syncing = false;
                self.act(node, |node| {
                    node.log.sync_to(end);
                    node.verb(Quorum::on_log);
                });
            }
            Happening::LogDone { node, .. } => self.act(node, Node::finish),
            Happening::Request { ask, body } => self.on_request(ask, body),
            Happening::Response { ask, body } => self.on_response(ask, Some(body)),
            Happening::Lost { ask } => self.on_response(ask, None),
            Happening::Start { node } => self.start(node),
            Happening::Resume { node } => self.place(node).paused_until = None,
            Happening::Write => self.write(),
            Happening::Snapshot => self.snapshot(),
            Happening::Fault => self.fault(),
            Happening::Heal => self.cut.clear(),
        }
    }

    /// Lets a node do something, now, and sees to what follows.
    pub(super) fn act(&mut self, id: BrokerId, what: impl FnOnce(&mut Node)) {
        let now = self.now;
        let place = self.place(id);
        let was_slow = place.node.slow.is_some();
        place.node.advance_to(now);
        what(&mut place.node);
        let life = place.life;
        if !place.node.log.is_synced() && !core::mem::replace(&mut place.is_syncing, true) {
            let end = place.node.log.end();
            let wait = self.disk_ms();
            self.push(wait, Happening::Sync { node: id, life, end });
        }
        let place = self.place(id);
        if !place.node.ops.is_empty() && !core::mem::replace(&mut place.is_disk_busy, true) {
            let wait = self.disk_ms();
            self.push(wait, Happening::Disk { node: id, life });
        }
        let place = self.place(id);
        if place.node.slow.is_some() && !was_slow {
            let wait = self.disk_ms();
            self.push(wait, Happening::LogDone { node: id, life });
        }
        let place = self.place(id);
        if let Some(at) = place.node.deadline().filter(|at| place.timer_at.is_none_or(|timer| *at < timer)) {
            place.timer_at = Some(at);
            self.push_at(at, Happening::Timer { node: id, life });
        }
        while let Some(told) = self.place(id).node.told.pop_front() {
            self.on_told(id, told);
        }
        self.check(id);
    }

    fn disk_ms(&mut self) -> u64 {
        if self.rng.below(20) == 0 { self.rng.below(60) } else { self.rng.below(4) }
    }

    fn link_ms(&mut self) -> u64 {
        if self.rng.below(30) == 0 { self.rng.below(200) } else { self.rng.below(4) }
    }

    fn on_told(&mut self, id: BrokerId, told: Told) {
        match told {
            Told::Elected(epoch) => self.on_elected(id, epoch),
            Told::Ask(outgoing, asked) => {
                let target = BrokerId::from(outgoing.address.port);
                let (ask, version, life) = (self.next_ask, outgoing.api_version, self.places[&id].life);
                self.next_ask += 1;
                let body = self.carry_request(version, outgoing.body);
                let to = outgoing.channel.node;
                let entry =
                    Ask { from: id, life, to, target, asked, version, is_over: false, is_answered: false };
                self.asks.insert(ask, entry);
                if self.rng.below(100) >= self.chaos.loss {
                    let wait = self.link_ms();
                    self.push(wait, Happening::Request { ask, body });
                }
                let timeout = u64::try_from(outgoing.timeout_ms).expect("positive");
                let wait = if self.rng.below(4) == 0 { self.rng.below(timeout) } else { timeout };
                let is_lost = self.rng.below(100) < self.chaos.loss;
                self.push(if is_lost { wait } else { timeout }, Happening::Lost { ask });
            }
            Told::Answer(ticket, response) => {
                let ask = ticket.connection.0;
                let Some(entry) = self.asks.get_mut(&ask) else { return };
                let was_answered = core::mem::replace(&mut entry.is_answered, true);
                let (version, from, target, asked) = (entry.version, entry.from, entry.target, entry.asked);
                if was_answered {
                    return self.blame(format!("{asked:?} is answered twice"));
                }
                if self.rng.below(100) < self.chaos.loss || self.cut.contains(&(target, from)) {
                    return;
                }
                let body = self.carry_response(version, response);
                let wait = self.link_ms();
                self.push(wait, Happening::Response { ask, body });
            }
            Told::Cut(_) => self.note("cut"),
            Told::Reset(_) => self.note("snapshot fetched"),
            Told::Deposed(_) => self.note("deposed"),
            Told::Active(_) => self.note("active"),
            Told::HighWatermark(_) | Told::Leader(..) => {}
            Told::Refused(reason) => self.blame(format!("node {id}: {reason}")),
        }
    }

    /// Some messages go through their bytes.
    fn carry_request(&mut self, version: i16, body: Request) -> Request {
        if self.rng.below(8) > 0 {
            return body;
        }
        let api_key = body.api_key();
        let header = RequestHeader { api_key, api_version: version, correlation_id: 1, client_id: None };
        let bytes = frame::encode_request(&header, &body).expect("the version carries it").to_bytes();
        let (_, decoded) = frame::decode_request(bytes.slice(4..)).expect("as sent");
        assert_eq!(decoded, body);
        decoded
    }

    fn carry_response(&mut self, version: i16, body: Response) -> Response {
        if self.rng.below(8) > 0 {
            return body;
        }
        let key = body.api_key();
        let bytes =
            frame::encode_response(1, key, version, &body).expect("the version carries it").to_bytes();
        let (_, decoded) = frame::decode_response(bytes.slice(4..), key, version).expect("as sent");
        decoded
    }

    fn on_request(&mut self, ask: u64, body: Request) {
        let Ask { from, target, version, .. } = self.asks[&ask].clone();
        let is_up = self.places.get(&target).is_some_and(|place| place.is_up);
        if !is_up || self.cut.contains(&(from, target)) {
            return;
        }
        self.act(target, |node| node.request(ask, version, body));
    }

    fn on_response(&mut self, ask: u64, body: Option<Response>) {
        let Ask { from, life, to, asked, is_over, .. } = self.asks[&ask].clone();
        if is_over {
            return;
        }
        let place = &self.places[&from];
        if place.life == life && place.is_up && place.paused_until.is_some() {
            let happening = match body {
                Some(body) => Happening::Response { ask, body },
                None => Happening::Lost { ask },
            };
            return self.push_at(place.paused_until.expect("it is paused"), happening);
        }
        self.asks.get_mut(&ask).expect("it is there").is_over = true;
        if place.life == life && place.is_up {
            self.act(from, |node| node.answer(to, asked, body));
        }
    }

    pub(super) fn start(&mut self, id: BrokerId) {
        let now = self.now;
        let place = self.place(id);
        if place.is_up {
            return;
        }
        place.life += 1;
        (place.is_up, place.paused_until) = (true, None);
        place.checked = 0;
        (place.timer_at, place.is_disk_busy, place.is_syncing) = (None, false, false);
        place.node.now.monotonic = now;
        self.act(id, Node::boot);
    }

    pub(super) fn stop(&mut self, id: BrokerId, with_power: bool) {
        let place = self.place(id);
        if !place.is_up {
            return;
        }
        place.is_up = false;
        if with_power {
            place.node.lose_power();
        } else {
            place.node.crash();
        }
    }

    /// Leaders that may write.
    pub(super) fn active(&self) -> Vec<BrokerId> {
        let active = self.places.iter().filter(|(_, place)| place.is_up && place.node.quorum.is_active());
        active.map(|(id, _)| *id).collect()
    }

    fn write(&mut self) {
        for id in self.active() {
            if self.places[&id].paused_until.is_some() {
                continue;
            }
            let count = 1 + self.rng.below(3);
            let batch = data(&(self.next_value..self.next_value + count).collect::<Vec<_>>());
            self.next_value += count;
            self.act(id, |node| {
                if node.quorum.is_active() {
                    node.lead(&batch);
                }
            });
        }
        let wait = self.rng.below(60);
        self.push(wait, Happening::Write);
    }

    fn snapshot(&mut self) {
        let id = self.draw();
        if self.places[&id].is_up && self.places[&id].paused_until.is_none() {
            self.act(id, Node::write_snapshot);
        }
        let wait = self.rng.below(150);
        self.push(wait, Happening::Snapshot);
    }

    fn draw(&mut self) -> BrokerId {
        let ids = self.ids();
        ids[usize::try_from(self.rng.below(ids.len() as u64)).expect("small")]
    }

    fn fault(&mut self) {
        let id = self.draw();
        for place in self.places.values_mut() {
            place.node.read_batches = 1 + usize::try_from(self.rng.below(4)).expect("small");
        }
        match self.rng.below(8) {
            0 | 1 => self.crash(id, false),
            2 if self.chaos.power => self.crash(id, true),
            3 if self.chaos.power => {
                for id in self.ids() {
                    self.crash(id, true);
                }
            }
            4 if self.chaos.pauses => {
                let until = self.now.after_ms(i64::try_from(self.rng.below(500)).expect("small"));
                if self.places[&id].is_up && self.places[&id].paused_until.is_none() {
                    self.place(id).paused_until = Some(until);
                    self.push_at(until, Happening::Resume { node: id });
                }
            }
            5 | 6 if self.chaos.partitions => self.split(),
            _ => {
                if let Some(leader) = self.active().first().copied() {
                    let with_power = self.chaos.power && self.rng.below(2) == 0;
                    self.crash(leader, with_power);
                }
            }
        }
        let wait = self.rng.below(self.chaos.fault_every_ms * 2);
        self.push(wait, Happening::Fault);
    }

    fn crash(&mut self, id: BrokerId, with_power: bool) {
        self.stop(id, with_power);
        let wait = self.rng.below(300);
        self.push(wait, Happening::Start { node: id });
    }

    /// Cuts the nodes into two groups, both ways or one.
    fn split(&mut self) {
        self.cut.clear();
        let (groups, one_way) = (self.rng.bits(), self.rng.below(4) == 0);
        let side = |id: BrokerId| groups >> id & 1;
        for a in self.ids() {
            for b in self.ids() {
                if side(a) != side(b) && (!one_way || side(a) == 0) {
                    self.cut.insert((a, b));
                }
            }
        }
        let wait = 100 + self.rng.below(700);
        self.push(wait, Happening::Heal);
    }

    /// Cuts one node off, both ways.
    pub(super) fn isolate(&mut self, id: BrokerId) {
        for other in self.ids() {
            self.cut.insert((id, other));
            self.cut.insert((other, id));
        }
    }

    /// No more faults: everyone is up and reached.
    pub(super) fn heal(&mut self) {
        self.chaos = Chaos { snapshots: self.chaos.snapshots, ..Chaos::NONE };
        self.queue.retain(|_, happening| !matches!(happening, Happening::Fault));
        self.cut.clear();
        for id in self.ids() {
            self.place(id).paused_until = None;
            self.place(id).node.read_batches = usize::MAX;
            self.start(id);
        }
    }

    /// Whether every node has committed and applied more than what lies below `offset`.
    pub(super) fn all_beyond(&self, offset: Offset) -> bool {
        self.places.values().all(|place| place.is_up && place.node.image.end > offset)
    }

    pub(super) fn committed_end(&self) -> Offset {
        self.places.values().map(|place| place.node.quorum.high_watermark()).max().unwrap_or(0)
    }

    fn on_elected(&mut self, id: BrokerId, epoch: LeaderEpoch) {
        self.note("elected");
        let me = (id, self.places[&id].life);
        if let Some(other) = self.leaders.insert(epoch, me).filter(|other| *other != me) {
            self.blame(format!("epoch {epoch} is led by {me:?} and by {other:?}"));
        }
        let log = &self.places[&id].node.log;
        let has: BTreeMap<Offset, (LeaderEpoch, &Bytes)> =
            log.entries().map(|(base, epoch, bytes)| (base, (epoch, bytes))).collect();
        let missing = self
            .committed
            .iter()
            .find(|(base, (epoch, bytes))| **base >= log.start() && has.get(base) != Some(&(*epoch, bytes)));
        if let Some((base, (of, _))) = missing {
            self.blame(format!("leader {id} of epoch {epoch} has not what was committed at {base} in {of}"));
        }
    }

    /// What this node calls committed is what all others do.
    fn check(&mut self, id: BrokerId) {
        let place = self.places.get_mut(&id).expect("there is such a node");
        let (node, checked) = (&place.node, place.checked);
        let end = node.quorum.high_watermark().min(node.log.end());
        let mut wrong = None;
        if node.slow.is_none() {
            for batch in node.log.batches.iter().rev() {
                if batch.last_offset() >= end {
                    continue;
                }
                if batch.base_offset() < checked {
                    break;
                }
                let entry = (batch.partition_leader_epoch(), batch.bytes().clone());
                let known = self.committed.entry(batch.base_offset()).or_insert_with(|| entry.clone());
                if *known != entry {
                    wrong = Some(format!(
                        "{} is committed twice, in {} and {}",
                        batch.base_offset(),
                        known.0,
                        entry.0
                    ));
                }
            }
            place.checked = end;
        }
        let (image_end, sum) = (node.image.end, node.image.sum);
        if *self.images.entry(image_end).or_insert(sum) != sum {
            wrong = Some(format!("node {id} has another image at {image_end}"));
        }
        if let Some(wrong) = wrong {
            self.blame(wrong);
        }
    }

    /// Two logs with the same epoch at an offset are the same below. Source: Raft, log matching.
    pub(super) fn check_log_matching(&mut self) {
        let mut wrong = None;
        for (a, b) in pairs(&self.ids()) {
            let (left, right) = (&self.node(a).log, &self.node(b).log);
            let others: BTreeMap<Offset, (LeaderEpoch, &Bytes)> =
                right.entries().map(|(base, epoch, bytes)| (base, (epoch, bytes))).collect();
            let mut must_match = false;
            for (base, epoch, bytes) in left.entries().collect::<Vec<_>>().into_iter().rev() {
                let Some((other_epoch, other)) = others.get(&base) else { continue };
                must_match |= *other_epoch == epoch;
                if must_match && *other != bytes {
                    wrong = Some(format!("nodes {a} and {b} differ at {base} below an epoch both have"));
                }
            }
        }
        if let Some(wrong) = wrong {
            self.blame(wrong);
        }
    }

    /// A request of an administrator; nobody waits for the answer.
    pub(super) fn administrate(&mut self, to: BrokerId, version: i16, request: impl Into<Request>) {
        let ask = self.next_ask;
        self.next_ask += 1;
        self.act(to, |node| node.request(ask, version, request));
    }
}

fn pairs(ids: &[BrokerId]) -> Vec<(BrokerId, BrokerId)> {
    let pairs = ids.iter().flat_map(|a| ids.iter().map(|b| (*a, *b)));
    pairs.filter(|(a, b)| a < b).collect()
}

fn addressee(happening: &Happening) -> Option<(BrokerId, Option<u32>)> {
    match happening {
        Happening::Timer { node, life }
        | Happening::Disk { node, life }
        | Happening::Sync { node, life, .. }
        | Happening::LogDone { node, life } => Some((*node, Some(*life))),
        _ => None,
    }
}

/// The cluster's name on the wire.
pub(super) fn cluster_id() -> Option<klamm_wire::Str> {
    Some(CLUSTER.to_base64().as_str().into())
}
