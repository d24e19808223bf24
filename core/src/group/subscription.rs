//! The one thing of a consumer's metadata that the coordinator reads: the topics.

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::ConsumerProtocolSubscription;
use klamm_wire::{Decoder, Message, Str};

/// The topics of a consumer's subscription; `None` if it is not one.
///
/// A version of the future is read as the newest known: the format only ever grows at its end.
pub(crate) fn topics(metadata: &Bytes) -> Option<Vec<Str>> {
    let (version, body) = metadata.split_first_chunk::<2>()?;
    let version = i16::from_be_bytes(*version);
    if version < 0 {
        return None;
    }
    let mut decoder = Decoder::new(metadata.slice_ref(body));
    let newest = *ConsumerProtocolSubscription::VERSIONS.end();
    ConsumerProtocolSubscription::decode(&mut decoder, version.min(newest)).ok().map(|read| read.topics)
}
