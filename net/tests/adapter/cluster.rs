//! A cluster in one process: its nodes are killed, paused and started again.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use klamm_core::config::Config;
use klamm_core::types::BrokerId;
use klamm_net::cluster::control::{self, Control};
use klamm_net::cluster::{Cluster, ClusterConfig, Order, State};
use klamm_net::{Limits, StartError, TokioPlatform};
use klamm_wire::messages::ApiVersionsRequest;
use tokio::time::timeout;

use crate::requests::{PRODUCE, create_topic, produce, produced, read_all};
use crate::rig::connect;

/// How long a test waits for what has to come; nothing is said by it about how long that takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Three nodes on ports that the system chooses, with sessions that are soon over.
fn config(directory: &Path) -> ClusterConfig {
    let mut node = Config {
        default_replication_factor: 3,
        broker_session_timeout_ms: 2000,
        broker_heartbeat_interval_ms: 200,
        group_initial_rebalance_delay_ms: 0,
        ..Config::default()
    };
    node.topic.min_insync_replicas = 2;
    ClusterConfig {
        nodes: 3,
        host: "127.0.0.1".into(),
        first_port: 0,
        directory: directory.to_owned(),
        node,
        seed: 1,
        limits: Limits::default(),
    }
}

async fn start(directory: &Path) -> Cluster {
    let started = Cluster::start(TokioPlatform::current(), &config(directory)).await;
    let cluster = started.expect("it starts");
    timeout(PATIENCE, cluster.ready()).await.expect("in time").expect("every node serves");
    cluster
}

/// Writes a record to partition 0 of a topic, wherever that is led; returns where, and at which offset.
async fn write(cluster: &Cluster, topic: &str, value: &'static str) -> (BrokerId, i64) {
    let started = Instant::now();
    let platform = TokioPlatform::current();
    while started.elapsed() < PATIENCE {
        for member in cluster.members.iter().filter(|member| member.state() == State::Running) {
            let mut broker = connect(&platform, member.address.port()).await;
            let sent = broker.call(PRODUCE, produce(topic, -1, &[Bytes::from_static(value.as_bytes())]));
            if let Ok(response) = sent.await
                && let Ok(offset) = produced(&response)
            {
                return (member.id, offset);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{value} was written nowhere")
}

/// Values of a topic, from the node that leads it.
async fn values(cluster: &Cluster, topic: &str) -> Vec<Bytes> {
    let (leader, _) = write(cluster, topic, "last").await;
    let port = cluster.member(leader).expect("it has answered").address.port();
    let all = read_all(&mut connect(&TokioPlatform::current(), port).await, topic).await;
    all.into_iter().map(|(_, value)| value).collect()
}

/// Goal: the death of a leader takes nothing that was acknowledged, its next life is one of the cluster again, and the
/// next start of the cluster goes on with everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_survives_its_nodes_and_itself() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cluster = start(directory.path()).await;
    let any = cluster.members[0].address.port();
    create_topic(&mut connect(&TokioPlatform::current(), any).await, "t").await;
    let (leader, offset) = write(&cluster, "t", "a").await;
    assert_eq!(offset, 0);
    let member = cluster.member(leader).expect("it has answered");
    member.obey(Order::Kill).await.expect("it runs");
    assert_eq!(member.state(), State::Down("killed".into()));
    assert_eq!(member.obey(Order::Kill).await, Err("it is down: killed".into()));
    let (next, offset) = write(&cluster, "t", "b").await;
    assert_ne!(next, leader);
    assert_eq!(offset, 1);
    member.obey(Order::Start).await.expect("it is down");
    assert_eq!(timeout(PATIENCE, member.settled()).await.expect("in time"), State::Running);
    assert_eq!(cluster.shutdown().await, Ok(()));

    let cluster = start(directory.path()).await;
    assert_eq!(values(&cluster, "t").await, ["a", "b", "last"]);
    assert_eq!(cluster.shutdown().await, Ok(()));
}

/// Goal: a paused node keeps its connections and answers nobody; afterwards it answers what came meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_node_answers_later() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cluster = start(directory.path()).await;
    let member = &cluster.members[2];
    let mut broker = connect(&TokioPlatform::current(), member.address.port()).await;
    let hello =
        || ApiVersionsRequest { client_software_name: "test".into(), client_software_version: "1".into() };
    broker.call(3, hello()).await.expect("an answer");
    member.obey(Order::Pause).await.expect("it runs");
    broker.send(3, &hello().into()).await.expect("the connection is open");
    assert!(timeout(Duration::from_millis(300), broker.receive()).await.is_err(), "nobody answers");
    assert_eq!(member.obey(Order::Pause).await, Err("it is paused".into()));
    member.obey(Order::Resume).await.expect("it is paused");
    timeout(PATIENCE, broker.receive()).await.expect("in time").expect("the answer that was kept");
    assert_eq!(cluster.shutdown().await, Ok(()));
}

/// Goal: orders come through the directory, and what cannot be done is told in words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_come_through_the_directory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cluster = start(directory.path()).await;
    let control = Control::listen(directory.path(), cluster.clone()).expect("a socket");
    let path = directory.path().to_owned();
    let order = move |line: &'static str| {
        let path = path.clone();
        tokio::task::spawn_blocking(move || control::order(&path, line).map_err(|error| error.to_string()))
    };
    let states = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.splitn(3, ' ').nth(2).expect("a state").to_owned()).collect()
    };
    let status = order("status").await.expect("it ends").expect("an answer");
    assert_eq!(states(status), ["running", "running", "running"]);
    assert_eq!(order("kill 2").await.expect("it ends"), Ok(vec![]));
    assert_eq!(order("kill 2").await.expect("it ends"), Err("node 2: it is down: killed".into()));
    assert_eq!(
        order("kill 4").await.expect("it ends"),
        Err("there is no node 4; there are nodes 1 to 3".into())
    );
    assert_eq!(order("burn 1").await.expect("it ends"), Err("'burn' is no order".into()));
    let status = order("status").await.expect("it ends").expect("an answer");
    assert_eq!(states(status), ["running", "down: killed", "running"]);
    assert_eq!(cluster.shutdown().await, Ok(()));
    drop(control);
    assert!(order("status").await.expect("it ends").is_err(), "nobody listens any more");
}

/// Goal: a cluster that cannot be started whole is not started at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_in_use_starts_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cluster = start(directory.path()).await;
    let second = Cluster::start(TokioPlatform::current(), &config(directory.path())).await;
    let error = second.map(drop).expect_err("the directories are in use");
    assert!(matches!(error, StartError::DirectoryInUse(_)), "{error:?}");
    let other = ClusterConfig { nodes: 2, ..config(directory.path()) };
    let error = Cluster::start(TokioPlatform::current(), &other).await.map(drop).expect_err("it has three");
    assert!(matches!(&error, StartError::Refused(why) if why.contains("a cluster of 3 nodes")), "{error:?}");
    assert_eq!(cluster.shutdown().await, Ok(()));
}
