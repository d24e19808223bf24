//! A partition on this node: its log, its role, who follows it and who waits for it.

mod append;
mod delayed;
mod fetcher;
mod follower;
mod leader;
mod partition;
mod preferred;
#[cfg(test)]
mod sample;
mod sessions;
mod throttle;
mod transactions;

pub(crate) use append::{AppendError, Appended, Prepared};
pub(crate) use delayed::{
    DelayedDeletion, DelayedFetch, DelayedLookup, DelayedMarkers, DelayedOffsets, DelayedProduce,
    FetchPartition, FetchState, LookupPartition, ProduceSlot, Reader, Unverified, fetch_error,
};
pub(crate) use fetcher::{Fetcher, Position, Readiness};
pub(crate) use follower::truncation_offset;
pub(crate) use leader::{Altered, FollowerFetch, is_current};
pub(crate) use partition::Partition;
pub(crate) use preferred::Place;
pub(crate) use sessions::{FetchSessions, SessionFetch, SessionKey};
pub(crate) use throttle::{Throttles, bound as throttle_bound};
pub(crate) use transactions::{About, EndOfTransaction, Guard, Verification};
