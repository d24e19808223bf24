//! The pump and the life of a server, with machines that are not a node.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use klamm_core::disk::{BootOp, DiskOp, DiskStep, Owner, Path, StepDone};
use klamm_core::edge::{CloseReason, ConnId, Effect, Effects, Input, Peer};
use klamm_core::event::{Event, Reason};
use klamm_core::time::{Now, Timestamp};
use klamm_net::disk::Disk;
use klamm_net::pump::{Arrival, Life, Machine, Pump};
use klamm_net::{Ended, Limits, Platform, Server, StartError, TokioPlatform};
use klamm_wire::messages::ApiVersionsRequest;
use tokio::sync::{mpsc, watch};

use crate::fake::{Fake, answer};
use crate::rig::{config, connect};

fn pump<M: Machine>(
    machine: M,
    directory: &std::path::Path,
    on_event: impl FnMut(&Event) + Send + 'static,
) -> (mpsc::Sender<Arrival>, watch::Sender<Life>, Pump<TokioPlatform, M>) {
    let platform = TokioPlatform::current();
    let limits = Limits::default();
    let (sender, inputs) = mpsc::channel(limits.queued_inputs);
    let (life, wanted) = watch::channel(Life::Wanted);
    let disk = Disk::new(platform.files(), vec![directory.to_owned()], &limits);
    let inputs = (inputs, sender.downgrade());
    (sender, life, Pump::new(platform, machine, inputs, disk, &limits, wanted, Box::new(on_event)))
}

/// Goal: inputs that are waiting are handled together before their effects are performed, so that they can
/// share a write and a wake-up; and in order.
#[tokio::test]
async fn what_is_waiting_is_handled_together() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let log = Arc::new(Mutex::new(Vec::new()));
    let (handled, performed) = (log.clone(), log.clone());
    let machine = Fake(move |input, fx: &mut Effects| match input {
        Input::Closed(ConnId(id)) => {
            handled.lock().expect("unpoisoned").push(format!("handled {id}"));
            fx.push(Effect::Observe(Event::MetadataSnapshot { end: i64::try_from(id).expect("small") }));
        }
        Input::Shutdown => fx.push(Effect::Halt(Reason::Shutdown)),
        _ => {}
    });
    let (inputs, _life, pump) = pump(machine, directory.path(), move |event| {
        if let Event::MetadataSnapshot { end } = event {
            performed.lock().expect("unpoisoned").push(format!("performed {end}"));
        }
    });
    for id in 1..=3 {
        inputs.send(Arrival::Input(Input::Closed(ConnId(id)))).await.expect("room");
    }
    inputs.send(Arrival::Input(Input::Shutdown)).await.expect("room");
    assert_eq!(pump.run().await, Ended::Halted(Reason::Shutdown));
    let expected = ["handled 1", "handled 2", "handled 3", "performed 1", "performed 2", "performed 3"];
    assert_eq!(*log.lock().expect("unpoisoned"), expected);
}

struct Sleeper {
    deadline: Option<Timestamp>,
    woken: Arc<Mutex<Option<Timestamp>>>,
}

impl Machine for Sleeper {
    fn handle(&mut self, now: Now, input: Input, fx: &mut Effects) {
        match input {
            Input::Start => self.deadline = Some(now.monotonic.after(Duration::from_millis(20))),
            Input::Wake => {
                *self.woken.lock().expect("unpoisoned") = Some(now.monotonic);
                assert!(Some(now.monotonic) >= self.deadline, "woken before the time");
                fx.push(Effect::Halt(Reason::Shutdown));
            }
            other => panic!("nothing else happens: {other:?}"),
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.deadline
    }
}

/// Goal: with nothing else to do, a machine is woken when its deadline has come, not before.
#[tokio::test]
async fn a_deadline_wakes_the_machine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let woken = Arc::new(Mutex::new(None));
    let machine = Sleeper { deadline: None, woken: woken.clone() };
    let (_inputs, _life, pump) = pump(machine, directory.path(), |_| {});
    assert_eq!(pump.run().await, Ended::Halted(Reason::Shutdown));
    assert!(woken.lock().expect("unpoisoned").is_some());
}

