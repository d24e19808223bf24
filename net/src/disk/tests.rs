//! Operations on real files in a temporary directory.

use klamm_core::disk::{BootOp, Checkpoint, DirEntry, DiskErrorKind, LogOp, Owner, Path, StepDone};
use klamm_core::types::METADATA_PARTITION;
use tempfile::TempDir;

use super::*;
use crate::platform::StdFiles;

struct Rig {
    directory: TempDir,
    disk: Disk<StdFiles>,
}

impl Rig {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let limits = Limits { open_files: 2, ..Limits::default() };
        let disk = Disk::new(StdFiles, vec![directory.path().to_owned()], &limits);
        Self { directory, disk }
    }

    fn run(&self, steps: Vec<DiskStep>) -> Result<DiskDone, DiskError> {
        self.disk.shared.executor.perform(&boot(steps))
    }

    fn content(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.directory.path().join(name)).expect("a file")
    }
}

fn boot(steps: Vec<DiskStep>) -> DiskOp {
    DiskOp { owner: Owner::Boot(BootOp::List(0)), steps }
}

fn path(name: &str) -> Path {
    Path::new(0, name)
}

fn write(name: &str, position: u64, data: &[&'static str]) -> DiskStep {
    let data = data.iter().map(|chunk| Bytes::from_static(chunk.as_bytes())).collect();
    DiskStep::Write { path: path(name), position, data }
}

fn read(name: &str, position: u64, length: u64) -> DiskStep {
    DiskStep::Read { path: path(name), position, length }
}

fn append(step: DiskStep) -> DiskOp {
    DiskOp { owner: Owner::Log(METADATA_PARTITION, LogOp::Append { end: 1 }), steps: vec![step] }
}

fn sync(name: &str) -> DiskOp {
    let steps = vec![DiskStep::Sync { path: path(name) }];
    DiskOp { owner: Owner::Log(METADATA_PARTITION, LogOp::Sync { end: 1 }), steps }
}

/// Goal: every step does what `klamm_core::disk` says it does, on a real file system.
#[test]
fn each_step_does_what_it_says() {
    let rig = Rig::new();
    let done = rig
        .run(vec![
            DiskStep::CreateDir { path: path("d") },
            DiskStep::CreateDir { path: path("d") },
            write("d/f", 2, &["bc", "", "def"]),
            read("d/f", 0, u64::MAX),
            read("d/f", 3, 2),
            read("d/f", 100, 5),
            DiskStep::Truncate { path: path("d/f"), length: 3 },
            DiskStep::Sync { path: path("d/f") },
            DiskStep::SyncDir { path: path("d") },
            DiskStep::Rename { from: path("d/f"), to: path("d/g") },
            DiskStep::List { path: path("d") },
            read("d/g", 0, u64::MAX),
            DiskStep::Remove { path: path("d/g") },
            DiskStep::Remove { path: path("d/g") },
            DiskStep::RemoveDir { path: path("d") },
            DiskStep::RemoveDir { path: path("d") },
            DiskStep::List { path: path("") },
        ])
        .expect("every step is legal");
    let bytes = |content: &'static [u8]| StepDone::Read(Bytes::from_static(content));
    assert_eq!(done[3..6], [bytes(b"\0\0bcdef"), bytes(b"cd"), bytes(b"")]);
    let listed = StepDone::Listed(vec![DirEntry { name: "g".into(), is_dir: false, length: 3 }]);
    assert_eq!(done[10..12], [listed, bytes(b"\0\0b")]);
    assert_eq!(done[16], StepDone::Listed(Vec::new()));
}

/// Goal: the answer says which step failed and how, and later steps were not tried.
#[test]
fn the_first_failure_ends_an_operation() {
    let rig = Rig::new();
    let failed = |steps| rig.run(steps).expect_err("it cannot work");
    let kind = DiskErrorKind::NotFound;
    let missing = vec![write("a", 0, &["x"]), read("missing", 0, 1), write("b", 0, &["x"])];
    assert_eq!(failed(missing), DiskError { step: 1, kind });
    assert_eq!(rig.content("a"), b"x");
    assert!(!rig.directory.path().join("b").exists());
    assert_eq!(failed(vec![write("no/such/dir", 0, &["x"])]), DiskError { step: 0, kind });
    assert_eq!(failed(vec![DiskStep::Sync { path: path("missing") }]), DiskError { step: 0, kind });
    // A file where a directory should be is no case of its own.
    let kind = DiskErrorKind::Io;
    assert_eq!(failed(vec![write("a/b", 0, &["x"])]), DiskError { step: 0, kind });
}

/// Goal: handles are not kept over a change of names: what is written under a name lands under that name.
#[test]
fn open_files_follow_renames_and_removals() {
    let rig = Rig::new();
    rig.run(vec![
        DiskStep::CreateDir { path: path("t") },
        write("t/f", 0, &["old"]),
        DiskStep::Rename { from: path("t"), to: path("u") },
        DiskStep::CreateDir { path: path("t") },
        write("t/f", 0, &["new"]),
        write("u/f", 3, &["er"]),
        write("x", 0, &["x"]),
        write("y", 0, &["y"]),
        DiskStep::Rename { from: path("x"), to: path("y") },
        write("y", 1, &["+"]),
    ])
    .expect("every step is legal");
    assert_eq!((rig.content("t/f"), rig.content("u/f")), (b"new".to_vec(), b"older".to_vec()));
    assert_eq!(rig.content("y"), b"x+");
}

/// Goal: many chunks, more than the system takes at once, are written back to back.
#[test]
fn chunks_are_written_back_to_back() {
    let rig = Rig::new();
    let chunk = |n: usize| Bytes::from(vec![u8::try_from(n % 251).expect("small"); n % 7]);
    let chunks: Vec<Bytes> = (0..3000).map(chunk).collect();
    rig.run(vec![DiskStep::Write { path: path("f"), position: 5, data: chunks.clone() }]).expect("legal");
    assert_eq!(rig.content("f")[5..], chunks.concat());
}

/// Goal: no name of the core reaches a file outside its log directory.
#[test]
fn paths_never_leave_the_log_directory() {
    let rig = Rig::new();
    for name in ["../x", "/etc/passwd", "a/../../x", "a//b", ".", "a/"] {
        let attempt = std::panic::AssertUnwindSafe(|| rig.run(vec![read(name, 0, 1)]));
        assert!(std::panic::catch_unwind(attempt).is_err(), "{name}");
    }
}

/// Goal: an acknowledgement under `written` needs no second thread.
#[test]
fn a_small_write_on_an_idle_lane_is_done_at_once() {
    let rig = Rig::new();
    let Submitted::Done(_, answer) = rig.disk.submit(append(write("f", 0, &["x"]))) else {
        panic!("it was handed over")
    };
    assert_eq!(answer, Ok(vec![StepDone::Done]));
    assert_eq!(rig.content("f"), b"x");
}

/// Goal: a sync does not hold back what comes behind it, and finds its file although that gets another
/// name meanwhile; a write behind an unfinished change waits.
#[test]
fn syncs_overlap_and_everything_else_keeps_its_order() {
    let rig = Rig::new();
    assert!(matches!(rig.disk.submit(append(write("f", 0, &["x"]))), Submitted::Done(..)));
    assert!(matches!(rig.disk.submit(sync("f")), Submitted::Later));
    // No thread runs yet, so the sync has not been done: the next write does not wait for it.
    assert!(matches!(rig.disk.submit(append(write("f", 1, &["y"]))), Submitted::Done(..)));
    let rename = DiskStep::Rename { from: path("f"), to: path("g") };
    assert!(matches!(rig.disk.submit(append(rename)), Submitted::Later));
    assert!(matches!(rig.disk.submit(append(write("f", 0, &["z"]))), Submitted::Later));
    assert!(matches!(rig.disk.submit(sync("f")), Submitted::Later));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let answers = runtime.block_on(async {
        let (sender, mut inputs) = mpsc::channel(10);
        let worker = rig.disk.clone().work(sender);
        let collect = async {
            let mut answers = Vec::new();
            for _ in 0..4 {
                let Some(Arrival::Input(Input::Disk(op, answer))) = inputs.recv().await else {
                    panic!("an operation is answered")
                };
                rig.disk.taken_in(&op);
                answers.push((op, answer.is_ok()));
            }
            rig.disk.close();
            answers
        };
        tokio::join!(worker, collect).1
    });
    let rename = DiskStep::Rename { from: path("f"), to: path("g") };
    let expected = [sync("f"), append(rename), append(write("f", 0, &["z"])), sync("f")];
    assert_eq!(answers, expected.map(|op| (op, true)));
    assert_eq!((rig.content("g"), rig.content("f")), (b"xy".to_vec(), b"z".to_vec()));
}

/// Goal: what could be done at once does not overtake an answer that is on its way.
#[test]
fn a_small_write_waits_until_the_answer_before_it_was_taken_in() {
    let rig = Rig::new();
    assert!(matches!(rig.disk.submit(append(DiskStep::Remove { path: path("f") })), Submitted::Later));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (sender, mut inputs) = mpsc::channel(10);
        let worker = rig.disk.clone().work(sender);
        let collect = async {
            let Some(Arrival::Input(Input::Disk(first, _))) = inputs.recv().await else {
                panic!("an answer")
            };
            assert!(matches!(rig.disk.submit(append(write("f", 0, &["x"]))), Submitted::Later));
            rig.disk.taken_in(&first);
            let Some(Arrival::Input(Input::Disk(second, _))) = inputs.recv().await else {
                panic!("an answer")
            };
            rig.disk.taken_in(&second);
            assert!(matches!(rig.disk.submit(append(write("f", 1, &["y"]))), Submitted::Done(..)));
            rig.disk.close();
        };
        tokio::join!(worker, collect);
    });
    assert_eq!(rig.content("f"), b"xy");
}

