//! The disk as a node sees it.

use klamm_core::disk::{BootOp, Checkpoint, LogOp, Owner, Path};
use klamm_core::types::METADATA_PARTITION;

use super::*;

/// A disk with a queue of its own.
struct Bench {
    disk: Disk,
    now: Time,
    due: Due,
    answers: Vec<(Time, Answer)>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Self {
            disk: Disk::new(seed, 0, 1, Latency::default()),
            now: Time::default(),
            due: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn submit(&mut self, owner: Owner, steps: Vec<DiskStep>) -> &mut Self {
        self.disk.submit(self.now, DiskOp { owner, steps }, &mut self.due);
        self
    }

    /// One boot operation, run to its end.
    fn run(&mut self, steps: Vec<DiskStep>) -> Result<DiskDone, DiskError> {
        self.submit(Owner::Boot(BootOp::List(0)), steps).settle();
        self.answers.pop().expect("an answer").1.1
    }

    fn ok(&mut self, steps: Vec<DiskStep>) -> DiskDone {
        self.run(steps).expect("the disk is well")
    }

    fn step(&mut self) -> bool {
        let Some(next) = (0..self.due.len()).min_by_key(|index| self.due[*index].0) else { return false };
        let (time, token) = self.due.remove(next);
        self.now = self.now.max(time);
        if let Some(answer) = self.disk.finish_step(self.now, token, &mut self.due) {
            self.answers.push((self.now, answer));
        }
        true
    }

    fn settle(&mut self) {
        while self.step() {}
        assert_eq!(self.disk.backlog(), 0);
    }

    fn lose_power(&mut self) {
        self.disk.lose_power();
        self.due.clear();
    }

    fn content(&mut self, name: &str) -> Option<Vec<u8>> {
        match self.run(vec![DiskStep::Read { path: path(name), position: 0, length: u64::MAX }]) {
            Ok(done) => match &done[0] {
                StepDone::Read(bytes) => Some(bytes.to_vec()),
                other => panic!("{other:?}"),
            },
            Err(DiskError { kind: DiskErrorKind::NotFound, .. }) => None,
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn path(name: &str) -> Path {
    Path::new(0, name)
}

fn write(name: &str, position: u64, data: &'static [u8]) -> DiskStep {
    DiskStep::Write { path: path(name), position, data: vec![Bytes::from_static(data)] }
}

fn sync(name: &str) -> DiskStep {
    DiskStep::Sync { path: path(name) }
}

fn sync_dir(name: &str) -> DiskStep {
    DiskStep::SyncDir { path: path(name) }
}

fn log(op: LogOp) -> Owner {
    Owner::Log(METADATA_PARTITION, op)
}

#[test]
fn a_synced_file_without_a_synced_name_may_vanish_and_with_one_it_stays() {
    let mut vanished = 0;
    for seed in 0..60 {
        let mut bench = Bench::new(seed);
        bench.ok(vec![write("a", 0, b"data"), sync("a"), sync_dir("")]);
        bench.ok(vec![write("b", 0, b"data"), sync("b")]);
        bench.lose_power();
        assert_eq!(bench.content("a").as_deref(), Some(&b"data"[..]), "seed {seed}");
        match bench.content("b") {
            None => vanished += 1,
            Some(content) => assert_eq!(content, b"data", "seed {seed}: a synced file keeps its content"),
        }
    }
    assert!((10..50).contains(&vanished), "{vanished} of 60");
}

#[test]
fn an_unsynced_rename_may_be_undone_and_the_content_is_the_old_or_the_new() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let mut bench = Bench::new(seed);
        bench.ok(DiskStep::replace(&path("f"), vec![Bytes::from_static(b"old")]));
        let mut steps = DiskStep::replace(&path("f"), vec![Bytes::from_static(b"new")]);
        assert!(matches!(steps.pop(), Some(DiskStep::SyncDir { .. })));
        bench.ok(steps);
        bench.lose_power();
        seen.insert(bench.content("f").expect("one of the two"));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [b"new".to_vec(), b"old".to_vec()]);
}

#[test]
fn a_replaced_file_survives_every_power_loss() {
    for seed in 0..60 {
        let mut bench = Bench::new(seed);
        bench.ok(DiskStep::replace(&path("f"), vec![Bytes::from_static(b"old")]));
        bench.ok(DiskStep::replace(&path("f"), vec![Bytes::from_static(b"new")]));
        bench.lose_power();
        assert_eq!(bench.content("f").as_deref(), Some(&b"new"[..]), "seed {seed}");
    }
}

#[test]
fn a_file_below_a_directory_without_a_durable_name_is_gone_with_it() {
    let mut gone = false;
    for seed in 0..40 {
        let mut bench = Bench::new(seed);
        bench.ok(vec![
            DiskStep::CreateDir { path: path("d") },
            write("d/f", 0, b"data"),
            sync("d/f"),
            sync_dir("d"),
        ]);
        bench.lose_power();
        gone |= bench.content("d/f").is_none();
        let mut bench = Bench::new(seed);
        bench.ok(vec![DiskStep::CreateDir { path: path("d") }, sync_dir("")]);
        bench.ok(vec![write("d/f", 0, b"data"), sync("d/f"), sync_dir("d")]);
        bench.lose_power();
        assert_eq!(bench.content("d/f").as_deref(), Some(&b"data"[..]), "seed {seed}");
    }
    assert!(gone);
}

#[test]
fn a_crash_of_the_process_keeps_the_page_cache() {
    for seed in 0..30 {
        let mut bench = Bench::new(seed);
        bench.ok(vec![write("f", 0, b"cached")]);
        bench.disk.crash();
        assert_eq!(bench.content("f").as_deref(), Some(&b"cached"[..]));
    }
}

#[test]
fn a_write_under_way_at_a_crash_is_done_in_part() {
    let lengths: std::collections::BTreeSet<usize> = (0..60)
        .map(|seed| {
            let mut bench = Bench::new(seed);
            bench.submit(Owner::Boot(BootOp::List(0)), vec![write("f", 0, &[7; 3000])]);
            bench.disk.crash();
            bench.due.clear();
            bench.content("f").map_or(0, |content| content.len())
        })
        .collect();
    assert!(lengths.contains(&0) && lengths.contains(&3000), "{lengths:?}");
    assert!(lengths.iter().any(|length| (1..3000).contains(length)), "{lengths:?}");
}

/// Goal: the order that `klamm_core::disk` promises. A sync starts in its turn, and the write behind it
/// need not wait for it.
#[test]
fn operations_of_a_lane_keep_their_order_and_only_syncs_let_others_pass() {
    let mut overlapped = false;
    for seed in 0..40 {
        let mut bench = Bench::new(seed);
        bench.submit(log(LogOp::Append { end: 1 }), vec![write("f", 0, b"one")]);
        bench.submit(log(LogOp::Sync { end: 1 }), vec![sync("f")]);
        bench.submit(log(LogOp::Append { end: 2 }), vec![write("f", 3, b"two")]);
        bench.submit(log(LogOp::Roll { end: 2 }), vec![sync("f"), write("g", 0, b"index")]);
        bench.submit(log(LogOp::Append { end: 3 }), vec![write("f", 6, b"six")]);
        bench.settle();
        let order: Vec<&Owner> = bench.answers.iter().map(|(_, (op, _))| &op.owner).collect();
        let place = |op: LogOp| {
            let owner = log(op);
            order.iter().position(|other| **other == owner).expect("answered")
        };
        assert!(place(LogOp::Append { end: 1 }) < place(LogOp::Append { end: 2 }));
        assert!(place(LogOp::Append { end: 1 }) < place(LogOp::Sync { end: 1 }));
        assert!(place(LogOp::Append { end: 2 }) < place(LogOp::Roll { end: 2 }));
        assert!(place(LogOp::Roll { end: 2 }) < place(LogOp::Append { end: 3 }));
        overlapped |= place(LogOp::Append { end: 2 }) < place(LogOp::Sync { end: 1 });
        assert_eq!(bench.content("f").as_deref(), Some(&b"onetwosix"[..]));
    }
    assert!(overlapped, "a sync lets the writes behind it go on");
}

#[test]
fn lanes_do_not_wait_for_each_other() {
    let mut bench = Bench::new(1);
    bench.disk.faults.stall_chance = 1_000_000;
    bench.disk.faults.stall = (1_000_000_000, 1_000_000_000);
    bench.submit(log(LogOp::Append { end: 1 }), vec![write("f", 0, b"slow")]);
    bench.disk.faults.stall_chance = 0;
    bench.submit(Owner::Checkpoint(Checkpoint::HighWatermark, 0), vec![write("c", 0, b"fast")]);
    bench.settle();
    assert_eq!(bench.answers[0].1.0.owner, Owner::Checkpoint(Checkpoint::HighWatermark, 0));
    assert!(bench.answers[1].0 > Time(1_000_000_000));
}

#[test]
fn the_first_step_that_fails_ends_the_operation() {
    let mut bench = Bench::new(1);
    let missing = DiskStep::Read { path: path("missing"), position: 0, length: 1 };
    let error = bench.run(vec![write("a", 0, b"x"), missing, write("b", 0, b"x")]).unwrap_err();
    assert_eq!(error, DiskError { step: 1, kind: DiskErrorKind::NotFound });
    assert!(bench.content("a").is_some());
    assert!(bench.content("b").is_none());
}

#[test]
fn a_full_disk_takes_part_of_a_write_and_recovers_with_space() {
    let mut bench = Bench::new(1);
    bench.disk.limit_space(Some(10));
    let error = bench.run(vec![write("f", 0, b"sixteen bytes ok")]).unwrap_err();
    assert_eq!(error.kind, DiskErrorKind::NoSpace);
    assert_eq!(bench.content("f").as_deref(), Some(&b"sixteen by"[..]));
    bench.ok(vec![write("f", 0, b"fits")]);
    bench.disk.limit_space(None);
    bench.ok(vec![write("f", 0, b"sixteen bytes ok")]);
    assert_eq!(bench.disk.counters().no_space, 1);
}

#[test]
fn every_error_that_is_switched_on_occurs() {
    let mut bench = Bench::new(1);
    bench.ok(vec![write("f", 0, b"x"), write("g", 0, &[1; 2000]), sync("g"), sync_dir("")]);
    bench.disk.faults.read_error = 1_000_000;
    let read = DiskStep::Read { path: path("f"), position: 0, length: 1 };
    assert_eq!(bench.run(vec![read]).unwrap_err().kind, DiskErrorKind::Io);
    bench.disk.faults = DiskFaults { write_error: 1_000_000, ..DiskFaults::default() };
    assert_eq!(bench.run(vec![write("f", 0, b"x")]).unwrap_err().kind, DiskErrorKind::Io);
    bench.disk.faults = DiskFaults { sync_error: 1_000_000, ..DiskFaults::default() };
    assert_eq!(bench.run(vec![sync("f")]).unwrap_err().kind, DiskErrorKind::Io);
    assert_eq!(bench.run(vec![sync_dir("")]).unwrap_err().kind, DiskErrorKind::Io);
    bench.disk.faults = DiskFaults { misdirected_write: 1_000_000, ..DiskFaults::default() };
    while bench.disk.counters().misdirected == 0 {
        bench.ok(vec![write("f", 0, b"astray")]);
    }
    assert!(bench.content("g").expect("hit").windows(6).any(|window| window == b"astray"));
}

#[test]
fn an_older_image_is_put_back_whole_and_a_wiped_disk_is_empty() {
    let mut bench = Bench::new(1);
    bench.ok(vec![write("f", 0, b"first"), sync("f"), sync_dir("")]);
    let image = bench.disk.image();
    bench.ok(vec![write("f", 0, b"later"), sync("f"), write("g", 0, b"new"), sync("g"), sync_dir("")]);
    bench.lose_power();
    bench.disk.roll_back(&image);
    assert_eq!(bench.content("f").as_deref(), Some(&b"first"[..]));
    assert!(bench.content("g").is_none());
    bench.disk.wipe();
    assert_eq!(bench.ok(vec![DiskStep::List { path: path("") }]), [StepDone::Listed(Vec::new())]);
}

#[test]
fn removed_files_are_forgotten_once_nothing_can_bring_them_back() {
    let mut bench = Bench::new(1);
    for _ in 0..2000 {
        bench.ok(vec![write("f", 0, b"x"), DiskStep::Remove { path: path("f") }, sync_dir("")]);
    }
    assert!(bench.disk.tree.len() < 600, "{} inodes", bench.disk.tree.len());
}
