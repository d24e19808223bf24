//! `ProduceRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Produce API (key 0), versions 3 to 13.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProduceRequest {
    pub transactional_id: Option<Str>,
    pub acks: i16,
    pub timeout_ms: i32,
    pub topic_data: Vec<TopicProduceData>,
}

impl Wire for ProduceRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 12,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "ProduceRequest.transactional_id")?,
            acks: d.read(v, "ProduceRequest.acks")?,
            timeout_ms: d.read(v, "ProduceRequest.timeout_ms")?,
            topic_data: d.read(v, "ProduceRequest.topic_data")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "ProduceRequest.transactional_id");
        e.write(&self.acks, v, "ProduceRequest.acks");
        e.write(&self.timeout_ms, v, "ProduceRequest.timeout_ms");
        e.write(&self.topic_data, v, "ProduceRequest.topic_data");
        e.tags(v, |_| {});
    }
}

/// Part of [`ProduceRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicProduceData {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_data: Vec<PartitionProduceData>,
}

impl Wire for TopicProduceData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 6,
            9..=12 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 12 { d.read(v, "TopicProduceData.name")? } else { Str::default() },
            topic_id: if v.number >= 13 { d.read(v, "TopicProduceData.topic_id")? } else { Uuid::ZERO },
            partition_data: d.read(v, "TopicProduceData.partition_data")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 12 { e.write(&self.name, v, "TopicProduceData.name"); }
        if v.number >= 13 { e.write(&self.topic_id, v, "TopicProduceData.topic_id"); }
        e.write(&self.partition_data, v, "TopicProduceData.partition_data");
        e.tags(v, |_| {});
    }
}

/// Part of [`ProduceRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionProduceData {
    pub index: i32,
    pub records: Option<Records>,
}

impl Default for PartitionProduceData {
    fn default() -> Self {
        Self {
            index: 0,
            records: Some(Records::new()),
        }
    }
}

impl Wire for PartitionProduceData {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 8,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            index: d.read(v, "PartitionProduceData.index")?,
            records: d.read(v, "PartitionProduceData.records")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.index, v, "PartitionProduceData.index");
        e.write(&self.records, v, "PartitionProduceData.records");
        e.tags(v, |_| {});
    }
}

impl Message for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const VERSIONS: RangeInclusive<i16> = 3..=13;
    const FLEXIBLE_FROM: i16 = 9;
}
