//! A controller becomes active, and does what nobody asks it for: it watches sessions, brings leaders back to where
//! they belong, and keeps the log moving.

use alloc::vec::Vec;

use klamm_wire::metadata_records::{AbortTransactionRecord, MetadataRecord, NoOpRecord};

use super::soft::Soft;
use super::{Controller, elr, features};
use crate::cx::Cx;
use crate::timer::{ControllerTimer, Timer};

impl Controller {
    /// The first command of an active controller: begins a fresh cluster, ends a metadata transaction that its
    /// predecessor has left open, gives every broker that is not fenced half a session, and arms the timers.
    ///
    /// Kafka: `QuorumController.CompleteActivationEvent`, `ActivationRecordsGenerator`.
    pub(super) fn activate(&self, soft: &mut Soft, cx: &mut Cx<'_>) -> Vec<MetadataRecord> {
        *soft = Soft::default();
        soft.last_write = cx.now.monotonic;
        for broker in self.image.brokers.values().filter(|broker| !broker.fenced) {
            soft.take_over(cx, broker.id, broker.epoch);
        }
        for timer in
            [ControllerTimer::Idle, ControllerTimer::PreferredLeaders, ControllerTimer::UncleanElections]
        {
            rearm(cx, timer);
        }
        let mut records = Vec::new();
        if self.image.has_open_transaction() {
            let reason = Some("failover".into());
            records.push(AbortTransactionRecord { reason }.into());
        }
        if self.image.is_empty() {
            records.extend(features::fresh().into_iter().map(MetadataRecord::from));
            records.push(elr::cluster_min_isr(cx.config).into());
        }
        records
    }

    /// Forgets the timers of a controller that is active no more.
    pub(crate) fn cancel_timers(cx: &mut Cx<'_>) {
        for timer in ControllerTimer::ALL {
            cx.timers.cancel(&Timer::Controller(timer));
        }
    }

    /// The time of a timer has come.
    pub(super) fn on_timer(
        &self,
        soft: &mut Soft,
        cx: &mut Cx<'_>,
        timer: ControllerTimer,
    ) -> Vec<MetadataRecord> {
        match timer {
            ControllerTimer::Sessions => self.expire_session(soft, cx),
            ControllerTimer::PreferredLeaders => {
                let done = self.balance_leaders(cx);
                Self::go_on(cx, timer, done)
            }
            ControllerTimer::UncleanElections => {
                let done = self.elect_uncleanly(cx);
                Self::go_on(cx, timer, done)
            }
            ControllerTimer::Idle => Self::maybe_no_op(soft, cx),
        }
    }

    /// Comes again at once where a batch was not enough.
    fn go_on(
        cx: &mut Cx<'_>,
        timer: ControllerTimer,
        (records, more): (Vec<MetadataRecord>, bool),
    ) -> Vec<MetadataRecord> {
        if more {
            cx.timers.arm(Timer::Controller(timer), cx.now.monotonic.after_ms(1));
        } else {
            rearm(cx, timer);
        }
        records
    }

    /// Writes a record that changes nothing if the log has stood still, so that everybody sees that it is led.
    fn maybe_no_op(soft: &Soft, cx: &mut Cx<'_>) -> Vec<MetadataRecord> {
        let due = soft.last_write.after_ms(cx.config.metadata_idle_interval_ms);
        if due > cx.now.monotonic {
            cx.timers.arm(Timer::Controller(ControllerTimer::Idle), due);
            return Vec::new();
        }
        rearm(cx, ControllerTimer::Idle);
        [NoOpRecord::default().into()].into()
    }
}

/// Arms a periodic timer anew, if its work is wanted at all.
fn rearm(cx: &mut Cx<'_>, timer: ControllerTimer) {
    let interval = match timer {
        ControllerTimer::Sessions => return, // armed while there are sessions
        ControllerTimer::PreferredLeaders if !cx.config.auto_leader_rebalance => return,
        ControllerTimer::PreferredLeaders => cx.config.leader_imbalance_check_interval_ms,
        ControllerTimer::UncleanElections => cx.config.unclean_election_interval_ms,
        ControllerTimer::Idle => cx.config.metadata_idle_interval_ms,
    };
    if interval > 0 {
        cx.timers.arm(Timer::Controller(timer), cx.now.monotonic.after_ms(interval));
    }
}