/// Goal: lanes do not wait for each other, several threads share the work, and the answers of a lane come in
/// the order of its operations.
#[test]
fn threads_share_the_lanes_and_answers_keep_their_order() {
    let rig = Rig::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let lanes = [Checkpoint::HighWatermark, Checkpoint::RecoveryPoint, Checkpoint::LogStartOffset];
    runtime.block_on(async {
        let (sender, mut inputs) = mpsc::channel(2);
        let workers: Vec<_> = (0..3).map(|_| tokio::spawn(rig.disk.clone().work(sender.clone()))).collect();
        for round in 0..50 {
            for lane in lanes {
                let name = format!("{lane:?}");
                let data = vec![Bytes::from(format!("{round:02}"))];
                let write = DiskStep::Write { path: path(&name), position: round * 2, data };
                // With a change of names in it, it goes to the threads.
                let steps = vec![write, DiskStep::Remove { path: path("none") }];
                rig.disk.submit(DiskOp { owner: Owner::Checkpoint(lane, 0), steps });
            }
        }
        let mut answered = std::collections::BTreeMap::new();
        for _ in 0..150 {
            let Some(Arrival::Input(Input::Disk(op, _))) = inputs.recv().await else { panic!("an answer") };
            let DiskStep::Write { position, .. } = op.steps[0] else { panic!("all of them write") };
            let next = answered.entry(op.owner.lane()).or_insert(0);
            assert_eq!(position, *next, "{:?}", op.owner);
            *next += 2;
            rig.disk.taken_in(&op);
        }
        rig.disk.close();
        for worker in workers {
            worker.await.expect("a worker ends when the disk is closed");
        }
    });
    let expected: String = (0..50).map(|round| format!("{round:02}")).collect();
    for lane in lanes {
        assert_eq!(rig.content(&format!("{lane:?}")), expected.as_bytes());
    }
}
