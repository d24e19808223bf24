//! Brokers register, are let in, and are forgotten.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::broker_registration_request::{Feature, Listener};
use klamm_wire::messages::{
    BrokerRegistrationRequest, BrokerRegistrationResponse, UnregisterBrokerRequest, UnregisterBrokerResponse,
};
use klamm_wire::metadata_records::register_broker_record::{BrokerEndpoint, BrokerFeature};
use klamm_wire::metadata_records::{
    BrokerRegistrationChangeRecord, MetadataRecord, RegisterBrokerRecord, UnregisterBrokerRecord,
};
use klamm_wire::{ErrorCode, Uuid};

use super::features::FEATURES;
use super::intact::Crashed;
use super::soft::Soft;
use super::{Answer, Controller, Outcome, Refusal};
use crate::config::Config;
use crate::cx::Cx;
use crate::event::Event;
use crate::flaw::Flaw;
use crate::image::{PartitionState, Registration, is_reserved_directory};
use crate::types::{BrokerId, Offset};

/// Kafka's `SecurityProtocol.PLAINTEXT`.
const PLAINTEXT: i16 = 0;

/// In a registration change: the flag becomes true.
pub(super) const SET: i8 = 1;
/// In a registration change: the flag becomes false.
pub(super) const UNSET: i8 = -1;

/// What the log directories of a broker say of its last life. Epochs of its registration; -1 where they say nothing,
/// or not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastLife {
    /// It has stopped in order.
    pub(crate) stopped: Offset,
    /// All that was synced in it is there.
    pub(crate) synced: Offset,
}

/// The registration of a broker by its configuration.
pub(crate) fn registration_of(
    config: &Config,
    cluster_id: Uuid,
    incarnation_id: Uuid,
    log_dirs: Vec<Uuid>,
    last_life: LastLife,
) -> BrokerRegistrationRequest {
    let listener = |listener: &crate::config::Listener| Listener {
        name: listener.name.clone(),
        host: listener.advertised_host.clone(),
        port: listener.advertised_port,
        security_protocol: PLAINTEXT,
    };
    let feature = |feature: &super::Feature| Feature {
        name: feature.name.into(),
        min_supported_version: feature.min,
        max_supported_version: feature.max,
    };
    BrokerRegistrationRequest {
        broker_id: config.node_id,
        cluster_id: cluster_id.to_base64().into(),
        incarnation_id,
        listeners: config.broker_listeners().map(listener).collect(),
        features: FEATURES.iter().map(feature).collect(),
        rack: config.rack.clone(),
        is_migrating_zk_broker: false,
        log_dirs,
        previous_broker_epoch: last_life.stopped,
        flush_policy: config.flush_policy as i8,
        synced_broker_epoch: last_life.synced,
    }
}

