//! What an error code asks of a client.

use klamm_wire::ErrorCode;

/// The client's next move after an error code.
///
/// A wrong class means a hot loop or a client that gives up for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// No error.
    None,
    /// What the client knows about leaders is out of date: ask for metadata, then retry.
    RefreshMetadata,
    /// The group has another coordinator: find it, then retry.
    FindCoordinator,
    /// A passing state of the broker: wait, then retry the same broker.
    Retry,
    /// Retrying cannot help.
    Fatal,
}

impl ErrorClass {
    /// The class of a code.
    ///
    /// Source: Kafka's `RetriableException` and `InvalidMetadataException` hierarchies.
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::NONE => Self::None,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::LEADER_NOT_AVAILABLE
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::REPLICA_NOT_AVAILABLE
            | ErrorCode::NOT_CONTROLLER
            | ErrorCode::LISTENER_NOT_FOUND
            | ErrorCode::KAFKA_STORAGE_ERROR
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::UNKNOWN_LEADER_EPOCH
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::INCONSISTENT_TOPIC_ID
            | ErrorCode::BROKER_NOT_AVAILABLE
            | ErrorCode::NETWORK_EXCEPTION => Self::RefreshMetadata,
            ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR => Self::FindCoordinator,
            ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
            | ErrorCode::CORRUPT_MESSAGE
            | ErrorCode::REQUEST_TIMED_OUT
            | ErrorCode::NOT_ENOUGH_REPLICAS
            | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
            | ErrorCode::OFFSET_NOT_AVAILABLE
            | ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE
            | ErrorCode::UNSTABLE_OFFSET_COMMIT
            | ErrorCode::THROTTLING_QUOTA_EXCEEDED
            | ErrorCode::CONCURRENT_TRANSACTIONS => Self::Retry,
            _ => Self::Fatal,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retriable(self) -> bool {
        matches!(self, Self::RefreshMetadata | Self::FindCoordinator | Self::Retry)
    }
}
