//! DescribeLogDirs: which directory holds which partition, and how much of it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use klamm_wire::Str;
use klamm_wire::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use klamm_wire::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse, Response};

use crate::connection::Call;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;
use crate::types::METADATA_PARTITION;

/// Answered from memory. The size of the file system is what the driver found at the start, else unknown (-1).
pub(crate) fn handle(
    node: &mut Node,
    _now: Now,
    _fx: &mut Effects,
    _call: &Call,
    request: DescribeLogDirsRequest,
) -> Option<Response> {
    let wanted: Option<BTreeSet<(Str, i32)>> = request.topics.map(|topics| {
        let pairs = topics.into_iter().flat_map(|topic| {
            let name = topic.topic;
            topic.partitions.into_iter().map(move |partition| (name.clone(), partition))
        });
        pairs.collect()
    });
    let mut topics: BTreeMap<Str, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for (id, partition) in &node.partitions {
        let name = (partition.name.topic.clone(), id.partition);
        if *id == METADATA_PARTITION || wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name)) {
            continue;
        }
        topics.entry(name.0).or_default().push(DescribeLogDirsPartition {
            partition_index: id.partition,
            partition_size: i64::try_from(partition.log.size_bytes()).unwrap_or(i64::MAX),
            ..DescribeLogDirsPartition::default()
        });
    }
    let topics = topics.into_iter().map(|(name, partitions)| DescribeLogDirsTopic { name, partitions });
    let (total_bytes, usable_bytes) = node.env.config.log_dir_space.first().copied().unwrap_or((-1, -1));
    let result = DescribeLogDirsResult {
        total_bytes,
        usable_bytes,
        log_dir: node.env.config.log_dir_names.first().cloned().unwrap_or_default(),
        topics: topics.collect(),
        ..DescribeLogDirsResult::default()
    };
    Some(Response::DescribeLogDirs(DescribeLogDirsResponse {
        results: alloc::vec![result],
        ..DescribeLogDirsResponse::default()
    }))
}
