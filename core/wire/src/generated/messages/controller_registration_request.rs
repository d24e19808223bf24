//! `ControllerRegistrationRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the ControllerRegistration API (key 70), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ControllerRegistrationRequest {
    pub controller_id: i32,
    pub incarnation_id: Uuid,
    pub zk_migration_ready: bool,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
}

impl Wire for ControllerRegistrationRequest {
    fn min_size(_: Version) -> usize {
        24
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            controller_id: d.read(v, "ControllerRegistrationRequest.controller_id")?,
            incarnation_id: d.read(v, "ControllerRegistrationRequest.incarnation_id")?,
            zk_migration_ready: d.read(v, "ControllerRegistrationRequest.zk_migration_ready")?,
            listeners: d.read(v, "ControllerRegistrationRequest.listeners")?,
            features: d.read(v, "ControllerRegistrationRequest.features")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.controller_id, v, "ControllerRegistrationRequest.controller_id");
        e.write(&self.incarnation_id, v, "ControllerRegistrationRequest.incarnation_id");
        e.write(&self.zk_migration_ready, v, "ControllerRegistrationRequest.zk_migration_ready");
        e.write(&self.listeners, v, "ControllerRegistrationRequest.listeners");
        e.write(&self.features, v, "ControllerRegistrationRequest.features");
        e.tags(v, |_| {});
    }
}

/// Part of [`ControllerRegistrationRequest`].
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

/// Part of [`ControllerRegistrationRequest`].
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

impl Message for ControllerRegistrationRequest {
    const NAME: &'static str = "ControllerRegistrationRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
