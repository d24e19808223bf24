//! What a crash leaves: a broker that counts records as held when they are synced has lost none of them.
//!
//! KIP-966 takes a broker that has not stopped in order out of the ISR and the eligible replicas of everything it
//! holds, because Kafka acknowledges what is only in the page cache. Where every record was synced before it counted,
//! that would give up replicas that are whole, and after a power loss of all brokers at once every partition with them.
//! So a broker says which life its disk goes back to: it writes the epoch of its registration beside its logs before it
//! holds anything under it. It is believed for the topics that were synced all through that life.

use crate::config::{Config, FlushPolicy};
use crate::image::{MetadataImage, Registration};
use crate::types::Offset;

/// A life that has ended in a crash, as the controller knows it.
pub(super) struct Crashed<'a> {
    image: &'a MetadataImage,
    /// The configuration of that broker, as far as it says what is synced.
    config: Config,
}

impl<'a> Crashed<'a> {
    /// A broker that has begun anew, and whose disk goes back to `claimed`. `None` if that is not the life the
    /// controller knows, or not known well enough.
    pub(super) fn of(
        image: &'a MetadataImage,
        config: &Config,
        known: &Registration,
        claimed: Offset,
    ) -> Option<Self> {
        let is_its_life = claimed >= 0 && (claimed == known.epoch || claimed == known.claimed_epoch);
        let policy = FlushPolicy::from_id(known.flush_policy)?;
        if !is_its_life || known.flush_changed {
            return None;
        }
        let mut config = Config { node_id: known.id, ..config.clone() };
        config.topic.flush_policy = policy;
        (config.topic.flush_messages, config.topic.flush_ms) = (i64::MAX, i64::MAX);
        Some(Self { image, config })
    }

    /// Whether everything it held of a topic is still there.
    pub(super) fn holds(&self, topic: &str) -> bool {
        self.image.topic_config(&self.config, topic).flush_policy == FlushPolicy::Synced
    }
}
