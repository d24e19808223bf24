//! What a shard answers, and how an answer turns into "not here" when its node stops leading.

use klamm_wire::messages::delete_groups_response::DeletableGroupResult;
use klamm_wire::messages::describe_groups_response::DescribedGroup;
use klamm_wire::messages::list_groups_response::ListedGroup;
use klamm_wire::messages::{
    HeartbeatResponse, JoinGroupResponse, LeaveGroupResponse, OffsetCommitResponse, OffsetDeleteResponse,
    Response, SyncGroupResponse, TxnOffsetCommitResponse,
};
use klamm_wire::{ErrorCode, Str};

use alloc::vec::Vec;

/// The answer of one shard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// All there is to say.
    Response(Response),
    /// One result of a DeleteGroups.
    Deleted(DeletableGroupResult),
    /// One group of a DescribeGroups.
    Described(DescribedGroup),
    /// One shard's groups of a ListGroups.
    Listed(Vec<ListedGroup>),
    /// One shard of a ListGroups cannot say which groups it has.
    NotListed(ErrorCode),
}

macro_rules! responses {
    ($($response:ident),*) => {$(
        impl From<$response> for Answer {
            fn from(response: $response) -> Self {
                Self::Response(response.into())
            }
        }
    )*};
}

responses!(
    HeartbeatResponse,
    JoinGroupResponse,
    LeaveGroupResponse,
    OffsetCommitResponse,
    OffsetDeleteResponse,
    SyncGroupResponse,
    TxnOffsetCommitResponse
);

impl Answer {
    /// The same request answered with `NOT_COORDINATOR`: its outcome is not committed and never may be.
    pub(crate) fn not_coordinator(self) -> Self {
        let error = ErrorCode::NOT_COORDINATOR;
        match self {
            Self::Response(response) => Self::Response(fail(response, error)),
            Self::Deleted(result) => Self::Deleted(DeletableGroupResult { error_code: error, ..result }),
            Self::Described(group) => Self::Described(super::admin::undescribed(&group.group_id, error)),
            Self::Listed(_) | Self::NotListed(_) => Self::NotListed(error),
        }
    }
}

fn fail(response: Response, error: ErrorCode) -> Response {
    match response {
        Response::JoinGroup(joined) => JoinGroupResponse {
            error_code: error,
            // As it was: a version that cannot carry null has a text here.
            protocol_name: joined.protocol_name.map(|_| Str::default()),
            member_id: joined.member_id,
            ..JoinGroupResponse::default()
        }
        .into(),
        Response::SyncGroup(_) => super::rebalance::sync_refusal(error).into(),
        Response::Heartbeat(_) => {
            HeartbeatResponse { error_code: error, ..HeartbeatResponse::default() }.into()
        }
        Response::LeaveGroup(_) => {
            LeaveGroupResponse { error_code: error, ..LeaveGroupResponse::default() }.into()
        }
        Response::OffsetDelete(_) => {
            OffsetDeleteResponse { error_code: error, ..OffsetDeleteResponse::default() }.into()
        }
        Response::OffsetCommit(mut committed) => {
            let topics = committed.topics.iter_mut();
            topics.flat_map(|topic| &mut topic.partitions).for_each(|partition| partition.error_code = error);
            committed.into()
        }
        Response::TxnOffsetCommit(mut committed) => {
            let topics = committed.topics.iter_mut();
            topics.flat_map(|topic| &mut topic.partitions).for_each(|partition| partition.error_code = error);
            committed.into()
        }
        other => unreachable!("a shard does not answer {:?}", other.api_key()),
    }
}
