//! Deliberate mistakes, switched by name, that prove the checkers bite.
//!
//! Each is one guarded line at the decision it changes, compiled only with the feature `flaws`. None is ever
//! on by default, and never two at once.

macro_rules! flaws {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal,)+) => {
        /// A historic bug that can be put back.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Flaw {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Flaw {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name people use.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }
        }
    };
}

flaws! {
    // The log and its disk.
    /// A produce is completed when its write is issued, not when the promised sync has returned.
    AckBeforeFsync = "ack-before-fsync",
    /// Recovery takes a batch because its length fits, without looking at the CRC.
    RecoverySkipsCrc = "recovery-skips-crc",
    /// The parent directory is not synced after a file was created or renamed.
    DirEntryNotSynced = "dir-entry-not-synced",

    // Idempotent producers.
    /// No cache of recent batches per producer: a repeated sequence is appended again.
    NoDedupeOnRetry = "no-dedupe-on-retry",

    /// A repeated batch is acknowledged at once, although the first copy is not committed.
    DuplicateAckedEarly = "duplicate-acked-early",

    // Transactions.
    /// A leader takes a transactional batch without asking the coordinator whether a transaction is open.
    LateProduceAfterAbort = "late-produce-after-abort",
    /// An answer of the coordinator counts although the transaction has ended since it was asked.
    VerifyThenAppendRace = "verify-then-append-race",
    /// The end of a transaction is decided by transactional id and epoch alone, and the epoch stays.
    DelayedEndTxn = "delayed-endtxn",
    /// A transaction that has timed out is aborted in the producer's epoch, which stays.
    TimeoutAbortNoBump = "timeout-abort-no-bump",
    /// What is part of a transaction is kept in the coordinator's memory until it ends.
    TxnBeginVolatile = "txn-begin-volatile",
    /// A coordinator takes an answer from before it lost its shard and got it back.
    LeadershipAba = "leadership-aba",
    /// `read_committed` is given the record at the last stable offset, too.
    LsoOffByOne = "lso-off-by-one",
    /// OffsetFetch answers with the stable offset although a transactional commit is pending.
    PendingTxnOffsetVisible = "pending-txn-offset-visible",

    // Replication.
    /// A follower cuts its log at its own high watermark instead of comparing epochs with the leader.
    TruncOwnHw = "trunc-own-hw",
    /// A leader serves a follower by offset alone, whatever epoch it believes in and has fetched last.
    ZombieFetchUnfenced = "zombie-fetch-unfenced",
    /// A follower joins the ISR at the leader's high watermark, without having reached the start of its epoch.
    IsrJoinBelowEpochStart = "isr-join-below-epoch-start",
    /// A fetch that is answered with a diverging epoch still counts as what the follower holds.
    DivergingFetchCounts = "diverging-fetch-counts",
    /// A smaller ISR counts as soon as it is proposed.
    ShrinkAppliedBeforeAck = "shrink-applied-before-ack",
    /// A follower takes an answer to a fetch that is not open any more.
    StaleFetchResponseApplied = "stale-fetch-response-applied",
    /// Consumers are given everything up to the log's end.
    VisibleBeyondCommitted = "visible-beyond-committed",
    /// A leader names no epoch when histories differ, only the end of the follower's.
    TruncSingleRound = "trunc-single-round",

    // The metadata quorum.
    /// Epoch and vote count when they are written under their name, not when that name is synced.
    VoteNotDurable = "vote-not-durable",
    /// A controller that led the quorum when it stopped leads on in the same epoch after its restart.
    LeaderResumesSameEpoch = "leader-resumes-same-epoch",
    /// The quorum's leader commits whatever a majority holds, also before a record of its own epoch is among it.
    CommitPriorEpoch = "commit-prior-epoch",
    /// A voter fetches on before what it has appended is synced: the fetch says that it is.
    VoterFetchBeforeFlush = "voter-fetch-before-flush",
    /// A metadata snapshot is named by the last offset in it, not by the first one behind it.
    SnapshotIdOffByOne = "snapshot-id-off-by-one",
    /// The voters are changed again while a change of them is not committed.
    TwoVoterChangesInFlight = "two-voter-changes-in-flight",

    // The controller.
    /// A replica that has restarted since its leader saw what it has is put into the ISR.
    StaleBrokerEpochJoinsIsr = "stale-broker-epoch-joins-isr",
    /// The controller answers when it has decided, not when the quorum has taken it.
    DeposedControllerWrites = "deposed-controller-writes",
    /// Where nobody in sync or eligible is there, anybody is elected, although the topic would rather wait.
    UncleanWhenDisabled = "unclean-when-disabled",
    /// A broker that is fenced or shutting down is put into the ISR.
    FencedReplicaJoinsIsr = "fenced-replica-joins-isr",
    /// No eligible replicas: the last member of an ISR stays in it, whatever it has lost.
    LastReplicaStanding = "last-replica-standing",
    /// A broker that is back before its session has ended keeps its place in every ISR.
    FastRebootKeepsIsr = "fast-reboot-keeps-isr",
}

impl Flaw {
    /// The flaw of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flaw| flaw.slug() == slug)
    }
}
