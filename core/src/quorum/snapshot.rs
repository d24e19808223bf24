//! The file of a snapshot: the records that lead to an image, between a header and a footer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::{BatchBuilder, BatchView, Batches, ControlRecord};
use klamm_wire::messages::{SnapshotFooterRecord, SnapshotHeaderRecord};
use klamm_wire::metadata_records::MetadataRecord;

use crate::types::{LeaderEpoch, Offset};

/// Names a snapshot: what it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SnapshotId {
    /// The log below this offset is in it.
    pub(crate) end: Offset,
    /// Epoch of the record at `end - 1`.
    pub(crate) epoch: LeaderEpoch,
}

const SUFFIX: &str = ".checkpoint";

/// A batch of a snapshot is closed when it has this many records or bytes: readers hold one at a time.
const BATCH_RECORDS: i32 = 1000;
const BATCH_BYTES: usize = 1 << 20;

impl SnapshotId {
    /// The name of the file: `%020d-%010d.checkpoint`.
    pub(crate) fn file_name(self) -> String {
        assert!(self.end >= 0 && self.epoch >= 0, "{self:?} is of something");
        format!("{:020}-{:010}{SUFFIX}", self.end, self.epoch)
    }

    /// The snapshot of that name; `None` for other files.
    pub(crate) fn of_file_name(name: &str) -> Option<Self> {
        let (end, epoch) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(end, 20) || !digits(epoch, 10) {
            return None;
        }
        Some(Self { end: end.parse().ok()?, epoch: epoch.parse().ok()? })
    }
}

/// The content of a snapshot's file: batches with offsets of their own, counted from 0.
///
/// `timestamp` is that of the last record of the log that the snapshot contains.
pub(crate) fn encode(id: SnapshotId, timestamp: i64, records: &[MetadataRecord]) -> Vec<Bytes> {
    let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: timestamp };
    let mut batches = Vec::new();
    let mut offset = 0;
    let control = |record: ControlRecord, offset| {
        record.to_batch(offset, id.epoch, timestamp).expect("versions that exist, with nothing to refuse")
    };
    batches.push(control(ControlRecord::SnapshotHeader(header), offset));
    offset += 1;
    let mut records = records.iter().peekable();
    while records.peek().is_some() {
        let mut builder = BatchBuilder::default().base_offset(offset).leader_epoch(id.epoch);
        while builder.count() < BATCH_RECORDS && builder.uncompressed_size() < BATCH_BYTES {
            let Some(record) = records.next() else { break };
            let value = record.encode_framed().unwrap_or_else(|error| panic!("{record:?}: {error}"));
            builder.append(timestamp, None, Some(&value), &[]);
        }
        offset += i64::from(builder.count());
        batches.push(builder.build().expect("metadata records are not compressed"));
    }
    let footer = ControlRecord::SnapshotFooter(SnapshotFooterRecord { version: 0 });
    batches.push(control(footer, offset));
    batches
}

/// The records in a snapshot's file.
///
/// # Errors
/// What is wrong with the file, in words; an older snapshot may be better.
pub(crate) fn decode(content: Bytes) -> Result<Vec<MetadataRecord>, String> {
    let mut records = Vec::new();
    let mut last = None;
    for (index, batch) in Batches::new(content).enumerate() {
        let batch = batch.map_err(|error| format!("batch {index}: {error}"))?;
        batch.verify_crc().map_err(|error| format!("batch {index}: {error}"))?;
        if matches!(last, Some(ControlRecord::SnapshotFooter(_))) {
            return Err("something follows the footer".into());
        }
        last = control_record(&batch)?;
        if index == 0 && !matches!(last, Some(ControlRecord::SnapshotHeader(_))) {
            return Err("there is no header".into());
        }
        if !batch.is_control() {
            read_records(&batch, &mut records)?;
        }
    }
    match last {
        Some(ControlRecord::SnapshotFooter(_)) => Ok(records),
        _ => Err("there is no footer".into()),
    }
}

/// The last record of a control batch that is of a known type.
fn control_record(batch: &BatchView) -> Result<Option<ControlRecord>, String> {
    let mut last = None;
    if batch.is_control() {
        for record in batch.records() {
            let record = record.map_err(|error| format!("{error}"))?;
            let (Some(key), Some(value)) = (&record.key, &record.value) else { continue };
            last = ControlRecord::decode(key, value).map_err(|error| format!("{error}"))?;
        }
    }
    Ok(last)
}

