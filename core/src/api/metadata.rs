//! Metadata: brokers, topics, partitions and who leads them.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use klamm_wire::messages::metadata_request::MetadataRequestTopic;
use klamm_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use klamm_wire::messages::{MetadataRequest, MetadataResponse, Response};
use klamm_wire::{ErrorCode, Str};

use super::operations::{CLUSTER_OPERATIONS, TOPIC_OPERATIONS};
use crate::connection::Call;
use crate::controller::{check_name, is_auto_created};
use crate::edge::Effects;
use crate::image::{MetadataImage, PartitionState, Registration, Topic};
use crate::node::Node;
use crate::rng::Rng;
use crate::time::Now;
use crate::types::{BrokerId, is_internal_topic};

/// The first version in which no topics means none, and null means all.
const NULL_IS_ALL: i16 = 1;
/// The first version that knows the error of a leader without the client's listener.
const KNOWS_LISTENER_NOT_FOUND: i16 = 6;
/// The first version in which topics are asked for by id.
const ASKS_BY_ID: i16 = 12;

/// Answers from the committed image. A topic that is missing is created behind the answer, if both sides
/// want that; the client is told that it does not exist and asks again.
pub(crate) fn handle(
    node: &mut Node,
    now: Now,
    fx: &mut Effects,
    call: &Call,
    request: MetadataRequest,
) -> Option<Response> {
    let asked = Asked { image: &node.env.image, version: call.api_version, listener: &call.peer.listener };
    let mut response = asked.answer(&request);
    response.controller_id = any_active(&node.env.image, &mut node.env.rng);
    if node.env.config.auto_create_topics && request.allow_auto_topic_creation {
        let missing = missing(&response);
        if !missing.is_empty() {
            node.create_missing(now, fx, missing);
        }
    }
    Some(response.into())
}

/// The broker that is told to be the controller: any live one, since every broker forwards.
pub(crate) fn any_active(image: &MetadataImage, rng: &mut Rng) -> BrokerId {
    let active: Vec<BrokerId> = image.active_brokers().map(|broker| broker.id).collect();
    match active[..] {
        [] => -1,
        [only] => only,
        _ => active[usize::try_from(rng.below(active.len() as u64)).expect("below a length")],
    }
}

/// Names that were asked for, may be created, and do not exist.
fn missing(response: &MetadataResponse) -> Vec<Str> {
    let unknown =
        response.topics.iter().filter(|topic| topic.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    unknown.filter_map(|topic| topic.name.clone()).filter(|name| is_auto_created(name)).collect()
}

/// One request, and what its answer is made of.
struct Asked<'a> {
    image: &'a MetadataImage,
    version: i16,
    listener: &'a str,
}

