//! Kafka's text checkpoints: a version, a count, and one entry per line.
//!
//! `recovery-point-offset-checkpoint`, `log-start-offset-checkpoint` and `replication-offset-checkpoint` hold
//! `topic partition offset`, `leader-epoch-checkpoint` holds `epoch start-offset`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::str::{FromStr, Lines};

use bytes::Bytes;
use klamm_wire::{Str, Uuid};

use crate::log::epochs::EpochStart;
use crate::types::{Offset, TopicPartition};

const VERSION: &str = "0";

/// Why a checkpoint cannot be read. Kafka calls the file malformed; what it held must be worked out anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// Not UTF-8 text.
    NotText,
    /// The first line is not a version this software knows.
    Version,
    /// The second line is not a count, or not the number of lines that follow.
    Count,
    /// An entry that cannot be read.
    Entry {
        /// Counted from 1.
        line: usize,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("is not text"),
            Self::Version => f.write_str("begins with a version other than 0"),
            Self::Count => f.write_str("holds another number of entries than it says"),
            Self::Entry { line } => write!(f, "has an entry that cannot be read in line {line}"),
        }
    }
}

impl core::error::Error for CheckpointError {}

/// The text of an offset checkpoint.
pub fn encode_offsets<'a>(entries: impl ExactSizeIterator<Item = (&'a TopicPartition, Offset)>) -> Bytes {
    let mut text = head(entries.len());
    for (partition, offset) in entries {
        writeln!(text, "{} {} {offset}", partition.topic, partition.partition).expect("strings grow");
    }
    text.into()
}

/// Reads an offset checkpoint. An empty file has no entries.
///
/// # Errors
/// See [`CheckpointError`].
pub fn parse_offsets(bytes: &[u8]) -> Result<Vec<(TopicPartition, Offset)>, CheckpointError> {
    parse(bytes, |line| {
        let (topic, rest) = line.split_once(' ')?;
        let (partition, offset) = rest.split_once(' ')?;
        let partition = TopicPartition { topic: Str::from(topic), partition: number(partition)? };
        (!topic.is_empty() && partition.partition >= 0).then_some((partition, number(offset)?))
    })
}

/// The text of `leader-epoch-checkpoint`.
pub fn encode_epochs(entries: &[EpochStart]) -> Bytes {
    let mut text = head(entries.len());
    for entry in entries {
        writeln!(text, "{} {}", entry.epoch, entry.start_offset).expect("strings grow");
    }
    text.into()
}

/// Reads `leader-epoch-checkpoint`. An empty file has no entries.
///
/// # Errors
/// See [`CheckpointError`].
pub fn parse_epochs(bytes: &[u8]) -> Result<Vec<EpochStart>, CheckpointError> {
    parse(bytes, |line| {
        let (epoch, start_offset) = line.split_once(' ')?;
        Some(EpochStart { epoch: number(epoch)?, start_offset: number(start_offset)? })
    })
}

/// The text of `partition.metadata`.
pub fn encode_partition_metadata(topic_id: Uuid) -> Bytes {
    alloc::format!("version: 0\ntopic_id: {topic_id}").into()
}

/// The topic id in `partition.metadata`; `None` if the file does not hold one.
pub fn parse_partition_metadata(bytes: &[u8]) -> Option<Uuid> {
    let mut lines = core::str::from_utf8(bytes).ok()?.lines();
    let version = lines.next()?.strip_prefix("version:")?.trim();
    let topic_id = lines.next()?.strip_prefix("topic_id:")?.trim();
    (version == VERSION).then(|| Uuid::from_base64(topic_id)).flatten()
}

fn head(count: usize) -> String {
    alloc::format!("{VERSION}\n{count}\n")
}

fn parse<T>(bytes: &[u8], entry: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, CheckpointError> {
    let text = core::str::from_utf8(bytes).map_err(|_| CheckpointError::NotText)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines: Lines<'_> = text.lines();
    if lines.next() != Some(VERSION) {
        return Err(CheckpointError::Version);
    }
    let count: usize = lines.next().and_then(number).ok_or(CheckpointError::Count)?;
    let mut entries = Vec::new();
    for (index, line) in lines.enumerate() {
        entries.push(entry(line).ok_or(CheckpointError::Entry { line: index + 3 })?);
    }
    if entries.len() == count { Ok(entries) } else { Err(CheckpointError::Count) }
}

/// A number in plain digits; no sign but a minus, no spaces.
fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Goal: Kafka reads what is written here and the other way round. Source: Kafka's `CheckpointFile`.
    #[test]
    fn checkpoints_have_kafkas_text() {
        let partition = TopicPartition { topic: "a-topic".into(), partition: 3 };
        let text = encode_offsets([(&partition, 42)].into_iter());
        assert_eq!(&text[..], b"0\n1\na-topic 3 42\n");
        assert_eq!(parse_offsets(&text), Ok(vec![(partition, 42)]));

        let epochs = [EpochStart { epoch: 0, start_offset: 0 }, EpochStart { epoch: 5, start_offset: 77 }];
        let text = encode_epochs(&epochs);
        assert_eq!(&text[..], b"0\n2\n0 0\n5 77\n");
        assert_eq!(parse_epochs(&text), Ok(epochs.to_vec()));

        let id = Uuid([9; 16]);
        assert_eq!(parse_partition_metadata(&encode_partition_metadata(id)), Some(id));
    }

    /// Goal: a damaged checkpoint is an error, never a shorter list.
    #[test]
    fn a_damaged_checkpoint_is_refused() {
        assert_eq!(parse_offsets(b""), Ok(vec![]));
        assert_eq!(parse_offsets(b"0\n0\n"), Ok(vec![]));
        assert_eq!(parse_offsets(b"1\n0\n"), Err(CheckpointError::Version));
        assert_eq!(parse_offsets(b"0\n"), Err(CheckpointError::Count));
        assert_eq!(parse_offsets(b"0\n2\na 0 1\n"), Err(CheckpointError::Count));
        assert_eq!(parse_offsets(b"0\n1\na 0 1\nb 0 1\n"), Err(CheckpointError::Count));
        assert_eq!(parse_offsets(b"0\n1\na 0\n"), Err(CheckpointError::Entry { line: 3 }));
        assert_eq!(parse_offsets(b"0\n1\na 0 x\n"), Err(CheckpointError::Entry { line: 3 }));
        assert_eq!(parse_epochs(b"0\n1\n\xff 1\n"), Err(CheckpointError::NotText));
        assert_eq!(parse_partition_metadata(b"version: 1\ntopic_id: x"), None);
        assert_eq!(parse_partition_metadata(b""), None);
    }
}
