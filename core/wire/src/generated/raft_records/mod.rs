//! Contents of the files beside a log.

pub mod producer_snapshot;
pub mod quorum_state_data;

pub use self::producer_snapshot::ProducerSnapshot;
pub use self::quorum_state_data::QuorumStateData;
