//! DescribeCluster: the brokers, for administration clients.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::describe_cluster_response::DescribeClusterBroker;
use klamm_wire::messages::{DescribeClusterRequest, DescribeClusterResponse, Response};

use super::metadata::any_active;
use super::operations::CLUSTER_OPERATIONS;
use crate::connection::Call;
use crate::edge::Effects;
use crate::image::{MetadataImage, Registration};
use crate::node::Node;
use crate::time::Now;

/// The kinds of endpoints a client can ask for.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Answers from the committed image.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    call: &Call,
    request: DescribeClusterRequest,
) -> Option<Response> {
    let mut response = describe(&node.env.image, &call.peer.listener, &request);
    if response.error_code == ErrorCode::NONE {
        response.controller_id = any_active(&node.env.image, &mut node.env.rng);
    }
    Some(response.into())
}

fn describe(
    image: &MetadataImage,
    listener: &str,
    request: &DescribeClusterRequest,
) -> DescribeClusterResponse {
    let refuse = |error_code, message: &str| DescribeClusterResponse {
        error_code,
        error_message: Some(message.into()),
        ..DescribeClusterResponse::default()
    };
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refuse(ErrorCode::MISMATCHED_ENDPOINT_TYPE, message);
        }
        _ => return refuse(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type."),
    }
    let listed = |broker: &&Registration| !broker.fenced || request.include_fenced_brokers;
    let brokers: Vec<_> = image
        .brokers
        .values()
        .filter(listed)
        .filter_map(|broker| {
            let endpoint = broker.endpoint(listener)?;
            Some(DescribeClusterBroker {
                broker_id: broker.id,
                host: endpoint.host.clone(),
                port: endpoint.port.into(),
                rack: broker.rack.clone(),
                is_fenced: broker.fenced,
            })
        })
        .collect();
    let operations = request.include_cluster_authorized_operations.then_some(CLUSTER_OPERATIONS);
    DescribeClusterResponse {
        cluster_id: image.cluster_id.to_base64().into(),
        brokers,
        cluster_authorized_operations: operations.unwrap_or(i32::MIN),
        ..DescribeClusterResponse::default()
    }
}

#[cfg(test)]
mod tests {
    use klamm_wire::{Encoder, Message};

    use super::super::sample;
    use super::*;

    fn brokers(version: i16, request: &DescribeClusterRequest) -> Vec<(i32, bool)> {
        let response = describe(&sample::image(), "PLAINTEXT", request);
        response.encode(&mut Encoder::new(), version).expect("the version carries the answer");
        response.brokers.iter().map(|broker| (broker.broker_id, broker.is_fenced)).collect()
    }

    /// Goal: fenced brokers are shown to those who ask for them, which older versions cannot.
    #[test]
    fn fenced_brokers_are_listed_on_demand() {
        for version in 0..=2 {
            assert_eq!(brokers(version, &DescribeClusterRequest::default()), [(1, false), (2, false)]);
        }
        let request = DescribeClusterRequest { include_fenced_brokers: true, ..Default::default() };
        assert_eq!(brokers(2, &request), [(1, false), (2, false), (3, true)]);
    }

    /// Goal: a tool that wants controllers learns that it talks to a broker. Source: KIP-919.
    #[test]
    fn a_broker_listener_does_not_describe_controllers() {
        let error = |endpoint_type| {
            let request = DescribeClusterRequest { endpoint_type, ..Default::default() };
            describe(&sample::image(), "PLAINTEXT", &request).error_code
        };
        assert_eq!(error(BROKERS), ErrorCode::NONE);
        assert_eq!(error(CONTROLLERS), ErrorCode::MISMATCHED_ENDPOINT_TYPE);
        assert_eq!(error(9), ErrorCode::UNSUPPORTED_ENDPOINT_TYPE);
    }
}
