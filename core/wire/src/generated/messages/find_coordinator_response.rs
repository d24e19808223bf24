//! `FindCoordinatorResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the FindCoordinator API (key 10), versions 0 to 6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FindCoordinatorResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub coordinators: Vec<Coordinator>,
}

impl Default for FindCoordinatorResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
            node_id: 0,
            host: Str::default(),
            port: 0,
            coordinators: Vec::new(),
        }
    }
}

impl Wire for FindCoordinatorResponse {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 12,
            1..=2 => 18,
            3..=3 => 17,
            _ => 6,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: if v.number >= 1 { d.read(v, "FindCoordinatorResponse.throttle_time_ms")? } else { 0 },
            error_code: if v.number <= 3 { d.read(v, "FindCoordinatorResponse.error_code")? } else { ErrorCode::NONE },
            error_message: if (1..=3).contains(&v.number) { d.read(v, "FindCoordinatorResponse.error_message")? } else { Some(Str::default()) },
            node_id: if v.number <= 3 { d.read(v, "FindCoordinatorResponse.node_id")? } else { 0 },
            host: if v.number <= 3 { d.read(v, "FindCoordinatorResponse.host")? } else { Str::default() },
            port: if v.number <= 3 { d.read(v, "FindCoordinatorResponse.port")? } else { 0 },
            coordinators: if v.number >= 4 { d.read(v, "FindCoordinatorResponse.coordinators")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.throttle_time_ms, v, "FindCoordinatorResponse.throttle_time_ms"); }
        if v.number <= 3 { e.write(&self.error_code, v, "FindCoordinatorResponse.error_code"); } else { e.absent(self.error_code != ErrorCode::NONE, "FindCoordinatorResponse.error_code"); }
        if (1..=3).contains(&v.number) { e.write(&self.error_message, v, "FindCoordinatorResponse.error_message"); }
        if v.number <= 3 { e.write(&self.node_id, v, "FindCoordinatorResponse.node_id"); } else { e.absent(self.node_id != 0, "FindCoordinatorResponse.node_id"); }
        if v.number <= 3 { e.write(&self.host, v, "FindCoordinatorResponse.host"); } else { e.absent(!self.host.is_empty(), "FindCoordinatorResponse.host"); }
        if v.number <= 3 { e.write(&self.port, v, "FindCoordinatorResponse.port"); } else { e.absent(self.port != 0, "FindCoordinatorResponse.port"); }
        if v.number >= 4 { e.write(&self.coordinators, v, "FindCoordinatorResponse.coordinators"); } else { e.absent(!self.coordinators.is_empty(), "FindCoordinatorResponse.coordinators"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`FindCoordinatorResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coordinator {
    pub key: Str,
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
}

impl Default for Coordinator {
    fn default() -> Self {
        Self {
            key: Str::default(),
            node_id: 0,
            host: Str::default(),
            port: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(Str::default()),
        }
    }
}

impl Wire for Coordinator {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "Coordinator.key")?,
            node_id: d.read(v, "Coordinator.node_id")?,
            host: d.read(v, "Coordinator.host")?,
            port: d.read(v, "Coordinator.port")?,
            error_code: d.read(v, "Coordinator.error_code")?,
            error_message: d.read(v, "Coordinator.error_message")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "Coordinator.key");
        e.write(&self.node_id, v, "Coordinator.node_id");
        e.write(&self.host, v, "Coordinator.host");
        e.write(&self.port, v, "Coordinator.port");
        e.write(&self.error_code, v, "Coordinator.error_code");
        e.write(&self.error_message, v, "Coordinator.error_message");
        e.tags(v, |_| {});
    }
}

impl Message for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 3;
}
