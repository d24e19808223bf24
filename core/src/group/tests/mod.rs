//! One shard, its clients and a log in memory: tests that read like incident reports.
//!
//! Everything a shard writes goes through its record format; with [`Shard::hold_commits`] it is written but not
//! committed, as on a disk that does not answer.

mod generations;
mod golden;
mod membership;
mod offsets;
mod reload;
mod statics;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};
use klamm_wire::messages::join_group_request::JoinGroupRequestProtocol;
use klamm_wire::messages::leave_group_request::MemberIdentity;
use klamm_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use klamm_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use klamm_wire::messages::{
    ConsumerProtocolSubscription, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest, OffsetCommitResponse, Response,
    SyncGroupRequest, SyncGroupResponse,
};
use klamm_wire::metadata_records::{MetadataRecord, TopicRecord};
use klamm_wire::{ErrorCode, Message, Str, Uuid};

use crate::config::Config;
use crate::connection::Ticket;
use crate::coordinator::{Hosted, Machine, Submitted};
use crate::cx::Cx;
use crate::edge::{ConnId, Effect, Effects};
use crate::event::Event;
use crate::group::records::CommittedOffset;
use crate::group::{Answer, Command, Commit, Describe, GroupCoordinator, GroupShard, Join, Parked};
use crate::image::MetadataImage;
use crate::log::TailMemory;
use crate::rng::Rng;
use crate::time::Now;
use crate::timer::Timers;

const SHARD: i32 = 7;
const GROUP: &str = "orders";
const SESSION_MS: i32 = 10_000;
const REBALANCE_MS: i32 = 60_000;
/// Newest version of JoinGroup.
const NEWEST: i16 = 9;

/// The id of the topic `t`.
const TOPIC_ID: Uuid = Uuid([7; 16]);

/// A shard that leads, and all that is around it.
struct Shard {
    hosted: Hosted<GroupShard>,
    log: Vec<(Option<Bytes>, Option<Bytes>)>,
    config: Config,
    image: MetadataImage,
    rng: Rng,
    timers: Timers,
    tail: TailMemory,
    now: Now,
    fx: Effects,
    tickets: u64,
    hold_commits: bool,
    answers: BTreeMap<Ticket, Answer>,
}

impl Shard {
    /// A shard over an empty log; groups do not wait for more members in the beginning.
    fn new() -> Self {
        Self::with(Config { group_initial_rebalance_delay_ms: 0, ..Config::default() })
    }

    fn with(config: Config) -> Self {
        let mut shard = Self {
            hosted: Hosted::new(GroupShard::new(SHARD)),
            log: Vec::new(),
            config,
            image: MetadataImage::new(Uuid::ZERO),
            rng: Rng::new(1),
            timers: Timers::default(),
            tail: TailMemory::new(0),
            now: Now { wall_ms: 1_700_000_000_000, ..Now::default() },
            fx: Vec::new(),
            tickets: 0,
            hold_commits: false,
            answers: BTreeMap::new(),
        };
        shard.create_topic("t", TOPIC_ID);
        shard
    }

    fn create_topic(&mut self, name: &str, topic_id: Uuid) {
        let record = TopicRecord { name: name.into(), topic_id };
        self.image.apply(self.image.offset + 1, &MetadataRecord::Topic(record));
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket { connection: ConnId(self.tickets), sequence: 0 }
    }

