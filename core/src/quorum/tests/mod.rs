//! The quorum, one node at a time and many at once.

mod alone;
mod bench;
mod checks;
mod cluster;
mod faults;
mod files;
mod followers;
mod leaders;
mod log;
mod members;
mod node;
mod random;
mod received;
mod votes;
