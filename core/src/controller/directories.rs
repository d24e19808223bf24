//! Brokers say in which of their log directories replicas lie (KIP-858).

use alloc::collections::BTreeSet;

use klamm_wire::messages::assign_replicas_to_dirs_response::{DirectoryData, PartitionData, TopicData};
use klamm_wire::messages::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Uuid};

use super::{Answer, Controller, Outcome, Refusal};
use crate::cx::Cx;
use crate::image::Registration;

impl Controller {
    /// Takes down where replicas lie. What lies in a directory that is not online is neither in sync nor led there.
    ///
    /// # Errors
    /// STALE_BROKER_EPOCH: the broker registers anew. Of a partition: UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION,
    /// NOT_LEADER_OR_FOLLOWER if the broker is no replica.
    ///
    /// Kafka: `ReplicationControlManager.handleAssignReplicasToDirs`.
    pub(super) fn assign_replicas_to_dirs(
        &self,
        cx: &mut Cx<'_>,
        request: &AssignReplicasToDirsRequest,
    ) -> Result<Outcome, Refusal> {
        let broker = self.check_epoch(request.broker_id, request.broker_epoch)?;
        let mut records = alloc::vec::Vec::new();
        let mut seen: BTreeSet<(Uuid, i32)> = BTreeSet::new();
        let directories = request.directories.iter().map(|directory| {
            let topics = directory.topics.iter().map(|topic| {
                let partitions = topic.partitions.iter().map(|partition| {
                    let index = partition.partition_index;
                    let placed = match seen.insert((topic.topic_id, index)) {
                        true => self.place_replica(cx, broker, topic.topic_id, index, directory.id),
                        false => Err(ErrorCode::INVALID_REQUEST), // it lies in one directory
                    };
                    let error_code = match placed {
                        Ok(record) => {
                            records.extend(record);
                            ErrorCode::NONE
                        }
                        Err(code) => code,
                    };
                    PartitionData { partition_index: index, error_code }
                });
                TopicData { topic_id: topic.topic_id, partitions: partitions.collect() }
            });
            DirectoryData { id: directory.id, topics: topics.collect() }
        });
        let directories = directories.collect();
        let response = AssignReplicasToDirsResponse { directories, ..Default::default() };
        Ok((records, Answer::Response(response.into())))
    }

    fn place_replica(
        &self,
        cx: &mut Cx<'_>,
        broker: &Registration,
        topic_id: Uuid,
        index: i32,
        dir: Uuid,
    ) -> Result<Option<MetadataRecord>, ErrorCode> {
        let topic = self.image.topic_by_id(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        let state = topic.partitions.get(&index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if !state.replicas.contains(&broker.id) {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        let rules = self.rules(cx, &topic.name);
        let mut change = self.change(topic, index, rules).place(broker.id, dir);
        if !broker.has_online_dir(dir) {
            change = change.without(broker.id);
        }
        Ok(self.decide_change(cx, topic, change).map(|(_, record)| record.into()))
    }
}
