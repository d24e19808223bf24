//! `AddPartitionsToTxnRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AddPartitionsToTxn API (key 24), versions 0 to 5.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnRequest {
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    pub v3_and_below_transactional_id: Str,
    pub v3_and_below_producer_id: i64,
    pub v3_and_below_producer_epoch: i16,
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
}

impl Wire for AddPartitionsToTxnRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 16,
            3..=3 => 13,
            _ => 2,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactions: if v.number >= 4 { d.read(v, "AddPartitionsToTxnRequest.transactions")? } else { Vec::new() },
            v3_and_below_transactional_id: if v.number <= 3 { d.read(v, "AddPartitionsToTxnRequest.v3_and_below_transactional_id")? } else { Str::default() },
            v3_and_below_producer_id: if v.number <= 3 { d.read(v, "AddPartitionsToTxnRequest.v3_and_below_producer_id")? } else { 0 },
            v3_and_below_producer_epoch: if v.number <= 3 { d.read(v, "AddPartitionsToTxnRequest.v3_and_below_producer_epoch")? } else { 0 },
            v3_and_below_topics: if v.number <= 3 { d.read(v, "AddPartitionsToTxnRequest.v3_and_below_topics")? } else { Vec::new() },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 4 { e.write(&self.transactions, v, "AddPartitionsToTxnRequest.transactions"); } else { e.absent(!self.transactions.is_empty(), "AddPartitionsToTxnRequest.transactions"); }
        if v.number <= 3 { e.write(&self.v3_and_below_transactional_id, v, "AddPartitionsToTxnRequest.v3_and_below_transactional_id"); } else { e.absent(!self.v3_and_below_transactional_id.is_empty(), "AddPartitionsToTxnRequest.v3_and_below_transactional_id"); }
        if v.number <= 3 { e.write(&self.v3_and_below_producer_id, v, "AddPartitionsToTxnRequest.v3_and_below_producer_id"); } else { e.absent(self.v3_and_below_producer_id != 0, "AddPartitionsToTxnRequest.v3_and_below_producer_id"); }
        if v.number <= 3 { e.write(&self.v3_and_below_producer_epoch, v, "AddPartitionsToTxnRequest.v3_and_below_producer_epoch"); } else { e.absent(self.v3_and_below_producer_epoch != 0, "AddPartitionsToTxnRequest.v3_and_below_producer_epoch"); }
        if v.number <= 3 { e.write(&self.v3_and_below_topics, v, "AddPartitionsToTxnRequest.v3_and_below_topics"); } else { e.absent(!self.v3_and_below_topics.is_empty(), "AddPartitionsToTxnRequest.v3_and_below_topics"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`AddPartitionsToTxnRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnTransaction {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub verify_only: bool,
    pub topics: Vec<AddPartitionsToTxnTopic>,
}

impl Wire for AddPartitionsToTxnTransaction {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            transactional_id: d.read(v, "AddPartitionsToTxnTransaction.transactional_id")?,
            producer_id: d.read(v, "AddPartitionsToTxnTransaction.producer_id")?,
            producer_epoch: d.read(v, "AddPartitionsToTxnTransaction.producer_epoch")?,
            verify_only: d.read(v, "AddPartitionsToTxnTransaction.verify_only")?,
            topics: d.read(v, "AddPartitionsToTxnTransaction.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.transactional_id, v, "AddPartitionsToTxnTransaction.transactional_id");
        e.write(&self.producer_id, v, "AddPartitionsToTxnTransaction.producer_id");
        e.write(&self.producer_epoch, v, "AddPartitionsToTxnTransaction.producer_epoch");
        e.write(&self.verify_only, v, "AddPartitionsToTxnTransaction.verify_only");
        e.write(&self.topics, v, "AddPartitionsToTxnTransaction.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AddPartitionsToTxnRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddPartitionsToTxnTopic {
    pub name: Str,
    pub partitions: Vec<i32>,
}

impl Wire for AddPartitionsToTxnTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=2 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "AddPartitionsToTxnTopic.name")?,
            partitions: d.read(v, "AddPartitionsToTxnTopic.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "AddPartitionsToTxnTopic.name");
        e.write(&self.partitions, v, "AddPartitionsToTxnTopic.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for AddPartitionsToTxnRequest {
    const NAME: &'static str = "AddPartitionsToTxnRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=5;
    const FLEXIBLE_FROM: i16 = 3;
}
