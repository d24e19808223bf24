//! A classic group as its coordinator knows it while it leads the shard.
//!
//! | from | to | when |
//! |---|---|---|
//! | Empty | Preparing (initial) | the first member joins |
//! | Stable, Completing | Preparing | a member joins, changes, leaves, expires, or does not sync in time |
//! | Preparing | Completing | everyone has joined, or the waiting is over: next generation |
//! | Preparing | Empty | the waiting is over and nobody is left: next generation |
//! | Completing | Stable | the leader has sent the assignments |
//!
//! A group that is not known is what clients see as Dead. Records are written when a group becomes Stable or
//! Empty, and when a static member of a stable group is replaced: in between, the newest record describes the
//! generation before, and that is where a coordinator that takes over goes on.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::group::records::{ClassicGroup, ClassicMember};
use crate::group::subscription;

/// The protocol type of consumers, whose subscriptions the coordinator can read.
pub(crate) const CONSUMER: &str = "consumer";

/// Where a group is between two generations. See the table above.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Empty,
    /// Waits for the members to join.
    Preparing {
        /// Set while the first generation is held back for more members.
        initial: Option<InitialDelay>,
        /// In words, for whoever watches.
        reason: Str,
    },
    /// Waits for the leader's assignments.
    Completing,
    Stable,
}

/// The first rebalance of a group waits for a fixed time, again and again while members keep coming.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InitialDelay {
    /// The wait that is running.
    pub(crate) delay_ms: i64,
    /// What is left of the rebalance timeout behind it.
    pub(crate) remaining_ms: i64,
    /// Whether someone has joined during this wait.
    pub(crate) member_added: bool,
}

/// A request that waits, and the version its answer must be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parked {
    pub(crate) ticket: Ticket,
    pub(crate) api_version: i16,
}

/// One assignor (or other protocol) a member can work with, and what it says under it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Protocol {
    pub(crate) name: Str,
    pub(crate) metadata: Bytes,
}

/// A member as the coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    /// Set for static members.
    pub(crate) instance_id: Option<Str>,
    pub(crate) client_id: Str,
    pub(crate) client_host: Str,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    /// By preference, best first. A member read back from the log has the one that was chosen.
    pub(crate) protocols: Vec<Protocol>,
    /// Of the newest generation that became stable.
    pub(crate) assignment: Bytes,
    /// Has never got an answer to its JoinGroup, so it cannot send heartbeats.
    pub(crate) is_new: bool,
    /// Has not asked for its assignment in this generation.
    pub(crate) sync_pending: bool,
    pub(crate) joining: Option<Parked>,
    pub(crate) syncing: Option<Parked>,
}

impl Member {
    /// Whether it can work with the protocol.
    pub(crate) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|own| *own.name == *protocol)
    }

    /// What it says under the protocol; empty if it does not support it.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        let own = self.protocols.iter().find(|own| *own.name == *protocol);
        own.map(|own| own.metadata.clone()).unwrap_or_default()
    }
}

/// What the coordinator knows of a group besides its newest record. Dies with the leadership.
///
/// Invariants, asserted by [`Group::check`] and [`Group::check_against`]:
/// - leader: a group with members has a leader among them, one without has none;
/// - protocol: in Completing and Stable every member supports the chosen protocol;
/// - parked: only Preparing holds JoinGroups, only Completing holds SyncGroups, and no ticket stands twice;
/// - static: each instance id stands for exactly one member, and each static member is found by its id;
/// - pending: an id that was handed out and did not join yet is no member;
/// - generation: never behind the record; equal to it, with the same members, in Stable and Empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub(crate) phase: Phase,
    pub(crate) generation: i32,
    pub(crate) protocol_type: Option<Str>,
    pub(crate) protocol: Option<Str>,
    pub(crate) leader: Option<Str>,
    pub(crate) members: BTreeMap<Str, Member>,
    /// Member ids by instance id.
    pub(crate) instances: BTreeMap<Str, Str>,
    /// Member ids that were handed out with `MEMBER_ID_REQUIRED` and have not come back yet.
    pub(crate) pending: BTreeSet<Str>,
    pub(crate) state_timestamp: Option<i64>,
}

