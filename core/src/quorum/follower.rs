//! Following: fetches what the leader has, cuts what it has not, and learns what is committed.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::Batches;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic, ReplicaState};
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::{FetchRequest, FetchResponse, Response};
use klamm_wire::{ErrorCode, Uuid};

use super::ballot::Call;
use super::election::{retry_at, unattached_anew};
use super::event::{Asked, QuorumEvent, Turn};
use super::receive::Receiving;
use super::snapshot::SnapshotId;
use super::state::Role;
use super::store::ElectionState;
use super::view::Position;
use super::{Busy, LogChange, Quorum};
use crate::cx::Cx;
use crate::edge::Address;
use crate::flaw::Flaw;
use crate::time::Timestamp;
use crate::types::{BrokerId, METADATA_TOPIC_ID, Offset};

/// How long a leader may keep a fetch that finds nothing new. Kafka: `KafkaRaftClient.MAX_FETCH_WAIT_MS`.
const FETCH_WAIT_MS_MAX: i64 = 500;

/// The state of [`Role::Follower`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Follower {
    pub(super) leader: BrokerId,
    pub(super) address: Address,
    /// How long the leader may be silent. Kafka has one time for all followers, and those of a dead leader, who heard
    /// of it last in the same moment, stand against each other; here each draws a little more for itself.
    patience_ms: i64,
    /// When the leader is given up.
    fetch_deadline: Timestamp,
    /// Whether the leader has answered, and has not said goodbye since.
    pub(super) has_fetched: bool,
    /// What the leader was asked and has not answered.
    pub(super) asked: Option<Asked>,
    /// Nothing is asked before.
    pub(super) next_at: Timestamp,
    /// What the leader says is committed; may lie above this log.
    leader_high_watermark: Offset,
    /// The snapshot that is being fetched.
    pub(super) receiving: Option<Receiving>,
    /// To tell the leader where this voter is found now.
    pub(super) update: Call,
}

impl Follower {
    pub(super) fn new(cx: &mut Cx<'_>, leader: BrokerId, address: Address) -> Self {
        let timeout_ms = cx.config.quorum_fetch_timeout_ms.max(1);
        // Less than a leader waits for its majority: that is half as long again.
        let jitter_ms = cx.rng.below((timeout_ms / 4).max(1).cast_unsigned()).cast_signed();
        let patience_ms = timeout_ms + jitter_ms;
        Self {
            leader,
            address,
            patience_ms,
            fetch_deadline: cx.now.monotonic.after_ms(patience_ms),
            has_fetched: false,
            asked: None,
            next_at: Timestamp(0),
            leader_high_watermark: 0,
            receiving: None,
            update: Call::NOW,
        }
    }

    /// The leader is alive: it has said so, or has answered.
    pub(super) fn hear_of_leader(&mut self, cx: &Cx<'_>) {
        self.fetch_deadline = cx.now.monotonic.after_ms(self.patience_ms);
    }

    /// The leader has answered a fetch.
    pub(super) fn on_fetched(&mut self, cx: &Cx<'_>) {
        self.hear_of_leader(cx);
        self.has_fetched = true;
    }

    /// The leader has resigned: another one is elected after `wait_ms` at the latest, and this node stands in
    /// nobody's way.
    pub(super) fn lose_leader(&mut self, cx: &Cx<'_>, wait_ms: i64) {
        self.fetch_deadline = self.fetch_deadline.min(cx.now.monotonic.after_ms(wait_ms));
        self.has_fetched = false;
    }

    /// Another role begins.
    pub(super) fn on_left(self, cx: &mut Cx<'_>) {
        if let Some(receiving) = self.receiving {
            receiving.abandon(cx);
        }
    }

    /// More is committed, as far as the leader knows.
    pub(super) fn raise_high_watermark(&mut self, high_watermark: Offset) {
        self.leader_high_watermark = self.leader_high_watermark.max(high_watermark);
    }

    pub(super) fn deadlines(&self, deadlines: &mut Vec<Timestamp>) {
        deadlines.extend([self.fetch_deadline, self.next_at]);
        deadlines.extend(self.update.deadline());
    }
}

impl Quorum {
    pub(super) fn poll_follower(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Role::Follower(follower) = &self.role else { unreachable!("polled by role") };
        let now = turn.cx.now.monotonic;
        let committed = follower.leader_high_watermark.min(turn.log.log_end_offset);
        let is_late = follower.fetch_deadline <= now;
        if committed > self.high_watermark {
            self.commit(turn, committed);
        }
        let is_voter = self.is_voter(turn.cx);
        if is_late && is_voter && !self.is_stopping {
            self.stand(turn);
            return true;
        }
        if is_late && !is_voter {
            let role = unattached_anew(turn);
            self.take_step(turn, role, ElectionState { leader: None, ..self.election });
            return true;
        }
        self.fetch(turn);
        self.maybe_update_voter(turn);
        false
    }

