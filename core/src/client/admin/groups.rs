//! Groups.

use alloc::vec;

use klamm_wire::messages::describe_groups_response::DescribedGroupMember;
use klamm_wire::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    ListGroupsRequest, ListGroupsResponse, Request,
};
use klamm_wire::{ErrorCode, Str};

use super::ask::{Absorbed, Ask};
use super::call::{AdminReply, ApiError, GroupDescription, GroupListing, GroupMember};
use crate::client::ErrorClass;
use crate::client::consumer::protocol::decode_assignment;

pub(super) fn list_request() -> Request {
    ListGroupsRequest::default().into()
}

pub(super) fn listed(ask: &Ask, response: &ListGroupsResponse) -> Absorbed {
    let code = response.error_code;
    match ErrorClass::of(code) {
        ErrorClass::None => {}
        ErrorClass::Fatal => return Absorbed::refused(code),
        _ => return Absorbed::again(ask.clone(), code),
    }
    let groups = response.groups.iter().map(|group| {
        let listing = GroupListing {
            group_id: group.group_id.clone(),
            protocol_type: group.protocol_type.clone(),
            state: group.group_state.clone(),
            group_type: group.group_type.clone(),
        };
        (group.group_id.clone(), listing)
    });
    Absorbed::done(AdminReply::Groups(groups.collect()))
}

pub(super) fn describe_request(group: &Str) -> Request {
    DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() }.into()
}

pub(super) fn described(ask: &Ask, response: &DescribeGroupsResponse) -> Absorbed {
    let member = |member: &DescribedGroupMember| GroupMember {
        member_id: member.member_id.clone(),
        instance_id: member.group_instance_id.clone(),
        client_id: member.client_id.clone(),
        host: member.client_host.clone(),
        assignment: decode_assignment(&member.member_assignment).unwrap_or_default(),
        raw_assignment: member.member_assignment.clone(),
    };
    let retriable = response.groups.iter().find(|group| ErrorClass::of(group.error_code).is_retriable());
    if let Some(group) = retriable {
        return Absorbed::again(ask.clone(), group.error_code);
    }
    let groups = response.groups.iter().map(|group| {
        let description = GroupDescription {
            state: group.group_state.clone(),
            protocol_type: group.protocol_type.clone(),
            protocol: group.protocol_data.clone(),
            coordinator: None,
            members: group.members.iter().map(member).collect(),
        };
        let outcome = match group.error_code {
            // Older brokers say the same with the state `Dead` and no error.
            ErrorCode::GROUP_ID_NOT_FOUND => Ok(GroupDescription { state: "Dead".into(), ..description }),
            code => ApiError::check(code, group.error_message.as_ref()).map(|()| description),
        };
        (group.group_id.clone(), outcome)
    });
    Absorbed::done(AdminReply::GroupDescriptions(groups.collect()))
}

pub(super) fn delete_request(group: &Str) -> Request {
    DeleteGroupsRequest { groups_names: vec![group.clone()] }.into()
}

pub(super) fn deleted(ask: &Ask, response: &DeleteGroupsResponse) -> Absorbed {
    let retriable = response.results.iter().find(|group| ErrorClass::of(group.error_code).is_retriable());
    if let Some(group) = retriable {
        return Absorbed::again(ask.clone(), group.error_code);
    }
    let results = response
        .results
        .iter()
        .map(|group| (group.group_id.clone(), ApiError::check(group.error_code, None)));
    Absorbed::done(AdminReply::Done(results.collect()))
}
