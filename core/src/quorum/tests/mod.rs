//! The quorum, one node at a time and many at once.

mod cluster;
mod files;
mod log;
mod node;
mod random;
