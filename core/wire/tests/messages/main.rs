//! Messages of every API and version: against other codecs, against Kafka's own bytes, against hostile bytes.

mod codec;
mod golden;
mod hostile;
mod memory;
mod peer;
mod sample;
