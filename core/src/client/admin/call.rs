//! What can be asked of a cluster, and what it answers.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::client::consumer::CommittedOffset;
use crate::types::{BrokerId, LeaderEpoch, Offset, TopicPartition};

/// An error code with what the broker says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What is wrong.
    pub code: ErrorCode,
    /// In the broker's words.
    pub message: Option<Str>,
}

impl ApiError {
    /// `Ok` for `NONE`.
    ///
    /// # Errors
    /// The error, if the code is one.
    pub fn check(code: ErrorCode, message: Option<&Str>) -> Result<(), Self> {
        if code == ErrorCode::NONE { Ok(()) } else { Err(Self { code, message: message.cloned() }) }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None }
    }
}

impl core::fmt::Display for ApiError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.message.as_deref().filter(|message| !message.is_empty()) {
            Some(message) => write!(f, "{message} ({})", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// Results by topic, group or resource name.
pub type ByName<T> = BTreeMap<Str, Result<T, ApiError>>;
/// Results by partition.
pub type ByPartition<T> = BTreeMap<TopicPartition, Result<T, ErrorCode>>;

/// A topic to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: Str,
    /// -1 for `num.partitions`, and with `assignments`.
    pub partitions: i32,
    /// -1 for `default.replication.factor`, and with `assignments`.
    pub replication_factor: i16,
    /// Replicas by partition, if they are chosen by hand.
    pub assignments: BTreeMap<i32, Vec<BrokerId>>,
    /// Settings that differ from the broker's.
    pub configs: BTreeMap<Str, Str>,
}

/// What was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Zero if the broker is too old to tell.
    pub topic_id: Uuid,
    /// -1 if the broker does not tell.
    pub partitions: i32,
    /// -1 if the broker does not tell.
    pub replication_factor: i16,
}

/// A partition in detail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribedPartition {
    /// Who leads.
    pub leader: Option<BrokerId>,
    /// -1 if unknown.
    pub leader_epoch: LeaderEpoch,
    /// The preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In sync.
    pub isr: Vec<BrokerId>,
    /// Eligible to lead although not in sync (KIP-966); `None` if the broker does not tell.
    pub elr: Option<Vec<BrokerId>>,
    /// Eligible before they all were lost.
    pub last_known_elr: Option<Vec<BrokerId>>,
    /// On brokers or directories that are down.
    pub offline_replicas: Vec<BrokerId>,
}

/// A topic in detail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribedTopic {
    /// Zero if the broker is too old to tell.
    pub topic_id: Uuid,
    /// Whether the cluster keeps it for itself.
    pub is_internal: bool,
    /// By index.
    pub partitions: BTreeMap<i32, DescribedPartition>,
}

/// Kinds of things that are configured, with their number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i8)]
pub enum ConfigResourceType {
    /// A topic, by name.
    Topic = 2,
    /// A broker, by id; an empty name is the default of all brokers.
    Broker = 4,
    /// Log levels of a broker, by id.
    BrokerLogger = 8,
    /// A client-metrics subscription.
    ClientMetrics = 16,
    /// A group, by id.
    Group = 32,
}

impl ConfigResourceType {
    /// The kind of a number on the wire.
    pub fn from_wire(number: i8) -> Option<Self> {
        let all = [Self::Topic, Self::Broker, Self::BrokerLogger, Self::ClientMetrics, Self::Group];
        all.into_iter().find(|kind| *kind as i8 == number)
    }
}

/// Something that is configured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// What it is.
    pub kind: ConfigResourceType,
    /// Which one.
    pub name: Str,
}

/// Where a value comes from, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigSource {
    /// Set on the topic.
    DynamicTopic,
    /// Set on this broker at run time.
    DynamicBroker,
    /// Set on all brokers at run time.
    DynamicDefaultBroker,
    /// In the broker's file.
    StaticBroker,
    /// Nobody set it.
    Default,
    /// Set on the group.
    Group,
    /// Anything else.
    Other(i8),
}

