//! What administrators ask about groups: ListGroups, DescribeGroups, DeleteGroups.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::delete_groups_response::DeletableGroupResult;
use klamm_wire::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use klamm_wire::messages::list_groups_response::ListedGroup;
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::Decision;
use crate::cx::Cx;
use crate::group::Answer;
use crate::group::classic::{Group, Member, Phase};
use crate::group::offsets::forget_offset;
use crate::group::rebalance::fits;
use crate::group::records::Record;
use crate::group::shard::GroupShard;
use crate::timer::Timer;

/// The kind of all groups there are so far, as clients spell it.
const CLASSIC: &str = "Classic";
/// First version of DescribeGroups that says so when a group is not known (KIP-1043).
const SAYS_NOT_FOUND: i16 = 6;

/// Operations on a group, as bits: read, delete, describe, describe and alter its configs.
///
/// Without an authorizer everyone may do everything that can be done.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

/// Which group is to be described, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Describe {
    pub(crate) group: Str,
    pub(crate) api_version: i16,
    pub(crate) include_operations: bool,
}

/// Which groups are to be listed. Empty filters let everything through; case does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    states: BTreeSet<String>,
    types: BTreeSet<String>,
}

impl List {
    pub(crate) fn new(states: &[Str], types: &[Str]) -> Self {
        let lower = |texts: &[Str]| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        Self { states: lower(states), types: lower(types) }
    }

    fn wants(&self, group: &Group) -> bool {
        let passes = |filter: &BTreeSet<String>, text: &str| {
            filter.is_empty() || filter.contains(&text.to_ascii_lowercase())
        };
        passes(&self.states, group.state_name()) && passes(&self.types, CLASSIC)
    }
}

/// A group that cannot be described.
pub(crate) fn undescribed(group: &Str, error: ErrorCode) -> DescribedGroup {
    DescribedGroup { error_code: error, group_id: group.clone(), ..DescribedGroup::default() }
}

impl GroupShard {
    pub(crate) fn list(&self, live: &BTreeMap<Str, Group>, list: &List) -> Vec<ListedGroup> {
        let ids: BTreeSet<&Str> = self.groups.keys().chain(live.keys()).collect();
        let listed = |id: &Str| {
            let group = self.view(live, id)?;
            list.wants(&group).then(|| ListedGroup {
                group_id: id.clone(),
                protocol_type: group.protocol_type.clone().unwrap_or_default(),
                group_state: group.state_name().into(),
                group_type: CLASSIC.into(),
            })
        };
        ids.into_iter().filter_map(listed).collect()
    }

    pub(crate) fn describe(&self, live: &BTreeMap<Str, Group>, describe: &Describe) -> DescribedGroup {
        let id = &describe.group;
        let Some(group) = self.view(live, id) else { return not_found(describe) };
        let stable = group.protocol.as_deref().filter(|_| group.phase == Phase::Stable);
        let member = |(id, member): (&Str, &Member)| DescribedGroupMember {
            member_id: id.clone(),
            group_instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            member_metadata: stable.map(|protocol| member.metadata(protocol)).unwrap_or_default(),
            member_assignment: stable.map(|_| member.assignment.clone()).unwrap_or_default(),
        };
        let mut described = DescribedGroup {
            group_id: id.clone(),
            group_state: group.state_name().into(),
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            protocol_data: stable.unwrap_or_default().into(),
            members: group.members.iter().map(member).collect(),
            ..DescribedGroup::default()
        };
        if describe.include_operations {
            described.authorized_operations = ALL_OPERATIONS;
        }
        described
    }

    /// Decides the deletion of one group with all its offsets.
    pub(crate) fn delete_group(
        &self,
        live: &mut BTreeMap<Str, Group>,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        group: Str,
    ) -> Decision<Record, Answer> {
        let (records, error_code) = match self.group_to_delete(live, cx, &group) {
            Ok(records) => (records, ErrorCode::NONE),
            Err(error) => (Vec::new(), error),
        };
        if error_code == ErrorCode::NONE
            && let Some(gone) = live.remove(&group)
        {
            for member in gone.pending {
                cx.timers.cancel(&Timer::GroupMember(self.shard, group.clone(), member));
            }
        }
        let answer = Answer::Deleted(DeletableGroupResult { group_id: group, error_code });
        Decision { records, answers: vec![(ticket, answer)] }
    }

    /// # Errors
    /// `GROUP_ID_NOT_FOUND`; `NON_EMPTY_GROUP`: stop its members first.
    fn group_to_delete(
        &self,
        live: &BTreeMap<Str, Group>,
        cx: &Cx<'_>,
        id: &Str,
    ) -> Result<Vec<Record>, ErrorCode> {
        let group = self.view(live, id).ok_or(ErrorCode::GROUP_ID_NOT_FOUND)?;
        if group.phase != Phase::Empty {
            return Err(ErrorCode::NON_EMPTY_GROUP);
        }
        let mut records = Vec::new();
        for (topic, partitions) in self.committed_offsets(id).into_iter().flatten() {
            records.extend(partitions.keys().map(|partition| forget_offset(id, topic, *partition)));
        }
        if self.groups.contains_key(id) {
            records.push(Record::Group { group: id.clone(), value: None });
        }
        if fits(cx, &records) { Ok(records) } else { Err(ErrorCode::UNKNOWN_SERVER_ERROR) }
    }
}

/// A group that is not known is dead, which tools depend on.
fn not_found(describe: &Describe) -> DescribedGroup {
    let id = &describe.group;
    let mut described = undescribed(id, ErrorCode::NONE);
    described.group_state = "Dead".into();
    if describe.api_version >= SAYS_NOT_FOUND {
        described.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
        described.error_message = Some(format!("Group {id} not found.").into());
    }
    described
}
