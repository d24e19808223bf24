//! The code under test, by name.

use bytes::Bytes;
use klamm_wire::{DecodeError, Decoder, Encoder, Message};

/// Reading and writing one message.
#[derive(Clone, Copy)]
pub(crate) struct Codec {
    /// Reads a message and drops it.
    pub(crate) decode: fn(Bytes, i16) -> Result<(), DecodeError>,
    /// Reads a message and writes it again; also says how many bytes were left over.
    pub(crate) rewrite: fn(Bytes, i16) -> Result<(Bytes, usize), String>,
}

pub(crate) fn ours<M: Message>() -> Codec {
    Codec { decode: decode::<M>, rewrite: rewrite::<M> }
}

fn decode<M: Message>(bytes: Bytes, version: i16) -> Result<(), DecodeError> {
    M::decode(&mut Decoder::new(bytes), version).map(drop)
}

fn rewrite<M: Message>(bytes: Bytes, version: i16) -> Result<(Bytes, usize), String> {
    let mut d = Decoder::new(bytes);
    let message = M::decode(&mut d, version).map_err(|error| error.to_string())?;
    let mut e = Encoder::new();
    message.encode(&mut e, version).map_err(|error| format!("cannot be written: {error}"))?;
    Ok((e.to_bytes(), d.remaining()))
}
