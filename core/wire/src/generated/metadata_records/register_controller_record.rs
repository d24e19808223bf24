//! `RegisterControllerRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 27), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RegisterControllerRecord {
    pub controller_id: i32,
    pub incarnation_id: Uuid,
    pub zk_migration_ready: bool,
    pub end_points: Vec<ControllerEndpoint>,
    pub features: Vec<ControllerFeature>,
}

impl Wire for RegisterControllerRecord {
    fn min_size(_: Version) -> usize {
        24
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            controller_id: d.read(v, "RegisterControllerRecord.controller_id")?,
            incarnation_id: d.read(v, "RegisterControllerRecord.incarnation_id")?,
            zk_migration_ready: d.read(v, "RegisterControllerRecord.zk_migration_ready")?,
            end_points: d.read(v, "RegisterControllerRecord.end_points")?,
            features: d.read(v, "RegisterControllerRecord.features")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.controller_id, v, "RegisterControllerRecord.controller_id");
        e.write(&self.incarnation_id, v, "RegisterControllerRecord.incarnation_id");
        e.write(&self.zk_migration_ready, v, "RegisterControllerRecord.zk_migration_ready");
        e.write(&self.end_points, v, "RegisterControllerRecord.end_points");
        e.write(&self.features, v, "RegisterControllerRecord.features");
        e.tags(v, |_| {});
    }
}

/// Part of [`RegisterControllerRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ControllerFeature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl Wire for ControllerFeature {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ControllerFeature.name")?,
            min_supported_version: d.read(v, "ControllerFeature.min_supported_version")?,
            max_supported_version: d.read(v, "ControllerFeature.max_supported_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ControllerFeature.name");
        e.write(&self.min_supported_version, v, "ControllerFeature.min_supported_version");
        e.write(&self.max_supported_version, v, "ControllerFeature.max_supported_version");
        e.tags(v, |_| {});
    }
}

/// Part of [`RegisterControllerRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ControllerEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
}

impl Wire for ControllerEndpoint {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "ControllerEndpoint.name")?,
            host: d.read(v, "ControllerEndpoint.host")?,
            port: d.read(v, "ControllerEndpoint.port")?,
            security_protocol: d.read(v, "ControllerEndpoint.security_protocol")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "ControllerEndpoint.name");
        e.write(&self.host, v, "ControllerEndpoint.host");
        e.write(&self.port, v, "ControllerEndpoint.port");
        e.write(&self.security_protocol, v, "ControllerEndpoint.security_protocol");
        e.tags(v, |_| {});
    }
}

impl Message for RegisterControllerRecord {
    const NAME: &'static str = "RegisterControllerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
