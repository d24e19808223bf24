//! One shard of the group coordinator: the groups whose ids hash to one partition of `__consumer_offsets`.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::leave_group_request::MemberIdentity;
use klamm_wire::messages::{
    HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetDeleteRequest,
    SyncGroupRequest,
};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::connection::Ticket;
use crate::coordinator::{Decision, Envelope, Machine};
use crate::cx::Cx;
use crate::group::Answer;
use crate::group::admin::{Describe, List};
use crate::group::classic::{Group, Parked, Phase};
use crate::group::expiry::DeletedTopic;
use crate::group::join::Join;
use crate::group::offsets::{Commit, GroupOffsets};
use crate::group::rebalance::{Turn, join_refusal, sync_refusal};
use crate::group::records::{ClassicGroup, Record};
use crate::group::transactions::{PendingOffsets, TransactionalCommit};
use crate::replica::EndOfTransaction;
use crate::timer::Timer;
use crate::types::Offset;

/// What is asked of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Join(Join),
    Sync(i16, SyncGroupRequest),
    Heartbeat(HeartbeatRequest),
    /// With the version, which says how the answer is given.
    Leave(i16, LeaveGroupRequest),
    CommitOffsets(Commit),
    CommitInTransaction(TransactionalCommit),
    /// A marker that the partition may take.
    EndTransaction(EndOfTransaction),
    DeleteOffsets(OffsetDeleteRequest),
    DeleteGroup(Str),
    Describe(Describe),
    List(List),
    /// A member, or an id that was to become one, was silent: `(group, member)`.
    MemberExpired(Str, Str),
    /// The waiting of a rebalance is over.
    RebalanceTimeout(Str),
    /// Time to look for offsets that have outlived their retention.
    ExpireOffsets,
    /// Topics are gone, and with them what was committed in them.
    TopicsDeleted(Vec<DeletedTopic>),
}

/// The replicated state: what the records of the partition add up to.
///
/// Invariant, asserted by [`GroupShard::check`]: offsets belong to a known group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupShard {
    /// Index of the partition.
    pub(crate) shard: i32,
    pub(crate) groups: BTreeMap<Str, ClassicGroup>,
    /// By group.
    pub(crate) offsets: BTreeMap<Str, GroupOffsets>,
    /// Offsets that are committed if the transaction of a producer is: by producer and group.
    pub(crate) pending: BTreeMap<i64, PendingOffsets>,
}

/// What the leader of a shard knows besides the records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Soft {
    /// Groups with members or with ids handed out. A group that is not here is as its record says.
    pub(crate) groups: BTreeMap<Str, Group>,
    /// Deleted topics whose offsets are not all forgotten yet, with their names where known.
    pub(crate) deleted_topics: BTreeMap<Uuid, Option<Str>>,
}

impl GroupShard {
    pub(crate) fn new(shard: i32) -> Self {
        Self { shard, groups: BTreeMap::new(), offsets: BTreeMap::new(), pending: BTreeMap::new() }
    }

