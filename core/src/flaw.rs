//! Deliberate mistakes, switched by name, that prove the checkers bite.
//!
//! Each is one guarded line at the decision it changes, compiled only with the feature `flaws`. None is ever
//! on by default, and never two at once.

/// A historic bug that can be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// A produce is completed when its write is issued, not when the promised sync has returned.
    AckBeforeFsync,
    /// Recovery takes a batch because its length fits, without looking at the CRC.
    RecoverySkipsCrc,
    /// The parent directory is not synced after a file was created or renamed.
    DirEntryNotSynced,
    /// No cache of recent batches per producer: a repeated sequence is appended again.
    NoDedupeOnRetry,
    /// A replica that has restarted since its leader saw what it has is put into the ISR.
    StaleBrokerEpochJoinsIsr,
    /// Where nobody in sync or eligible is there, anybody is elected, although the topic would rather wait.
    UncleanWhenDisabled,
    /// A broker that is fenced or shutting down is put into the ISR.
    FencedReplicaJoinsIsr,
    /// No eligible replicas: the last member of an ISR stays in it, whatever it has lost.
    LastReplicaStanding,
    /// A broker that is back before its session has ended keeps its place in every ISR.
    FastRebootKeepsIsr,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AckBeforeFsync,
        Self::RecoverySkipsCrc,
        Self::DirEntryNotSynced,
        Self::NoDedupeOnRetry,
        Self::StaleBrokerEpochJoinsIsr,
        Self::UncleanWhenDisabled,
        Self::FencedReplicaJoinsIsr,
        Self::LastReplicaStanding,
        Self::FastRebootKeepsIsr,
    ];

    /// The name people use.
    pub fn slug(self) -> &'static str {
        match self {
            Self::AckBeforeFsync => "ack-before-fsync",
            Self::RecoverySkipsCrc => "recovery-skips-crc",
            Self::DirEntryNotSynced => "dir-entry-not-synced",
            Self::NoDedupeOnRetry => "no-dedupe-on-retry",
            Self::StaleBrokerEpochJoinsIsr => "stale-broker-epoch-joins-isr",
            Self::UncleanWhenDisabled => "unclean-when-disabled",
            Self::FencedReplicaJoinsIsr => "fenced-replica-joins-isr",
            Self::LastReplicaStanding => "last-replica-standing",
            Self::FastRebootKeepsIsr => "fast-reboot-keeps-isr",
        }
    }

    /// The flaw of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.slug() == slug)
    }
}
