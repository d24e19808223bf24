//! The producer's configuration: Kafka's names and defaults.

use klamm_wire::batch::Codec;

use crate::client::ClusterConfig;

/// How many replicas must hold a record before it counts as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acks {
    /// None: the broker does not even answer.
    None,
    /// The leader.
    Leader,
    /// The whole in-sync set.
    #[default]
    All,
}

impl Acks {
    /// As it stands on the wire.
    pub fn to_wire(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}

/// How a producer works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerConfig {
    /// How the cluster is reached.
    pub cluster: ClusterConfig,
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`: a retried batch is written once and in order. Needs `acks=all`.
    pub enable_idempotence: bool,
    /// `batch.size`: uncompressed bytes after which a batch is sent without lingering. A larger record gets a
    /// batch of its own.
    pub batch_size: usize,
    /// `linger.ms`: how long a batch that is not full waits for more.
    pub linger_ms: u32,
    /// `compression.type`.
    pub compression: Codec,
    /// `max.request.size`: uncompressed bytes of one request at most, and so of one record.
    pub max_request_size: usize,
    /// `buffer.memory`: bytes of records without an outcome.
    pub buffer_memory: usize,
    /// `max.block.ms`: how long a record waits for metadata.
    pub max_block_ms: u32,
    /// `delivery.timeout.ms`: from the creation of a batch to its acknowledgement, retries included.
    pub delivery_timeout_ms: u32,
    /// `max.in.flight.requests.per.connection`: at most 5 with idempotence, because a broker remembers five batches.
    pub max_in_flight: usize,
    /// `retries`: attempts after the first one.
    pub retries: u32,
}

impl Default for ProducerConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            acks: Acks::All,
            enable_idempotence: true,
            batch_size: 16_384,
            linger_ms: 5,
            compression: Codec::None,
            max_request_size: 1_048_576,
            buffer_memory: 33_554_432,
            max_block_ms: 60_000,
            delivery_timeout_ms: 120_000,
            max_in_flight: 5,
            retries: u32::MAX,
        }
    }
}

impl ProducerConfig {
    /// Whether the settings fit together.
    ///
    /// # Errors
    /// A sentence that names the two settings that contradict each other.
    pub fn check(&self) -> Result<(), &'static str> {
        let promises = [
            (!self.enable_idempotence || self.acks == Acks::All, "enable.idempotence needs acks=all"),
            (
                !self.enable_idempotence || self.max_in_flight <= 5,
                "enable.idempotence allows at most 5 max.in.flight.requests.per.connection",
            ),
            (!self.enable_idempotence || self.retries > 0, "enable.idempotence needs retries above 0"),
            (self.compression.is_built(), "compression.type is not built into this program"),
            (self.max_in_flight > 0, "max.in.flight.requests.per.connection must be above 0"),
            (
                self.delivery_timeout_ms >= self.linger_ms.saturating_add(self.cluster.request_timeout_ms),
                "delivery.timeout.ms must be at least linger.ms + request.timeout.ms",
            ),
        ];
        match promises.iter().find(|(kept, _)| !kept) {
            Some((_, sentence)) => Err(sentence),
            None => Ok(()),
        }
    }
}