    /// More is committed.
    pub(super) fn commit(&mut self, turn: &mut Turn<'_, '_>, high_watermark: Offset) {
        assert!(high_watermark > self.high_watermark, "what is committed stays so");
        assert!(high_watermark <= turn.log.log_end_offset, "what is committed is here");
        self.high_watermark = high_watermark;
        self.voters.commit(high_watermark);
        turn.tell(QuorumEvent::HighWatermark(high_watermark));
    }

    /// Asks for what comes next, one thing at a time. A fetch says that everything below its offset survives a
    /// power loss, so it is not sent before that is true.
    fn fetch(&mut self, turn: &mut Turn<'_, '_>) {
        if !turn.log.is_synced() && !turn.cx.config.has_flaw(Flaw::VoterFetchBeforeFlush) {
            return;
        }
        let Role::Follower(follower) = &self.role else { unreachable!("others fetch nothing") };
        if follower.asked.is_some() || follower.next_at > turn.cx.now.monotonic {
            return;
        }
        let (leader, address, epoch) = (follower.leader, follower.address.clone(), self.election.epoch);
        let asked = match &follower.receiving {
            Some(receiving) if receiving.is_writing => return,
            Some(receiving) => {
                let (id, position) = (receiving.id, receiving.position);
                let asked = Asked::FetchSnapshot { epoch, id, position };
                turn.ask(leader, address, self.fetch_snapshot_request(turn.cx, id, position), asked);
                asked
            }
            None => {
                let config = turn.cx.config;
                let timeout = config.quorum_fetch_timeout_ms.min(config.quorum_request_timeout_ms);
                let wait_ms = FETCH_WAIT_MS_MAX.min(timeout / 4);
                let asked = Asked::Fetch { epoch, offset: turn.log.log_end_offset };
                turn.ask(leader, address, self.fetch_request(turn, wait_ms), asked);
                asked
            }
        };
        if let Role::Follower(follower) = &mut self.role {
            follower.asked = Some(asked);
        }
    }

