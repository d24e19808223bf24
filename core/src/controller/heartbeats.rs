//! Brokers say that they live and what they want: to be let in, to be left out, to stop in order.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{BrokerHeartbeatRequest, BrokerHeartbeatResponse};
use klamm_wire::metadata_records::{BrokerRegistrationChangeRecord, MetadataRecord};
use klamm_wire::{ErrorCode, Uuid};

use super::brokers::{SET, UNSET, registration_change};
use super::soft::Soft;
use super::{Answer, Controller, Outcome, Refusal};
use crate::cx::Cx;
use crate::event::Event;
use crate::image::{PartitionState, Registration};
use crate::types::BrokerId;

/// What a broker is after its heartbeat.
///
/// | was | wants | and | is |
/// |---|---|---|---|
/// | fenced | to stop | | released |
/// | fenced | to be let in | has the metadata up to its registration | active |
/// | fenced | anything else, or has begun to stop in this life | | fenced |
/// | active | to be fenced and to stop | | released |
/// | active | to be fenced, or has no directory left | | fenced |
/// | active | to stop | leads something | shutting down |
/// | active | to stop | leads nothing | released |
/// | shutting down | anything | leads something, or not all active brokers know that it leads nothing | shutting down |
/// | shutting down | anything | everybody knows that it leads nothing | released |
///
/// Who is shutting down has left every ISR, leads nothing more than nobody else can, and does not come back. Who is
/// released is fenced and may stop at once.
///
/// Source: KIP-631. Kafka: `BrokerHeartbeatManager.calculateNextBrokerState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Fenced,
    Active,
    ShuttingDown,
    Released,
}

impl Controller {
    /// A broker lives, and tells what it wants and which of its directories have failed.
    ///
    /// # Errors
    /// STALE_BROKER_EPOCH: the broker registers anew.
    pub(super) fn heartbeat(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        request: &BrokerHeartbeatRequest,
    ) -> Result<Outcome, Refusal> {
        let broker = self.check_epoch(request.broker_id, request.broker_epoch)?;
        soft.heard(cx, broker.id, broker.epoch, request.current_metadata_offset);
        let failed: Vec<Uuid> =
            broker.log_dirs.iter().copied().filter(|dir| request.offline_log_dirs.contains(dir)).collect();
        let standing = self.standing(soft, broker, request, &failed);
        let records = self.stand(cx, broker, standing, request, &failed);
        if standing == Standing::Released {
            soft.forget(broker.id);
        }
        let response = BrokerHeartbeatResponse {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            is_caught_up: request.current_metadata_offset >= broker.epoch,
            is_fenced: matches!(standing, Standing::Fenced | Standing::Released),
            should_shut_down: standing == Standing::Released,
        };
        Ok((records, Answer::Response(response.into())))
    }

    fn standing(
        &self,
        soft: &mut Soft,
        broker: &Registration,
        request: &BrokerHeartbeatRequest,
        failed: &[Uuid],
    ) -> Standing {
        let all_failed = !broker.log_dirs.is_empty() && failed.len() == broker.log_dirs.len();
        if broker.fenced {
            // What has just failed is taken into account before anything is led there.
            let ready = request.current_metadata_offset >= broker.epoch
                && failed.is_empty()
                && !broker.in_controlled_shutdown;
            return match (request.want_shut_down, request.want_fence) {
                (true, _) => Standing::Released,
                (false, false) if ready => Standing::Active,
                _ => Standing::Fenced,
            };
        }
        let leads = || self.image.partitions().any(|(_, state)| state.leader == Some(broker.id));
        if broker.in_controlled_shutdown {
            let done = !leads() && soft.may_stop(&self.image, broker.id, self.image.offset);
            return if done { Standing::Released } else { Standing::ShuttingDown };
        }
        match (request.want_fence || all_failed, request.want_shut_down) {
            (true, false) => Standing::Fenced,
            (true, true) => Standing::Released,
            (false, true) if leads() => Standing::ShuttingDown,
            (false, true) => Standing::Released,
            (false, false) => Standing::Active,
        }
    }

    /// The records by which a broker becomes what it is to be.
    fn stand(
        &self,
        cx: &mut Cx<'_>,
        broker: &Registration,
        standing: Standing,
        request: &BrokerHeartbeatRequest,
        failed: &[Uuid],
    ) -> Vec<MetadataRecord> {
        let mut change = self.directory_change(broker, request, failed);
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        match standing {
            Standing::Fenced | Standing::Released if !broker.fenced => {
                change.fenced = SET;
                before = self.changes_without(cx, broker.id);
                cx.observe(Event::BrokerFenced { broker: broker.id, broker_epoch: broker.epoch });
            }
            Standing::ShuttingDown if !broker.in_controlled_shutdown => {
                change.in_controlled_shutdown = SET;
                before = self.changes_without(cx, broker.id);
            }
            Standing::Active if broker.fenced => {
                change.fenced = UNSET;
                behind = self.changes_joining(cx, broker.id);
                cx.observe(Event::BrokerUnfenced { broker: broker.id, broker_epoch: broker.epoch });
            }
            _ if !failed.is_empty() => before = self.changes_of_failure(cx, broker.id, failed),
            _ => {}
        }
        if change != registration_change(broker) {
            before.push(change.into());
        }
        before.append(&mut behind);
        before
    }

    /// A session has ended: whoever it was is fenced.
    pub(super) fn expire_session(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Vec<MetadataRecord> {
        let Some((id, epoch)) = soft.take_expired(cx) else { return Vec::new() };
        match self.check_epoch(id, epoch) {
            Ok(broker) if !broker.fenced => self.fence(cx, broker),
            _ => Vec::new(), // it is fenced, or has registered anew, or is gone
        }
    }

    /// A broker leaves every ISR, leads nothing, and does not come back until it is let in again.
    fn fence(&self, cx: &mut Cx<'_>, broker: &Registration) -> Vec<MetadataRecord> {
        let mut records = self.changes_without(cx, broker.id);
        let change = BrokerRegistrationChangeRecord { fenced: SET, ..registration_change(broker) };
        records.push(change.into());
        cx.observe(Event::BrokerFenced { broker: broker.id, broker_epoch: broker.epoch });
        records
    }

    /// What a heartbeat says of directories. A broker without any is fenced instead: it has nothing left to change.
    fn directory_change(
        &self,
        broker: &Registration,
        request: &BrokerHeartbeatRequest,
        failed: &[Uuid],
    ) -> BrokerRegistrationChangeRecord {
        let mut change = registration_change(broker);
        if !failed.is_empty() {
            change.log_dirs = broker.log_dirs.iter().copied().filter(|dir| !failed.contains(dir)).collect();
        }
        if let Some(cordoned) = &request.cordoned_log_dirs
            && broker.cordoned_log_dirs.as_ref().unwrap_or(&vec![]) != cordoned
        {
            change.cordoned_log_dirs = Some(cordoned.clone());
        }
        change
    }

    /// Directories have failed: the broker leaves the ISR of what lies there and leads nothing of it.
    ///
    /// Source: KIP-858. Kafka: `ReplicationControlManager.handleDirectoriesOffline`.
    fn changes_of_failure(&self, cx: &mut Cx<'_>, broker: BrokerId, failed: &[Uuid]) -> Vec<MetadataRecord> {
        let is_affected =
            |state: &PartitionState| state.isr.contains(&broker) && failed.contains(&state.directory(broker));
        self.change_all(cx, is_affected, |_, _, change| change.without(broker))
    }
}
