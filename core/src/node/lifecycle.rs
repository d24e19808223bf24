//! The life of a broker in its cluster: it registers, says that it lives, is let in, and takes its leave.
//!
//! ```text
//! register -> heartbeats that want to stay fenced -> own registration is in the image -> the logs are opened
//!          -> heartbeats that want to be let in   -> the image says so -> clients are served
//!          -> heartbeats that want to stop        -> the controller has moved what is led here -> stop
//! ```
//!
//! Source: KIP-631. Kafka: `BrokerLifecycleManager`.

use alloc::vec::Vec;

use klamm_wire::messages::{BrokerHeartbeatRequest, Request, Response};
use klamm_wire::{ErrorCode, Uuid};

use crate::controller::{LastLife, registration_of};
use crate::disk::{BootOp, DiskStep, Owner};
use crate::edge::{Effect, Effects, Purpose};
use crate::event::Event;
use crate::node::directory::{self, BROKER_EPOCH, Directory};
use crate::node::peers::{Asked, Lost};
use crate::node::{Node, Phase};
use crate::time::{Now, Timestamp};
use crate::timer::Timer;
use crate::types::Offset;

const REGISTRATION_VERSION: i16 = 4;
const HEARTBEAT_VERSION: i16 = 1;

/// How long a broker waits that was refused: it may have to wait for the end of its last life's session.
const REGISTRATION_RETRY_MS: i64 = 100;

/// What a broker has made known of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifecycle {
    /// Drawn at the start, so that the controller knows one life from the next.
    incarnation_id: Uuid,
    /// Epoch of the registration; -1 before.
    broker_epoch: Offset,
    /// The controller was asked and has not answered.
    is_asking: bool,
    /// Something has changed that the controller is to hear at once.
    has_news: bool,
    next_at: Timestamp,
    /// The registration before this one, if it was forgotten while this node lives: nothing is lost since.
    forgotten: Option<LastLife>,
    /// Directories that do not say yet which life they belong to.
    unsigned: usize,
    /// Why the registration was refused last.
    refused: Option<ErrorCode>,
    /// An orderly stop waits until the controller lets this broker go, or until then.
    leaving_until: Option<Timestamp>,
    /// While an orderly stop waits: when a controller has answered last, or the stop was wanted.
    answered_at: Timestamp,
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self {
            incarnation_id: Uuid::ZERO,
            broker_epoch: -1,
            is_asking: false,
            has_news: false,
            next_at: Timestamp(0),
            forgotten: None,
            unsigned: 0,
            refused: None,
            leaving_until: None,
            answered_at: Timestamp(0),
        }
    }

    /// The epoch of this broker's registration; -1 before there is one.
    pub(crate) fn broker_epoch(&self) -> Offset {
        self.broker_epoch
    }

    /// The stop waits no longer.
    pub(crate) fn leave(&mut self) {
        self.leaving_until = None;
    }

    /// Whether an orderly stop waits for the controller.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving_until.is_some()
    }
}

