//! `DescribeClusterResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the DescribeCluster API (key 60), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeClusterResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub endpoint_type: i8,
    pub cluster_id: Str,
    pub controller_id: i32,
    pub brokers: Vec<DescribeClusterBroker>,
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: None,
            endpoint_type: 1,
            cluster_id: Str::default(),
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribeClusterResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 18,
            _ => 19,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "DescribeClusterResponse.throttle_time_ms")?,
            error_code: d.read(v, "DescribeClusterResponse.error_code")?,
            error_message: d.read(v, "DescribeClusterResponse.error_message")?,
            endpoint_type: if v.number >= 1 { d.read(v, "DescribeClusterResponse.endpoint_type")? } else { 1 },
            cluster_id: d.read(v, "DescribeClusterResponse.cluster_id")?,
            controller_id: d.read(v, "DescribeClusterResponse.controller_id")?,
            brokers: d.read(v, "DescribeClusterResponse.brokers")?,
            cluster_authorized_operations: d.read(v, "DescribeClusterResponse.cluster_authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "DescribeClusterResponse.throttle_time_ms");
        e.write(&self.error_code, v, "DescribeClusterResponse.error_code");
        e.write(&self.error_message, v, "DescribeClusterResponse.error_message");
        if v.number >= 1 { e.write(&self.endpoint_type, v, "DescribeClusterResponse.endpoint_type"); } else { e.absent(self.endpoint_type != 1, "DescribeClusterResponse.endpoint_type"); }
        e.write(&self.cluster_id, v, "DescribeClusterResponse.cluster_id");
        e.write(&self.controller_id, v, "DescribeClusterResponse.controller_id");
        e.write(&self.brokers, v, "DescribeClusterResponse.brokers");
        e.write(&self.cluster_authorized_operations, v, "DescribeClusterResponse.cluster_authorized_operations");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeClusterResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribeClusterBroker {
    pub broker_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub is_fenced: bool,
}

impl Wire for DescribeClusterBroker {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 11,
            _ => 12,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "DescribeClusterBroker.broker_id")?,
            host: d.read(v, "DescribeClusterBroker.host")?,
            port: d.read(v, "DescribeClusterBroker.port")?,
            rack: d.read(v, "DescribeClusterBroker.rack")?,
            is_fenced: if v.number >= 2 { d.read(v, "DescribeClusterBroker.is_fenced")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "DescribeClusterBroker.broker_id");
        e.write(&self.host, v, "DescribeClusterBroker.host");
        e.write(&self.port, v, "DescribeClusterBroker.port");
        e.write(&self.rack, v, "DescribeClusterBroker.rack");
        if v.number >= 2 { e.write(&self.is_fenced, v, "DescribeClusterBroker.is_fenced"); } else { e.absent(self.is_fenced, "DescribeClusterBroker.is_fenced"); }
        e.tags(v, |_| {});
    }
}

impl Message for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
