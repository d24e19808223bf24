//! `AlterPartitionReassignmentsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the AlterPartitionReassignments API (key 45), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionReassignmentsResponse {
    pub throttle_time_ms: i32,
    pub allow_replication_factor_change: bool,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub responses: Vec<ReassignableTopicResponse>,
}

impl Default for AlterPartitionReassignmentsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            allow_replication_factor_change: true,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            responses: Vec::new(),
        }
    }
}

impl Wire for AlterPartitionReassignmentsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 9,
            _ => 10,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "AlterPartitionReassignmentsResponse.throttle_time_ms")?,
            allow_replication_factor_change: if v.number >= 1 { d.read(v, "AlterPartitionReassignmentsResponse.allow_replication_factor_change")? } else { true },
            error_code: d.read(v, "AlterPartitionReassignmentsResponse.error_code")?,
            error_message: d.read(v, "AlterPartitionReassignmentsResponse.error_message")?,
            responses: d.read(v, "AlterPartitionReassignmentsResponse.responses")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "AlterPartitionReassignmentsResponse.throttle_time_ms");
        if v.number >= 1 { e.write(&self.allow_replication_factor_change, v, "AlterPartitionReassignmentsResponse.allow_replication_factor_change"); }
        e.write(&self.error_code, v, "AlterPartitionReassignmentsResponse.error_code");
        e.write(&self.error_message, v, "AlterPartitionReassignmentsResponse.error_message");
        e.write(&self.responses, v, "AlterPartitionReassignmentsResponse.responses");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionReassignmentsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReassignableTopicResponse {
    pub name: Str,
    pub partitions: Vec<ReassignablePartitionResponse>,
}

impl Wire for ReassignableTopicResponse {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ReassignableTopicResponse.name")?,
            partitions: d.read(v, "ReassignableTopicResponse.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ReassignableTopicResponse.name");
        e.write(&self.partitions, v, "ReassignableTopicResponse.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionReassignmentsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReassignablePartitionResponse {
    pub partition_index: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for ReassignablePartitionResponse {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for ReassignablePartitionResponse {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "ReassignablePartitionResponse.partition_index")?,
            error_code: d.read(v, "ReassignablePartitionResponse.error_code")?,
            error_message: d.read(v, "ReassignablePartitionResponse.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "ReassignablePartitionResponse.partition_index");
        e.write(&self.error_code, v, "ReassignablePartitionResponse.error_code");
        e.write(&self.error_message, v, "ReassignablePartitionResponse.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for AlterPartitionReassignmentsResponse {
    const NAME: &'static str = "AlterPartitionReassignmentsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
