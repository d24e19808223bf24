//! `WriteTxnMarkersRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the WriteTxnMarkers API (key 27), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteTxnMarkersRequest {
    pub markers: Vec<WritableTxnMarker>,
}

impl Wire for WriteTxnMarkersRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            markers: d.read(v, "WriteTxnMarkersRequest.markers")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.markers, v, "WriteTxnMarkersRequest.markers");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteTxnMarkersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WritableTxnMarker {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub transaction_result: bool,
    pub topics: Vec<WritableTxnMarkerTopic>,
    pub coordinator_epoch: i32,
    pub transaction_version: i8,
}

impl Wire for WritableTxnMarker {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=1 => 17,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            producer_id: d.read(v, "WritableTxnMarker.producer_id")?,
            producer_epoch: d.read(v, "WritableTxnMarker.producer_epoch")?,
            transaction_result: d.read(v, "WritableTxnMarker.transaction_result")?,
            topics: d.read(v, "WritableTxnMarker.topics")?,
            coordinator_epoch: d.read(v, "WritableTxnMarker.coordinator_epoch")?,
            transaction_version: if v.number >= 2 { d.read(v, "WritableTxnMarker.transaction_version")? } else { 0 },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "WritableTxnMarker.producer_id");
        e.write(&self.producer_epoch, v, "WritableTxnMarker.producer_epoch");
        e.write(&self.transaction_result, v, "WritableTxnMarker.transaction_result");
        e.write(&self.topics, v, "WritableTxnMarker.topics");
        e.write(&self.coordinator_epoch, v, "WritableTxnMarker.coordinator_epoch");
        if v.number >= 2 { e.write(&self.transaction_version, v, "WritableTxnMarker.transaction_version"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteTxnMarkersRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WritableTxnMarkerTopic {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
}

impl Wire for WritableTxnMarkerTopic {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "WritableTxnMarkerTopic.name")?,
            partition_indexes: d.read(v, "WritableTxnMarkerTopic.partition_indexes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "WritableTxnMarkerTopic.name");
        e.write(&self.partition_indexes, v, "WritableTxnMarkerTopic.partition_indexes");
        e.tags(v, |_| {});
    }
}

impl Message for WriteTxnMarkersRequest {
    const NAME: &'static str = "WriteTxnMarkersRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
