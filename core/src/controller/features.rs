//! What this build can do, as levels of features that all nodes of a cluster agree on.

use alloc::vec::Vec;

use klamm_wire::metadata_records::FeatureLevelRecord;

use crate::image::{ELIGIBLE_LEADER_REPLICAS, METADATA_VERSION, TRANSACTION_VERSION};

/// A feature and the levels of it that this build works at. Level 0 is a feature that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    pub(crate) min: i16,
    pub(crate) max: i16,
    /// What a fresh cluster begins with.
    pub(crate) fresh: i16,
}

/// Every feature. Those that are not listed are not built: a level tells clients what they may send.
///
/// The metadata version says which records may stand in the log: 7 is 3.3-IV3, the oldest of Kafka 4; 30 is
/// 4.3-IV0, the newest that Kafka 4.3 calls production-ready. Transactions of version 1 have flexible records, those of
/// version 2 an epoch each (KIP-890).
pub(crate) const FEATURES: [Feature; 3] = [
    Feature { name: METADATA_VERSION, min: 7, max: 30, fresh: 30 },
    Feature { name: ELIGIBLE_LEADER_REPLICAS, min: 0, max: 1, fresh: 1 },
    Feature { name: TRANSACTION_VERSION, min: 0, max: 2, fresh: 2 },
];

/// The records that set the features of a fresh cluster. The metadata version comes first: it says how to read on.
pub(super) fn fresh() -> Vec<FeatureLevelRecord> {
    let record =
        |feature: &Feature| FeatureLevelRecord { name: feature.name.into(), feature_level: feature.fresh };
    FEATURES.iter().filter(|feature| feature.fresh > 0).map(record).collect()
}
