//! `ConsumerGroupHeartbeatResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ConsumerGroupHeartbeat API (key 68), versions 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub member_id: Option<Str>,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    pub assignment: Option<Assignment>,
}

impl Wire for ConsumerGroupHeartbeatResponse {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ConsumerGroupHeartbeatResponse.throttle_time_ms")?,
            error_code: d.read(v, "ConsumerGroupHeartbeatResponse.error_code")?,
            error_message: d.read(v, "ConsumerGroupHeartbeatResponse.error_message")?,
            member_id: d.read(v, "ConsumerGroupHeartbeatResponse.member_id")?,
            member_epoch: d.read(v, "ConsumerGroupHeartbeatResponse.member_epoch")?,
            heartbeat_interval_ms: d.read(v, "ConsumerGroupHeartbeatResponse.heartbeat_interval_ms")?,
            assignment: d.read(v, "ConsumerGroupHeartbeatResponse.assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ConsumerGroupHeartbeatResponse.throttle_time_ms");
        e.write(&self.error_code, v, "ConsumerGroupHeartbeatResponse.error_code");
        e.write(&self.error_message, v, "ConsumerGroupHeartbeatResponse.error_message");
        e.write(&self.member_id, v, "ConsumerGroupHeartbeatResponse.member_id");
        e.write(&self.member_epoch, v, "ConsumerGroupHeartbeatResponse.member_epoch");
        e.write(&self.heartbeat_interval_ms, v, "ConsumerGroupHeartbeatResponse.heartbeat_interval_ms");
        e.write(&self.assignment, v, "ConsumerGroupHeartbeatResponse.assignment");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupHeartbeatResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Assignment {
    pub topic_partitions: Vec<TopicPartitions>,
}

impl Wire for Assignment {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_partitions: d.read(v, "Assignment.topic_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_partitions, v, "Assignment.topic_partitions");
        e.tags(v, |_| {});
    }
}

impl Nullable for Assignment {}

/// Part of [`ConsumerGroupHeartbeatResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartitions {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicPartitions.topic_id")?,
            partitions: d.read(v, "TopicPartitions.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartitions.topic_id");
        e.write(&self.partitions, v, "TopicPartitions.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ConsumerGroupHeartbeatResponse {
    const NAME: &'static str = "ConsumerGroupHeartbeatResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
