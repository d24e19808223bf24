//! How fast histories are judged: `cargo run --release -p klamm-jepsen --example throughput [OPERATIONS [NAME]]`;
//! with a name, only those measurements that have it in theirs.
//!
//! An operation is its beginning and its end, two events. The histories are those of a cluster that does everything
//! right; the generator's time is not measured.

use std::fs;
use std::time::{Duration, Instant};

use klamm_jepsen::history::{Function, Kind, Op, Reader, Record, write_edn, write_json};
use klamm_jepsen::{Checker, Options};

const KEYS: i64 = 16;
const PROCESSES: i64 = 32;

/// A cluster in which everything works: each partition is a list, each process has a place in each.
struct Cluster {
    logs: Vec<Vec<(i64, i64)>>,
    places: Vec<Vec<usize>>,
    next_offset: Vec<i64>,
    random: u64,
}

impl Cluster {
    fn new() -> Self {
        let keys = usize::try_from(KEYS).expect("small");
        let processes = usize::try_from(PROCESSES).expect("small");
        Self {
            logs: vec![Vec::new(); keys],
            places: vec![vec![0; keys]; processes],
            next_offset: vec![0; keys],
            random: 7,
        }
    }

    fn below(&mut self, bound: i64) -> i64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.random >> 33).expect("31 bits") % bound
    }

    fn append(&mut self, key: i64) -> Record {
        let at = usize::try_from(key).expect("small");
        let (offset, value) = (self.next_offset[at], i64::try_from(self.logs[at].len()).expect("short"));
        self.next_offset[at] += 1;
        self.logs[at].push((offset, value));
        Record { offset: Some(offset), value: value.into() }
    }

    fn poll(&mut self, process: i64, key: i64) -> (i64, Vec<Record>) {
        let (at, process) = (usize::try_from(key).expect("small"), usize::try_from(process).expect("small"));
        let place = &mut self.places[process][at];
        let records = self.logs[at][*place..].iter().take(16);
        let records: Vec<Record> =
            records.map(|&(offset, value)| Record { offset: Some(offset), value: value.into() }).collect();
        *place += records.len();
        (key, records)
    }
}

/// Sends of one record by some processes, polls of one partition by the others, as clients without transactions do.
fn ordinary(operations: usize) -> Vec<Op> {
    let mut cluster = Cluster::new();
    let mut events = Vec::with_capacity(operations * 2);
    for _ in 0..operations {
        let process = cluster.below(PROCESSES);
        let key = cluster.below(KEYS);
        if process < PROCESSES * 7 / 8 {
            let record = cluster.append(key);
            events.push(Op::new(Kind::Invoke, process, Function::Send).send(key, None, record.value.clone()));
            events.push(Op::new(Kind::Ok, process, Function::Send).send(key, record.offset, record.value));
        } else {
            let none: [(i64, Vec<Record>); 0] = [];
            events.push(Op::new(Kind::Invoke, process, Function::Poll).poll(none));
            let key = process % 4 * 4 + key % 4;
            let polled = cluster.poll(process, key);
            events.push(Op::new(Kind::Ok, process, Function::Poll).poll([polled]));
        }
    }
    numbered(events)
}

/// Transactions of one to four sends and polls, each ending with a marker in its partitions.
fn transactions(operations: usize) -> Vec<Op> {
    let mut cluster = Cluster::new();
    let mut events = Vec::with_capacity(operations * 2);
    for _ in 0..operations {
        let process = cluster.below(PROCESSES);
        let mut begin = Op::new(Kind::Invoke, process, Function::Txn);
        let mut end = Op::new(Kind::Ok, process, Function::Txn);
        let mut sent = Vec::new();
        for _ in 0..=cluster.below(4) {
            let key = cluster.below(KEYS);
            if cluster.below(2) == 0 {
                let none: [(i64, Vec<Record>); 0] = [];
                begin = begin.poll(none);
                // A poll sees nothing of its own transaction.
                let key =
                    (0..KEYS).find(|key| !sent.contains(key) && (key + process) % 4 == 0).unwrap_or(key);
                if sent.contains(&key) {
                    end = end.poll::<i64>([]);
                } else {
                    end = end.poll([cluster.poll(process, key)]);
                }
            } else {
                let record = cluster.append(key);
                begin = begin.send(key, None, record.value.clone());
                end = end.send(key, record.offset, record.value);
                if !sent.contains(&key) {
                    sent.push(key);
                }
            }
        }
        for key in sent {
            cluster.next_offset[usize::try_from(key).expect("small")] += 1;
        }
        events.push(begin);
        events.push(end);
    }
    numbered(events)
}

fn numbered(mut events: Vec<Op>) -> Vec<Op> {
    for (index, event) in (0_u64..).zip(&mut events) {
        event.index = Some(index);
        event.time = Some(i64::try_from(index).expect("short") * 1500);
    }
    events
}

/// How long this thread has computed, so that others on the machine do not count; where that is not told, the time of day.
struct Clock(Instant);

impl Clock {
    fn now(&self) -> Duration {
        let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
        let computed = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
        computed.map_or_else(|| self.0.elapsed(), Duration::from_nanos)
    }
}

fn measure(name: &str, operations: usize, run: impl FnOnce() -> Checker) {
    if std::env::args().nth(2).is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let clock = Clock(Instant::now());
    let started = clock.now();
    let mut checker = run();
    let pushed = clock.now() - started;
    let verdict = checker.verdict();
    let all = clock.now() - started;
    let rate = operations as f64 / all.as_secs_f64() / 1e6;
    println!(
        "{name:32} {rate:6.2} M operations/s   ({:.0} ms, of it the verdict {:.0} ms; {} records sent, {} polled)",
        all.as_secs_f64() * 1e3,
        (all - pushed).as_secs_f64() * 1e3,
        verdict.counts.sent,
        verdict.counts.polled
    );
    let violated: Vec<_> = verdict
        .groups
        .iter()
        .filter(|(name, group)| group.violations > 0 && name.name() != "unseen")
        .collect();
    assert!(violated.is_empty(), "the cluster does everything right: {violated:?}");
}

fn check_text(text: &str) -> Checker {
    let mut reader = Reader::new(text.as_bytes());
    let mut checker = Checker::new(Options::default());
    let mut op = Op::default();
    while reader.read(&mut op).expect("it was written here") {
        checker.push(&op).expect("it is short");
    }
    checker
}

fn main() {
    let operations = std::env::args().nth(1).map_or(1_000_000, |count| count.parse().expect("a number"));
    for (name, events) in
        [("sends and polls", ordinary(operations)), ("transactions", transactions(operations))]
    {
        measure(&format!("{name}, events in memory"), operations, || {
            let mut checker = Checker::new(Options::default());
            for event in &events {
                checker.push(event).expect("it is short");
            }
            checker
        });
        for (form, write) in [("JSON", write_json as fn(&Op, &mut String)), ("EDN", write_edn)] {
            let mut text = String::new();
            events.iter().for_each(|event| write(event, &mut text));
            measure(&format!("{name}, {form}, {} MB", text.len() / 1_000_000), operations, || {
                check_text(&text)
            });
        }
    }
}
