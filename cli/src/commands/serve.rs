//! `klamm serve`: a broker until it is told to stop.

mod nodes;
mod panel;
pub(super) mod properties;
mod signals;

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use klamm_core::config::{Config, DriverSettings, Endpoint, FlushPolicy, Listener, Settings};
use klamm_core::event::Reason;
use klamm_net::cluster::{ClusterConfig, Layout};
use klamm_net::{Ended, Limits, Server, ServerConfig, StartError, TokioPlatform};

use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Where data is kept unless something else is said.
pub(in crate::commands) const DIRECTORY: &str = "klamm-data";
/// A node that waits so long for others says whom it waits for.
const SILENCE: Duration = Duration::from_secs(3);

/// Starts a broker that is a whole cluster by itself, several of them, or the node that a file describes. Data
/// directories need no preparation.
#[derive(Debug, Args)]
pub struct Serve {
    /// A server.properties with Kafka's keys
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// So many nodes in this process: a cluster for development. They listen at the ports that follow one another, first
    /// for clients, then for each other
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=9))]
    nodes: Option<u16>,
    /// Where to listen and what to tell clients [default: 127.0.0.1:9092]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Data directory, created if missing; with --nodes, one below it for each node [default: ./klamm-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// When a record is acknowledged: once it is synced (survives power loss) or written (survives a crash
    /// of the process) [default: synced]
    #[arg(long, value_enum)]
    flush: Option<Flush>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Flush {
    /// Survives power loss.
    Synced,
    /// Kafka's way.
    Written,
}

impl Serve {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let settings = self.settings()?;
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        if let Some(threads) = settings.driver.network_threads {
            builder.worker_threads(usize::from(threads));
        }
        let runtime = builder.enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, "cannot start", error))?;
        let outcome = match self.nodes {
            Some(nodes) => runtime.block_on(nodes::serve(self.cluster_config(settings, nodes)?, context)),
            None => runtime.block_on(serve(self.server_config(settings)?, context)),
        };
        // Connections that are still open end with the process.
        runtime.shutdown_background();
        outcome
    }

    /// The file, if there is one, with the command line over it.
    fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = match &self.config {
            Some(file) => properties::read(file)?,
            None => {
                // A single node has nobody to wait for: the first consumer gets its partitions at once.
                let node = Config { group_initial_rebalance_delay_ms: 0, ..Config::default() };
                Settings::from_properties(node, std::iter::empty::<(&str, &str)>())
                    .map_err(|errors| properties::wrong("the defaults", &errors))?
            }
        };
        if let Some(flush) = self.flush {
            let policy = match flush {
                Flush::Synced => FlushPolicy::Synced,
                Flush::Written => FlushPolicy::Written,
            };
            settings.config.flush_policy = policy;
            settings.config.topic.flush_policy = policy;
        }
        Ok(settings)
    }

    fn server_config(&self, mut settings: Settings) -> Result<ServerConfig, Failure> {
        if let Some(listen) = &self.listen {
            let (host, port) = address(listen)?;
            if settings.listeners.len() > 1 {
                let why = "--listen is one address, and the file has several listeners";
                return Err(
                    Failure::new(Exit::Usage, "cannot start", why).next("change `listeners` in the file")
                );
            }
            let name = settings.config.listeners[0].name.clone();
            let told = if host.is_empty() { "127.0.0.1" } else { &host };
            settings.config.listeners =
                vec![Listener { name: name.clone(), advertised_host: told.into(), advertised_port: port }];
            settings.listeners = vec![Endpoint { name, host: host.into(), port }];
        }
        let given = settings.log_dirs.iter().map(|dir| PathBuf::from(&**dir));
        let mut log_dirs: Vec<PathBuf> = self.data.clone().map_or_else(|| given.collect(), |dir| vec![dir]);
        if log_dirs.is_empty() {
            log_dirs.push(DIRECTORY.into());
        }
        for directory in &log_dirs {
            if let Ok(Some(Layout { nodes, .. })) = Layout::read(directory) {
                let why =
                    format!("{} holds a cluster of {nodes} nodes, not a single one", directory.display());
                return Err(Failure::new(Exit::Failure, "cannot start", why)
                    .next(format!("add --nodes {nodes}, or choose another directory with --data")));
            }
        }
        Ok(ServerConfig {
            node: settings.config,
            seed: seed(),
            listeners: settings.listeners,
            log_dirs,
            limits: limits(&settings.driver, 1),
        })
    }

    fn cluster_config(&self, settings: Settings, nodes: u16) -> Result<ClusterConfig, Failure> {
        nodes::refuse_places(&settings.config)?;
        let (host, first_port) = address(self.listen.as_deref().unwrap_or("127.0.0.1:9092"))?;
        if host.is_empty() {
            let why = "the nodes tell each other where they listen, so --listen needs a host";
            return Err(Failure::new(Exit::Usage, "cannot start", why).next("try --listen 127.0.0.1:9092"));
        }
        if first_port.checked_add(2 * nodes - 1).is_none() {
            let why = format!("{nodes} nodes need {} ports from {first_port} on", 2 * nodes);
            return Err(
                Failure::new(Exit::Usage, "cannot start", why).next("choose a lower port with --listen")
            );
        }
        Ok(ClusterConfig {
            nodes,
            host,
            first_port,
            directory: self.data.clone().unwrap_or_else(|| DIRECTORY.into()),
            limits: limits(&settings.driver, usize::from(nodes)),
            node: nodes::shared(settings.config, nodes),
            seed: seed(),
        })
    }
}

