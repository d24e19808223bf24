//! What this broker itself wants of the controller: topics that are used before they exist, and producer ids.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::create_topics_request::CreatableTopic;
use klamm_wire::messages::{AllocateProducerIdsRequest, CreateTopicsRequest, CreateTopicsResponse, Response};
use klamm_wire::{ErrorCode, Str};

use crate::api;
use crate::config::Config;
use crate::controller::ProducerIdBlock;
use crate::edge::{Effect, Effects, Purpose};
use crate::event::Event;
use crate::node::Node;
use crate::node::peers::{Asked, Lost};
use crate::time::Now;
use crate::types::{OFFSETS_TOPIC, TRANSACTION_TOPIC};

const CREATE_TOPICS_VERSION: i16 = 7;
const PRODUCER_IDS_VERSION: i16 = 0;

/// Let the controller choose.
const DEFAULT: i32 = -1;

/// Topics whose creation is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Creating(BTreeSet<Str>);

impl Creating {
    fn forget(&mut self, names: &[Str]) {
        self.0.retain(|name| !names.contains(name));
    }
}

impl Node {
    /// Has topics created that somebody wants to use. Nobody is told what is refused: whoever used the topic asks
    /// again.
    pub(crate) fn create_missing(&mut self, now: Now, fx: &mut Effects, names: Vec<Str>) {
        let names: Vec<Str> = names.into_iter().filter(|name| self.creating.0.insert(name.clone())).collect();
        if names.is_empty() {
            return;
        }
        let timeout_ms = i32::try_from(self.env.config.request_timeout_ms).unwrap_or(i32::MAX);
        let topics = names.iter().map(|name| used_topic(&self.env.config, name)).collect();
        let request = CreateTopicsRequest { topics, timeout_ms, validate_only: false };
        let asked = Asked::Creation(names.clone());
        if !self.ask_controller(now, fx, Purpose::Forward, CREATE_TOPICS_VERSION, request.into(), asked) {
            self.creating.forget(&names);
        }
    }

    /// Creates a coordinator's topic if it is missing.
    pub(crate) fn ensure_topic(&mut self, now: Now, fx: &mut Effects, name: &'static str) {
        if self.env.image.topic(name).is_none() {
            self.create_missing(now, fx, [name.into()].into());
        }
    }

    /// The controller has answered, or its answer is lost.
    pub(crate) fn on_creation_answer(
        &mut self,
        fx: &mut Effects,
        names: &[Str],
        answer: Result<Response, Lost>,
    ) {
        self.creating.forget(names);
        let Ok(Response::CreateTopics(CreateTopicsResponse { topics, .. })) = answer else { return };
        for topic in topics {
            let (error, message) = (topic.error_code, topic.error_message.unwrap_or_default());
            if error.is_error() && error != ErrorCode::TOPIC_ALREADY_EXISTS {
                fx.push(Effect::Observe(Event::RequestFailed { api: "CreateTopics".into(), error, message }));
            }
        }
    }

    /// Asks for the next block of producer ids. Whoever waits for one is answered in any case.
    pub(crate) fn allocate_producer_ids(&mut self, now: Now, fx: &mut Effects) {
        let (broker_id, broker_epoch) = (self.env.config.node_id, self.lifecycle.broker_epoch());
        let request = AllocateProducerIdsRequest { broker_id, broker_epoch };
        let asked = Asked::ProducerIds;
        if !self.ask_controller(now, fx, Purpose::Forward, PRODUCER_IDS_VERSION, request.into(), asked) {
            api::on_producer_id_block(self, now, fx, Err(ErrorCode::NOT_CONTROLLER));
        }
    }

    /// The controller has answered, or its answer is lost, and the block with it.
    pub(crate) fn on_producer_ids(&mut self, now: Now, fx: &mut Effects, answer: Result<Response, Lost>) {
        let block = match answer {
            Ok(Response::AllocateProducerIds(answer)) if answer.error_code == ErrorCode::NONE => {
                Ok(ProducerIdBlock { first: answer.producer_id_start, length: answer.producer_id_len })
            }
            Ok(Response::AllocateProducerIds(answer)) => Err(answer.error_code),
            Ok(other) => unreachable!("AllocateProducerIds is answered by {:?}", other.api_key()),
            Err(Lost) => Err(ErrorCode::REQUEST_TIMED_OUT),
        };
        api::on_producer_id_block(self, now, fx, block);
    }
}

/// What a topic gets that is created by being used. A node that is a whole cluster by itself has one replica of
/// internal topics, whatever is configured, so that it can have them at all; elsewhere their creation waits for
/// enough brokers, as in Kafka.
fn used_topic(config: &Config, name: &Str) -> CreatableTopic {
    let alone = config.controller_listeners.is_empty();
    let factor = |configured| if alone { 1 } else { configured };
    let (num_partitions, replication_factor) = match &**name {
        OFFSETS_TOPIC => (config.offsets_topic_partitions, factor(config.offsets_topic_replication_factor)),
        TRANSACTION_TOPIC => {
            (config.transaction_topic_partitions, factor(config.transaction_topic_replication_factor))
        }
        _ => (DEFAULT, -1),
    };
    CreatableTopic { name: name.clone(), num_partitions, replication_factor, ..CreatableTopic::default() }
}
