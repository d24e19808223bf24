//! The adapter: a node of [`klamm_core`] on real sockets and real files. Embeddable: [`server::Server`].
//!
//! ```text
//!  sockets ──▶ connection tasks ──▶ bounded queue ──▶ pump (the one logic thread: Node::handle)
//!     ▲         frames, decoding,                      │        ▲
//!     └─────────  encoding  ◀──── replies ─────────────┤        │ finished operations
//!                                                      ▼        │
//!                                            disk lanes ──▶ disk threads
//! ```
//!
//! **Invariant:** nothing here decides anything about Kafka. Whatever depends on the content of a request, on
//! time or on what the disk said is decided by the node, so that the simulator sees it.
//!
//! **Invariant:** the server names no runtime: it is generic over [`platform::Platform`].

pub mod broker;
pub mod client;
pub mod cluster;
mod connection;
pub mod disk;
pub mod frames;
pub mod limits;
mod observe;
mod peers;
pub mod platform;
pub mod pump;
pub mod server;

pub use limits::Limits;
pub use platform::{Platform, TokioPlatform};
pub use pump::Ended;
pub use server::{Bound, Server, ServerConfig, StartError};
