//! `ElectLeadersResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ElectLeaders API (key 43), versions 0 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ElectLeadersResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub replica_election_results: Vec<ReplicaElectionResult>,
}

impl Wire for ElectLeadersResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 8,
            1..=1 => 10,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ElectLeadersResponse.throttle_time_ms")?,
            error_code: if v.number >= 1 { d.read(v, "ElectLeadersResponse.error_code")? } else { ErrorCode::NONE },
            replica_election_results: d.read(v, "ElectLeadersResponse.replica_election_results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ElectLeadersResponse.throttle_time_ms");
        if v.number >= 1 { e.write(&self.error_code, v, "ElectLeadersResponse.error_code"); } else { e.absent(self.error_code != ErrorCode::NONE, "ElectLeadersResponse.error_code"); }
        e.write(&self.replica_election_results, v, "ElectLeadersResponse.replica_election_results");
        e.tags(v, |_| {});
    }
}

/// Part of [`ElectLeadersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReplicaElectionResult {
    pub topic: Str,
    pub partition_result: Vec<PartitionResult>,
}

impl Wire for ReplicaElectionResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "ReplicaElectionResult.topic")?,
            partition_result: d.read(v, "ReplicaElectionResult.partition_result")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "ReplicaElectionResult.topic");
        e.write(&self.partition_result, v, "ReplicaElectionResult.partition_result");
        e.tags(v, |_| {});
    }
}

/// Part of [`ElectLeadersResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionResult {
    pub partition_id: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for PartitionResult {
    fn default() -> Self {
        Self {
            partition_id: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for PartitionResult {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_id: d.read(v, "PartitionResult.partition_id")?,
            error_code: d.read(v, "PartitionResult.error_code")?,
            error_message: d.read(v, "PartitionResult.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_id, v, "PartitionResult.partition_id");
        e.write(&self.error_code, v, "PartitionResult.error_code");
        e.write(&self.error_message, v, "PartitionResult.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for ElectLeadersResponse {
    const NAME: &'static str = "ElectLeadersResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
