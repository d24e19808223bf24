//! `OffsetCommitValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 1, versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitValue {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Str,
    pub commit_timestamp: i64,
    pub expire_timestamp: i64,
    pub topic_id: Uuid,
}

impl Default for OffsetCommitValue {
    fn default() -> Self {
        Self {
            offset: 0,
            leader_epoch: -1,
            metadata: Str::default(),
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: Uuid::ZERO,
        }
    }
}

impl Wire for OffsetCommitValue {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 18,
            1..=1 => 26,
            2..=2 => 18,
            _ => 22,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            offset: d.read(v, "OffsetCommitValue.offset")?,
            leader_epoch: if v.number >= 3 { d.read(v, "OffsetCommitValue.leader_epoch")? } else { -1 },
            metadata: d.read(v, "OffsetCommitValue.metadata")?,
            commit_timestamp: d.read(v, "OffsetCommitValue.commit_timestamp")?,
            expire_timestamp: if v.number == 1 { d.read(v, "OffsetCommitValue.expire_timestamp")? } else { -1 },
            topic_id: Uuid::ZERO,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.topic_id = d.read(v, "OffsetCommitValue.topic_id")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.offset, v, "OffsetCommitValue.offset");
        if v.number >= 3 { e.write(&self.leader_epoch, v, "OffsetCommitValue.leader_epoch"); }
        e.write(&self.metadata, v, "OffsetCommitValue.metadata");
        e.write(&self.commit_timestamp, v, "OffsetCommitValue.commit_timestamp");
        if v.number == 1 { e.write(&self.expire_timestamp, v, "OffsetCommitValue.expire_timestamp"); }
        e.tags(v, |t| {
            t.field(0, self.topic_id != Uuid::ZERO, &self.topic_id, v, "OffsetCommitValue.topic_id");
        });
    }
}

impl Message for OffsetCommitValue {
    const NAME: &'static str = "OffsetCommitValue";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 4;
}
