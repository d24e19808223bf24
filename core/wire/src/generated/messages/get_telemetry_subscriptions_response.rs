//! `GetTelemetrySubscriptionsResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the GetTelemetrySubscriptions API (key 71), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GetTelemetrySubscriptionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub accepted_compression_types: Vec<i8>,
    pub push_interval_ms: i32,
    pub telemetry_max_bytes: i32,
    pub delta_temporality: bool,
    pub requested_metrics: Vec<Str>,
}

impl Wire for GetTelemetrySubscriptionsResponse {
    fn min_size(_: Version) -> usize {
        38
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "GetTelemetrySubscriptionsResponse.throttle_time_ms")?,
            error_code: d.read(v, "GetTelemetrySubscriptionsResponse.error_code")?,
            client_instance_id: d.read(v, "GetTelemetrySubscriptionsResponse.client_instance_id")?,
            subscription_id: d.read(v, "GetTelemetrySubscriptionsResponse.subscription_id")?,
            accepted_compression_types: d.read(v, "GetTelemetrySubscriptionsResponse.accepted_compression_types")?,
            push_interval_ms: d.read(v, "GetTelemetrySubscriptionsResponse.push_interval_ms")?,
            telemetry_max_bytes: d.read(v, "GetTelemetrySubscriptionsResponse.telemetry_max_bytes")?,
            delta_temporality: d.read(v, "GetTelemetrySubscriptionsResponse.delta_temporality")?,
            requested_metrics: d.read(v, "GetTelemetrySubscriptionsResponse.requested_metrics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "GetTelemetrySubscriptionsResponse.throttle_time_ms");
        e.write(&self.error_code, v, "GetTelemetrySubscriptionsResponse.error_code");
        e.write(&self.client_instance_id, v, "GetTelemetrySubscriptionsResponse.client_instance_id");
        e.write(&self.subscription_id, v, "GetTelemetrySubscriptionsResponse.subscription_id");
        e.write(&self.accepted_compression_types, v, "GetTelemetrySubscriptionsResponse.accepted_compression_types");
        e.write(&self.push_interval_ms, v, "GetTelemetrySubscriptionsResponse.push_interval_ms");
        e.write(&self.telemetry_max_bytes, v, "GetTelemetrySubscriptionsResponse.telemetry_max_bytes");
        e.write(&self.delta_temporality, v, "GetTelemetrySubscriptionsResponse.delta_temporality");
        e.write(&self.requested_metrics, v, "GetTelemetrySubscriptionsResponse.requested_metrics");
        e.tags(v, |_| {});
    }
}

impl Message for GetTelemetrySubscriptionsResponse {
    const NAME: &'static str = "GetTelemetrySubscriptionsResponse";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