fn read_records(batch: &BatchView, records: &mut Vec<MetadataRecord>) -> Result<(), String> {
    for record in batch.records_decompressed(usize::MAX).map_err(|error| format!("{error}"))? {
        let record = record.map_err(|error| format!("{error}"))?;
        let value = record.value.ok_or("a record has no value")?;
        records.push(MetadataRecord::decode_framed(&value).map_err(|error| format!("{error}"))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::metadata_records::{FeatureLevelRecord, NoOpRecord};

    use super::*;

    const ID: SnapshotId = SnapshotId { end: 42, epoch: 3 };

    fn join(batches: &[Bytes]) -> Bytes {
        Bytes::from(batches.concat())
    }

    fn feature(level: i16) -> MetadataRecord {
        FeatureLevelRecord { name: "metadata.version".into(), feature_level: level }.into()
    }

    /// Goal: names are Kafka's, and nothing else counts as a snapshot.
    #[test]
    fn names_say_what_is_covered() {
        assert_eq!(ID.file_name(), "00000000000000000042-0000000003.checkpoint");
        assert_eq!(SnapshotId::of_file_name(&ID.file_name()), Some(ID));
        for other in [
            "quorum-state",
            "00000000000000000042.log",
            "00000000000000000042-0000000003.checkpoint.part",
            "42-3.checkpoint",
            "0000000000000000004x-0000000003.checkpoint",
        ] {
            assert_eq!(SnapshotId::of_file_name(other), None, "{other}");
        }
    }

    /// Goal: what was written is read, over the border of a batch. Method: more records than one batch holds.
    #[test]
    fn a_snapshot_reads_back_as_written() {
        let mut records = vec![feature(30)];
        records.extend((0..2500).map(|_| MetadataRecord::from(NoOpRecord::default())));
        let batches = encode(ID, 1000, &records);
        assert_eq!(batches.len(), 5, "header, three batches, footer");
        assert_eq!(decode(join(&batches)), Ok(records));
        let last = BatchView::parse_first(&batches[4]).expect("a batch");
        assert_eq!((last.base_offset(), last.partition_leader_epoch()), (2502, 3));
        assert_eq!(decode(join(&encode(ID, 1000, &[]))), Ok(vec![]), "an empty image is an image");
    }

    /// Goal: a snapshot that is cut off or rotten is never taken for a whole one. Method: every cut and every
    /// flipped bit.
    #[test]
    fn a_damaged_snapshot_is_refused() {
        let batches = encode(ID, 1000, &[feature(30)]);
        let whole = join(&batches);
        for length in 0..whole.len() {
            assert!(decode(whole.slice(..length)).is_err(), "cut at {length}");
        }
        for index in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[index] ^= 0x10;
            let decoded = decode(Bytes::from(bytes));
            // Base offsets and epochs lie outside the checksums, and nothing depends on them here.
            assert!(decoded.is_err() || decoded == Ok(vec![feature(30)]), "flipped at {index}");
        }
        assert!(decode(join(&batches[1..])).is_err(), "no header");
        assert!(decode(join(&[&batches[..], &batches[1..2]].concat())).is_err(), "more behind the footer");
    }

    /// Goal: Kafka's tools read the file. Method: the bytes of a small snapshot, as checked with
    /// `DumpLogSegments --cluster-metadata-decoder`.
    #[test]
    fn a_small_snapshot_has_known_bytes() {
        let hex: String =
            join(&encode(ID, 1000, &[feature(30)])).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, GOLDEN);
    }

    const GOLDEN: &str = concat!(
        "000000000000000000000047000000030221ede7c800200000000000000000000003e800000000000003e8ffffffffff",
        "ffffffffffffffffff000000012a000000080000000316000000000000000003e8000000000000000000010000004f00",
        "0000030235c13d6d00000000000000000000000003e800000000000003e8ffffffffffffffffffffffffffff00000001",
        "3a000000012e010c00116d657461646174612e76657273696f6e001e000000000000000000020000003f00000003028d",
        "b697cb00200000000000000000000003e800000000000003e8ffffffffffffffffffffffffffff000000011a00000008",
        "000000040600000000",
    );
}
