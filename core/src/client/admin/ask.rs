//! One request of a call: where it goes, how it is written, what its answer means.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{Request, Response};
use klamm_wire::{ApiKey, ErrorCode, Str, Uuid};

use super::call::{
    AdminCall, AdminReply, ConfigChange, ConfigResource, ConfigResourceType, ElectionType, FeatureUpdate,
    NewTopic, NewVoter,
};
use super::{cluster, configs, groups, offsets, partitions, quorum, topics};
use crate::client::NodeRef;
use crate::types::{BrokerId, Offset, TopicPartition};

/// Which broker can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Any,
    Controller,
    Broker(BrokerId),
    Node(NodeRef),
    /// The coordinator of a group.
    Group(Str),
    /// To be cut into one ask per broker.
    EveryBroker,
    /// To be cut into one ask per leader.
    Leaders,
}

/// One request. Also the state of its retries: what is answered leaves the ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    CreateTopics {
        topics: Vec<NewTopic>,
        validate_only: bool,
    },
    DeleteTopics(Vec<Str>),
    CreatePartitions {
        counts: BTreeMap<Str, i32>,
        validate_only: bool,
    },
    /// By the API for descriptions; no names mean all topics. The cursor is where the last answer stopped.
    DescribeTopics {
        names: Vec<Str>,
        cursor: Option<TopicPartition>,
    },
    /// The same by the API for clients, which every broker has.
    Metadata {
        names: Option<Vec<Str>>,
    },
    DescribeConfigs(Vec<ConfigResource>),
    AlterConfigs {
        resource: ConfigResource,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    },
    ListGroups(Option<BrokerId>),
    DescribeGroup(Str),
    DeleteGroup(Str),
    FetchOffsets(Str),
    CommitOffsets(Str, BTreeMap<TopicPartition, Offset>),
    DeleteOffsets(Str, BTreeSet<TopicPartition>),
    ListOffsets(Option<NodeRef>, BTreeMap<TopicPartition, i64>),
    DeleteRecords(Option<NodeRef>, BTreeMap<TopicPartition, Offset>),
    DescribeLogDirs(Option<BrokerId>),
    DescribeCluster,
    ElectLeaders(ElectionType, Option<BTreeSet<TopicPartition>>),
    Reassign(BTreeMap<TopicPartition, Option<Vec<BrokerId>>>, bool),
    ListReassignments(Option<BTreeSet<TopicPartition>>),
    DescribeQuorum,
    AddVoter(NewVoter),
    RemoveVoter(BrokerId, Uuid),
    UnregisterBroker(BrokerId),
    DescribeFeatures,
    UpdateFeatures(Vec<FeatureUpdate>, bool),
}

/// What an answer leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Absorbed {
    /// What is known now.
    pub(super) reply: Option<AdminReply>,
    /// What has to be asked again, and why; `NONE` if the answer was only a part.
    pub(super) again: Option<(Ask, ErrorCode)>,
    /// The whole request was refused.
    pub(super) refused: Option<ErrorCode>,
}

impl Absorbed {
    pub(super) fn done(reply: AdminReply) -> Self {
        Self { reply: Some(reply), ..Self::default() }
    }

    pub(super) fn again(ask: Ask, code: ErrorCode) -> Self {
        Self { again: Some((ask, code)), ..Self::default() }
    }

    pub(super) fn refused(code: ErrorCode) -> Self {
        Self { refused: Some(code), ..Self::default() }
    }
}

/// An ask cut up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    /// One per broker.
    pub(super) asks: Vec<Ask>,
    /// Partitions whose leader is unknown for the moment.
    pub(super) later: Option<(Ask, ErrorCode)>,
    /// Partitions that do not exist.
    pub(super) hopeless: Option<AdminReply>,
}

