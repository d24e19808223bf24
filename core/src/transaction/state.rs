//! What is known of one transactional id, and how it goes from one state to the next.

use alloc::collections::{BTreeMap, BTreeSet};

use klamm_wire::Str;

/// Partitions, by topic.
pub(crate) type Partitions = BTreeMap<Str, BTreeSet<i32>>;

/// The last epoch a producer is given; the one behind it only ever ends a transaction.
pub(super) const EPOCH_MAX: i16 = i16::MAX - 1;

/// Where a transactional id is. Numbered as in Kafka's log.
///
/// | from | to | when |
/// |---|---|---|
/// | (unknown), Empty, CompleteCommit, CompleteAbort | Empty | a producer begins to use the id |
/// | Empty, CompleteCommit, CompleteAbort | Ongoing | a first partition is part of the transaction |
/// | Ongoing | Ongoing | another one is |
/// | Ongoing | PrepareCommit | the producer commits |
/// | Ongoing | PrepareAbort | the producer aborts, another one takes over, or time is up |
/// | Empty, CompleteCommit, CompleteAbort | PrepareAbort | the producer aborts what has no partitions (version 2) |
/// | PrepareCommit | CompleteCommit | every partition has its marker |
/// | PrepareAbort | CompleteAbort | every partition has its marker |
/// | Empty, CompleteCommit, CompleteAbort | (unknown) | the id was not used for long |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Empty = 0,
    Ongoing = 1,
    PrepareCommit = 2,
    PrepareAbort = 3,
    CompleteCommit = 4,
    CompleteAbort = 5,
}

impl State {
    pub(crate) const ALL: [Self; 6] = [
        Self::Empty,
        Self::Ongoing,
        Self::PrepareCommit,
        Self::PrepareAbort,
        Self::CompleteCommit,
        Self::CompleteAbort,
    ];

    /// The state of that number. Kafka has two more, which it never writes into its log.
    pub(crate) fn of(id: i8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i8 == id)
    }

    /// As tools show it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }

    /// Whether the outcome is decided, but not everywhere in the log yet.
    pub(crate) fn is_prepared(self) -> bool {
        matches!(self, Self::PrepareCommit | Self::PrepareAbort)
    }

    /// Whether no transaction is open.
    pub(crate) fn is_idle(self) -> bool {
        matches!(self, Self::Empty | Self::CompleteCommit | Self::CompleteAbort)
    }

    /// See the table above.
    fn may_become(self, next: Self) -> bool {
        match next {
            Self::Empty => self.is_idle(),
            Self::Ongoing => self.is_idle() || self == Self::Ongoing,
            Self::PrepareCommit => self == Self::Ongoing,
            Self::PrepareAbort => self == Self::Ongoing || self.is_idle(),
            Self::CompleteCommit => self == Self::PrepareCommit,
            Self::CompleteAbort => self == Self::PrepareAbort,
        }
    }
}

/// A transactional id as its newest record tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Transaction {
    pub(crate) producer_id: i64,
    /// The one before, whose epochs are used up; -1 for none.
    pub(crate) previous_producer_id: i64,
    /// The one the producer goes on with when the transaction has ended; -1 for none.
    pub(crate) next_producer_id: i64,
    /// -1 before the first producer has it.
    pub(crate) producer_epoch: i16,
    pub(crate) timeout_ms: i32,
    pub(crate) state: State,
    /// What is part of the transaction. Empty unless it is open or prepared.
    pub(crate) partitions: Partitions,
    /// Wall clock when the transaction began, in milliseconds; -1 if none did.
    pub(crate) start_ms: i64,
    /// Wall clock of the record, in milliseconds.
    pub(crate) last_update_ms: i64,
    /// How the producer ends transactions: 2 with an epoch for each.
    pub(crate) client_version: i16,
}

impl Transaction {
    /// An id nobody has used yet.
    pub(super) fn new(producer_id: i64, timeout_ms: i32) -> Self {
        Self {
            producer_id,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: -1,
            timeout_ms,
            state: State::Empty,
            partitions: Partitions::new(),
            start_ms: -1,
            last_update_ms: -1,
            client_version: 0,
        }
    }