impl Node {
    /// The quorum is under way: a broker makes itself known; a controller without partitions has nothing to wait for.
    pub(crate) fn begin_registering(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::Metadata, "the quorum begins first");
        if !self.env.config.roles.broker {
            self.phase = Phase::Serving;
            fx.push(Effect::Observe(Event::Ready));
            return;
        }
        self.phase = Phase::Registering;
        self.lifecycle.incarnation_id = self.env.rng.uuid();
        self.live_on(now, fx);
    }

    /// Registers or sends the next heartbeat, if it is time for it and there is a controller.
    pub(crate) fn live_on(&mut self, now: Now, fx: &mut Effects) {
        let is_under_way = (Phase::Registering..Phase::Stopping).contains(&self.phase);
        if !self.env.config.roles.broker || !is_under_way {
            return;
        }
        let leaving_until = self.leaving_until();
        if leaving_until.is_some_and(|until| until <= now.monotonic) {
            return self.stop_now(now, fx);
        }
        let is_due = self.lifecycle.has_news || self.lifecycle.next_at <= now.monotonic;
        if !self.lifecycle.is_asking && is_due {
            let (version, request): (i16, Request) = match self.lifecycle.broker_epoch {
                -1 => (REGISTRATION_VERSION, self.registration().into()),
                _ => (HEARTBEAT_VERSION, self.heartbeat().into()),
            };
            let asked = self.ask_controller(now, fx, Purpose::Lifecycle, version, request, Asked::Lifecycle);
            self.lifecycle.is_asking = asked;
            self.lifecycle.has_news = false;
            if !asked {
                self.lifecycle.next_at =
                    now.monotonic.after_ms(self.env.config.quorum_retry_backoff_ms.max(1));
            }
        }
        let again = Some(self.lifecycle.next_at).filter(|_| !self.lifecycle.is_asking);
        match again.into_iter().chain(leaving_until).min() {
            Some(at) => self.env.timers.arm(Timer::Lifecycle, at),
            None => self.env.timers.cancel(&Timer::Lifecycle),
        }
    }

    /// When an orderly stop waits no longer: two sessions after it was wanted, or when no controller has answered for
    /// longer than the quorum needs to elect another one. Then nobody is left who could move what is led here.
    ///
    /// Kafka waits for five minutes, whether there is a controller or not.
    fn leaving_until(&self) -> Option<Timestamp> {
        let until = self.lifecycle.leaving_until?;
        let config = &self.env.config;
        let election_ms = config.quorum_fetch_timeout_ms + 3 * config.quorum_election_timeout_ms;
        Some(until.min(self.lifecycle.answered_at.after_ms(election_ms)))
    }

    /// Something has changed that the controller is to hear at once, or there is another controller.
    pub(crate) fn hurry_lifecycle(&mut self, now: Now, fx: &mut Effects) {
        self.lifecycle.has_news = true;
        self.live_on(now, fx);
    }

    fn registration(&self) -> klamm_wire::messages::BrokerRegistrationRequest {
        let metas: Vec<_> = self.directories.iter().filter_map(|directory| directory.meta.as_ref()).collect();
        let log_dirs = metas.iter().map(|meta| meta.directory_id).collect();
        let incarnation_id = self.lifecycle.incarnation_id;
        let last_life = self.lifecycle.forgotten.unwrap_or_else(|| self.last_life());
        registration_of(&self.env.config, self.cluster_id(), incarnation_id, log_dirs, last_life)
    }

    fn last_life(&self) -> LastLife {
        let agreed = |epoch: fn(&Directory) -> Offset| {
            let mut epochs = self.directories.iter().map(epoch);
            let first = epochs.next().unwrap_or(-1);
            if epochs.all(|epoch| epoch == first) { first } else { -1 }
        };
        LastLife {
            stopped: agreed(|directory| directory.previous_broker_epoch),
            synced: agreed(|directory| directory.synced_broker_epoch),
        }
    }

    fn heartbeat(&self) -> BrokerHeartbeatRequest {
        BrokerHeartbeatRequest {
            broker_id: self.env.config.node_id,
            broker_epoch: self.lifecycle.broker_epoch,
            current_metadata_offset: self.metadata.next() - 1,
            want_fence: !self.is_ready(),
            want_shut_down: self.lifecycle.is_leaving(),
            ..BrokerHeartbeatRequest::default()
        }
    }

    /// Whether this broker can serve, if it is let in.
    fn is_ready(&self) -> bool {
        self.phase >= Phase::Logs && self.opening.is_empty() || self.phase == Phase::Serving
    }

    /// The controller has answered, or its answer is lost.
    pub(crate) fn on_lifecycle_answer(&mut self, now: Now, fx: &mut Effects, answer: Result<Response, Lost>) {
        self.lifecycle.is_asking = false;
        let retry_at = now.monotonic.after_ms(self.env.config.quorum_retry_backoff_ms.max(1));
        self.lifecycle.next_at = retry_at;
        match answer {
            Ok(Response::BrokerRegistration(answer)) if answer.error_code == ErrorCode::NONE => {
                self.lifecycle.broker_epoch = answer.broker_epoch;
                self.lifecycle.has_news = true;
                self.sign_directories(now, fx);
            }
            Ok(Response::BrokerHeartbeat(answer)) => match answer.error_code {
                ErrorCode::NONE if self.lifecycle.is_leaving() && answer.should_shut_down => {
                    return self.stop_now(now, fx);
                }
                // There is a controller, and it has not finished.
                ErrorCode::NONE if self.lifecycle.is_leaving() => self.lifecycle.answered_at = now.monotonic,
                ErrorCode::NONE => {
                    self.lifecycle.next_at =
                        now.monotonic.after_ms(self.env.config.broker_heartbeat_interval_ms.max(1));
                }
                // Forgotten, or taken for another life: it says again who it is.
                ErrorCode::STALE_BROKER_EPOCH | ErrorCode::BROKER_ID_NOT_REGISTERED => {
                    let epoch = core::mem::replace(&mut self.lifecycle.broker_epoch, -1);
                    self.lifecycle.forgotten = Some(LastLife { stopped: epoch, synced: epoch });
                }
                _ => {}
            },
            Ok(Response::BrokerRegistration(answer)) if answer.error_code == ErrorCode::NOT_CONTROLLER => {}
            Ok(Response::BrokerRegistration(answer)) => {
                let error = answer.error_code;
                self.lifecycle.next_at = now.monotonic.after_ms(REGISTRATION_RETRY_MS);
                if self.lifecycle.refused.replace(error) != Some(error) {
                    fx.push(Effect::Observe(Event::RegistrationRefused { error }));
                }
            }
            Ok(other) => unreachable!("a broker's life is answered by {:?}", other.api_key()),
            Err(Lost) => {}
        }
        self.live_on(now, fx);
    }

    /// Writes into each directory which life what comes from now on belongs to. Only then anything comes.
    fn sign_directories(&mut self, now: Now, fx: &mut Effects) {
        let epoch = directory::encode_epoch(self.lifecycle.broker_epoch);
        self.lifecycle.unsigned = self.directories.len();
        for directory in &self.directories {
            let steps = DiskStep::replace(&directory.path(BROKER_EPOCH), alloc::vec![epoch.clone()]);
            self.env.cx(now, fx).disk(Owner::Boot(BootOp::WriteEpoch(directory.index)), steps);
        }
    }

    /// A directory says which life it belongs to.
    pub(crate) fn on_directory_signed(&mut self, now: Now, fx: &mut Effects) {
        self.lifecycle.unsigned -= 1;
        self.on_image_of_lifecycle(now, fx);
    }

    /// The image has moved: it may say that this broker is registered, or let in.
    pub(crate) fn on_image_of_lifecycle(&mut self, now: Now, fx: &mut Effects) {
        let Some(broker) = self.env.image.brokers.get(&self.env.config.node_id) else { return };
        if broker.epoch != self.lifecycle.broker_epoch || self.lifecycle.unsigned > 0 {
            return;
        }
        let is_active = broker.is_active();
        match self.phase {
            Phase::Registering => self.open_logs(now, fx),
            Phase::Logs if is_active => self.serve(now, fx),
            _ => {}
        }
    }

    /// Everything assigned is open: the controller may let this broker in.
    pub(crate) fn maybe_ask_in(&mut self, now: Now, fx: &mut Effects) {
        if self.phase == Phase::Logs && self.opening.is_empty() {
            self.hurry_lifecycle(now, fx);
        }
    }

    /// An orderly stop is wanted: a broker asks the controller to move what is led here first.
    ///
    /// A second wish ends the wait, and so do two sessions, and a quorum that elects nobody any more.
    pub(crate) fn begin_leaving(&mut self, now: Now, fx: &mut Effects) {
        if self.phase != Phase::Serving || !self.env.config.roles.broker || self.lifecycle.is_leaving() {
            return self.stop_now(now, fx);
        }
        let wait_ms = self.env.config.broker_session_timeout_ms.saturating_mul(2);
        self.lifecycle.leaving_until = Some(now.monotonic.after_ms(wait_ms));
        self.lifecycle.answered_at = now.monotonic;
        self.hurry_lifecycle(now, fx);
    }
}
