//! `AlterReplicaLogDirsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterReplicaLogDirs API (key 34), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDirsRequest {
    pub dirs: Vec<AlterReplicaLogDir>,
}

impl Wire for AlterReplicaLogDirsRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 4,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            dirs: d.read(v, "AlterReplicaLogDirsRequest.dirs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.dirs, v, "AlterReplicaLogDirsRequest.dirs");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterReplicaLogDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDir {
    pub path: Str,
    pub topics: Vec<AlterReplicaLogDirTopic>,
}

impl Wire for AlterReplicaLogDir {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            path: d.read(v, "AlterReplicaLogDir.path")?,
            topics: d.read(v, "AlterReplicaLogDir.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.path, v, "AlterReplicaLogDir.path");
        e.write(&self.topics, v, "AlterReplicaLogDir.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterReplicaLogDirsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlterReplicaLogDirTopic {
    pub name: Str,
    pub partitions: Vec<i32>,
}

impl Wire for AlterReplicaLogDirTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "AlterReplicaLogDirTopic.name")?,
            partitions: d.read(v, "AlterReplicaLogDirTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "AlterReplicaLogDirTopic.name");
        e.write(&self.partitions, v, "AlterReplicaLogDirTopic.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for AlterReplicaLogDirsRequest {
    const NAME: &'static str = "AlterReplicaLogDirsRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 2;
}