    fn submit(&mut self, ticket: Option<Ticket>, command: Command) {
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            image: &self.image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut self.tail,
            fx: &mut self.fx,
        };
        match self.hosted.submit(&mut cx, ticket, command).expect("a shard says no in its answers") {
            Submitted::Answers(answers) => self.deliver(answers),
            Submitted::Waiting => {}
            Submitted::Append(records, answers) => {
                let base = i64::try_from(self.log.len()).unwrap();
                self.log.extend(records.iter().map(GroupShard::encode));
                self.hosted.appended(base, records, answers);
                if !self.hold_commits {
                    self.commit();
                }
            }
        }
    }

    fn deliver(&mut self, answers: Vec<(Ticket, Answer)>) {
        for (ticket, answer) in answers {
            let replaced = self.answers.insert(ticket, answer);
            assert!(replaced.is_none(), "{ticket:?} is answered once");
        }
    }

    /// The high watermark reaches the end of the log.
    fn commit(&mut self) {
        let end = i64::try_from(self.log.len()).unwrap();
        let answers = self.hosted.commit(end).answers;
        self.deliver(answers);
        self.hosted.committed().check();
    }

    /// Time passes, and every deadline on the way is met.
    fn pass(&mut self, ms: i64) {
        let end = self.now.monotonic.after_ms(ms);
        while let Some(at) = self.timers.next().filter(|at| *at <= end) {
            let step = at.since(self.now.monotonic);
            self.now.monotonic = self.now.monotonic.max(at);
            self.now.wall_ms += i64::try_from(step.as_millis()).unwrap();
            let timer = self.timers.pop_due(at).expect("it is due");
            for (shard, command) in GroupCoordinator::new().on_timer(&timer) {
                assert_eq!(shard, SHARD);
                self.submit(None, command);
            }
        }
        self.now.wall_ms += i64::try_from(end.since(self.now.monotonic).as_millis()).unwrap();
        self.now.monotonic = end;
    }

    /// The coordinator dies; another one reads the log and goes on.
    fn restart(&mut self) {
        let mut machine = GroupShard::new(SHARD);
        for (offset, (key, value)) in (0..).zip(&self.log) {
            if let Some(record) = GroupShard::decode(key.as_ref(), value.as_ref()) {
                machine.apply(offset, &record);
            }
        }
        self.timers = Timers::default();
        self.hosted = Hosted::new(machine.clone());
        let mut cx = Cx {
            now: self.now,
            config: &self.config,
            image: &self.image,
            rng: &mut self.rng,
            timers: &mut self.timers,
            tail: &mut self.tail,
            fx: &mut self.fx,
        };
        machine.on_loaded(&mut self.hosted.soft, &mut cx);
    }

    /// What was observed since the last time.
    fn events(&mut self) -> Vec<Event> {
        let events = core::mem::take(&mut self.fx).into_iter();
        events
            .filter_map(|effect| if let Effect::Observe(event) = effect { Some(event) } else { None })
            .collect()
    }

    /// The answer to a request, if it has come.
    fn answer(&mut self, ticket: Ticket) -> Option<Answer> {
        self.answers.remove(&ticket)
    }

    // What clients send.

    fn send_join(&mut self, joining: &Joining) -> Ticket {
        let ticket = self.ticket();
        let join = Join {
            parked: Parked { ticket, api_version: joining.api_version },
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            request: joining.request(),
        };
        self.submit(Some(ticket), Command::Join(join));
        ticket
    }

    fn joined(&mut self, ticket: Ticket) -> Option<JoinGroupResponse> {
        match self.answer(ticket)? {
            Answer::Response(Response::JoinGroup(response)) => Some(response),
            other => panic!("{other:?} is no answer to a JoinGroup"),
        }
    }

    /// Joins and gets an answer at once.
    fn join(&mut self, joining: &Joining) -> JoinGroupResponse {
        let ticket = self.send_join(joining);
        self.joined(ticket).expect("the answer does not wait")
    }

    /// A member id for a new consumer, as clients since 2.2 ask for it first.
    fn member_id(&mut self) -> Str {
        let refused = self.join(&Joining::new());
        assert_eq!(refused.error_code, ErrorCode::MEMBER_ID_REQUIRED);
        refused.member_id
    }

    fn send_sync(&mut self, member: &str, generation: i32, assignments: &[(&Str, &str)]) -> Ticket {
        let ticket = self.ticket();
        let assignments = assignments.iter().map(|(member, assignment)| SyncGroupRequestAssignment {
            member_id: (*member).clone(),
            assignment: Bytes::copy_from_slice(assignment.as_bytes()),
        });
        let request = SyncGroupRequest {
            group_id: GROUP.into(),
            generation_id: generation,
            member_id: member.into(),
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignments: assignments.collect(),
            ..SyncGroupRequest::default()
        };
        self.submit(Some(ticket), Command::Sync(5, request));
        ticket
    }

    fn synced(&mut self, ticket: Ticket) -> Option<SyncGroupResponse> {
        match self.answer(ticket)? {
            Answer::Response(Response::SyncGroup(response)) => Some(response),
            other => panic!("{other:?} is no answer to a SyncGroup"),
        }
    }

    fn heartbeat(&mut self, member: &str, generation: i32) -> ErrorCode {
        self.heartbeat_as(member, None, generation)
    }

    fn heartbeat_as(&mut self, member: &str, instance: Option<&str>, generation: i32) -> ErrorCode {
        let request = HeartbeatRequest {
            group_id: GROUP.into(),
            generation_id: generation,
            member_id: member.into(),
            group_instance_id: instance.map(Str::from),
        };
        let ticket = self.ticket();
        self.submit(Some(ticket), Command::Heartbeat(request));
        match self.answer(ticket) {
            Some(Answer::Response(Response::Heartbeat(HeartbeatResponse { error_code, .. }))) => error_code,
            other => panic!("{other:?} is no answer to a Heartbeat"),
        }
    }

    fn leave(&mut self, identities: &[(&str, Option<&str>)]) -> LeaveGroupResponse {
        let members = identities.iter().map(|(member, instance)| MemberIdentity {
            member_id: (*member).into(),
            group_instance_id: instance.map(Str::from),
            reason: None,
        });
        let request = LeaveGroupRequest {
            group_id: GROUP.into(),
            members: members.collect(),
            ..LeaveGroupRequest::default()
        };
        let ticket = self.ticket();
        self.submit(Some(ticket), Command::Leave(5, request));
        match self.answer(ticket) {
            Some(Answer::Response(Response::LeaveGroup(response))) => response,
            other => panic!("{other:?} is no answer to a LeaveGroup"),
        }
    }

    fn send_commit(&mut self, member: &str, generation: i32, offset: i64) -> Ticket {
        self.send_commit_of(9, committing(member, generation, offset))
    }

    fn send_commit_of(&mut self, api_version: i16, request: OffsetCommitRequest) -> Ticket {
        let ticket = self.ticket();
        self.submit(Some(ticket), Command::CommitOffsets(Commit { api_version, request }));
        ticket
    }

    /// What is said about the first partition of a commit.
    fn committed(&mut self, ticket: Ticket) -> Option<ErrorCode> {
        match self.answer(ticket)? {
            Answer::Response(Response::OffsetCommit(OffsetCommitResponse { topics, .. })) => {
                Some(topics[0].partitions[0].error_code)
            }
            other => panic!("{other:?} is no answer to an OffsetCommit"),
        }
    }

    fn commit_offset(&mut self, member: &str, generation: i32, offset: i64) -> ErrorCode {
        let ticket = self.send_commit(member, generation, offset);
        self.committed(ticket).expect("the answer does not wait")
    }

    /// The committed offset of partition 0 of `t`.
    fn offset(&self) -> Option<i64> {
        self.stored().map(|committed| committed.offset)
    }

    fn stored(&self) -> Option<&CommittedOffset> {
        self.hosted.committed().committed_offset(GROUP, "t", Uuid::ZERO, 0)
    }

    fn describe(&mut self) -> klamm_wire::messages::describe_groups_response::DescribedGroup {
        let ticket = self.ticket();
        let describe = Describe { group: GROUP.into(), api_version: 6, include_operations: false };
        self.submit(Some(ticket), Command::Describe(describe));
        match self.answer(ticket) {
            Some(Answer::Described(group)) => group,
            other => panic!("{other:?} is no description"),
        }
    }

    fn state(&mut self) -> Str {
        self.describe().group_state
    }

    // What tests begin with.

    /// Lets consumers with these ids into an empty group; the first one leads. Their answers, in order.
    fn join_all(&mut self, ids: &[Str]) -> Vec<JoinGroupResponse> {
        let first = self.join(&Joining::of(&ids[0]));
        if ids.len() == 1 {
            return vec![first];
        }
        // The first one began a generation alone; it comes back for the one with everybody.
        let others: Vec<Ticket> = ids[1..].iter().map(|id| self.send_join(&Joining::of(id))).collect();
        let again = self.send_join(&Joining::of(&ids[0]));
        let tickets = [again].into_iter().chain(others);
        tickets.map(|ticket| self.joined(ticket).expect("everybody is here")).collect()
    }

    /// The leader, which is the first one, gives everybody `part N`.
    fn sync_all(&mut self, ids: &[Str], generation: i32) -> Vec<SyncGroupResponse> {
        let parts: Vec<_> = (0..ids.len()).map(|index| format!("part {index}")).collect();
        let parts: Vec<(&Str, &str)> = ids.iter().zip(parts.iter().map(|part| &**part)).collect();
        let others: Vec<Ticket> = ids[1..].iter().map(|id| self.send_sync(id, generation, &[])).collect();
        let leader = self.send_sync(&ids[0], generation, &parts);
        let tickets = [leader].into_iter().chain(others);
        tickets.map(|ticket| self.synced(ticket).expect("the leader has assigned")).collect()
    }

    /// A stable group of this many dynamic consumers: their ids, the leader first, and the generation.
    fn stable_group(&mut self, members: usize) -> (Vec<Str>, i32) {
        let ids: Vec<Str> = (0..members).map(|_| self.member_id()).collect();
        let generation = self.join_all(&ids)[0].generation_id;
        let synced = self.sync_all(&ids, generation);
        assert!(synced.iter().all(|synced| synced.error_code == ErrorCode::NONE));
        (ids, generation)
    }
}

