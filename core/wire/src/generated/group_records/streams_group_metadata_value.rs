//! `StreamsGroupMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 17, version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub validated_topology_epoch: i32,
    pub last_assignment_configs: Option<Vec<LastAssignmentConfig>>,
}

impl Default for StreamsGroupMetadataValue {
    fn default() -> Self {
        Self {
            epoch: 0,
            metadata_hash: 0,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Vec::new()),
        }
    }
}

impl Wire for StreamsGroupMetadataValue {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            epoch: d.read(v, "StreamsGroupMetadataValue.epoch")?,
            metadata_hash: d.read(v, "StreamsGroupMetadataValue.metadata_hash")?,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Vec::new()),
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.validated_topology_epoch = d.read(v, "StreamsGroupMetadataValue.validated_topology_epoch")?,
                1 => this.last_assignment_configs = d.read(v, "StreamsGroupMetadataValue.last_assignment_configs")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "StreamsGroupMetadataValue.epoch");
        e.write(&self.metadata_hash, v, "StreamsGroupMetadataValue.metadata_hash");
        e.tags(v, |t| {
            t.field(0, self.validated_topology_epoch != -1, &self.validated_topology_epoch, v, "StreamsGroupMetadataValue.validated_topology_epoch");
            t.field(1, self.last_assignment_configs.as_ref().is_none_or(|x| !x.is_empty()), &self.last_assignment_configs, v, "StreamsGroupMetadataValue.last_assignment_configs");
        });
    }
}

/// Part of [`StreamsGroupMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LastAssignmentConfig {
    pub key: Str,
    pub value: Str,
}

impl Wire for LastAssignmentConfig {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "LastAssignmentConfig.key")?,
            value: d.read(v, "LastAssignmentConfig.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "LastAssignmentConfig.key");
        e.write(&self.value, v, "LastAssignmentConfig.value");
        e.tags(v, |_| {});
    }
}

impl Message for StreamsGroupMetadataValue {
    const NAME: &'static str = "StreamsGroupMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
