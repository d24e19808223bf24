//! The records of `__consumer_offsets` that this coordinator writes and understands, in Kafka's formats.

use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::group_records::group_metadata_value::MemberMetadata;
use klamm_wire::group_records::{
    GroupMetadataKey, GroupMetadataValue, GroupRecord, LegacyOffsetCommitValue, OffsetCommitKey,
    OffsetCommitValue,
};
use klamm_wire::{Str, Uuid};

use crate::replica::EndOfTransaction;
use crate::types::{LeaderEpoch, Offset};

/// One change of a shard's hard state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Record {
    /// A committed offset, or its end.
    Offset {
        group: Str,
        topic: Str,
        partition: i32,
        /// `None` forgets the offset.
        value: Option<CommittedOffset>,
    },
    /// An offset that is committed if a transaction is.
    Pending {
        producer_id: i64,
        producer_epoch: i16,
        group: Str,
        topic: Str,
        partition: i32,
        /// `None` forgets the offset then; only other coordinators write that.
        value: Option<CommittedOffset>,
    },
    /// A transaction has ended, and with it every offset that is pending in it.
    EndTransaction(EndOfTransaction),
    /// A classic group as of its newest generation, or its end.
    Group {
        group: Str,
        /// `None` forgets the group.
        value: Option<ClassicGroup>,
    },
}

/// Where a group goes on in a partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CommittedOffset {
    /// The next offset to be consumed. Taken from the client as it is.
    pub(crate) offset: Offset,
    /// Epoch of the last consumed record; -1 where the client did not say.
    pub(crate) leader_epoch: LeaderEpoch,
    /// Whatever the client wanted to keep beside it.
    pub(crate) metadata: Str,
    /// Wall clock of the commit, in milliseconds since the Unix epoch.
    pub(crate) commit_timestamp: i64,
    /// Wall clock at which it is forgotten; only clients older than 2.1 choose one themselves.
    pub(crate) expire_timestamp: Option<i64>,
    /// Identity of the topic when the offset was committed; zero where it was not known.
    pub(crate) topic_id: Uuid,
    /// Where its record lies in the log; not part of it. -1 until it is there.
    pub(crate) record_offset: Offset,
}

/// A classic group as its newest record tells it.
///
/// What a value of this type guarantees, whatever was read: a group with members has a protocol, its leader is
/// a member, no member stands in it twice, and no instance id stands for two members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ClassicGroup {
    /// `consumer`, `connect`, ...; `None` for a group that nobody ever joined (a simple group).
    pub(crate) protocol_type: Option<Str>,
    /// Grows with every rebalance.
    pub(crate) generation: i32,
    /// The assignor all members agreed on; `None` without members.
    pub(crate) protocol: Option<Str>,
    /// Who assigned; `None` without members.
    pub(crate) leader: Option<Str>,
    /// Wall clock of the last change of state, in milliseconds; `None` in records of old brokers.
    pub(crate) state_timestamp: Option<i64>,
    /// Sorted by id.
    pub(crate) members: Vec<ClassicMember>,
}

/// A member as the record of its group tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassicMember {
    pub(crate) id: Str,
    /// Set for static members.
    pub(crate) instance_id: Option<Str>,
    pub(crate) client_id: Str,
    pub(crate) client_host: Str,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    /// What the member said under the group's protocol.
    pub(crate) subscription: Bytes,
    /// What the leader gave it. Opaque, possibly empty.
    pub(crate) assignment: Bytes,
}

/// Version of the group's value: the newest one without tagged fields, which every Kafka since 2.3 reads.
const GROUP_VALUE_VERSION: i16 = 3;
/// Version of an offset's value: the only one that carries the topic id.
const OFFSET_VALUE_VERSION: i16 = 4;
/// Version of an offset's value with an expiry of its own: the only one that carries it.
const EXPIRING_OFFSET_VALUE_VERSION: i16 = 1;

/// No group gets this far; a log that says so must not make the next generation overflow.
const GENERATION_MAX: i32 = 2_000_000_000;

impl Record {
    /// Key and value of the log record.
    ///
    /// # Panics
    /// If a text is longer than the format allows: requests cannot carry such a text.
    pub(crate) fn encode(&self) -> (Bytes, Option<Bytes>) {
        let (record, version) = match self {
            Self::EndTransaction(_) => unreachable!("a marker stands for it"),
            Self::Offset { group, topic, partition, value }
            | Self::Pending { group, topic, partition, value, .. } => {
                let key =
                    OffsetCommitKey { group: group.clone(), topic: topic.clone(), partition: *partition };
                let expires = value.as_ref().is_some_and(|value| value.expire_timestamp.is_some());
                let version = if expires { EXPIRING_OFFSET_VALUE_VERSION } else { OFFSET_VALUE_VERSION };
                (GroupRecord::OffsetCommit(key, value.as_ref().map(OffsetCommitValue::from)), version)
            }
            Self::Group { group, value } => {
                let key = GroupMetadataKey { group: group.clone() };
                let value = value.as_ref().map(GroupMetadataValue::from);
                (GroupRecord::GroupMetadata(key, value), GROUP_VALUE_VERSION)
            }
        };
        record.encode(version).expect("texts of requests fit into records")
    }

