//! A server in a temporary directory.

use std::path::Path;

use klamm_core::config::{Config, Endpoint};
use klamm_core::event::Reason;
use klamm_net::broker::BrokerConnection;
use klamm_net::{Ended, Limits, Platform, Server, ServerConfig, TokioPlatform};
use tempfile::TempDir;

/// What every test starts with: a port that the system chooses, one directory.
pub(crate) fn config(directory: &Path) -> ServerConfig {
    let mut node = Config { group_initial_rebalance_delay_ms: 0, ..Config::default() };
    node.listeners[0].advertised_port = 0;
    ServerConfig {
        node,
        seed: 1,
        listeners: vec![Endpoint { name: "PLAINTEXT".into(), host: "127.0.0.1".into(), port: 0 }],
        log_dirs: vec![directory.to_owned()],
        limits: Limits::default(),
    }
}

/// A running server on real sockets.
pub(crate) struct Rig {
    pub(crate) directory: TempDir,
    pub(crate) server: Server,
}

impl Rig {
    /// A server over an empty directory.
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary directory")).await
    }

    /// A server over what is there.
    pub(crate) async fn start_in(directory: TempDir) -> Self {
        let server = Server::start(TokioPlatform::current(), config(directory.path())).await;
        Self { server: server.expect("it starts"), directory }
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> BrokerConnection<TokioPlatform> {
        connect(&TokioPlatform::current(), self.port()).await
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.addresses()[0].port()
    }

    /// Stops it in order and gives the directory back.
    pub(crate) async fn stop(self) -> TempDir {
        assert_eq!(self.server.shutdown().await, Ended::Halted(Reason::Shutdown));
        self.directory
    }
}

pub(crate) async fn connect<P: Platform>(platform: &P, port: u16) -> BrokerConnection<P> {
    BrokerConnection::connect(platform, "127.0.0.1", port, "test").await.expect("a connection")
}
