//! Which partition a record goes to: by key like the Java client, otherwise sticky.

use alloc::collections::BTreeMap;

use klamm_wire::Str;

use super::cluster::TopicMetadata;
use crate::rng::Rng;

/// Murmur2 as the Java client computes it, on the bytes of a key.
///
/// Source: Austin Appleby's MurmurHash2 with the seed of Kafka's `Utils.murmur2`.
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MIX: u32 = 0x5bd1_e995;
    const ROTATE: u32 = 24;
    // Kafka hashes the length as a signed 32-bit number; keys are far shorter than that.
    let length = u32::try_from(data.len() & 0xffff_ffff).expect("masked");
    let mut hash = SEED ^ length;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().expect("chunks of four"));
        k = k.wrapping_mul(MIX);
        k ^= k >> ROTATE;
        k = k.wrapping_mul(MIX);
        hash = hash.wrapping_mul(MIX) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(MIX);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MIX);
    hash ^ (hash >> 15)
}

/// The partition of a keyed record among `partitions`, the same as every Java producer chooses.
///
/// # Panics
/// If there are no partitions.
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    assert!(partitions > 0, "a topic has partitions");
    let positive = murmur2(key) & 0x7fff_ffff;
    i32::try_from(positive).expect("31 bits") % partitions
}

/// Chooses for records without a key: stays with one partition for about one batch, so that batches fill.
///
/// Source: KIP-480, KIP-794. Kafka: `BuiltInPartitioner`; the adaptive part (slow brokers get less) is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StickyPartitioner {
    current: BTreeMap<Str, Sticky>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sticky {
    partition: i32,
    bytes: usize,
}

impl StickyPartitioner {
    /// The partition for a record of `bytes`; moves on after `batch_size` bytes or when the partition has lost
    /// its leader.
    pub(crate) fn choose(
        &mut self,
        topic: &Str,
        metadata: &TopicMetadata,
        bytes: usize,
        batch_size: usize,
        rng: &mut Rng,
    ) -> i32 {
        let stays = self.current.get(topic).copied().filter(|sticky| {
            sticky.bytes < batch_size
                && metadata.partitions.get(&sticky.partition).is_some_and(|p| p.leader.is_some())
        });
        let chosen = match stays {
            Some(sticky) => Sticky { bytes: sticky.bytes + bytes, ..sticky },
            None => {
                let previous = self.current.get(topic).map(|sticky| sticky.partition);
                Sticky { partition: next_partition(metadata, previous, rng), bytes }
            }
        };
        self.current.insert(topic.clone(), chosen);
        chosen.partition
    }
}

/// Any partition with a leader other than `previous`; without a choice, any partition.
fn next_partition(metadata: &TopicMetadata, previous: Option<i32>, rng: &mut Rng) -> i32 {
    assert!(!metadata.partitions.is_empty(), "a topic has partitions");
    let led = || metadata.partitions.iter().filter(|(_, p)| p.leader.is_some()).map(|(index, _)| *index);
    let fresh = || led().filter(|index| Some(*index) != previous);
    let pick = |count: usize, rng: &mut Rng| {
        let below = u64::try_from(count).expect("a count fits");
        usize::try_from(rng.below(below)).expect("below a usize")
    };
    match (fresh().count(), led().count()) {
        (0, 0) => {
            let nth = pick(metadata.partitions.len(), rng);
            *metadata.partitions.keys().nth(nth).expect("below the count")
        }
        (0, _) => led().next().expect("counted"),
        (fresh_count, _) => {
            let nth = pick(fresh_count, rng);
            fresh().nth(nth).expect("below the count")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every hash is the one the Java client computes. Source: the vectors of Kafka's `UtilsTest.testMurmur2`.
    #[test]
    fn murmur2_agrees_with_the_java_client() {
        let vectors: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (key, expected) in vectors {
            assert_eq!(murmur2(key.as_bytes()), expected.cast_unsigned(), "{key}");
        }
    }

    /// Goal: a key maps to its partition by the positive part of the hash. Source: `Utils.toPositive`.
    #[test]
    fn a_negative_hash_still_gives_a_partition() {
        assert!(murmur2(b"foobar").cast_signed() < 0);
        for partitions in 1..100 {
            assert!((0..partitions).contains(&partition_for_key(b"foobar", partitions)));
        }
    }
}
