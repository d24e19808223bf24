//! The adapter from outside: a server on real files, over sockets of this machine or over pipes that cut the
//! stream wherever a test wants it.

mod cluster;
mod fake;
mod hostile;
mod life;
mod pipes;
mod pump;
mod requests;
mod rig;
mod traffic;
