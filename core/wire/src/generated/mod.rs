//! Generated from the schema text; see `core/wire/generator`.

pub mod group_records;
pub mod messages;
pub mod metadata_records;
pub mod raft_records;
pub mod share_records;
pub mod transaction_records;