    /// The change in a log record; `None` for kinds this coordinator does not know and for what is malformed.
    ///
    /// Skipping is what Kafka does with unknown kinds, so that a log survives a downgrade.
    pub(crate) fn decode(key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Self> {
        match GroupRecord::decode(key?, value).ok()?? {
            GroupRecord::OffsetCommit(key, value) => Some(Self::Offset {
                group: key.group,
                topic: key.topic,
                partition: key.partition,
                value: value.map(CommittedOffset::from),
            }),
            GroupRecord::LegacyOffsetCommit(key, value) => Some(Self::Offset {
                group: key.group,
                topic: key.topic,
                partition: key.partition,
                value: value.map(CommittedOffset::from),
            }),
            GroupRecord::GroupMetadata(key, value) => {
                Some(Self::Group { group: key.group, value: value.map(ClassicGroup::from) })
            }
            _ => None,
        }
    }
}

impl From<&CommittedOffset> for OffsetCommitValue {
    fn from(committed: &CommittedOffset) -> Self {
        Self {
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata.clone(),
            commit_timestamp: committed.commit_timestamp,
            expire_timestamp: committed.expire_timestamp.unwrap_or(-1),
            topic_id: committed.topic_id,
        }
    }
}

impl From<OffsetCommitValue> for CommittedOffset {
    fn from(value: OffsetCommitValue) -> Self {
        Self {
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: value.metadata,
            commit_timestamp: value.commit_timestamp,
            expire_timestamp: Some(value.expire_timestamp).filter(|at| *at != -1),
            topic_id: value.topic_id,
            record_offset: -1,
        }
    }
}

impl From<LegacyOffsetCommitValue> for CommittedOffset {
    fn from(value: LegacyOffsetCommitValue) -> Self {
        Self {
            offset: value.offset,
            leader_epoch: -1,
            metadata: value.metadata,
            commit_timestamp: value.commit_timestamp,
            expire_timestamp: None,
            topic_id: Uuid::ZERO,
            record_offset: -1,
        }
    }
}

impl From<&ClassicGroup> for GroupMetadataValue {
    fn from(group: &ClassicGroup) -> Self {
        Self {
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            generation: group.generation,
            protocol: group.protocol.clone(),
            leader: group.leader.clone(),
            current_state_timestamp: group.state_timestamp.unwrap_or(-1),
            members: group.members.iter().map(MemberMetadata::from).collect(),
        }
    }
}

impl From<GroupMetadataValue> for ClassicGroup {
    fn from(value: GroupMetadataValue) -> Self {
        let mut group = Self {
            protocol_type: Some(value.protocol_type).filter(|text| !text.is_empty()),
            generation: value.generation.clamp(0, GENERATION_MAX),
            protocol: value.protocol,
            leader: value.leader,
            state_timestamp: Some(value.current_state_timestamp).filter(|at| *at != -1),
            members: value.members.into_iter().map(ClassicMember::from).collect(),
        };
        group.normalize();
        group
    }
}

impl ClassicGroup {
    /// Makes what came from a log valid: the log may have been written by anyone.
    fn normalize(&mut self) {
        self.members.sort_by(|a, b| a.id.cmp(&b.id));
        self.members.dedup_by(|a, b| a.id == b.id);
        let mut instances = alloc::collections::BTreeSet::new();
        self.members.retain(|member| match &member.instance_id {
            Some(instance) => instances.insert(instance.clone()),
            None => true,
        });
        if self.protocol.is_none() || self.protocol_type.is_none() {
            self.members.clear();
        }
        let Some(first) = self.members.first() else {
            self.protocol = None;
            self.leader = None;
            return;
        };
        let is_member = |id: &Str| self.members.iter().any(|member| member.id == *id);
        if !self.leader.as_ref().is_some_and(is_member) {
            self.leader = Some(first.id.clone());
        }
    }
}

impl From<&ClassicMember> for MemberMetadata {
    fn from(member: &ClassicMember) -> Self {
        Self {
            member_id: member.id.clone(),
            group_instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: member.rebalance_timeout_ms,
            session_timeout: member.session_timeout_ms,
            subscription: member.subscription.clone(),
            assignment: member.assignment.clone(),
        }
    }
}

impl From<MemberMetadata> for ClassicMember {
    fn from(value: MemberMetadata) -> Self {
        // Records of the first version have no rebalance timeout: the session timeout stood for both.
        let rebalance = Some(value.rebalance_timeout).filter(|timeout| *timeout != -1);
        Self {
            id: value.member_id,
            instance_id: value.group_instance_id,
            client_id: value.client_id,
            client_host: value.client_host,
            rebalance_timeout_ms: rebalance.unwrap_or(value.session_timeout),
            session_timeout_ms: value.session_timeout,
            subscription: value.subscription,
            assignment: value.assignment,
        }
    }
}
