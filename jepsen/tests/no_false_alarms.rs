//! Clients of a cluster that does everything right, at random: nothing is ever wrong with their histories. And of a
//! cluster that does one thing wrong: that is found.

mod story;

use klamm_jepsen::history::{Function, Kind, Op, Record};
use klamm_jepsen::{Anomaly, Bounds, Checker, Options, Verdict};
use story::violations;

const KEYS: usize = 3;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// A record in a log. Markers have no value.
#[derive(Clone, Copy)]
struct Stored {
    value: i64,
    /// The transaction is decided: `Some(true)` if it is committed.
    committed: Option<bool>,
}

/// What a client is doing. Its operation takes effect some time between its beginning and its end.
#[derive(Default)]
struct Client {
    process: i64,
    places: [usize; KEYS],
    open: Option<Op>,
    sent: Vec<(usize, usize)>,
    polled: [usize; KEYS],
}

struct World {
    random: Random,
    logs: [Vec<Stored>; KEYS],
    clients: Vec<Client>,
    next_value: i64,
    next_process: i64,
    /// Nobody crashes any more, so that who was misled has to show it.
    calm: bool,
    history: Vec<Op>,
}

/// What a broken cluster does, once, half-way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// An acknowledged record vanishes.
    Lose,
    /// A record is appended twice.
    Double,
    /// An aborted record shows.
    ShowAborted,
    /// A reader is moved ahead.
    Skip,
    /// A reader is moved back.
    Rewind,
    /// A record appears that nobody sent.
    Invent,
}

impl World {
    fn new(seed: u64) -> Self {
        let clients = (0..5).map(|process| Client { process, ..Client::default() }).collect();
        Self {
            random: Random(seed),
            logs: Default::default(),
            clients,
            next_value: 0,
            next_process: 100,
            calm: false,
            history: Vec::new(),
        }
    }

