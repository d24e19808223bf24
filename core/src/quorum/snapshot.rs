//! The file of a snapshot: who votes and the records that lead to an image, between a header and a footer.

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

/// What a snapshot says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) records: Vec<MetadataRecord>,
    /// Those that speak of voters, in order; empty while voters are configured.
    pub(crate) control: Vec<ControlRecord>,
}

/// The content of a snapshot's file: batches with offsets of their own, counted from 0.
///
/// `timestamp` is that of the last record of the log that the snapshot contains; `voters` are the records that say who
/// votes, none for static voters.
pub(crate) fn encode(
    id: SnapshotId,
    timestamp: i64,
    voters: &[ControlRecord],
    records: &[MetadataRecord],
) -> Vec<Bytes> {
    let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: timestamp };
    let mut batches = Vec::new();
    let mut offset = 0;
    let control = |record: &ControlRecord, offset| {
        record.to_batch(offset, id.epoch, timestamp).expect("versions that exist, with nothing to refuse")
    };
    for record in [ControlRecord::SnapshotHeader(header)].iter().chain(voters) {
        batches.push(control(record, offset));
        offset += 1;
    }
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
    batches.push(control(&footer, offset));
    batches
}

/// Reads a snapshot's file.
///
/// # Errors
/// What is wrong with the file, in words; an older snapshot may be better.
pub(crate) fn decode(file: Bytes) -> Result<Content, String> {
    let mut content = Content { records: Vec::new(), control: Vec::new() };
    let (mut has_header, mut has_footer) = (false, false);
    for (index, batch) in Batches::new(file).enumerate() {
        let batch = batch.map_err(|error| format!("batch {index}: {error}"))?;
        batch.verify_crc().map_err(|error| format!("batch {index}: {error}"))?;
        if has_footer {
            return Err("something follows the footer".into());
        }
        if !batch.is_control() {
            read_records(&batch, &mut content.records)?;
        }
        for record in control_records(&batch)? {
            match record {
                ControlRecord::SnapshotHeader(_) => has_header = true,
                ControlRecord::SnapshotFooter(_) => has_footer = true,
                other => content.control.push(other),
            }
        }
        if !has_header {
            return Err("there is no header".into());
        }
    }
    if has_footer { Ok(content) } else { Err("there is no footer".into()) }
}

/// The records of a control batch that are of a known type; none for other batches.
fn control_records(batch: &BatchView) -> Result<Vec<ControlRecord>, String> {
    let mut known = Vec::new();
    for record in batch.records().take_while(|_| batch.is_control()) {
        let record = record.map_err(|error| format!("{error}"))?;
        let (Some(key), Some(value)) = (&record.key, &record.value) else { continue };
        known.extend(ControlRecord::decode(key, value).map_err(|error| format!("{error}"))?);
    }
    Ok(known)
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
    use crate::quorum::store::StateVersion;
    use crate::quorum::voters::{Membership, VoterSet};

    const ID: SnapshotId = SnapshotId { end: 42, epoch: 3 };

    fn join(batches: &[Bytes]) -> Bytes {
        Bytes::from(batches.concat())
    }

    fn read(file: Bytes) -> Result<Vec<MetadataRecord>, String> {
        decode(file).map(|content| content.records)
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
        let batches = encode(ID, 1000, &[], &records);
        assert_eq!(batches.len(), 5, "header, three batches, footer");
        assert_eq!(read(join(&batches)), Ok(records));
        let last = BatchView::parse_first(&batches[4]).expect("a batch");
        assert_eq!((last.base_offset(), last.partition_leader_epoch()), (2502, 3));
        assert_eq!(read(join(&encode(ID, 1000, &[], &[]))), Ok(vec![]), "an empty image is an image");
    }

    /// Goal: who votes stands in front of the image, for a reader that has no log. Source: KIP-853.
    #[test]
    fn a_snapshot_says_who_votes() {
        let membership = Membership { version: StateVersion::Dynamic, voters: VoterSet::default() };
        let control = membership.to_records();
        let batches = encode(ID, 1000, &control, &[feature(30)]);
        let content = decode(join(&batches)).expect("whole");
        assert_eq!((content.control, content.records), (control, vec![feature(30)]));
        let bases = batches.iter().map(|batch| BatchView::parse_first(batch).expect("a batch").base_offset());
        assert_eq!(bases.collect::<Vec<_>>(), [0, 1, 2, 3, 4], "header, version, voters, records, footer");
    }

    /// Goal: a snapshot that is cut off or rotten is never taken for a whole one. Method: every cut and every
    /// flipped bit.
    #[test]
    fn a_damaged_snapshot_is_refused() {
        let batches = encode(ID, 1000, &[], &[feature(30)]);
        let whole = join(&batches);
        for length in 0..whole.len() {
            assert!(decode(whole.slice(..length)).is_err(), "cut at {length}");
        }
        for index in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[index] ^= 0x10;
            let decoded = read(Bytes::from(bytes));
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
            join(&encode(ID, 1000, &[], &[feature(30)])).iter().map(|byte| format!("{byte:02x}")).collect();
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