fn seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// The adapter's bounds, for each of so many nodes in this process.
fn limits(driver: &DriverSettings, nodes: usize) -> Limits {
    let default = Limits::default();
    Limits {
        open_files: (open_files() / nodes).max(64),
        disk_threads: driver.io_threads.map_or(default.disk_threads, usize::from),
        connections: driver.connections_max.map_or(default.connections, |max| max as usize),
        ..default
    }
}

async fn serve(config: ServerConfig, context: &Context) -> Outcome {
    let mut signals = signals::Signals::new()
        .map_err(|error| Failure::new(Exit::Failure, "cannot wait for signals", error))?;
    let panel = panel::Panel::new(&config);
    let clients = config.node.listeners.iter().position(|at| !config.node.is_controller_listener(&at.name));
    let log_dirs = config.log_dirs.clone();
    let waits_for = waits_for(&config.node);
    let bound = Server::bind(TokioPlatform::current(), config).await.map_err(|error| told(&error))?;
    let mut server = bound.launch().map_err(|error| told(&error))?;
    let is_ready = tokio::select! {
        ready = server.ready() => ready.map(|()| true).map_err(|error| told(&error))?,
        () = signals.next() => false,
        // Never the first to end.
        () = say_after(SILENCE, &waits_for) => unreachable!("it has nothing to say but once"),
    };
    if is_ready {
        match (panel, clients) {
            (Some(panel), Some(clients)) => panel.print(server.addresses()[clients], context),
            _ => panel::controller(server.addresses()[0], context),
        }
        tokio::select! {
            ended = server.ended() => return outcome(ended, &log_dirs),
            () = signals.next() => {}
        }
    }
    eprintln!("stopping in order; press Ctrl-C again to stop at once");
    tokio::select! {
        ended = server.shutdown() => outcome(ended, &log_dirs),
        () = signals.next() => {
            let why = "the stop was cut short";
            Err(Failure::new(Exit::Interrupted, "stopped at once", why).next("the next start recovers the logs"))
        }
    }
}

/// Whom a node cannot do without, in words; empty for one that is alone.
fn waits_for(node: &Config) -> String {
    let voters: Vec<String> =
        node.quorum_voters.iter().map(|voter| format!("{}@{}", voter.id, voter.address)).collect();
    let servers: Vec<String> = node.quorum_bootstrap_servers.iter().map(ToString::to_string).collect();
    match (node.is_own_quorum(), voters.is_empty()) {
        (true, _) => String::new(),
        (false, false) => format!("a majority of the voters {}", voters.join(", ")),
        (false, true) => format!("the quorum behind {}", servers.join(", ")),
    }
}

/// Says once, after a while, what a start waits for. Never ends.
async fn say_after(silence: Duration, waits_for: &str) {
    tokio::time::sleep(silence).await;
    if !waits_for.is_empty() {
        eprintln!("waiting for {waits_for}");
    }
    std::future::pending().await
}

fn outcome(ended: Ended, log_dirs: &[PathBuf]) -> Outcome {
    match ended {
        Ended::Halted(Reason::Shutdown) => Ok(()),
        Ended::Halted(Reason::LogDirFailed { dir, kind }) => {
            let why = format!("{}: {kind}", log_dirs[usize::from(dir)].display());
            let next = "check the disk, then start again: what was acknowledged is recovered";
            Err(Failure::new(Exit::Failure, "the broker has stopped", why).next(next))
        }
        Ended::Halted(Reason::Refused(why)) => {
            Err(Failure::new(Exit::Failure, "the broker has stopped", why))
        }
        Ended::Dropped | Ended::Panicked => {
            let why = "an internal check failed, the message above says where";
            let next = "start again (what was acknowledged is recovered) and report this as a bug";
            Err(Failure::new(Exit::Failure, "the broker has stopped", why).next(next))
        }
    }
}

/// What went wrong with a start, and what to do about it.
fn told(error: &StartError) -> Failure {
    let next = match error {
        StartError::AddressInUse(_) => "stop that process or choose another address with --listen",
        StartError::Listen(..) => "choose another address with --listen",
        StartError::Directory(..) => "choose another directory with --data or change its permissions",
        StartError::DirectoryInUse(_) => "stop that process or choose another directory with --data",
        StartError::Refused(_) => {
            "no data was changed; to start without it, choose another directory with --data"
        }
        StartError::DirectoryFailed(..) => "check the disk; -v says more",
        StartError::Config(_) => "check --config and --listen",
        StartError::Thread(_) => "this may be a bug; -v says more",
    };
    Failure::new(Exit::Failure, "cannot start", error).next(next)
}

/// `host:port`; an IPv6 address stands in brackets.
fn address(text: &str) -> Result<(String, u16), Failure> {
    let parsed = text.rsplit_once(':').and_then(|(host, port)| {
        let host = host.strip_prefix('[').map_or(Some(host), |rest| rest.strip_suffix(']'))?;
        Some((host.to_owned(), port.parse().ok()?))
    });
    parsed.ok_or_else(|| {
        let why = format!("'{text}' does not read HOST:PORT");
        Failure::new(Exit::Usage, "cannot listen", why).next("try --listen 127.0.0.1:9092")
    })
}

/// Half of what the system lets this process open is for logs, the rest for connections.
fn open_files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // What cannot be raised stays as it is; that only costs speed.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let usable = if raised.is_ok() { limit.maximum } else { limit.current };
    usize::try_from(usable.unwrap_or(u64::MAX) / 2).unwrap_or(usize::MAX).clamp(64, 8192)
}
