//! `ShareFetchRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ShareFetch API (key 78), versions 1 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareFetchRequest {
    pub group_id: Option<Str>,
    pub member_id: Option<Str>,
    pub share_session_epoch: i32,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub max_records: i32,
    pub batch_size: i32,
    pub share_acquire_mode: i8,
    pub is_renew_ack: bool,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
}

impl Default for ShareFetchRequest {
    fn default() -> Self {
        Self {
            group_id: None,
            member_id: Some(Str::default()),
            share_session_epoch: 0,
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 2147483647,
            max_records: 0,
            batch_size: 0,
            share_acquire_mode: 0,
            is_renew_ack: false,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
        }
    }
}

impl Wire for ShareFetchRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 29,
            _ => 31,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ShareFetchRequest.group_id")?,
            member_id: d.read(v, "ShareFetchRequest.member_id")?,
            share_session_epoch: d.read(v, "ShareFetchRequest.share_session_epoch")?,
            max_wait_ms: d.read(v, "ShareFetchRequest.max_wait_ms")?,
            min_bytes: d.read(v, "ShareFetchRequest.min_bytes")?,
            max_bytes: d.read(v, "ShareFetchRequest.max_bytes")?,
            max_records: d.read(v, "ShareFetchRequest.max_records")?,
            batch_size: d.read(v, "ShareFetchRequest.batch_size")?,
            share_acquire_mode: if v.number >= 2 { d.read(v, "ShareFetchRequest.share_acquire_mode")? } else { 0 },
            is_renew_ack: if v.number >= 2 { d.read(v, "ShareFetchRequest.is_renew_ack")? } else { false },
            topics: d.read(v, "ShareFetchRequest.topics")?,
            forgotten_topics_data: d.read(v, "ShareFetchRequest.forgotten_topics_data")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareFetchRequest.group_id");
        e.write(&self.member_id, v, "ShareFetchRequest.member_id");
        e.write(&self.share_session_epoch, v, "ShareFetchRequest.share_session_epoch");
        e.write(&self.max_wait_ms, v, "ShareFetchRequest.max_wait_ms");
        e.write(&self.min_bytes, v, "ShareFetchRequest.min_bytes");
        e.write(&self.max_bytes, v, "ShareFetchRequest.max_bytes");
        e.write(&self.max_records, v, "ShareFetchRequest.max_records");
        e.write(&self.batch_size, v, "ShareFetchRequest.batch_size");
        if v.number >= 2 { e.write(&self.share_acquire_mode, v, "ShareFetchRequest.share_acquire_mode"); }
        if v.number >= 2 { e.write(&self.is_renew_ack, v, "ShareFetchRequest.is_renew_ack"); } else { e.absent(self.is_renew_ack, "ShareFetchRequest.is_renew_ack"); }
        e.write(&self.topics, v, "ShareFetchRequest.topics");
        e.write(&self.forgotten_topics_data, v, "ShareFetchRequest.forgotten_topics_data");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ForgottenTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl Wire for ForgottenTopic {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "ForgottenTopic.topic_id")?,
            partitions: d.read(v, "ForgottenTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "ForgottenTopic.topic_id");
        e.write(&self.partitions, v, "ForgottenTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
}

impl Wire for FetchTopic {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "FetchTopic.topic_id")?,
            partitions: d.read(v, "FetchTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "FetchTopic.topic_id");
        e.write(&self.partitions, v, "FetchTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FetchPartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
}

impl Wire for FetchPartition {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "FetchPartition.partition_index")?,
            acknowledgement_batches: d.read(v, "FetchPartition.acknowledgement_batches")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "FetchPartition.partition_index");
        e.write(&self.acknowledgement_batches, v, "FetchPartition.acknowledgement_batches");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AcknowledgementBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub acknowledge_types: Vec<i8>,
}

impl Wire for AcknowledgementBatch {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            first_offset: d.read(v, "AcknowledgementBatch.first_offset")?,
            last_offset: d.read(v, "AcknowledgementBatch.last_offset")?,
            acknowledge_types: d.read(v, "AcknowledgementBatch.acknowledge_types")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.first_offset, v, "AcknowledgementBatch.first_offset");
        e.write(&self.last_offset, v, "AcknowledgementBatch.last_offset");
        e.write(&self.acknowledge_types, v, "AcknowledgementBatch.acknowledge_types");
        e.tags(v, |_| {});
    }
}

impl Message for ShareFetchRequest {
    const NAME: &'static str = "ShareFetchRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
