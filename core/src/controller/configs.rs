//! Settings of topics and brokers are changed.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::alter_configs_response::AlterConfigsResourceResponse;
use klamm_wire::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, alter_configs_request, incremental_alter_configs_request,
    incremental_alter_configs_response,
};
use klamm_wire::metadata_records::{ConfigRecord, MetadataRecord};
use klamm_wire::{ErrorCode, Str};

use super::{Answer, Controller, Outcome, Refusal};
use crate::config::{
    ConfigError, ConfigLayers, Operation, Overrides, alter_list, check_broker, check_broker_alterable,
    check_topic, inherited_text, is_topic_key,
};
use crate::cx::Cx;
use crate::image::{BROKER_RESOURCE, MetadataImage, Resource, TOPIC_RESOURCE};
use crate::types::BrokerId;

/// New values by key; `None` takes a setting back.
type Changes = BTreeMap<Str, Option<Str>>;

impl Controller {
    /// Replaces all settings of each resource: what is not named is taken back.
    pub(super) fn alter_configs(&self, request: &AlterConfigsRequest) -> Outcome {
        let resources: Vec<Resource> = request
            .resources
            .iter()
            .map(|resource| Resource { kind: resource.resource_type, name: resource.resource_name.clone() })
            .collect();
        let mut records = Vec::new();
        let responses = request.resources.iter().zip(&resources).map(|(alter, resource)| {
            let outcome =
                self.check_altered(&resources, resource).and_then(|()| self.replaced(resource, alter));
            let (error_code, error_message) = self.settle(&mut records, resource, outcome);
            AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: alter.resource_type,
                resource_name: alter.resource_name.clone(),
            }
        });
        let responses = responses.collect();
        if request.validate_only {
            records.clear();
        }
        self.follow_min_isr(&mut records);
        (records, Answer::Response(AlterConfigsResponse { throttle_time_ms: 0, responses }.into()))
    }

    /// Changes single settings: set, take back, append to a list, subtract from it.
    pub(super) fn incremental_alter_configs(
        &self,
        cx: &Cx<'_>,
        request: &IncrementalAlterConfigsRequest,
    ) -> Outcome {
        let resources: Vec<Resource> = request
            .resources
            .iter()
            .map(|resource| Resource { kind: resource.resource_type, name: resource.resource_name.clone() })
            .collect();
        let mut records = Vec::new();
        let responses = request.resources.iter().zip(&resources).map(|(alter, resource)| {
            let outcome =
                self.check_altered(&resources, resource).and_then(|()| self.altered(cx, resource, alter));
            let (error_code, error_message) = self.settle(&mut records, resource, outcome);
            incremental_alter_configs_response::AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: alter.resource_type,
                resource_name: alter.resource_name.clone(),
            }
        });
        let responses = responses.collect();
        if request.validate_only {
            records.clear();
        }
        self.follow_min_isr(&mut records);
        (records, Answer::Response(IncrementalAlterConfigsResponse { throttle_time_ms: 0, responses }.into()))
    }

    fn check_altered(&self, all: &[Resource], resource: &Resource) -> Result<(), Refusal> {
        if all.iter().filter(|other| *other == resource).count() > 1 {
            let message = "Each resource must appear at most once.";
            return Err(Refusal::new(ErrorCode::INVALID_REQUEST, message));
        }
        check_resource(&self.image, resource)
    }

    /// The whole new set of settings, as changes.
    fn replaced(
        &self,
        resource: &Resource,
        alter: &alter_configs_request::AlterConfigsResource,
    ) -> Result<Changes, Refusal> {
        let mut changes = Changes::new();
        for name in self.image.overrides(resource).keys() {
            changes.insert(name.clone(), None);
        }
        let mut named = BTreeSet::new();
        for config in &alter.configs {
            let value = config.value.as_ref().ok_or_else(|| null_value(&config.name))?;
            if !named.insert(&config.name) {
                return Err(duplicate_key(&config.name));
            }
            check_value(resource, &config.name, value)?;
            changes.insert(config.name.clone(), Some(value.clone()));
        }
        self.checked(resource, changes)
    }

    /// The changes, if all of them may be made.
    fn checked(&self, resource: &Resource, changes: Changes) -> Result<Changes, Refusal> {
        for (name, value) in &changes {
            self.check_min_isr(resource, name, value.as_deref())?;
        }
        Ok(changes)
    }

    fn altered(
        &self,
        cx: &Cx<'_>,
        resource: &Resource,
        alter: &incremental_alter_configs_request::AlterConfigsResource,
    ) -> Result<Changes, Refusal> {
        let overrides = self.image.overrides(resource);
        let mut changes = Changes::new();
        for config in &alter.configs {
            let Some(operation) = Operation::from_id(config.config_operation) else {
                let message = format!("Unknown config operation {}.", config.config_operation);
                return Err(Refusal::new(ErrorCode::INVALID_REQUEST, message));
            };
            let change = if operation == Operation::Delete {
                if !overrides.contains_key(&config.name) {
                    check_name(resource, &config.name)?;
                }
                None
            } else {
                let value = config.value.as_ref().ok_or_else(|| null_value(&config.name))?;
                Some(match operation {
                    Operation::Append | Operation::Subtract => {
                        let current = self.current_text(cx, resource, &config.name);
                        alter_list(&config.name, operation, &current, value)?
                    }
                    _ => value.clone(),
                })
            };
            if let Some(value) = &change {
                check_value(resource, &config.name, value)?;
            }
            if changes.insert(config.name.clone(), change).is_some() {
                return Err(duplicate_key(&config.name));
            }
        }
        self.checked(resource, changes)
    }

    /// What a list is before it is changed: the resource's own, or what it inherits.
    fn current_text(&self, cx: &Cx<'_>, resource: &Resource, name: &str) -> Str {
        if let Some(own) = self.image.overrides(resource).get(name) {
            return own.clone();
        }
        let none = Overrides::new();
        let layers = ConfigLayers {
            config: cx.config,
            cluster: self.image.overrides(&Resource::all_brokers()),
            broker: &none,
            topic: &none,
        };
        inherited_text(layers, name)
    }

    /// Turns changes into records, leaving out what is so already.
    fn settle(
        &self,
        records: &mut Vec<MetadataRecord>,
        resource: &Resource,
        outcome: Result<Changes, Refusal>,
    ) -> (ErrorCode, Option<Str>) {
        let changes = match outcome {
            Ok(changes) => changes,
            Err(refusal) => return (refusal.code, refusal.text()),
        };
        let overrides = self.image.overrides(resource);
        for (name, value) in changes {
            if overrides.get(&name) != value.as_ref() {
                let record = ConfigRecord {
                    resource_type: resource.kind,
                    resource_name: resource.name.clone(),
                    name,
                    value,
                };
                records.push(record.into());
            }
        }
        (ErrorCode::NONE, None)
    }
}

