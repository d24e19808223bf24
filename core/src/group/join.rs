//! JoinGroup: who may become or stay a member, and when that begins a rebalance.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::{JoinGroupRequest, JoinGroupResponse};
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::group::classic::{Member, Parked, Phase, Protocol};
use crate::group::rebalance::{Turn, fits, join_refusal};
use crate::rng::Rng;

/// How long a new member may wait for its first answer. It cannot send heartbeats before it has one, and
/// whoever gave up is not noticed: its connection is not read while the request waits.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i64 = 300_000;

/// First version whose clients come back with the id they were given (KIP-394).
const REQUIRES_MEMBER_ID: i16 = 4;
/// First version whose clients can be told to lead without assigning (KIP-814).
const CAN_SKIP_ASSIGNMENT: i16 = 9;
/// How much of a client or instance id goes into a member id, in bytes.
const MEMBER_ID_PREFIX_MAX: usize = 1024;

/// A JoinGroup with what is known about its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    pub(crate) parked: Parked,
    pub(crate) client_id: Str,
    pub(crate) client_host: Str,
    pub(crate) request: JoinGroupRequest,
}

impl Join {
    fn protocols(&self) -> Vec<Protocol> {
        let protocols = self.request.protocols.iter();
        protocols
            .map(|protocol| Protocol { name: protocol.name.clone(), metadata: protocol.metadata.clone() })
            .collect()
    }

    fn reason(&self, what: &str) -> Str {
        match self.request.reason.as_deref() {
            Some(reason) if !reason.is_empty() => format!("{what}: {reason}").into(),
            _ => what.into(),
        }
    }

    pub(crate) fn refusal(&self, error: ErrorCode) -> JoinGroupResponse {
        join_refusal(self.parked.api_version, &self.request.member_id, error)
    }
}

/// `prefix-uuid`, with the uuid in its usual hexadecimal form.
fn member_id(rng: &mut Rng, prefix: &str) -> Str {
    let prefix = &prefix[..prefix.floor_char_boundary(MEMBER_ID_PREFIX_MAX)];
    let Uuid(bytes) = rng.uuid();
    let bits = u128::from_be_bytes(bytes);
    let group = |shift: u32, digits: u32| (bits >> shift) & ((1 << (4 * digits)) - 1);
    format!(
        "{prefix}-{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(96, 8),
        group(80, 4),
        group(64, 4),
        group(48, 4),
        group(0, 12)
    )
    .into()
}

