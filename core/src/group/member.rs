//! LeaveGroup, and members that are silent: how a membership ends.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::messages::leave_group_request::MemberIdentity;
use klamm_wire::messages::leave_group_response::MemberResponse;
use klamm_wire::{ErrorCode, Str};

use crate::event::Event;
use crate::group::classic::Phase;
use crate::group::rebalance::Turn;

impl Turn<'_, '_> {
    /// Removes the members named, and says for each how that went.
    pub(crate) fn leave(&mut self, identities: &[MemberIdentity]) -> Vec<MemberResponse> {
        let mut reason = None;
        let mut responses = Vec::with_capacity(identities.len());
        for identity in identities {
            let error_code = match self.leave_one(identity) {
                Ok(()) => {
                    reason.get_or_insert_with(|| identity.reason.clone());
                    ErrorCode::NONE
                }
                Err(error) => error,
            };
            responses.push(MemberResponse {
                member_id: identity.member_id.clone(),
                group_instance_id: identity.group_instance_id.clone(),
                error_code,
            });
        }
        if let Some(reason) = reason
            && self.group.phase != Phase::Empty
        {
            self.rebalance(match reason {
                Some(reason) => format!("a member left: {reason}").into(),
                None => "a member left".into(),
            });
        }
        responses
    }

    /// # Errors
    /// `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`: nobody was removed.
    fn leave_one(&mut self, identity: &MemberIdentity) -> Result<(), ErrorCode> {
        let instance = identity.group_instance_id.as_ref();
        let id = if identity.member_id.is_empty() {
            // An administrator removes whoever stands behind an instance id.
            let current = instance.and_then(|instance| self.group.instances.get(instance));
            current.ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?.clone()
        } else if self.group.pending.remove(&identity.member_id) {
            self.cancel_member(&identity.member_id);
            return Ok(());
        } else {
            self.group.validate_member(&identity.member_id, instance)?;
            identity.member_id.clone()
        };
        self.remove_member(&id);
        Ok(())
    }

    /// A member, or an id that was to become one, was not heard of in time.
    ///
    /// A member that waits for an answer has nothing to send and does not expire, unless it is new: then
    /// nobody knows whether its client still waits.
    pub(crate) fn expire(&mut self, id: &Str) {
        if self.group.pending.remove(id) {
            return self.maybe_complete_join();
        }
        let Some(member) = self.group.members.get(id) else { return };
        let waits = member.joining.is_some() || member.syncing.is_some();
        if waits && !member.is_new {
            return;
        }
        self.cx.observe(Event::MemberExpired { group: self.id.clone(), member: id.clone() });
        self.remove_member(id);
        self.rebalance(format!("{id} was silent for its session timeout").into());
    }
}

/// The answer about members of a group that is not known.
pub(crate) fn nobody(identities: &[MemberIdentity]) -> Vec<MemberResponse> {
    let unknown = |identity: &MemberIdentity| MemberResponse {
        member_id: identity.member_id.clone(),
        group_instance_id: identity.group_instance_id.clone(),
        error_code: ErrorCode::UNKNOWN_MEMBER_ID,
    };
    identities.iter().map(unknown).collect()
}
