//! `ListPartitionReassignmentsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ListPartitionReassignments API (key 46), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListPartitionReassignmentsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub topics: Vec<OngoingTopicReassignment>,
}

impl Default for ListPartitionReassignmentsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            topics: Vec::new(),
        }
    }
}

impl Wire for ListPartitionReassignmentsResponse {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ListPartitionReassignmentsResponse.throttle_time_ms")?,
            error_code: d.read(v, "ListPartitionReassignmentsResponse.error_code")?,
            error_message: d.read(v, "ListPartitionReassignmentsResponse.error_message")?,
            topics: d.read(v, "ListPartitionReassignmentsResponse.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ListPartitionReassignmentsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ListPartitionReassignmentsResponse.error_code");
        e.write(&self.error_message, v, "ListPartitionReassignmentsResponse.error_message");
        e.write(&self.topics, v, "ListPartitionReassignmentsResponse.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListPartitionReassignmentsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OngoingTopicReassignment {
    pub name: Str,
    pub partitions: Vec<OngoingPartitionReassignment>,
}

impl Wire for OngoingTopicReassignment {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "OngoingTopicReassignment.name")?,
            partitions: d.read(v, "OngoingTopicReassignment.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "OngoingTopicReassignment.name");
        e.write(&self.partitions, v, "OngoingTopicReassignment.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListPartitionReassignmentsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OngoingPartitionReassignment {
    pub partition_index: i32,
    pub replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub removing_replicas: Vec<i32>,
}

impl Wire for OngoingPartitionReassignment {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "OngoingPartitionReassignment.partition_index")?,
            replicas: d.read(v, "OngoingPartitionReassignment.replicas")?,
            adding_replicas: d.read(v, "OngoingPartitionReassignment.adding_replicas")?,
            removing_replicas: d.read(v, "OngoingPartitionReassignment.removing_replicas")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "OngoingPartitionReassignment.partition_index");
        e.write(&self.replicas, v, "OngoingPartitionReassignment.replicas");
        e.write(&self.adding_replicas, v, "OngoingPartitionReassignment.adding_replicas");
        e.write(&self.removing_replicas, v, "OngoingPartitionReassignment.removing_replicas");
        e.tags(v, |_| {});
    }
}

impl Message for ListPartitionReassignmentsResponse {
    const NAME: &'static str = "ListPartitionReassignmentsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
