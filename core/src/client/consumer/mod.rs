//! The consumer: topics or partitions in, records out, positions committed.
//!
//! The owner asks for records with [`ConsumerCommand::Poll`] and gets each poll answered once. A poll also says that
//! everything handed out before is processed, so automatic commits never run ahead, and partitions are given up
//! only while a poll waits. Between polls the machine fetches ahead and sends heartbeats.

mod assignor;
mod commit;
mod config;
mod fetcher;
mod group;
mod positions;
pub(crate) mod protocol;
mod subscription;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::batch::BatchError;
use klamm_wire::messages::Response;
use klamm_wire::{ApiKey, ErrorCode, Str};

use super::cluster::{Cluster, Note};
use super::producer::Header;
use super::{ClientEffect, ClientInput, ClientMachine, Metadata, NodeRef};
use crate::rng::Rng;
use crate::time::{Now, Timestamp};
use crate::types::{LeaderEpoch, Offset, TopicPartition};

pub use assignor::Assignor;
use commit::PendingCommit;
pub use config::{ConsumerConfig, GroupConfig, Isolation, OffsetReset};
use fetcher::Fetched;
use group::Membership;
pub use positions::CommittedOffset;
pub(crate) use positions::{offset_fetch_request, offset_fetch_response};
use subscription::{PartitionState, Partitions, Position};

/// A record as it was consumed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerRecord {
    /// Where it comes from.
    pub partition: TopicPartition,
    /// Its place there.
    pub offset: Offset,
    /// Of the leader that appended it; -1 if unknown.
    pub leader_epoch: LeaderEpoch,
    /// Milliseconds since the epoch, -1 if there is none.
    pub timestamp_ms: i64,
    /// Whether the broker set the timestamp, rather than the producer.
    pub is_log_append_time: bool,
    /// As produced.
    pub key: Option<Bytes>,
    /// As produced.
    pub value: Option<Bytes>,
    /// As produced.
    pub headers: Vec<Header>,
}

impl ConsumerRecord {
    /// Bytes of key and value.
    pub fn payload_bytes(&self) -> usize {
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        length(&self.key) + length(&self.value)
    }
}

/// Where to begin, or to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartAt {
    /// Where the group stopped; without an offset, as `auto.offset.reset` says.
    Committed,
    /// The log start.
    Earliest,
    /// The end.
    Latest,
    /// The first record at least as young as this, in milliseconds since the epoch.
    Timestamp(i64),
    /// This offset.
    Offset(Offset),
}

/// What the owner can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerCommand {
    /// Consume these topics as a member of the group, instead of what was consumed before.
    Subscribe(BTreeSet<Str>),
    /// Consume exactly these partitions, without membership.
    Assign(Vec<(TopicPartition, StartAt)>),
    /// Hand out up to `max_records`; answered by [`ConsumerOutcome::Polled`] as soon as there is one, or
    /// empty after `timeout_ms`.
    Poll {
        /// At least 1.
        max_records: usize,
        /// How long to wait for the first record.
        timeout_ms: u32,
    },
    /// Hand out nothing of these partitions.
    Pause(Vec<TopicPartition>),
    /// Hand out again.
    Resume(Vec<TopicPartition>),
    /// Go on elsewhere.
    Seek(TopicPartition, StartAt),
    /// Commit these next offsets, or the positions behind everything handed out; ends with
    /// [`ConsumerOutcome::Committed`].
    Commit(Option<BTreeMap<TopicPartition, Offset>>),
    /// Commit (if automatic), leave the group, close; ends with [`ConsumerOutcome::Closed`].
    Close,
}

