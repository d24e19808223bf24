//! `klamm serve --nodes N`: a cluster in one process.

use klamm_core::config::Config;
use klamm_net::TokioPlatform;
use klamm_net::cluster::control::Control;
use klamm_net::cluster::{Cluster, ClusterConfig};

use super::{panel, signals, told};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// What a topic of a cluster has unless it says otherwise: it survives the loss of any one node, and goes on.
const REPLICAS: u16 = 3;

/// The configuration that all nodes share, with defaults that make use of several of them.
pub(super) fn shared(node: Config, nodes: u16) -> Config {
    let replicas = nodes.min(REPLICAS);
    let replication_factor = i16::try_from(replicas).expect("at most three");
    let is_given = |key: &str| node.given.contains_key(key);
    let mut shared = node.clone();
    if !is_given("default.replication.factor") {
        shared.default_replication_factor = replication_factor;
    }
    if !is_given("offsets.topic.replication.factor") {
        shared.offsets_topic_replication_factor = replication_factor;
    }
    if !is_given("min.insync.replicas") && replicas == REPLICAS {
        shared.topic.min_insync_replicas = i32::from(REPLICAS) - 1;
    }
    shared
}

/// Keys of a properties file that say where a node stands in its cluster: `--nodes` decides that.
pub(super) fn refuse_places(node: &Config) -> Result<(), Failure> {
    const PLACES: [&str; 12] = [
        "advertised.listeners",
        "broker.id",
        "cluster.id",
        "controller.listener.names",
        "controller.quorum.bootstrap.servers",
        "controller.quorum.voters",
        "inter.broker.listener.name",
        "listeners",
        "log.dir",
        "log.dirs",
        "node.id",
        "process.roles",
    ];
    match PLACES.into_iter().find(|key| node.given.contains_key(*key)) {
        None => Ok(()),
        Some(key) => {
            let why = format!("--nodes decides about {key}");
            Err(Failure::new(Exit::Usage, "cannot start", why).next("remove the key from the file"))
        }
    }
}

/// Runs a cluster until it is told to stop.
pub(super) async fn serve(config: ClusterConfig, context: &Context) -> Outcome {
    let mut signals = signals::Signals::new()
        .map_err(|error| Failure::new(Exit::Failure, "cannot wait for signals", error))?;
    let cluster = Cluster::start(TokioPlatform::current(), &config).await.map_err(|error| told(&error))?;
    let control = Control::listen(&config.directory, cluster.clone());
    if let Err(error) = &control {
        tracing::warn!(%error, "`klamm cluster kill` and its siblings cannot reach this cluster");
    }
    tokio::select! {
        ready = cluster.ready() => if let Err((id, why)) = ready {
            let _ = cluster.shutdown().await;
            return Err(Failure::new(Exit::Failure, format!("cannot start node {id}"), why));
        },
        () = signals.next() => return stop(cluster, &mut signals).await,
    }
    panel::cluster(&config, &cluster, context);
    signals.next().await;
    stop(cluster, &mut signals).await
}

async fn stop(cluster: Cluster, signals: &mut signals::Signals) -> Outcome {
    eprintln!("stopping every node in order; press Ctrl-C again to stop at once");
    tokio::select! {
        stopped = cluster.shutdown() => stopped.map_err(|failed| {
            let why: Vec<String> = failed.iter().map(|(id, why)| format!("node {id}: {why}")).collect();
            Failure::new(Exit::Failure, "not every node has stopped in order", why.join("; "))
                .next("the next start recovers the logs")
        }),
        () = signals.next() => {
            let why = "the stop was cut short";
            Err(Failure::new(Exit::Interrupted, "stopped at once", why).next("the next start recovers the logs"))
        }
    }
}
