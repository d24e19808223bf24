//! What a leader checks before it appends a produced batch, in Kafka's order.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchView, Codec, Inspected, Rebuild};

use crate::config::{CompressionType, TimestampType};
use crate::cx::Cx;
use crate::flaw::Flaw;
use crate::log::Verdict;
use crate::replica::{About, Guard, Partition};
use crate::types::Offset;

/// Why a batch was refused. Nothing was written and no offset was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppendError {
    pub(crate) code: ErrorCode,
    pub(crate) message: Option<String>,
    /// Index within the batch and what is wrong with that record.
    pub(crate) records: Vec<(i32, String)>,
}

impl From<ErrorCode> for AppendError {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None, records: Vec::new() }
    }
}

impl AppendError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), records: Vec::new() }
    }
}

/// A batch that may be appended as it is, or must be written anew first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Prepared {
    /// Append it.
    Ready,
    /// Have it rebuilt outside the logic thread, then append the result.
    Rebuild(Rebuild),
}

/// Where a produced batch stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    pub(crate) base_offset: Offset,
    /// The high watermark that makes it committed.
    pub(crate) required: Offset,
    /// -1 unless the broker's clock was written into the batch.
    pub(crate) log_append_time_ms: i64,
}

impl Partition {
    /// Checks a produced batch against the topic's settings. Source: Kafka's `LogValidator`.
    ///
    /// # Errors
    /// The code and, where single records are at fault, which; a client must not send the batch again as it is.
    pub(crate) fn prepare(
        &self,
        cx: &Cx<'_>,
        batch: &Bytes,
        facts: &Inspected,
    ) -> Result<Prepared, AppendError> {
        let view =
            BatchView::parse_first(batch).map_err(|_| AppendError::from(ErrorCode::CORRUPT_MESSAGE))?;
        let header = view.header();
        if header.base_offset != 0 {
            return Err(AppendError::new(
                ErrorCode::INVALID_RECORD,
                "the base offset of a produced batch is 0",
            ));
        }
        self.check_size(batch)?;
        if view.is_control() {
            return Err(AppendError::new(ErrorCode::INVALID_RECORD, "clients may not write control batches"));
        }
        if view.is_transactional() && header.producer_id < 0 {
            return Err(AppendError::new(ErrorCode::INVALID_RECORD, "a transaction needs a producer id"));
        }
        if facts.record_count < 1 || header.last_offset_delta + 1 != facts.record_count {
            return Err(AppendError::new(
                ErrorCode::INVALID_RECORD,
                "record count and last offset delta differ",
            ));
        }
        if header.producer_id >= 0 && header.base_sequence < 0 {
            return Err(AppendError::new(ErrorCode::INVALID_RECORD, "a producer id needs a sequence"));
        }
        self.check_keys(&view, facts)?;
        self.check_timestamps(cx, &view, facts)?;
        Ok(self.needs_rebuild(cx, facts).map_or(Prepared::Ready, Prepared::Rebuild))
    }

    fn check_size(&self, batch: &Bytes) -> Result<(), AppendError> {
        let limit = usize::try_from(self.config.max_message_bytes).unwrap_or(0);
        if batch.len() > limit {
            let message = format!("a batch of {} bytes exceeds max.message.bytes={limit}", batch.len());
            return Err(AppendError::new(ErrorCode::MESSAGE_TOO_LARGE, message));
        }
        if batch.len() > usize::try_from(self.config.segment_bytes).unwrap_or(0) {
            return Err(AppendError::new(
                ErrorCode::RECORD_LIST_TOO_LARGE,
                "the batch exceeds segment.bytes",
            ));
        }
        Ok(())
    }

    /// Compaction needs keys.
    fn check_keys(&self, view: &BatchView, facts: &Inspected) -> Result<(), AppendError> {
        if !self.config.cleanup_policy.compact || !facts.has_null_key {
            return Ok(());
        }
        let message = "a compacted topic takes no record without a key";
        let records = offending(view, |_, key| key.is_none().then(|| String::from(message)));
        Err(AppendError { code: ErrorCode::INVALID_RECORD, message: Some(message.into()), records })
    }

    fn check_timestamps(&self, cx: &Cx<'_>, view: &BatchView, facts: &Inspected) -> Result<(), AppendError> {
        if view.is_log_append_time() {
            let message = "producers may not set the log-append-time bit";
            return Err(AppendError::new(ErrorCode::INVALID_TIMESTAMP, message));
        }
        if self.config.timestamp_type == TimestampType::LogAppendTime {
            return Ok(());
        }
        let earliest = cx.now.wall_ms.saturating_sub(self.config.timestamp_before_max_ms);
        let latest = cx.now.wall_ms.saturating_add(self.config.timestamp_after_max_ms);
        let allowed = |timestamp: i64| timestamp == -1 || (earliest..=latest).contains(&timestamp);
        if allowed(facts.min_timestamp) && allowed(facts.max_timestamp) {
            return Ok(());
        }
        let records = offending(view, |timestamp, _| {
            (!allowed(timestamp)).then(|| format!("timestamp {timestamp} lies outside {earliest}..={latest}"))
        });
        let message = Some(String::from("a timestamp lies outside what the topic allows"));
        Err(AppendError { code: ErrorCode::INVALID_TIMESTAMP, message, records })
    }