impl Asked<'_> {
    fn answer(&self, request: &MetadataRequest) -> MetadataResponse {
        let operations =
            if request.include_topic_authorized_operations { Some(TOPIC_OPERATIONS) } else { None };
        let mut topics = match request.topics.as_deref() {
            None => self.all(),
            Some([]) if self.version < NULL_IS_ALL => self.all(),
            Some(topics) if self.is_malformed(topics) => return refused(topics),
            Some(topics) => self.some(topics),
        };
        if let Some(operations) = operations {
            topics
                .iter_mut()
                .filter(|topic| topic.error_code == ErrorCode::NONE)
                .for_each(|topic| topic.topic_authorized_operations = operations);
        }
        let mut response = MetadataResponse {
            brokers: self.image.active_brokers().filter_map(|broker| self.broker(broker)).collect(),
            cluster_id: Some(self.image.cluster_id.to_base64().into()),
            topics,
            ..MetadataResponse::default()
        };
        if request.include_cluster_authorized_operations {
            response.cluster_authorized_operations = CLUSTER_OPERATIONS;
        }
        response
    }

    /// Brokers that this client cannot reach are not listed.
    fn broker(&self, broker: &Registration) -> Option<MetadataResponseBroker> {
        let endpoint = broker.endpoint(self.listener)?;
        Some(MetadataResponseBroker {
            node_id: broker.id,
            host: endpoint.host.clone(),
            port: endpoint.port.into(),
            rack: broker.rack.clone(),
        })
    }

    fn all(&self) -> Vec<MetadataResponseTopic> {
        self.image.topics().map(|topic| self.topic(topic)).collect()
    }

    /// A topic without a name, or with an id, in a version that does not ask by id.
    fn is_malformed(&self, topics: &[MetadataRequestTopic]) -> bool {
        self.version < ASKS_BY_ID
            && topics.iter().any(|topic| topic.name.is_none() || !topic.topic_id.is_zero())
    }

    /// Every topic once, however often it was named.
    fn some(&self, topics: &[MetadataRequestTopic]) -> Vec<MetadataResponseTopic> {
        let mut seen = BTreeSet::new();
        let first = topics.iter().filter(|topic| seen.insert((&topic.name, topic.topic_id)));
        first.map(|topic| self.asked(topic)).collect()
    }

    fn asked(&self, asked: &MetadataRequestTopic) -> MetadataResponseTopic {
        let refuse = |error_code| MetadataResponseTopic {
            error_code,
            name: asked.name.clone(),
            topic_id: asked.topic_id,
            is_internal: asked.name.as_deref().is_some_and(is_internal_topic),
            ..MetadataResponseTopic::default()
        };
        if !asked.topic_id.is_zero() {
            let found = self.image.topic_by_id(asked.topic_id);
            return match found {
                Some(topic) => self.topic(topic),
                None => MetadataResponseTopic { name: None, ..refuse(ErrorCode::UNKNOWN_TOPIC_ID) },
            };
        }
        let Some(name) = &asked.name else { return refuse(ErrorCode::UNKNOWN_TOPIC_ID) };
        match self.image.topic(name) {
            Some(topic) => self.topic(topic),
            None => match check_name(name) {
                Ok(()) => refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Err(refusal) => refuse(refusal.code),
            },
        }
    }

    fn topic(&self, topic: &Topic) -> MetadataResponseTopic {
        let partitions = topic.partitions.iter();
        MetadataResponseTopic {
            error_code: ErrorCode::NONE,
            name: Some(topic.name.clone()),
            topic_id: topic.id,
            is_internal: is_internal_topic(&topic.name),
            partitions: partitions.map(|(index, state)| self.partition(*index, state)).collect(),
            ..MetadataResponseTopic::default()
        }
    }

    fn partition(&self, index: i32, state: &PartitionState) -> MetadataResponsePartition {
        let is_here = |id: &BrokerId| self.image.is_active(*id);
        let offline = state.replicas.iter().copied().filter(|id| !is_here(id)).collect();
        let (leader, mut error_code) = self.leader(state);
        let (mut replicas, mut isr) = (state.replicas.clone(), state.isr.clone());
        if self.version == 0 {
            // This version cannot say which replicas are offline, so it leaves them out.
            replicas.retain(is_here);
            isr.retain(is_here);
            let all_here = replicas.len() == state.replicas.len() && isr.len() == state.isr.len();
            if error_code == ErrorCode::NONE && !all_here {
                error_code = ErrorCode::REPLICA_NOT_AVAILABLE;
            }
        }
        MetadataResponsePartition {
            error_code,
            partition_index: index,
            leader_id: leader,
            leader_epoch: state.leader_epoch,
            replica_nodes: replicas,
            isr_nodes: isr,
            offline_replicas: offline,
        }
    }

    /// The leader, if the client can reach it; it is among the brokers then.
    fn leader(&self, state: &PartitionState) -> (BrokerId, ErrorCode) {
        let leader =
            state.leader.and_then(|id| self.image.brokers.get(&id)).filter(|broker| broker.is_active());
        match leader {
            None => (-1, ErrorCode::LEADER_NOT_AVAILABLE),
            Some(broker) if broker.endpoint(self.listener).is_some() => (broker.id, ErrorCode::NONE),
            Some(_) if self.version >= KNOWS_LISTENER_NOT_FOUND => (-1, ErrorCode::LISTENER_NOT_FOUND),
            Some(_) => (-1, ErrorCode::LEADER_NOT_AVAILABLE),
        }
    }
}

