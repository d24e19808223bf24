//! Settings of topics, brokers and groups.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::describe_configs_request::DescribeConfigsResource;
use klamm_wire::messages::describe_configs_response::DescribeConfigsResourceResult;
use klamm_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use klamm_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, Request,
};
use klamm_wire::{ErrorCode, Str};

use super::ask::{Absorbed, Ask};
use super::call::{
    AdminReply, ApiError, ConfigChange, ConfigEntry, ConfigResource, ConfigResourceType, ConfigSource,
};

pub(super) fn describe_request(resources: &[ConfigResource]) -> Request {
    let resource = |resource: &ConfigResource| DescribeConfigsResource {
        resource_type: resource.kind as i8,
        resource_name: resource.name.clone(),
        configuration_keys: None,
    };
    let resources = resources.iter().map(resource).collect();
    DescribeConfigsRequest { resources, include_synonyms: true, include_documentation: false }.into()
}

pub(super) fn described(response: &DescribeConfigsResponse) -> Absorbed {
    let entry = |config: &DescribeConfigsResourceResult| ConfigEntry {
        name: config.name.clone(),
        value: config.value.clone(),
        source: ConfigSource::from_wire(config.config_source),
        is_read_only: config.read_only,
        is_sensitive: config.is_sensitive,
        synonyms: config
            .synonyms
            .iter()
            .map(|s| (s.name.clone(), s.value.clone(), ConfigSource::from_wire(s.source)))
            .collect(),
    };
    let results = response.results.iter().filter_map(|result| {
        let kind = ConfigResourceType::from_wire(result.resource_type)?;
        let outcome = ApiError::check(result.error_code, result.error_message.as_ref());
        let entries: Vec<ConfigEntry> = result.configs.iter().map(entry).collect();
        Some((ConfigResource { kind, name: result.resource_name.clone() }, outcome.map(|()| entries)))
    });
    Absorbed::done(AdminReply::Configs(results.collect()))
}

/// Numbers of the operations on the wire (KIP-339).
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

pub(super) fn alter_request(
    resource: &ConfigResource,
    changes: &[ConfigChange],
    validate_only: bool,
) -> Request {
    let config = |name: &Str, config_operation, value: Option<&Str>| AlterableConfig {
        name: name.clone(),
        config_operation,
        value: value.cloned(),
    };
    let change = |change: &ConfigChange| match change {
        ConfigChange::Set(name, value) => config(name, SET, Some(value)),
        ConfigChange::Unset(name) => config(name, DELETE, None),
        ConfigChange::Append(name, value) => config(name, APPEND, Some(value)),
        ConfigChange::Subtract(name, value) => config(name, SUBTRACT, Some(value)),
    };
    let resource = AlterConfigsResource {
        resource_type: resource.kind as i8,
        resource_name: resource.name.clone(),
        configs: changes.iter().map(change).collect(),
    };
    IncrementalAlterConfigsRequest { resources: vec![resource], validate_only }.into()
}

pub(super) fn altered(ask: &Ask, response: &IncrementalAlterConfigsResponse) -> Absorbed {
    if response.responses.iter().any(|result| result.error_code == ErrorCode::NOT_CONTROLLER) {
        return Absorbed::again(ask.clone(), ErrorCode::NOT_CONTROLLER);
    }
    let results = response.responses.iter().map(|result| {
        let outcome = ApiError::check(result.error_code, result.error_message.as_ref());
        (result.resource_name.clone(), outcome)
    });
    Absorbed::done(AdminReply::Done(results.collect()))
}
