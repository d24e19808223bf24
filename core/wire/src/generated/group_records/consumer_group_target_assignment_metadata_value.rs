//! `ConsumerGroupTargetAssignmentMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 6, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    pub assignment_timestamp: i64,
}

impl Wire for ConsumerGroupTargetAssignmentMetadataValue {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            assignment_epoch: d.read(v, "ConsumerGroupTargetAssignmentMetadataValue.assignment_epoch")?,
            assignment_timestamp: 0,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.assignment_timestamp = d.read(v, "ConsumerGroupTargetAssignmentMetadataValue.assignment_timestamp")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.assignment_epoch, v, "ConsumerGroupTargetAssignmentMetadataValue.assignment_epoch");
        e.tags(v, |t| {
            t.field(0, self.assignment_timestamp != 0, &self.assignment_timestamp, v, "ConsumerGroupTargetAssignmentMetadataValue.assignment_timestamp");
        });
    }
}

impl Message for ConsumerGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
