//! Brokers and their disks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::describe_cluster_response::DescribeClusterBroker;
use klamm_wire::messages::describe_log_dirs_response::DescribeLogDirsResult;
use klamm_wire::messages::{
    DescribeClusterRequest, DescribeClusterResponse, DescribeLogDirsRequest, DescribeLogDirsResponse, Request,
};

use super::ask::{Absorbed, Ask};
use super::call::{AdminReply, ClusterBroker, ClusterDescription, LogDir, LogDirReplica};
use crate::types::TopicPartition;

pub(super) fn describe_request(version: i16) -> Request {
    DescribeClusterRequest { include_fenced_brokers: version >= 2, ..Default::default() }.into()
}

pub(super) fn described(response: &DescribeClusterResponse) -> Absorbed {
    if response.error_code != ErrorCode::NONE {
        return Absorbed::refused(response.error_code);
    }
    let broker = |broker: &DescribeClusterBroker| ClusterBroker {
        id: broker.broker_id,
        host: broker.host.clone(),
        port: broker.port,
        rack: broker.rack.clone(),
        is_fenced: broker.is_fenced,
    };
    let mut brokers: Vec<ClusterBroker> = response.brokers.iter().map(broker).collect();
    brokers.sort_by_key(|broker| broker.id);
    Absorbed::done(AdminReply::Cluster(ClusterDescription {
        cluster_id: response.cluster_id.clone(),
        controller: (response.controller_id >= 0).then_some(response.controller_id),
        brokers,
    }))
}

pub(super) fn log_dirs_request() -> Request {
    DescribeLogDirsRequest { topics: None }.into()
}

pub(super) fn log_dirs(ask: &Ask, response: &DescribeLogDirsResponse) -> Absorbed {
    if response.error_code != ErrorCode::NONE {
        return Absorbed::refused(response.error_code);
    }
    let Ask::DescribeLogDirs(Some(broker)) = ask else { unreachable!("{ask:?} was not sent to one broker") };
    let dir = |dir: &DescribeLogDirsResult| LogDir {
        path: dir.log_dir.clone(),
        error: dir.error_code,
        total_bytes: dir.total_bytes,
        usable_bytes: dir.usable_bytes,
        replicas: replicas(dir),
    };
    let dirs = response.results.iter().map(dir).collect();
    Absorbed::done(AdminReply::LogDirs(BTreeMap::from([(*broker, dirs)])))
}

fn replicas(dir: &DescribeLogDirsResult) -> BTreeMap<TopicPartition, LogDirReplica> {
    let of_topic = dir.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|p| {
            let name = TopicPartition { topic: topic.name.clone(), partition: p.partition_index };
            let replica = LogDirReplica {
                size: p.partition_size,
                offset_lag: p.offset_lag,
                is_future: p.is_future_key,
            };
            (name, replica)
        })
    });
    of_topic.collect()
}
