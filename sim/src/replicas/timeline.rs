//! Which epoch each offset of a partition belongs to, in the log of its newest leader.

use klamm_core::types::{LeaderEpoch, Offset};

/// The epochs of a leader's log. Two logs that have the same record at an offset have the same epoch there (log
/// matching), so an offset and an epoch name a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Where each epoch begins; both ascend.
    starts: Vec<(LeaderEpoch, Offset)>,
    /// Where the log ended when its leader was elected.
    pub(crate) end: Offset,
}

impl Timeline {
    /// The epochs with records in a log, and the one that begins at its end.
    pub(crate) fn new(mut starts: Vec<(LeaderEpoch, Offset)>, epoch: LeaderEpoch, end: Offset) -> Self {
        if starts.last().is_none_or(|(last, _)| *last < epoch) {
            starts.push((epoch, end));
        }
        Self { starts, end }
    }

    /// Whether the record at `offset` of `epoch` is among those of this timeline; an unknown epoch always is.
    pub(crate) fn contains(&self, offset: Offset, epoch: LeaderEpoch) -> bool {
        let next = self.starts.partition_point(|(_, start)| *start <= offset);
        // Below the first epoch nothing is known: it was removed.
        epoch < 0 || next.checked_sub(1).is_none_or(|index| self.starts[index].0 == epoch)
    }

    /// The first offset from which this timeline and a later one may name different records.
    pub(crate) fn parts_from(&self, later: &Self) -> Offset {
        // Below the later of their first epochs, one of the two has removed its records.
        let first = |timeline: &Self| timeline.starts.first().map_or(0, |(_, start)| *start);
        let base = first(self).max(first(later));
        let epoch_at = |timeline: &Self, offset: Offset| {
            let next = timeline.starts.partition_point(|(_, start)| *start <= offset);
            next.checked_sub(1).map(|index| timeline.starts[index].0)
        };
        let starts = self.starts.iter().chain(&later.starts).map(|(_, start)| (*start).max(base));
        let differ = starts.filter(|offset| epoch_at(self, *offset) != epoch_at(later, *offset));
        differ.min().map_or(later.end, |offset| offset.min(later.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(starts: &[(LeaderEpoch, Offset)], epoch: LeaderEpoch, end: Offset) -> Timeline {
        Timeline::new(starts.to_vec(), epoch, end)
    }

    /// Goal: a clean failover parts from the old leader where the new one's log ended.
    #[test]
    fn a_new_leader_parts_at_its_end() {
        let old = timeline(&[(1, 0)], 2, 10);
        let new = timeline(&[(1, 0), (2, 10)], 3, 25);
        assert_eq!(old.parts_from(&new), 25);
        assert!(new.contains(24, 2) && !new.contains(25, 2) && new.contains(25, 3));
    }

    /// Goal: a leader whose log has another history parts where that history begins.
    #[test]
    fn an_unclean_leader_parts_where_its_history_does() {
        let old = timeline(&[(1, 0), (3, 10)], 4, 30);
        let new = timeline(&[(1, 0), (2, 10)], 5, 15);
        assert_eq!(old.parts_from(&new), 10);
        assert!(!new.contains(12, 3) && new.contains(9, 1));
    }

    /// Goal: removed records make no difference; a leader that has lost its end parts there even in the same epoch.
    #[test]
    fn retention_is_no_parting_and_a_shorter_log_is() {
        let old = timeline(&[(1, 0)], 2, 10);
        let new = timeline(&[(1, 6), (2, 10)], 2, 18);
        assert_eq!(old.parts_from(&new), 18);
        assert!(new.contains(3, 1));
    }
}
