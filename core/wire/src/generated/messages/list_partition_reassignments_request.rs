//! `ListPartitionReassignmentsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ListPartitionReassignments API (key 46), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListPartitionReassignmentsRequest {
    pub timeout_ms: i32,
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
}

impl Default for ListPartitionReassignmentsRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            topics: None,
        }
    }
}

impl Wire for ListPartitionReassignmentsRequest {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            timeout_ms: d.read(v, "ListPartitionReassignmentsRequest.timeout_ms")?,
            topics: d.read(v, "ListPartitionReassignmentsRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.timeout_ms, v, "ListPartitionReassignmentsRequest.timeout_ms");
        e.write(&self.topics, v, "ListPartitionReassignmentsRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ListPartitionReassignmentsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListPartitionReassignmentsTopics {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
}

impl Wire for ListPartitionReassignmentsTopics {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ListPartitionReassignmentsTopics.name")?,
            partition_indexes: d.read(v, "ListPartitionReassignmentsTopics.partition_indexes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ListPartitionReassignmentsTopics.name");
        e.write(&self.partition_indexes, v, "ListPartitionReassignmentsTopics.partition_indexes");
        e.tags(v, |_| {});
    }
}

impl Message for ListPartitionReassignmentsRequest {
    const NAME: &'static str = "ListPartitionReassignmentsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
