//! `StreamsGroupDescribeResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the StreamsGroupDescribe API (key 89), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

impl Wire for StreamsGroupDescribeResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "StreamsGroupDescribeResponse.throttle_time_ms")?,
            groups: d.read(v, "StreamsGroupDescribeResponse.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "StreamsGroupDescribeResponse.throttle_time_ms");
        e.write(&self.groups, v, "StreamsGroupDescribeResponse.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribedGroup {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub topology: Option<Topology>,
    pub members: Vec<Member>,
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: None,
            group_id: Str::default(),
            group_state: Str::default(),
            group_epoch: 0,
            assignment_epoch: 0,
            topology: None,
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribedGroup {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribedGroup.error_code")?,
            error_message: d.read(v, "DescribedGroup.error_message")?,
            group_id: d.read(v, "DescribedGroup.group_id")?,
            group_state: d.read(v, "DescribedGroup.group_state")?,
            group_epoch: d.read(v, "DescribedGroup.group_epoch")?,
            assignment_epoch: d.read(v, "DescribedGroup.assignment_epoch")?,
            topology: d.read(v, "DescribedGroup.topology")?,
            members: d.read(v, "DescribedGroup.members")?,
            authorized_operations: d.read(v, "DescribedGroup.authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribedGroup.error_code");
        e.write(&self.error_message, v, "DescribedGroup.error_message");
        e.write(&self.group_id, v, "DescribedGroup.group_id");
        e.write(&self.group_state, v, "DescribedGroup.group_state");
        e.write(&self.group_epoch, v, "DescribedGroup.group_epoch");
        e.write(&self.assignment_epoch, v, "DescribedGroup.assignment_epoch");
        e.write(&self.topology, v, "DescribedGroup.topology");
        e.write(&self.members, v, "DescribedGroup.members");
        e.write(&self.authorized_operations, v, "DescribedGroup.authorized_operations");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Member {
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
    pub task_offsets: Vec<TaskOffset>,
    pub task_end_offsets: Vec<TaskOffset>,
    pub assignment: Assignment,
    pub target_assignment: Assignment,
    pub is_classic: bool,
}

impl Wire for Member {
    fn min_size(_: Version) -> usize {
        28
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "Member.member_id")?,
            member_epoch: d.read(v, "Member.member_epoch")?,
            instance_id: d.read(v, "Member.instance_id")?,
            rack_id: d.read(v, "Member.rack_id")?,
            client_id: d.read(v, "Member.client_id")?,
            client_host: d.read(v, "Member.client_host")?,
            topology_epoch: d.read(v, "Member.topology_epoch")?,
            process_id: d.read(v, "Member.process_id")?,
            user_endpoint: d.read(v, "Member.user_endpoint")?,
            client_tags: d.read(v, "Member.client_tags")?,
            task_offsets: d.read(v, "Member.task_offsets")?,
            task_end_offsets: d.read(v, "Member.task_end_offsets")?,
            assignment: d.read(v, "Member.assignment")?,
            target_assignment: d.read(v, "Member.target_assignment")?,
            is_classic: d.read(v, "Member.is_classic")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "Member.member_id");
        e.write(&self.member_epoch, v, "Member.member_epoch");
        e.write(&self.instance_id, v, "Member.instance_id");
        e.write(&self.rack_id, v, "Member.rack_id");
        e.write(&self.client_id, v, "Member.client_id");
        e.write(&self.client_host, v, "Member.client_host");
        e.write(&self.topology_epoch, v, "Member.topology_epoch");
        e.write(&self.process_id, v, "Member.process_id");
        e.write(&self.user_endpoint, v, "Member.user_endpoint");
        e.write(&self.client_tags, v, "Member.client_tags");
        e.write(&self.task_offsets, v, "Member.task_offsets");
        e.write(&self.task_end_offsets, v, "Member.task_end_offsets");
        e.write(&self.assignment, v, "Member.assignment");
        e.write(&self.target_assignment, v, "Member.target_assignment");
        e.write(&self.is_classic, v, "Member.is_classic");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Option<Vec<Subtopology>>,
}

impl Wire for Topology {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            epoch: d.read(v, "Topology.epoch")?,
            subtopologies: d.read(v, "Topology.subtopologies")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "Topology.epoch");
        e.write(&self.subtopologies, v, "Topology.subtopologies");
        e.tags(v, |_| {});
    }
}

impl Nullable for Topology {}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub repartition_sink_topics: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_source_topics: Vec<TopicInfo>,
}

impl Wire for Subtopology {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "Subtopology.subtopology_id")?,
            source_topics: d.read(v, "Subtopology.source_topics")?,
            repartition_sink_topics: d.read(v, "Subtopology.repartition_sink_topics")?,
            state_changelog_topics: d.read(v, "Subtopology.state_changelog_topics")?,
            repartition_source_topics: d.read(v, "Subtopology.repartition_source_topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "Subtopology.subtopology_id");
        e.write(&self.source_topics, v, "Subtopology.source_topics");
        e.write(&self.repartition_sink_topics, v, "Subtopology.repartition_sink_topics");
        e.write(&self.state_changelog_topics, v, "Subtopology.state_changelog_topics");
        e.write(&self.repartition_source_topics, v, "Subtopology.repartition_source_topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicInfo {
    pub name: Str,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<KeyValue>,
}

impl Wire for TopicInfo {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicInfo.name")?,
            partitions: d.read(v, "TopicInfo.partitions")?,
            replication_factor: d.read(v, "TopicInfo.replication_factor")?,
            topic_configs: d.read(v, "TopicInfo.topic_configs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicInfo.name");
        e.write(&self.partitions, v, "TopicInfo.partitions");
        e.write(&self.replication_factor, v, "TopicInfo.replication_factor");
        e.write(&self.topic_configs, v, "TopicInfo.topic_configs");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
}

impl Wire for KeyValue {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "KeyValue.key")?,
            value: d.read(v, "KeyValue.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "KeyValue.key");
        e.write(&self.value, v, "KeyValue.value");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TaskIds {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "TaskIds.subtopology_id")?,
            partitions: d.read(v, "TaskIds.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "TaskIds.subtopology_id");
        e.write(&self.partitions, v, "TaskIds.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Assignment {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
}

impl Wire for Assignment {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            active_tasks: d.read(v, "Assignment.active_tasks")?,
            standby_tasks: d.read(v, "Assignment.standby_tasks")?,
            warmup_tasks: d.read(v, "Assignment.warmup_tasks")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.active_tasks, v, "Assignment.active_tasks");
        e.write(&self.standby_tasks, v, "Assignment.standby_tasks");
        e.write(&self.warmup_tasks, v, "Assignment.warmup_tasks");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskOffset {
    pub subtopology_id: Str,
    pub partition: i32,
    pub offset: i64,
}

impl Wire for TaskOffset {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "TaskOffset.subtopology_id")?,
            partition: d.read(v, "TaskOffset.partition")?,
            offset: d.read(v, "TaskOffset.offset")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "TaskOffset.subtopology_id");
        e.write(&self.partition, v, "TaskOffset.partition");
        e.write(&self.offset, v, "TaskOffset.offset");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
}

impl Wire for Endpoint {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            host: d.read(v, "Endpoint.host")?,
            port: d.read(v, "Endpoint.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.host, v, "Endpoint.host");
        e.write(&self.port, v, "Endpoint.port");
        e.tags(v, |_| {});
    }
}

impl Nullable for Endpoint {}

impl Message for StreamsGroupDescribeResponse {
    const NAME: &'static str = "StreamsGroupDescribeResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
