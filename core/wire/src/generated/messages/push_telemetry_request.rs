//! `PushTelemetryRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the PushTelemetry API (key 72), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PushTelemetryRequest {
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub terminating: bool,
    pub compression_type: i8,
    pub metrics: Bytes,
}

impl Wire for PushTelemetryRequest {
    fn min_size(_: Version) -> usize {
        24
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            client_instance_id: d.read(v, "PushTelemetryRequest.client_instance_id")?,
            subscription_id: d.read(v, "PushTelemetryRequest.subscription_id")?,
            terminating: d.read(v, "PushTelemetryRequest.terminating")?,
            compression_type: d.read(v, "PushTelemetryRequest.compression_type")?,
            metrics: d.read(v, "PushTelemetryRequest.metrics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.client_instance_id, v, "PushTelemetryRequest.client_instance_id");
        e.write(&self.subscription_id, v, "PushTelemetryRequest.subscription_id");
        e.write(&self.terminating, v, "PushTelemetryRequest.terminating");
        e.write(&self.compression_type, v, "PushTelemetryRequest.compression_type");
        e.write(&self.metrics, v, "PushTelemetryRequest.metrics");
        e.tags(v, |_| {});
    }
}

impl Message for PushTelemetryRequest {
    const NAME: &'static str = "PushTelemetryRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
