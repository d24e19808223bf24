//! Kafka's wire format: messages, primitives, frames and record batches. Knows no broker.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
