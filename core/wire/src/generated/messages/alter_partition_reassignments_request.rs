//! `AlterPartitionReassignmentsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterPartitionReassignments API (key 45), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionReassignmentsRequest {
    pub timeout_ms: i32,
    pub allow_replication_factor_change: bool,
    pub topics: Vec<ReassignableTopic>,
}

impl Default for AlterPartitionReassignmentsRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            allow_replication_factor_change: true,
            topics: Vec::new(),
        }
    }
}

impl Wire for AlterPartitionReassignmentsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 6,
            _ => 7,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            timeout_ms: d.read(v, "AlterPartitionReassignmentsRequest.timeout_ms")?,
            allow_replication_factor_change: if v.number >= 1 { d.read(v, "AlterPartitionReassignmentsRequest.allow_replication_factor_change")? } else { true },
            topics: d.read(v, "AlterPartitionReassignmentsRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.timeout_ms, v, "AlterPartitionReassignmentsRequest.timeout_ms");
        if v.number >= 1 { e.write(&self.allow_replication_factor_change, v, "AlterPartitionReassignmentsRequest.allow_replication_factor_change"); } else { e.absent(!self.allow_replication_factor_change, "AlterPartitionReassignmentsRequest.allow_replication_factor_change"); }
        e.write(&self.topics, v, "AlterPartitionReassignmentsRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionReassignmentsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReassignableTopic {
    pub name: Str,
    pub partitions: Vec<ReassignablePartition>,
}

impl Wire for ReassignableTopic {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ReassignableTopic.name")?,
            partitions: d.read(v, "ReassignableTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ReassignableTopic.name");
        e.write(&self.partitions, v, "ReassignableTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionReassignmentsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReassignablePartition {
    pub partition_index: i32,
    pub replicas: Option<Vec<i32>>,
}

impl Wire for ReassignablePartition {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "ReassignablePartition.partition_index")?,
            replicas: d.read(v, "ReassignablePartition.replicas")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "ReassignablePartition.partition_index");
        e.write(&self.replicas, v, "ReassignablePartition.replicas");
        e.tags(v, |_| {});
    }
}

impl Message for AlterPartitionReassignmentsRequest {
    const NAME: &'static str = "AlterPartitionReassignmentsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
