//! Snapshots of this node: written, and given to others part by part.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::fetch_snapshot_request as request;
use klamm_wire::messages::fetch_snapshot_response as response;
use klamm_wire::messages::{FetchSnapshotRequest, FetchSnapshotResponse};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Records};

use super::event::{QuorumEvent, Turn};
use super::reply::{Origin, sole};
use super::snapshot::{self, SnapshotId};
use super::view::LogView;
use super::voters::ReplicaKey;
use super::{Busy, Quorum, path};
use crate::cx::Cx;
use crate::disk::{DiskDone, DiskError, DiskStep, Owner, QuorumOp, StepDone};
use crate::event::Event;
use crate::flaw::Flaw;
use crate::types::{METADATA_TOPIC, Offset};

/// A part of a snapshot that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Chunk {
    pub(super) id: SnapshotId,
    /// First byte.
    pub(super) position: u64,
    pub(super) length: u64,
}

impl Quorum {
    /// Writes a snapshot of the image that the log up to and with `last_contained` adds up to, all of it committed. Returns
    /// whether it is on its way: not so while another one is, or if nothing is new in it.
    pub(crate) fn write_snapshot(
        &mut self,
        cx: &mut Cx<'_>,
        log: LogView<'_>,
        last_contained: Offset,
        records: &[MetadataRecord],
    ) -> bool {
        if !matches!(self.busy, Busy::Free | Busy::State) {
            return false;
        }
        let end = last_contained + 1;
        assert!(end <= self.high_watermark, "a snapshot holds what is committed, and no more");
        let Some(epoch) = log.epochs.epoch_of(last_contained) else { return false };
        // Named by the first offset that is not in it.
        let name = if cx.config.has_flaw(Flaw::SnapshotIdOffByOne) { last_contained } else { end };
        let id = SnapshotId { end: name, epoch };
        if last_contained < log.log_start_offset || !self.snapshots.may_write(id) {
            return false;
        }
        let voters = self.voters.at(end).to_records();
        let content = snapshot::encode(id, cx.now.wall_ms, &voters, records);
        self.snapshots.begin_writing(id, content.iter().map(|bytes| bytes.len() as u64).sum());
        let steps = DiskStep::replace(&path(&id.file_name()), content);
        cx.disk(Owner::Quorum(QuorumOp::Snapshot { end: id.end, epoch }), steps);
        true
    }

    /// Removes what is older than the one before: if the new one rots, that one and the log behind it serve.
    pub(super) fn on_snapshot_durable(&mut self, turn: &mut Turn<'_, '_>, id: SnapshotId) {
        let (log_start_offset, removed) = self.snapshots.written(id);
        turn.cx.observe(Event::MetadataSnapshot { end: id.end });
        self.remove_snapshots(turn.cx, log_start_offset.unwrap_or(id.end), &removed);
        if let Some(start) = log_start_offset {
            turn.tell(QuorumEvent::LogStart(start));
        }
    }

    pub(super) fn remove_snapshots(&self, cx: &mut Cx<'_>, below: Offset, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let mut steps: Vec<_> = names.iter().map(|name| DiskStep::Remove { path: path(name) }).collect();
        steps.push(DiskStep::SyncDir { path: path("") });
        cx.disk(Owner::Quorum(QuorumOp::RemoveSnapshots { below }), steps);
    }

