//! `ElectLeadersRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ElectLeaders API (key 43), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ElectLeadersRequest {
    pub election_type: i8,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    pub timeout_ms: i32,
}

impl Default for ElectLeadersRequest {
    fn default() -> Self {
        Self {
            election_type: 0,
            topic_partitions: Some(Vec::new()),
            timeout_ms: 60000,
        }
    }
}

impl Wire for ElectLeadersRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=1 => 9,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            election_type: if v.number >= 1 { d.read(v, "ElectLeadersRequest.election_type")? } else { 0 },
            topic_partitions: d.read(v, "ElectLeadersRequest.topic_partitions")?,
            timeout_ms: d.read(v, "ElectLeadersRequest.timeout_ms")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.election_type, v, "ElectLeadersRequest.election_type"); } else { e.absent(self.election_type != 0, "ElectLeadersRequest.election_type"); }
        e.write(&self.topic_partitions, v, "ElectLeadersRequest.topic_partitions");
        e.write(&self.timeout_ms, v, "ElectLeadersRequest.timeout_ms");
        e.tags(v, |_| {});
    }
}

/// Part of [`ElectLeadersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartitions {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "TopicPartitions.topic")?,
            partitions: d.read(v, "TopicPartitions.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "TopicPartitions.topic");
        e.write(&self.partitions, v, "TopicPartitions.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ElectLeadersRequest {
    const NAME: &'static str = "ElectLeadersRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
