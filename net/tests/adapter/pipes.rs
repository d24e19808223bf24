//! A platform whose connections are pipes of a chosen width, so that a test decides how streams are cut.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use klamm_core::time::{Now, Timestamp};
use klamm_net::platform::StdFiles;
use klamm_net::{Platform, TokioPlatform};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

/// Tokio, but for the network.
#[derive(Clone)]
pub(crate) struct Pipes {
    inner: TokioPlatform,
    /// Bytes a pipe holds: no read and no write is longer.
    width: usize,
    connections: mpsc::UnboundedSender<DuplexStream>,
    to_accept: Arc<Mutex<Option<mpsc::UnboundedReceiver<DuplexStream>>>>,
}

impl Pipes {
    pub(crate) fn new(width: usize) -> Self {
        let (connections, to_accept) = mpsc::unbounded_channel();
        let to_accept = Arc::new(Mutex::new(Some(to_accept)));
        Self { inner: TokioPlatform::current(), width, connections, to_accept }
    }
}

impl Platform for Pipes {
    type Listener = tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>;
    type Stream = DuplexStream;
    type Files = StdFiles;

    async fn bind(&self, _: &str, _: u16) -> io::Result<(Self::Listener, SocketAddr)> {
        let taken = self.to_accept.lock().expect("nobody panics with it").take();
        let listener = taken.ok_or(io::ErrorKind::AddrInUse)?;
        Ok((listener.into(), ([127, 0, 0, 1], 9092).into()))
    }

    async fn accept(&self, listener: &Self::Listener) -> io::Result<(DuplexStream, SocketAddr)> {
        let stream = listener.lock().await.recv().await.ok_or(io::ErrorKind::NotConnected)?;
        Ok((stream, ([127, 0, 0, 1], 1).into()))
    }

    async fn connect(&self, _: &str, _: u16) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(self.width);
        self.connections.send(theirs).map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(ours)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }

    fn spawn_thread(&self, name: &str, task: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        self.inner.spawn_thread(name, task)
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.inner.sleep_until(at).await;
    }

    fn now(&self) -> Now {
        self.inner.now()
    }

    fn files(&self) -> StdFiles {
        self.inner.files()
    }
}
