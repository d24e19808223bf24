//! The deterministic simulator: a world of nodes, disks, networks, clocks and clients in which everything
//! that can go wrong does, and in which one number repeats it.
//!
//! The nodes are the real ones (`klamm_core`); everything around them is simulated on one event queue.
//! Nothing here reads a clock, draws from the system's randomness or depends on the order of a hash map, so
//! that a seed says all there is to say about a run.

pub mod campaign;
pub mod checkers;
pub mod clients;
pub mod clock;
pub mod coverage;
mod describe;
pub mod disk;
pub mod faults;
pub mod hash;
pub mod ledger;
pub mod network;
pub mod queue;
pub mod random;
pub mod replay;
pub(crate) mod replicas;
pub mod report;
pub mod run;
pub mod score;
pub mod swarm;
pub mod trace;
pub mod world;
