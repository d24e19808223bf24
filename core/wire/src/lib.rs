//! Kafka's wire format: messages, primitives, frames and record batches. Knows no broker.
//!
//! The level is Apache Kafka 4.3. Messages are generated from the schema text in `core/wire/schema`.
//! Bytes from outside are read with bounds first: nothing is allocated that the bytes at hand could not
//! fill, and what is malformed becomes a typed error. Payload is never copied, neither in nor out.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod api;
pub mod batch;
pub mod codec;
pub mod compression;
mod decoder;
mod encoder;
mod error;
mod error_code;
pub mod frame;
#[rustfmt::skip]
#[allow(missing_docs, reason = "the names are those of Kafka's schemas, where each field is described")]
mod generated;
pub mod log_records;
mod message;
mod records;
mod uuid;
pub mod varint;

pub use decoder::Decoder;
pub use encoder::{Encoder, SEGMENT_MIN, Segments, Tags};
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub use error_code::ErrorCode;
pub use generated::{
    group_records, messages, metadata_records, raft_records, share_records, transaction_records,
};
pub use message::Message;
pub use messages::ApiKey;
pub use records::{F64, Records};
pub use uuid::Uuid;

/// Text of a message. Cheap to clone: names of topics and members live in many places at once.
pub type Str = alloc::sync::Arc<str>;