/// Goal: a write that is done at once comes back as an input before anything else is waited for.
#[tokio::test]
async fn an_inline_write_is_answered_without_a_thread() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let machine = Fake(|input, fx: &mut Effects| match input {
        Input::Start => {
            let data = vec![Bytes::from_static(b"content")];
            let steps = vec![DiskStep::Write { path: Path::new(0, "file"), position: 0, data }];
            fx.push(Effect::Disk(DiskOp { owner: Owner::Boot(BootOp::Format(0)), steps }));
        }
        Input::Disk(_, answer) => {
            assert_eq!(answer, Ok(vec![StepDone::Done]));
            fx.push(Effect::Halt(Reason::Shutdown));
        }
        other => panic!("nothing else happens: {other:?}"),
    });
    let (_inputs, _life, pump) = pump(machine, directory.path(), |_| {});
    assert_eq!(pump.run().await, Ended::Halted(Reason::Shutdown));
    assert_eq!(std::fs::read(directory.path().join("file")).expect("written"), b"content");
}

/// Goal: what follows a close of the node is neither sent nor taken for an error, and the client sees the end
/// of the stream behind the replies emitted before.
#[tokio::test]
async fn a_close_comes_after_the_replies_before_it() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let platform = TokioPlatform::current();
    let server = Server::start_with(platform.clone(), config(directory.path()), |_, _| {
        Fake(|input, fx: &mut Effects| {
            if let Input::Request(id, request) = input {
                fx.push(answer(id, &request, 1));
                fx.push(Effect::Close(id, CloseReason::InvalidRequest));
                fx.push(answer(id, &request, 2));
            }
        })
    });
    let server = server.await.expect("it starts");
    let mut broker = connect(&platform, server.addresses()[0].port()).await;
    broker.call(0, ApiVersionsRequest::default()).await.expect("the first answer");
    let error = broker.call(0, ApiVersionsRequest::default()).await.expect_err("it is closed");
    let gone = [
        std::io::ErrorKind::UnexpectedEof,
        std::io::ErrorKind::ConnectionReset,
        std::io::ErrorKind::BrokenPipe,
    ];
    assert!(gone.contains(&error.kind()), "{error}");
}

/// Goal: a broken invariant ends the server; clients see their connection end and nothing is acknowledged.
#[tokio::test]
async fn a_panic_of_the_logic_ends_the_server() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let platform = TokioPlatform::current();
    let server = Server::start_with(platform.clone(), config(directory.path()), |_, _| {
        Fake(|input, _: &mut Effects| assert!(!matches!(input, Input::Request(..)), "a planted mistake"))
    });
    let server = server.await.expect("it starts");
    let mut broker = connect(&platform, server.addresses()[0].port()).await;
    broker.call(0, ApiVersionsRequest::default()).await.expect_err("no answer");
    assert_eq!(server.ended().await, Ended::Panicked);
}

/// Goal: an operation that makes a disk thread panic (a path that leaves the directory) does not leave the
/// node waiting for its answer.
#[tokio::test]
async fn a_panic_of_a_disk_thread_ends_the_server() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Server::start_with(TokioPlatform::current(), config(directory.path()), |_, _| {
        Fake(|input, fx: &mut Effects| {
            if input == Input::Start {
                let steps = vec![DiskStep::List { path: Path::new(0, "../elsewhere") }];
                fx.push(Effect::Disk(DiskOp { owner: Owner::Boot(BootOp::List(0)), steps }));
            }
        })
    });
    match server.await {
        Ok(server) => assert_eq!(server.ended().await, Ended::Panicked),
        Err(error) => assert!(matches!(error, StartError::Thread(_)), "{error}"),
    }
}

/// Goal: peers are told apart by connection, and every connection that was opened is closed once.
#[tokio::test]
async fn connections_are_opened_and_closed_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (seen, mut story) = mpsc::unbounded_channel();
    let platform = TokioPlatform::current();
    let server = Server::start_with(platform.clone(), config(directory.path()), |_, _| {
        Fake(move |input, fx: &mut Effects| match input {
            Input::Opened(id, Peer { host, listener, .. }) => {
                assert_eq!((&*host, &*listener), ("127.0.0.1", "PLAINTEXT"));
                seen.send(("opened", id)).expect("the test listens");
            }
            Input::Request(id, request) => fx.push(answer(id, &request, 1)),
            Input::Closed(id) => seen.send(("closed", id)).expect("the test listens"),
            _ => {}
        })
    });
    let server = server.await.expect("it starts");
    let port = server.addresses()[0].port();
    for round in 1..=3 {
        let mut broker = connect(&platform, port).await;
        broker.call(0, ApiVersionsRequest::default()).await.expect("an answer");
        drop(broker);
        assert_eq!(story.recv().await, Some(("opened", ConnId(round))));
        assert_eq!(story.recv().await, Some(("closed", ConnId(round))));
    }
}
