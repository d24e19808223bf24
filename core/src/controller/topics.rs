//! Topics are created and deleted.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic};
use klamm_wire::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use klamm_wire::messages::delete_topics_request::DeleteTopicState;
use klamm_wire::messages::delete_topics_response::DeletableTopicResult;
use klamm_wire::messages::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
};
use klamm_wire::metadata_records::{
    ConfigRecord, MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::names::{canonical, check_name, collision};
use super::{Answer, Controller, Outcome, PARTITIONS_PER_REQUEST_MAX, Refusal, placement};
use crate::config::{ConfigLayers, Overrides, check_topic, describe_topic};
use crate::cx::Cx;
use crate::image::{NO_LEADER, Resource, TOPIC_RESOURCE, UNASSIGNED_DIRECTORY};
use crate::types::{BrokerId, METADATA_TOPIC, OFFSETS_TOPIC, TRANSACTION_TOPIC, is_internal_topic};

/// Takes the broker's default, in a request.
const DEFAULT: i32 = -1;

/// A topic that passed every check.
struct NewTopic {
    name: Str,
    id: Uuid,
    overrides: Overrides,
    replicas: Vec<Vec<BrokerId>>,
}

/// The topics of one request so far: their records, and the names they take.
#[derive(Default)]
struct Creation {
    records: Vec<MetadataRecord>,
    canonical_names: BTreeSet<Str>,
}

impl Controller {
    /// Creates what can be created; every topic is answered for itself. With `validate_only` everything is
    /// checked and nothing is written.
    pub(super) fn create_topics(&self, cx: &mut Cx<'_>, request: &CreateTopicsRequest) -> Outcome {
        let mut times_named: BTreeMap<&Str, usize> = BTreeMap::new();
        for topic in &request.topics {
            *times_named.entry(&topic.name).or_default() += 1;
        }
        let too_many = partitions_asked(cx, &request.topics) > PARTITIONS_PER_REQUEST_MAX;
        let mut creation = Creation::default();
        let mut results = Vec::new();
        for topic in &request.topics {
            let Some(times) = times_named.remove(&topic.name) else { continue }; // answered already
            let outcome = if times > 1 {
                Err(Refusal::new(ErrorCode::INVALID_REQUEST, "Duplicate topic name."))
            } else if too_many {
                let message = format!(
                    "Excessively large number of partitions per request; at most {PARTITIONS_PER_REQUEST_MAX} are created at once."
                );
                Err(Refusal::new(ErrorCode::POLICY_VIOLATION, message))
            } else {
                self.check_new_topic(cx, &creation, topic)
            };
            results.push(match outcome {
                Err(refusal) => refused(topic.name.clone(), &refusal),
                Ok(new) => {
                    let result = self.created(cx, &new, request.validate_only);
                    self.add(&mut creation, new);
                    result
                }
            });
        }
        let records = if request.validate_only { Vec::new() } else { creation.records };
        let response = CreateTopicsResponse { throttle_time_ms: 0, topics: results };
        (records, Answer::Created(response.into()))
    }

    /// Settings that an internal topic has from its creation.
    fn internal_overrides(cx: &Cx<'_>, name: &str) -> Overrides {
        let segment_bytes = match name {
            OFFSETS_TOPIC => cx.config.offsets_topic_segment_bytes,
            TRANSACTION_TOPIC => cx.config.transaction_topic_segment_bytes,
            _ => return Overrides::new(),
        };
        let mut overrides = Overrides::from([
            ("cleanup.policy".into(), "compact".into()),
            ("segment.bytes".into(), format!("{segment_bytes}").into()),
        ]);
        if name == TRANSACTION_TOPIC {
            let min_isr = format!("{}", cx.config.transaction_topic_min_isr);
            overrides.insert("min.insync.replicas".into(), min_isr.into());
        }
        overrides
    }

    fn check_new_topic(
        &self,
        cx: &mut Cx<'_>,
        creation: &Creation,
        topic: &CreatableTopic,
    ) -> Result<NewTopic, Refusal> {
        check_name(&topic.name)?;
        if &*topic.name == METADATA_TOPIC {
            let message = format!("Creation of internal topic {METADATA_TOPIC} is prohibited.");
            return Err(Refusal::new(ErrorCode::TOPIC_AUTHORIZATION_FAILED, message));
        }
        self.check_name_is_free(creation, &topic.name)?;
        let overrides = Self::check_overrides(cx, topic)?;
        let replicas = if topic.assignments.is_empty() {
            self.place(cx, topic)?
        } else {
            self.check_assignments(topic)?
        };
        // An id whose text begins with a dash is a nuisance in every command line.
        let id = loop {
            let id = cx.rng.uuid();
            if !id.to_base64().starts_with('-') && self.image.topic_by_id(id).is_none() {
                break id;
            }
        };
        Ok(NewTopic { name: topic.name.clone(), id, overrides, replicas })
    }

    fn check_name_is_free(&self, creation: &Creation, name: &Str) -> Result<(), Refusal> {
        if self.image.topic(name).is_some() {
            let message = format!("Topic '{name}' already exists.");
            return Err(Refusal::new(ErrorCode::TOPIC_ALREADY_EXISTS, message));
        }
        let collides = |with: &str| {
            let message = format!("Topic '{name}' collides with existing topic: {with}");
            Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, message)
        };
        if let Some(other) = collision(&self.image, name) {
            return Err(collides(other));
        }
        match creation.canonical_names.get(&*canonical(name)) {
            Some(other) => Err(collides(other)),
            None => Ok(()),
        }
    }

    fn check_overrides(cx: &Cx<'_>, topic: &CreatableTopic) -> Result<Overrides, Refusal> {
        let mut overrides = Self::internal_overrides(cx, &topic.name);
        for config in &topic.configs {
            let Some(value) = &config.value else {
                let message = format!("Null value not supported for topic configs: {}", config.name);
                return Err(Refusal::new(ErrorCode::INVALID_CONFIG, message));
            };
            check_topic(&config.name, value)?;
            overrides.insert(config.name.clone(), value.clone());
        }
        Ok(overrides)
    }

    fn place(&self, cx: &mut Cx<'_>, topic: &CreatableTopic) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let partitions = match topic.num_partitions {
            DEFAULT => cx.config.num_partitions,
            partitions => partitions,
        };
        let factor = match topic.replication_factor {
            -1 => cx.config.default_replication_factor,
            factor => factor,
        };
        let factor = usize::try_from(factor).ok().filter(|factor| *factor > 0).ok_or_else(|| {
            let message = "Replication factor must be larger than 0, or -1 to use the default value.";
            Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, message)
        })?;
        let partitions =
            usize::try_from(partitions).ok().filter(|partitions| *partitions > 0).ok_or_else(|| {
                let message = "Number of partitions must be larger than 0, or -1 to use the default value.";
                Refusal::new(ErrorCode::INVALID_PARTITIONS, message)
            })?;
        placement::place(&placement::candidates(&self.image), cx.rng, partitions, factor)
    }

    /// Replicas chosen by whoever creates the topic.
    fn check_assignments(&self, topic: &CreatableTopic) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let instead = |what: &str| {
            let message =
                format!("A manual partition assignment was specified, but {what} was not set to -1.");
            Refusal::new(ErrorCode::INVALID_REQUEST, message)
        };
        if topic.replication_factor != -1 {
            return Err(instead("replication factor"));
        }
        if topic.num_partitions != DEFAULT {
            return Err(instead("numPartitions"));
        }
        let invalid = |message| Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message);
        let mut by_index: BTreeMap<i32, &CreatableReplicaAssignment> = BTreeMap::new();
        for assignment in &topic.assignments {
            if by_index.insert(assignment.partition_index, assignment).is_some() {
                let index = assignment.partition_index;
                return Err(invalid(format!(
                    "Found multiple manual partition assignments for partition {index}"
                )));
            }
        }
        if !by_index.keys().copied().eq(0..i32::try_from(by_index.len()).unwrap_or(i32::MAX)) {
            return Err(invalid("partitions should be a consecutive 0-based integer sequence".into()));
        }
        let replicas: Vec<Vec<BrokerId>> =
            by_index.values().map(|assignment| assignment.broker_ids.clone()).collect();
        for (index, assigned) in replicas.iter().enumerate() {
            self.check_assignment(index, assigned, replicas[0].len())?;
        }
        Ok(replicas)
    }

    /// Whether a partition can begin its life on these brokers.
    pub(super) fn check_assignment(
        &self,
        index: usize,
        assigned: &[BrokerId],
        replication_factor: usize,
    ) -> Result<(), Refusal> {
        let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message));
        if assigned.is_empty() {
            return invalid("The manual partition assignment includes an empty replica list.".into());
        }
        for (position, id) in assigned.iter().enumerate() {
            if !self.image.brokers.contains_key(id) {
                return invalid(format!(
                    "The manual partition assignment includes broker {id}, but no such broker is registered."
                ));
            }
            if assigned[..position].contains(id) {
                return invalid(format!(
                    "The manual partition assignment includes the broker {id} more than once."
                ));
            }
        }
        if assigned.len() != replication_factor {
            return invalid(format!(
                "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous partitions, which have {replication_factor} replica(s).",
                assigned.len()
            ));
        }
        if !assigned.iter().any(|id| self.image.is_active(*id)) {
            return invalid(format!(
                "All brokers specified in the manual partition assignment for partition {index} are fenced or in controlled shutdown."
            ));
        }
        Ok(())
    }

    fn add(&self, creation: &mut Creation, new: NewTopic) {
        let NewTopic { name, id, overrides, replicas } = new;
        creation.canonical_names.insert(canonical(&name).into());
        creation.records.push(TopicRecord { name: name.clone(), topic_id: id }.into());
        for (key, value) in overrides {
            let record = ConfigRecord {
                resource_type: TOPIC_RESOURCE,
                resource_name: name.clone(),
                name: key,
                value: Some(value),
            };
            creation.records.push(record.into());
        }
        for (index, replicas) in (0..).zip(replicas) {
            creation.records.push(self.new_partition(id, index, replicas).into());
        }
    }

    /// A partition at the beginning of its life: every active replica is in sync, the first of them leads.
    pub(super) fn new_partition(
        &self,
        topic_id: Uuid,
        index: i32,
        replicas: Vec<BrokerId>,
    ) -> PartitionRecord {
        let isr: Vec<BrokerId> = replicas.iter().copied().filter(|id| self.image.is_active(*id)).collect();
        let directory = |id: &BrokerId| {
            self.image.brokers.get(id).map_or(UNASSIGNED_DIRECTORY, |broker| broker.default_directory())
        };
        assert!(!isr.is_empty(), "a new partition has a leader");
        PartitionRecord {
            partition_id: index,
            topic_id,
            directories: replicas.iter().map(directory).collect(),
            leader: isr.first().copied().unwrap_or(NO_LEADER),
            leader_epoch: 0,
            partition_epoch: 0,
            isr,
            replicas,
            ..PartitionRecord::default()
        }
    }

    fn created(&self, cx: &Cx<'_>, new: &NewTopic, validate_only: bool) -> CreatableTopicResult {
        let layers = ConfigLayers {
            config: cx.config,
            cluster: self.image.overrides(&Resource::all_brokers()),
            broker: self.image.overrides(&Resource::broker(cx.config.node_id)),
            topic: &new.overrides,
        };
        let configs = describe_topic(layers).into_iter().map(|entry| CreatableTopicConfigs {
            name: entry.name.into(),
            value: entry.value,
            read_only: entry.read_only,
            config_source: entry.source as i8,
            is_sensitive: false,
        });
        CreatableTopicResult {
            name: new.name.clone(),
            // What was only checked never gets this id.
            topic_id: if validate_only { Uuid::ZERO } else { new.id },
            error_code: ErrorCode::NONE,
            error_message: None,
            topic_config_error_code: ErrorCode::NONE,
            num_partitions: i32::try_from(new.replicas.len()).expect("bounded per request"),
            replication_factor: i16::try_from(new.replicas[0].len()).unwrap_or(i16::MAX),
            configs: Some(configs.collect()),
        }
    }

    /// Deletes what is there; every topic is answered for itself.
    pub(super) fn delete_topics(&self, request: DeleteTopicsRequest) -> Outcome {
        let mut records = Vec::new();
        let mut results = Vec::new();
        let mut seen: BTreeMap<Uuid, usize> = BTreeMap::new();
        for state in request.topics {
            let result = match self.find_deleted(&state) {
                Ok((name, id)) => match seen.get(&id) {
                    Some(first) => {
                        let (first, what) = (*first, if state.name.is_some() { "name" } else { "id" });
                        let message = format!("Duplicate topic {what}.");
                        results[first] =
                            not_deleted(state, &Refusal::new(ErrorCode::INVALID_REQUEST, message));
                        continue;
                    }
                    None => {
                        seen.insert(id, results.len());
                        DeletableTopicResult {
                            name: Some(name),
                            topic_id: id,
                            error_code: ErrorCode::NONE,
                            error_message: None,
                        }
                    }
                },
                Err(refusal) => not_deleted(state, &refusal),
            };
            results.push(result);
        }
        for (id, index) in seen {
            let result: &DeletableTopicResult = &results[index];
            if result.error_code == ErrorCode::NONE {
                records.push(RemoveTopicRecord { topic_id: id }.into());
            }
        }
        let response = DeleteTopicsResponse { throttle_time_ms: 0, responses: results };
        (records, Answer::Response(response.into()))
    }

    fn find_deleted(&self, state: &DeleteTopicState) -> Result<(Str, Uuid), Refusal> {
        let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REQUEST, message));
        let topic = match &state.name {
            Some(_) if !state.topic_id.is_zero() => {
                return invalid("You may not specify both topic name and topic id.");
            }
            None if state.topic_id.is_zero() => {
                return invalid("Neither topic name nor id were specified.");
            }
            Some(name) => self.image.topic(name).ok_or_else(|| {
                let message = format!("Topic '{name}' does not exist.");
                Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message)
            })?,
            None => self.image.topic_by_id(state.topic_id).ok_or_else(|| {
                let message = format!("There is no topic with id {}.", state.topic_id);
                Refusal::new(ErrorCode::UNKNOWN_TOPIC_ID, message)
            })?,
        };
        Ok((topic.name.clone(), topic.id))
    }
}

fn partitions_asked(cx: &Cx<'_>, topics: &[CreatableTopic]) -> usize {
    let of = |topic: &CreatableTopic| match topic.num_partitions {
        _ if !topic.assignments.is_empty() => topic.assignments.len(),
        DEFAULT => usize::try_from(cx.config.num_partitions).unwrap_or(0),
        partitions => usize::try_from(partitions).unwrap_or(0),
    };
    topics.iter().map(of).fold(0, usize::saturating_add)
}

fn refused(name: Str, refusal: &Refusal) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: refusal.code,
        error_message: refusal.text(),
        ..CreatableTopicResult::default()
    }
}

fn not_deleted(state: DeleteTopicState, refusal: &Refusal) -> DeletableTopicResult {
    DeletableTopicResult {
        name: state.name,
        topic_id: state.topic_id,
        error_code: refusal.code,
        error_message: refusal.text(),
    }
}

/// Whether using the topic may create it although clients cannot.
pub(crate) fn is_auto_created(name: &str) -> bool {
    let is_ours = matches!(name, OFFSETS_TOPIC | TRANSACTION_TOPIC);
    check_name(name).is_ok() && name != METADATA_TOPIC && (is_ours || !is_internal_topic(name))
}
