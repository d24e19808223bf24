//! SyncGroup and Heartbeat: assignments go out, members stay alive.

use alloc::collections::BTreeMap;

use bytes::Bytes;
use klamm_wire::messages::{HeartbeatRequest, SyncGroupRequest, SyncGroupResponse};
use klamm_wire::{ErrorCode, Str};

use crate::group::classic::{Parked, Phase};
use crate::group::rebalance::{Turn, fits, sync_refusal};

/// First version whose clients have to say which protocol they believe in (KIP-559).
const NAMES_PROTOCOL: i16 = 5;

impl Turn<'_, '_> {
    /// Answers a SyncGroup with the member's assignment, or parks it until the leader has assigned.
    ///
    /// Kafka: `GroupMetadataManager.classicGroupSyncToClassicGroup`.
    pub(crate) fn sync(&mut self, parked: Parked, request: &SyncGroupRequest) {
        if let Err(error) = self.validate_sync(parked.api_version, request) {
            return self.answer(parked, sync_refusal(error));
        }
        match self.group.phase {
            Phase::Empty => self.answer(parked, sync_refusal(ErrorCode::UNKNOWN_MEMBER_ID)),
            Phase::Preparing { .. } => self.answer(parked, sync_refusal(ErrorCode::REBALANCE_IN_PROGRESS)),
            Phase::Completing => self.park_sync(parked, request),
            Phase::Stable => {
                self.synced(&request.member_id);
                self.answer(parked, self.assigned(&request.member_id));
                self.arm_session(&request.member_id);
            }
        }
    }

    fn validate_sync(&self, api_version: i16, request: &SyncGroupRequest) -> Result<(), ErrorCode> {
        let named = request.protocol_type.is_some() && request.protocol_name.is_some();
        if api_version >= NAMES_PROTOCOL && !named {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        self.group.validate_member(&request.member_id, request.group_instance_id.as_ref())?;
        if request.generation_id != self.group.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        let differs = |said: &Option<Str>, ours: &Option<Str>| {
            said.as_ref().zip(ours.as_ref()).is_some_and(|(said, ours)| said != ours)
        };
        if differs(&request.protocol_type, &self.group.protocol_type)
            || differs(&request.protocol_name, &self.group.protocol)
        {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        Ok(())
    }

    /// The member has asked for its assignment in this generation.
    fn synced(&mut self, id: &str) {
        let member = self.group.members.get_mut(id).expect("it was validated");
        member.sync_pending = false;
        let all = self.group.members.values().all(|member| !member.sync_pending);
        if all && self.group.phase == Phase::Stable {
            self.cancel_rebalance();
        }
    }

    fn park_sync(&mut self, parked: Parked, request: &SyncGroupRequest) {
        let id = &request.member_id;
        self.synced(id);
        let member = self.group.members.get_mut(id).expect("it was validated");
        if let Some(older) = member.syncing.replace(parked) {
            // Its client gave up waiting and asks again; the old request must end, too.
            self.answer(older, sync_refusal(ErrorCode::REBALANCE_IN_PROGRESS));
        }
        if self.group.is_leader(id) {
            self.assign(request);
        }
    }

    /// The leader has assigned: the generation is written down, and everyone who waits gets its part.
    ///
    /// The answers leave when the record is committed, so nobody consumes in a generation that a new
    /// coordinator does not know of.
    fn assign(&mut self, request: &SyncGroupRequest) {
        let given: BTreeMap<&Str, &Bytes> =
            request.assignments.iter().map(|given| (&given.member_id, &given.assignment)).collect();
        for (id, member) in &mut self.group.members {
            // A member without a part gets none; null would break clients.
            member.assignment = given.get(id).map(|given| (*given).clone()).unwrap_or_default();
        }
        let before = self.group.state_timestamp;
        self.enter(Phase::Stable);
        let record = self.record();
        if !fits(self.cx, core::slice::from_ref(&record)) {
            self.group.state_timestamp = before;
            self.group.phase = Phase::Completing;
            self.fail_syncs(ErrorCode::UNKNOWN_SERVER_ERROR);
            return self.rebalance("the assignments are too large for the log".into());
        }
        self.out.records.push(record);
        let ids: alloc::vec::Vec<Str> = self.group.members.keys().cloned().collect();
        for id in &ids {
            let member = self.group.members.get_mut(id).expect("its id was just read");
            if let Some(parked) = member.syncing.take() {
                let response = self.assigned(id);
                self.answer(parked, response);
                // Its session may have run out while it waited, which did not count.
                self.arm_session(id);
            }
        }
        if self.group.members.values().all(|member| !member.sync_pending) {
            self.cancel_rebalance();
        }
    }

    fn assigned(&self, id: &str) -> SyncGroupResponse {
        SyncGroupResponse {
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: self.group.protocol.clone(),
            assignment: self.group.members[id].assignment.clone(),
            ..SyncGroupResponse::default()
        }
    }

    /// A member says that it lives, and learns whether it has to join again.
    ///
    /// # Errors
    /// `REBALANCE_IN_PROGRESS`: join again. `ILLEGAL_GENERATION`, `UNKNOWN_MEMBER_ID`: the generation went on
    /// without it. `FENCED_INSTANCE_ID`: another process has its instance id.
    pub(crate) fn heartbeat(&mut self, request: &HeartbeatRequest) -> Result<(), ErrorCode> {
        self.group.validate_member(&request.member_id, request.group_instance_id.as_ref())?;
        if request.generation_id != self.group.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        match self.group.phase {
            Phase::Empty => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Phase::Preparing { .. } => {
                self.arm_session(&request.member_id);
                Err(ErrorCode::REBALANCE_IN_PROGRESS)
            }
            // Clients may begin with heartbeats before they have their assignment.
            Phase::Completing | Phase::Stable => {
                self.arm_session(&request.member_id);
                Ok(())
            }
        }
    }
}
