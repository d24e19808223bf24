//! Klamm: the node and the client as state machines.
//!
//! Everything from outside is an [`edge::Input`], everything done outside is an [`edge::Effect`]; in between
//! there is one thread, no clock, no lock and no randomness of its own. A driver (sockets and files, or a
//! simulator) owns the loop.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod api;
pub mod client;
pub mod config;
pub mod connection;
mod controller;
mod coordinator;
mod cx;
pub mod disk;
pub mod edge;
pub mod event;
pub mod flaw;
pub mod format;
mod group;
pub mod image;
pub mod job;
pub mod log;
pub mod node;
mod peer;
mod quorum;
mod replica;
mod rng;
#[cfg(test)]
mod testing;
pub mod time;
mod timer;
mod transaction;
pub mod types;

pub use quorum::bootstrap_file;
pub use rng::Rng;
