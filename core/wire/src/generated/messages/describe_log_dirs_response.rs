//! `DescribeLogDirsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeLogDirs API (key 35), versions 1 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeLogDirsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub results: Vec<DescribeLogDirsResult>,
}

impl Wire for DescribeLogDirsResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            2..=2 => 6,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeLogDirsResponse.throttle_time_ms")?,
            error_code: if v.number >= 3 { d.read(v, "DescribeLogDirsResponse.error_code")? } else { ErrorCode::NONE },
            results: d.read(v, "DescribeLogDirsResponse.results")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeLogDirsResponse.throttle_time_ms");
        if v.number >= 3 { e.write(&self.error_code, v, "DescribeLogDirsResponse.error_code"); }
        e.write(&self.results, v, "DescribeLogDirsResponse.results");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeLogDirsResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeLogDirsResult {
    pub error_code: ErrorCode,
    pub log_dir: Str,
    pub topics: Vec<DescribeLogDirsTopic>,
    pub total_bytes: i64,
    pub usable_bytes: i64,
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            log_dir: Str::default(),
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

impl Wire for DescribeLogDirsResult {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            2..=3 => 5,
            4..=4 => 21,
            _ => 22,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribeLogDirsResult.error_code")?,
            log_dir: d.read(v, "DescribeLogDirsResult.log_dir")?,
            topics: d.read(v, "DescribeLogDirsResult.topics")?,
            total_bytes: if v.number >= 4 { d.read(v, "DescribeLogDirsResult.total_bytes")? } else { -1 },
            usable_bytes: if v.number >= 4 { d.read(v, "DescribeLogDirsResult.usable_bytes")? } else { -1 },
            is_cordoned: if v.number >= 5 { d.read(v, "DescribeLogDirsResult.is_cordoned")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribeLogDirsResult.error_code");
        e.write(&self.log_dir, v, "DescribeLogDirsResult.log_dir");
        e.write(&self.topics, v, "DescribeLogDirsResult.topics");
        if v.number >= 4 { e.write(&self.total_bytes, v, "DescribeLogDirsResult.total_bytes"); }
        if v.number >= 4 { e.write(&self.usable_bytes, v, "DescribeLogDirsResult.usable_bytes"); }
        if v.number >= 5 { e.write(&self.is_cordoned, v, "DescribeLogDirsResult.is_cordoned"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeLogDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeLogDirsTopic {
    pub name: Str,
    pub partitions: Vec<DescribeLogDirsPartition>,
}

impl Wire for DescribeLogDirsTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "DescribeLogDirsTopic.name")?,
            partitions: d.read(v, "DescribeLogDirsTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "DescribeLogDirsTopic.name");
        e.write(&self.partitions, v, "DescribeLogDirsTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeLogDirsResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeLogDirsPartition {
    pub partition_index: i32,
    pub partition_size: i64,
    pub offset_lag: i64,
    pub is_future_key: bool,
}

impl Wire for DescribeLogDirsPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 21,
            _ => 22,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "DescribeLogDirsPartition.partition_index")?,
            partition_size: d.read(v, "DescribeLogDirsPartition.partition_size")?,
            offset_lag: d.read(v, "DescribeLogDirsPartition.offset_lag")?,
            is_future_key: d.read(v, "DescribeLogDirsPartition.is_future_key")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "DescribeLogDirsPartition.partition_index");
        e.write(&self.partition_size, v, "DescribeLogDirsPartition.partition_size");
        e.write(&self.offset_lag, v, "DescribeLogDirsPartition.offset_lag");
        e.write(&self.is_future_key, v, "DescribeLogDirsPartition.is_future_key");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeLogDirsResponse {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=5;
    const FLEXIBLE_FROM: i16 = 2;
}