    /// A follower wants a part of a snapshot.
    ///
    /// # Errors
    /// `SNAPSHOT_NOT_FOUND`: a newer one has replaced it. `POSITION_OUT_OF_RANGE`. Those of [`Quorum::check_led`];
    /// `INCONSISTENT_CLUSTER_ID`, `INVALID_REQUEST`; `KAFKA_STORAGE_ERROR`: it cannot be read now.
    pub(super) fn on_fetch_snapshot(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: FetchSnapshotRequest,
    ) {
        let checked = self.check_cluster(request.cluster_id.as_ref()).and_then(|()| {
            let is_metadata = |topic: &request::TopicSnapshot| &*topic.name == METADATA_TOPIC;
            sole(&request.topics, is_metadata, |topic| &topic.partitions, |partition| partition.partition)
        });
        let partition = match checked {
            Ok(partition) => partition,
            Err(error_code) => {
                let response = FetchSnapshotResponse { error_code, ..FetchSnapshotResponse::default() };
                return turn.answer(origin.ticket, response);
            }
        };
        let id = SnapshotId { end: partition.snapshot_id.end_offset, epoch: partition.snapshot_id.epoch };
        if let Err(code) = self.check_led(partition.current_leader_epoch) {
            return self.answer_part(turn, origin, id, Err(code));
        }
        self.note_fetch(
            turn,
            ReplicaKey { id: request.replica_id, directory: partition.replica_directory_id },
        );
        let size = self.snapshots.size(id).filter(|_| id.end > 0);
        let position = u64::try_from(partition.position);
        let (position, size) = match (size, position) {
            (None, _) => return self.answer_part(turn, origin, id, Err(ErrorCode::SNAPSHOT_NOT_FOUND)),
            (Some(size), Ok(position)) if position < size => (position, size),
            _ => return self.answer_part(turn, origin, id, Err(ErrorCode::POSITION_OUT_OF_RANGE)),
        };
        let wanted = u64::try_from(request.max_bytes).unwrap_or(0).max(1);
        let allowed = u64::from(turn.cx.config.quorum_fetch_snapshot_max_bytes).max(1);
        let length = wanted.min(allowed).min(size - position);
        let chunk = Chunk { id, position, length };
        let waiting = self.serving.entry(chunk).or_default();
        waiting.push(origin);
        if waiting.len() == 1 {
            let op = QuorumOp::ReadSnapshot { end: id.end, epoch: id.epoch, position, length };
            let read = DiskStep::Read { path: path(&id.file_name()), position, length };
            turn.cx.disk(Owner::Quorum(op), vec![read]);
        }
    }

    /// A part was read for those who wait for it; a rotten one is found by the follower, which has the whole.
    pub(super) fn on_chunk_read(
        &mut self,
        turn: &mut Turn<'_, '_>,
        chunk: Chunk,
        result: Result<DiskDone, DiskError>,
    ) {
        let part = match result.as_deref() {
            Ok([StepDone::Read(bytes)]) if bytes.len() as u64 == chunk.length => Ok(bytes.clone()),
            _ => Err(ErrorCode::KAFKA_STORAGE_ERROR),
        };
        for origin in self.serving.remove(&chunk).unwrap_or_default() {
            let part = part.clone().map(|bytes| (chunk.position, bytes));
            self.answer_part(turn, origin, chunk.id, part);
        }
    }

    fn answer_part(
        &self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        id: SnapshotId,
        part: Result<(u64, Bytes), ErrorCode>,
    ) {
        let standing = self.standing(turn.cx);
        let error_code = part.as_ref().err().copied().unwrap_or(ErrorCode::NONE);
        let (position, bytes) = part.unwrap_or_default();
        let size = self.snapshots.size(id).filter(|_| !bytes.is_empty()).unwrap_or(0);
        let partition = response::PartitionSnapshot {
            index: 0,
            error_code,
            snapshot_id: response::SnapshotId { end_offset: id.end, epoch: id.epoch },
            current_leader: response::LeaderIdAndEpoch {
                leader_id: standing.leader_id(),
                leader_epoch: standing.epoch,
            },
            size: i64::try_from(size).expect("files are smaller"),
            position: i64::try_from(position).expect("files are smaller"),
            unaligned_records: Records::from(bytes),
        };
        let endpoint = standing.endpoint(origin.version >= 1).map(|(node_id, address)| {
            response::NodeEndpoint { node_id, host: address.host, port: address.port }
        });
        let answer = FetchSnapshotResponse {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            topics: vec![response::TopicSnapshot {
                name: METADATA_TOPIC.into(),
                partitions: vec![partition],
            }],
            node_endpoints: endpoint.into_iter().collect(),
        };
        turn.answer(origin.ticket, answer);
    }
}
