//! Fetch of the metadata log, as its leader serves it.

use alloc::vec;

use klamm_wire::messages::fetch_response::{
    EpochEndOffset, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData, SnapshotId,
};
use klamm_wire::messages::{FetchRequest, FetchResponse};
use klamm_wire::{ErrorCode, Records, Uuid};

use super::Quorum;
use super::event::{FetchPlan, QuorumEvent, Turn};
use super::reply::{Origin, sole};
use super::state::Role;
use super::view::{Position, Validity};
use super::voters::ReplicaKey;
use crate::connection::Ticket;
use crate::time::Timestamp;
use crate::types::{LeaderEpoch, METADATA_TOPIC, METADATA_TOPIC_ID, Offset};

/// Versions before do not tell the epoch of the last record, without which histories cannot be compared.
const VERSION_MIN: i16 = 12;

/// What a fetch asks, checked for what can be checked without knowing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    /// `None` for a consumer, which reads what is committed.
    replica: Option<ReplicaKey>,
    epoch: LeaderEpoch,
    /// Where the replica's log ends.
    end: Position,
    /// What it knows to be committed.
    high_watermark: Offset,
    max_bytes: u32,
    wait_ms: i64,
}

/// A fetch that has found nothing new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parked {
    version: i16,
    pub(super) request: FetchRequest,
    /// When to answer with nothing.
    pub(super) deadline: Timestamp,
}

impl Parked {
    pub(super) fn origin(&self, ticket: Ticket) -> Origin {
        Origin { ticket, version: self.version }
    }
}

impl Wanted {
    /// # Errors
    /// `UNSUPPORTED_VERSION`, `INVALID_REQUEST`.
    fn parse(version: i16, request: &FetchRequest) -> Result<Self, ErrorCode> {
        if version < VERSION_MIN {
            return Err(ErrorCode::UNSUPPORTED_VERSION);
        }
        let partition = sole(
            &request.topics,
            |topic| match version {
                VERSION_MIN => &*topic.topic == METADATA_TOPIC,
                _ => topic.topic_id == METADATA_TOPIC_ID,
            },
            |topic| &topic.partitions,
            |partition| partition.partition,
        )?;
        let numbers = [
            request.max_wait_ms.into(),
            partition.fetch_offset,
            partition.last_fetched_epoch.into(),
            partition.current_leader_epoch.into(),
        ];
        if numbers.iter().any(|number: &i64| *number < 0) {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        let id = request.replica_id.max(request.replica_state.replica_id);
        let max_bytes = request.max_bytes.min(partition.partition_max_bytes);
        Ok(Self {
            replica: (id >= 0).then_some(ReplicaKey { id, directory: partition.replica_directory_id }),
            epoch: partition.current_leader_epoch,
            end: Position { epoch: partition.last_fetched_epoch, offset: partition.fetch_offset },
            high_watermark: partition.high_watermark,
            max_bytes: u32::try_from(max_bytes).unwrap_or(0),
            wait_ms: request.max_wait_ms.into(),
        })
    }
}

impl Quorum {
    /// A replica wants what follows the end of its log, which is durable there. Waits for something new up to
    /// `max_wait_ms`.
    ///
    /// # Errors
    /// Those of [`Quorum::check_led`], with the leader to ask instead. `OFFSET_OUT_OF_RANGE`: the log does not go back so
    /// far, and there is no snapshot. `INCONSISTENT_CLUSTER_ID`, `INVALID_REQUEST`, `UNSUPPORTED_VERSION`.
    pub(super) fn on_fetch(&mut self, turn: &mut Turn<'_, '_>, origin: Origin, request: FetchRequest) {
        let checked = self.check_cluster(request.cluster_id.as_ref());
        let wanted = match checked.and_then(|()| Wanted::parse(origin.version, &request)) {
            Ok(wanted) => wanted,
            Err(error_code) => {
                return turn.answer(origin.ticket, FetchResponse { error_code, ..FetchResponse::default() });
            }
        };
        if let (Ok(()), Some(replica)) = (self.check_led(wanted.epoch), wanted.replica) {
            if turn.log.validate(&self.snapshots, wanted.end) == Validity::Valid {
                self.note_progress(turn, replica, wanted.end.offset);
            }
            self.note_fetch(turn, replica);
            self.maybe_commit(turn);
        }
        let deadline = turn.cx.now.monotonic.after_ms(wanted.wait_ms);
        self.serve_fetch(turn, origin, Parked { version: origin.version, request, deadline });
    }