impl Group {
    /// The group that a coordinator finds in its log; `None` is a group nobody has joined before.
    pub(crate) fn load(record: Option<&ClassicGroup>) -> Self {
        let nothing = ClassicGroup::default();
        let record = record.unwrap_or(&nothing);
        let member = |member: &ClassicMember| {
            let chosen = record.protocol.iter().cloned();
            let value = Member {
                instance_id: member.instance_id.clone(),
                client_id: member.client_id.clone(),
                client_host: member.client_host.clone(),
                rebalance_timeout_ms: member.rebalance_timeout_ms,
                session_timeout_ms: member.session_timeout_ms,
                protocols: chosen
                    .map(|name| Protocol { name, metadata: member.subscription.clone() })
                    .collect(),
                assignment: member.assignment.clone(),
                is_new: false,
                sync_pending: false,
                joining: None,
                syncing: None,
            };
            (member.id.clone(), value)
        };
        let instance = |member: &ClassicMember| Some((member.instance_id.clone()?, member.id.clone()));
        Self {
            phase: if record.members.is_empty() { Phase::Empty } else { Phase::Stable },
            generation: record.generation,
            protocol_type: record.protocol_type.clone(),
            protocol: record.protocol.clone(),
            leader: record.leader.clone(),
            members: record.members.iter().map(member).collect(),
            instances: record.members.iter().filter_map(instance).collect(),
            pending: BTreeSet::new(),
            state_timestamp: record.state_timestamp,
        }
    }

