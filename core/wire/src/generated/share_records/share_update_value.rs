//! `ShareUpdateValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 1, version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareUpdateValue {
    pub snapshot_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub state_batches: Vec<StateBatch>,
}

impl Default for ShareUpdateValue {
    fn default() -> Self {
        Self {
            snapshot_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            state_batches: Vec::new(),
        }
    }
}

impl Wire for ShareUpdateValue {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            snapshot_epoch: d.read(v, "ShareUpdateValue.snapshot_epoch")?,
            leader_epoch: d.read(v, "ShareUpdateValue.leader_epoch")?,
            start_offset: d.read(v, "ShareUpdateValue.start_offset")?,
            delivery_complete_count: -1,
            state_batches: d.read(v, "ShareUpdateValue.state_batches")?,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.delivery_complete_count = d.read(v, "ShareUpdateValue.delivery_complete_count")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.snapshot_epoch, v, "ShareUpdateValue.snapshot_epoch");
        e.write(&self.leader_epoch, v, "ShareUpdateValue.leader_epoch");
        e.write(&self.start_offset, v, "ShareUpdateValue.start_offset");
        e.write(&self.state_batches, v, "ShareUpdateValue.state_batches");
        e.tags(v, |t| {
            t.field(0, self.delivery_complete_count != -1, &self.delivery_complete_count, v, "ShareUpdateValue.delivery_complete_count");
        });
    }
}

/// Part of [`ShareUpdateValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
}

impl Wire for StateBatch {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            first_offset: d.read(v, "StateBatch.first_offset")?,
            last_offset: d.read(v, "StateBatch.last_offset")?,
            delivery_state: d.read(v, "StateBatch.delivery_state")?,
            delivery_count: d.read(v, "StateBatch.delivery_count")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.first_offset, v, "StateBatch.first_offset");
        e.write(&self.last_offset, v, "StateBatch.last_offset");
        e.write(&self.delivery_state, v, "StateBatch.delivery_state");
        e.write(&self.delivery_count, v, "StateBatch.delivery_count");
        e.tags(v, |_| {});
    }
}

impl Message for ShareUpdateValue {
    const NAME: &'static str = "ShareUpdateValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
