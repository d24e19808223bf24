//! Pure computations that are too long for the logic thread.

use bytes::Bytes;
use klamm_wire::batch::{self, BatchError, Inspected, Rebuild};

use crate::connection::Ticket;

/// A computation asked of the driver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Writes a produced batch anew with another codec, timestamps or offset deltas.
    Rebuild {
        /// The request that waits for it.
        ticket: Ticket,
        /// Which of the request's batches.
        index: u32,
        /// The batch as it came.
        batch: Bytes,
        /// What to change.
        options: Rebuild,
    },
}

/// The outcome of a [`Job`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum JobDone {
    /// The new batch and what is in it.
    Rebuilt(Result<(Bytes, Inspected), BatchError>),
}

impl Job {
    /// Does the work; the same answer for the same job on every machine.
    pub fn run(&self) -> JobDone {
        match self {
            Self::Rebuild { batch, options, .. } => {
                JobDone::Rebuilt(batch::rebuild_inspected(batch, options))
            }
        }
    }
}
