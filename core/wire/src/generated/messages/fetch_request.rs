//! `FetchRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Fetch API (key 1), versions 4 to 18.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchRequest {
    pub cluster_id: Option<Str>,
    pub replica_id: i32,
    pub replica_state: ReplicaState,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub isolation_level: i8,
    pub session_id: i32,
    pub session_epoch: i32,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    pub rack_id: Str,
}

impl Default for FetchRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 2147483647,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: Str::default(),
        }
    }
}

impl Wire for FetchRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=6 => 21,
            7..=10 => 33,
            11..=11 => 35,
            12..=14 => 29,
            _ => 25,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            cluster_id: None,
            replica_id: if v.number <= 14 { d.read(v, "FetchRequest.replica_id")? } else { -1 },
            replica_state: ReplicaState::default(),
            max_wait_ms: d.read(v, "FetchRequest.max_wait_ms")?,
            min_bytes: d.read(v, "FetchRequest.min_bytes")?,
            max_bytes: d.read(v, "FetchRequest.max_bytes")?,
            isolation_level: d.read(v, "FetchRequest.isolation_level")?,
            session_id: if v.number >= 7 { d.read(v, "FetchRequest.session_id")? } else { 0 },
            session_epoch: if v.number >= 7 { d.read(v, "FetchRequest.session_epoch")? } else { -1 },
            topics: d.read(v, "FetchRequest.topics")?,
            forgotten_topics_data: if v.number >= 7 { d.read(v, "FetchRequest.forgotten_topics_data")? } else { Vec::new() },
            rack_id: if v.number >= 11 { d.read(v, "FetchRequest.rack_id")? } else { Str::default() },
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.cluster_id = d.read(v, "FetchRequest.cluster_id")?,
                1 if v.number >= 15 => this.replica_state = d.read(v, "FetchRequest.replica_state")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 14 { e.write(&self.replica_id, v, "FetchRequest.replica_id"); } else { e.absent(self.replica_id != -1, "FetchRequest.replica_id"); }
        if v.number < 15 { e.absent(self.replica_state != ReplicaState::default(), "FetchRequest.replica_state"); }
        e.write(&self.max_wait_ms, v, "FetchRequest.max_wait_ms");
        e.write(&self.min_bytes, v, "FetchRequest.min_bytes");
        e.write(&self.max_bytes, v, "FetchRequest.max_bytes");
        e.write(&self.isolation_level, v, "FetchRequest.isolation_level");
        if v.number >= 7 { e.write(&self.session_id, v, "FetchRequest.session_id"); }
        if v.number >= 7 { e.write(&self.session_epoch, v, "FetchRequest.session_epoch"); }
        e.write(&self.topics, v, "FetchRequest.topics");
        if v.number >= 7 { e.write(&self.forgotten_topics_data, v, "FetchRequest.forgotten_topics_data"); } else { e.absent(!self.forgotten_topics_data.is_empty(), "FetchRequest.forgotten_topics_data"); }
        if v.number >= 11 { e.write(&self.rack_id, v, "FetchRequest.rack_id"); }
        e.tags(v, |t| {
            t.field(0, self.cluster_id.is_some(), &self.cluster_id, v, "FetchRequest.cluster_id");
            t.field(1, v.number >= 15 && self.replica_state != ReplicaState::default(), &self.replica_state, v, "FetchRequest.replica_state");
        });
    }
}

/// Part of [`FetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ForgottenTopic {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl Wire for ForgottenTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=11 => 6,
            12..=12 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: if v.number <= 12 { d.read(v, "ForgottenTopic.topic")? } else { Str::default() },
            topic_id: if v.number >= 13 { d.read(v, "ForgottenTopic.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "ForgottenTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 12 { e.write(&self.topic, v, "ForgottenTopic.topic"); }
        if v.number >= 13 { e.write(&self.topic_id, v, "ForgottenTopic.topic_id"); }
        e.write(&self.partitions, v, "ForgottenTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchTopic {
    pub topic: Str,
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
}

impl Wire for FetchTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=11 => 6,
            12..=12 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic: if v.number <= 12 { d.read(v, "FetchTopic.topic")? } else { Str::default() },
            topic_id: if v.number >= 13 { d.read(v, "FetchTopic.topic_id")? } else { Uuid::ZERO },
            partitions: d.read(v, "FetchTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 12 { e.write(&self.topic, v, "FetchTopic.topic"); }
        if v.number >= 13 { e.write(&self.topic_id, v, "FetchTopic.topic_id"); }
        e.write(&self.partitions, v, "FetchTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`FetchRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FetchPartition {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    pub last_fetched_epoch: i32,
    pub log_start_offset: i64,
    pub partition_max_bytes: i32,
    pub replica_directory_id: Uuid,
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: 9223372036854775807,
        }
    }
}

impl Wire for FetchPartition {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=4 => 16,
            5..=8 => 24,
            9..=11 => 28,
            _ => 33,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            partition: d.read(v, "FetchPartition.partition")?,
            current_leader_epoch: if v.number >= 9 { d.read(v, "FetchPartition.current_leader_epoch")? } else { -1 },
            fetch_offset: d.read(v, "FetchPartition.fetch_offset")?,
            last_fetched_epoch: if v.number >= 12 { d.read(v, "FetchPartition.last_fetched_epoch")? } else { -1 },
            log_start_offset: if v.number >= 5 { d.read(v, "FetchPartition.log_start_offset")? } else { -1 },
            partition_max_bytes: d.read(v, "FetchPartition.partition_max_bytes")?,
            replica_directory_id: Uuid::ZERO,
            high_watermark: 9223372036854775807,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 17 => this.replica_directory_id = d.read(v, "FetchPartition.replica_directory_id")?,
                1 if v.number >= 18 => this.high_watermark = d.read(v, "FetchPartition.high_watermark")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition, v, "FetchPartition.partition");
        if v.number >= 9 { e.write(&self.current_leader_epoch, v, "FetchPartition.current_leader_epoch"); }
        e.write(&self.fetch_offset, v, "FetchPartition.fetch_offset");
        if v.number >= 12 { e.write(&self.last_fetched_epoch, v, "FetchPartition.last_fetched_epoch"); } else { e.absent(self.last_fetched_epoch != -1, "FetchPartition.last_fetched_epoch"); }
        if v.number >= 5 { e.write(&self.log_start_offset, v, "FetchPartition.log_start_offset"); }
        e.write(&self.partition_max_bytes, v, "FetchPartition.partition_max_bytes");
        e.tags(v, |t| {
            t.field(0, v.number >= 17 && self.replica_directory_id != Uuid::ZERO, &self.replica_directory_id, v, "FetchPartition.replica_directory_id");
            t.field(1, v.number >= 18 && self.high_watermark != 9223372036854775807, &self.high_watermark, v, "FetchPartition.high_watermark");
        });
    }
}

/// Part of [`FetchRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self {
            replica_id: -1,
            replica_epoch: -1,
        }
    }
}

impl Wire for ReplicaState {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            replica_id: d.read(v, "ReplicaState.replica_id")?,
            replica_epoch: d.read(v, "ReplicaState.replica_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.replica_id, v, "ReplicaState.replica_id");
        e.write(&self.replica_epoch, v, "ReplicaState.replica_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const VERSIONS: RangeInclusive<i16> = 4..=18;
    const FLEXIBLE_FROM: i16 = 12;
}
