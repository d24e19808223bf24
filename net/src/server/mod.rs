//! A broker, started and stopped.

mod accept;
mod bind;
mod threads;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use klamm_core::config::{Config, Endpoint};
use klamm_core::disk::DiskErrorKind;
use klamm_core::edge::{Input, ListenerKind};
use klamm_core::event::Reason;
use tokio::sync::{mpsc, oneshot, watch};

use crate::connection::Terms;
use crate::limits::Limits;
use crate::platform::{Files, Platform};
use crate::pump::{Arrival, Ended, Life, Machine};
use accept::{Acceptor, Named};

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// For the node. `log_dirs` and advertised ports of 0 are filled in.
    pub node: Config,
    /// Decides everything the node draws: ids, jitter.
    pub seed: u64,
    /// Where to listen, one for each of `node.listeners`.
    pub listeners: Vec<Endpoint>,
    /// Created if missing.
    pub log_dirs: Vec<PathBuf>,
    /// Bounds of the adapter.
    pub limits: Limits,
}

/// Why a server did not start. Nothing that was in the data directories has been changed.
#[derive(Debug)]
pub enum StartError {
    /// The configuration contradicts itself.
    Config(String),
    /// A log directory cannot be created or written.
    Directory(PathBuf, io::Error),
    /// Another process, Klamm or Kafka, has the log directory.
    DirectoryInUse(PathBuf),
    /// Someone else listens there.
    AddressInUse(String),
    /// It is not possible to listen there.
    Listen(String, io::Error),
    /// The content of the directory cannot be used; in words.
    Refused(String),
    /// A log directory failed while the logs were loaded; the log says how.
    DirectoryFailed(PathBuf, DiskErrorKind),
    /// The system has no threads left, or the node has panicked.
    Thread(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(reason) | Self::Refused(reason) | Self::Thread(reason) => f.write_str(reason),
            Self::Directory(path, error) if error.kind() == io::ErrorKind::AlreadyExists => {
                write!(f, "{} is not a directory", path.display())
            }
            Self::Directory(path, error) => {
                write!(f, "the data directory {} cannot be written: {error}", path.display())
            }
            Self::DirectoryInUse(path) => {
                write!(f, "the data directory {} is in use by another process", path.display())
            }
            Self::AddressInUse(address) => write!(f, "{address} is in use by another process"),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::DirectoryFailed(path, kind) => {
                write!(f, "{}: {kind} while its logs were loaded", path.display())
            }
        }
    }
}

impl std::error::Error for StartError {}

/// Addresses and directories that are taken for a server, and nothing that runs yet. Nodes that have to know one another's
/// ports before they start, as those of a cluster in one process, are bound first.
pub struct Bound<P: Platform> {
    platform: P,
    config: ServerConfig,
    locks: Vec<<P::Files as Files>::Lock>,
    listeners: Vec<P::Listener>,
    addresses: Vec<SocketAddr>,
}

impl<P: Platform> Bound<P> {
    /// Where the server will listen, in the order of the configuration, with the ports the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The node's configuration, to say what is known only now.
    pub fn node(&mut self) -> &mut Config {
        &mut self.config.node
    }

    /// Starts the node, and returns before it serves.
    ///
    /// # Errors
    /// The system has no threads left.
    pub fn launch(self) -> Result<Server, StartError> {
        self.launch_with(klamm_core::node::Node::new)
    }

    fn launch_with<M: Machine>(self, machine: impl FnOnce(Config, u64) -> M) -> Result<Server, StartError> {
        let Self { platform, config, locks, listeners, addresses } = self;
        let terms = Terms {
            request_max_bytes: config.node.request_max_bytes,
            fetch_max_bytes: config.node.fetch_max_bytes.max(0).cast_unsigned(),
            requests_max: config.node.connection_requests_max.max(1) as usize,
            limits: config.limits.clone(),
        };
        let names: Vec<_> =
            config.node.listeners.iter().map(|listener| Named::new(&config.node, &listener.name)).collect();
        let machine = machine(config.node, config.seed);
        let (life, _) = watch::channel(Life::Wanted);
        let threads =
            threads::start(&platform, machine, config.log_dirs.clone(), &config.limits, locks, &life)?;
        let (accepting, stopped) = watch::channel(());
        let acceptor = Arc::new(Acceptor::new(terms, threads.inputs.clone()));
        let accept = move |(listener, name): (P::Listener, Named)| {
            platform.spawn(acceptor.clone().run(platform.clone(), listener, name, stopped.clone()));
        };
        // A node may need others to become ready, and they need it: controllers are heard from the start.
        let (early, late): (Vec<_>, Vec<_>) =
            listeners.into_iter().zip(names).partition(|(_, name)| name.kind == ListenerKind::Controller);
        early.into_iter().for_each(&accept);
        Ok(Server {
            addresses,
            log_dirs: config.log_dirs,
            inputs: threads.inputs,
            ended: threads.ended,
            ready: threads.ready,
            accept_clients: Some(Box::new(move || late.into_iter().for_each(accept))),
            accepting,
            life,
        })
    }
}