    /// A fetch from the end of the log.
    pub(super) fn fetch_request(&self, turn: &Turn<'_, '_>, wait_ms: i64) -> FetchRequest {
        let end = turn.log.end(&self.snapshots);
        let max_bytes = i32::try_from(turn.cx.config.quorum_fetch_max_bytes).unwrap_or(i32::MAX);
        let partition = FetchPartition {
            partition: 0,
            current_leader_epoch: self.election.epoch,
            fetch_offset: end.offset,
            last_fetched_epoch: end.epoch,
            log_start_offset: turn.log.log_start_offset,
            partition_max_bytes: max_bytes,
            replica_directory_id: self.identity.directory_id,
            high_watermark: self.high_watermark,
        };
        FetchRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            replica_state: ReplicaState { replica_id: turn.cx.config.node_id, replica_epoch: -1 },
            max_wait_ms: i32::try_from(wait_ms).unwrap_or(0),
            min_bytes: 0,
            max_bytes,
            topics: vec![FetchTopic {
                topic_id: METADATA_TOPIC_ID,
                partitions: vec![partition],
                ..FetchTopic::default()
            }],
            ..FetchRequest::default()
        }
    }

    /// The follower that has asked this, with nothing asked any more.
    pub(super) fn answered(&mut self, from: BrokerId, asked: Asked) -> Option<&mut Follower> {
        match &mut self.role {
            Role::Follower(follower) if follower.leader == from && follower.asked == Some(asked) => {
                follower.asked = None;
                Some(follower)
            }
            _ => None,
        }
    }

    /// Lets the leader rest after an answer that leads nowhere.
    pub(super) fn fetch_later(&mut self, turn: &Turn<'_, '_>) {
        if let Role::Follower(follower) = &mut self.role {
            follower.next_at = retry_at(turn);
        }
    }

    /// An answer counts if it comes from the leader that was asked, and the log is still what it was then.
    pub(super) fn on_fetch_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        from: BrokerId,
        asked: Asked,
        answer: Option<Response>,
    ) {
        let is_awaited = self.answered(from, asked).is_some();
        let Some(Response::Fetch(response)) = answer else {
            if is_awaited {
                self.fetch_later(turn);
            }
            return;
        };
        if self.learn_from_fetch(turn, &response) || !is_awaited {
            return;
        }
        let expected = Asked::Fetch { epoch: self.election.epoch, offset: turn.log.log_end_offset };
        match sole_partition(response) {
            Some(partition) if asked == expected => self.take(turn, partition),
            _ => self.fetch_later(turn),
        }
    }

    /// What the leader of this epoch says to the end of this log.
    fn take(&mut self, turn: &mut Turn<'_, '_>, partition: PartitionData) {
        if let Role::Follower(follower) = &mut self.role {
            follower.on_fetched(turn.cx);
        }
        let PartitionData { diverging_epoch, snapshot_id, high_watermark, records, .. } = partition;
        if diverging_epoch.epoch >= 0 {
            let parting = Position { epoch: diverging_epoch.epoch, offset: diverging_epoch.end_offset };
            self.cut(turn, parting);
        } else if snapshot_id.end_offset >= 0 && snapshot_id.epoch >= 0 {
            self.receive(turn, SnapshotId { end: snapshot_id.end_offset, epoch: snapshot_id.epoch });
        } else {
            if let Role::Follower(follower) = &mut self.role {
                follower.raise_high_watermark(high_watermark);
            }
            self.append(turn, records.map_or_else(Bytes::new, |records| records.to_bytes()));
        }
    }

    /// The histories part: what the leader has not goes.
    fn cut(&mut self, turn: &mut Turn<'_, '_>, parting: Position) {
        let end = turn.log.truncation(parting);
        if end < self.high_watermark {
            let reason = format!(
                "the leader of epoch {} ends its history at offset {end}, but this node knows that everything below \
                 {} is committed: a majority of the voters has lost records; do not start it before they are restored",
                self.election.epoch, self.high_watermark
            );
            turn.tell(QuorumEvent::Refused(reason));
            return self.fetch_later(turn);
        }
        if end >= turn.log.log_end_offset {
            return self.fetch_later(turn);
        }
        self.busy = Busy::Log(LogChange::Cut(end));
        turn.tell(QuorumEvent::Truncate(end));
    }

    /// Takes whole batches that go on where the log ends, of epochs that may stand there. What comes behind
    /// others, or from a leader this node has not heard of, is fetched again (KAFKA-18723).
    fn append(&mut self, turn: &mut Turn<'_, '_>, records: Bytes) {
        let Position { offset: mut end, epoch: mut last_epoch } = turn.log.end(&self.snapshots);
        let mut length = 0;
        for batch in Batches::new(records.clone()) {
            let Ok(batch) = batch else { break };
            let epoch = batch.partition_leader_epoch();
            let fits = batch.base_offset() == end && batch.last_offset_delta() >= 0;
            if !fits || !(last_epoch..=self.election.epoch).contains(&epoch) {
                break;
            }
            self.voters.append_batch(&batch);
            (end, last_epoch) = (batch.last_offset() + 1, epoch);
            length += batch.len();
        }
        if length > 0 {
            self.busy = Busy::Log(LogChange::End(end));
            turn.tell(QuorumEvent::Append(records.slice(..length)));
        } else if !records.is_empty() {
            self.fetch_later(turn);
        }
    }
}

/// The one partition of an answer without errors.
fn sole_partition(mut response: FetchResponse) -> Option<PartitionData> {
    let is_ours = |topic: &Uuid| *topic == METADATA_TOPIC_ID;
    let topic = response.responses.pop().filter(|topic| is_ours(&topic.topic_id))?;
    let partition = topic.partitions.into_iter().next().filter(|partition| partition.partition_index == 0)?;
    let is_fine = response.error_code == ErrorCode::NONE && partition.error_code == ErrorCode::NONE;
    is_fine.then_some(partition)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::config::Config;
    use crate::testing::Stage;

    /// Goal: followers of one leader do not give it up in the same moment, and all of them do before a leader that sees
    /// none of them would have resigned: that takes half as long again.
    #[test]
    fn followers_differ_in_their_patience() {
        let mut stage = Stage::new(Config { quorum_fetch_timeout_ms: 2000, ..Config::default() });
        let address = Address { host: "h".into(), port: 1 };
        let mut draw = || Follower::new(&mut stage.cx(), 2, address.clone()).patience_ms;
        let drawn: BTreeSet<i64> = (0..50).map(|_| draw()).collect();
        assert!(drawn.iter().all(|ms| (2000..2500).contains(ms)), "{drawn:?}");
        assert!(drawn.len() > 25, "{drawn:?}");
    }
}
