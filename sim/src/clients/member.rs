//! A member of a consumer group of the classic protocol: it joins, is assigned partitions or assigns them, commits
//! offsets of what it owns, reads them back, and now and then falls silent, leaves, or forgets who it was.
//!
//! Source: KIP-62, KIP-345 (static members), KIP-394 (member ids).

use bytes::Bytes;
use klamm_wire::messages::join_group_request::JoinGroupRequestProtocol;
use klamm_wire::messages::leave_group_request::MemberIdentity;
use klamm_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use klamm_wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, OffsetFetchResponse, Request,
    Response, SyncGroupRequest,
};
use klamm_wire::{ErrorCode, Str};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient, offsets};
use crate::checkers::groups::{self, Known, Membership};
use crate::checkers::{Check, commits};
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::{NodeId, Stamp, Standing};
use crate::random::Stream;

#[derive(Clone, Debug)]
enum Purpose {
    Join,
    Sync,
    Heartbeat,
    Commit {
        partition: PartitionId,
        offset: i64,
        known: Known,
    },
    /// What was confirmed when the question was asked.
    Fetch(Vec<(PartitionId, i64)>),
    Leave,
}

/// What a member is about to do.
#[derive(Clone, Debug)]
enum Step {
    Join,
    /// With the assignments, if it is the one who makes them.
    Sync(Vec<SyncGroupRequestAssignment>),
    /// Reads where its partitions are.
    Read,
    Work,
    Leave,
}

/// How a member behaves.
#[derive(Clone, Debug)]
pub struct MemberConfig {
    /// Tells groups apart, and names this one.
    pub group: u64,
    /// Tells members apart, over all groups.
    pub number: u64,
    /// What the group shares.
    pub partitions: Vec<PartitionId>,
    /// `session.timeout.ms`.
    pub session_ms: i32,
    /// `max.poll.interval.ms`.
    pub rebalance_ms: i32,
    /// It has a `group.instance.id`.
    pub is_static: bool,
    /// Milliseconds between commits, at most.
    pub pause_ms_max: u64,
}

/// A member of the workload.
#[derive(Clone, Debug)]
pub struct Member {
    config: MemberConfig,
    cluster: Cluster<Purpose>,
    me: Membership,
    owned: Vec<PartitionId>,
    step: Step,
    /// An answer is waited for.
    busy: bool,
    next_at: Time,
    heartbeat_at: Time,
    ending: bool,
    read_at_end: bool,
    random: Stream,
}

