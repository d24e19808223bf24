//! Judges histories of Kafka clients, whoever made them.
//!
//! A history says what clients asked for and what they were told. [`history::Reader`] reads one, [`Checker`] takes it event
//! by event, and its [`Verdict`] names every anomaly with the operations involved.
//!
//! Whether something lost is a violation depends on what was promised: see [`contract::Circumstances`].

pub mod anomaly;
mod checks;
pub mod contract;
pub mod history;
pub mod report;
mod state;
pub mod verdict;

pub use anomaly::Anomaly;
pub use state::{Bounds, Checker, Options, TooLong};
pub use verdict::Verdict;
