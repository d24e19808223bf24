//! Controllers say what they can do and where they are found.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::controller_registration_request::{Feature, Listener};
use klamm_wire::messages::{ControllerRegistrationRequest, ControllerRegistrationResponse};
use klamm_wire::metadata_records::RegisterControllerRecord;
use klamm_wire::metadata_records::register_controller_record::{ControllerEndpoint, ControllerFeature};

use super::{Answer, Controller, Outcome};

impl Controller {
    /// Takes down what a controller says of itself; the same again changes nothing.
    ///
    /// Source: KIP-919. Kafka: `ClusterControlManager.registerController`.
    pub(super) fn register_controller(&self, request: &ControllerRegistrationRequest) -> Outcome {
        let endpoint = |listener: &Listener| ControllerEndpoint {
            name: listener.name.clone(),
            host: listener.host.clone(),
            port: listener.port,
            security_protocol: listener.security_protocol,
        };
        let feature = |feature: &Feature| ControllerFeature {
            name: feature.name.clone(),
            min_supported_version: feature.min_supported_version,
            max_supported_version: feature.max_supported_version,
        };
        let record = RegisterControllerRecord {
            controller_id: request.controller_id,
            incarnation_id: request.incarnation_id,
            zk_migration_ready: false,
            end_points: request.listeners.iter().map(endpoint).collect(),
            features: request.features.iter().map(feature).collect(),
        };
        let known = self.image.controllers().any(|known| *known == record);
        let records = if known { Vec::new() } else { vec![record.into()] };
        (records, Answer::Response(ControllerRegistrationResponse::default().into()))
    }
}