/// What the owner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerOutcome {
    /// The answer to a poll.
    Polled(Vec<ConsumerRecord>),
    /// The group gave these partitions to this member, in addition to what it has.
    Assigned(Vec<TopicPartition>),
    /// These partitions were given up in order.
    Revoked(Vec<TopicPartition>),
    /// These partitions are gone: somebody else may have them already.
    Lost(Vec<TopicPartition>),
    /// A commit has ended.
    Committed {
        /// Next offsets.
        offsets: BTreeMap<TopicPartition, Offset>,
        /// `NONE` if they are committed.
        error: ErrorCode,
        /// Whether the machine began it on its own.
        automatic: bool,
    },
    /// Something the owner should know; the consumer goes on as far as it can.
    Error(ConsumerError),
    /// The consumer has ended.
    Closed,
}

/// What can be wrong with consuming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerError {
    /// The coordinator refuses this member for good.
    Group(ErrorCode),
    /// A broker refuses this partition.
    Partition(TopicPartition, ErrorCode),
    /// The position is outside the log and `auto.offset.reset` is none: seek.
    OffsetOutOfRange(TopicPartition, Offset),
    /// There is no committed offset and `auto.offset.reset` is none: seek.
    NoOffset(TopicPartition),
    /// The batch at this offset cannot be read.
    Damaged(TopicPartition, Offset, BatchError),
    /// The brokers do not offer what is needed.
    Unsupported(ApiKey),
    /// The owner did not poll for `max.poll.interval.ms`; the member has left its group.
    PollTooLate,
}

impl core::fmt::Display for ConsumerError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Group(code) => write!(f, "the group's coordinator refuses: {code}"),
            Self::Partition(name, code) => write!(f, "{name}: {code}"),
            Self::OffsetOutOfRange(name, offset) => write!(f, "{name}: offset {offset} is out of range"),
            Self::NoOffset(name) => write!(f, "{name}: the group has no offset"),
            Self::Damaged(name, offset, error) => write!(f, "{name} at offset {offset}: {error}"),
            Self::Unsupported(key) => write!(f, "the broker does not offer {}", key.name()),
            Self::PollTooLate => write!(f, "not polled for max.poll.interval.ms; left the group"),
        }
    }
}

type Effects = Vec<ClientEffect<ConsumerOutcome>>;

/// What a request of the consumer was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tag {
    Fetch(NodeRef, Fetched),
    ListOffsets(Fetched),
    OffsetFetch(Fetched),
    Commit(PendingCommit),
    Join(u64),
    Sync(u64),
    Heartbeat(u64),
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PendingPoll {
    max_records: usize,
    deadline: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    No,
    /// Last commits and the farewell are on their way; given up at the deadline.
    Until(Timestamp),
    Closed,
}

/// A consumer. Deterministic: the same inputs and the same seed give the same effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    config: ConsumerConfig,
    cluster: Cluster<Tag>,
    /// Subscribed topics; empty when partitions are assigned by hand.
    topics: BTreeSet<Str>,
    partitions: Partitions,
    /// Leaders that hold a fetch of ours.
    fetching: BTreeSet<NodeRef>,
    membership: Membership,
    /// What the group gave us last, told to the next leader for the sake of sticky strategies.
    owned_before: BTreeSet<TopicPartition>,
    known_coordinator: Option<NodeRef>,
    poll: Option<PendingPoll>,
    /// When the last poll was answered, while none waits.
    polled_at: Option<Timestamp>,
    commits: VecDeque<PendingCommit>,
    commits_in_flight: usize,
    /// Next offsets known to be committed.
    committed: BTreeMap<TopicPartition, Offset>,
    auto_commit_at: Timestamp,
    leave_in_flight: bool,
    closing: Closing,
}

impl Consumer {
    /// A consumer of nothing yet. `rng` decides about jitter.
    pub fn new(config: ConsumerConfig, rng: Rng) -> Self {
        let cluster = Cluster::new(config.cluster.clone(), rng);
        Self {
            config,
            cluster,
            topics: BTreeSet::new(),
            partitions: Partitions::default(),
            fetching: BTreeSet::new(),
            membership: Membership::default(),
            owned_before: BTreeSet::new(),
            known_coordinator: None,
            poll: None,
            polled_at: None,
            commits: VecDeque::new(),
            commits_in_flight: 0,
            committed: BTreeMap::new(),
            auto_commit_at: Timestamp::default(),
            leave_in_flight: false,
            closing: Closing::No,
        }
    }