impl Controller {
    /// A new start of a broker replaces the one before: the broker is fenced, leaves every ISR, and what it led is
    /// led by others or waits until it is let in. If its last life has not stopped in order and may have lost
    /// something (see [`Crashed`]), or one of its directories is another one now, what it held there counts as lost: it
    /// is not eligible either (KIP-966).
    ///
    /// `epoch` is the offset that the first record decided here gets: a later start has a higher one. The same start
    /// again changes nothing.
    ///
    /// # Errors
    /// INCONSISTENT_CLUSTER_ID, INVALID_REGISTRATION, UNSUPPORTED_VERSION: the broker cannot take part as it is.
    /// DUPLICATE_BROKER_REGISTRATION: another start of it may still live; it comes again when that one's session
    /// has ended.
    ///
    /// Source: KIP-631, KIP-858, KIP-966. Kafka: `ClusterControlManager.registerBroker`.
    pub(super) fn register_broker(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        request: &BrokerRegistrationRequest,
        epoch: Offset,
    ) -> Result<Outcome, Refusal> {
        self.check_cluster(request)?;
        let id = request.broker_id;
        let known = self.image.brokers.get(&id);
        if let Some(known) = known.filter(|known| known.incarnation_id == request.incarnation_id) {
            soft.assume_alive(cx, id, known.epoch);
            return Ok((Vec::new(), registered(known.epoch)));
        }
        // The process that was this broker before is gone: this is the process that holds its data directory.
        let is_here = id == cx.config.node_id;
        let is_alive = known.is_some_and(|known| !is_here && soft.is_alive(cx.now.monotonic, known));
        let keeps_isr = is_alive && cx.config.has_flaw(Flaw::FastRebootKeepsIsr);
        if is_alive && !keeps_isr {
            let message = format!("Another start of broker {id} may still live; its session has not ended.");
            return Err(Refusal::new(ErrorCode::DUPLICATE_BROKER_REGISTRATION, message));
        }
        self.check_directories(request)?;
        self.check_features(request)?;
        assert!(epoch > self.image.offset, "the record stands behind everything that is written");
        let mut record = registration_record(request, epoch);
        let clean = known.is_some_and(|known| known.epoch == request.previous_broker_epoch);
        let claimed = request.synced_broker_epoch;
        let crashed = known.and_then(|known| Crashed::of(&self.image, cx.config, known, claimed));
        if crashed.is_some() {
            record.claimed_broker_epoch = claimed;
        }
        let registration = Registration::from(&record);
        let mut records = vec![record.into()];
        let is_affected =
            |state: &PartitionState| !keeps_isr && (state.isr.contains(&id) || state.elr.contains(&id));
        records.extend(self.change_all(cx, is_affected, |topic, state, change| {
            let is_whole = clean || crashed.as_ref().is_some_and(|crashed| crashed.holds(&topic.name));
            let kept = is_whole && registration.has_online_dir(state.directory(id));
            if kept { change.without(id) } else { change.lost(id) }
        }));
        soft.assume_alive(cx, id, epoch);
        cx.observe(Event::BrokerRegistered { broker: id, broker_epoch: epoch, clean });
        Ok((records, registered(epoch)))
    }

    fn check_cluster(&self, request: &BrokerRegistrationRequest) -> Result<(), Refusal> {
        let ours = self.image.cluster_id.to_base64();
        if *request.cluster_id != *ours {
            let message = format!("Expected cluster ID {ours}, but got cluster ID {}", request.cluster_id);
            return Err(Refusal::new(ErrorCode::INCONSISTENT_CLUSTER_ID, message));
        }
        if request.broker_id < 0 || request.is_migrating_zk_broker {
            let message = format!("Broker {} cannot be a broker of this cluster.", request.broker_id);
            return Err(Refusal::new(ErrorCode::INVALID_REGISTRATION, message));
        }
        Ok(())
    }

    fn check_directories(&self, request: &BrokerRegistrationRequest) -> Result<(), Refusal> {
        let invalid = |message| Err(Refusal::new(ErrorCode::INVALID_REGISTRATION, message));
        let dirs = &request.log_dirs;
        if dirs.is_empty() {
            return invalid("No directories specified in request".into());
        }
        if dirs.iter().any(|dir| is_reserved_directory(*dir)) {
            return invalid("Reserved directory ID in request".into());
        }
        if dirs.iter().collect::<BTreeSet<_>>().len() != dirs.len() {
            return invalid("Duplicate directory ID in request".into());
        }
        for other in self.image.brokers.values().filter(|other| other.id != request.broker_id) {
            if let Some(dir) = dirs.iter().find(|dir| other.log_dirs.contains(dir)) {
                return invalid(format!("Broker {} is already registered with directory {dir}", other.id));
            }
        }
        Ok(())
    }

    /// Whether the broker works at the levels the cluster has agreed on. A feature it does not name it has off.
    fn check_features(&self, request: &BrokerRegistrationRequest) -> Result<(), Refusal> {
        for (name, level) in &self.image.features {
            let range = request.features.iter().find(|feature| feature.name == *name);
            let range =
                range.map_or((0, 0), |range| (range.min_supported_version, range.max_supported_version));
            if !(range.0..=range.1).contains(level) {
                let message = format!(
                    "Unable to register because the broker does not support finalized version {level} of {name}. The broker wants a version between {} and {}, inclusive.",
                    range.0, range.1
                );
                return Err(Refusal::new(ErrorCode::UNSUPPORTED_VERSION, message));
            }
        }
        Ok(())
    }

