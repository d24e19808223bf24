//! Control batches: records for brokers and clients themselves.
//!
//! The key is a version (0) and a type. The values of transaction markers begin with a version; those of
//! the quorum's records are messages whose first field is their version.
//!
//! Source: KIP-98, KIP-595, KIP-630, KIP-853. Kafka: `ControlRecordType`, `ControlRecordUtils`.

use bytes::{BufMut, Bytes};

use super::{BatchBuilder, BatchError};
use crate::log_records::encode_value;
use crate::messages::{
    EndTxnMarker, KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
    VotersRecord,
};
use crate::{DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Message};

/// What a control record says, by the number in its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum ControlRecordType {
    /// The transaction is aborted.
    Abort = 0,
    /// The transaction is committed.
    Commit = 1,
    /// A leader of the quorum begins its epoch.
    LeaderChange = 2,
    /// First record of a snapshot.
    SnapshotHeader = 3,
    /// Last record of a snapshot.
    SnapshotFooter = 4,
    /// The version of KRaft.
    KRaftVersion = 5,
    /// The voters of the quorum.
    KRaftVoters = 6,
}

impl ControlRecordType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::Abort,
        Self::Commit,
        Self::LeaderChange,
        Self::SnapshotHeader,
        Self::SnapshotFooter,
        Self::KRaftVersion,
        Self::KRaftVoters,
    ];

    /// The type of a key; `None` if it is unknown, which readers must ignore.
    ///
    /// # Errors
    /// The key is shorter than its version and type.
    pub fn of_key(key: &Bytes) -> Result<Option<Self>, DecodeError> {
        let mut d = Decoder::new(key.clone());
        let mut read = || d.i16().and_then(|_version| d.i16());
        let number = read().map_err(|kind: DecodeErrorKind| d.error(kind, "ControlRecordType"))?;
        Ok(Self::ALL.into_iter().find(|known| *known as i16 == number))
    }
}

/// A control record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ControlRecord {
    /// The end of a transaction on this partition.
    EndTransaction {
        /// Committed, or aborted.
        commit: bool,
        /// Epoch of the coordinator that decided it.
        coordinator_epoch: i32,
    },
    /// A leader of the quorum begins its epoch. Kafka 4.3 writes and reads version 0 of it.
    LeaderChange(LeaderChangeMessage),
    /// First record of a snapshot.
    SnapshotHeader(SnapshotHeaderRecord),
    /// Last record of a snapshot.
    SnapshotFooter(SnapshotFooterRecord),
    /// The version of KRaft.
    KRaftVersion(KRaftVersionRecord),
    /// The voters of the quorum.
    KRaftVoters(VotersRecord),
}

impl ControlRecord {
    /// The type that stands in the key.
    #[must_use]
    pub const fn record_type(&self) -> ControlRecordType {
        match self {
            Self::EndTransaction { commit: false, .. } => ControlRecordType::Abort,
            Self::EndTransaction { commit: true, .. } => ControlRecordType::Commit,
            Self::LeaderChange(_) => ControlRecordType::LeaderChange,
            Self::SnapshotHeader(_) => ControlRecordType::SnapshotHeader,
            Self::SnapshotFooter(_) => ControlRecordType::SnapshotFooter,
            Self::KRaftVersion(_) => ControlRecordType::KRaftVersion,
            Self::KRaftVoters(_) => ControlRecordType::KRaftVoters,
        }
    }

    /// Key and value.
    ///
    /// # Errors
    /// The version that the record names does not exist or cannot carry what it holds.
    pub fn encode(&self) -> Result<(Bytes, Bytes), EncodeError> {
        let mut key = Encoder::new();
        key.buffer().put_i16(0);
        key.buffer().put_i16(self.record_type() as i16);
        let value = match self {
            Self::EndTransaction { coordinator_epoch, .. } => {
                encode_value(&EndTxnMarker { coordinator_epoch: *coordinator_epoch }, 0)
            }
            Self::LeaderChange(message) => message.to_bytes(message.version),
            Self::SnapshotHeader(message) => message.to_bytes(message.version),
            Self::SnapshotFooter(message) => message.to_bytes(message.version),
            Self::KRaftVersion(message) => message.to_bytes(message.version),
            Self::KRaftVoters(message) => message.to_bytes(message.version),
        };
        Ok((key.to_bytes(), value?))
    }