impl Ask {
    /// What a call takes.
    pub(super) fn for_call(call: &AdminCall) -> Vec<Self> {
        match call.clone() {
            AdminCall::CreateTopics(topics, validate_only) => {
                vec![Self::CreateTopics { topics, validate_only }]
            }
            AdminCall::DeleteTopics(names) => vec![Self::DeleteTopics(names)],
            AdminCall::CreatePartitions(counts, validate_only) => {
                vec![Self::CreatePartitions { counts, validate_only }]
            }
            AdminCall::DescribeTopics(names) => {
                vec![Self::DescribeTopics { names: names.unwrap_or_default(), cursor: None }]
            }
            AdminCall::DescribeConfigs(resources) => {
                // Settings of a broker are known to itself alone, so each resource goes its own way.
                resources.into_iter().map(|resource| Self::DescribeConfigs(vec![resource])).collect()
            }
            AdminCall::AlterConfigs(resource, changes, validate_only) => {
                vec![Self::AlterConfigs { resource, changes, validate_only }]
            }
            AdminCall::ListGroups => vec![Self::ListGroups(None)],
            AdminCall::DescribeGroups(groups) => groups.into_iter().map(Self::DescribeGroup).collect(),
            AdminCall::DeleteGroups(groups) => groups.into_iter().map(Self::DeleteGroup).collect(),
            AdminCall::ListGroupOffsets(group) => vec![Self::FetchOffsets(group)],
            AdminCall::AlterGroupOffsets(group, offsets) => vec![Self::CommitOffsets(group, offsets)],
            AdminCall::DeleteGroupOffsets(group, partitions) => vec![Self::DeleteOffsets(group, partitions)],
            AdminCall::ListOffsets(timestamps) => vec![Self::ListOffsets(None, timestamps)],
            AdminCall::DeleteRecords(offsets) => vec![Self::DeleteRecords(None, offsets)],
            AdminCall::DescribeLogDirs => vec![Self::DescribeLogDirs(None)],
            AdminCall::DescribeCluster => vec![Self::DescribeCluster],
            AdminCall::ElectLeaders(kind, partitions) => vec![Self::ElectLeaders(kind, partitions)],
            AdminCall::Reassign(targets, allow) => vec![Self::Reassign(targets, allow)],
            AdminCall::ListReassignments(partitions) => vec![Self::ListReassignments(partitions)],
            AdminCall::DescribeQuorum => vec![Self::DescribeQuorum],
            AdminCall::AddVoter(voter) => vec![Self::AddVoter(voter)],
            AdminCall::RemoveVoter(id, directory) => vec![Self::RemoveVoter(id, directory)],
            AdminCall::UnregisterBroker(id) => vec![Self::UnregisterBroker(id)],
            AdminCall::DescribeFeatures => vec![Self::DescribeFeatures],
            AdminCall::UpdateFeatures(updates, validate) => vec![Self::UpdateFeatures(updates, validate)],
        }
    }

    pub(super) fn route(&self) -> Route {
        let of_resource = |resource: &ConfigResource| match resource.kind {
            ConfigResourceType::Broker | ConfigResourceType::BrokerLogger => {
                resource.name.parse().map_or(Route::Any, Route::Broker)
            }
            _ => Route::Any,
        };
        match self {
            Self::CreateTopics { .. } | Self::DeleteTopics(_) | Self::CreatePartitions { .. } => {
                Route::Controller
            }
            Self::DescribeTopics { .. } | Self::Metadata { .. } | Self::DescribeCluster => Route::Any,
            // Every broker passes these on to the active controller.
            Self::ElectLeaders(..)
            | Self::Reassign(..)
            | Self::ListReassignments(_)
            | Self::DescribeQuorum
            | Self::AddVoter(_)
            | Self::RemoveVoter(..)
            | Self::UnregisterBroker(_)
            | Self::DescribeFeatures
            | Self::UpdateFeatures(..) => Route::Any,
            Self::DescribeConfigs(resources) => resources.first().map_or(Route::Any, of_resource),
            Self::AlterConfigs { resource, .. } => of_resource(resource),
            Self::ListGroups(None) | Self::DescribeLogDirs(None) => Route::EveryBroker,
            Self::ListGroups(Some(broker)) | Self::DescribeLogDirs(Some(broker)) => Route::Broker(*broker),
            Self::DescribeGroup(group)
            | Self::DeleteGroup(group)
            | Self::FetchOffsets(group)
            | Self::CommitOffsets(group, _)
            | Self::DeleteOffsets(group, _) => Route::Group(group.clone()),
            Self::ListOffsets(None, _) | Self::DeleteRecords(None, _) => Route::Leaders,
            Self::ListOffsets(Some(node), _) | Self::DeleteRecords(Some(node), _) => {
                Route::Node(node.clone())
            }
        }
    }

    pub(super) fn api_key(&self) -> ApiKey {
        match self {
            Self::CreateTopics { .. } => ApiKey::CreateTopics,
            Self::DeleteTopics(_) => ApiKey::DeleteTopics,
            Self::CreatePartitions { .. } => ApiKey::CreatePartitions,
            Self::DescribeTopics { .. } => ApiKey::DescribeTopicPartitions,
            Self::Metadata { .. } => ApiKey::Metadata,
            Self::DescribeConfigs(_) => ApiKey::DescribeConfigs,
            Self::AlterConfigs { .. } => ApiKey::IncrementalAlterConfigs,
            Self::ListGroups(_) => ApiKey::ListGroups,
            Self::DescribeGroup(_) => ApiKey::DescribeGroups,
            Self::DeleteGroup(_) => ApiKey::DeleteGroups,
            Self::FetchOffsets(_) => ApiKey::OffsetFetch,
            Self::CommitOffsets(..) => ApiKey::OffsetCommit,
            Self::DeleteOffsets(..) => ApiKey::OffsetDelete,
            Self::ListOffsets(..) => ApiKey::ListOffsets,
            Self::DeleteRecords(..) => ApiKey::DeleteRecords,
            Self::DescribeLogDirs(_) => ApiKey::DescribeLogDirs,
            Self::DescribeCluster => ApiKey::DescribeCluster,
            Self::ElectLeaders(..) => ApiKey::ElectLeaders,
            Self::Reassign(..) => ApiKey::AlterPartitionReassignments,
            Self::ListReassignments(_) => ApiKey::ListPartitionReassignments,
            Self::DescribeQuorum => ApiKey::DescribeQuorum,
            Self::AddVoter(_) => ApiKey::AddRaftVoter,
            Self::RemoveVoter(..) => ApiKey::RemoveRaftVoter,
            Self::UnregisterBroker(_) => ApiKey::UnregisterBroker,
            Self::DescribeFeatures => ApiKey::ApiVersions,
            Self::UpdateFeatures(..) => ApiKey::UpdateFeatures,
        }
    }

