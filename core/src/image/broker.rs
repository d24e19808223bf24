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
    /// Whether a flush policy that concerns it was changed since it registered: what it holds may have been written
    /// under the one before.
    pub flush_changed: bool,
    /// The epoch of the life before, if this one has begun with all that was synced in it and was not let in yet; else
    /// -1.
    pub claimed_epoch: Offset,
}

impl Registration {
    /// Whether the broker may lead and serve.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Whether replicas in this log directory can be used: it is one of the broker's, or nobody has said which one
    /// it is.
    ///
    /// Source: KIP-858. Kafka: `DirectoryId.isOnline`.
    pub(crate) fn has_online_dir(&self, dir: Uuid) -> bool {
        match dir {
            UNASSIGNED_DIRECTORY | MIGRATING_DIRECTORY => true,
            LOST_DIRECTORY => false,
            // A registration from before directories had ids: a broker without any directory does not run.
            _ => self.log_dirs.is_empty() || self.log_dirs.contains(&dir),
        }
    }

    /// Whether new replicas may go there: at least one directory is not cordoned (KIP-1066).
    pub(crate) fn takes_replicas(&self) -> bool {
        let cordoned = self.cordoned_log_dirs.as_deref().unwrap_or_default();
        self.log_dirs.is_empty() || self.log_dirs.iter().any(|dir| !cordoned.contains(dir))
    }

    /// Whether the broker lets go of its leaderships on its way out.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.in_controlled_shutdown && !self.fenced
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

/// The reserved directory id of a replica that comes from a cluster without directory ids (KIP-858).
const MIGRATING_DIRECTORY: Uuid = Uuid::ZERO;
/// The reserved directory id of a partition whose broker has not placed it yet (KIP-858).
pub(crate) const UNASSIGNED_DIRECTORY: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
/// The reserved directory id of a replica whose directory is gone (KIP-858).
const LOST_DIRECTORY: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

/// Whether no directory may have this id: the first hundred have meanings of their own.
///
/// Source: KIP-858. Kafka: `DirectoryId.reserved`.
pub(crate) fn is_reserved_directory(id: Uuid) -> bool {
    id.0[..15].iter().all(|byte| *byte == 0) && id.0[15] < 100
}

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
            flush_changed: record.flush_changed,
            claimed_epoch: record.claimed_broker_epoch,
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
            flush_changed: broker.flush_changed,
            claimed_broker_epoch: broker.claimed_epoch,
        }
    }
}