/// Whether settings can be asked of the resource and given to it.
///
/// # Errors
/// The topic or broker does not exist, or nothing of that kind has settings here.
pub(crate) fn check_resource(image: &MetadataImage, resource: &Resource) -> Result<(), Refusal> {
    let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REQUEST, message));
    match resource.kind {
        TOPIC_RESOURCE if image.topic(&resource.name).is_some() => Ok(()),
        TOPIC_RESOURCE => {
            let message = format!("The topic '{}' does not exist.", resource.name);
            Err(Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message))
        }
        BROKER_RESOURCE if resource.name.is_empty() => Ok(()),
        BROKER_RESOURCE => match resource.name.parse::<BrokerId>() {
            Err(_) => invalid(format!("Node id must be an integer, but it is: {}", resource.name)),
            Ok(id) if image.brokers.contains_key(&id) => Ok(()),
            Ok(id) => {
                let message = format!("No broker with id {id} found.");
                Err(Refusal::new(ErrorCode::BROKER_ID_NOT_REGISTERED, message))
            }
        },
        kind => invalid(format!("Resources of type {kind} have no settings here.")),
    }
}

fn check_name(resource: &Resource, name: &str) -> Result<(), ConfigError> {
    if resource.kind == BROKER_RESOURCE {
        return check_broker_alterable(name);
    }
    if is_topic_key(name) { Ok(()) } else { Err(ConfigError::unknown(name, "topic")) }
}

fn check_value(resource: &Resource, name: &str, value: &str) -> Result<(), ConfigError> {
    if resource.kind == BROKER_RESOURCE { check_broker(name, value) } else { check_topic(name, value) }
}

fn null_value(name: &str) -> Refusal {
    Refusal::new(ErrorCode::INVALID_REQUEST, format!("Null value not supported for: {name}"))
}

fn duplicate_key(name: &str) -> Refusal {
    Refusal::new(ErrorCode::INVALID_REQUEST, format!("Error due to duplicate config keys: {name}"))
}