    /// The group as it is now, if there is one.
    pub(crate) fn view<'a>(&self, live: &'a BTreeMap<Str, Group>, id: &str) -> Option<Cow<'a, Group>> {
        match live.get(id) {
            Some(group) => Some(Cow::Borrowed(group)),
            None => self.groups.get(id).map(|record| Cow::Owned(Group::load(Some(record)))),
        }
    }

    /// Lets a command work on a group, if there is one.
    pub(crate) fn with_group<R>(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        id: &Str,
        out: &mut Decision<Record, Answer>,
        work: impl FnOnce(&mut Turn<'_, '_>) -> R,
    ) -> Option<R> {
        let known = live.contains_key(id) || self.groups.contains_key(id);
        known.then(|| self.with_group_or_new(live, cx, id, out, work))
    }

    /// Lets a command work on a group that comes into being if there is none.
    fn with_group_or_new<R>(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        id: &Str,
        out: &mut Decision<Record, Answer>,
        work: impl FnOnce(&mut Turn<'_, '_>) -> R,
    ) -> R {
        let record = self.groups.get(id);
        let mut group = live.remove(id).unwrap_or_else(|| Group::load(record));
        group.check_against(record);
        let result = work(&mut Turn { shard: self.shard, id, group: &mut group, cx, out });
        group.check();
        if group.phase == Phase::Empty && group.pending.is_empty() {
            cx.timers.cancel(&Timer::GroupRebalance(self.shard, id.clone()));
        } else {
            live.insert(id.clone(), group);
        }
        result
    }

    fn join(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        join: &Join,
    ) -> Decision<Record, Answer> {
        let request = &join.request;
        let mut out = nothing();
        let (min, max) = (cx.config.group_min_session_timeout_ms, cx.config.group_max_session_timeout_ms);
        let refused = if request.group_id.is_empty() {
            Some(ErrorCode::INVALID_GROUP_ID)
        } else if !(min..=max).contains(&request.session_timeout_ms) {
            Some(ErrorCode::INVALID_SESSION_TIMEOUT)
        } else if request.member_id.is_empty() {
            self.with_group_or_new(live, cx, &request.group_id, &mut out, |turn| turn.join(join));
            None
        } else {
            // Only a group that is known can know a member.
            let known = self.with_group(live, cx, &request.group_id, &mut out, |turn| turn.join(join));
            known.is_none().then_some(ErrorCode::UNKNOWN_MEMBER_ID)
        };
        if let Some(error) = refused {
            out.answers.push((join.parked.ticket, join.refusal(error).into()));
        }
        out
    }

    fn sync(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        parked: Parked,
        request: &SyncGroupRequest,
    ) -> Decision<Record, Answer> {
        let mut out = nothing();
        let known = self.with_group(live, cx, &request.group_id, &mut out, |turn| turn.sync(parked, request));
        if known.is_none() {
            let error = unknown_group(&request.group_id);
            out.answers.push((parked.ticket, sync_refusal(error).into()));
        }
        out
    }

    fn heartbeat(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        request: &HeartbeatRequest,
    ) -> Decision<Record, Answer> {
        let mut out = nothing();
        let beat = self.with_group(live, cx, &request.group_id, &mut out, |turn| turn.heartbeat(request));
        let beat = beat.unwrap_or_else(|| Err(unknown_group(&request.group_id)));
        let error_code = beat.err().unwrap_or(ErrorCode::NONE);
        let response = HeartbeatResponse { error_code, ..HeartbeatResponse::default() };
        out.answers.push((ticket, response.into()));
        out
    }

    fn leave(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        api_version: i16,
        request: &LeaveGroupRequest,
    ) -> Decision<Record, Answer> {
        let mut out = nothing();
        let mut response = LeaveGroupResponse::default();
        let alone =
            [MemberIdentity { member_id: request.member_id.clone(), group_instance_id: None, reason: None }];
        let identities = if api_version >= LEAVES_BY_LIST { &request.members[..] } else { &alone[..] };
        if request.group_id.is_empty() {
            response.error_code = ErrorCode::INVALID_GROUP_ID;
        } else {
            let left = self.with_group(live, cx, &request.group_id, &mut out, |turn| turn.leave(identities));
            response.members = left.unwrap_or_else(|| crate::group::member::nobody(identities));
            if api_version < LEAVES_BY_LIST {
                response.error_code = response.members[0].error_code;
                response.members = Vec::new();
            }
        }
        out.answers.push((ticket, response.into()));
        out
    }

    /// Begins to lead: members that the log knows have a session's time to be heard.
    ///
    /// Kafka: `GroupMetadataManager.onLoaded`.
    pub(crate) fn on_loaded(&self, soft: &mut Soft, cx: &mut Cx<'_>) {
        let mut out = nothing();
        let max = usize::try_from(cx.config.group_max_size).unwrap_or(usize::MAX);
        for (id, record) in self.groups.iter().filter(|(_, record)| !record.members.is_empty()) {
            self.with_group(&mut soft.groups, cx, id, &mut out, |turn| {
                for member in &record.members {
                    turn.arm_session(&member.id);
                }
                if record.members.len() > max {
                    turn.rebalance("the group is larger than group.max.size allows".into());
                }
            });
        }
        assert!(out.records.is_empty(), "members that are there keep a group from changing its record");
        self.arm_expiry(cx);
        self.check();
    }

    /// Stops leading: no timer of this shard stays, and whoever waits is to be told to look elsewhere.
    pub(crate) fn on_unloaded(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Vec<(Ticket, Answer)> {
        let soft = core::mem::take(soft);
        cx.timers.cancel(&Timer::OffsetExpiry(self.shard));
        for (id, group) in &soft.groups {
            cx.timers.cancel(&Timer::GroupRebalance(self.shard, id.clone()));
            for member in group.members.keys().chain(&group.pending) {
                cx.timers.cancel(&Timer::GroupMember(self.shard, id.clone(), member.clone()));
            }
        }
        let members = soft.groups.values().flat_map(|group| &group.members);
        let waiting = members.flat_map(|(id, member)| {
            let error = ErrorCode::NOT_COORDINATOR;
            let joining = member
                .joining
                .map(|parked| (parked.ticket, join_refusal(parked.api_version, id, error).into()));
            let syncing = member.syncing.map(|parked| (parked.ticket, sync_refusal(error).into()));
            joining.into_iter().chain(syncing)
        });
        waiting.collect()
    }

    /// Checks what must hold after every record; costs as much as there are groups.
    pub(crate) fn check(&self) {
        for group in self.offsets.keys() {
            assert!(self.groups.contains_key(group), "{group} has offsets and is not known");
        }
    }
}

/// First version of LeaveGroup that names several members.
const LEAVES_BY_LIST: i16 = 3;

fn unknown_group(id: &str) -> ErrorCode {
    if id.is_empty() { ErrorCode::INVALID_GROUP_ID } else { ErrorCode::UNKNOWN_MEMBER_ID }
}