impl ConfigSource {
    pub(super) fn from_wire(number: i8) -> Self {
        match number {
            1 => Self::DynamicTopic,
            2 => Self::DynamicBroker,
            3 => Self::DynamicDefaultBroker,
            4 => Self::StaticBroker,
            5 => Self::Default,
            8 => Self::Group,
            other => Self::Other(other),
        }
    }

    /// Kafka's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            Self::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            Self::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Self::StaticBroker => "STATIC_BROKER_CONFIG",
            Self::Default => "DEFAULT_CONFIG",
            Self::Group => "GROUP_CONFIG",
            Self::Other(_) => "UNKNOWN",
        }
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Kafka's name for it.
    pub name: Str,
    /// `None` if it is unset or secret.
    pub value: Option<Str>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Cannot be changed at run time.
    pub is_read_only: bool,
    /// The value is not shown.
    pub is_sensitive: bool,
    /// All places that set it, the strongest first: name, value, source.
    pub synonyms: Vec<(Str, Option<Str>, ConfigSource)>,
}

/// A change of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigChange {
    /// Set it.
    Set(Str, Str),
    /// Back to what it would be without.
    Unset(Str),
    /// Add to a list.
    Append(Str, Str),
    /// Remove from a list.
    Subtract(Str, Str),
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub group_id: Str,
    /// `consumer` for consumers; empty for groups that only commit.
    pub protocol_type: Str,
    /// Empty if the broker is too old to tell.
    pub state: Str,
    /// `classic` or `consumer`; empty if the broker is too old to tell.
    pub group_type: Str,
}

/// A member in a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Given by the coordinator.
    pub member_id: Str,
    /// Of static members.
    pub instance_id: Option<Str>,
    /// As the client calls itself.
    pub client_id: Str,
    /// Where it connects from.
    pub host: Str,
    /// What it has; empty also if it is no consumer.
    pub assignment: BTreeSet<TopicPartition>,
    /// The assignment as it stands on the wire.
    pub raw_assignment: Bytes,
}

/// The broker that looks after a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCoordinator {
    /// Its id.
    pub id: BrokerId,
    /// As told to clients.
    pub host: Str,
    /// As told to clients.
    pub port: u16,
}

/// A classic group in detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// `Dead` if there is no such group.
    pub state: Str,
    /// `consumer` for consumers.
    pub protocol_type: Str,
    /// The strategy.
    pub protocol: Str,
    /// The broker that answered.
    pub coordinator: Option<GroupCoordinator>,
    /// In the coordinator's order.
    pub members: Vec<GroupMember>,
}

/// An offset that was looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// -1 if no record is as young as asked.
    pub offset: Offset,
    /// -1 for the log's ends.
    pub timestamp_ms: i64,
    /// -1 if unknown.
    pub leader_epoch: LeaderEpoch,
}

/// A replica in a log directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDirReplica {
    /// Bytes of its segments.
    pub size: i64,
    /// How far it is behind the high watermark.
    pub offset_lag: i64,
    /// Being moved here from another directory.
    pub is_future: bool,
}

/// A log directory of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDir {
    /// Its path on the broker.
    pub path: Str,
    /// `NONE`, or `KAFKA_STORAGE_ERROR` if it is offline.
    pub error: ErrorCode,
    /// Of the volume; -1 if unknown.
    pub total_bytes: i64,
    /// Of the volume; -1 if unknown.
    pub usable_bytes: i64,
    /// What is in it.
    pub replicas: BTreeMap<TopicPartition, LogDirReplica>,
}

/// A broker in a description of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterBroker {
    /// Its id.
    pub id: BrokerId,
    /// As told to clients.
    pub host: Str,
    /// As told to clients.
    pub port: i32,
    /// `broker.rack`.
    pub rack: Option<Str>,
    /// Whether the controller keeps it from serving.
    pub is_fenced: bool,
}

/// The cluster at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterDescription {
    /// Its name.
    pub cluster_id: Str,
    /// The broker that takes requests for the controller.
    pub controller: Option<BrokerId>,
    /// By id.
    pub brokers: Vec<ClusterBroker>,
}

