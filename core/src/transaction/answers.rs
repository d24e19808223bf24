//! What a shard answers, and how an answer turns into "not here" when its node stops leading.

use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::add_partitions_to_txn_response::AddPartitionsToTxnResult;
use klamm_wire::messages::describe_transactions_response::TransactionState as Described;
use klamm_wire::messages::list_transactions_response::TransactionState as Listed;
use klamm_wire::messages::{EndTxnResponse, InitProducerIdResponse, Response};

use crate::transaction::admin::undescribed;
use crate::transaction::end::end_refusal;
use crate::transaction::init::init_refusal;

/// The answer of one shard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// All there is to say.
    Response(Response),
    /// One transaction of an AddPartitionsToTxn of a leader.
    Added(AddPartitionsToTxnResult),
    /// One id of a DescribeTransactions.
    Described(Described),
    /// One shard's transactions of a ListTransactions.
    Listed(Vec<Listed>),
    /// One shard of a ListTransactions cannot say which transactions it has.
    NotListed(ErrorCode),
}

impl From<InitProducerIdResponse> for Answer {
    fn from(response: InitProducerIdResponse) -> Self {
        Self::Response(response.into())
    }
}

impl From<EndTxnResponse> for Answer {
    fn from(response: EndTxnResponse) -> Self {
        Self::Response(response.into())
    }
}

impl Answer {
    /// The same request answered with `NOT_COORDINATOR`: its outcome is not committed and never may be.
    pub(crate) fn not_coordinator(self) -> Self {
        let error = ErrorCode::NOT_COORDINATOR;
        match self {
            Self::Response(response) => Self::Response(fail(response, error)),
            Self::Added(mut result) => {
                for topic in &mut result.topic_results {
                    topic.results_by_partition.iter_mut().for_each(|partition| {
                        partition.partition_error_code = error;
                    });
                }
                Self::Added(result)
            }
            Self::Described(found) => Self::Described(undescribed(&found.transactional_id, error)),
            Self::Listed(_) | Self::NotListed(_) => Self::NotListed(error),
        }
    }
}

fn fail(response: Response, error: ErrorCode) -> Response {
    match response {
        Response::InitProducerId(_) => init_refusal(i16::MAX, error).into(),
        Response::EndTxn(_) => end_refusal(i16::MAX, error).into(),
        Response::AddOffsetsToTxn(mut added) => {
            added.error_code = error;
            added.into()
        }
        Response::AddPartitionsToTxn(mut added) => {
            let topics = added.results_by_topic_v3_and_below.iter_mut();
            topics
                .flat_map(|topic| &mut topic.results_by_partition)
                .for_each(|partition| partition.partition_error_code = error);
            added.into()
        }
        other => unreachable!("a shard does not answer {:?}", other.api_key()),
    }
}
