//! `WriteTxnMarkersResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the WriteTxnMarkers API (key 27), versions 1 to 2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteTxnMarkersResponse {
    pub markers: Vec<WritableTxnMarkerResult>,
}

impl Wire for WriteTxnMarkersResponse {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            markers: d.read(v, "WriteTxnMarkersResponse.markers")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.markers, v, "WriteTxnMarkersResponse.markers");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WritableTxnMarkerResult {
    pub producer_id: i64,
    pub topics: Vec<WritableTxnMarkerTopicResult>,
}

impl Wire for WritableTxnMarkerResult {
    fn min_size(_: Version) -> usize {
        10
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            producer_id: d.read(v, "WritableTxnMarkerResult.producer_id")?,
            topics: d.read(v, "WritableTxnMarkerResult.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.producer_id, v, "WritableTxnMarkerResult.producer_id");
        e.write(&self.topics, v, "WritableTxnMarkerResult.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WritableTxnMarkerTopicResult {
    pub name: Str,
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
}

impl Wire for WritableTxnMarkerTopicResult {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "WritableTxnMarkerTopicResult.name")?,
            partitions: d.read(v, "WritableTxnMarkerTopicResult.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "WritableTxnMarkerTopicResult.name");
        e.write(&self.partitions, v, "WritableTxnMarkerTopicResult.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WritableTxnMarkerPartitionResult {
    pub partition_index: i32,
    pub error_code: ErrorCode,
}

impl Wire for WritableTxnMarkerPartitionResult {
    fn min_size(_: Version) -> usize {
        7
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "WritableTxnMarkerPartitionResult.partition_index")?,
            error_code: d.read(v, "WritableTxnMarkerPartitionResult.error_code")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "WritableTxnMarkerPartitionResult.partition_index");
        e.write(&self.error_code, v, "WritableTxnMarkerPartitionResult.error_code");
        e.tags(v, |_| {});
    }
}

impl Message for WriteTxnMarkersResponse {
    const NAME: &'static str = "WriteTxnMarkersResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=2;
    const FLEXIBLE_FROM: i16 = 1;
}
