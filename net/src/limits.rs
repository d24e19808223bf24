//! Bounds of the adapter. Everything that can grow has one.

use std::time::Duration;

/// How much the adapter may hold, and how much it does at once.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Inputs waiting for the logic thread. Connections that have more to say wait.
    pub queued_inputs: usize,
    /// Inputs handled before their effects are performed: more share one write, fewer answer sooner.
    pub batch_inputs: usize,
    /// Connections open at the same time. More are closed as they come.
    pub connections: usize,
    /// Bytes one connection may have under way: its requests as they came and what its fetches may return.
    /// One request is always let through.
    pub connection_bytes: u64,
    /// How long a client may take none of the bytes written to it before its connection is closed.
    pub write_stall: Duration,
    /// Threads that read, sync and compute.
    pub disk_threads: usize,
    /// Files held open.
    pub open_files: usize,
    /// Writes into the page cache of up to so many bytes are done by the logic thread: handing them over
    /// would cost more than doing them.
    pub inline_write_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queued_inputs: 1024,
            batch_inputs: 256,
            connections: 10_000,
            connection_bytes: 64 << 20,
            write_stall: Duration::from_secs(60),
            disk_threads: 4,
            open_files: 512,
            inline_write_bytes: 256 << 10,
        }
    }
}
