//! Observations: one vocabulary for logs, metrics, traces, the teaching view and the checkers.

use alloc::string::String;
use alloc::vec::Vec;

use klamm_wire::{ErrorCode, Str};

use crate::disk::{DirIndex, DiskErrorKind};
use crate::types::{BrokerId, LeaderEpoch, Offset, TopicPartition};

/// Something worth telling that has happened inside a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Loading has begun; `clean` says whether the last stop was orderly.
    Starting {
        /// Whether the clean-shutdown marker was found.
        clean: bool,
    },
    /// All logs are loaded, the metadata is known, clients are served.
    Ready,
    /// A log was loaded.
    LogLoaded {
        /// Whose.
        partition: TopicPartition,
        /// First readable offset.
        log_start_offset: Offset,
        /// Next offset to be assigned.
        log_end_offset: Offset,
    },
    /// Recovery cut off bytes that are not whole, valid batches; nothing acknowledged under `synced` is among them.
    TornTail {
        /// Whose.
        partition: TopicPartition,
        /// Base offset of the segment.
        segment: Offset,
        /// Bytes cut off, later segments included.
        bytes: u64,
        /// Where the log ends now.
        log_end_offset: Offset,
    },
    /// A log was cut back because its leader has another history. What was committed is not among it, unless an
    /// unclean election has decided so.
    LogTruncated {
        /// Whose.
        partition: TopicPartition,
        /// Where it ended.
        from: Offset,
        /// Where it is cut; lower if that lies within a batch.
        to: Offset,
    },
    /// A log was found at start that has no place here. One that belongs to no topic of the cluster is set aside under
    /// Kafka's `-stray` name and not touched any more.
    StrayLog {
        /// What its directory was called.
        partition: TopicPartition,
        /// Its partition was given to other brokers: it is removed.
        is_removed: bool,
    },
    /// A new active segment was begun.
    SegmentRolled {
        /// Whose.
        partition: TopicPartition,
        /// Its base offset.
        base: Offset,
    },
    /// The first readable offset moved up.
    LogStartMoved {
        /// Whose.
        partition: TopicPartition,
        /// The new first offset.
        log_start_offset: Offset,
        /// Why.
        cause: LogStartCause,
    },
    /// The high watermark moved.
    HighWatermark {
        /// Whose.
        partition: TopicPartition,
        /// Exclusive.
        offset: Offset,
    },
    /// This node leads a partition (or the metadata quorum) from now on.
    LeaderElected {
        /// Whose.
        partition: TopicPartition,
        /// The new epoch.
        leader_epoch: LeaderEpoch,
        /// What it knows to be committed when it begins; exclusive.
        high_watermark: Offset,
    },
    /// This node follows a partition from now on, or waits for somebody to lead it.
    FollowerOf {
        /// Whose.
        partition: TopicPartition,
        /// Whom.
        leader: Option<BrokerId>,
        /// The new epoch.
        leader_epoch: LeaderEpoch,
    },
    /// A broker has started and is known to the controller; it is fenced until it is let in.
    BrokerRegistered {
        /// Who.
        broker: BrokerId,
        /// The epoch of this start.
        broker_epoch: Offset,
        /// Whether its last life has stopped in order; if not, what it held does not count.
        clean: bool,
    },
    /// The controller does not let this broker take part as it is; it asks again.
    RegistrationRefused {
        /// Why.
        error: ErrorCode,
    },
    /// The controller lets a broker serve.
    BrokerUnfenced {
        /// Who.
        broker: BrokerId,
        /// The epoch of its start.
        broker_epoch: Offset,
    },
    /// The controller leaves a broker out: it was silent, or wanted it so.
    BrokerFenced {
        /// Who.
        broker: BrokerId,
        /// The epoch of its start.
        broker_epoch: Offset,
    },
    /// The controller has chosen a leader that was neither in sync nor eligible: nobody who was is there.
    UncleanElection {
        /// Whose.
        partition: TopicPartition,
        /// Who leads.
        leader: BrokerId,
        /// The new epoch.
        leader_epoch: LeaderEpoch,
        /// It led when the last replica in sync was gone, and lacks nothing but what its machine has lost: such a
        /// leader is elected whatever the topic says (KIP-966).
        is_last_known: bool,
    },
    /// A log directory said no and is not touched any more.
    LogDirFailed {
        /// Which.
        dir: DirIndex,
        /// What it said.
        kind: DiskErrorKind,
    },
    /// A group has a new generation.
    GroupRebalanced {
        /// Group id.
        group: Str,
        /// Its generation.
        generation: i32,
        /// Number of members.
        members: u32,
        /// In words.
        reason: Str,
    },
    /// A member was silent for its session timeout and was removed.
    MemberExpired {
        /// Group id.
        group: Str,
        /// Member id.
        member: Str,
    },
    /// A transaction was open for longer than its producer allows, and is aborted.
    TransactionTimedOut {
        /// Whose.
        transactional_id: Str,
        /// The producer that is fenced.
        producer_id: i64,
    },
    /// A topic exists from now on.
    TopicCreated {
        /// Its name.
        topic: Str,
        /// Number of partitions.
        partitions: u32,
    },
    /// A topic is gone.
    TopicDeleted {
        /// Its name.
        topic: Str,
    },
    /// A metadata snapshot was written, or fetched from the leader.
    MetadataSnapshot {
        /// It covers the log below this offset.
        end: Offset,
    },
    /// Another node is taken for the leader of the metadata quorum, or this one, or none.
    QuorumLeader {
        /// `None` while nobody is known.
        leader: Option<BrokerId>,
        /// Its epoch.
        leader_epoch: LeaderEpoch,
    },
    /// This node asks for votes.
    QuorumElection {
        /// The epoch it stands in; while it asks whether it would be elected, the one before.
        leader_epoch: LeaderEpoch,
        /// Whether it only asks whether it would be elected.
        pre_vote: bool,
    },
    /// This node leads the metadata quorum no longer, of its own accord.
    QuorumResigned {
        /// The epoch it led.
        leader_epoch: LeaderEpoch,
        /// In words.
        reason: Str,
    },
    /// The leader of the metadata quorum has appended a change of its voters.
    QuorumVoters {
        /// Of the record.
        offset: Offset,
        /// Who votes from now on.
        voters: Vec<BrokerId>,
    },
    /// A request failed in a way an operator may want to see.
    RequestFailed {
        /// Name of the API.
        api: Str,
        /// What the client was told.
        error: ErrorCode,
        /// In words.
        message: Str,
    },
}

/// What moved the first readable offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogStartCause {
    /// `retention.ms`.
    RetentionTime,
    /// `retention.bytes`.
    RetentionSize,
    /// A client asked (`DeleteRecords`).
    Request,
    /// A leader's start lies higher.
    Leader,
    /// A metadata snapshot stands for what was before.
    Snapshot,
}

/// Why a node has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It was asked to stop and has written what an orderly stop writes.
    Shutdown,
    /// The last usable log directory failed.
    LogDirFailed {
        /// Which.
        dir: DirIndex,
        /// What it said.
        kind: DiskErrorKind,
    },
    /// The data directory cannot be used as it is; nothing was overwritten. One sentence for the operator.
    Refused(String),
}