/// How a leader is chosen. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum ElectionType {
    /// The first of the replicas, which must be in sync.
    Preferred = 0,
    /// Any live replica, whatever it has, where no other can lead: records may be lost.
    Unclean = 1,
}

/// A partition on its way to other brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassignment {
    /// All that hold it for the time being.
    pub replicas: Vec<BrokerId>,
    /// Of them, those that are to stay and have been added.
    pub adding: Vec<BrokerId>,
    /// Of them, those that are to go.
    pub removing: Vec<BrokerId>,
}

/// A replica of the metadata log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumReplica {
    /// Its node.
    pub id: BrokerId,
    /// Zero if the broker is too old to tell, or has no name for it.
    pub directory_id: Uuid,
    /// -1 if unknown.
    pub log_end_offset: Offset,
    /// Wall clock of its last fetch, in milliseconds; -1 if unknown.
    pub last_fetch_ms: i64,
    /// Wall clock of when it last had everything, in milliseconds; -1 if unknown.
    pub last_caught_up_ms: i64,
}

/// Where a controller is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumListener {
    /// For example `CONTROLLER`.
    pub name: Str,
    /// As told to other nodes.
    pub host: Str,
    /// As told to other nodes.
    pub port: u16,
}

/// The metadata quorum as its leader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuorumDescription {
    /// The active controller.
    pub leader: BrokerId,
    /// Of the quorum.
    pub leader_epoch: LeaderEpoch,
    /// Exclusive.
    pub high_watermark: Offset,
    /// Those who decide.
    pub voters: Vec<QuorumReplica>,
    /// Those who listen.
    pub observers: Vec<QuorumReplica>,
    /// Of voters; empty if the broker is too old to tell.
    pub listeners: BTreeMap<BrokerId, Vec<QuorumListener>>,
}

/// A controller that is to become a voter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVoter {
    /// Its node.
    pub id: BrokerId,
    /// `directory.id` of its metadata directory.
    pub directory_id: Uuid,
    /// Where the others find it.
    pub listeners: Vec<QuorumListener>,
}

/// What brokers can do, and what the cluster has agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureDescription {
    /// Offset of the last change; -1 if unknown.
    pub epoch: i64,
    /// Lowest and highest level of the broker that was asked.
    pub supported: BTreeMap<Str, (i16, i16)>,
    /// What is agreed; features that are off are left out.
    pub finalized: BTreeMap<Str, i16>,
}

/// In which direction a level may go. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum FeatureDirection {
    /// Up.
    Upgrade = 1,
    /// Down, if nothing is lost.
    SafeDowngrade = 2,
    /// Down.
    UnsafeDowngrade = 3,
}

