//! `StreamsGroupTargetAssignmentMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 20, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    pub assignment_timestamp: i64,
}

impl Wire for StreamsGroupTargetAssignmentMetadataValue {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            assignment_epoch: d.read(v, "StreamsGroupTargetAssignmentMetadataValue.assignment_epoch")?,
            assignment_timestamp: 0,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.assignment_timestamp = d.read(v, "StreamsGroupTargetAssignmentMetadataValue.assignment_timestamp")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.assignment_epoch, v, "StreamsGroupTargetAssignmentMetadataValue.assignment_epoch");
        e.tags(v, |t| {
            t.field(0, self.assignment_timestamp != 0, &self.assignment_timestamp, v, "StreamsGroupTargetAssignmentMetadataValue.assignment_timestamp");
        });
    }
}

impl Message for StreamsGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
