//! A partition on this node: its log, its leadership and who waits for it.

mod append;
mod delayed;
mod partition;
mod sessions;

pub(crate) use append::{AppendError, Appended, Prepared};
pub(crate) use delayed::{
    DelayedFetch, DelayedLookup, DelayedProduce, FetchPartition, FetchState, LookupPartition, ProduceSlot,
    fetch_error,
};
pub(crate) use partition::Partition;
pub(crate) use sessions::{FetchSessions, SessionFetch, SessionKey};
