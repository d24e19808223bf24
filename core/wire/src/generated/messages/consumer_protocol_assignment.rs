//! `ConsumerProtocolAssignment`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    pub user_data: Option<Bytes>,
}

impl Wire for ConsumerProtocolAssignment {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        Ok(Self {
            assigned_partitions: d.read(v, "ConsumerProtocolAssignment.assigned_partitions")?,
            user_data: d.read(v, "ConsumerProtocolAssignment.user_data")?,
        })
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.assigned_partitions, v, "ConsumerProtocolAssignment.assigned_partitions");
        e.write(&self.user_data, v, "ConsumerProtocolAssignment.user_data");
    }
}

/// Part of [`ConsumerProtocolAssignment`].
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

impl Message for ConsumerProtocolAssignment {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: i16 = i16::MAX;
}
