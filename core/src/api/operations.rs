//! What a client may do, as bit sets. Without an authorizer everybody may do everything.

/// Every operation on a cluster: create, alter, describe, cluster action, describe and alter configs,
/// idempotent write. Source: Kafka's `AclEntry.supportedOperations`; bit n is `AclOperation` n.
pub(crate) const CLUSTER_OPERATIONS: i32 = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

/// Every operation on a topic: read, write, create, delete, alter, describe, describe and alter configs.
pub(crate) const TOPIC_OPERATIONS: i32 =
    1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
