//! `RegisterBrokerRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 0), versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegisterBrokerRecord {
    pub broker_id: i32,
    pub is_migrating_zk_broker: bool,
    pub incarnation_id: Uuid,
    pub broker_epoch: i64,
    pub end_points: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    pub rack: Option<Str>,
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub flush_policy: i8,
    pub flush_changed: bool,
    pub claimed_broker_epoch: i64,
}

impl Default for RegisterBrokerRecord {
    fn default() -> Self {
        Self {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: Uuid::ZERO,
            broker_epoch: 0,
            end_points: Vec::new(),
            features: Vec::new(),
            rack: Some(Str::default()),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            flush_policy: -1,
            flush_changed: false,
            claimed_broker_epoch: -1,
        }
    }
}

impl Wire for RegisterBrokerRecord {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 33,
            1..=1 => 34,
            _ => 35,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            broker_id: d.read(v, "RegisterBrokerRecord.broker_id")?,
            is_migrating_zk_broker: if v.number >= 2 { d.read(v, "RegisterBrokerRecord.is_migrating_zk_broker")? } else { false },
            incarnation_id: d.read(v, "RegisterBrokerRecord.incarnation_id")?,
            broker_epoch: d.read(v, "RegisterBrokerRecord.broker_epoch")?,
            end_points: d.read(v, "RegisterBrokerRecord.end_points")?,
            features: d.read(v, "RegisterBrokerRecord.features")?,
            rack: d.read(v, "RegisterBrokerRecord.rack")?,
            fenced: d.read(v, "RegisterBrokerRecord.fenced")?,
            in_controlled_shutdown: if v.number >= 1 { d.read(v, "RegisterBrokerRecord.in_controlled_shutdown")? } else { false },
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            flush_policy: -1,
            flush_changed: false,
            claimed_broker_epoch: -1,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 3 => this.log_dirs = d.read(v, "RegisterBrokerRecord.log_dirs")?,
                1 if v.number >= 4 => this.cordoned_log_dirs = d.read(v, "RegisterBrokerRecord.cordoned_log_dirs")?,
                10000 if v.number >= 3 => this.flush_policy = d.read(v, "RegisterBrokerRecord.flush_policy")?,
                10001 if v.number >= 3 => this.flush_changed = d.read(v, "RegisterBrokerRecord.flush_changed")?,
                10002 if v.number >= 3 => this.claimed_broker_epoch = d.read(v, "RegisterBrokerRecord.claimed_broker_epoch")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "RegisterBrokerRecord.broker_id");
        if v.number >= 2 { e.write(&self.is_migrating_zk_broker, v, "RegisterBrokerRecord.is_migrating_zk_broker"); } else { e.absent(self.is_migrating_zk_broker, "RegisterBrokerRecord.is_migrating_zk_broker"); }
        e.write(&self.incarnation_id, v, "RegisterBrokerRecord.incarnation_id");
        e.write(&self.broker_epoch, v, "RegisterBrokerRecord.broker_epoch");
        e.write(&self.end_points, v, "RegisterBrokerRecord.end_points");
        e.write(&self.features, v, "RegisterBrokerRecord.features");
        e.write(&self.rack, v, "RegisterBrokerRecord.rack");
        e.write(&self.fenced, v, "RegisterBrokerRecord.fenced");
        if v.number >= 1 { e.write(&self.in_controlled_shutdown, v, "RegisterBrokerRecord.in_controlled_shutdown"); } else { e.absent(self.in_controlled_shutdown, "RegisterBrokerRecord.in_controlled_shutdown"); }
        if v.number < 3 { e.absent(!self.log_dirs.is_empty(), "RegisterBrokerRecord.log_dirs"); }
        if v.number < 4 { e.absent(self.cordoned_log_dirs.is_some(), "RegisterBrokerRecord.cordoned_log_dirs"); }
        if v.number < 3 { e.dropped(self.flush_policy != -1, "RegisterBrokerRecord.flush_policy"); }
        if v.number < 3 { e.dropped(self.flush_changed, "RegisterBrokerRecord.flush_changed"); }
        if v.number < 3 { e.dropped(self.claimed_broker_epoch != -1, "RegisterBrokerRecord.claimed_broker_epoch"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 3 && !self.log_dirs.is_empty(), &self.log_dirs, v, "RegisterBrokerRecord.log_dirs");
            t.field(1, v.number >= 4 && self.cordoned_log_dirs.is_some(), &self.cordoned_log_dirs, v, "RegisterBrokerRecord.cordoned_log_dirs");
            t.field(10000, v.number >= 3 && self.flush_policy != -1, &self.flush_policy, v, "RegisterBrokerRecord.flush_policy");
            t.field(10001, v.number >= 3 && self.flush_changed, &self.flush_changed, v, "RegisterBrokerRecord.flush_changed");
            t.field(10002, v.number >= 3 && self.claimed_broker_epoch != -1, &self.claimed_broker_epoch, v, "RegisterBrokerRecord.claimed_broker_epoch");
        });
    }
}

/// Part of [`RegisterBrokerRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BrokerFeature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl Wire for BrokerFeature {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "BrokerFeature.name")?,
            min_supported_version: d.read(v, "BrokerFeature.min_supported_version")?,
            max_supported_version: d.read(v, "BrokerFeature.max_supported_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "BrokerFeature.name");
        e.write(&self.min_supported_version, v, "BrokerFeature.min_supported_version");
        e.write(&self.max_supported_version, v, "BrokerFeature.max_supported_version");
        e.tags(v, |_| {});
    }
}

/// Part of [`RegisterBrokerRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BrokerEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
}

impl Wire for BrokerEndpoint {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "BrokerEndpoint.name")?,
            host: d.read(v, "BrokerEndpoint.host")?,
            port: d.read(v, "BrokerEndpoint.port")?,
            security_protocol: d.read(v, "BrokerEndpoint.security_protocol")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "BrokerEndpoint.name");
        e.write(&self.host, v, "BrokerEndpoint.host");
        e.write(&self.port, v, "BrokerEndpoint.port");
        e.write(&self.security_protocol, v, "BrokerEndpoint.security_protocol");
        e.tags(v, |_| {});
    }
}

impl Message for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 0;
}
