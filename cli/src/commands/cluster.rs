//! `klamm cluster`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::connection::{AdminSession, ClusterOptions};
use crate::context::Context;
use crate::exit::Outcome;
use crate::render::{human_bytes, print_json, print_line, print_table};

/// Shows the cluster.
#[derive(Debug, Args)]
pub struct Cluster {
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Describes brokers and controller
    Describe,
    /// Describes the brokers' log directories and how much each partition takes
    LogDirs {
        /// Every partition, not only the sums
        #[arg(short, long)]
        partitions: bool,
    },
}

impl Cluster {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let mut admin = AdminSession::open(&self.cluster)?;
        match self.action {
            Action::Describe => describe(context, &mut admin),
            Action::LogDirs { partitions } => log_dirs(context, &mut admin, partitions),
        }
    }
}

fn describe(context: &Context, admin: &mut AdminSession) -> Outcome {
    let cluster = admin.describe_cluster()?;
    if context.is_json() {
        let brokers = cluster.brokers.iter().map(|broker| {
            json!({
                "id": broker.id,
                "host": &*broker.host,
                "port": broker.port,
                "rack": broker.rack.as_deref(),
                "fenced": broker.is_fenced,
            })
        });
        print_json(&json!({
            "cluster_id": &*cluster.cluster_id,
            "controller": cluster.controller,
            "brokers": brokers.collect::<Value>(),
        }));
        return Ok(());
    }
    print_line(&format!("Cluster {}", cluster.cluster_id));
    let rows = cluster.brokers.iter().map(|broker| {
        vec![
            broker.id.to_string(),
            format!("{}:{}", broker.host, broker.port),
            broker.rack.as_deref().unwrap_or("-").to_owned(),
            if broker.is_fenced { "fenced" } else { "serving" }.to_owned(),
            if cluster.controller == Some(broker.id) { "yes" } else { "" }.to_owned(),
        ]
    });
    print_table(context, &["BROKER", "ADDRESS", "RACK", "STATE", "CONTROLLER"], rows.collect());
    Ok(())
}

fn log_dirs(context: &Context, admin: &mut AdminSession, partitions: bool) -> Outcome {
    let brokers = admin.describe_log_dirs()?;
    let dirs = || brokers.iter().flat_map(|(broker, dirs)| dirs.iter().map(move |dir| (broker, dir)));
    if context.is_json() {
        let all = dirs().map(|(broker, dir)| {
            let replicas = dir.replicas.iter().map(|(name, replica)| {
                json!({
                    "topic": &*name.topic,
                    "partition": name.partition,
                    "bytes": replica.size,
                    "offset_lag": replica.offset_lag,
                    "future": replica.is_future,
                })
            });
            json!({
                "broker": broker,
                "path": &*dir.path,
                "error": dir.error.name(),
                "total_bytes": dir.total_bytes,
                "usable_bytes": dir.usable_bytes,
                "partitions": replicas.collect::<Value>(),
            })
        });
        print_json(&all.collect());
        return Ok(());
    }
    let size = |bytes: i64| u64::try_from(bytes).map_or("-".into(), human_bytes);
    if partitions {
        let rows = dirs().flat_map(|(broker, dir)| {
            dir.replicas.iter().map(move |(name, replica)| {
                let path = dir.path.to_string();
                vec![broker.to_string(), path, name.to_string(), size(replica.size)]
            })
        });
        print_table(context, &["BROKER", "DIRECTORY", "PARTITION", "SIZE"], rows.collect());
    } else {
        let rows = dirs().map(|(broker, dir)| {
            let sum: i64 = dir.replicas.values().map(|replica| replica.size).sum();
            let count = dir.replicas.len().to_string();
            vec![broker.to_string(), dir.path.to_string(), count, size(sum), size(dir.usable_bytes)]
        });
        print_table(context, &["BROKER", "DIRECTORY", "PARTITIONS", "SIZE", "FREE"], rows.collect());
    }
    Ok(())
}