    /// Looks again at the fetches that wait.
    pub(super) fn serve_parked(&mut self, turn: &mut Turn<'_, '_>) {
        let Role::Leader(leader) = &mut self.role else { unreachable!("others let nobody wait") };
        for (ticket, parked) in core::mem::take(&mut leader.parked) {
            self.serve_fetch(turn, parked.origin(ticket), parked);
        }
    }

    fn serve_fetch(&mut self, turn: &mut Turn<'_, '_>, origin: Origin, parked: Parked) {
        let wanted = Wanted::parse(origin.version, &parked.request).expect("it was checked when it came");
        let mut data = PartitionData {
            partition_index: 0,
            high_watermark: -1,
            log_start_offset: turn.log.log_start_offset,
            records: Some(Records::new()),
            ..PartitionData::default()
        };
        let leader = match (self.check_led(wanted.epoch), &mut self.role) {
            (Ok(()), Role::Leader(leader)) => leader,
            (result, _) => {
                data.error_code = result.err().expect("who leads was checked");
                return turn.answer(origin.ticket, self.fetch_response(turn, origin, data));
            }
        };
        data.high_watermark = leader.high_watermark();
        let upper = match wanted.replica {
            Some(_) => turn.log.log_end_offset,
            None => leader.high_watermark().max(turn.log.log_start_offset),
        };
        let Position { offset, .. } = wanted.end;
        let has_news = leader.high_watermark() > wanted.high_watermark;
        let is_late = parked.deadline <= turn.cx.now.monotonic;
        match turn.log.validate(&self.snapshots, wanted.end) {
            Validity::Diverging(Position { epoch, offset }) => {
                data.diverging_epoch = EpochEndOffset { epoch, end_offset: offset };
            }
            Validity::Snapshot(id) => data.snapshot_id = SnapshotId { end_offset: id.end, epoch: id.epoch },
            Validity::Valid if offset < turn.log.log_start_offset => {
                data.error_code = ErrorCode::OFFSET_OUT_OF_RANGE;
            }
            Validity::Valid if offset < upper => {
                let response = self.fetch_response(turn, origin, data);
                let max_bytes = wanted.max_bytes.min(turn.cx.config.quorum_fetch_max_bytes);
                let plan = FetchPlan { epoch: self.election.epoch, offset, upper, max_bytes, response };
                return turn.tell(QuorumEvent::Read(origin.ticket, plan));
            }
            Validity::Valid if has_news || is_late => {}
            Validity::Valid => {
                leader.parked.insert(origin.ticket, parked);
                return;
            }
        }
        turn.answer(origin.ticket, self.fetch_response(turn, origin, data));
    }

    /// The answer with this partition, and who leads.
    fn fetch_response(&self, turn: &Turn<'_, '_>, origin: Origin, mut data: PartitionData) -> FetchResponse {
        let standing = self.standing(turn.cx);
        data.current_leader =
            LeaderIdAndEpoch { leader_id: standing.leader_id(), leader_epoch: standing.epoch };
        let endpoint = standing.endpoint(origin.version >= 16).map(|(node_id, address)| NodeEndpoint {
            node_id,
            host: address.host,
            port: address.port.into(),
            rack: None,
        });
        let topic_id = if origin.version > VERSION_MIN { METADATA_TOPIC_ID } else { Uuid::ZERO };
        FetchResponse {
            responses: vec![FetchableTopicResponse {
                topic: METADATA_TOPIC.into(),
                topic_id,
                partitions: vec![data],
            }],
            node_endpoints: endpoint.into_iter().collect(),
            ..FetchResponse::default()
        }
    }
}
