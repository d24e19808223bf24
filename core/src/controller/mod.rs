//! The controller: the replicated machine over the metadata log.
//!
//! A command is decided on the image with all written records applied, so that a topic cannot be created
//! twice while its first creation is still on the way to the disk. Requests that administer several things
//! at once are answered for each of them: what can be done is done, in one batch of records, and the rest
//! is refused with a code and a sentence.

mod brokers;
mod configs;
mod election;
mod names;
mod partition_change;
mod partitions;
mod placement;
mod topics;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{
    AlterConfigsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
    IncrementalAlterConfigsRequest, Response,
};
use klamm_wire::metadata_records::{FeatureLevelRecord, MetadataRecord, ProducerIdsRecord};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::{Decision, Machine};
use crate::cx::Cx;
use crate::image::{METADATA_VERSION, MetadataImage};
use crate::types::{BrokerId, Offset};

pub(crate) use brokers::BrokerRegistration;
pub(crate) use configs::check_resource;
pub(crate) use names::check_name;
pub(crate) use topics::is_auto_created;

/// The metadata version a fresh cluster begins with: 4.3-IV0, the newest that Kafka 4.3 calls production-ready.
///
/// Other features stay at level 0 until they are built: a level tells clients what they may send.
pub(crate) const METADATA_VERSION_LEVEL: i16 = 30;
/// The oldest metadata version whose records this build reads: 3.3-IV3, the oldest of Kafka 4.
pub(crate) const METADATA_VERSION_MIN: i16 = 7;

/// Producer ids are handed to brokers in blocks of this size, as Kafka does.
pub(crate) const PRODUCER_ID_BLOCK: i32 = 1000;

/// The most partitions one request may create: what fits a batch of metadata records.
const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// State of the controller: the metadata and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Controller {
    image: MetadataImage,
}

/// What is asked of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Begins a fresh cluster: the first records of its log. Does nothing on one that has begun.
    Bootstrap,
    /// A broker has started. Its partitions lose it as leader until it is unfenced.
    RegisterBroker(BrokerRegistration),
    /// A broker has the metadata up to its own registration and may serve from now on.
    Unfence { broker_id: BrokerId, broker_epoch: Offset },
    /// Creates topics as a client asks for them.
    CreateTopics(CreateTopicsRequest),
    /// Creates topics that were used before they exist, with the broker's defaults. Those that exist already
    /// and names that are not legal are passed over.
    AutoCreateTopics(Vec<Str>),
    /// Deletes topics by name or id. In versions below 6 the caller moves `topic_names` into `topics`.
    DeleteTopics(DeleteTopicsRequest),
    /// Adds partitions to topics.
    CreatePartitions(CreatePartitionsRequest),
    /// Replaces all settings of resources.
    AlterConfigs(AlterConfigsRequest),
    /// Changes some settings of resources.
    IncrementalAlterConfigs(IncrementalAlterConfigsRequest),
    /// Gives a broker the next block of producer ids.
    AllocateProducerIds { broker_id: BrokerId, broker_epoch: Offset },
}

/// What the one who asked gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// The response of the request.
    Response(Response),
    /// A block of producer ids, for whoever serves producers on this broker.
    ProducerIds(Result<ProducerIdBlock, ErrorCode>),
    /// It has happened.
    Done,
}

/// Producer ids that belong to one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProducerIdBlock {
    /// The first id.
    pub(crate) first: i64,
    /// How many there are.
    pub(crate) length: i32,
}

/// Why a part of a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The sentence as a message carries it.
    pub(crate) fn text(&self) -> Option<Str> {
        Some(self.message.as_str().into())
    }
}

impl From<crate::config::ConfigError> for Refusal {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(error.code(), alloc::format!("{error}"))
    }
}

/// Records and the one answer that waits for them.
type Outcome = (Vec<MetadataRecord>, Answer);

impl Controller {
    /// A controller that knows what `image` knows.
    pub(crate) fn new(image: MetadataImage) -> Self {
        Self { image }
    }

    /// The metadata with all applied records.
    pub(crate) fn image(&self) -> &MetadataImage {
        &self.image
    }

    fn bootstrap(&self) -> Vec<MetadataRecord> {
        if !self.image.is_empty() {
            return Vec::new();
        }
        vec![
            FeatureLevelRecord { name: METADATA_VERSION.into(), feature_level: METADATA_VERSION_LEVEL }
                .into(),
        ]
    }

    fn allocate_producer_ids(&self, broker_id: BrokerId, broker_epoch: Offset) -> Outcome {
        let refuse = |code| (Vec::new(), Answer::ProducerIds(Err(code)));
        if let Err(refusal) = self.check_epoch(broker_id, broker_epoch) {
            return refuse(refusal.code);
        }
        let first = self.image.next_producer_id;
        let Some(next_producer_id) = first.checked_add(PRODUCER_ID_BLOCK.into()) else {
            return refuse(ErrorCode::UNKNOWN_SERVER_ERROR);
        };
        let record = ProducerIdsRecord { broker_id, broker_epoch, next_producer_id };
        let block = ProducerIdBlock { first, length: PRODUCER_ID_BLOCK };
        (vec![record.into()], Answer::ProducerIds(Ok(block)))
    }
}

impl Machine for Controller {
    type Soft = ();
    type Command = Command;
    type Record = MetadataRecord;
    type Answer = Answer;

    fn decide(
        &self,
        (): &mut (),
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: Command,
    ) -> Result<Decision<MetadataRecord, Answer>, ErrorCode> {
        let (records, answer) = match command {
            Command::Bootstrap => (self.bootstrap(), Answer::Done),
            Command::RegisterBroker(registration) => (self.register_broker(cx, registration), Answer::Done),
            Command::Unfence { broker_id, broker_epoch } => {
                let records = self.unfence(cx, broker_id, broker_epoch).map_err(|refusal| refusal.code)?;
                (records, Answer::Done)
            }
            Command::CreateTopics(request) => self.create_topics(cx, &request),
            Command::AutoCreateTopics(names) => (self.auto_create_topics(cx, &names), Answer::Done),
            Command::DeleteTopics(request) => self.delete_topics(request),
            Command::CreatePartitions(request) => self.create_partitions(cx, &request),
            Command::AlterConfigs(request) => self.alter_configs(&request),
            Command::IncrementalAlterConfigs(request) => self.incremental_alter_configs(cx, &request),
            Command::AllocateProducerIds { broker_id, broker_epoch } => {
                self.allocate_producer_ids(broker_id, broker_epoch)
            }
        };
        Ok(Decision { records, answers: ticket.map(|ticket| (ticket, answer)).into_iter().collect() })
    }

    fn apply(&mut self, offset: Offset, record: &MetadataRecord) {
        self.image.apply(offset, record);
    }

    /// # Panics
    /// If a record cannot be encoded: every decision must fit the newest version of its records.
    fn encode(record: &MetadataRecord) -> (Option<Bytes>, Option<Bytes>) {
        let value = record.encode_framed().unwrap_or_else(|error| panic!("{record:?}: {error}"));
        (None, Some(value))
    }

    fn decode(_: Option<&Bytes>, value: Option<&Bytes>) -> Option<MetadataRecord> {
        MetadataRecord::decode_framed(value?).ok()
    }
}

#[cfg(test)]
mod tests;
