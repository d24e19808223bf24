//! Accepting connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use klamm_core::config::Config;
use klamm_core::edge::{ConnId, ListenerKind, Peer};
use tokio::sync::{mpsc, watch};

use crate::connection::{self, Terms};
use crate::platform::Platform;
use crate::pump::Arrival;

/// A listener's name, and whom it is for.
#[derive(Clone, Debug)]
pub(super) struct Named {
    name: klamm_wire::Str,
    pub(super) kind: ListenerKind,
}

impl Named {
    /// A listener of this name.
    pub(super) fn new(config: &Config, name: &klamm_wire::Str) -> Self {
        let is_controller = config.is_controller_listener(name);
        let kind = if is_controller { ListenerKind::Controller } else { ListenerKind::Broker };
        Self { name: name.clone(), kind }
    }
}

/// Turns accepted connections into tasks.
pub(super) struct Acceptor {
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
    /// For connections whose requests go to `inputs`.
    pub(super) fn new(terms: Terms, inputs: mpsc::Sender<Arrival>) -> Self {
        Self { terms, inputs, ids: AtomicU64::new(1), open: AtomicUsize::new(0) }
    }

    /// Accepts until the server stops.
    pub(super) async fn run<P: Platform>(
        self: Arc<Self>,
        platform: P,
        listener: P::Listener,
        name: Named,
        mut stopped: watch::Receiver<()>,
    ) {
        loop {
            let accepted = tokio::select! {
                biased;
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