    /// What is known of the cluster.
    pub fn metadata(&self) -> &Metadata {
        &self.cluster.metadata
    }

    /// The partitions being consumed.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.partitions.names()
    }

    /// The next record to be handed out of a partition; `None` until that is known.
    pub fn position(&self, partition: &TopicPartition) -> Option<Offset> {
        let state = self.partitions.get(partition)?;
        (state.position == Position::At).then_some(state.next)
    }

    /// The high watermark of a partition as of the last fetch.
    pub fn high_watermark(&self, partition: &TopicPartition) -> Option<Offset> {
        self.partitions.get(partition)?.high_watermark
    }

    /// Whether this member has its share of a stable group.
    pub fn is_stable(&self) -> bool {
        self.membership.is_stable()
    }

    fn is_polling(&self) -> bool {
        self.poll.is_some()
    }

    fn poll_deadline(&self) -> Option<Timestamp> {
        let group = self.config.group.as_ref()?;
        let since = self.polled_at.filter(|_| self.membership.is_inside())?;
        Some(since.after_ms(i64::from(group.max_poll_interval_ms)))
    }

    fn poll_overdue(&self, now: Now) -> bool {
        self.poll_deadline().is_some_and(|at| at <= now.monotonic)
    }

    fn on_command(&mut self, now: Now, command: ConsumerCommand, fx: &mut Effects) {
        match command {
            ConsumerCommand::Subscribe(topics) => self.subscribe(topics),
            ConsumerCommand::Assign(partitions) => self.assign(now, partitions, fx),
            ConsumerCommand::Poll { max_records, timeout_ms } => {
                let deadline = now.monotonic.after_ms(i64::from(timeout_ms));
                let overtaken = self.poll.replace(PendingPoll { max_records: max_records.max(1), deadline });
                if overtaken.is_some() {
                    fx.push(ClientEffect::Outcome(ConsumerOutcome::Polled(Vec::new())));
                }
                self.polled_at = None;
            }
            ConsumerCommand::Pause(partitions) => self.set_paused(&partitions, true),
            ConsumerCommand::Resume(partitions) => self.set_paused(&partitions, false),
            ConsumerCommand::Seek(partition, start) => self.partitions.seek(&partition, start),
            ConsumerCommand::Commit(offsets) => {
                let offsets = match offsets {
                    Some(offsets) => offsets.into_iter().map(|(name, offset)| (name, (offset, -1))).collect(),
                    None => self.uncommitted(),
                };
                self.begin_commit(now, offsets, false, fx);
            }
            ConsumerCommand::Close => self.begin_close(now, fx),
        }
    }

    fn subscribe(&mut self, topics: BTreeSet<Str>) {
        assert!(self.config.group.is_some(), "a subscription needs a group");
        assert!(!topics.is_empty(), "a subscription names topics");
        if self.topics.is_empty() {
            self.partitions.clear(); // assigned by hand before
        } else if self.topics != topics {
            self.membership.want_rejoin();
        }
        self.cluster.set_topics(topics.clone());
        self.topics = topics;
    }

    fn assign(&mut self, now: Now, partitions: Vec<(TopicPartition, StartAt)>, fx: &mut Effects) {
        if !self.topics.is_empty() {
            self.leave_in_flight |= self.send_leave(now, fx);
            self.membership = self.membership.anew();
            self.topics.clear();
        }
        self.partitions.clear();
        self.committed.clear();
        for (partition, start) in partitions {
            self.cluster.add_topic(&partition.topic);
            self.partitions.add(partition, start);
        }
    }

    fn set_paused(&mut self, partitions: &[TopicPartition], paused: bool) {
        for partition in partitions {
            if let Some(state) = self.partitions.get_mut(partition) {
                state.paused = paused;
            }
        }
    }

    fn begin_close(&mut self, now: Now, fx: &mut Effects) {
        if self.auto_commits() {
            let offsets = self.uncommitted();
            self.begin_commit(now, offsets, true, fx);
        }
        self.maybe_send_commits(now, fx);
        self.leave_in_flight |= self.send_leave(now, fx);
        if self.poll.take().is_some() {
            fx.push(ClientEffect::Outcome(ConsumerOutcome::Polled(Vec::new())));
        }
        let timeout_ms = i64::from(self.config.cluster.request_timeout_ms);
        self.closing = Closing::Until(now.monotonic.after_ms(timeout_ms));
    }

    fn on_note(&mut self, now: Now, note: Note<Tag>, fx: &mut Effects) {
        match note {
            Note::MetadataUpdated => self.maybe_rejoin_for_metadata(),
            Note::Lost { tag } => self.on_lost(now, tag),
            Note::Answered { tag, body, .. } => self.on_answered(now, tag, body, fx),
        }
    }

    fn on_lost(&mut self, now: Now, tag: Tag) {
        match tag {
            Tag::Fetch(leader, fetched) => self.on_fetch_lost(now, &leader, &fetched),
            Tag::ListOffsets(asked) => {
                asked.iter().for_each(|(name, serial)| self.retry_later(now, name, *serial))
            }
            Tag::OffsetFetch(asked) => {
                self.forget_coordinator(now);
                asked.iter().for_each(|(name, serial)| self.retry_later(now, name, *serial));
            }
            Tag::Commit(commit) => {
                self.forget_coordinator(now);
                self.commits_in_flight -= 1;
                self.retry_commit(now, commit);
            }
            Tag::Join(attempt) | Tag::Sync(attempt) | Tag::Heartbeat(attempt) => {
                self.on_group_request_lost(now, attempt);
            }
            Tag::Leave => self.leave_in_flight = false,
        }
    }

    fn on_answered(&mut self, now: Now, tag: Tag, body: Response, fx: &mut Effects) {
        match (tag, body) {
            (Tag::Fetch(leader, fetched), Response::Fetch(response)) => {
                self.on_fetched(now, &leader, &fetched, &response, fx);
            }
            (Tag::ListOffsets(asked), Response::ListOffsets(response)) => {
                self.on_offsets_listed(now, &asked, &response, fx);
            }
            (Tag::OffsetFetch(asked), Response::OffsetFetch(response)) => {
                self.on_committed_fetched(now, &asked, &response, fx);
            }
            (Tag::Commit(commit), Response::OffsetCommit(response)) => {
                self.commits_in_flight -= 1;
                self.on_commit_answered(now, commit, &response, fx);
            }
            (Tag::Join(attempt), Response::JoinGroup(response)) => {
                self.on_joined(now, attempt, &response, fx);
            }
            (Tag::Sync(attempt), Response::SyncGroup(response)) => {
                self.on_synced(now, attempt, &response, fx);
            }
            (Tag::Heartbeat(attempt), Response::Heartbeat(response)) => {
                self.on_heartbeat(now, attempt, &response, fx);
            }
            (Tag::Leave, Response::LeaveGroup(_)) => self.leave_in_flight = false,
            (tag, body) => unreachable!("{tag:?} was answered with {:?}", body.api_key()),
        }
    }

    fn maybe_answer_poll(&mut self, now: Now, fx: &mut Effects) {
        let Some(poll) = self.poll else { return };
        let records = self.partitions.hand_out(poll.max_records);
        if records.is_empty() && poll.deadline > now.monotonic {
            return;
        }
        self.poll = None;
        self.polled_at = Some(now.monotonic);
        fx.push(ClientEffect::Outcome(ConsumerOutcome::Polled(records)));
    }

    fn maybe_finish_close(&mut self, now: Now, fx: &mut Effects) {
        let Closing::Until(deadline) = self.closing else { return };
        // Without a coordinator to talk to there is nothing to wait for.
        let unreachable = self.commits_in_flight == 0
            && !self.leave_in_flight
            && self.known_coordinator.as_ref().is_none_or(|node| {
                self.cluster
                    .can_send_at(node, Timestamp::default(), usize::MAX)
                    .is_some_and(|at| at > now.monotonic)
            });
        let done = self.commits.is_empty() && self.commits_in_flight == 0 && !self.leave_in_flight;
        if done || unreachable || deadline <= now.monotonic {
            self.closing = Closing::Closed;
            self.cluster.close(fx);
            fx.push(ClientEffect::Outcome(ConsumerOutcome::Closed));
        }
    }

    fn next_partition_deadline(&self) -> Option<Timestamp> {
        let waiting = self.partitions.iter().filter(|(_, state)| !state.in_flight && !state.paused);
        let ahead = usize::try_from(self.config.max_partition_fetch_bytes).unwrap_or(usize::MAX);
        let deadlines = waiting.filter_map(|(name, state)| match state.position {
            Position::Stuck => None,
            Position::Committed => {
                self.cluster.can_send_at(self.known_coordinator.as_ref()?, state.retry_at, usize::MAX)
            }
            Position::At if state.buffered_bytes >= ahead => None,
            Position::Lookup(_) => {
                let leader = self.cluster.leader(&name.topic, name.partition)?;
                self.cluster.can_send_at(&leader, state.retry_at, usize::MAX)
            }
            Position::At => {
                let source = self.source(name, state)?;
                if self.fetching.contains(&source) {
                    return None;
                }
                self.cluster.can_send_at(&source, state.retry_at, usize::MAX)
            }
        });
        deadlines.min()
    }
}