impl Machine for GroupShard {
    type Soft = Soft;
    type Command = Command;
    type Record = Record;
    type Answer = Answer;

    fn decide(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: Command,
    ) -> Result<Decision<Record, Answer>, ErrorCode> {
        let asked = || ticket.expect("a request has a ticket");
        let live = &mut soft.groups;
        Ok(match command {
            Command::Join(join) => self.join(live, cx, &join),
            Command::Sync(api_version, request) => {
                self.sync(live, cx, Parked { ticket: asked(), api_version }, &request)
            }
            Command::Heartbeat(request) => self.heartbeat(live, cx, asked(), &request),
            Command::Leave(version, request) => self.leave(live, cx, asked(), version, &request),
            Command::CommitOffsets(request) => self.commit_offsets(live, cx, asked(), &request),
            Command::CommitInTransaction(request) => self.commit_in_transaction(live, cx, asked(), &request),
            Command::EndTransaction(end) => {
                Decision { records: vec![Record::EndTransaction(end)], answers: Vec::new() }
            }
            Command::DeleteOffsets(request) => self.delete_offsets(live, cx, asked(), &request),
            Command::DeleteGroup(group) => self.delete_group(live, cx, asked(), group),
            Command::Describe(describe) => {
                let described = self.describe(live, &describe);
                answer_only(asked(), Answer::Described(described))
            }
            Command::List(list) => answer_only(asked(), Answer::Listed(self.list(live, &list))),
            Command::MemberExpired(group, member) => {
                let mut out = nothing();
                self.with_group(live, cx, &group, &mut out, |turn| turn.expire(&member));
                out
            }
            Command::RebalanceTimeout(group) => {
                let mut out = nothing();
                self.with_group(live, cx, &group, &mut out, |turn| turn.on_rebalance_timeout());
                out
            }
            Command::ExpireOffsets => self.expire_offsets(soft, cx),
            Command::TopicsDeleted(topics) => self.forget_topics(soft, cx, topics),
        })
    }

    fn apply(&mut self, offset: Offset, record: &Record) {
        match record {
            Record::Offset { group, topic, partition, value } => {
                self.apply_offset(group, topic, *partition, value.as_ref(), offset);
            }
            Record::Pending { producer_id, group, topic, partition, value, .. } => {
                let offsets = self.pending.entry(*producer_id).or_default();
                let topics = offsets.entry(group.clone()).or_default();
                topics.entry(topic.clone()).or_default().insert(*partition, (offset, value.clone()));
            }
            Record::EndTransaction(end) => self.end_transaction(end),
            Record::Group { group, value: Some(value) } => {
                self.groups.insert(group.clone(), value.clone());
            }
            Record::Group { group, value: None } => {
                self.groups.remove(group);
                if self.offsets.contains_key(group) {
                    // Whoever wrote this log has left offsets behind: they keep the group alive.
                    self.groups.insert(group.clone(), ClassicGroup::default());
                }
            }
        }
    }

    fn encode(record: &Record) -> (Option<Bytes>, Option<Bytes>) {
        let (key, value) = record.encode();
        (Some(key), value)
    }

    fn decode(key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Record> {
        Record::decode(key, value)
    }

    fn envelope(record: &Record) -> Envelope {
        match record {
            Record::Offset { .. } | Record::Group { .. } => Envelope::Plain,
            Record::Pending { producer_id, producer_epoch, .. } => {
                Envelope::Transaction { producer_id: *producer_id, producer_epoch: *producer_epoch }
            }
            Record::EndTransaction(end) => Envelope::Marker(*end),
        }
    }

    fn in_transaction(producer_id: i64, producer_epoch: i16, record: Record) -> Option<Record> {
        match record {
            Record::Offset { group, topic, partition, value } => {
                Some(Record::Pending { producer_id, producer_epoch, group, topic, partition, value })
            }
            // Nobody writes anything else in a transaction.
            _ => None,
        }
    }

    fn end_of_transaction(end: EndOfTransaction) -> Option<Record> {
        Some(Record::EndTransaction(end))
    }
}

impl GroupShard {
    pub(super) fn forget(&mut self, group: &Str, topic: &Str, partition: i32) {
        let Some(topics) = self.offsets.get_mut(group) else { return };
        if let Some(partitions) = topics.get_mut(topic) {
            partitions.remove(&partition);
            if partitions.is_empty() {
                topics.remove(topic);
            }
        }
        if topics.is_empty() {
            self.offsets.remove(group);
        }
    }
}

/// What is decided is still to come.
pub(crate) fn nothing() -> Decision<Record, Answer> {
    Decision { records: Vec::new(), answers: Vec::new() }
}

/// A command that only looks.
fn answer_only(ticket: Ticket, answer: Answer) -> Decision<Record, Answer> {
    Decision { records: Vec::new(), answers: vec![(ticket, answer)] }
}