impl Turn<'_, '_> {
    /// Accepts, parks or refuses a JoinGroup.
    ///
    /// Kafka: `GroupMetadataManager.classicGroupJoinToClassicGroup`.
    pub(crate) fn join(&mut self, join: &Join) {
        let protocols = join.protocols();
        if !self.has_room_for(&join.request.member_id) {
            self.remove_member(&join.request.member_id);
            self.maybe_complete_join();
            let refusal =
                join_refusal(join.parked.api_version, &"".into(), ErrorCode::GROUP_MAX_SIZE_REACHED);
            return self.answer(join.parked, refusal);
        }
        if !self.group.supports_protocols(&join.request.protocol_type, &protocols) {
            return self.answer(join.parked, join.refusal(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
        }
        if join.request.member_id.is_empty() {
            self.join_new(join, protocols);
        } else {
            self.join_known(join, protocols);
        }
    }

    /// Whether `group.max.size` lets this member in. While members are waited for, places go to those who have
    /// joined: a group that is too large for a new limit shrinks at its next rebalance.
    fn has_room_for(&self, member: &Str) -> bool {
        let max = usize::try_from(self.cx.config.group_max_size).unwrap_or(usize::MAX);
        let known = self.group.members.get(member);
        match self.group.phase {
            Phase::Empty => true,
            Phase::Preparing { .. } => {
                known.is_some_and(|known| known.joining.is_some()) || self.group.joining() < max
            }
            Phase::Completing | Phase::Stable => known.is_some() || self.group.members.len() < max,
        }
    }

    fn join_new(&mut self, join: &Join, protocols: Vec<Protocol>) {
        if let Some(instance) = &join.request.group_instance_id {
            let id = member_id(self.cx.rng, instance);
            return match self.group.instances.get(instance).cloned() {
                Some(old) => self.replace_static(join, &old, id, protocols),
                None => self.add_member(join, id, protocols),
            };
        }
        let id = member_id(self.cx.rng, &join.client_id);
        if join.parked.api_version < REQUIRES_MEMBER_ID {
            return self.add_member(join, id, protocols);
        }
        self.group.pending.insert(id.clone());
        self.arm_member(&id, i64::from(join.request.session_timeout_ms));
        let response = join_refusal(join.parked.api_version, &id, ErrorCode::MEMBER_ID_REQUIRED);
        self.answer(join.parked, response);
    }

    fn join_known(&mut self, join: &Join, protocols: Vec<Protocol>) {
        let id = &join.request.member_id;
        let instance = join.request.group_instance_id.as_ref();
        // Ids are handed out to dynamic members only, so one that comes back with an instance is not known.
        if instance.is_none() && self.group.pending.contains(id) {
            return self.add_member(join, id.clone(), protocols);
        }
        if let Err(error) = self.group.validate_member(id, instance) {
            return self.answer(join.parked, join.refusal(error));
        }
        let changed = self.group.members[id].protocols != protocols;
        match self.group.phase {
            Phase::Preparing { .. } => {
                self.update_member(join, id, protocols);
                self.maybe_complete_join();
            }
            // The answer of the first JoinGroup was lost: nothing has changed, so nobody else has to move.
            Phase::Completing if !changed => self.answer(join.parked, self.joined(id)),
            Phase::Stable if !changed && !self.group.is_leader(id) => {
                // A follower that asks again gets no member list.
                self.answer(join.parked, self.joined(id));
            }
            Phase::Completing | Phase::Stable => {
                let what = if changed { "a member changed its metadata" } else { "the leader joined again" };
                self.update_member(join, id, protocols);
                self.rebalance(join.reason(what));
            }
            Phase::Empty => unreachable!("an empty group has no members"),
        }
    }

    fn add_member(&mut self, join: &Join, id: Str, protocols: Vec<Protocol>) {
        if let Phase::Preparing { initial: Some(initial), .. } = &mut self.group.phase {
            initial.member_added = true;
        }
        let member = Member {
            instance_id: join.request.group_instance_id.clone(),
            client_id: join.client_id.clone(),
            client_host: join.client_host.clone(),
            rebalance_timeout_ms: join.request.rebalance_timeout_ms,
            session_timeout_ms: join.request.session_timeout_ms,
            protocols,
            assignment: bytes::Bytes::new(),
            is_new: true,
            sync_pending: false,
            joining: Some(join.parked),
            syncing: None,
        };
        self.group.add(id.clone(), &join.request.protocol_type, member);
        self.arm_member(&id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance(join.reason("a member joined"));
    }

    /// The member waits for the next generation, with what it says now.
    fn update_member(&mut self, join: &Join, id: &Str, protocols: Vec<Protocol>) {
        let member = self.group.members.get_mut(id).expect("only members are updated");
        member.protocols = protocols;
        member.rebalance_timeout_ms = join.request.rebalance_timeout_ms;
        member.session_timeout_ms = join.request.session_timeout_ms;
        if let Some(older) = member.joining.replace(join.parked) {
            // Its client gave up waiting and asks again; the old request must end, too.
            let refusal = join_refusal(older.api_version, id, ErrorCode::REBALANCE_IN_PROGRESS);
            self.answer(older, refusal);
        }
    }

    /// A static member has come back under a new member id; the old id is fenced from now on.
    ///
    /// In a stable group nothing moves as long as the protocol stays: the assignment goes with the instance.
    ///
    /// Source: KIP-345, KIP-814. Kafka: `updateStaticMemberThenRebalanceOrCompleteJoin`.
    fn replace_static(&mut self, join: &Join, old: &Str, id: Str, protocols: Vec<Protocol>) {
        let old_leader = self.group.leader.clone();
        self.rename_static(old, id.clone());
        let member = self.group.members.get_mut(&id).expect("it was just renamed");
        member.client_id = join.client_id.clone();
        member.client_host = join.client_host.clone();
        member.protocols = protocols;
        member.rebalance_timeout_ms = join.request.rebalance_timeout_ms;
        member.session_timeout_ms = join.request.session_timeout_ms;
        self.arm_session(&id);
        let record = self.record();
        let stays = self.group.phase == Phase::Stable
            && self.group.protocol.as_ref() == Some(&self.group.select_protocol())
            && fits(self.cx, core::slice::from_ref(&record));
        if !stays {
            let member = self.group.members.get_mut(&id).expect("it was just renamed");
            member.joining = Some(join.parked);
            return self.rebalance(join.reason("a static member came back"));
        }
        let mut response = self.joined(&id);
        if join.parked.api_version >= CAN_SKIP_ASSIGNMENT {
            response.skip_assignment = self.group.is_leader(&id);
        } else {
            // A client that cannot skip would assign if it were told that it leads.
            response.leader = old_leader.unwrap_or_default();
            response.members = Vec::new();
        }
        self.out.records.push(record);
        self.answer(join.parked, response);
    }

    /// Gives a static member a new id; what waits under the old one is fenced.
    fn rename_static(&mut self, old: &Str, id: Str) {
        let was_leader = self.group.is_leader(old);
        self.cancel_member(old);
        let mut member = self.group.members.remove(old).expect("an instance stands for a member");
        let instance = member.instance_id.clone().expect("only static members are renamed");
        if let Some(parked) = member.joining.take() {
            let refusal = join_refusal(parked.api_version, old, ErrorCode::FENCED_INSTANCE_ID);
            self.answer(parked, refusal);
        }
        if let Some(parked) = member.syncing.take() {
            self.answer(parked, crate::group::rebalance::sync_refusal(ErrorCode::FENCED_INSTANCE_ID));
        }
        member.is_new = false;
        self.group.members.insert(id.clone(), member);
        self.group.instances.insert(instance, id.clone());
        if was_leader {
            self.group.leader = Some(id);
        }
    }
}