    /// Lets a registered broker serve.
    ///
    /// # Errors
    /// STALE_BROKER_EPOCH: the broker registers anew.
    pub(super) fn unfence(
        &self,
        cx: &mut Cx<'_>,
        id: BrokerId,
        epoch: Offset,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let broker = self.check_epoch(id, epoch)?;
        if broker.is_active() {
            return Ok(Vec::new());
        }
        let mut records = vec![MetadataRecord::from(BrokerRegistrationChangeRecord {
            fenced: UNSET,
            ..registration_change(broker)
        })];
        records.extend(self.changes_joining(cx, id));
        cx.observe(Event::BrokerUnfenced { broker: id, broker_epoch: epoch });
        Ok(records)
    }

    /// Forgets a broker. What it holds cannot be counted on any more; it stays a replica until it is reassigned.
    ///
    /// Source: Kafka's `ReplicationControlManager.unregisterBroker`.
    pub(super) fn unregister_broker(&self, cx: &mut Cx<'_>, request: &UnregisterBrokerRequest) -> Outcome {
        let id = request.broker_id;
        let Some(broker) = self.image.brokers.get(&id) else {
            let response = UnregisterBrokerResponse {
                error_code: ErrorCode::BROKER_ID_NOT_REGISTERED,
                error_message: Some(format!("Broker ID {id} is not currently registered").into()),
                ..UnregisterBrokerResponse::default()
            };
            return (Vec::new(), Answer::Response(response.into()));
        };
        let is_affected = |state: &PartitionState| state.isr.contains(&id) || state.elr.contains(&id);
        let mut records = self.change_all(cx, is_affected, |_, _, change| change.lost(id));
        records.push(UnregisterBrokerRecord { broker_id: id, broker_epoch: broker.epoch }.into());
        (records, Answer::Response(UnregisterBrokerResponse::default().into()))
    }

    /// The broker, if it speaks for its present start.
    ///
    /// Kafka: `ClusterControlManager.checkBrokerEpoch`.
    pub(super) fn check_epoch(&self, id: BrokerId, epoch: Offset) -> Result<&Registration, Refusal> {
        let stale = |message| Refusal::new(ErrorCode::STALE_BROKER_EPOCH, message);
        let broker = self.image.brokers.get(&id);
        let broker =
            broker.ok_or_else(|| stale(format!("No broker registration found for broker id {id}")))?;
        if broker.epoch != epoch {
            let ours = broker.epoch;
            return Err(stale(format!("Expected broker epoch {ours}, but got broker epoch {epoch}")));
        }
        Ok(broker)
    }
}

/// A change of a registration that changes nothing yet.
pub(super) fn registration_change(broker: &Registration) -> BrokerRegistrationChangeRecord {
    BrokerRegistrationChangeRecord {
        broker_id: broker.id,
        broker_epoch: broker.epoch,
        ..BrokerRegistrationChangeRecord::default()
    }
}

fn registration_record(request: &BrokerRegistrationRequest, epoch: Offset) -> RegisterBrokerRecord {
    let endpoint = |listener: &Listener| BrokerEndpoint {
        name: listener.name.clone(),
        host: listener.host.clone(),
        port: listener.port,
        security_protocol: listener.security_protocol,
    };
    let feature = |feature: &Feature| BrokerFeature {
        name: feature.name.clone(),
        min_supported_version: feature.min_supported_version,
        max_supported_version: feature.max_supported_version,
    };
    RegisterBrokerRecord {
        broker_id: request.broker_id,
        is_migrating_zk_broker: false,
        incarnation_id: request.incarnation_id,
        broker_epoch: epoch,
        end_points: request.listeners.iter().map(endpoint).collect(),
        features: request.features.iter().map(feature).collect(),
        rack: request.rack.clone(),
        fenced: true,
        in_controlled_shutdown: false,
        log_dirs: request.log_dirs.clone(),
        cordoned_log_dirs: None,
        flush_policy: request.flush_policy,
        flush_changed: false,
        claimed_broker_epoch: -1,
    }
}

fn registered(broker_epoch: Offset) -> Answer {
    Answer::Response(BrokerRegistrationResponse { broker_epoch, ..Default::default() }.into())
}
