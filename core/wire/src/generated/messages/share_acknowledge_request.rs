//! `ShareAcknowledgeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ShareAcknowledge API (key 79), versions 1 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareAcknowledgeRequest {
    pub group_id: Option<Str>,
    pub member_id: Option<Str>,
    pub share_session_epoch: i32,
    pub is_renew_ack: bool,
    pub topics: Vec<AcknowledgeTopic>,
}

impl Default for ShareAcknowledgeRequest {
    fn default() -> Self {
        Self {
            group_id: None,
            member_id: Some(Str::default()),
            share_session_epoch: 0,
            is_renew_ack: false,
            topics: Vec::new(),
        }
    }
}

impl Wire for ShareAcknowledgeRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 8,
            _ => 9,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "ShareAcknowledgeRequest.group_id")?,
            member_id: d.read(v, "ShareAcknowledgeRequest.member_id")?,
            share_session_epoch: d.read(v, "ShareAcknowledgeRequest.share_session_epoch")?,
            is_renew_ack: if v.number >= 2 { d.read(v, "ShareAcknowledgeRequest.is_renew_ack")? } else { false },
            topics: d.read(v, "ShareAcknowledgeRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "ShareAcknowledgeRequest.group_id");
        e.write(&self.member_id, v, "ShareAcknowledgeRequest.member_id");
        e.write(&self.share_session_epoch, v, "ShareAcknowledgeRequest.share_session_epoch");
        if v.number >= 2 { e.write(&self.is_renew_ack, v, "ShareAcknowledgeRequest.is_renew_ack"); } else { e.absent(self.is_renew_ack, "ShareAcknowledgeRequest.is_renew_ack"); }
        e.write(&self.topics, v, "ShareAcknowledgeRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AcknowledgeTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<AcknowledgePartition>,
}

impl Wire for AcknowledgeTopic {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "AcknowledgeTopic.topic_id")?,
            partitions: d.read(v, "AcknowledgeTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "AcknowledgeTopic.topic_id");
        e.write(&self.partitions, v, "AcknowledgeTopic.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AcknowledgePartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
}

impl Wire for AcknowledgePartition {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "AcknowledgePartition.partition_index")?,
            acknowledgement_batches: d.read(v, "AcknowledgePartition.acknowledgement_batches")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "AcknowledgePartition.partition_index");
        e.write(&self.acknowledgement_batches, v, "AcknowledgePartition.acknowledgement_batches");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareAcknowledgeRequest`].
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

impl Message for ShareAcknowledgeRequest {
    const NAME: &'static str = "ShareAcknowledgeRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
