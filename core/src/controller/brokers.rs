//! Brokers come, and are let in.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::metadata_records::register_broker_record::{BrokerEndpoint, BrokerFeature};
use klamm_wire::metadata_records::{BrokerRegistrationChangeRecord, MetadataRecord, RegisterBrokerRecord};
use klamm_wire::{ErrorCode, Str, Uuid};

use super::{Controller, METADATA_VERSION_LEVEL, METADATA_VERSION_MIN, Refusal};
use crate::config::Config;
use crate::cx::Cx;
use crate::image::METADATA_VERSION;
use crate::types::{BrokerId, Offset};

/// Kafka's `SecurityProtocol.PLAINTEXT`.
const PLAINTEXT: i16 = 0;

/// In a registration change: the flag becomes false.
const UNFENCED: i8 = -1;

/// A broker that has started and wants to take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerRegistration {
    pub(crate) id: BrokerId,
    /// Drawn anew at every start.
    pub(crate) incarnation_id: Uuid,
    /// Ids of its log directories.
    pub(crate) log_dirs: Vec<Uuid>,
    pub(crate) endpoints: Vec<BrokerEndpoint>,
    pub(crate) rack: Option<Str>,
    /// Where its record will stand in the metadata log: the log's end offset at the time of the command.
    /// A broker's epoch is the offset of its registration, so that a later start has a higher one.
    pub(crate) epoch: Offset,
}

impl BrokerRegistration {
    /// The registration of this node by its configuration.
    pub(crate) fn of_node(config: &Config, incarnation_id: Uuid, log_dirs: Vec<Uuid>, epoch: Offset) -> Self {
        let endpoint = |listener: &crate::config::Listener| BrokerEndpoint {
            name: listener.name.clone(),
            host: listener.advertised_host.clone(),
            port: listener.advertised_port,
            security_protocol: PLAINTEXT,
        };
        Self {
            id: config.node_id,
            incarnation_id,
            log_dirs,
            endpoints: config.listeners.iter().map(endpoint).collect(),
            rack: config.rack.clone(),
            epoch,
        }
    }
}

impl Controller {
    /// A new start of a broker replaces the one before: the broker is fenced, and what it led is led by
    /// others or waits until it is unfenced. The leader epochs grow either way, so that nobody takes what a
    /// crash has cut off for what is still there.
    ///
    /// The same start again changes nothing.
    pub(super) fn register_broker(
        &self,
        cx: &mut Cx<'_>,
        registration: BrokerRegistration,
    ) -> Vec<MetadataRecord> {
        let known = self.image.brokers.get(&registration.id);
        if known.is_some_and(|known| known.incarnation_id == registration.incarnation_id) {
            return Vec::new();
        }
        assert!(
            registration.epoch > self.image.offset,
            "the record stands behind everything that is written"
        );
        let id = registration.id;
        let metadata_version = BrokerFeature {
            name: METADATA_VERSION.into(),
            min_supported_version: METADATA_VERSION_MIN,
            max_supported_version: METADATA_VERSION_LEVEL,
        };
        let record = RegisterBrokerRecord {
            broker_id: id,
            is_migrating_zk_broker: false,
            incarnation_id: registration.incarnation_id,
            broker_epoch: registration.epoch,
            end_points: registration.endpoints,
            features: vec![metadata_version],
            rack: registration.rack,
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: registration.log_dirs,
            cordoned_log_dirs: None,
        };
        let mut records = vec![record.into()];
        records.extend(self.changes_without(cx, id));
        records
    }

    /// Lets a registered broker serve.
    ///
    /// # Errors
    /// BROKER_ID_NOT_REGISTERED or STALE_BROKER_EPOCH: the broker registers anew.
    pub(super) fn unfence(
        &self,
        cx: &mut Cx<'_>,
        id: BrokerId,
        epoch: Offset,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        self.check_epoch(id, epoch)?;
        if self.image.is_active(id) {
            return Ok(Vec::new());
        }
        let record = BrokerRegistrationChangeRecord {
            broker_id: id,
            broker_epoch: epoch,
            fenced: UNFENCED,
            ..BrokerRegistrationChangeRecord::default()
        };
        let mut records = vec![record.into()];
        records.extend(self.changes_joining(cx, id));
        Ok(records)
    }

    /// Whether the broker speaks for its present start.
    pub(super) fn check_epoch(&self, id: BrokerId, epoch: Offset) -> Result<(), Refusal> {
        let Some(broker) = self.image.brokers.get(&id) else {
            return Err(Refusal::new(
                ErrorCode::BROKER_ID_NOT_REGISTERED,
                format!("Broker {id} is not registered."),
            ));
        };
        if broker.epoch != epoch {
            return Err(Refusal::new(
                ErrorCode::STALE_BROKER_EPOCH,
                format!("Broker {id} has epoch {}, not {epoch}.", broker.epoch),
            ));
        }
        Ok(())
    }
}