impl Member {
    /// A member that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: MemberConfig) -> Self {
        let number = config.number;
        let group: Str = format!("members-{}", config.group).into();
        // A join is answered when the group is complete.
        let timeout_ms = config.rebalance_ms.unsigned_abs().into();
        let timeout_ms = 2_000 + 2 * u64::max(timeout_ms, 1_000);
        let cluster = ClusterConfig { name: "member", number, bootstrap, timeout_ms, partitions: &[] };
        let instance = config.is_static.then(|| format!("instance-{number}").into());
        Self {
            cluster: Cluster::new(seed, start, &cluster).coordinated_by(group.clone()),
            me: Membership { group, generation: -1, member_id: Str::default(), instance },
            config,
            owned: Vec::new(),
            step: Step::Join,
            busy: false,
            next_at: start,
            heartbeat_at: start,
            ending: false,
            read_at_end: false,
            random: Stream::numbered(seed, "member", number),
        }
    }

    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        let Some(node) = self.cluster.coordinator().filter(|_| !self.busy) else { return };
        let beats = matches!(self.step, Step::Work) && self.heartbeat_at <= now;
        if !beats && self.next_at > now {
            return;
        }
        let (version, request, purpose) = match &self.step {
            Step::Join => (5, self.join(), Purpose::Join),
            Step::Sync(assignments) => (3, self.sync(assignments.clone()), Purpose::Sync),
            Step::Read => self.read(ledger),
            Step::Leave => (3, self.leave(), Purpose::Leave),
            Step::Work if beats => {
                self.heartbeat_at = now.after_ms(u64::from(self.config.session_ms.unsigned_abs()) / 3);
                (3, self.heartbeat(), Purpose::Heartbeat)
            }
            Step::Work => match self.work(now, ledger) {
                Some(work) => work,
                None => return,
            },
        };
        self.busy = true;
        self.cluster.send(now, node, version, request, purpose, fx);
    }

    /// Something to do for a member that has its assignment; `None` if it has thought better of it.
    fn work(&mut self, now: Time, ledger: &mut Ledger) -> Option<(i16, Request, Purpose)> {
        if self.ending {
            self.next_at = now.after_ms(100);
            return (!self.read_at_end).then(|| self.read(ledger));
        }
        let session_ms = u64::from(self.config.session_ms.unsigned_abs());
        self.next_at = now.after_ms(self.random.below(self.config.pause_ms_max + 1));
        match self.random.below(100) {
            // Silent, perhaps for longer than the group has patience: then what it does next is a zombie's.
            0..=3 => {
                self.next_at = now.after_ms(self.random.between(1, 3 * session_ms));
                self.heartbeat_at = self.next_at.after_ms(self.random.below(20));
                None
            }
            4..=5 => {
                self.step = Step::Leave;
                None
            }
            // Starts anew, and does not remember who it was.
            6..=7 => {
                self.begin_anew();
                None
            }
            8..=20 => Some(self.read(ledger)),
            _ if self.owned.is_empty() => None,
            _ => {
                let partition = *self.random.pick(&self.owned);
                let facts = ledger.commits.entry((self.me.group.clone(), partition)).or_default();
                let offset = facts.asked.max(0) + i64::try_from(self.random.between(1, 5)).expect("small");
                let known = groups::known(ledger, &self.me);
                let mut request = offsets::commit(&self.me.group, partition, offset, ledger);
                request.generation_id_or_member_epoch = self.me.generation;
                request.member_id = self.me.member_id.clone();
                request.group_instance_id.clone_from(&self.me.instance);
                Some((7, request.into(), Purpose::Commit { partition, offset, known }))
            }
        }
    }

    fn join(&self) -> Request {
        let metadata = Bytes::from_static(b"all");
        JoinGroupRequest {
            group_id: self.me.group.clone(),
            session_timeout_ms: self.config.session_ms,
            rebalance_timeout_ms: self.config.rebalance_ms,
            member_id: self.me.member_id.clone(),
            group_instance_id: self.me.instance.clone(),
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol { name: "turns".into(), metadata }],
            ..JoinGroupRequest::default()
        }
        .into()
    }

    fn sync(&self, assignments: Vec<SyncGroupRequestAssignment>) -> Request {
        SyncGroupRequest {
            group_id: self.me.group.clone(),
            generation_id: self.me.generation,
            member_id: self.me.member_id.clone(),
            group_instance_id: self.me.instance.clone(),
            assignments,
            ..SyncGroupRequest::default()
        }
        .into()
    }

    fn heartbeat(&self) -> Request {
        HeartbeatRequest {
            group_id: self.me.group.clone(),
            generation_id: self.me.generation,
            member_id: self.me.member_id.clone(),
            group_instance_id: self.me.instance.clone(),
        }
        .into()
    }

    fn leave(&self) -> Request {
        let me = MemberIdentity {
            member_id: self.me.member_id.clone(),
            group_instance_id: self.me.instance.clone(),
            ..MemberIdentity::default()
        };
        LeaveGroupRequest {
            group_id: self.me.group.clone(),
            members: vec![me],
            ..LeaveGroupRequest::default()
        }
        .into()
    }

    fn read(&self, ledger: &Ledger) -> (i16, Request, Purpose) {
        let (request, before) = offsets::fetch(&self.me.group, &self.config.partitions, ledger);
        (5, request.into(), Purpose::Fetch(before))
    }

    /// Everybody in turn gets one more.
    fn assign(&self, answer: &JoinGroupResponse) -> Vec<SyncGroupRequestAssignment> {
        let mut ids: Vec<&Str> = answer.members.iter().map(|member| &member.member_id).collect();
        ids.sort_unstable();
        let assignment = |(place, id): (usize, &&Str)| {
            let mine = self.config.partitions.iter().skip(place).step_by(ids.len());
            let text: Vec<String> = mine.map(ToString::to_string).collect();
            SyncGroupRequestAssignment { member_id: (*id).clone(), assignment: text.join(",").into() }
        };
        ids.iter().enumerate().map(assignment).collect()
    }

    fn begin_anew(&mut self) {
        self.me.member_id = Str::default();
        self.me.generation = -1;
        self.owned.clear();
        self.step = Step::Join;
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        match (purpose, response) {
            (Purpose::Join, Response::JoinGroup(answer)) => match answer.error_code {
                ErrorCode::NONE => {
                    self.me.generation = answer.generation_id;
                    self.me.member_id = answer.member_id.clone();
                    let leads = answer.leader == answer.member_id;
                    self.step = Step::Sync(if leads { self.assign(&answer) } else { Vec::new() });
                }
                ErrorCode::MEMBER_ID_REQUIRED => self.me.member_id = answer.member_id,
                error => self.on_refused(now, error),
            },
            (Purpose::Sync, Response::SyncGroup(answer)) => match answer.error_code {
                ErrorCode::NONE => self.on_assigned(now, &answer.assignment, stamp, ledger),
                error => self.on_refused(now, error),
            },
            (Purpose::Heartbeat, Response::Heartbeat(answer)) => {
                if answer.error_code.is_error() {
                    self.on_refused(now, answer.error_code);
                }
            }
            (Purpose::Commit { partition, offset, known }, Response::OffsetCommit(answer)) => {
                match offsets::outcome(&answer) {
                    ErrorCode::NONE if offsets::stands(stamp, ledger) => {
                        groups::committed(ledger, now, &self.me, &known, partition);
                        if groups::is_newest(ledger, &self.me) {
                            let key = (self.me.group.clone(), partition);
                            ledger.commits.entry(key).or_default().confirmed = offset;
                        }
                    }
                    ErrorCode::NONE => {}
                    error => self.on_refused(now, error),
                }
            }
            (Purpose::Fetch(before), Response::OffsetFetch(answer)) => {
                self.on_fetched(now, &before, &answer, stamp, ledger);
            }
            (Purpose::Leave, Response::LeaveGroup(_)) => {
                self.begin_anew();
                self.next_at = now.after_ms(self.random.below(1_000));
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            }
        }
    }

    fn on_assigned(&mut self, now: Time, assignment: &[u8], stamp: &Stamp, ledger: &mut Ledger) {
        let text = core::str::from_utf8(assignment).unwrap_or_default();
        self.owned = text.split(',').filter_map(|number| number.parse().ok()).collect();
        if offsets::stands(stamp, ledger) {
            groups::assigned(ledger, now, &self.me, &self.owned);
        }
        ledger.coverage.hit(Point::PartitionsAssigned);
        self.step = Step::Read;
        self.next_at = now;
        self.heartbeat_at = now.after_ms(u64::from(self.config.session_ms.unsigned_abs()) / 3);
    }

    fn on_fetched(
        &mut self,
        now: Time,
        before: &[(PartitionId, i64)],
        answer: &OffsetFetchResponse,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        if answer.error_code.is_error() {
            return self.on_refused(now, answer.error_code);
        }
        for (partition, confirmed) in before {
            let Some(data) = offsets::find(answer, *partition, ledger) else {
                let sentence = format!("an offset fetch was answered without partition {partition}");
                return ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            };
            if data.error_code.is_error() {
                return self.on_refused(now, data.error_code);
            }
            // Only who owns a partition knows that nobody else commits to it.
            if !offsets::stands(stamp, ledger) || !self.owned.contains(partition) {
                continue;
            }
            if stamp.standing == Standing::Succeeded && data.committed_offset < *confirmed {
                return ledger.coverage.hit(Point::StaleOffset);
            }
            commits::read_back(ledger, now, &self.me.group, *partition, data.committed_offset, *confirmed);
            if matches!(self.step, Step::Read) && groups::is_newest(ledger, &self.me) {
                // What was given up in generations before is executed by now, or refused.
                let facts = ledger.commits.entry((self.me.group.clone(), *partition)).or_default();
                facts.given_up.retain(|_, it| it.generation >= self.me.generation);
            }
        }
        self.step = Step::Work;
        self.read_at_end |= self.ending;
    }

    /// Its place in the group is not what it took it for, or the coordinator is not.
    fn on_refused(&mut self, now: Time, error: ErrorCode) {
        match error {
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_INSTANCE_ID => self.begin_anew(),
            ErrorCode::ILLEGAL_GENERATION | ErrorCode::REBALANCE_IN_PROGRESS => {
                self.owned.clear();
                self.step = Step::Join;
            }
            error => {
                self.cluster.on_error(now, error);
                self.cluster.lose_coordinator(now);
            }
        }
        self.next_at = now.after_ms(self.random.between(10, 100));
    }

    fn on_lost(&mut self, now: Time, node: NodeId, purposes: &[Purpose], ledger: &mut Ledger) {
        self.busy &= purposes.is_empty();
        for purpose in purposes {
            match purpose {
                Purpose::Commit { partition, offset, .. } => {
                    let Membership { group, generation, .. } = &self.me;
                    offsets::give_up(group, *generation, (*partition, *offset), node, ledger);
                }
                Purpose::Sync => self.step = Step::Join,
                Purpose::Leave => self.begin_anew(),
                Purpose::Join | Purpose::Heartbeat | Purpose::Fetch(_) => {}
            }
            self.next_at = self.next_at.max(now);
        }
    }
}

impl SimClient for Member {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(node, purposes) => self.on_lost(now, node, &purposes, ledger),
                News::Answer(_, purpose, response, stamp) => {
                    self.busy = false;
                    self.on_answer(now, purpose, response, &stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = !self.busy && self.cluster.coordinator().is_some();
        let beats = (waits && matches!(self.step, Step::Work)).then_some(self.heartbeat_at);
        let next = waits.then_some(self.next_at);
        [self.cluster.next_deadline(), next, beats].into_iter().flatten().min()
    }

    fn wind_down(&mut self, now: Time) {
        self.ending = true;
        self.next_at = self.next_at.min(now.after_ms(1_000));
    }

    fn is_done(&self) -> bool {
        self.read_at_end
    }

    fn describe(&self) -> String {
        let Self { me, step, owned, .. } = self;
        format!("{} of {} in generation {}: {step:?}, owns {owned:?}", me.member_id, me.group, me.generation)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
