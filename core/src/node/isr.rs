//! A leader's wishes for its ISRs, on their way to the controller: one request at a time, all partitions in it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
use klamm_wire::messages::{AlterPartitionRequest, AlterPartitionResponse, Response};

use crate::edge::{Effects, Purpose};
use crate::node::Node;
use crate::node::peers::{Asked, Lost};
use crate::replica::{Altered, Partition};
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{LeaderEpoch, TopicIdPartition};

/// Version of AlterPartition: with topic ids and broker epochs.
const VERSION: i16 = 3;

impl Node {
    /// The leader of a partition has a proposal: it is sent with the next request.
    pub(crate) fn propose_isr(&mut self, id: TopicIdPartition) {
        self.proposed.insert(id);
    }

    /// Sends what is proposed, if nothing is under way and there is a controller to send it to.
    pub(crate) fn maybe_alter_partitions(&mut self, now: Now, fx: &mut Effects) {
        let partitions = &self.partitions;
        let has_proposal = |id: &TopicIdPartition| {
            partitions.get(id).and_then(Partition::leader).is_some_and(|leader| leader.proposal().is_some())
        };
        self.proposed.retain(has_proposal);
        if self.proposed.is_empty()
            || self.altering.is_some()
            || self.alter_retry_at.is_some_and(|at| at > now.monotonic)
        {
            return;
        }
        let request = self.alter_request();
        let asked = self.proposed.iter().filter_map(|id| Some((*id, self.partitions.get(id)?.proposed()?)));
        let asked = asked.collect();
        if self.ask_controller(now, fx, Purpose::Isr, VERSION, request.into(), Asked::Isr) {
            self.altering = Some(asked);
        } else {
            self.retry_alter(now);
        }
    }

    fn alter_request(&self) -> AlterPartitionRequest {
        let mut topics: BTreeMap<klamm_wire::Uuid, Vec<PartitionData>> = BTreeMap::new();
        for id in &self.proposed {
            let leader = self.partitions[id].leader().expect("it has a proposal");
            let proposal = leader.proposal().expect("it has a proposal");
            let member = |(broker_id, broker_epoch): &(i32, i64)| BrokerState {
                broker_id: *broker_id,
                broker_epoch: *broker_epoch,
            };
            topics.entry(id.topic_id).or_default().push(PartitionData {
                partition_index: id.partition,
                leader_epoch: leader.epoch(),
                new_isr_with_epochs: proposal.isr.iter().map(member).collect(),
                leader_recovery_state: proposal.recovery as i8,
                partition_epoch: proposal.partition_epoch,
                ..PartitionData::default()
            });
        }
        AlterPartitionRequest {
            broker_id: self.env.config.node_id,
            broker_epoch: self.lifecycle.broker_epoch(),
            topics: topics
                .into_iter()
                .map(|(topic_id, partitions)| TopicData { topic_id, partitions })
                .collect(),
        }
    }

    /// The controller has answered, or its answer is lost.
    pub(crate) fn on_alter_answer(&mut self, now: Now, fx: &mut Effects, answer: Result<Response, Lost>) {
        let asked = self.altering.take().unwrap_or_default();
        let answer = match answer {
            Ok(Response::AlterPartition(answer)) => answer,
            Ok(other) => unreachable!("AlterPartition is answered by {:?}", other.api_key()),
            Err(Lost) => return self.retry_alter(now),
        };
        if answer.error_code.is_error() {
            // Another controller, or this broker has to register anew: the same proposals are sent again.
            return self.retry_alter(now);
        }
        self.take_in_answers(now, fx, &asked, &answer);
        self.maybe_alter_partitions(now, fx);
    }

    fn take_in_answers(
        &mut self,
        now: Now,
        fx: &mut Effects,
        asked: &BTreeMap<TopicIdPartition, (LeaderEpoch, i32)>,
        answer: &AlterPartitionResponse,
    ) {
        for topic in &answer.topics {
            for data in &topic.partitions {
                let id = TopicIdPartition { topic_id: topic.topic_id, partition: data.partition_index };
                let Some(partition) = self.partitions.get_mut(&id) else { continue };
                // Metadata may have been quicker, and the next proposal may wait to be sent.
                let is_current = partition.proposed() == asked.get(&id).copied();
                if !is_current && data.error_code.is_error() {
                    continue;
                }
                let cx = &mut self.env.cx(now, fx);
                match partition.on_altered(cx, data) {
                    Altered::Settled if !is_current => {}
                    Altered::Settled => drop(self.proposed.remove(&id)),
                    Altered::Retry => self.retry_alter(now),
                }
                self.dirty.insert(id);
            }
        }
    }

    fn retry_alter(&mut self, now: Now) {
        let at = now.monotonic.after_ms(self.env.config.quorum_retry_backoff_ms.max(1));
        self.alter_retry_at = Some(at);
        self.env.timers.arm(Timer::AlterPartition, at);
    }
}
