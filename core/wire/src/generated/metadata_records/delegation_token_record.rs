//! `DelegationTokenRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 10), version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DelegationTokenRecord {
    pub owner: Str,
    pub requester: Str,
    pub renewers: Vec<Str>,
    pub issue_timestamp: i64,
    pub max_timestamp: i64,
    pub expiration_timestamp: i64,
    pub token_id: Str,
}

impl Wire for DelegationTokenRecord {
    fn min_size(_: Version) -> usize {
        29
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            owner: d.read(v, "DelegationTokenRecord.owner")?,
            requester: d.read(v, "DelegationTokenRecord.requester")?,
            renewers: d.read(v, "DelegationTokenRecord.renewers")?,
            issue_timestamp: d.read(v, "DelegationTokenRecord.issue_timestamp")?,
            max_timestamp: d.read(v, "DelegationTokenRecord.max_timestamp")?,
            expiration_timestamp: d.read(v, "DelegationTokenRecord.expiration_timestamp")?,
            token_id: d.read(v, "DelegationTokenRecord.token_id")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.owner, v, "DelegationTokenRecord.owner");
        e.write(&self.requester, v, "DelegationTokenRecord.requester");
        e.write(&self.renewers, v, "DelegationTokenRecord.renewers");
        e.write(&self.issue_timestamp, v, "DelegationTokenRecord.issue_timestamp");
        e.write(&self.max_timestamp, v, "DelegationTokenRecord.max_timestamp");
        e.write(&self.expiration_timestamp, v, "DelegationTokenRecord.expiration_timestamp");
        e.write(&self.token_id, v, "DelegationTokenRecord.token_id");
        e.tags(v, |_| {});
    }
}

impl Message for DelegationTokenRecord {
    const NAME: &'static str = "DelegationTokenRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