    /// The last version that says things our way, by name rather than by id.
    pub(super) fn highest_version(&self) -> i16 {
        match self {
            Self::FetchOffsets(_) | Self::CommitOffsets(..) => 9,
            _ => i16::MAX,
        }
    }

    /// What to ask instead if the broker does not offer the API.
    pub(super) fn fallback(&self) -> Option<Self> {
        match self {
            Self::DescribeTopics { names, .. } => {
                Some(Self::Metadata { names: (!names.is_empty()).then(|| names.clone()) })
            }
            _ => None,
        }
    }

    /// The request; `None` if the version cannot say it.
    pub(super) fn build(&self, version: i16, timeout_ms: i32) -> Option<Request> {
        Some(match self {
            Self::CreateTopics { topics, validate_only } => {
                topics::create_request(topics, *validate_only, timeout_ms)
            }
            Self::DeleteTopics(names) => topics::delete_request(names, version, timeout_ms),
            Self::CreatePartitions { counts, validate_only } => {
                topics::create_partitions_request(counts, *validate_only, timeout_ms)
            }
            Self::DescribeTopics { names, cursor } => topics::describe_request(names, cursor.as_ref()),
            Self::Metadata { names } => topics::metadata_request(names.as_deref(), version)?,
            Self::DescribeConfigs(resources) => configs::describe_request(resources),
            Self::AlterConfigs { resource, changes, validate_only } => {
                configs::alter_request(resource, changes, *validate_only)
            }
            Self::ListGroups(_) => groups::list_request(),
            Self::DescribeGroup(group) => groups::describe_request(group),
            Self::DeleteGroup(group) => groups::delete_request(group),
            Self::FetchOffsets(group) => offsets::fetch_request(group, version)?,
            Self::CommitOffsets(group, wanted) => offsets::commit_request(group, wanted),
            Self::DeleteOffsets(group, partitions) => offsets::forget_request(group, partitions),
            Self::ListOffsets(_, timestamps) => offsets::list_request(timestamps),
            Self::DeleteRecords(_, wanted) => offsets::delete_records_request(wanted, timeout_ms),
            Self::DescribeLogDirs(_) => cluster::log_dirs_request(),
            Self::DescribeCluster => cluster::describe_request(version),
            Self::ElectLeaders(kind, wanted) => {
                partitions::elect_request(*kind, wanted.as_ref(), version, timeout_ms)?
            }
            Self::Reassign(targets, allow) => {
                partitions::reassign_request(targets, *allow, version, timeout_ms)?
            }
            Self::ListReassignments(wanted) => partitions::list_request(wanted.as_ref(), timeout_ms),
            Self::DescribeQuorum => quorum::describe_request(),
            Self::AddVoter(voter) => quorum::add_request(voter, timeout_ms),
            Self::RemoveVoter(id, directory) => quorum::remove_request(*id, *directory),
            Self::UnregisterBroker(id) => quorum::unregister_request(*id),
            Self::DescribeFeatures => quorum::features_request(),
            Self::UpdateFeatures(updates, validate_only) => {
                quorum::update_request(updates, *validate_only, version, timeout_ms)?
            }
        })
    }

