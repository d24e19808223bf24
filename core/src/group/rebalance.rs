//! From one generation to the next.

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::join_group_response::JoinGroupResponseMember;
use klamm_wire::messages::{JoinGroupResponse, SyncGroupResponse};
use klamm_wire::{ErrorCode, Str};

use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::event::Event;
use crate::group::Answer;
use crate::group::classic::{Group, InitialDelay, Parked, Phase};
use crate::group::records::Record;
use crate::timer::Timer;

/// How often to look again when not one member has come back, whatever their rebalance timeout says.
const POSTPONE_MS_MIN: i64 = 1000;

/// What the log record of a batch costs besides its key and value, at most, and the header of its batch.
const RECORD_OVERHEAD: usize = 40;
const BATCH_OVERHEAD: usize = 61;

/// One command at work on one group.
pub(crate) struct Turn<'a, 'c> {
    pub(crate) shard: i32,
    pub(crate) id: &'a Str,
    pub(crate) group: &'a mut Group,
    pub(crate) cx: &'a mut Cx<'c>,
    pub(crate) out: &'a mut Decision<Record, Answer>,
}

/// Whether the records fit into one batch of the offsets topic.
pub(crate) fn fits(cx: &Cx<'_>, records: &[Record]) -> bool {
    let size = |record: &Record| {
        let (key, value) = record.encode();
        key.len() + value.map_or(0, |value| value.len()) + RECORD_OVERHEAD
    };
    let bytes = BATCH_OVERHEAD + records.iter().map(size).sum::<usize>();
    usize::try_from(cx.config.topic.max_message_bytes).is_ok_and(|max| bytes <= max)
}

impl Turn<'_, '_> {
    /// Answers a request once everything decided so far is committed.
    pub(crate) fn answer(&mut self, parked: Parked, response: impl Into<Answer>) {
        self.out.answers.push((parked.ticket, response.into()));
    }

    /// The record that describes the group as it is now.
    pub(crate) fn record(&self) -> Record {
        Record::Group { group: self.id.clone(), value: Some(self.group.to_record()) }
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.group.phase = phase;
        self.group.state_timestamp = Some(self.cx.now.wall_ms);
    }

    fn rebalance_timer(&self) -> Timer {
        Timer::GroupRebalance(self.shard, self.id.clone())
    }

    fn arm_rebalance(&mut self, wait_ms: i64) {
        self.cx.timers.arm(self.rebalance_timer(), self.cx.now.monotonic.after_ms(wait_ms));
    }

    pub(crate) fn cancel_rebalance(&mut self) {
        self.cx.timers.cancel(&self.rebalance_timer());
    }

    /// Something was heard from the member: it has its whole session ahead.
    pub(crate) fn arm_session(&mut self, member: &Str) {
        let session = self.group.members[member].session_timeout_ms;
        self.arm_member(member, i64::from(session));
    }

    /// The member, or the id that may become one, must be heard within `wait_ms`.
    pub(crate) fn arm_member(&mut self, member: &Str, wait_ms: i64) {
        let timer = Timer::GroupMember(self.shard, self.id.clone(), member.clone());
        self.cx.timers.arm(timer, self.cx.now.monotonic.after_ms(wait_ms));
    }

    pub(crate) fn cancel_member(&mut self, member: &Str) {
        self.cx.timers.cancel(&Timer::GroupMember(self.shard, self.id.clone(), member.clone()));
    }

    /// Removes a member; what it waits for ends with `UNKNOWN_MEMBER_ID`, so that a living client joins anew.
    pub(crate) fn remove_member(&mut self, id: &Str) {
        self.cancel_member(id);
        let Some(member) = self.group.remove(id) else { return };
        if let Some(parked) = member.joining {
            let refusal = join_refusal(parked.api_version, &"".into(), ErrorCode::UNKNOWN_MEMBER_ID);
            self.answer(parked, refusal);
        }
        if let Some(parked) = member.syncing {
            self.answer(parked, sync_refusal(ErrorCode::UNKNOWN_MEMBER_ID));
        }
    }

