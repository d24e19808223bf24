//! A cluster in one process, for development and teaching: every node has its own logic thread, its own directory and
//! its own ports, and talks to the others over sockets. Each can be killed, paused and started again.
//!
//! **Invariant:** nodes share nothing but the process. What holds here holds for nodes on machines of their own, except
//! that they have one operating system and one disk to lose.

#[cfg(unix)]
pub mod control;
mod layout;
mod member;

use std::path::PathBuf;

use klamm_core::Rng;
use klamm_core::config::{Config, Endpoint, Listener, Voter};
use klamm_core::edge::Address;
use klamm_core::types::BrokerId;
use klamm_wire::Uuid;

pub use layout::Layout;
pub use member::{Member, Order, State};

use crate::limits::Limits;
use crate::platform::Platform;
use crate::server::{Bound, Server, ServerConfig, StartError};

/// Name of the listener by which the nodes find each other's controllers.
const CONTROLLER: &str = "CONTROLLER";

/// What a cluster is started with.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Number of nodes; all of them are brokers and voters.
    pub nodes: u16,
    /// Where they listen.
    pub host: String,
    /// The first node's port for clients, followed by those of the other nodes, then by one for each node's controller; 0 lets
    /// the system choose all of them.
    pub first_port: u16,
    /// Below it each node has a directory.
    pub directory: PathBuf,
    /// What all nodes have in common: the first listener's name, and whatever is not about the node's place in the cluster.
    pub node: Config,
    /// Decides everything the nodes draw.
    pub seed: u64,
    /// Bounds of each node.
    pub limits: Limits,
}

/// A running cluster. Dropping it ends every node as a crash would; use [`Cluster::shutdown`].
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The cluster's name.
    pub cluster_id: Uuid,
    /// By id.
    pub members: Vec<Member>,
}

impl Cluster {
    /// Takes all addresses and directories, then starts every node; returns before they serve.
    ///
    /// # Errors
    /// See [`StartError`]. If one node cannot be started, none is.
    pub async fn start<P: Platform>(platform: P, config: &ClusterConfig) -> Result<Self, StartError> {
        let drawn = Rng::new(config.seed).uuid();
        let layout = Layout::open(&config.directory, config.nodes, drawn).map_err(StartError::Refused)?;
        let mut bound = Vec::new();
        for id in 1..=i32::from(config.nodes) {
            let node = config.server(id, layout.cluster_id);
            bound.push((node.clone(), Server::bind(platform.clone(), node).await?));
        }
        let voters: Vec<Voter> =
            (1..).zip(&bound).map(|(id, (_, bound))| voter(id, &config.host, bound)).collect();
        let mut members = Vec::new();
        for (mut again, mut bound) in bound {
            bound.node().quorum_voters.clone_from(&voters);
            again.node = bound.node().clone();
            for (endpoint, address) in again.listeners.iter_mut().zip(bound.addresses()) {
                endpoint.port = address.port();
            }
            members.push(Member::new(platform.clone(), again, bound.launch()?));
        }
        Ok(Self { cluster_id: layout.cluster_id, members })
    }

    /// A node by its id.
    pub fn member(&self, id: BrokerId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    /// Waits until every node serves.
    ///
    /// # Errors
    /// The first node that does not, and why.
    pub async fn ready(&self) -> Result<(), (BrokerId, String)> {
        for member in &self.members {
            if let State::Down(reason) = member.settled().await {
                return Err((member.id, reason));
            }
        }
        Ok(())
    }

    /// Stops every node in order. All at once: what is led is handed over to nobody, for nobody stays.
    ///
    /// # Errors
    /// Nodes that did not end in order, with the reason. Nodes that were down before are not among them.
    pub async fn shutdown(self) -> Result<(), Vec<(BrokerId, String)>> {
        let running = self.members.iter().filter(|member| !matches!(member.state(), State::Down(_)));
        let mut stopping = Vec::new();
        for member in running {
            stopping.push((member, member.tell(Order::StopWithAll).await));
        }
        let mut failed = Vec::new();
        for (member, stopped) in stopping {
            let told = stopped.await.unwrap_or_else(|_| Err("its keeper has gone".into()));
            match (told, member.state()) {
                (Err(reason), _) => failed.push((member.id, reason)),
                (Ok(()), State::Down(reason)) if reason != "stopped" => failed.push((member.id, reason)),
                (Ok(()), _) => {}
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }
}

impl ClusterConfig {
    /// What one of its nodes is started with, but for the voters.
    fn server(&self, id: BrokerId, cluster_id: Uuid) -> ServerConfig {
        let at = u16::try_from(id - 1).expect("counted from the number of nodes");
        let port = |index: u16| if self.first_port == 0 { 0 } else { self.first_port.saturating_add(index) };
        let clients = self.node.listeners[0].name.clone();
        let places = [(clients, port(at)), (CONTROLLER.into(), port(self.nodes + at))];
        let listener = |(name, port): &(klamm_wire::Str, u16)| Listener {
            name: name.clone(),
            advertised_host: self.host.as_str().into(),
            advertised_port: *port,
        };
        let endpoint = |(name, port): &(klamm_wire::Str, u16)| Endpoint {
            name: name.clone(),
            host: self.host.as_str().into(),
            port: *port,
        };
        let node = Config {
            node_id: id,
            cluster_id: Some(cluster_id),
            controller_listeners: vec![CONTROLLER.into()],
            listeners: places.iter().map(listener).collect(),
            ..self.node.clone()
        };
        ServerConfig {
            node,
            seed: self.seed.wrapping_add(u64::from(at)),
            listeners: places.iter().map(endpoint).collect(),
            log_dirs: vec![layout::node_directory(&self.directory, id)],
            limits: self.limits.clone(),
        }
    }
}

fn voter<P: Platform>(id: BrokerId, host: &str, bound: &Bound<P>) -> Voter {
    Voter { id, address: Address { host: host.into(), port: bound.addresses()[1].port() } }
}
