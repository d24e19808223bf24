//! ElectLeaders: leaderships go where an operator wants them.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::elect_leaders_request::TopicPartitions;
use klamm_wire::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use klamm_wire::messages::{ElectLeadersRequest, ElectLeadersResponse, Response};

use crate::connection::Call;
use crate::controller::Command;
use crate::edge::Effects;
use crate::node::Node;
use crate::time::Now;

/// Parks the request until the elections are committed.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: ElectLeadersRequest,
) -> Option<Response> {
    let asked = request.topic_partitions.clone().unwrap_or_default();
    match node.submit_controller(now, fx, Some(call.ticket), Command::ElectLeaders(request)) {
        Ok(()) => None,
        Err(code) => Some(refused(call.api_version, asked, code).into()),
    }
}

/// Version 0 tells an error partition by partition only.
fn refused(version: i16, asked: Vec<TopicPartitions>, error_code: ErrorCode) -> ElectLeadersResponse {
    let result = |partition_id| PartitionResult { partition_id, error_code, error_message: None };
    let of_topic = |asked: TopicPartitions| ReplicaElectionResult {
        topic: asked.topic,
        partition_result: asked.partitions.into_iter().map(result).collect(),
    };
    ElectLeadersResponse {
        throttle_time_ms: 0,
        error_code: if version > 0 { error_code } else { ErrorCode::NONE },
        replica_election_results: asked.into_iter().map(of_topic).collect(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::{Encoder, Message};

    use super::*;

    /// Goal: every version can say that there is no controller.
    #[test]
    fn every_version_carries_a_refusal() {
        let asked = || vec![TopicPartitions { topic: "t".into(), partitions: vec![0, 1] }];
        for version in 0..=2 {
            let response = refused(version, asked(), ErrorCode::NOT_CONTROLLER);
            response.encode(&mut Encoder::new(), version).expect("the version carries the answer");
            assert_eq!(response.replica_election_results[0].partition_result.len(), 2);
        }
    }
}
