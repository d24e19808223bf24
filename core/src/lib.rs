//! Klamm: the node and the client as state machines.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