/// A broker that runs. Dropping it stops it as a crash would; use [`Server::shutdown`].
pub struct Server {
    addresses: Vec<SocketAddr>,
    log_dirs: Vec<PathBuf>,
    inputs: mpsc::Sender<Arrival>,
    ended: watch::Receiver<Option<Ended>>,
    ready: oneshot::Receiver<()>,
    /// Begins to accept clients; `None` once it serves.
    accept_clients: Option<Box<dyn FnOnce() + Send + Sync>>,
    /// Its end stops accepting.
    accepting: watch::Sender<()>,
    life: watch::Sender<Life>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.life.send_replace(Life::Dropped);
    }
}

impl Server {
    /// Starts a broker and returns once it serves.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start<P: Platform>(platform: P, config: ServerConfig) -> Result<Self, StartError> {
        Self::start_with(platform, config, klamm_core::node::Node::new).await
    }

    /// Starts with a machine of the caller's making in the place of the node.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start_with<P: Platform, M: Machine>(
        platform: P,
        config: ServerConfig,
        machine: impl FnOnce(Config, u64) -> M,
    ) -> Result<Self, StartError> {
        let mut server = Self::bind(platform, config).await?.launch_with(machine)?;
        server.ready().await?;
        Ok(server)
    }

    /// Takes the directories and addresses of a server.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind<P: Platform>(platform: P, mut config: ServerConfig) -> Result<Bound<P>, StartError> {
        bind::check(&mut config)?;
        let locks = bind::lock_directories(&platform, &config.log_dirs)?;
        let (listeners, addresses) = bind::listen(&platform, &mut config).await?;
        Ok(Bound { platform, config, locks, listeners, addresses })
    }

    /// Waits until it serves. A wait that is given up can be begun again.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn ready(&mut self) -> Result<(), StartError> {
        if self.accept_clients.is_none() {
            return Ok(());
        }
        if (&mut self.ready).await.is_err() {
            return Err(self.why_not_ready().await);
        }
        let accept = self.accept_clients.take().expect("it was there before the wait");
        accept();
        Ok(())
    }

    /// Where it listens, in the order of the configuration, with the ports the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops in order: hands over what it leads, answers what it can, closes its logs, leaves the marker of a clean stop.
    pub async fn shutdown(self) -> Ended {
        self.resume();
        // Refused only if the node has ended by itself. Others may need to connect until it has.
        let _ = self.inputs.send(Arrival::Input(Input::Shutdown)).await;
        self.ended().await
    }

    /// Stops in order, but hands nothing over: for a node whose whole cluster stops.
    pub async fn shutdown_at_once(self) -> Ended {
        // The first asks for an orderly stop, the second not to wait for the controller.
        let _ = self.inputs.send(Arrival::Input(Input::Shutdown)).await;
        self.shutdown().await
    }

    /// Ends as a crash of the process would: nothing is handed over, nothing more is written. Returns once its
    /// directories and addresses are free.
    pub async fn crash(mut self) -> Ended {
        self.life.send_replace(Life::Dropped);
        let ended = self.ended().await;
        drop(self.accept_clients.take());
        self.accepting.send_replace(());
        self.accepting.closed().await;
        ended
    }

    /// Stops the node's logic where it is, as SIGSTOP would: connections stay open, and nobody is answered.
    pub fn pause(&self) {
        self.life.send_if_modified(|life| std::mem::replace(life, Life::Paused) == Life::Wanted);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.life.send_if_modified(|life| std::mem::replace(life, Life::Wanted) == Life::Paused);
    }

    /// Waits until the server has ended, for whatever reason.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().expect("it was waited for"),
            Err(_) => Ended::Panicked,
        }
    }

    async fn why_not_ready(&self) -> StartError {
        match self.ended().await {
            Ended::Halted(Reason::Refused(reason)) => StartError::Refused(reason),
            Ended::Halted(Reason::LogDirFailed { dir, kind }) => {
                StartError::DirectoryFailed(self.log_dirs[usize::from(dir)].clone(), kind)
            }
            Ended::Halted(Reason::Shutdown) | Ended::Dropped => {
                StartError::Thread("the node was stopped while it started".into())
            }
            Ended::Panicked => StartError::Thread("the node has panicked while it started".into()),
        }
    }
}

impl Machine for klamm_core::node::Node {
    fn handle(&mut self, now: klamm_core::time::Now, input: Input, fx: &mut klamm_core::edge::Effects) {
        Self::handle(self, now, input, fx);
    }

    fn next_deadline(&self) -> Option<klamm_core::time::Timestamp> {
        Self::next_deadline(self)
    }
}