    /// The members have changed: begins a rebalance, or looks whether the one that runs has all it waits for.
    pub(crate) fn rebalance(&mut self, reason: Str) {
        if self.group.is_preparing() {
            self.maybe_complete_join();
        } else {
            self.prepare_rebalance(reason);
        }
    }

    /// Begins a rebalance: everyone has to join again.
    fn prepare_rebalance(&mut self, reason: Str) {
        assert!(!self.group.is_preparing(), "one rebalance at a time");
        self.cancel_rebalance();
        if self.group.phase == Phase::Completing {
            self.fail_syncs(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        if self.group.phase != Phase::Empty {
            self.enter(Phase::Preparing { initial: None, reason });
            self.arm_rebalance(self.group.rebalance_timeout_ms());
            return self.maybe_complete_join();
        }
        let delay_ms = self.cx.config.group_initial_rebalance_delay_ms.max(0);
        let remaining_ms = (self.group.rebalance_timeout_ms() - delay_ms).max(0);
        let initial = InitialDelay { delay_ms, remaining_ms, member_added: false };
        self.enter(Phase::Preparing { initial: Some(initial), reason });
        if delay_ms == 0 {
            self.complete_join();
        } else {
            self.arm_rebalance(delay_ms);
        }
    }

    /// Ends the waiting for members if there is nobody left to wait for. The first rebalance of a group waits
    /// for its delay only.
    pub(crate) fn maybe_complete_join(&mut self) {
        if matches!(self.group.phase, Phase::Preparing { initial: None, .. }) && self.group.all_joined() {
            self.complete_join();
        }
    }

    /// The waiting of a phase is over.
    pub(crate) fn on_rebalance_timeout(&mut self) {
        match &mut self.group.phase {
            Phase::Preparing { initial: Some(initial), .. }
                if initial.member_added && initial.remaining_ms > 0 =>
            {
                // Someone came: whoever was started together with it may still be on the way.
                let delay_ms = self.cx.config.group_initial_rebalance_delay_ms.clamp(1, initial.remaining_ms);
                let remaining_ms = initial.remaining_ms - delay_ms;
                *initial = InitialDelay { delay_ms, remaining_ms, member_added: false };
                self.arm_rebalance(delay_ms);
            }
            Phase::Preparing { .. } => self.complete_join(),
            Phase::Completing | Phase::Stable => self.drop_unsynced(),
            Phase::Empty => {}
        }
    }

    /// The waiting for members is over: the next generation begins with those who are here.
    ///
    /// Dynamic members that did not come are dropped, static ones stay until their session ends. If not one
    /// member came, the wait is repeated: sessions will remove them.
    ///
    /// Kafka: `GroupMetadataManager.completeClassicGroupJoin`.
    fn complete_join(&mut self) {
        self.cancel_rebalance();
        let late = |(id, member): (&Str, &crate::group::classic::Member)| {
            (member.joining.is_none() && member.instance_id.is_none()).then(|| id.clone())
        };
        let late: Vec<Str> = self.group.members.iter().filter_map(late).collect();
        for id in &late {
            self.remove_member(id);
        }
        if !self.group.members.is_empty() && !self.elect_joined_leader() {
            return self.arm_rebalance(self.group.rebalance_timeout_ms().max(POSTPONE_MS_MIN));
        }
        let Phase::Preparing { reason, .. } = &self.group.phase else {
            panic!("{}: joining ends while members are waited for", self.id)
        };
        let reason = reason.clone();
        self.group.generation += 1;
        if self.group.members.is_empty() {
            self.group.protocol = None;
            self.enter(Phase::Empty);
            let record = self.record();
            self.out.records.push(record);
        } else {
            self.group.protocol = Some(self.group.select_protocol());
            self.enter(Phase::Completing);
            self.answer_joins();
            self.arm_rebalance(self.group.rebalance_timeout_ms());
        }
        self.cx.observe(Event::GroupRebalanced {
            group: self.id.clone(),
            generation: self.group.generation,
            members: u32::try_from(self.group.members.len()).unwrap_or(u32::MAX),
            reason,
        });
    }

    /// Lets a member lead that has joined; whether there is one.
    fn elect_joined_leader(&mut self) -> bool {
        let leader = self.group.leader.as_ref().and_then(|leader| self.group.members.get(leader));
        if leader.is_some_and(|leader| leader.joining.is_some()) {
            return true;
        }
        let joined = self.group.members.iter().find(|(_, member)| member.joining.is_some());
        let Some((id, _)) = joined else { return false };
        self.group.leader = Some(id.clone());
        true
    }

    /// Tells everyone of the new generation, and waits for their SyncGroups.
    fn answer_joins(&mut self) {
        let ids: Vec<Str> = self.group.members.keys().cloned().collect();
        for id in &ids {
            let member = self.group.members.get_mut(id).expect("its id was just read");
            member.is_new = false;
            member.sync_pending = true;
            if let Some(parked) = member.joining.take() {
                let response = self.joined(id);
                self.answer(parked, response);
            }
            self.arm_session(id);
        }
    }

    /// The current generation as a JoinGroup tells it; only the leader sees the members.
    pub(crate) fn joined(&self, id: &Str) -> JoinGroupResponse {
        JoinGroupResponse {
            generation_id: self.group.generation,
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: Some(self.group.protocol.clone().unwrap_or_default()),
            leader: self.group.leader.clone().unwrap_or_default(),
            member_id: id.clone(),
            members: if self.group.is_leader(id) { self.member_list() } else { Vec::new() },
            ..JoinGroupResponse::default()
        }
    }

    /// Every member with what it says under the chosen protocol.
    fn member_list(&self) -> Vec<JoinGroupResponseMember> {
        let protocol = self.group.protocol.as_deref().unwrap_or_default();
        let members = self.group.members.iter();
        members
            .map(|(id, member)| JoinGroupResponseMember {
                member_id: id.clone(),
                group_instance_id: member.instance_id.clone(),
                metadata: member.metadata(protocol),
            })
            .collect()
    }

    /// The assignments of this generation will not come: whoever waits for them learns why.
    pub(crate) fn fail_syncs(&mut self, error: ErrorCode) {
        let ids: Vec<Str> = self.group.members.keys().cloned().collect();
        for id in &ids {
            let member = self.group.members.get_mut(id).expect("its id was just read");
            member.assignment = Bytes::new();
            if let Some(parked) = member.syncing.take() {
                // Its session may have run out while it waited, which did not count.
                self.arm_session(id);
                self.answer(parked, sync_refusal(error));
            }
        }
    }

    /// Members that did not ask for their assignment in time are gone.
    fn drop_unsynced(&mut self) {
        let unsynced = self.group.members.iter().filter(|(_, member)| member.sync_pending);
        let unsynced: Vec<Str> = unsynced.map(|(id, _)| id.clone()).collect();
        if unsynced.is_empty() {
            return;
        }
        for id in &unsynced {
            self.remove_member(id);
        }
        self.prepare_rebalance(format!("{} members did not sync in time", unsynced.len()).into());
    }
}

/// A JoinGroup that was not accepted.
pub(crate) fn join_refusal(api_version: i16, member: &Str, error: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: error,
        // Older versions cannot say that there is none.
        protocol_name: if api_version >= 7 { None } else { Some(Str::default()) },
        member_id: member.clone(),
        ..JoinGroupResponse::default()
    }
}

/// A SyncGroup that brings no assignment.
pub(crate) fn sync_refusal(error: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: error, ..SyncGroupResponse::default() }
}
