//! `ConsumerProtocolSubscription`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, versions 0 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Str>,
    pub user_data: Option<Bytes>,
    pub owned_partitions: Vec<TopicPartition>,
    pub generation_id: i32,
    pub rack_id: Option<Str>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Wire for ConsumerProtocolSubscription {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=1 => 12,
            2..=2 => 16,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            topics: d.read(v, "ConsumerProtocolSubscription.topics")?,
            user_data: d.read(v, "ConsumerProtocolSubscription.user_data")?,
            owned_partitions: if v.number >= 1 { d.read(v, "ConsumerProtocolSubscription.owned_partitions")? } else { Vec::new() },
            generation_id: if v.number >= 2 { d.read(v, "ConsumerProtocolSubscription.generation_id")? } else { -1 },
            rack_id: if v.number >= 3 { d.read(v, "ConsumerProtocolSubscription.rack_id")? } else { None },
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "ConsumerProtocolSubscription.topics");
        e.write(&self.user_data, v, "ConsumerProtocolSubscription.user_data");
        if v.number >= 1 { e.write(&self.owned_partitions, v, "ConsumerProtocolSubscription.owned_partitions"); }
        if v.number >= 2 { e.write(&self.generation_id, v, "ConsumerProtocolSubscription.generation_id"); }
        if v.number >= 3 { e.write(&self.rack_id, v, "ConsumerProtocolSubscription.rack_id"); }
    }
}

/// Part of [`ConsumerProtocolSubscription`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartition {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            topic: d.read(v, "TopicPartition.topic")?,
            partitions: d.read(v, "TopicPartition.partitions")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "TopicPartition.topic");
        e.write(&self.partitions, v, "TopicPartition.partitions");
    }
}

impl Message for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
