//! `BrokerRegistrationChangeRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 17), versions 0 to 3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BrokerRegistrationChangeRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub fenced: i8,
    pub in_controlled_shutdown: i8,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Wire for BrokerRegistrationChangeRecord {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            broker_id: d.read(v, "BrokerRegistrationChangeRecord.broker_id")?,
            broker_epoch: d.read(v, "BrokerRegistrationChangeRecord.broker_epoch")?,
            fenced: 0,
            in_controlled_shutdown: 0,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.fenced = d.read(v, "BrokerRegistrationChangeRecord.fenced")?,
                1 if v.number >= 1 => this.in_controlled_shutdown = d.read(v, "BrokerRegistrationChangeRecord.in_controlled_shutdown")?,
                2 if v.number >= 2 => this.log_dirs = d.read(v, "BrokerRegistrationChangeRecord.log_dirs")?,
                3 if v.number >= 3 => this.cordoned_log_dirs = d.read(v, "BrokerRegistrationChangeRecord.cordoned_log_dirs")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "BrokerRegistrationChangeRecord.broker_id");
        e.write(&self.broker_epoch, v, "BrokerRegistrationChangeRecord.broker_epoch");
        if v.number < 1 { e.absent(self.in_controlled_shutdown != 0, "BrokerRegistrationChangeRecord.in_controlled_shutdown"); }
        if v.number < 2 { e.absent(!self.log_dirs.is_empty(), "BrokerRegistrationChangeRecord.log_dirs"); }
        if v.number < 3 { e.absent(self.cordoned_log_dirs.is_some(), "BrokerRegistrationChangeRecord.cordoned_log_dirs"); }
        e.tags(v, |t| {
            t.field(0, self.fenced != 0, &self.fenced, v, "BrokerRegistrationChangeRecord.fenced");
            t.field(1, v.number >= 1 && self.in_controlled_shutdown != 0, &self.in_controlled_shutdown, v, "BrokerRegistrationChangeRecord.in_controlled_shutdown");
            t.field(2, v.number >= 2 && !self.log_dirs.is_empty(), &self.log_dirs, v, "BrokerRegistrationChangeRecord.log_dirs");
            t.field(3, v.number >= 3 && self.cordoned_log_dirs.is_some(), &self.cordoned_log_dirs, v, "BrokerRegistrationChangeRecord.cordoned_log_dirs");
        });
    }
}

impl Message for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
    const FLEXIBLE_FROM: i16 = 0;
}
