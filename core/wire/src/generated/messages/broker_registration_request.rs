//! `BrokerRegistrationRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the BrokerRegistration API (key 62), versions 0 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerRegistrationRequest {
    pub broker_id: i32,
    pub cluster_id: Str,
    pub incarnation_id: Uuid,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
    pub rack: Option<Str>,
    pub is_migrating_zk_broker: bool,
    pub log_dirs: Vec<Uuid>,
    pub previous_broker_epoch: i64,
    pub flush_policy: i8,
    pub synced_broker_epoch: i64,
}

impl Default for BrokerRegistrationRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            cluster_id: Str::default(),
            incarnation_id: Uuid::ZERO,
            listeners: Vec::new(),
            features: Vec::new(),
            rack: Some(Str::default()),
            is_migrating_zk_broker: false,
            log_dirs: Vec::new(),
            previous_broker_epoch: -1,
            flush_policy: -1,
            synced_broker_epoch: -1,
        }
    }
}

impl Wire for BrokerRegistrationRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 25,
            1..=1 => 26,
            2..=2 => 27,
            _ => 35,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            broker_id: d.read(v, "BrokerRegistrationRequest.broker_id")?,
            cluster_id: d.read(v, "BrokerRegistrationRequest.cluster_id")?,
            incarnation_id: d.read(v, "BrokerRegistrationRequest.incarnation_id")?,
            listeners: d.read(v, "BrokerRegistrationRequest.listeners")?,
            features: d.read(v, "BrokerRegistrationRequest.features")?,
            rack: d.read(v, "BrokerRegistrationRequest.rack")?,
            is_migrating_zk_broker: if v.number >= 1 { d.read(v, "BrokerRegistrationRequest.is_migrating_zk_broker")? } else { false },
            log_dirs: if v.number >= 2 { d.read(v, "BrokerRegistrationRequest.log_dirs")? } else { Vec::new() },
            previous_broker_epoch: if v.number >= 3 { d.read(v, "BrokerRegistrationRequest.previous_broker_epoch")? } else { -1 },
            flush_policy: -1,
            synced_broker_epoch: -1,
        };
        d.tags(v, |d, tag| {
            match tag {
                10000 if v.number >= 4 => this.flush_policy = d.read(v, "BrokerRegistrationRequest.flush_policy")?,
                10001 if v.number >= 4 => this.synced_broker_epoch = d.read(v, "BrokerRegistrationRequest.synced_broker_epoch")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "BrokerRegistrationRequest.broker_id");
        e.write(&self.cluster_id, v, "BrokerRegistrationRequest.cluster_id");
        e.write(&self.incarnation_id, v, "BrokerRegistrationRequest.incarnation_id");
        e.write(&self.listeners, v, "BrokerRegistrationRequest.listeners");
        e.write(&self.features, v, "BrokerRegistrationRequest.features");
        e.write(&self.rack, v, "BrokerRegistrationRequest.rack");
        if v.number >= 1 { e.write(&self.is_migrating_zk_broker, v, "BrokerRegistrationRequest.is_migrating_zk_broker"); } else { e.absent(self.is_migrating_zk_broker, "BrokerRegistrationRequest.is_migrating_zk_broker"); }
        if v.number >= 2 { e.write(&self.log_dirs, v, "BrokerRegistrationRequest.log_dirs"); }
        if v.number >= 3 { e.write(&self.previous_broker_epoch, v, "BrokerRegistrationRequest.previous_broker_epoch"); }
        e.tags(v, |t| {
            t.field(10000, v.number >= 4 && self.flush_policy != -1, &self.flush_policy, v, "BrokerRegistrationRequest.flush_policy");
            t.field(10001, v.number >= 4 && self.synced_broker_epoch != -1, &self.synced_broker_epoch, v, "BrokerRegistrationRequest.synced_broker_epoch");
        });
    }
}

/// Part of [`BrokerRegistrationRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Feature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl Wire for Feature {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "Feature.name")?,
            min_supported_version: d.read(v, "Feature.min_supported_version")?,
            max_supported_version: d.read(v, "Feature.max_supported_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "Feature.name");
        e.write(&self.min_supported_version, v, "Feature.min_supported_version");
        e.write(&self.max_supported_version, v, "Feature.max_supported_version");
        e.tags(v, |_| {});
    }
}

/// Part of [`BrokerRegistrationRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
}

impl Wire for Listener {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "Listener.name")?,
            host: d.read(v, "Listener.host")?,
            port: d.read(v, "Listener.port")?,
            security_protocol: d.read(v, "Listener.security_protocol")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "Listener.name");
        e.write(&self.host, v, "Listener.host");
        e.write(&self.port, v, "Listener.port");
        e.write(&self.security_protocol, v, "Listener.security_protocol");
        e.tags(v, |_| {});
    }
}

impl Message for BrokerRegistrationRequest {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 0;
}
