//! `EnvelopeRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Envelope API (key 58), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvelopeRequest {
    pub request_data: Bytes,
    pub request_principal: Option<Bytes>,
    pub client_host_address: Bytes,
}

impl Default for EnvelopeRequest {
    fn default() -> Self {
        Self {
            request_data: Bytes::new(),
            request_principal: Some(Bytes::new()),
            client_host_address: Bytes::new(),
        }
    }
}

impl Wire for EnvelopeRequest {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            request_data: d.read(v, "EnvelopeRequest.request_data")?,
            request_principal: d.read(v, "EnvelopeRequest.request_principal")?,
            client_host_address: d.read(v, "EnvelopeRequest.client_host_address")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.request_data, v, "EnvelopeRequest.request_data");
        e.write(&self.request_principal, v, "EnvelopeRequest.request_principal");
        e.write(&self.client_host_address, v, "EnvelopeRequest.client_host_address");
        e.tags(v, |_| {});
    }
}

impl Message for EnvelopeRequest {
    const NAME: &'static str = "EnvelopeRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