    /// `read_committed`: up to the first record that is not decided.
    fn visible(&self, key: usize, from: usize) -> impl Iterator<Item = (usize, Stored)> + '_ {
        let records = self.logs[key].iter().copied().enumerate().skip(from);
        let decided = records.take_while(|(_, record)| record.committed.is_some());
        decided.filter(|(_, record)| record.committed == Some(true) && record.value >= 0)
    }

    fn begin(&mut self, at: usize) {
        let function =
            [Function::Send, Function::Poll, Function::Txn, Function::Txn][self.random.below(4)].clone();
        let mut op = Op::new(Kind::Invoke, self.clients[at].process, function.clone());
        let none: [(i64, Vec<Record>); 0] = [];
        for _ in 0..=self.random.below(3) {
            let sends = function == Function::Send || (function == Function::Txn && self.random.one_in(2));
            if sends {
                let key = self.random.below(KEYS);
                op = op.send(key as i64, None, self.next_value);
                self.next_value += 1;
            } else {
                op = op.poll(none.clone());
            }
        }
        self.history.push(op.clone());
        let client = &mut self.clients[at];
        client.polled = client.places;
        client.sent.clear();
        client.open = Some(Op::new(Kind::Ok, client.process, function));
        for step in op.steps {
            self.step(at, step);
        }
    }

    /// Sends append at once, undecided; polls take what is visible.
    fn step(&mut self, at: usize, step: klamm_jepsen::history::Step) {
        let mut open = self.clients[at].open.take().expect("it has begun");
        match step {
            klamm_jepsen::history::Step::Send { key, record } => {
                let klamm_jepsen::history::Atom::Int(number) = key else {
                    unreachable!("partitions are numbers")
                };
                let klamm_jepsen::history::Atom::Int(value) = record.value else {
                    unreachable!("so are records")
                };
                let number = usize::try_from(number).expect("small");
                let offset = self.logs[number].len();
                self.logs[number].push(Stored { value, committed: None });
                self.clients[at].sent.push((number, offset));
                let told = (!self.random.one_in(10)).then_some(offset as i64);
                open = open.send(key, told, value);
            }
            klamm_jepsen::history::Step::Poll(_) => {
                let mut returned = Vec::new();
                for key in 0..KEYS {
                    if self.random.one_in(2) {
                        continue;
                    }
                    let count = 1 + self.random.below(5);
                    let records: Vec<_> =
                        self.visible(key, self.clients[at].polled[key]).take(count).collect();
                    if let Some(&(last, _)) = records.last() {
                        self.clients[at].polled[key] = last + 1;
                    }
                    let record = |(offset, record): (usize, Stored)| Record {
                        offset: Some(offset as i64),
                        value: record.value.into(),
                    };
                    returned.push((key as i64, records.into_iter().map(record).collect()));
                }
                open = open.poll(returned);
            }
        }
        self.clients[at].open = Some(open);
    }

    fn end(&mut self, at: usize) {
        let mut op = self.clients[at].open.take().expect("it has begun");
        let sent = std::mem::take(&mut self.clients[at].sent);
        let outcome = if self.calm { 0 } else { self.random.below(8) };
        let commits = outcome < 6 || (outcome == 6 && self.random.one_in(2));
        op.kind = match outcome {
            0..6 => Kind::Ok,
            6 => Kind::Info,
            _ => Kind::Fail,
        };
        for &(key, offset) in &sent {
            self.logs[key][offset].committed = Some(commits);
        }
        let mut touched: Vec<usize> = sent.iter().map(|&(key, _)| key).collect();
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            self.logs[key].push(Stored { value: -1, committed: Some(true) });
        }
        let client = &mut self.clients[at];
        if op.kind == Kind::Ok {
            client.places = client.polled;
        }
        if op.kind == Kind::Info {
            // Nobody knows where it was; a new client begins anew.
            client.process = self.next_process;
            client.places = [0; KEYS];
            self.next_process += 1;
            if self.random.one_in(2) {
                op.steps.clear();
                op.batches.clear();
                op.polled.clear();
            }
        }
        self.history.push(op);
    }

    fn act(&mut self) {
        let at = self.random.below(self.clients.len());
        if self.clients[at].open.is_some() {
            self.end(at);
        } else {
            self.begin(at);
        }
    }

    fn spoil(&mut self, flaw: Flaw) -> bool {
        let key = self.random.below(KEYS);
        let readable: Vec<(usize, Stored)> = self.visible(key, 0).collect();
        let Some(&(last, _)) = readable.last() else { return false };
        let at = self.random.below(self.clients.len());
        match flaw {
            Flaw::Lose => {
                // One that nobody has read yet.
                let read = |value: i64| {
                    self.history.iter().flat_map(|op| &op.polled).any(|record| record.value == value.into())
                };
                let unread = readable.into_iter().find(|(_, record)| !read(record.value));
                let Some((offset, _)) = unread else { return false };
                if self.clients.iter().any(|client| client.open.is_some()) {
                    return false;
                }
                let value = self.logs[key][offset].value;
                self.logs[key][offset].value = -1;
                self.history.iter().any(|op| {
                    op.kind == Kind::Ok
                        && op.steps.iter().any(|step| {
                            matches!(step, klamm_jepsen::history::Step::Send { record, .. }
                                if record.value == value.into() && record.offset.is_some())
                        })
                })
            }
            Flaw::Double => {
                let value = readable[0].1.value;
                self.logs[key].push(Stored { value, committed: Some(true) });
                true
            }
            Flaw::ShowAborted => {
                let aborted = self.logs[key].iter_mut().rev().find(|record| record.committed == Some(false));
                let Some(aborted) = aborted else { return false };
                let value = aborted.value;
                self.logs[key].push(Stored { value, committed: Some(true) });
                self.history.iter().any(|op| {
                    op.kind == Kind::Fail
                        && op.steps.iter().any(|step| {
                            matches!(step, klamm_jepsen::history::Step::Send { record, .. } if record.value == value.into())
                        })
                })
            }
            Flaw::Skip => {
                let client = &mut self.clients[at];
                let skips = client.open.is_none() && client.process < 100 && client.places[key] > 0;
                let behind = readable.iter().filter(|(offset, _)| *offset >= client.places[key]).count();
                if skips && behind > 2 {
                    client.places[key] = last;
                }
                skips && behind > 2
            }
            Flaw::Rewind => {
                let client = &mut self.clients[at];
                let rewinds = client.open.is_none() && client.places[key] > readable[0].0;
                if rewinds {
                    client.places[key] = 0;
                }
                rewinds
            }
            Flaw::Invent => {
                self.logs[key].push(Stored { value: 1_000_000, committed: Some(true) });
                true
            }
        }
    }

    /// Ends everything, and reads everything from the beginning.
    fn finish(mut self) -> Vec<Op> {
        for at in 0..self.clients.len() {
            if self.clients[at].open.is_some() {
                self.end(at);
            }
        }
        // Everybody goes on to the end, and somebody who begins anew reads it all.
        self.clients.push(Client { process: 999, ..Client::default() });
        for client in &self.clients {
            let log = |key: usize| {
                let records = self.visible(key, client.places[key]);
                let record = |(offset, record): (usize, Stored)| Record {
                    offset: Some(offset as i64),
                    value: record.value.into(),
                };
                (key as i64, records.map(record).collect())
            };
            self.history.push(Op::new(Kind::Ok, client.process, Function::Poll).poll((0..KEYS).map(log)));
        }
        self.history
    }
}

