//! DescribeConfigs: every setting of a topic or of this broker, and where its value comes from.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::describe_configs_request::DescribeConfigsResource;
use klamm_wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use klamm_wire::messages::{DescribeConfigsRequest, DescribeConfigsResponse, Response};

use crate::config::{Config, Entry, Source, describe_broker, describe_topic};
use crate::connection::Call;
use crate::controller::{Refusal, check_name, check_resource};
use crate::edge::Effects;
use crate::image::{BROKER_RESOURCE, MetadataImage, Resource, TOPIC_RESOURCE};
use crate::node::Node;
use crate::time::Now;

/// Answers from the committed image and this broker's configuration.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    _: &mut Effects,
    _: &Call,
    request: DescribeConfigsRequest,
) -> Option<Response> {
    Some(describe(&node.env.image, &node.env.config, &request).into())
}

fn describe(
    image: &MetadataImage,
    config: &Config,
    request: &DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let result = |asked: &DescribeConfigsResource| {
        let resource = Resource { kind: asked.resource_type, name: asked.resource_name.clone() };
        let (error_code, error_message, entries) = match entries(image, config, &resource) {
            Ok(entries) => (ErrorCode::NONE, None, entries),
            Err(refusal) => (refusal.code, refusal.text(), Vec::new()),
        };
        let configs = entries.into_iter().filter(|entry| is_asked(asked, entry.name));
        DescribeConfigsResult {
            error_code,
            error_message,
            resource_type: asked.resource_type,
            resource_name: asked.resource_name.clone(),
            configs: configs.map(|entry| to_wire(entry, request)).collect(),
        }
    };
    let results = request.resources.iter().map(result).collect();
    DescribeConfigsResponse { throttle_time_ms: 0, results }
}

/// Without a list of names, or with an empty one, every key is asked for.
fn is_asked(asked: &DescribeConfigsResource, name: &str) -> bool {
    let names = asked.configuration_keys.as_deref().unwrap_or_default();
    names.is_empty() || names.iter().any(|asked| &**asked == name)
}

fn entries(image: &MetadataImage, config: &Config, resource: &Resource) -> Result<Vec<Entry>, Refusal> {
    if resource.kind == TOPIC_RESOURCE {
        check_name(&resource.name)?;
    }
    if resource.kind == BROKER_RESOURCE && !resource.name.is_empty() {
        check_is_this_broker(config, &resource.name)?;
    }
    check_resource(image, resource)?;
    if resource.kind == TOPIC_RESOURCE {
        return Ok(describe_topic(image.config_layers(config, &resource.name)));
    }
    let (cluster, broker) = (Resource::all_brokers(), Resource::broker(config.node_id));
    let mut entries = describe_broker(config, image.overrides(&cluster), image.overrides(&broker));
    if resource.name.is_empty() {
        entries.retain_mut(only_of_cluster);
    }
    Ok(entries)
}

/// Only the broker itself knows what it was started with.
fn check_is_this_broker(config: &Config, name: &str) -> Result<(), Refusal> {
    let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REQUEST, message));
    match name.parse::<i32>() {
        Err(_) => invalid(format!("Broker id must be an integer, but it is: {name}")),
        Ok(id) if id != config.node_id => invalid(format!(
            "Unexpected broker id, expected {} or empty string, but received {name}",
            config.node_id
        )),
        Ok(_) => Ok(()),
    }
}

/// Keeps what was set for all brokers, as it was set.
fn only_of_cluster(entry: &mut Entry) -> bool {
    entry.synonyms.retain(|synonym| synonym.source == Source::Cluster);
    let Some(own) = entry.synonyms.first() else { return false };
    entry.value = Some(own.value.clone());
    entry.source = Source::Cluster;
    true
}

