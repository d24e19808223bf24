//! The tokio adapter.

pub mod client;
