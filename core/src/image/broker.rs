//! A registered broker.

use alloc::vec::Vec;

use klamm_wire::metadata_records::RegisterBrokerRecord;
use klamm_wire::metadata_records::register_broker_record::{BrokerEndpoint, BrokerFeature};
use klamm_wire::{Str, Uuid};

use crate::types::{BrokerId, Offset};

/// A broker as it has registered itself, and what the controller thinks of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registration {
    /// Its name in the cluster.
    pub id: BrokerId,
    /// Offset of the record that registered it: grows with every start of the broker.
    pub epoch: Offset,
    /// Drawn at every start of the broker.
    pub incarnation_id: Uuid,
    /// Where it is found, by listener.
    pub endpoints: Vec<BrokerEndpoint>,
    /// The feature levels it can work at.
    pub features: Vec<BrokerFeature>,
    /// Its failure domain.
    pub rack: Option<Str>,
    /// Whether it is kept away from clients and leaderships.
    pub fenced: bool,
    /// Whether it is on its way out.
    pub in_controlled_shutdown: bool,
    /// Ids of its log directories, sorted.
    pub log_dirs: Vec<Uuid>,
    /// Log directories that get no new partitions.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    /// Its `klamm.flush.policy`, for topics that have none of their own; -1 for a broker that is not Klamm.
    pub flush_policy: i8,
}

impl Registration {
    /// Whether the broker may lead and serve.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Where a client of this listener finds the broker.
    pub fn endpoint(&self, listener: &str) -> Option<&BrokerEndpoint> {
        self.endpoints.iter().find(|endpoint| &*endpoint.name == listener)
    }

    /// The directory of a new partition: named if there is only one, else for the broker to choose.
    ///
    /// Source: KIP-858. Kafka: `ClusterControlManager.defaultDir`.
    pub fn default_directory(&self) -> Uuid {
        match self.log_dirs[..] {
            [only] => only,
            _ => UNASSIGNED_DIRECTORY,
        }
    }
}

/// The reserved directory id of a partition whose broker has not placed it yet (KIP-858).
pub(crate) const UNASSIGNED_DIRECTORY: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

impl From<&RegisterBrokerRecord> for Registration {
    fn from(record: &RegisterBrokerRecord) -> Self {
        let mut log_dirs = record.log_dirs.clone();
        log_dirs.sort_unstable();
        Self {
            id: record.broker_id,
            epoch: record.broker_epoch,
            incarnation_id: record.incarnation_id,
            endpoints: record.end_points.clone(),
            features: record.features.clone(),
            rack: record.rack.clone(),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            log_dirs,
            cordoned_log_dirs: record.cordoned_log_dirs.clone(),
            flush_policy: record.flush_policy,
        }
    }
}

impl From<&Registration> for RegisterBrokerRecord {
    fn from(broker: &Registration) -> Self {
        Self {
            broker_id: broker.id,
            is_migrating_zk_broker: false,
            incarnation_id: broker.incarnation_id,
            broker_epoch: broker.epoch,
            end_points: broker.endpoints.clone(),
            features: broker.features.clone(),
            rack: broker.rack.clone(),
            fenced: broker.fenced,
            in_controlled_shutdown: broker.in_controlled_shutdown,
            log_dirs: broker.log_dirs.clone(),
            cordoned_log_dirs: broker.cordoned_log_dirs.clone(),
            flush_policy: broker.flush_policy,
        }
    }
}
