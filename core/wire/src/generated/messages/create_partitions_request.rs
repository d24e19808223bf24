//! `CreatePartitionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the CreatePartitions API (key 37), versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatePartitionsRequest {
    pub topics: Vec<CreatePartitionsTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
}

impl Wire for CreatePartitionsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 9,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: d.read(v, "CreatePartitionsRequest.topics")?,
            timeout_ms: d.read(v, "CreatePartitionsRequest.timeout_ms")?,
            validate_only: d.read(v, "CreatePartitionsRequest.validate_only")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topics, v, "CreatePartitionsRequest.topics");
        e.write(&self.timeout_ms, v, "CreatePartitionsRequest.timeout_ms");
        e.write(&self.validate_only, v, "CreatePartitionsRequest.validate_only");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreatePartitionsRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatePartitionsTopic {
    pub name: Str,
    pub count: i32,
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

impl Default for CreatePartitionsTopic {
    fn default() -> Self {
        Self {
            name: Str::default(),
            count: 0,
            assignments: Some(Vec::new()),
        }
    }
}

impl Wire for CreatePartitionsTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 10,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "CreatePartitionsTopic.name")?,
            count: d.read(v, "CreatePartitionsTopic.count")?,
            assignments: d.read(v, "CreatePartitionsTopic.assignments")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "CreatePartitionsTopic.name");
        e.write(&self.count, v, "CreatePartitionsTopic.count");
        e.write(&self.assignments, v, "CreatePartitionsTopic.assignments");
        e.tags(v, |_| {});
    }
}

/// Part of [`CreatePartitionsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CreatePartitionsAssignment {
    pub broker_ids: Vec<i32>,
}

impl Wire for CreatePartitionsAssignment {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_ids: d.read(v, "CreatePartitionsAssignment.broker_ids")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_ids, v, "CreatePartitionsAssignment.broker_ids");
        e.tags(v, |_| {});
    }
}

impl Message for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
