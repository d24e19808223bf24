//! ListConfigResources: what settings can be asked of. Version 0 lists client metrics only (KIP-714, KIP-1142).

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::list_config_resources_response::ConfigResource;
use klamm_wire::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Call;
use crate::edge::Effects;
use crate::image::{BROKER_RESOURCE, MetadataImage, TOPIC_RESOURCE};
use crate::node::Node;
use crate::time::Now;

const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// Answers from the committed image.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    call: &Call,
    request: ListConfigResourcesRequest,
) -> Option<Response> {
    Some(list(&node.env.image, call.api_version, &request).into())
}

fn list(
    image: &MetadataImage,
    version: i16,
    request: &ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let known: &[i8] = match version {
        0 => &[CLIENT_METRICS],
        _ => &[TOPIC_RESOURCE, BROKER_RESOURCE, BROKER_LOGGER, CLIENT_METRICS, GROUP],
    };
    let asked = if request.resource_types.is_empty() { known } else { &request.resource_types };
    let mut response = ListConfigResourcesResponse::default();
    if asked.iter().any(|kind| !known.contains(kind)) {
        response.error_code = ErrorCode::UNSUPPORTED_VERSION;
        return response;
    }
    for kind in known.iter().filter(|kind| asked.contains(kind)) {
        // Loggers, client metrics and groups have no settings here.
        let names: Vec<Str> = match *kind {
            TOPIC_RESOURCE => image.topics().map(|topic| topic.name.clone()).collect(),
            BROKER_RESOURCE => image.brokers.keys().map(|id| format!("{id}").into()).collect(),
            _ => Vec::new(),
        };
        let resource = |resource_name| ConfigResource { resource_name, resource_type: *kind };
        response.config_resources.extend(names.into_iter().map(resource));
    }
    response
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::{Encoder, Message};

    use super::super::sample;
    use super::*;

    fn names(version: i16, resource_types: Vec<i8>) -> Result<Vec<(i8, Str)>, ErrorCode> {
        let response = list(&sample::image(), version, &ListConfigResourcesRequest { resource_types });
        response.encode(&mut Encoder::new(), version).expect("the version carries the answer");
        match response.error_code {
            ErrorCode::NONE => Ok(response
                .config_resources
                .into_iter()
                .map(|resource| (resource.resource_type, resource.resource_name))
                .collect()),
            code => Err(code),
        }
    }

    /// Goal: nothing asked is everything; version 0 knows client metrics only; other kinds are refused.
    #[test]
    fn resources_are_listed_by_kind() {
        let brokers: Vec<_> = ["1", "2", "3"].map(|id| (BROKER_RESOURCE, id.into())).into();
        let topics: Vec<_> = ["a", "b"].map(|name| (TOPIC_RESOURCE, name.into())).into();
        assert_eq!(names(1, vec![]), Ok([topics.clone(), brokers].concat()));
        assert_eq!(names(1, vec![TOPIC_RESOURCE]), Ok(topics));
        assert_eq!(names(1, vec![GROUP, CLIENT_METRICS]), Ok(vec![]));
        assert_eq!(names(0, vec![]), Ok(vec![]));
        assert_eq!(names(1, vec![3]), Err(ErrorCode::UNSUPPORTED_VERSION));
    }
}
