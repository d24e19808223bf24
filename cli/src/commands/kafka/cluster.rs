//! `kafka-cluster`.

use clap::{Args, Subcommand};

use super::KafkaServer;
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Shows the cluster's id and brokers, and forgets brokers, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaCluster {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the cluster's id
    ClusterId {
        #[command(flatten)]
        server: KafkaServer,
    },
    /// Forget a broker that is gone for good
    Unregister {
        #[command(flatten)]
        server: KafkaServer,
        /// Its id
        #[arg(short, long)]
        id: i32,
    },
    /// List the brokers
    ListEndpoints {
        #[command(flatten)]
        server: KafkaServer,
        /// Also those that are fenced
        #[arg(long)]
        include_fenced_brokers: bool,
    },
}

impl KafkaCluster {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        match self.action {
            Action::ClusterId { server } => {
                let cluster = AdminSession::open(&server.options()?)?.describe_cluster()?;
                print_line(&format!("Cluster ID: {}", cluster.cluster_id));
            }
            Action::Unregister { server, id } => {
                let forgotten = AdminSession::open(&server.options()?)?.unregister_broker(id)?;
                forgotten.map_err(|error| {
                    Failure::new(Exit::Failure, format!("cannot unregister broker {id}"), error)
                })?;
                print_line(&format!("Broker {id} is no longer registered."));
            }
            Action::ListEndpoints { server, include_fenced_brokers } => {
                list(&mut AdminSession::open(&server.options()?)?, include_fenced_brokers)?;
            }
        }
        Ok(())
    }
}

/// As Kafka prints it.
fn list(admin: &mut AdminSession, include_fenced: bool) -> Outcome {
    let mut brokers = admin.describe_cluster()?.brokers;
    brokers.retain(|broker| include_fenced || !broker.is_fenced);
    let rack = |broker: &klamm_core::client::admin::ClusterBroker| {
        broker.rack.as_deref().unwrap_or("null").to_owned()
    };
    let hosts = brokers.iter().map(|broker| broker.host.len()).max().unwrap_or(0).max(100);
    let racks = brokers.iter().map(|broker| rack(broker).len()).max().unwrap_or(0).max(10);
    let line = |id: &str, host: &str, port: &str, rack: &str, state: &str, kind: &str| {
        let state = if include_fenced { format!("{state:<10} ") } else { String::new() };
        print_line(&format!("{id:<10} {host:<hosts$} {port:<10} {rack:<racks$} {state}{kind:<15}"));
    };
    line("ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE");
    for broker in &brokers {
        let state = if broker.is_fenced { "fenced" } else { "unfenced" };
        line(&broker.id.to_string(), &broker.host, &broker.port.to_string(), &rack(broker), state, "broker");
    }
    Ok(())
}
