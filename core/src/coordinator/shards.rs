//! The machines of one internal topic that this node hosts, one per partition that it leads.

use alloc::collections::BTreeMap;

use klamm_wire::{ErrorCode, Uuid};

use crate::coordinator::{Hosted, Machine};
use crate::image::MetadataImage;
use crate::node::Loading;
use crate::types::TopicIdPartition;

/// The partition of an internal topic that a group or a transactional id lives in.
///
/// Source: Java's `String.hashCode` over UTF-16 units, made positive as Kafka's `Utils.abs` does: the smallest
/// integer, which has no positive counterpart, becomes 0.
pub(crate) fn shard_of(key: &str, partitions: i32) -> i32 {
    assert!(partitions > 0, "a topic has partitions");
    let hash =
        key.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partitions
}

/// Machines by the index of their partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shards<M: Machine>(BTreeMap<i32, Shard<M>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shard<M: Machine> {
    topic_id: Uuid,
    state: State<M>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State<M: Machine> {
    Loading(Loading<M>),
    Serving(Hosted<M>),
}

impl<M: Machine> Default for Shards<M> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<M: Machine> Shards<M> {
    /// The partition behind a shard that this node leads.
    pub(crate) fn partition(&self, shard: i32) -> Option<TopicIdPartition> {
        let found = self.0.get(&shard)?;
        Some(TopicIdPartition { topic_id: found.topic_id, partition: shard })
    }

    /// The shard of `topic` that serves a key here.
    ///
    /// # Errors
    /// `NOT_COORDINATOR`: the client asks who is. `COORDINATOR_LOAD_IN_PROGRESS`: it tries again.
    pub(crate) fn find(&self, image: &MetadataImage, topic: &str, key: &str) -> Result<i32, ErrorCode> {
        let topic = image.topic(topic).ok_or(ErrorCode::NOT_COORDINATOR)?;
        let partitions = i32::try_from(topic.partitions.len()).expect("partitions are counted in 32 bits");
        let shard = shard_of(key, partitions);
        match self.0.get(&shard).map(|shard| &shard.state) {
            None => Err(ErrorCode::NOT_COORDINATOR),
            Some(State::Loading(_)) => Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
            Some(State::Serving(_)) => Ok(shard),
        }
    }

    /// This node leads a partition from now on; its log is to be read into `machine`.
    pub(crate) fn begin_loading(&mut self, id: TopicIdPartition, machine: M) {
        let shard = Shard { topic_id: id.topic_id, state: State::Loading(Loading::new(machine, 0)) };
        let replaced = self.0.insert(id.partition, shard);
        assert!(replaced.is_none(), "{id:?} is loaded once");
    }

    /// A shard that is being read.
    pub(crate) fn loading_mut(&mut self, shard: i32) -> Option<&mut Loading<M>> {
        match &mut self.0.get_mut(&shard)?.state {
            State::Loading(loading) => Some(loading),
            State::Serving(_) => None,
        }
    }

    /// A shard that serves.
    pub(crate) fn hosted(&self, shard: i32) -> Option<&Hosted<M>> {
        match &self.0.get(&shard)?.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some(hosted),
        }
    }

    /// A shard that serves.
    pub(crate) fn hosted_mut(&mut self, shard: i32) -> Option<&mut Hosted<M>> {
        match &mut self.0.get_mut(&shard)?.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some(hosted),
        }
    }

    /// Every shard that serves, by index.
    pub(crate) fn serving_mut(&mut self) -> impl Iterator<Item = (i32, &mut Hosted<M>)> {
        self.0.iter_mut().filter_map(|(index, shard)| match &mut shard.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some((*index, hosted)),
        })
    }

    /// Every shard that is here, loaded or not.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = i32> + '_ {
        self.0.keys().copied()
    }

    /// Whether a shard is still being read.
    pub(crate) fn is_loading(&self) -> bool {
        self.0.values().any(|shard| matches!(shard.state, State::Loading(_)))
    }

    /// The shard's log is read to its end: it serves from now on.
    pub(crate) fn serve(&mut self, shard: i32) -> &mut Hosted<M> {
        let found = self.0.get_mut(&shard).expect("a shard that is loaded is here");
        let State::Loading(loading) = &found.state else { panic!("shard {shard} is loaded once") };
        found.state = State::Serving(Hosted::new(loading.machine.clone()));
        self.hosted_mut(shard).expect("it serves")
    }

    /// This node does not lead the partition any more; what served, if it did.
    pub(crate) fn remove(&mut self, shard: i32) -> Option<Hosted<M>> {
        match self.0.remove(&shard)?.state {
            State::Loading(_) => None,
            State::Serving(hosted) => Some(hosted),
        }
    }
}