    fn needs_rebuild(&self, cx: &Cx<'_>, facts: &Inspected) -> Option<Rebuild> {
        let codec = match self.config.compression_type {
            CompressionType::Producer => facts.codec,
            CompressionType::Codec(codec) => codec,
        };
        let stamp = self.config.timestamp_type == TimestampType::LogAppendTime;
        // Kafka leaves inner deltas of an uncompressed batch as they are.
        let renumber = facts.codec != Codec::None && !facts.consecutive_offset_deltas;
        let wanted = codec != facts.codec || renumber;
        wanted.then(|| Rebuild { codec, log_append_time_ms: stamp.then_some(cx.now.wall_ms) })
    }

    /// Appends a prepared batch, or recognises it as one that was appended before.
    ///
    /// # Errors
    /// Sequence and epoch errors of the idempotent producer (`OUT_OF_ORDER_SEQUENCE_NUMBER`,
    /// `INVALID_PRODUCER_EPOCH`), `INVALID_TXN_STATE` for a transaction that the coordinator does not know of, or that
    /// has ended since `guard` was asked for; sizes that a rebuild has changed, lost leadership.
    pub(crate) fn append_as_leader(
        &mut self,
        cx: &mut Cx<'_>,
        mut batch: Bytes,
        facts: &Inspected,
        guard: Option<Guard>,
    ) -> Result<Appended, AppendError> {
        let epoch = self.leadership().ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        self.check_size(&batch)?;
        let view = BatchView::parse_first(&batch).expect("the batch was inspected");
        let header = view.header();
        if header.producer_id >= 0 {
            let verdict = self.log.producers().check(cx, &header);
            if let Verdict::Duplicate { base_offset, last_offset, timestamp } = verdict {
                let required =
                    if cx.config.has_flaw(Flaw::DuplicateAckedEarly) { 0 } else { last_offset + 1 };
                return Ok(Appended { base_offset, required, log_append_time_ms: timestamp });
            }
            if header.attributes.is_transactional() {
                self.check_transaction(cx, About::batch(&header), guard)?;
            }
            if let Verdict::Refuse(code) = verdict {
                return Err(code.into());
            }
            self.settle_verification(header.producer_id);
        }
        let mut facts = facts.clone();
        let mut log_append_time_ms = -1;
        if self.config.timestamp_type == TimestampType::LogAppendTime {
            log_append_time_ms = cx.now.wall_ms;
            batch = view.with_log_append_time(log_append_time_ms);
            facts.min_timestamp = log_append_time_ms;
            facts.max_timestamp = log_append_time_ms;
            facts.offset_of_max_timestamp = 0;
        } else if header.max_timestamp != facts.max_timestamp {
            // The header is the producer's word, the records are what was sent.
            batch = view.with_max_timestamp(false, facts.max_timestamp);
        }
        let appended = self.log.append(cx, batch, &facts, epoch);
        assert!(appended.base_offset <= appended.last_offset, "a batch covers at least one offset");
        self.maybe_advance_high_watermark(cx);
        Ok(Appended {
            base_offset: appended.base_offset,
            required: appended.last_offset + 1,
            log_append_time_ms,
        })
    }

    /// Appends a batch this node has made itself: records of a coordinator, control records.
    pub(crate) fn append_own(&mut self, cx: &mut Cx<'_>, batch: Bytes, facts: &Inspected) -> Offset {
        let epoch = self.leadership().expect("only the leader makes records");
        let appended = self.log.append(cx, batch, facts, epoch);
        self.maybe_advance_high_watermark(cx);
        appended.base_offset
    }
}

/// Index and complaint of each record that `complain` objects to, given timestamp and key.
fn offending(
    view: &BatchView,
    complain: impl Fn(i64, Option<&Bytes>) -> Option<String>,
) -> Vec<(i32, String)> {
    let header = view.header();
    let Ok(records) = view.records_decompressed(usize::MAX) else { return Vec::new() };
    let complaints = records.enumerate().filter_map(|(index, record)| {
        let record = record.ok()?;
        let complaint = complain(header.base_timestamp + record.timestamp_delta, record.key.as_ref())?;
        Some((i32::try_from(index).ok()?, complaint))
    });
    complaints.collect()
}
