//! DescribeCluster: the brokers, or on a controller's listener the controllers, for administration clients.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::describe_cluster_response::DescribeClusterBroker;
use klamm_wire::messages::{DescribeClusterRequest, DescribeClusterResponse, Response};

use super::metadata::any_active;
use super::operations::CLUSTER_OPERATIONS;
use crate::connection::Call;
use crate::edge::{Address, Effects, ListenerKind};
use crate::image::{MetadataImage, Registration};
use crate::node::Node;
use crate::time::Now;
use crate::types::BrokerId;

/// The kinds of endpoints a client can ask for.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Brokers are answered from the committed image, controllers from the quorum's latest voters.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    call: &Call,
    request: DescribeClusterRequest,
) -> Option<Response> {
    if call.peer.kind == ListenerKind::Controller {
        let (leader, _) = node.metadata.quorum.leader();
        let controllers = node.metadata.quorum.voter_addresses(&call.peer.listener);
        return Some(describe_controllers(&node.env.image, leader, controllers, &request).into());
    }
    let mut response = describe(&node.env.image, &call.peer.listener, &request);
    if response.error_code == ErrorCode::NONE {
        response.controller_id = any_active(&node.env.image, &mut node.env.rng);
    }
    Some(response.into())
}

fn refused(error_code: ErrorCode, message: &str) -> DescribeClusterResponse {
    DescribeClusterResponse {
        error_code,
        error_message: Some(message.into()),
        ..DescribeClusterResponse::default()
    }
}

fn describe_controllers(
    image: &MetadataImage,
    leader: Option<BrokerId>,
    controllers: Vec<(BrokerId, Address)>,
    request: &DescribeClusterRequest,
) -> DescribeClusterResponse {
    match request.endpoint_type {
        CONTROLLERS => {}
        BROKERS => {
            let message = "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER";
            return refused(ErrorCode::MISMATCHED_ENDPOINT_TYPE, message);
        }
        _ => return refused(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type."),
    }
    let controller = |(broker_id, address): (BrokerId, Address)| DescribeClusterBroker {
        broker_id,
        host: address.host,
        port: address.port.into(),
        ..DescribeClusterBroker::default()
    };
    let operations = request.include_cluster_authorized_operations.then_some(CLUSTER_OPERATIONS);
    DescribeClusterResponse {
        endpoint_type: CONTROLLERS,
        cluster_id: image.cluster_id.to_base64().into(),
        controller_id: leader.unwrap_or(-1),
        brokers: controllers.into_iter().map(controller).collect(),
        cluster_authorized_operations: operations.unwrap_or(i32::MIN),
        ..DescribeClusterResponse::default()
    }
}

fn describe(
    image: &MetadataImage,
    listener: &str,
    request: &DescribeClusterRequest,
) -> DescribeClusterResponse {
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refused(ErrorCode::MISMATCHED_ENDPOINT_TYPE, message);
        }
        _ => return refused(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type."),
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
    use alloc::vec;

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

    /// Goal: a controller's listener describes the controllers, and the one that is active. Source: KIP-919.
    #[test]
    fn a_controller_listener_describes_controllers() {
        let address = |port| Address { host: "h".into(), port };
        let describe = |endpoint_type| {
            let request = DescribeClusterRequest { endpoint_type, ..Default::default() };
            describe_controllers(&sample::image(), Some(2), vec![(1, address(9)), (2, address(8))], &request)
        };
        let described = describe(CONTROLLERS);
        described.encode(&mut Encoder::new(), 2).expect("the version carries the answer");
        let found: Vec<_> = described.brokers.iter().map(|node| (node.broker_id, node.port)).collect();
        assert_eq!((found, described.controller_id), (vec![(1, 9), (2, 8)], 2));
        assert_eq!(described.endpoint_type, CONTROLLERS);
        assert_eq!(describe(BROKERS).error_code, ErrorCode::MISMATCHED_ENDPOINT_TYPE);
    }
}
