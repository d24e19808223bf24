//! The controller: the replicated machine over the metadata log.
//!
//! A command is decided on the image with all written records applied, so that a topic cannot be created
//! twice while its first creation is still on the way to the disk. Requests that administer several things
//! at once are answered for each of them: what can be done is done, in one batch of records, and the rest
//! is refused with a code and a sentence.

mod activation;
mod alter_partition;
mod brokers;
mod configs;
mod controllers;
mod directories;
mod elect_leaders;
mod election;
mod elr;
mod features;
mod heartbeats;
mod intact;
mod names;
mod partition_change;
mod partitions;
mod placement;
mod reassignment;
mod soft;
mod topics;
mod update_features;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterConfigsRequest,
    AlterPartitionReassignmentsRequest, AlterPartitionRequest, AssignReplicasToDirsRequest,
    BrokerHeartbeatRequest, BrokerRegistrationRequest, ControllerRegistrationRequest,
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, ElectLeadersRequest,
    IncrementalAlterConfigsRequest, ListPartitionReassignmentsRequest, Response, UnregisterBrokerRequest,
    UpdateFeaturesRequest,
};
use klamm_wire::metadata_records::{MetadataRecord, ProducerIdsRecord};
use klamm_wire::{ErrorCode, Str};

use crate::connection::Ticket;
use crate::coordinator::{Decision, Machine};
use crate::cx::Cx;
use crate::image::MetadataImage;
use crate::timer::ControllerTimer;
use crate::types::{BrokerId, Offset, TopicIdPartition};

pub(crate) use brokers::{LastLife, registration_of};
pub(crate) use configs::check_resource;
pub(crate) use features::{FEATURES, Feature};
pub(crate) use names::check_name;
use soft::Soft;
pub(crate) use topics::is_auto_created;

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
    /// This controller has become active: the first command, once in every epoch it leads.
    Activate,
    /// A broker has started; `epoch` is the log's end offset at the time of the command. The answer has its epoch.
    RegisterBroker { request: BrokerRegistrationRequest, epoch: Offset },
    /// A broker lives.
    Heartbeat(BrokerHeartbeatRequest),
    /// Forgets a broker.
    UnregisterBroker(UnregisterBrokerRequest),
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
    /// Gives this broker the next block of producer ids.
    AllocateProducerIds { broker_id: BrokerId, broker_epoch: Offset },
    /// Gives another broker the next block of producer ids.
    ProducerIds(AllocateProducerIdsRequest),
    /// A leader proposes who is in sync.
    AlterPartition(AlterPartitionRequest),
    /// A broker says where its replicas lie.
    AssignReplicasToDirs(AssignReplicasToDirsRequest),
    /// Elects leaders.
    ElectLeaders(ElectLeadersRequest),
    /// Moves partitions to other brokers, or takes that back.
    AlterReassignments(AlterPartitionReassignmentsRequest),
    /// Tells which partitions are moving.
    ListReassignments(ListPartitionReassignmentsRequest),
    /// Changes the levels of features; the version of the request says what its fields mean.
    UpdateFeatures { request: UpdateFeaturesRequest, version: i16 },
    /// A controller says what it can do.
    RegisterController(ControllerRegistrationRequest),
    /// A timer of the controller has come.
    Timer(ControllerTimer),
}

/// What the one who asked gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// The response of the request.
    Response(Response),
    /// The response of a request that creates partitions: it is held until they can be written to here.
    Created(Response),
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

    fn outcome(&self, soft: &mut Soft, cx: &mut Cx<'_>, command: Command) -> Result<Outcome, Refusal> {
        Ok(match command {
            Command::Activate => (self.activate(soft, cx), Answer::Done),
            Command::RegisterBroker { request, epoch } => self.register_broker(soft, cx, &request, epoch)?,
            Command::Heartbeat(request) => self.heartbeat(soft, cx, &request)?,
            Command::UnregisterBroker(request) => self.unregister_broker(cx, &request),
            Command::Unfence { broker_id, broker_epoch } => {
                (self.unfence(cx, broker_id, broker_epoch)?, Answer::Done)
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
            Command::ProducerIds(request) => self.producer_ids(&request)?,
            Command::AlterPartition(request) => self.alter_partition(cx, &request)?,
            Command::AssignReplicasToDirs(request) => self.assign_replicas_to_dirs(cx, &request)?,
            Command::ElectLeaders(request) => self.elect_leaders(cx, &request)?,
            Command::AlterReassignments(request) => self.alter_reassignments(cx, &request),
            Command::ListReassignments(request) => self.list_reassignments(&request),
            Command::UpdateFeatures { request, version } => {
                self.update_features(cx.config, &request, version)
            }
            Command::RegisterController(request) => self.register_controller(&request),
            Command::Timer(timer) => (self.on_timer(soft, cx, timer), Answer::Done),
        })
    }

    /// Checks the partition that a record has changed.
    fn check_changed(&self, record: &MetadataRecord) {
        let (topic_id, partition) = match record {
            MetadataRecord::Partition(record) => (record.topic_id, record.partition_id),
            MetadataRecord::PartitionChange(record) => (record.topic_id, record.partition_id),
            _ => return,
        };
        if let Some(state) = self.image.partition(TopicIdPartition { topic_id, partition }) {
            state.check();
        }
    }

    fn allocate_producer_ids(&self, broker_id: BrokerId, broker_epoch: Offset) -> Outcome {
        match self.next_block(broker_id, broker_epoch) {
            Ok((record, block)) => (vec![record.into()], Answer::ProducerIds(Ok(block))),
            Err(refusal) => (Vec::new(), Answer::ProducerIds(Err(refusal.code))),
        }
    }

    fn producer_ids(&self, request: &AllocateProducerIdsRequest) -> Result<Outcome, Refusal> {
        let (record, block) = self.next_block(request.broker_id, request.broker_epoch)?;
        let response = AllocateProducerIdsResponse {
            producer_id_start: block.first,
            producer_id_len: block.length,
            ..AllocateProducerIdsResponse::default()
        };
        Ok((vec![record.into()], Answer::Response(response.into())))
    }

    /// The next producer ids, for the present start of a broker.
    fn next_block(
        &self,
        broker_id: BrokerId,
        broker_epoch: Offset,
    ) -> Result<(ProducerIdsRecord, ProducerIdBlock), Refusal> {
        self.check_epoch(broker_id, broker_epoch)?;
        let first = self.image.next_producer_id;
        let next_producer_id = first.checked_add(PRODUCER_ID_BLOCK.into()).ok_or_else(|| {
            Refusal::new(ErrorCode::UNKNOWN_SERVER_ERROR, "Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit")
        })?;
        let record = ProducerIdsRecord { broker_id, broker_epoch, next_producer_id };
        Ok((record, ProducerIdBlock { first, length: PRODUCER_ID_BLOCK }))
    }
}

impl Machine for Controller {
    type Soft = Soft;
    type Command = Command;
    type Record = MetadataRecord;
    type Answer = Answer;

    fn decide(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: Command,
    ) -> Result<Decision<MetadataRecord, Answer>, ErrorCode> {
        let (records, answer) = self.outcome(soft, cx, command).map_err(|refusal| refusal.code)?;
        if !records.is_empty() {
            soft.last_write = cx.now.monotonic;
        }
        Ok(Decision { records, answers: ticket.map(|ticket| (ticket, answer)).into_iter().collect() })
    }

    fn apply(&mut self, offset: Offset, record: &MetadataRecord) {
        self.image.apply(offset, record);
        self.check_changed(record);
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