/// A level that shall be agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureUpdate {
    /// For example `metadata.version`.
    pub name: Str,
    /// 0 is off.
    pub level: i16,
    /// What is allowed.
    pub direction: FeatureDirection,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminCall {
    /// Answered by [`AdminReply::TopicsCreated`]. With the flag, nothing is created.
    CreateTopics(Vec<NewTopic>, bool),
    /// Answered by [`AdminReply::Done`].
    DeleteTopics(Vec<Str>),
    /// Total numbers of partitions by topic; answered by [`AdminReply::Done`]. With the flag, nothing changes.
    CreatePartitions(BTreeMap<Str, i32>, bool),
    /// These topics, or all; answered by [`AdminReply::Topics`].
    DescribeTopics(Option<Vec<Str>>),
    /// Answered by [`AdminReply::Configs`].
    DescribeConfigs(Vec<ConfigResource>),
    /// Answered by [`AdminReply::Done`]. With the flag, nothing changes.
    AlterConfigs(ConfigResource, Vec<ConfigChange>, bool),
    /// Answered by [`AdminReply::Groups`].
    ListGroups,
    /// Answered by [`AdminReply::GroupDescriptions`].
    DescribeGroups(Vec<Str>),
    /// Answered by [`AdminReply::Done`].
    DeleteGroups(Vec<Str>),
    /// All offsets of a group; answered by [`AdminReply::GroupOffsets`].
    ListGroupOffsets(Str),
    /// Sets offsets of a group without members; answered by [`AdminReply::Partitions`].
    AlterGroupOffsets(Str, BTreeMap<TopicPartition, Offset>),
    /// Forgets offsets of a group; answered by [`AdminReply::Partitions`].
    DeleteGroupOffsets(Str, BTreeSet<TopicPartition>),
    /// Offsets by timestamp: -1 the end, -2 the log start, -3 the youngest record; answered by
    /// [`AdminReply::Offsets`].
    ListOffsets(BTreeMap<TopicPartition, i64>),
    /// Deletes what lies below; -1 is the high watermark. Answered by [`AdminReply::LowWatermarks`].
    DeleteRecords(BTreeMap<TopicPartition, Offset>),
    /// Of all brokers; answered by [`AdminReply::LogDirs`].
    DescribeLogDirs,
    /// Answered by [`AdminReply::Cluster`].
    DescribeCluster,
    /// Of these partitions, or all; answered by [`AdminReply::PartitionsDone`].
    ElectLeaders(ElectionType, Option<BTreeSet<TopicPartition>>),
    /// New replicas, or `None` to cancel what is under way; the flag allows another number of them. Answered by
    /// [`AdminReply::PartitionsDone`].
    Reassign(BTreeMap<TopicPartition, Option<Vec<BrokerId>>>, bool),
    /// Of these partitions, or all; answered by [`AdminReply::Reassignments`].
    ListReassignments(Option<BTreeSet<TopicPartition>>),
    /// Answered by [`AdminReply::Quorum`].
    DescribeQuorum,
    /// Answered by [`AdminReply::Changed`].
    AddVoter(NewVoter),
    /// By node and directory id; answered by [`AdminReply::Changed`].
    RemoveVoter(BrokerId, Uuid),
    /// Forgets a broker that is gone for good; answered by [`AdminReply::Changed`].
    UnregisterBroker(BrokerId),
    /// Answered by [`AdminReply::Features`].
    DescribeFeatures,
    /// All or none; answered by [`AdminReply::Changed`]. With the flag, nothing changes.
    UpdateFeatures(Vec<FeatureUpdate>, bool),
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminReply {
    /// By topic.
    TopicsCreated(ByName<CreatedTopic>),
    /// By topic, group or resource.
    Done(ByName<()>),
    /// By topic.
    Topics(ByName<DescribedTopic>),
    /// By resource.
    Configs(BTreeMap<ConfigResource, Result<Vec<ConfigEntry>, ApiError>>),
    /// By name, each once.
    Groups(BTreeMap<Str, GroupListing>),
    /// By group.
    GroupDescriptions(ByName<GroupDescription>),
    /// By partition.
    GroupOffsets(ByPartition<CommittedOffset>),
    /// By partition.
    Partitions(ByPartition<()>),
    /// By partition.
    Offsets(ByPartition<ListedOffset>),
    /// First offsets that are left, by partition.
    LowWatermarks(ByPartition<Offset>),
    /// By broker.
    LogDirs(BTreeMap<BrokerId, Vec<LogDir>>),
    /// The cluster.
    Cluster(ClusterDescription),
    /// By partition, in the broker's words.
    PartitionsDone(BTreeMap<TopicPartition, Result<(), ApiError>>),
    /// What is under way, by partition.
    Reassignments(BTreeMap<TopicPartition, Reassignment>),
    /// The quorum.
    Quorum(QuorumDescription),
    /// The features.
    Features(FeatureDescription),
    /// The one thing that was to be changed.
    Changed(Result<(), ApiError>),
}

impl AdminReply {
    /// What is known before any broker has answered.
    pub(super) fn empty(call: &AdminCall) -> Self {
        match call {
            AdminCall::CreateTopics(..) => Self::TopicsCreated(BTreeMap::new()),
            AdminCall::DeleteTopics(_)
            | AdminCall::CreatePartitions(..)
            | AdminCall::AlterConfigs(..)
            | AdminCall::DeleteGroups(_) => Self::Done(BTreeMap::new()),
            AdminCall::DescribeTopics(_) => Self::Topics(BTreeMap::new()),
            AdminCall::DescribeConfigs(_) => Self::Configs(BTreeMap::new()),
            AdminCall::ListGroups => Self::Groups(BTreeMap::new()),
            AdminCall::DescribeGroups(_) => Self::GroupDescriptions(BTreeMap::new()),
            AdminCall::ListGroupOffsets(_) => Self::GroupOffsets(BTreeMap::new()),
            AdminCall::AlterGroupOffsets(..) | AdminCall::DeleteGroupOffsets(..) => {
                Self::Partitions(BTreeMap::new())
            }
            AdminCall::ListOffsets(_) => Self::Offsets(BTreeMap::new()),
            AdminCall::DeleteRecords(_) => Self::LowWatermarks(BTreeMap::new()),
            AdminCall::DescribeLogDirs => Self::LogDirs(BTreeMap::new()),
            AdminCall::DescribeCluster => Self::Cluster(ClusterDescription::default()),
            AdminCall::ElectLeaders(..) | AdminCall::Reassign(..) => Self::PartitionsDone(BTreeMap::new()),
            AdminCall::ListReassignments(_) => Self::Reassignments(BTreeMap::new()),
            AdminCall::DescribeQuorum => Self::Quorum(QuorumDescription::default()),
            AdminCall::DescribeFeatures => Self::Features(FeatureDescription::default()),
            AdminCall::AddVoter(_)
            | AdminCall::RemoveVoter(..)
            | AdminCall::UnregisterBroker(_)
            | AdminCall::UpdateFeatures(..) => Self::Changed(Ok(())),
        }
    }

    /// Says which broker the description of a group comes from.
    pub(super) fn set_coordinator(&mut self, group: &Str, coordinator: Option<GroupCoordinator>) {
        if let Self::GroupDescriptions(groups) = self
            && let Some(Ok(description)) = groups.get_mut(group)
        {
            description.coordinator = coordinator;
        }
    }

    /// Adds what another broker, or a later answer, has to say.
    pub(super) fn merge(&mut self, more: Self) {
        match (self, more) {
            (Self::TopicsCreated(all), Self::TopicsCreated(more)) => all.extend(more),
            (Self::Done(all), Self::Done(more)) => all.extend(more),
            (Self::Topics(all), Self::Topics(more)) => merge_topics(all, more),
            (Self::Configs(all), Self::Configs(more)) => all.extend(more),
            (Self::Groups(all), Self::Groups(more)) => all.extend(more),
            (Self::GroupDescriptions(all), Self::GroupDescriptions(more)) => all.extend(more),
            (Self::GroupOffsets(all), Self::GroupOffsets(more)) => all.extend(more),
            (Self::Partitions(all), Self::Partitions(more)) => all.extend(more),
            (Self::Offsets(all), Self::Offsets(more)) => all.extend(more),
            (Self::LowWatermarks(all), Self::LowWatermarks(more)) => all.extend(more),
            (Self::LogDirs(all), Self::LogDirs(more)) => all.extend(more),
            (Self::Cluster(all), Self::Cluster(more)) => *all = more,
            (Self::PartitionsDone(all), Self::PartitionsDone(more)) => all.extend(more),
            (Self::Reassignments(all), Self::Reassignments(more)) => all.extend(more),
            (Self::Quorum(all), Self::Quorum(more)) => *all = more,
            (Self::Features(all), Self::Features(more)) => *all = more,
            (Self::Changed(all), Self::Changed(more)) => *all = more,
            (all, more) => unreachable!("{more:?} does not belong to {all:?}"),
        }
    }
}

/// A topic may be described in several answers, some partitions in each.
fn merge_topics(all: &mut ByName<DescribedTopic>, more: ByName<DescribedTopic>) {
    for (name, described) in more {
        match (all.get_mut(&name), described) {
            (Some(Ok(known)), Ok(described)) => known.partitions.extend(described.partitions),
            (_, described) => {
                all.insert(name, described);
            }
        }
    }
}
