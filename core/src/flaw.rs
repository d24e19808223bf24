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
    /// Epoch and vote count when they are written under their name, not when that name is synced.
    VoteNotDurable,
    /// A controller that led the quorum when it stopped leads on in the same epoch after its restart.
    LeaderResumesSameEpoch,
    /// The quorum's leader commits whatever a majority holds, also before a record of its own epoch is among it.
    CommitPriorEpoch,
    /// A voter fetches on before what it has appended is synced: the fetch says that it is.
    VoterFetchBeforeFlush,
    /// A metadata snapshot is named by the last offset in it, not by the first one behind it.
    SnapshotIdOffByOne,
    /// The voters are changed again while a change of them is not committed.
    TwoVoterChangesInFlight,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::AckBeforeFsync,
        Self::RecoverySkipsCrc,
        Self::DirEntryNotSynced,
        Self::NoDedupeOnRetry,
        Self::VoteNotDurable,
        Self::LeaderResumesSameEpoch,
        Self::CommitPriorEpoch,
        Self::VoterFetchBeforeFlush,
        Self::SnapshotIdOffByOne,
        Self::TwoVoterChangesInFlight,
    ];

    /// The name people use.
    pub fn slug(self) -> &'static str {
        match self {
            Self::AckBeforeFsync => "ack-before-fsync",
            Self::RecoverySkipsCrc => "recovery-skips-crc",
            Self::DirEntryNotSynced => "dir-entry-not-synced",
            Self::NoDedupeOnRetry => "no-dedupe-on-retry",
            Self::VoteNotDurable => "vote-not-durable",
            Self::LeaderResumesSameEpoch => "leader-resumes-same-epoch",
            Self::CommitPriorEpoch => "commit-prior-epoch",
            Self::VoterFetchBeforeFlush => "voter-fetch-before-flush",
            Self::SnapshotIdOffByOne => "snapshot-id-off-by-one",
            Self::TwoVoterChangesInFlight => "two-voter-changes-in-flight",
        }
    }

    /// The flaw of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.slug() == slug)
    }
}
