//! What may legally be lost: each kind has a name, is counted, and has a point in the coverage.
//!
//! | kind | what the contract says |
//! |---|---|
//! | failover | acks=1: if another replica is elected before it had the record |
//! | power | `written`: a power loss of as many replicas as `min.insync.replicas`; with acks=1, of the leader |
//! | disk | acks=1: if the leader's disk does not stay |
//! | unclean | the operator's choice |

use crate::coverage::{Coverage, Point};

/// Why a record that was acknowledged may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Excuse {
    /// With acks=1: another replica was elected, which did not have it.
    Failover,
    /// Under `written`: the power took too many copies.
    Power,
    /// With acks=1: the leader's disk was replaced.
    Disk,
    /// A leader was elected that the controller has called unclean.
    Unclean,
}

impl Excuse {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Failover, Self::Power, Self::Disk, Self::Unclean];

    /// The name in reports.
    pub fn slug(self) -> &'static str {
        self.point().slug()
    }

    fn point(self) -> Point {
        match self {
            Self::Failover => Point::LostByFailover,
            Self::Power => Point::LostByPower,
            Self::Disk => Point::LostWithDisk,
            Self::Unclean => Point::LostByUncleanElection,
        }
    }
}

/// How many acknowledged records were legally lost, by kind. Merging is addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Excuse::ALL.len()]);

impl Tally {
    /// How many of a kind.
    pub fn count(&self, excuse: Excuse) -> u64 {
        self.0[excuse as usize]
    }

    /// Another one.
    pub(super) fn add(&mut self, excuse: Excuse, coverage: &mut Coverage) {
        self.0[excuse as usize] += 1;
        coverage.hit(excuse.point());
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// All kinds together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