/// The whole request makes no sense in its version.
fn refused(topics: &[MetadataRequestTopic]) -> MetadataResponse {
    let topic = |topic: &MetadataRequestTopic| MetadataResponseTopic {
        error_code: ErrorCode::INVALID_REQUEST,
        name: Some(topic.name.clone().unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    };
    MetadataResponse {
        topics: topics.iter().map(topic).collect(),
        error_code: ErrorCode::INVALID_REQUEST,
        ..MetadataResponse::default()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use klamm_wire::{Encoder, Message, Uuid};

    use super::super::sample;
    use super::*;

    fn answer(version: i16, topics: Option<Vec<MetadataRequestTopic>>) -> MetadataResponse {
        let image = sample::image();
        let asked = Asked { image: &image, version, listener: "PLAINTEXT" };
        let response = asked.answer(&MetadataRequest { topics, ..MetadataRequest::default() });
        response.encode(&mut Encoder::new(), version).expect("the version carries the answer");
        response
    }

    fn named(name: &str) -> MetadataRequestTopic {
        MetadataRequestTopic { name: Some(name.into()), topic_id: Uuid::ZERO }
    }

    fn names(response: &MetadataResponse) -> Vec<&str> {
        response.topics.iter().map(|topic| topic.name.as_deref().unwrap_or("-")).collect()
    }

    /// Goal: null is all topics from version 1 on, an empty list is none; in version 0 it is all. Source:
    /// kafkajs and sarama rely on either.
    #[test]
    fn null_and_empty_differ_by_version() {
        assert_eq!(names(&answer(0, Some(vec![]))), ["a", "b"]);
        for version in 1..=13 {
            assert_eq!(names(&answer(version, None)), ["a", "b"], "v{version}");
            assert_eq!(names(&answer(version, Some(vec![]))), [""; 0], "v{version}");
        }
    }

    /// Goal: only brokers a client can reach are listed, and a leader is one of them or -1 with an error.
    #[test]
    fn leaders_are_listed_brokers() {
        for version in 0..=13 {
            let response = answer(version, Some(vec![named("a")]));
            let brokers: Vec<_> = response.brokers.iter().map(|broker| broker.node_id).collect();
            assert_eq!(brokers, [1, 2], "the fenced one is not listed");
            let errors: Vec<_> =
                response.topics[0].partitions.iter().map(|p| (p.leader_id, p.error_code)).collect();
            let elsewhere =
                if version >= 6 { ErrorCode::LISTENER_NOT_FOUND } else { ErrorCode::LEADER_NOT_AVAILABLE };
            let first = if version == 0 { ErrorCode::REPLICA_NOT_AVAILABLE } else { ErrorCode::NONE };
            assert_eq!(errors, [(1, first), (-1, ErrorCode::LEADER_NOT_AVAILABLE)], "v{version}");
            assert_eq!(response.topics[0].partitions[0].offline_replicas, [3]);

            let image = sample::image();
            let asked = Asked { image: &image, version, listener: "OTHER" };
            let response = asked.answer(&MetadataRequest { topics: None, ..Default::default() });
            assert!(response.brokers.is_empty());
            assert_eq!(response.topics[0].partitions[0].error_code, elsewhere, "v{version}");
        }
    }

    /// Goal: what does not exist has the error that makes clients do the right thing next.
    #[test]
    fn unknown_topics_are_told_apart() {
        let error = |response: MetadataResponse| response.topics[0].error_code;
        assert_eq!(error(answer(9, Some(vec![named("no")]))), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(error(answer(9, Some(vec![named("n o")]))), ErrorCode::INVALID_TOPIC_EXCEPTION);
        let by_id = |id| MetadataRequestTopic { name: None, topic_id: id };
        let unknown = answer(12, Some(vec![by_id(Uuid([9; 16]))]));
        assert_eq!((names(&unknown), unknown.topics[0].error_code), (vec!["-"], ErrorCode::UNKNOWN_TOPIC_ID));
        assert_eq!(names(&answer(12, Some(vec![by_id(sample::TOPIC_A)]))), ["a"]);
        assert_eq!(names(&answer(9, Some(vec![named("a"), named("a")]))), ["a"], "once");
    }

    /// Goal: ids below version 12 are refused as a whole. Source: Kafka's `handleTopicMetadataRequest`.
    #[test]
    fn ids_before_version_12_are_invalid() {
        let by_id = MetadataRequestTopic { name: None, topic_id: sample::TOPIC_A };
        let response = answer(10, Some(vec![by_id]));
        assert_eq!((names(&response), response.topics[0].error_code), (vec![""], ErrorCode::INVALID_REQUEST));
    }

    /// Goal: only names that may exist are created by being asked for.
    #[test]
    fn missing_topics_are_those_that_may_be_created() {
        let asked = ["a", "new", "n o", "__consumer_offsets", "__transaction_state", "__cluster_metadata"];
        let response = answer(9, Some(asked.into_iter().map(named).collect()));
        let created = ["new", "__consumer_offsets", "__transaction_state"].map(Into::into);
        assert_eq!(missing(&response), created);
    }

    /// Goal: operations are only told to those who ask, and are all of them without an authorizer.
    #[test]
    fn authorized_operations_are_told_on_demand() {
        let image = sample::image();
        let asked = Asked { image: &image, version: 8, listener: "PLAINTEXT" };
        let mut request =
            MetadataRequest { topics: Some(vec![named("a"), named("no")]), ..Default::default() };
        assert_eq!(asked.answer(&request).topics[0].topic_authorized_operations, i32::MIN);
        assert_eq!(asked.answer(&request).cluster_authorized_operations, i32::MIN);
        request.include_topic_authorized_operations = true;
        request.include_cluster_authorized_operations = true;
        let response = asked.answer(&request);
        assert_eq!(response.topics[0].topic_authorized_operations, 3576);
        assert_eq!(response.topics[1].topic_authorized_operations, i32::MIN);
        assert_eq!(response.cluster_authorized_operations, 8096);
    }
}
