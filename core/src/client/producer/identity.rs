//! Producer id and epoch: how a broker recognises what it has already written.

use crate::time::Timestamp;

/// The highest epoch in use; the one above is reserved, and after it comes a new producer id.
const LAST_EPOCH: i16 = i16::MAX - 1;

/// What a batch carries to be recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProducerIdAndEpoch {
    pub(super) producer_id: i64,
    pub(super) producer_epoch: i16,
}

/// | from | to | when |
/// |---|---|---|
/// | wanted | asked | there is something to send |
/// | asked | assigned | the broker has answered |
/// | asked | wanted | no answer, or a passing error |
/// | assigned | assigned | a partition lost its sequence: the epoch is bumped here, no broker needs to be asked |
/// | assigned | wanted | the epochs of this producer id are used up |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Disabled,
    Wanted(Timestamp),
    Asked,
    Assigned(ProducerIdAndEpoch),
}

/// The identity new batches get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    state: State,
    failures: u32,
}

impl Identity {
    pub(super) fn new(enabled: bool) -> Self {
        let state = if enabled { State::Wanted(Timestamp::default()) } else { State::Disabled };
        Self { state, failures: 0 }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.state != State::Disabled
    }

    pub(super) fn current(&self) -> Option<ProducerIdAndEpoch> {
        match self.state {
            State::Assigned(identity) => Some(identity),
            _ => None,
        }
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn is_wanted(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Wanted(at) if at <= now)
    }

    pub(super) fn on_asked(&mut self) {
        assert!(matches!(self.state, State::Wanted(_)), "asked without need");
        self.state = State::Asked;
    }

    pub(super) fn on_assigned(&mut self, producer_id: i64, producer_epoch: i16) {
        assert_eq!(self.state, State::Asked, "assigned without having asked");
        self.failures = 0;
        self.state = State::Assigned(ProducerIdAndEpoch { producer_id, producer_epoch });
    }

    pub(super) fn on_failed(&mut self, retry_at: Timestamp) {
        assert_eq!(self.state, State::Asked, "failed without having asked");
        self.failures += 1;
        self.state = State::Wanted(retry_at);
    }

    /// Leaves `lost` behind: sequences start again at zero under the next epoch. Does nothing if that has
    /// happened already.
    pub(super) fn bump(&mut self, lost: ProducerIdAndEpoch) {
        if self.current() != Some(lost) {
            return;
        }
        self.state = if lost.producer_epoch >= LAST_EPOCH {
            State::Wanted(Timestamp::default())
        } else {
            State::Assigned(ProducerIdAndEpoch { producer_epoch: lost.producer_epoch + 1, ..lost })
        };
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Wanted(at) if self.failures > 0 => Some(at),
            _ => None,
        }
    }
}

/// The sequence `count` records later; after 2147483647 comes 0.
pub(super) fn sequence_after(sequence: i32, count: i32) -> i32 {
    assert!(sequence >= 0 && count >= 0, "sequences are not negative");
    let wrapped = (i64::from(sequence) + i64::from(count)) & i64::from(i32::MAX);
    i32::try_from(wrapped).expect("31 bits")
}

/// The sequence `count` records earlier.
pub(super) fn sequence_before(sequence: i32, count: i32) -> i32 {
    assert!(sequence >= 0 && count >= 0, "sequences are not negative");
    let wrapped = (i64::from(sequence) - i64::from(count)) & i64::from(i32::MAX);
    i32::try_from(wrapped).expect("31 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: sequences wrap as the broker expects. Source: Kafka's `DefaultRecordBatch.incrementSequence`.
    #[test]
    fn after_the_last_sequence_comes_zero() {
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 3), 1);
        assert_eq!(sequence_before(1, 3), i32::MAX - 1);
        assert_eq!(sequence_before(sequence_after(17, 5), 5), 17);
    }

    /// Goal: two partitions that lose their sequence under the same epoch bump it once; the last epoch gives way to a
    /// new producer id.
    #[test]
    fn an_epoch_is_left_once() {
        let mut identity = Identity::new(true);
        identity.on_asked();
        identity.on_assigned(9, LAST_EPOCH - 1);
        let first = identity.current().expect("assigned");
        identity.bump(first);
        identity.bump(first);
        let second = identity.current().expect("bumped");
        assert_eq!(second.producer_epoch, LAST_EPOCH);
        identity.bump(second);
        assert_eq!(identity.current(), None);
        assert!(identity.is_wanted(Timestamp::default()));
    }
}
