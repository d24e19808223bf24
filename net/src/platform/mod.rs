//! What the adapter needs of the world around it: sockets, tasks, clocks and files.
//!
//! The code of the server is generic over [`Platform`] and knows no runtime by name, so that a simulated
//! network can run it unchanged. Static dispatch only.

mod files;
mod tokio;

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use ::tokio::io::{AsyncRead, AsyncWrite};
use klamm_core::time::{Now, Timestamp};

pub use files::{FileIo, Files, StdFile, StdFiles};
pub use tokio::TokioPlatform;

/// A runtime with its network, clocks and file system. Cheap to clone.
pub trait Platform: Clone + Send + Sync + 'static {
    /// A socket that accepts connections.
    type Listener: Send + Sync + 'static;
    /// A connection. Writes leave at once, without waiting for more.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;
    /// The file system.
    type Files: Files;

    /// Listens on an address; an empty host is every interface, port 0 lets the system choose.
    fn bind(
        &self,
        host: &str,
        port: u16,
    ) -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>> + Send;

    /// The next connection and the address at its other end.
    fn accept(
        &self,
        listener: &Self::Listener,
    ) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;

    /// Connects to an address.
    fn connect(&self, host: &str, port: u16) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Runs a task that never blocks.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// Runs a task that may block or compute, on a thread of its own where there are threads.
    ///
    /// # Errors
    /// The system has no thread to spare.
    fn spawn_thread(&self, name: &str, task: impl Future<Output = ()> + Send + 'static) -> io::Result<()>;

    /// Waits for a point in time.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;

    /// Both clocks.
    fn now(&self) -> Now;

    /// The file system.
    fn files(&self) -> Self::Files;
}
