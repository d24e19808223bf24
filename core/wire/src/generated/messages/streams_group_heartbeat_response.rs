//! `StreamsGroupHeartbeatResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the StreamsGroupHeartbeat API (key 88), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsGroupHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub member_id: Str,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    pub acceptable_recovery_lag: i32,
    pub task_offset_interval_ms: i32,
    pub status: Option<Vec<Status>>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub endpoint_information_epoch: i32,
    pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
}

impl Default for StreamsGroupHeartbeatResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: None,
            member_id: Str::default(),
            member_epoch: 0,
            heartbeat_interval_ms: 0,
            acceptable_recovery_lag: 0,
            task_offset_interval_ms: 0,
            status: Some(Vec::new()),
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            endpoint_information_epoch: 0,
            partitions_by_user_endpoint: None,
        }
    }
}

impl Wire for StreamsGroupHeartbeatResponse {
    fn min_size(_: Version) -> usize {
        34
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "StreamsGroupHeartbeatResponse.throttle_time_ms")?,
            error_code: d.read(v, "StreamsGroupHeartbeatResponse.error_code")?,
            error_message: d.read(v, "StreamsGroupHeartbeatResponse.error_message")?,
            member_id: d.read(v, "StreamsGroupHeartbeatResponse.member_id")?,
            member_epoch: d.read(v, "StreamsGroupHeartbeatResponse.member_epoch")?,
            heartbeat_interval_ms: d.read(v, "StreamsGroupHeartbeatResponse.heartbeat_interval_ms")?,
            acceptable_recovery_lag: d.read(v, "StreamsGroupHeartbeatResponse.acceptable_recovery_lag")?,
            task_offset_interval_ms: d.read(v, "StreamsGroupHeartbeatResponse.task_offset_interval_ms")?,
            status: d.read(v, "StreamsGroupHeartbeatResponse.status")?,
            active_tasks: d.read(v, "StreamsGroupHeartbeatResponse.active_tasks")?,
            standby_tasks: d.read(v, "StreamsGroupHeartbeatResponse.standby_tasks")?,
            warmup_tasks: d.read(v, "StreamsGroupHeartbeatResponse.warmup_tasks")?,
            endpoint_information_epoch: d.read(v, "StreamsGroupHeartbeatResponse.endpoint_information_epoch")?,
            partitions_by_user_endpoint: d.read(v, "StreamsGroupHeartbeatResponse.partitions_by_user_endpoint")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "StreamsGroupHeartbeatResponse.throttle_time_ms");
        e.write(&self.error_code, v, "StreamsGroupHeartbeatResponse.error_code");
        e.write(&self.error_message, v, "StreamsGroupHeartbeatResponse.error_message");
        e.write(&self.member_id, v, "StreamsGroupHeartbeatResponse.member_id");
        e.write(&self.member_epoch, v, "StreamsGroupHeartbeatResponse.member_epoch");
        e.write(&self.heartbeat_interval_ms, v, "StreamsGroupHeartbeatResponse.heartbeat_interval_ms");
        e.write(&self.acceptable_recovery_lag, v, "StreamsGroupHeartbeatResponse.acceptable_recovery_lag");
        e.write(&self.task_offset_interval_ms, v, "StreamsGroupHeartbeatResponse.task_offset_interval_ms");
        e.write(&self.status, v, "StreamsGroupHeartbeatResponse.status");
        e.write(&self.active_tasks, v, "StreamsGroupHeartbeatResponse.active_tasks");
        e.write(&self.standby_tasks, v, "StreamsGroupHeartbeatResponse.standby_tasks");
        e.write(&self.warmup_tasks, v, "StreamsGroupHeartbeatResponse.warmup_tasks");
        e.write(&self.endpoint_information_epoch, v, "StreamsGroupHeartbeatResponse.endpoint_information_epoch");
        e.write(&self.partitions_by_user_endpoint, v, "StreamsGroupHeartbeatResponse.partitions_by_user_endpoint");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndpointToPartitions {
    pub user_endpoint: Endpoint,
    pub active_partitions: Vec<TopicPartition>,
    pub standby_partitions: Vec<TopicPartition>,
}

impl Wire for EndpointToPartitions {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            user_endpoint: d.read(v, "EndpointToPartitions.user_endpoint")?,
            active_partitions: d.read(v, "EndpointToPartitions.active_partitions")?,
            standby_partitions: d.read(v, "EndpointToPartitions.standby_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.user_endpoint, v, "EndpointToPartitions.user_endpoint");
        e.write(&self.active_partitions, v, "EndpointToPartitions.active_partitions");
        e.write(&self.standby_partitions, v, "EndpointToPartitions.standby_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
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

/// Part of [`StreamsGroupHeartbeatResponse`].
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

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartition {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: d.read(v, "TopicPartition.topic")?,
            partitions: d.read(v, "TopicPartition.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic, v, "TopicPartition.topic");
        e.write(&self.partitions, v, "TopicPartition.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupHeartbeatResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Status {
    pub status_code: i8,
    pub status_detail: Str,
}

impl Wire for Status {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            status_code: d.read(v, "Status.status_code")?,
            status_detail: d.read(v, "Status.status_detail")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.status_code, v, "Status.status_code");
        e.write(&self.status_detail, v, "Status.status_detail");
        e.tags(v, |_| {});
    }
}

impl Message for StreamsGroupHeartbeatResponse {
    const NAME: &'static str = "StreamsGroupHeartbeatResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
