//! `klamm cluster`.

mod control;
mod features;
mod partitions;
mod status;
mod voters;

pub(in crate::commands) use features::parse_level;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::connection::{AdminSession, ClusterOptions};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use control::Local;
use features::Features;
use partitions::{Elect, Reassign};
use voters::{AddController, RemoveController};

use crate::render::{human_bytes, print_json, print_line, print_table};

/// Shows the cluster, and changes who holds and leads what.
#[derive(Debug, Args)]
pub struct Cluster {
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows at a glance whether all is well: brokers, quorum, partitions
    #[command(visible_alias = "describe")]
    Status,
    /// Describes the brokers' log directories and how much each partition takes
    LogDirs {
        /// Every partition, not only the sums
        #[arg(short, long)]
        partitions: bool,
    },
    /// Elects leaders: the preferred replicas, or others if there is no choice
    Elect(Elect),
    /// Moves partitions to other brokers
    Reassign(Reassign),
    /// Shows or changes the levels of features that all nodes have agreed on
    Features(Features),
    /// Gives a controller a vote in the quorum
    AddController(AddController),
    /// Takes the vote of a controller
    RemoveController(RemoveController),
    /// Forgets a broker that is gone for good
    Unregister {
        /// Its id
        broker: i32,
    },
    /// Of a running `klamm serve --nodes`: what each node of the process is doing
    Nodes(Local),
    /// Of a running `klamm serve --nodes`: ends a node as kill -9 would
    Kill(OneNode),
    /// Of a running `klamm serve --nodes`: stops a node where it is, as SIGSTOP would
    Pause(OneNode),
    /// Of a running `klamm serve --nodes`: ends a pause
    Resume(OneNode),
    /// Of a running `klamm serve --nodes`: ends a node in order
    Stop(OneNode),
    /// Of a running `klamm serve --nodes`: starts a node again, on the data it has left
    Start(OneNode),
}

/// A node of a cluster on this machine.
#[derive(Debug, Args)]
struct OneNode {
    /// Its id
    node: i32,
    #[command(flatten)]
    local: Local,
}

impl Cluster {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let order = |OneNode { node, local }: OneNode, word, done| local.order(context, word, done, node);
        match self.action {
            Action::Nodes(local) => local.nodes(context),
            Action::Kill(node) => order(node, "kill", "was killed"),
            Action::Pause(node) => order(node, "pause", "stands still"),
            Action::Resume(node) => order(node, "resume", "goes on"),
            Action::Stop(node) => order(node, "stop", "has stopped"),
            Action::Start(node) => order(node, "start", "is starting"),
            Action::Status => status::run(context, &mut AdminSession::open(&self.cluster)?),
            Action::LogDirs { partitions } => {
                log_dirs(context, &mut AdminSession::open(&self.cluster)?, partitions)
            }
            Action::Elect(elect) => elect.run(context, &mut AdminSession::open(&self.cluster)?),
            Action::Reassign(reassign) => reassign.run(context, &mut AdminSession::open(&self.cluster)?),
            Action::Features(features) => features.run(context, &mut AdminSession::open(&self.cluster)?),
            Action::AddController(add) => add.run(context, &mut AdminSession::open(&self.cluster)?),
            Action::RemoveController(remove) => remove.run(context, &mut AdminSession::open(&self.cluster)?),
            Action::Unregister { broker } => {
                unregister(context, &mut AdminSession::open(&self.cluster)?, broker)
            }
        }
    }
}

fn unregister(context: &Context, admin: &mut AdminSession, broker: i32) -> Outcome {
    let what = || format!("cannot forget broker {broker}");
    admin.unregister_broker(broker)?.map_err(|error| Failure::new(Exit::Failure, what(), error))?;
    if context.is_json() {
        print_json(&json!({ "unregistered": broker }));
    } else {
        print_line(&format!("Broker {broker} is forgotten."));
    }
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
