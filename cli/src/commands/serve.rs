//! `klamm serve`: a broker until it is told to stop.

mod panel;
pub(super) mod properties;
mod signals;

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use klamm_core::config::{Config, Endpoint, FlushPolicy, Listener, Settings};
use klamm_core::event::Reason;
use klamm_net::{Ended, Limits, Server, ServerConfig, StartError, TokioPlatform};

use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Starts a broker that is a whole cluster by itself. Data directories need no preparation.
#[derive(Debug, Args)]
pub struct Serve {
    /// A server.properties with Kafka's keys
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen and what to tell clients [default: 127.0.0.1:9092]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Data directory, created if missing [default: ./klamm-data]
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
        let config = self.server_config()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Exit::Failure, "cannot start", error))?;
        let outcome = runtime.block_on(serve(config, context));
        // Connections that are still open end with the process.
        runtime.shutdown_background();
        outcome
    }

    /// The file, if there is one, with the command line over it.
    fn server_config(&self) -> Result<ServerConfig, Failure> {
        let mut settings = match &self.config {
            Some(file) => properties::read(file)?,
            None => {
                // A single node has nobody to wait for: the first consumer gets its partitions at once.
                let node = Config { group_initial_rebalance_delay_ms: 0, ..Config::default() };
                Settings::from_properties(node, std::iter::empty::<(&str, &str)>())
                    .map_err(|errors| properties::wrong("the defaults", &errors))?
            }
        };
        if let Some(listen) = &self.listen {
            let (host, port) = address(listen)?;
            let name = settings.config.listeners[0].name.clone();
            let told = if host.is_empty() { "127.0.0.1" } else { &host };
            settings.config.listeners =
                vec![Listener { name: name.clone(), advertised_host: told.into(), advertised_port: port }];
            settings.listeners = vec![Endpoint { name, host: host.into(), port }];
        }
        if let Some(flush) = self.flush {
            let policy = match flush {
                Flush::Synced => FlushPolicy::Synced,
                Flush::Written => FlushPolicy::Written,
            };
            settings.config.flush_policy = policy;
            settings.config.topic.flush_policy = policy;
        }
        let given = settings.log_dirs.iter().map(|dir| PathBuf::from(&**dir));
        let mut log_dirs: Vec<PathBuf> = self.data.clone().map_or_else(|| given.collect(), |dir| vec![dir]);
        if log_dirs.is_empty() {
            log_dirs.push("klamm-data".into());
        }
        Ok(ServerConfig {
            node: settings.config,
            seed: RandomState::new().hash_one(std::process::id()),
            listeners: settings.listeners,
            log_dirs,
            limits: Limits { open_files: open_files(), ..Limits::default() },
        })
    }
}

async fn serve(config: ServerConfig, context: &Context) -> Outcome {
    let mut signals = signals::Signals::new()
        .map_err(|error| Failure::new(Exit::Failure, "cannot wait for signals", error))?;
    let panel = panel::Panel::new(&config);
    let log_dirs = config.log_dirs.clone();
    let server = tokio::select! {
        started = Server::start(TokioPlatform::current(), config) => started.map_err(|error| told(&error))?,
        () = signals.next() => {
            return Err(Failure::new(Exit::Interrupted, "stopped", "the broker had not started yet"));
        }
    };
    panel.print(server.addresses(), context);
    let ended = tokio::select! {
        ended = server.ended() => ended,
        () = signals.next() => {
            eprintln!("stopping in order; press Ctrl-C again to stop at once");
            tokio::select! {
                ended = server.shutdown() => ended,
                () = signals.next() => {
                    let why = "the stop was cut short";
                    let next = "the next start recovers the logs";
                    return Err(Failure::new(Exit::Interrupted, "stopped at once", why).next(next));
                }
            }
        }
    };
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
