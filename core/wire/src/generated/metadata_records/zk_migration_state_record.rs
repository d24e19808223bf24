//! `ZkMigrationStateRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 21), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ZkMigrationStateRecord {
    pub zk_migration_state: i8,
}

impl Wire for ZkMigrationStateRecord {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            zk_migration_state: d.read(v, "ZkMigrationStateRecord.zk_migration_state")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.zk_migration_state, v, "ZkMigrationStateRecord.zk_migration_state");
        e.tags(v, |_| {});
    }
}

impl Message for ZkMigrationStateRecord {
    const NAME: &'static str = "ZkMigrationStateRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