    /// Reads a control record; `None` if its type is unknown, which readers must ignore.
    ///
    /// # Errors
    /// Key or value are malformed. A higher version of a transaction marker is read as version 0, which
    /// later ones only extend.
    pub fn decode(key: &Bytes, value: &Bytes) -> Result<Option<Self>, DecodeError> {
        let Some(record_type) = ControlRecordType::of_key(key)? else { return Ok(None) };
        Ok(Some(match record_type {
            ControlRecordType::Abort | ControlRecordType::Commit => {
                let mut d = Decoder::new(value.clone());
                d.i16().map_err(|kind| d.error(kind, EndTxnMarker::NAME))?;
                let coordinator_epoch = EndTxnMarker::decode(&mut d, 0)?.coordinator_epoch;
                let commit = record_type == ControlRecordType::Commit;
                Self::EndTransaction { commit, coordinator_epoch }
            }
            ControlRecordType::LeaderChange => Self::LeaderChange(decode_versioned(value)?),
            ControlRecordType::SnapshotHeader => Self::SnapshotHeader(decode_versioned(value)?),
            ControlRecordType::SnapshotFooter => Self::SnapshotFooter(decode_versioned(value)?),
            ControlRecordType::KRaftVersion => Self::KRaftVersion(decode_versioned(value)?),
            ControlRecordType::KRaftVoters => Self::KRaftVoters(decode_versioned(value)?),
        }))
    }

    /// A control batch with this record alone.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn to_batch(
        &self,
        base_offset: i64,
        leader_epoch: i32,
        timestamp: i64,
    ) -> Result<Bytes, EncodeError> {
        let builder = BatchBuilder::default().base_offset(base_offset).leader_epoch(leader_epoch);
        self.finish(builder.control(), timestamp)
    }

    fn finish(&self, mut builder: BatchBuilder, timestamp: i64) -> Result<Bytes, EncodeError> {
        builder.append_control(timestamp, self)?;
        let built: Result<Bytes, BatchError> = builder.build();
        Ok(built.expect("a control record is small and uncompressed"))
    }

    /// The marker that ends a transaction: a batch that carries the producer, but no sequence.
    #[must_use]
    pub fn transaction_marker(
        producer_id: i64,
        producer_epoch: i16,
        commit: bool,
        coordinator_epoch: i32,
        timestamp: i64,
    ) -> Bytes {
        let builder = BatchBuilder::default().control().transactional();
        let builder = builder.producer(producer_id, producer_epoch, -1);
        let record = Self::EndTransaction { commit, coordinator_epoch };
        record.finish(builder, timestamp).expect("a marker holds nothing that could be refused")
    }
}

/// Reads a message whose first field is its own version.
fn decode_versioned<M: Message>(value: &Bytes) -> Result<M, DecodeError> {
    let mut peek = Decoder::new(value.clone());
    let version = peek.i16().map_err(|kind| peek.error(kind, M::NAME))?;
    M::from_bytes(value, version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::BatchView;

    /// Goal: a marker has the bytes Kafka writes. Source: `EndTransactionMarker`, KIP-98.
    #[test]
    fn a_transaction_marker_is_one_control_record_of_the_producer() {
        let bytes = ControlRecord::transaction_marker(7, 3, true, 21, 1000);
        let batch = BatchView::parse_first(&bytes).unwrap();
        batch.verify_crc().unwrap();
        assert!(batch.is_control() && batch.is_transactional());
        assert_eq!((batch.producer_id(), batch.producer_epoch(), batch.base_sequence()), (7, 3, -1));
        let record = batch.records().next().unwrap().unwrap();
        let (key, value) = (record.key.unwrap(), record.value.unwrap());
        assert_eq!(&key[..], b"\0\0\0\x01");
        assert_eq!(&value[..], b"\0\0\0\0\0\x15");
        let decoded = ControlRecord::decode(&key, &value).unwrap();
        assert_eq!(decoded, Some(ControlRecord::EndTransaction { commit: true, coordinator_epoch: 21 }));
    }

    /// Goal: a record type of a later Kafka is skipped, as the protocol demands.
    #[test]
    fn an_unknown_type_is_ignored() {
        let key = Bytes::from_static(b"\0\0\0\x63");
        assert_eq!(ControlRecord::decode(&key, &Bytes::new()), Ok(None));
        assert!(ControlRecord::decode(&key.slice(..3), &Bytes::new()).is_err());
    }

    /// Goal: the quorum's records come back as they were, in the version they name.
    #[test]
    fn records_of_the_quorum_carry_their_version_inside() {
        let message = LeaderChangeMessage { version: 1, leader_id: 4, ..Default::default() };
        let record = ControlRecord::LeaderChange(message);
        let (key, value) = record.encode().unwrap();
        assert_eq!(value[..2], [0, 1]);
        assert_eq!(ControlRecord::decode(&key, &value), Ok(Some(record)));
    }
}
