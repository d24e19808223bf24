//! `GetTelemetrySubscriptionsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the GetTelemetrySubscriptions API (key 71), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GetTelemetrySubscriptionsRequest {
    pub client_instance_id: Uuid,
}

impl Wire for GetTelemetrySubscriptionsRequest {
    fn min_size(_: Version) -> usize {
        17
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            client_instance_id: d.read(v, "GetTelemetrySubscriptionsRequest.client_instance_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.client_instance_id, v, "GetTelemetrySubscriptionsRequest.client_instance_id");
        e.tags(v, |_| {});
    }
}

impl Message for GetTelemetrySubscriptionsRequest {
    const NAME: &'static str = "GetTelemetrySubscriptionsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