fn to_wire(entry: Entry, request: &DescribeConfigsRequest) -> DescribeConfigsResourceResult {
    let synonyms = entry.synonyms.into_iter().filter(|_| request.include_synonyms);
    DescribeConfigsResourceResult {
        name: entry.name.into(),
        value: entry.value,
        read_only: entry.read_only,
        config_source: entry.source as i8,
        is_sensitive: false,
        synonyms: synonyms
            .map(|synonym| DescribeConfigsSynonym {
                name: synonym.name.into(),
                value: Some(synonym.value),
                source: synonym.source as i8,
            })
            .collect(),
        config_type: entry.kind.id(),
        documentation: request.include_documentation.then(|| entry.doc.into()),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::metadata_records::ConfigRecord;
    use klamm_wire::{Encoder, Message, Str};

    use super::super::sample;
    use super::*;

    fn set(image: &mut MetadataImage, kind: i8, resource: &str, name: &str, value: &str) {
        let record = ConfigRecord {
            resource_type: kind,
            resource_name: resource.into(),
            name: name.into(),
            value: Some(value.into()),
        };
        image.apply(0, &record.into());
    }

    fn ask(image: &MetadataImage, kind: i8, name: &str, keys: Option<Vec<Str>>) -> DescribeConfigsResult {
        let resource = DescribeConfigsResource {
            resource_type: kind,
            resource_name: name.into(),
            configuration_keys: keys,
        };
        let request = DescribeConfigsRequest {
            resources: vec![resource],
            include_synonyms: true,
            include_documentation: true,
        };
        let mut response = describe(image, &Config::default(), &request);
        for version in 1..=4 {
            response.encode(&mut Encoder::new(), version).expect("the version carries the answer");
        }
        response.results.remove(0)
    }

    /// Goal: what clients look for by name is there, with its source and what lies below. Source: kafka-topics,
    /// Connect and Streams read these.
    #[test]
    fn a_topic_shows_its_own_settings_over_the_defaults() {
        let mut image = sample::image();
        set(&mut image, TOPIC_RESOURCE, "a", "retention.ms", "5");
        let keys = ["retention.ms", "cleanup.policy", "no.such.key"].map(Into::into).into();
        let result = ask(&image, TOPIC_RESOURCE, "a", Some(keys));
        let shown: Vec<_> = result
            .configs
            .iter()
            .map(|config| (&*config.name, config.value.as_deref().unwrap_or("-"), config.config_source))
            .collect();
        assert_eq!(shown, [("cleanup.policy", "delete", 5), ("retention.ms", "5", 1)]);
        let synonyms: Vec<_> =
            result.configs[1].synonyms.iter().map(|synonym| (&*synonym.name, synonym.source)).collect();
        assert_eq!(synonyms, [("retention.ms", 1), ("log.retention.hours", 5)]);
        assert_eq!(result.configs[1].config_type, 5, "a long");
        assert!(result.configs[1].documentation.is_some());
        assert!(ask(&image, TOPIC_RESOURCE, "a", Some(vec![])).configs.len() > 20, "no names are all names");
    }

    /// Goal: a broker tells its own settings; the empty name tells what was set for all of them.
    #[test]
    fn brokers_and_the_cluster_are_told_apart() {
        let mut image = sample::image();
        set(&mut image, BROKER_RESOURCE, "", "log.retention.ms", "7");
        set(&mut image, BROKER_RESOURCE, "1", "message.max.bytes", "9");
        let cluster = ask(&image, BROKER_RESOURCE, "", None);
        let [only] = &cluster.configs[..] else { panic!("{:?}", cluster.configs) };
        assert_eq!(
            (&*only.name, only.value.as_deref(), only.config_source),
            ("log.retention.ms", Some("7"), 3)
        );
        let broker = ask(&image, BROKER_RESOURCE, "1", None);
        let find = |name: &str| broker.configs.iter().find(|config| &*config.name == name).expect("shown");
        assert_eq!(find("message.max.bytes").config_source, 2);
        assert_eq!(find("log.retention.ms").config_source, 3);
        assert!(find("num.partitions").read_only && !find("log.retention.ms").read_only);
    }

    /// Goal: what does not exist is an error of its own resource, with the code clients act on.
    #[test]
    fn unknown_resources_have_errors_of_their_own() {
        let image = sample::image();
        let error = |kind, name| {
            let result = ask(&image, kind, name, None);
            assert!(result.configs.is_empty() && result.error_message.is_some(), "{kind} {name}");
            result.error_code
        };
        assert_eq!(error(TOPIC_RESOURCE, "no"), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(error(TOPIC_RESOURCE, "n o"), ErrorCode::INVALID_TOPIC_EXCEPTION);
        assert_eq!(error(BROKER_RESOURCE, "2"), ErrorCode::INVALID_REQUEST);
        assert_eq!(error(BROKER_RESOURCE, "x"), ErrorCode::INVALID_REQUEST);
        assert_eq!(error(8, "1"), ErrorCode::INVALID_REQUEST);
    }
}