    /// The record of this generation.
    pub(crate) fn to_record(&self) -> ClassicGroup {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let member = |(id, member): (&Str, &Member)| ClassicMember {
            id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            session_timeout_ms: member.session_timeout_ms,
            subscription: member.metadata(protocol),
            assignment: member.assignment.clone(),
        };
        ClassicGroup {
            protocol_type: self.protocol_type.clone(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            state_timestamp: self.state_timestamp,
            members: self.members.iter().map(member).collect(),
        }
    }

    /// The state as clients know it.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.phase {
            Phase::Empty => "Empty",
            Phase::Preparing { .. } => "PreparingRebalance",
            Phase::Completing => "CompletingRebalance",
            Phase::Stable => "Stable",
        }
    }

    pub(crate) fn is_preparing(&self) -> bool {
        matches!(self.phase, Phase::Preparing { .. })
    }

    pub(crate) fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// Checks who a request says it is from.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID`: the client joins anew. `FENCED_INSTANCE_ID`: another process has taken over its
    /// instance id, and the client ends.
    pub(crate) fn validate_member(&self, member: &str, instance: Option<&Str>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            let current = self.instances.get(instance).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
            if **current != *member {
                return Err(ErrorCode::FENCED_INSTANCE_ID);
            }
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(ErrorCode::UNKNOWN_MEMBER_ID) }
    }

    /// Whether a member with these protocols fits into the group: for an empty group any that says what it is.
    pub(crate) fn supports_protocols(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.phase == Phase::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.is_candidate(&protocol.name))
    }

    /// Whether every member can work with the protocol.
    fn is_candidate(&self, protocol: &str) -> bool {
        self.members.values().all(|member| member.supports(protocol))
    }

    /// The protocol of the next generation: each member votes for the first of its protocols that all support;
    /// most votes win, and the name decides between equals.
    ///
    /// # Panics
    /// If there are no members, or they have nothing in common: joining checks that.
    pub(crate) fn select_protocol(&self) -> Str {
        let mut votes: BTreeMap<&Str, usize> = BTreeMap::new();
        let (_, any) = self.members.first_key_value().expect("only members can agree on a protocol");
        let candidates: BTreeSet<&Str> =
            any.protocols.iter().map(|own| &own.name).filter(|name| self.is_candidate(name)).collect();
        for member in self.members.values() {
            let vote = member.protocols.iter().map(|own| &own.name).find(|name| candidates.contains(name));
            *votes.entry(vote.expect("the members have a protocol in common")).or_default() += 1;
        }
        let best = votes.into_iter().rev().max_by_key(|(_, count)| *count);
        best.expect("each member has voted").0.clone()
    }

    /// Adds a member; the first one leads.
    pub(crate) fn add(&mut self, id: Str, protocol_type: &Str, member: Member) {
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.clone());
        }
        assert_eq!(self.protocol_type.as_ref(), Some(protocol_type), "members of a group are of one type");
        if let Some(instance) = &member.instance_id {
            let replaced = self.instances.insert(instance.clone(), id.clone());
            assert!(replaced.is_none(), "{instance} stands for one member");
        }
        self.pending.remove(&id);
        self.leader.get_or_insert_with(|| id.clone());
        let replaced = self.members.insert(id, member);
        assert!(replaced.is_none(), "a member is added once");
    }

    /// Removes a member; if it led, another one does from now on.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.members.remove(id)?;
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        Some(member)
    }

    /// Whether nobody is waited for: every member has joined, and no id that was handed out is outstanding.
    pub(crate) fn all_joined(&self) -> bool {
        self.pending.is_empty() && self.members.values().all(|member| member.joining.is_some())
    }

    /// Number of JoinGroups that wait.
    pub(crate) fn joining(&self) -> usize {
        self.members.values().filter(|member| member.joining.is_some()).count()
    }

    /// How long members may take to join or sync: the longest of their rebalance timeouts.
    pub(crate) fn rebalance_timeout_ms(&self) -> i64 {
        let longest = self.members.values().map(|member| member.rebalance_timeout_ms).max();
        i64::from(longest.unwrap_or(0).max(0))
    }

    /// What the members are subscribed to; `None` where the coordinator cannot read it.
    pub(crate) fn subscribed_topics(&self) -> Option<BTreeSet<Str>> {
        let protocol = match &self.protocol {
            _ if self.protocol_type.as_deref() != Some(CONSUMER) => return None,
            Some(protocol) if !self.members.is_empty() => protocol,
            _ => return Some(BTreeSet::new()),
        };
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscription::topics(&member.metadata(protocol))?);
        }
        Some(topics)
    }

    /// Whether a member may be consuming the topic; a consumer whose subscription cannot be read may.
    pub(crate) fn is_subscribed(subscribed: Option<&BTreeSet<Str>>, is_consumer: bool, topic: &str) -> bool {
        subscribed.map_or(is_consumer, |topics| topics.contains(topic))
    }

    /// Whether the members speak the protocol of consumers.
    pub(crate) fn is_consumer(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Every request that waits here.
    pub(crate) fn parked(&self) -> impl Iterator<Item = Parked> + '_ {
        self.members.values().flat_map(|member| member.joining.into_iter().chain(member.syncing))
    }

    /// Checks what must hold after every change. See the list above.
    pub(crate) fn check(&self) {
        assert!(self.generation >= 0);
        assert_eq!(self.members.is_empty(), self.leader.is_none(), "members have a leader");
        if let Some(leader) = &self.leader {
            assert!(self.members.contains_key(leader), "the leader {leader} is a member");
        }
        for (instance, id) in &self.instances {
            let member = self.members.get(id).expect("an instance stands for a member");
            assert_eq!(member.instance_id.as_ref(), Some(instance));
        }
        let statics = self.members.values().filter(|member| member.instance_id.is_some()).count();
        assert_eq!(statics, self.instances.len(), "each static member is found by its instance");
        for id in &self.pending {
            assert!(!self.members.contains_key(id), "{id} has joined and is not pending");
        }
        let mut tickets = BTreeSet::new();
        for parked in self.parked() {
            assert!(tickets.insert(parked.ticket), "{:?} waits once", parked.ticket);
        }
        self.check_phase();
    }

    fn check_phase(&self) {
        let settled = matches!(self.phase, Phase::Completing | Phase::Stable);
        for (id, member) in &self.members {
            if member.joining.is_some() {
                assert!(self.is_preparing(), "{id} joins while the group waits for members");
            }
            if member.syncing.is_some() {
                assert_eq!(self.phase, Phase::Completing, "{id} syncs while the leader assigns");
            }
            if settled {
                let protocol = self.protocol.as_ref().expect("members have agreed on a protocol");
                assert!(member.supports(protocol), "{id} supports {protocol}");
                assert!(!member.is_new, "{id} was told that it is a member");
            }
        }
        if self.phase == Phase::Empty {
            assert!(self.members.is_empty(), "an empty group has no members");
        }
        if settled {
            assert!(!self.members.is_empty(), "a generation has members");
        }
    }

    /// Checks this group against its record; call it when everything decided is applied.
    pub(crate) fn check_against(&self, record: Option<&ClassicGroup>) {
        let Some(record) = record else {
            assert_ne!(self.phase, Phase::Stable, "a stable group has a record");
            return;
        };
        assert!(self.generation >= record.generation, "the generation never goes back");
        if self.phase == Phase::Stable {
            assert_eq!(self.generation, record.generation, "a stable generation is written");
            assert_eq!(self.protocol, record.protocol);
            assert_eq!(self.leader, record.leader);
            assert!(self.members.keys().eq(record.members.iter().map(|member| &member.id)));
        }
    }
}
