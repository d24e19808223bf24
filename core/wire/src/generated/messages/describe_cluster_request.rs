//! `DescribeClusterRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeCluster API (key 60), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeClusterRequest {
    pub include_cluster_authorized_operations: bool,
    pub endpoint_type: i8,
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self {
            include_cluster_authorized_operations: false,
            endpoint_type: 1,
            include_fenced_brokers: false,
        }
    }
}

impl Wire for DescribeClusterRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 2,
            1..=1 => 3,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            include_cluster_authorized_operations: d.read(v, "DescribeClusterRequest.include_cluster_authorized_operations")?,
            endpoint_type: if v.number >= 1 { d.read(v, "DescribeClusterRequest.endpoint_type")? } else { 1 },
            include_fenced_brokers: if v.number >= 2 { d.read(v, "DescribeClusterRequest.include_fenced_brokers")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.include_cluster_authorized_operations, v, "DescribeClusterRequest.include_cluster_authorized_operations");
        if v.number >= 1 { e.write(&self.endpoint_type, v, "DescribeClusterRequest.endpoint_type"); } else { e.absent(self.endpoint_type != 1, "DescribeClusterRequest.endpoint_type"); }
        if v.number >= 2 { e.write(&self.include_fenced_brokers, v, "DescribeClusterRequest.include_fenced_brokers"); } else { e.absent(self.include_fenced_brokers, "DescribeClusterRequest.include_fenced_brokers"); }
        e.tags(v, |_| {});
    }
}

impl Message for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
