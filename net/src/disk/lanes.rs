//! Which operation may start: the order rules of [`klamm_core::disk`], without any thread.

use std::collections::{BTreeMap, VecDeque};

use klamm_core::disk::{DiskOp, Lane};

/// Operations that have been emitted and may not start yet. A lane that is idle takes no memory.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Present while an operation holds the lane; behind it, those that wait.
    held: BTreeMap<Lane, VecDeque<DiskOp>>,
}

impl Lanes {
    /// Whether an operation emitted now could start at once.
    pub(super) fn is_idle(&self, lane: &Lane) -> bool {
        !self.held.contains_key(lane)
    }

    /// Takes an operation in; returns it if it starts now, holding its lane.
    pub(super) fn submit(&mut self, op: DiskOp) -> Option<DiskOp> {
        let lane = op.owner.lane();
        if let Some(waiting) = self.held.get_mut(&lane) {
            waiting.push_back(op);
            return None;
        }
        self.held.insert(lane, VecDeque::new());
        Some(op)
    }

    /// The operation that holds the lane has been answered, or is a sync and has begun; returns the next one,
    /// which holds the lane from now on.
    pub(super) fn release(&mut self, lane: &Lane) -> Option<DiskOp> {
        let waiting = self.held.get_mut(lane).expect("a lane is released by the operation that holds it");
        let next = waiting.pop_front();
        if next.is_none() {
            self.held.remove(lane);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klamm_core::disk::{BootOp, Checkpoint, DiskStep, Owner, Path};

    fn op(owner: Owner, name: &str) -> DiskOp {
        DiskOp { owner, steps: vec![DiskStep::Sync { path: Path::new(0, name) }] }
    }

    /// Goal: operations of a lane start one after the other in the order they were emitted, and lanes do
    /// not wait for each other. Source: the module text of `klamm_core::disk`.
    #[test]
    fn a_lane_keeps_its_order_and_holds_up_no_other() {
        let node = |name| op(Owner::Boot(BootOp::List(0)), name);
        let other = op(Owner::Checkpoint(Checkpoint::HighWatermark, 0), "o");
        let mut lanes = Lanes::default();
        assert_eq!(lanes.submit(node("1")), Some(node("1")));
        assert_eq!(lanes.submit(node("2")), None);
        assert_eq!(lanes.submit(node("3")), None);
        assert_eq!(lanes.submit(other.clone()), Some(other));
        assert_eq!(lanes.release(&Lane::Node), Some(node("2")));
        assert_eq!(lanes.release(&Lane::Node), Some(node("3")));
        assert!(!lanes.is_idle(&Lane::Node));
        assert_eq!(lanes.release(&Lane::Node), None);
        assert!(lanes.is_idle(&Lane::Node));
        assert_eq!(lanes.submit(node("4")), Some(node("4")));
    }
}
