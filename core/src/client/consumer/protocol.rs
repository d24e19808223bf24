//! What members of a group tell each other through the coordinator, which does not read it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};
use klamm_wire::messages::consumer_protocol_assignment::TopicPartition as AssignedTopic;
use klamm_wire::messages::consumer_protocol_subscription::TopicPartition as OwnedTopic;
use klamm_wire::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use klamm_wire::{Decoder, Message, Str};

use super::assignor::{Assignor, Member};
use crate::types::TopicPartition;

/// The protocol type of consumers, in contrast to Connect and others.
pub(super) const PROTOCOL_TYPE: &str = "consumer";
/// The version of both messages that is written.
const VERSION: i16 = 3;

/// Writes a message of the consumer protocol: two bytes of version, then the body.
fn with_version<M: Message>(message: &M) -> Bytes {
    let body = message.to_bytes(VERSION).expect("the newest version carries every field");
    let mut bytes = BytesMut::with_capacity(2 + body.len());
    bytes.put_i16(VERSION);
    bytes.extend_from_slice(&body);
    bytes.freeze()
}

/// Reads a message of the consumer protocol. A newer version is read as the newest known one: fields are only ever
/// added at the end.
fn read_versioned<M: Message>(bytes: &Bytes) -> Option<M> {
    let mut d = Decoder::new(bytes.clone());
    let version = d.i16().ok()?;
    M::decode(&mut d, version.clamp(*M::VERSIONS.start(), *M::VERSIONS.end())).ok()
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<Str, Vec<i32>> {
    let mut topics: BTreeMap<Str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(partition.partition);
    }
    topics
}

/// What a member says about itself when it joins.
pub(super) fn encode_subscription(
    assignor: Assignor,
    topics: &BTreeSet<Str>,
    owned: &[TopicPartition],
    generation: i32,
) -> Bytes {
    let owned_partitions = by_topic(owned).into_iter();
    with_version(&ConsumerProtocolSubscription {
        topics: topics.iter().cloned().collect(),
        user_data: (assignor == Assignor::Sticky).then(|| encode_sticky(owned, generation)),
        owned_partitions: owned_partitions
            .map(|(topic, partitions)| OwnedTopic { topic, partitions })
            .collect(),
        generation_id: generation,
        rack_id: None,
    })
}

/// What the leader reads of a member that joined; `None` if it is not a subscription.
pub(super) fn decode_subscription(id: &Str, instance_id: Option<&Str>, bytes: &Bytes) -> Option<Member> {
    let read: ConsumerProtocolSubscription = read_versioned(bytes)?;
    let owned = read.owned_partitions.iter().flat_map(|owned| {
        let topic = &owned.topic;
        owned.partitions.iter().map(move |p| TopicPartition { topic: topic.clone(), partition: *p })
    });
    let mut owned: Vec<TopicPartition> = owned.collect();
    let mut generation = read.generation_id;
    if owned.is_empty()
        && let Some((claimed, of)) = read.user_data.as_ref().and_then(decode_sticky)
    {
        (owned, generation) = (claimed, of);
    }
    let topics = read.topics.into_iter().collect();
    Some(Member { id: id.clone(), instance_id: instance_id.cloned(), topics, owned, generation })
}

/// What the leader has decided for one member.
pub(super) fn encode_assignment(partitions: &[TopicPartition]) -> Bytes {
    let assigned = by_topic(partitions).into_iter();
    with_version(&ConsumerProtocolAssignment {
        assigned_partitions: assigned
            .map(|(topic, partitions)| AssignedTopic { topic, partitions })
            .collect(),
        user_data: None,
    })
}

/// What this member has got. No bytes mean no partitions; `None` if it is not an assignment.
pub(crate) fn decode_assignment(bytes: &Bytes) -> Option<BTreeSet<TopicPartition>> {
    if bytes.is_empty() {
        return Some(BTreeSet::new());
    }
    let read: ConsumerProtocolAssignment = read_versioned(bytes)?;
    let all = read.assigned_partitions.iter().flat_map(|assigned| {
        let topic = &assigned.topic;
        assigned.partitions.iter().map(move |p| TopicPartition { topic: topic.clone(), partition: *p })
    });
    Some(all.collect())
}

/// The user data of the sticky strategy: what the member had, and of which generation.
///
/// Source: Kafka's `StickyAssignor`, user data version 1.
fn encode_sticky(owned: &[TopicPartition], generation: i32) -> Bytes {
    let topics = by_topic(owned);
    let mut bytes = BytesMut::new();
    bytes.put_i32(i32::try_from(topics.len()).expect("topics are counted with 32 bits"));
    for (topic, partitions) in topics {
        bytes.put_i16(i16::try_from(topic.len()).expect("a topic name has at most 249 bytes"));
        bytes.extend_from_slice(topic.as_bytes());
        bytes.put_i32(i32::try_from(partitions.len()).expect("partitions are counted with 32 bits"));
        partitions.iter().for_each(|partition| bytes.put_i32(*partition));
    }
    bytes.put_i32(generation);
    bytes.freeze()
}

fn decode_sticky(bytes: &Bytes) -> Option<(Vec<TopicPartition>, i32)> {
    let mut d = Decoder::new(bytes.clone());
    let mut owned = Vec::new();
    // Counts need no bound of their own: every element takes bytes, and those are bounded by the frame.
    for _ in 0..d.i32().ok()? {
        let length = usize::from(d.u16().ok()?);
        let topic = d.text(length).ok()?;
        for _ in 0..d.i32().ok()? {
            owned.push(TopicPartition { topic: topic.clone(), partition: d.i32().ok()? });
        }
    }
    // The first version of the format had no generation.
    Some((owned, d.i32().unwrap_or(-1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn owned() -> Vec<TopicPartition> {
        let at = |topic: &str, partition| TopicPartition { topic: topic.into(), partition };
        vec![at("a", 0), at("a", 3), at("b", 1)]
    }

    /// Goal: a leader reads what a member wrote, with the user data of the sticky strategy as well as without.
    #[test]
    fn a_subscription_survives_the_round_trip() {
        let topics: BTreeSet<Str> = ["a".into(), "b".into()].into();
        for assignor in [Assignor::Range, Assignor::Sticky, Assignor::CooperativeSticky] {
            let bytes = encode_subscription(assignor, &topics, &owned(), 7);
            let member = decode_subscription(&"m".into(), None, &bytes).expect("our own bytes");
            assert_eq!((member.topics, member.owned, member.generation), (topics.clone(), owned(), 7));
        }
        assert_eq!(decode_sticky(&encode_sticky(&owned(), 7)), Some((owned(), 7)));
    }

    /// Goal: bytes are those of the Java client. Source: `ConsumerProtocolAssignment` version 1 as captured from a
    /// Java consumer: version, one topic, its partitions, null user data.
    #[test]
    fn an_assignment_of_another_client_is_read() {
        let bytes =
            Bytes::from_static(b"\0\x01\0\0\0\x01\0\x01t\0\0\0\x02\0\0\0\0\0\0\0\x02\xff\xff\xff\xff");
        let expected = [0, 2].map(|partition| TopicPartition { topic: "t".into(), partition });
        assert_eq!(decode_assignment(&bytes), Some(expected.into()));
        assert_eq!(decode_assignment(&Bytes::new()), Some(BTreeSet::new()));
        assert_eq!(decode_assignment(&bytes.slice(..12)), None);
        let ours = encode_assignment(&owned());
        assert_eq!(decode_assignment(&ours), Some(owned().into_iter().collect()));
    }
}
