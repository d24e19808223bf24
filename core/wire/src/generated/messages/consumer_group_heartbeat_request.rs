//! `ConsumerGroupHeartbeatRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ConsumerGroupHeartbeat API (key 68), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub rebalance_timeout_ms: i32,
    pub subscribed_topic_names: Option<Vec<Str>>,
    pub subscribed_topic_regex: Option<Str>,
    pub server_assignor: Option<Str>,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
}

impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            member_id: Str::default(),
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }
}

impl Wire for ConsumerGroupHeartbeatRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 16,
            _ => 17,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ConsumerGroupHeartbeatRequest.group_id")?,
            member_id: d.read(v, "ConsumerGroupHeartbeatRequest.member_id")?,
            member_epoch: d.read(v, "ConsumerGroupHeartbeatRequest.member_epoch")?,
            instance_id: d.read(v, "ConsumerGroupHeartbeatRequest.instance_id")?,
            rack_id: d.read(v, "ConsumerGroupHeartbeatRequest.rack_id")?,
            rebalance_timeout_ms: d.read(v, "ConsumerGroupHeartbeatRequest.rebalance_timeout_ms")?,
            subscribed_topic_names: d.read(v, "ConsumerGroupHeartbeatRequest.subscribed_topic_names")?,
            subscribed_topic_regex: if v.number >= 1 { d.read(v, "ConsumerGroupHeartbeatRequest.subscribed_topic_regex")? } else { None },
            server_assignor: d.read(v, "ConsumerGroupHeartbeatRequest.server_assignor")?,
            topic_partitions: d.read(v, "ConsumerGroupHeartbeatRequest.topic_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ConsumerGroupHeartbeatRequest.group_id");
        e.write(&self.member_id, v, "ConsumerGroupHeartbeatRequest.member_id");
        e.write(&self.member_epoch, v, "ConsumerGroupHeartbeatRequest.member_epoch");
        e.write(&self.instance_id, v, "ConsumerGroupHeartbeatRequest.instance_id");
        e.write(&self.rack_id, v, "ConsumerGroupHeartbeatRequest.rack_id");
        e.write(&self.rebalance_timeout_ms, v, "ConsumerGroupHeartbeatRequest.rebalance_timeout_ms");
        e.write(&self.subscribed_topic_names, v, "ConsumerGroupHeartbeatRequest.subscribed_topic_names");
        if v.number >= 1 { e.write(&self.subscribed_topic_regex, v, "ConsumerGroupHeartbeatRequest.subscribed_topic_regex"); } else { e.absent(self.subscribed_topic_regex.is_some(), "ConsumerGroupHeartbeatRequest.subscribed_topic_regex"); }
        e.write(&self.server_assignor, v, "ConsumerGroupHeartbeatRequest.server_assignor");
        e.write(&self.topic_partitions, v, "ConsumerGroupHeartbeatRequest.topic_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ConsumerGroupHeartbeatRequest`].
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

impl Message for ConsumerGroupHeartbeatRequest {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