    /// Whether no producer may be given a further epoch of this producer id.
    pub(super) fn is_epoch_exhausted(&self) -> bool {
        self.producer_epoch >= EPOCH_MAX
    }

    /// The producer that the last answer named, if it ended a transaction with the last epoch.
    pub(super) fn goes_on_as(&self) -> (i64, i16) {
        if self.next_producer_id >= 0 {
            (self.next_producer_id, 0)
        } else {
            (self.producer_id, self.producer_epoch)
        }
    }

    fn become_state(&self, next: State, now_ms: i64) -> Self {
        assert!(self.state.may_become(next), "{:?} does not become {next:?}", self.state);
        Self { state: next, last_update_ms: now_ms, ..self.clone() }
    }

    /// A producer begins with this id and epoch.
    ///
    /// Kafka: `TransactionMetadata.prepareIncrementProducerEpoch`, `prepareProducerIdRotation`.
    pub(super) fn begin_producer(&self, producer_id: i64, epoch: i16, timeout_ms: i32, now_ms: i64) -> Self {
        assert!(
            producer_id != self.producer_id || epoch >= self.producer_epoch,
            "epochs of a producer never go back"
        );
        let previous_producer_id =
            if producer_id == self.producer_id { self.previous_producer_id } else { self.producer_id };
        Self {
            producer_id,
            previous_producer_id,
            next_producer_id: -1,
            producer_epoch: epoch,
            timeout_ms,
            partitions: Partitions::new(),
            start_ms: -1,
            ..self.become_state(State::Empty, now_ms)
        }
    }

    /// These are part of the transaction, too.
    ///
    /// Kafka: `TransactionMetadata.prepareAddPartitions`.
    pub(super) fn add(&self, partitions: &Partitions, client_version: i16, now_ms: i64) -> Self {
        let start_ms = if self.state == State::Ongoing { self.start_ms } else { now_ms };
        let mut next = Self { start_ms, client_version, ..self.become_state(State::Ongoing, now_ms) };
        for (topic, indexes) in partitions {
            next.partitions.entry(topic.clone()).or_default().extend(indexes);
        }
        next
    }

    /// The outcome is decided; `epoch` is what the markers carry.
    ///
    /// Kafka: `TransactionMetadata.prepareAbortOrCommit`.
    pub(super) fn prepare(
        &self,
        commit: bool,
        epoch: i16,
        next_producer_id: i64,
        client_version: i16,
        now_ms: i64,
    ) -> Self {
        assert!(epoch >= self.producer_epoch, "epochs of a producer never go back");
        let state = if commit { State::PrepareCommit } else { State::PrepareAbort };
        let start_ms = if self.state == State::Ongoing { self.start_ms } else { now_ms };
        let next = self.become_state(state, now_ms);
        Self { producer_epoch: epoch, next_producer_id, client_version, start_ms, ..next }
    }

    /// Every partition has its marker.
    ///
    /// Kafka: `TransactionMetadata.prepareComplete`.
    pub(super) fn complete(&self, now_ms: i64) -> Self {
        let commits = self.state == State::PrepareCommit;
        let state = if commits { State::CompleteCommit } else { State::CompleteAbort };
        let mut next = self.become_state(state, now_ms);
        next.partitions = Partitions::new();
        if self.next_producer_id >= 0 {
            next.previous_producer_id = self.producer_id;
            (next.producer_id, next.producer_epoch) = (self.next_producer_id, 0);
            next.next_producer_id = -1;
        }
        next
    }

    /// Whether all of these are part of the transaction.
    pub(super) fn holds(&self, partitions: &Partitions) -> bool {
        let holds = |(topic, indexes): (&Str, &BTreeSet<i32>)| {
            self.partitions.get(topic).is_some_and(|known| indexes.is_subset(known))
        };
        partitions.iter().all(holds)
    }
}