    pub(super) fn absorb(&self, response: Response) -> Absorbed {
        match response {
            Response::CreateTopics(response) => topics::created(self, &response),
            Response::DeleteTopics(response) => topics::deleted(self, &response),
            Response::CreatePartitions(response) => topics::partitions_created(self, &response),
            Response::DescribeTopicPartitions(response) => topics::described(self, &response),
            Response::Metadata(response) => topics::metadata(&response),
            Response::DescribeConfigs(response) => configs::described(&response),
            Response::IncrementalAlterConfigs(response) => configs::altered(self, &response),
            Response::ListGroups(response) => groups::listed(self, &response),
            Response::DescribeGroups(response) => groups::described(self, &response),
            Response::DeleteGroups(response) => groups::deleted(self, &response),
            Response::OffsetFetch(response) => offsets::fetched(self, &response),
            Response::OffsetCommit(response) => offsets::committed(self, &response),
            Response::OffsetDelete(response) => offsets::forgotten(self, &response),
            Response::ListOffsets(response) => offsets::listed(self, &response),
            Response::DeleteRecords(response) => offsets::records_deleted(self, &response),
            Response::DescribeLogDirs(response) => cluster::log_dirs(self, &response),
            Response::DescribeCluster(response) => cluster::described(&response),
            Response::ElectLeaders(response) => partitions::elected(self, &response),
            Response::AlterPartitionReassignments(response) => partitions::reassigned(self, &response),
            Response::ListPartitionReassignments(response) => partitions::listed(self, &response),
            Response::DescribeQuorum(response) => quorum::described(self, &response),
            Response::AddRaftVoter(response) => {
                quorum::changed(self, response.error_code, response.error_message.as_ref())
            }
            Response::RemoveRaftVoter(response) => {
                quorum::changed(self, response.error_code, response.error_message.as_ref())
            }
            Response::UnregisterBroker(response) => {
                quorum::changed(self, response.error_code, response.error_message.as_ref())
            }
            Response::UpdateFeatures(response) => {
                // Before version 2 each feature has a result of its own.
                let failed = response.results.iter().find(|result| result.error_code != ErrorCode::NONE);
                let (code, message) = match failed {
                    Some(result) if response.error_code == ErrorCode::NONE => {
                        (result.error_code, result.error_message.as_ref())
                    }
                    _ => (response.error_code, response.error_message.as_ref()),
                };
                quorum::changed(self, code, message)
            }
            Response::ApiVersions(response) => quorum::features(&response),
            other => unreachable!("{self:?} was answered with {:?}", other.api_key()),
        }
    }

    /// Topics whose leaders must be known.
    pub(super) fn topics(&self) -> BTreeSet<Str> {
        match self {
            Self::ListOffsets(_, partitions) | Self::DeleteRecords(_, partitions) => {
                partitions.keys().map(|name| name.topic.clone()).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// One ask per broker; `None` while no broker is known.
    pub(super) fn for_brokers(&self, brokers: &[BrokerId]) -> Option<Pieces> {
        let of_broker = |broker: &BrokerId| match self {
            Self::ListGroups(_) => Self::ListGroups(Some(*broker)),
            _ => Self::DescribeLogDirs(Some(*broker)),
        };
        if brokers.is_empty() {
            return None;
        }
        Some(Pieces { asks: brokers.iter().map(of_broker).collect(), ..Pieces::default() })
    }

    /// One ask per leader; `None` while metadata says nothing about some topic. `leader` says for a partition of a
    /// known topic who leads it, or why nobody does.
    pub(super) fn for_leaders(
        &self,
        leader: impl Fn(&Str, i32) -> Option<Result<NodeRef, ErrorCode>>,
    ) -> Option<Pieces> {
        let (Self::ListOffsets(_, values) | Self::DeleteRecords(_, values)) = self else {
            unreachable!("{self:?} does not go to leaders");
        };
        let with = |node: Option<NodeRef>, values: BTreeMap<TopicPartition, i64>| match self {
            Self::ListOffsets(..) => Self::ListOffsets(node, values),
            _ => Self::DeleteRecords(node, values),
        };
        let mut by_leader: BTreeMap<NodeRef, BTreeMap<TopicPartition, i64>> = BTreeMap::new();
        let mut later: BTreeMap<TopicPartition, i64> = BTreeMap::new();
        let mut later_code = ErrorCode::NONE;
        let mut hopeless = BTreeMap::new();
        for (name, value) in values {
            match leader(&name.topic, name.partition)? {
                Ok(node) => {
                    by_leader.entry(node).or_default().insert(name.clone(), *value);
                }
                Err(code) if code == ErrorCode::LEADER_NOT_AVAILABLE => {
                    later.insert(name.clone(), *value);
                    later_code = code;
                }
                Err(code) => {
                    hopeless.insert(name.clone(), code);
                }
            }
        }
        let hopeless = (!hopeless.is_empty()).then(|| match self {
            Self::ListOffsets(..) => {
                AdminReply::Offsets(hopeless.into_iter().map(|(name, code)| (name, Err(code))).collect())
            }
            _ => AdminReply::LowWatermarks(
                hopeless.into_iter().map(|(name, code)| (name, Err(code))).collect(),
            ),
        });
        Some(Pieces {
            asks: by_leader.into_iter().map(|(node, values)| with(Some(node), values)).collect(),
            later: (!later.is_empty()).then(|| (with(None, later), later_code)),
            hopeless,
        })
    }
}
