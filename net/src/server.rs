//! A broker, started and stopped.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use klamm_core::config::{Config, Endpoint};
use klamm_core::disk::DiskErrorKind;
use klamm_core::edge::{ConnId, Input, ListenerKind, Peer};
use klamm_core::event::{Event, Reason};
use tokio::sync::{mpsc, oneshot, watch};

use crate::connection::{self, Terms};
use crate::disk::Disk;
use crate::limits::Limits;
use crate::platform::{Files as _, Platform};
use crate::pump::{Arrival, Ended, Life, Machine, Pump};

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

/// A running broker. Dropping it stops it as a crash would; use [`Server::shutdown`].
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    inputs: mpsc::Sender<Arrival>,
    ended: watch::Receiver<Option<Ended>>,
    /// Its end stops accepting.
    accepting: Option<watch::Sender<()>>,
    life: watch::Sender<Life>,
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
        mut config: ServerConfig,
        machine: impl FnOnce(Config, u64) -> M,
    ) -> Result<Self, StartError> {
        check(&mut config)?;
        let locks = lock_directories(&platform, &config.log_dirs)?;
        let (listeners, addresses) = bind(&platform, &mut config).await?;
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
        let (inputs, ended, ready) =
            start_threads(&platform, machine, config.log_dirs.clone(), &config.limits, locks, &life)?;
        let (accepting, stopped) = watch::channel(());
        let server = Self { addresses, inputs: inputs.clone(), ended, accepting: Some(accepting), life };
        let acceptor =
            Arc::new(Acceptor { terms, inputs, ids: AtomicU64::new(1), open: AtomicUsize::new(0) });
        let accept = |(listener, name): (P::Listener, Named)| {
            let accepting = acceptor.clone().run(platform.clone(), listener, name, stopped.clone());
            platform.spawn(accepting);
        };
        // A node may need others to become ready, and they need it: controllers are heard from the start.
        let (early, late): (Vec<_>, Vec<_>) =
            listeners.into_iter().zip(names).partition(|(_, name)| name.kind == ListenerKind::Controller);
        early.into_iter().for_each(&accept);
        if ready.await.is_err() {
            return Err(server.why_not_ready(&config.log_dirs).await);
        }
        late.into_iter().for_each(&accept);
        Ok(server)
    }

    /// Where it listens, in the order of the configuration, with the ports the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops in order: answers what it can, closes its logs, leaves the marker of a clean stop.
    pub async fn shutdown(mut self) -> Ended {
        self.accepting = None;
        // Refused only if the node has ended by itself.
        let _ = self.inputs.send(Arrival::Input(Input::Shutdown)).await;
        self.ended().await
    }

    /// Waits until the server has ended, for whatever reason.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().expect("it was waited for"),
            Err(_) => Ended::Panicked,
        }
    }

    async fn why_not_ready(&self, log_dirs: &[PathBuf]) -> StartError {
        match self.ended().await {
            Ended::Halted(Reason::Refused(reason)) => StartError::Refused(reason),
            Ended::Halted(Reason::LogDirFailed { dir, kind }) => {
                StartError::DirectoryFailed(log_dirs[usize::from(dir)].clone(), kind)
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

fn check(config: &mut ServerConfig) -> Result<(), StartError> {
    if config.listeners.is_empty() || config.listeners.len() != config.node.listeners.len() {
        return Err(StartError::Config("a broker needs at least one listener, and a name for each".into()));
    }
    config.node.log_dir_space = config.log_dirs.iter().map(|dir| space(dir)).collect();
    config.node.log_dir_names = config.log_dirs.iter().map(|dir| absolute(dir)).collect();
    config.node.log_dirs = match u16::try_from(config.log_dirs.len()) {
        Ok(1) => 1,
        Ok(0) => return Err(StartError::Config("a broker needs a data directory".into())),
        _ => return Err(StartError::Config("a broker has one data directory, not several".into())),
    };
    Ok(())
}

/// Whoever has the `.lock` of a directory has the directory. Source: Kafka's `LogManager.lockLogDirs`.
fn lock_directories<P: Platform>(
    platform: &P,
    log_dirs: &[PathBuf],
) -> Result<Vec<<P::Files as crate::platform::Files>::Lock>, StartError> {
    let files = platform.files();
    let lock = |directory: &PathBuf| {
        let fail = |error| StartError::Directory(directory.clone(), error);
        files.create_dir_all(directory).map_err(fail)?;
        let lock = files.lock(&directory.join(".lock")).map_err(fail)?;
        lock.ok_or_else(|| StartError::DirectoryInUse(directory.clone()))
    };
    log_dirs.iter().map(lock).collect()
}

async fn bind<P: Platform>(
    platform: &P,
    config: &mut ServerConfig,
) -> Result<(Vec<P::Listener>, Vec<SocketAddr>), StartError> {
    let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
    for (endpoint, told) in config.listeners.iter().zip(&mut config.node.listeners) {
        let bound = platform.bind(&endpoint.host, endpoint.port).await;
        let (listener, address) = bound.map_err(|error| {
            let wanted = format!("{}:{}", endpoint.host, endpoint.port);
            match error.kind() {
                io::ErrorKind::AddrInUse => StartError::AddressInUse(wanted),
                _ => StartError::Listen(wanted, error),
            }
        })?;
        if told.advertised_port == 0 {
            told.advertised_port = address.port();
        }
        listeners.push(listener);
        addresses.push(address);
    }
    Ok((listeners, addresses))
}

type Threads = (mpsc::Sender<Arrival>, watch::Receiver<Option<Ended>>, oneshot::Receiver<()>);

/// Starts the disk threads and the logic thread. The locks are held until all of them have ended.
fn start_threads<P: Platform, M: Machine>(
    platform: &P,
    machine: M,
    log_dirs: Vec<PathBuf>,
    limits: &Limits,
    locks: Vec<<P::Files as crate::platform::Files>::Lock>,
    life: &watch::Sender<Life>,
) -> Result<Threads, StartError> {
    let fail = |error| StartError::Thread(format!("cannot start a thread: {error}"));
    let (inputs, arrivals) = mpsc::channel(limits.queued_inputs);
    let (ready, when_ready) = oneshot::channel();
    let mut ready = Some(ready);
    let on_event = Box::new(move |event: &Event| {
        if *event == Event::Ready
            && let Some(ready) = ready.take()
        {
            let _ = ready.send(());
        }
    });
    let disk = Disk::new(platform.files(), log_dirs, limits);
    // Closes the disk when it is dropped, so that the threads below end even if the last one cannot start.
    let pump = Pump::new(
        platform.clone(),
        machine,
        (arrivals, inputs.downgrade()),
        disk.clone(),
        limits,
        life.subscribe(),
        on_event,
    );
    let (working, mut all_done) = mpsc::channel::<()>(1);
    for number in 0..limits.disk_threads.max(1) {
        let work = disk.clone().work(inputs.clone());
        let guard = PanicGuard { life: life.clone(), _working: working.clone() };
        let work = async move {
            let _guard = guard;
            work.await;
        };
        platform.spawn_thread(&format!("klamm-disk-{number}"), work).map_err(fail)?;
    }
    drop(working);
    let (end, ended) = watch::channel(None);
    let run = async move {
        let reason = pump.run().await;
        // Nothing is ever sent: the channel ends when no disk thread is left that could write.
        all_done.recv().await;
        drop(locks);
        end.send_replace(Some(reason));
    };
    platform.spawn_thread("klamm-logic", run).map_err(fail)?;
    Ok((inputs, ended, when_ready))
}

/// Held by a disk thread: an operation that is never answered must not leave the node waiting.
struct PanicGuard {
    life: watch::Sender<Life>,
    _working: mpsc::Sender<()>,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.life.send_replace(Life::Panicked);
        }
    }
}

/// A listener's name, and whom it is for.
#[derive(Clone, Debug)]
struct Named {
    name: klamm_wire::Str,
    kind: ListenerKind,
}

impl Named {
    fn new(config: &Config, name: &klamm_wire::Str) -> Self {
        let is_controller = config.is_controller_listener(name);
        let kind = if is_controller { ListenerKind::Controller } else { ListenerKind::Broker };
        Self { name: name.clone(), kind }
    }
}

/// Turns accepted connections into tasks.
struct Acceptor {
    terms: Terms,
    inputs: mpsc::Sender<Arrival>,
    /// The next connection's name.
    ids: AtomicU64,
    /// Connections open now.
    open: AtomicUsize,
}

/// How long to wait when the system has no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Acceptor {
    async fn run<P: Platform>(
        self: Arc<Self>,
        platform: P,
        listener: P::Listener,
        name: Named,
        mut stopped: watch::Receiver<()>,
    ) {
        loop {
            let accepted = tokio::select! {
                biased;
                // Nothing is ever sent: the channel ends when the server stops.
                _ = stopped.changed() => return,
                accepted = platform.accept(&listener) => accepted,
            };
            match accepted {
                Ok((stream, address)) => self.clone().begin(&platform, stream, address, &name),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    platform.sleep_until(platform.now().monotonic.after(ACCEPT_PAUSE)).await;
                }
            }
        }
    }

    fn begin<P: Platform>(
        self: Arc<Self>,
        platform: &P,
        stream: P::Stream,
        address: SocketAddr,
        Named { name, kind }: &Named,
    ) {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.terms.limits.connections {
            self.open.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(client = %address, "connection closed: too many are open");
            return;
        }
        let id = ConnId(self.ids.fetch_add(1, Ordering::Relaxed));
        let host = address.ip().to_canonical().to_string().into();
        let peer = Peer { host, listener: name.clone(), kind: *kind };
        tracing::debug!(client = %address, connection = id.0, "connected");
        let (terms, inputs) = (self.terms.clone(), self.inputs.clone());
        let serving = connection::serve(platform.clone(), stream, id, peer, terms, inputs);
        platform.spawn(async move {
            serving.await;
            self.open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// As clients are told; the path as given if the current directory cannot be found out.
fn absolute(directory: &std::path::Path) -> klamm_wire::Str {
    let full = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    full.to_string_lossy().into()
}

/// Size and free bytes of a directory's file system; -1 where the system does not say.
fn space(directory: &std::path::Path) -> (i64, i64) {
    // A new directory is not there yet; its file system is that of the nearest one that is.
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let Some(found) = absolute.ancestors().find_map(|there| rustix::fs::statvfs(there).ok()) else {
        return (-1, -1);
    };
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
    (bytes(found.f_blocks), bytes(found.f_bavail))
}