impl ClientMachine for Consumer {
    type Command = ConsumerCommand;
    type Outcome = ConsumerOutcome;

    fn handle(&mut self, now: Now, input: ClientInput<ConsumerCommand>, fx: &mut Effects) {
        if self.closing == Closing::Closed {
            return;
        }
        let mut notes = match input {
            ClientInput::Connected(node) => {
                self.cluster.on_connected(now, &node, fx);
                Vec::new()
            }
            ClientInput::Disconnected(node) => self.cluster.on_disconnected(now, &node),
            ClientInput::Response(node, correlation_id, body) => {
                self.cluster.on_response(now, &node, correlation_id, body, fx)
            }
            ClientInput::Command(command) => {
                self.on_command(now, command, fx);
                Vec::new()
            }
            ClientInput::Wake => Vec::new(),
        };
        notes.append(&mut self.cluster.settle(now, fx));
        for note in notes {
            self.on_note(now, note, fx);
        }
        if self.closing == Closing::No {
            self.maybe_advance_membership(now, fx);
            self.maybe_fetch_committed(now, fx);
            self.maybe_look_up_offsets(now, fx);
            self.maybe_fetch(now, fx);
            if self.is_polling() {
                self.maybe_auto_commit(now, fx);
            }
        }
        self.maybe_send_commits(now, fx);
        self.maybe_answer_poll(now, fx);
        if self.closing == Closing::No {
            self.maybe_fetch(now, fx); // what was handed out has made room
        }
        self.maybe_finish_close(now, fx);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let closing = match self.closing {
            Closing::Closed => return None,
            Closing::Until(deadline) => Some(deadline),
            Closing::No => None,
        };
        let poll = self.poll.map(|poll| poll.deadline);
        let open = || self.next_partition_deadline().into_iter().chain(self.next_membership_deadline());
        let open = if closing.is_none() { open().min() } else { None };
        [self.cluster.next_deadline(), self.next_commit_deadline(), closing, poll, open]
            .into_iter()
            .flatten()
            .min()
    }
}
