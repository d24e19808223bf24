//! Bytes from outside that mean harm: nothing panics, and memory stays in proportion to the frame.
//!
//! Reproducible: every round draws from a seed that a failure names. `KLAMM_FUZZ_ROUNDS` sets the number of
//! mutations per message and version, `KLAMM_FUZZ_SEED` where they begin.

use std::collections::BTreeMap;

use bytes::Bytes;
use klamm_wire_generator::schema::Schema;

use crate::codec::Codec;
use crate::memory::most_held;
use crate::sample::{Random, Sampler, Values, mutate, schemas, uvarint};
use crate::{golden, peer};

/// Bytes of memory per byte of frame that decoding may hold, and bytes on top.
///
/// The proportion is that of the most compact array: an element takes one or two bytes in the frame and
/// a few dozen in memory.
const HELD_PER_BYTE: usize = 64;
const HELD_ON_TOP: usize = 1024;

const ROUNDS: u64 = 100;

fn codecs() -> BTreeMap<&'static str, Codec> {
    let peers = peer::pairs().into_iter().map(|pair| (pair.name, pair.ours));
    peers.chain(golden::table()).collect()
}

/// Every message in every version.
fn each_version(mut visit: impl FnMut(&Schema, i16, Codec)) {
    let codecs = codecs();
    for schema in &schemas() {
        let codec = *codecs.get(schema.name.as_str()).unwrap_or_else(|| panic!("no codec: {}", schema.name));
        for version in schema.versions.0..=schema.versions.1 {
            visit(schema, version, codec);
        }
    }
}

fn sample(schema: &Schema, version: i16, seed: u64, values: Values) -> Bytes {
    Sampler { schema, version, random: Random::new(seed), values }.message().into()
}

fn assert_bounded(schema: &Schema, version: i16, codec: Codec, bytes: &Bytes) {
    let (_, held) = most_held(|| (codec.decode)(bytes.clone(), version));
    let allowed = HELD_PER_BYTE * bytes.len() + HELD_ON_TOP;
    assert!(held <= allowed, "{} v{version}: {held} bytes held for {bytes:?}", schema.name);
}

/// Goal: a frame that ends too early is an error, wherever it ends.
#[test]
fn every_prefix_of_a_message_is_refused() {
    each_version(|schema, version, codec| {
        for seed in 0..2 {
            let whole = sample(schema, version, seed, Values::Any);
            for end in (0..whole.len()).step_by(1 + whole.len() / 400) {
                let refused = (codec.decode)(whole.slice(..end), version).is_err();
                assert!(refused, "{} v{version} cut at {end}: {whole:?}", schema.name);
            }
        }
    });
}

/// Goal: bytes behind a message change nothing. Source: librdkafka's Metadata request for all topics, which
/// has three or more of them.
#[test]
fn bytes_behind_a_message_are_left_alone() {
    each_version(|schema, version, codec| {
        let whole = sample(schema, version, 9, Values::Any);
        let longer = Bytes::from([&whole[..], b"\0\xffgarbage"].concat());
        assert_eq!((codec.rewrite)(longer, version), Ok((whole, 9)), "{} v{version}", schema.name);
    });
}

/// Goal: the honest frame that needs the most memory per byte stays within the bound: thousands of
/// elements, each as small as it can be.
#[test]
fn the_most_compact_arrays_stay_within_the_bound() {
    each_version(|schema, version, codec| {
        let bytes = sample(schema, version, 1, Values::Smallest { elements: 3000 });
        (codec.decode)(bytes.clone(), version).unwrap_or_else(|error| panic!("v{version}: {error}"));
        assert_bounded(schema, version, codec, &bytes);
    });
}

/// Goal: a length that cannot be true costs nothing. Method: each place of a valid frame is overwritten
/// with the lengths an attacker would choose, in both encodings.
#[test]
fn huge_lengths_cost_no_memory() {
    let mut lengths =
        vec![i32::MAX.to_be_bytes().to_vec(), i32::MIN.to_be_bytes().to_vec(), vec![0x7f, 0xff]];
    for n in [u32::MAX, i32::MAX as u32, 1 << 20] {
        let mut compact = Vec::new();
        uvarint(u64::from(n), &mut compact);
        lengths.push(compact);
    }
    each_version(|schema, version, codec| {
        let whole = sample(schema, version, 5, Values::Smallest { elements: 2 });
        for at in 0..whole.len() {
            for length in &lengths {
                let mut bytes = whole.to_vec();
                bytes.truncate(at);
                bytes.extend(length);
                bytes.resize(bytes.len().max(whole.len()) + 16, 0);
                assert_bounded(schema, version, codec, &Bytes::from(bytes));
            }
        }
    });
}

/// Goal: no panic and bounded memory for whatever arrives; what is accepted can be written again, and then
/// is stable.
#[test]
fn mutated_messages_do_no_harm() {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let rounds = number("KLAMM_FUZZ_ROUNDS").unwrap_or(ROUNDS);
    let first = number("KLAMM_FUZZ_SEED").unwrap_or(0);
    let mut accepted = 0;
    let mut refused = 0;
    each_version(|schema, version, codec| {
        for round in first..first + rounds {
            let seed = round << 16 | version as u64;
            let mut random = Random::new(seed ^ 0x5eed);
            let mut bytes = sample(schema, version, seed, Values::Any).to_vec();
            for _ in 0..=random.below(4) {
                mutate(&mut bytes, &mut random);
            }
            let bytes = Bytes::from(bytes);
            assert_bounded(schema, version, codec, &bytes);
            match (codec.rewrite)(bytes.clone(), version) {
                Ok((written, _)) => {
                    let again = (codec.rewrite)(written.clone(), version);
                    assert_eq!(again, Ok((written, 0)), "{} v{version} seed {seed}", schema.name);
                    accepted += 1;
                }
                Err(error) => {
                    assert!(!error.starts_with("cannot"), "{} v{version} seed {seed}: {error}", schema.name);
                    refused += 1;
                }
            }
        }
    });
    // Both outcomes must be reached, else the mutations test nothing.
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}
