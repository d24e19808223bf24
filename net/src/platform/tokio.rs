//! The platform of production: tokio, the system's clocks and files.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use klamm_core::time::{Now, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};

use super::{Platform, StdFiles};

/// Tasks on the tokio runtime it was created in; blocking tasks on threads of their own.
#[derive(Clone, Debug)]
pub struct TokioPlatform {
    runtime: Handle,
    /// Where monotonic time begins.
    origin: Instant,
}

impl TokioPlatform {
    /// The platform of the current runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn current() -> Self {
        Self { runtime: Handle::current(), origin: Instant::now() }
    }
}

impl Platform for TokioPlatform {
    type Listener = TcpListener;
    type Stream = TcpStream;
    type Files = StdFiles;

    async fn bind(&self, host: &str, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
        let listener = if host.is_empty() {
            // Both families where the system has both.
            match TcpListener::bind(("::", port)).await {
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    TcpListener::bind(("0.0.0.0", port)).await?
                }
                other => other?,
            }
        } else {
            TcpListener::bind((host, port)).await?
        };
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, peer))
    }

    async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    fn spawn_thread(&self, name: &str, task: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        std::thread::Builder::new().name(name.into()).spawn(move || runtime.block_on(task))?;
        Ok(())
    }

    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep_until((self.origin + Duration::from_nanos(at.0)).into()).await;
    }

    fn now(&self) -> Now {
        let monotonic = u64::try_from(self.origin.elapsed().as_nanos()).expect("584 years are enough");
        let wall_ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Now { monotonic: Timestamp(monotonic), wall_ms }
    }

    fn files(&self) -> StdFiles {
        StdFiles
    }
}