fn judge(history: &[Op], records: usize) -> Verdict {
    let bounds = Bounds { records, ..Bounds::default() };
    let mut checker = Checker::new(Options { bounds, ..Options::default() });
    for op in history {
        checker.push(op).expect("it is short");
    }
    checker.verdict()
}

/// Method: many seeds, each a history of a few hundred operations of overlapping clients, with transactions that abort,
/// ends that nobody knows, and offsets that are not told.
#[test]
fn a_right_cluster_is_never_wrong() {
    let mut operations = 0;
    for seed in 0..400 {
        let mut world = World::new(seed);
        for _ in 0..600 {
            world.act();
        }
        let history = world.finish();
        for bound in [usize::MAX, 100] {
            let verdict = judge(&history, bound);
            assert!(
                verdict.is_valid(),
                "seed {seed}, bound {bound}: {}",
                klamm_jepsen::report::text(&verdict, &Default::default())
            );
            operations += verdict.counts.ok;
        }
    }
    assert!(operations > 100_000, "{operations}");
}

/// Method: the same, and half-way one thing goes wrong; the anomaly that names it must be among those found.
#[test]
fn what_a_broken_cluster_does_is_found_by_its_name() {
    for (flaw, expected) in [
        (Flaw::Lose, Anomaly::LostWrite),
        (Flaw::Double, Anomaly::Duplicate),
        (Flaw::ShowAborted, Anomaly::G1a),
        (Flaw::Skip, Anomaly::PollSkip),
        (Flaw::Rewind, Anomaly::NonmonotonicPoll),
        (Flaw::Invent, Anomaly::GarbageRead),
    ] {
        let mut tried = 0;
        for seed in 1000..1100 {
            let mut world = World::new(seed);
            let mut spoiled = false;
            for step in 0..800 {
                world.act();
                if step > 200 && !spoiled {
                    spoiled = world.spoil(flaw);
                    world.calm = spoiled;
                }
            }
            if spoiled {
                tried += 1;
                let verdict = judge(&world.finish(), usize::MAX);
                let found = violations(&verdict);
                assert!(found.contains(&expected.name()), "{flaw:?}, seed {seed}: {found:?}");
            }
        }
        assert!(tried > 20, "{flaw:?} could be tried {tried} times only");
    }
}
