//! `FindCoordinatorRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the FindCoordinator API (key 10), versions 0 to 6.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FindCoordinatorRequest {
    pub key: Str,
    pub key_type: i8,
    pub coordinator_keys: Vec<Str>,
}

impl Wire for FindCoordinatorRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 2,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: if v.number <= 3 { d.read(v, "FindCoordinatorRequest.key")? } else { Str::default() },
            key_type: if v.number >= 1 { d.read(v, "FindCoordinatorRequest.key_type")? } else { 0 },
            coordinator_keys: if v.number >= 4 { d.read(v, "FindCoordinatorRequest.coordinator_keys")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 3 { e.write(&self.key, v, "FindCoordinatorRequest.key"); } else { e.absent(!self.key.is_empty(), "FindCoordinatorRequest.key"); }
        if v.number >= 1 { e.write(&self.key_type, v, "FindCoordinatorRequest.key_type"); } else { e.absent(self.key_type != 0, "FindCoordinatorRequest.key_type"); }
        if v.number >= 4 { e.write(&self.coordinator_keys, v, "FindCoordinatorRequest.coordinator_keys"); } else { e.absent(!self.coordinator_keys.is_empty(), "FindCoordinatorRequest.coordinator_keys"); }
        e.tags(v, |_| {});
    }
}

impl Message for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: i16 = 3;
}