/// A JoinGroup to be sent.
#[derive(Clone)]
struct Joining {
    api_version: i16,
    member_id: Str,
    instance_id: Option<Str>,
    session_timeout_ms: i32,
    protocol_type: Str,
    protocols: Vec<(Str, Bytes)>,
}

impl Joining {
    /// A consumer that does not know its id yet.
    fn new() -> Self {
        Self {
            api_version: NEWEST,
            member_id: "".into(),
            instance_id: None,
            session_timeout_ms: SESSION_MS,
            protocol_type: "consumer".into(),
            protocols: vec![("range".into(), subscription(&["t"]))],
        }
    }

    fn of(member_id: &Str) -> Self {
        Self { member_id: member_id.clone(), ..Self::new() }
    }

    /// A static member that has just been started.
    fn instance(instance_id: &str) -> Self {
        Self { instance_id: Some(instance_id.into()), ..Self::new() }
    }

    fn version(self, api_version: i16) -> Self {
        Self { api_version, ..self }
    }

    /// The assignors, best first; each with the same subscription.
    fn protocols(self, names: &[&str]) -> Self {
        let protocols = names.iter().map(|name| (Str::from(*name), subscription(&["t"]))).collect();
        Self { protocols, ..self }
    }

    fn request(&self) -> JoinGroupRequest {
        let protocols = self.protocols.iter().map(|(name, metadata)| JoinGroupRequestProtocol {
            name: name.clone(),
            metadata: metadata.clone(),
        });
        JoinGroupRequest {
            group_id: GROUP.into(),
            session_timeout_ms: self.session_timeout_ms,
            rebalance_timeout_ms: REBALANCE_MS,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: self.protocol_type.clone(),
            protocols: protocols.collect(),
            reason: None,
        }
    }
}

/// A consumer's metadata: version 1, with these topics.
fn subscription(topics: &[&str]) -> Bytes {
    let topics = topics.iter().map(|topic| Str::from(*topic)).collect();
    let message = ConsumerProtocolSubscription { topics, ..ConsumerProtocolSubscription::default() };
    let mut bytes = BytesMut::new();
    bytes.put_i16(1);
    bytes.put_slice(&message.to_bytes(1).expect("it fits"));
    bytes.freeze()
}

/// A commit of one offset in partition 0 of `t`.
fn committing(member: &str, generation: i32, offset: i64) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: offset,
        committed_leader_epoch: 3,
        committed_metadata: Some("note".into()),
    };
    let topic =
        OffsetCommitRequestTopic { name: "t".into(), topic_id: TOPIC_ID, partitions: vec![partition] };
    OffsetCommitRequest {
        group_id: GROUP.into(),
        generation_id_or_member_epoch: generation,
        member_id: member.into(),
        topics: vec![topic],
        ..OffsetCommitRequest::default()
    }
}
