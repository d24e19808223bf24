//! `StreamsGroupHeartbeatRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the StreamsGroupHeartbeat API (key 88), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub endpoint_information_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub topology: Option<Topology>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub process_id: Option<Str>,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Option<Vec<KeyValue>>,
    pub task_offsets: Option<Vec<TaskOffset>>,
    pub task_end_offsets: Option<Vec<TaskOffset>>,
    pub shutdown_application: bool,
}

impl Default for StreamsGroupHeartbeatRequest {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            member_id: Str::default(),
            member_epoch: 0,
            endpoint_information_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            topology: None,
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            process_id: None,
            user_endpoint: None,
            client_tags: None,
            task_offsets: None,
            task_end_offsets: None,
            shutdown_application: false,
        }
    }
}

impl Wire for StreamsGroupHeartbeatRequest {
    fn min_size(_: Version) -> usize {
        27
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "StreamsGroupHeartbeatRequest.group_id")?,
            member_id: d.read(v, "StreamsGroupHeartbeatRequest.member_id")?,
            member_epoch: d.read(v, "StreamsGroupHeartbeatRequest.member_epoch")?,
            endpoint_information_epoch: d.read(v, "StreamsGroupHeartbeatRequest.endpoint_information_epoch")?,
            instance_id: d.read(v, "StreamsGroupHeartbeatRequest.instance_id")?,
            rack_id: d.read(v, "StreamsGroupHeartbeatRequest.rack_id")?,
            rebalance_timeout_ms: d.read(v, "StreamsGroupHeartbeatRequest.rebalance_timeout_ms")?,
            topology: d.read(v, "StreamsGroupHeartbeatRequest.topology")?,
            active_tasks: d.read(v, "StreamsGroupHeartbeatRequest.active_tasks")?,
            standby_tasks: d.read(v, "StreamsGroupHeartbeatRequest.standby_tasks")?,
            warmup_tasks: d.read(v, "StreamsGroupHeartbeatRequest.warmup_tasks")?,
            process_id: d.read(v, "StreamsGroupHeartbeatRequest.process_id")?,
            user_endpoint: d.read(v, "StreamsGroupHeartbeatRequest.user_endpoint")?,
            client_tags: d.read(v, "StreamsGroupHeartbeatRequest.client_tags")?,
            task_offsets: d.read(v, "StreamsGroupHeartbeatRequest.task_offsets")?,
            task_end_offsets: d.read(v, "StreamsGroupHeartbeatRequest.task_end_offsets")?,
            shutdown_application: d.read(v, "StreamsGroupHeartbeatRequest.shutdown_application")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "StreamsGroupHeartbeatRequest.group_id");
        e.write(&self.member_id, v, "StreamsGroupHeartbeatRequest.member_id");
        e.write(&self.member_epoch, v, "StreamsGroupHeartbeatRequest.member_epoch");
        e.write(&self.endpoint_information_epoch, v, "StreamsGroupHeartbeatRequest.endpoint_information_epoch");
        e.write(&self.instance_id, v, "StreamsGroupHeartbeatRequest.instance_id");
        e.write(&self.rack_id, v, "StreamsGroupHeartbeatRequest.rack_id");
        e.write(&self.rebalance_timeout_ms, v, "StreamsGroupHeartbeatRequest.rebalance_timeout_ms");
        e.write(&self.topology, v, "StreamsGroupHeartbeatRequest.topology");
        e.write(&self.active_tasks, v, "StreamsGroupHeartbeatRequest.active_tasks");
        e.write(&self.standby_tasks, v, "StreamsGroupHeartbeatRequest.standby_tasks");
        e.write(&self.warmup_tasks, v, "StreamsGroupHeartbeatRequest.warmup_tasks");
        e.write(&self.process_id, v, "StreamsGroupHeartbeatRequest.process_id");
        e.write(&self.user_endpoint, v, "StreamsGroupHeartbeatRequest.user_endpoint");
        e.write(&self.client_tags, v, "StreamsGroupHeartbeatRequest.client_tags");
        e.write(&self.task_offsets, v, "StreamsGroupHeartbeatRequest.task_offsets");
        e.write(&self.task_end_offsets, v, "StreamsGroupHeartbeatRequest.task_end_offsets");
        e.write(&self.shutdown_application, v, "StreamsGroupHeartbeatRequest.shutdown_application");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
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

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub source_topic_regex: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<Str>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
}

impl Wire for Subtopology {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "Subtopology.subtopology_id")?,
            source_topics: d.read(v, "Subtopology.source_topics")?,
            source_topic_regex: d.read(v, "Subtopology.source_topic_regex")?,
            state_changelog_topics: d.read(v, "Subtopology.state_changelog_topics")?,
            repartition_sink_topics: d.read(v, "Subtopology.repartition_sink_topics")?,
            repartition_source_topics: d.read(v, "Subtopology.repartition_source_topics")?,
            copartition_groups: d.read(v, "Subtopology.copartition_groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "Subtopology.subtopology_id");
        e.write(&self.source_topics, v, "Subtopology.source_topics");
        e.write(&self.source_topic_regex, v, "Subtopology.source_topic_regex");
        e.write(&self.state_changelog_topics, v, "Subtopology.state_changelog_topics");
        e.write(&self.repartition_sink_topics, v, "Subtopology.repartition_sink_topics");
        e.write(&self.repartition_source_topics, v, "Subtopology.repartition_source_topics");
        e.write(&self.copartition_groups, v, "Subtopology.copartition_groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
}

impl Wire for CopartitionGroup {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            source_topics: d.read(v, "CopartitionGroup.source_topics")?,
            source_topic_regex: d.read(v, "CopartitionGroup.source_topic_regex")?,
            repartition_source_topics: d.read(v, "CopartitionGroup.repartition_source_topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.source_topics, v, "CopartitionGroup.source_topics");
        e.write(&self.source_topic_regex, v, "CopartitionGroup.source_topic_regex");
        e.write(&self.repartition_source_topics, v, "CopartitionGroup.repartition_source_topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatRequest`].
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

/// Part of [`StreamsGroupHeartbeatRequest`].
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

/// Part of [`StreamsGroupHeartbeatRequest`].
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

/// Part of [`StreamsGroupHeartbeatRequest`].
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

/// Part of [`StreamsGroupHeartbeatRequest`].
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

impl Message for StreamsGroupHeartbeatRequest {
    const NAME: &'static str = "StreamsGroupHeartbeatRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
