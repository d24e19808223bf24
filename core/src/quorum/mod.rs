//! The metadata quorum.

pub(crate) mod alone;
mod json;
mod snapshot;
mod snapshots;
mod store;
mod view;
mod voters;
