//! What the active controller knows that stands in no record: who has been heard of, and when.
//!
//! It dies with the leadership. A new active controller has heard of nobody and gives every broker that is not fenced
//! half a session before it fences it.

use alloc::collections::BTreeMap;

use crate::cx::Cx;
use crate::image::{MetadataImage, Registration};
use crate::time::Timestamp;
use crate::timer::{ControllerTimer, Timer};
use crate::types::{BrokerId, Offset};

/// Sessions of brokers, and when something was last decided.
///
/// While there are sessions, the timer for them is armed, at the end of the first one or before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Soft {
    sessions: BTreeMap<BrokerId, Session>,
    /// When records were last decided.
    pub(super) last_write: Timestamp,
}

/// One start of a broker that is believed to live.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    epoch: Offset,
    expires: Timestamp,
    /// Offset of the last metadata record it said it has; -1 before it has said anything.
    metadata_offset: Offset,
    /// The broker stops when every active one has the metadata up to here.
    shutdown_offset: Option<Offset>,
}

impl Soft {
    /// A broker that is not fenced may live: it has a session from now on.
    pub(super) fn assume_alive(&mut self, cx: &mut Cx<'_>, broker: BrokerId, epoch: Offset) {
        self.extend(cx, broker, epoch, cx.config.broker_session_timeout_ms);
    }

    /// A broker that had a session with another controller may live: half of it is over.
    ///
    /// Whoever lives says so at once when it hears of a new controller, and again in time: heartbeats come at least
    /// twice in a session. Whoever has died with the last controller has been silent since before the election. Kafka
    /// gives a full session; with its defaults, what such a broker led is led by nobody for up to 14 seconds.
    pub(super) fn take_over(&mut self, cx: &mut Cx<'_>, broker: BrokerId, epoch: Offset) {
        self.extend(cx, broker, epoch, (cx.config.broker_session_timeout_ms + 1) / 2);
    }

    fn extend(&mut self, cx: &mut Cx<'_>, broker: BrokerId, epoch: Offset, session_ms: i64) {
        let expires = cx.now.monotonic.after_ms(session_ms);
        if self.sessions.is_empty() {
            cx.timers.arm(Timer::Controller(ControllerTimer::Sessions), expires);
        }
        let known = self.sessions.get_mut(&broker).filter(|known| known.epoch == epoch);
        match known {
            Some(known) => known.expires = expires,
            None => {
                let session = Session { epoch, expires, metadata_offset: -1, shutdown_offset: None };
                self.sessions.insert(broker, session);
            }
        }
    }

    /// A broker lives, for a session from now on, and has the metadata up to the record at this offset.
    pub(super) fn heard(
        &mut self,
        cx: &mut Cx<'_>,
        broker: BrokerId,
        epoch: Offset,
        metadata_offset: Offset,
    ) {
        self.assume_alive(cx, broker, epoch);
        let session = self.sessions.get_mut(&broker).expect("it was just made");
        session.metadata_offset = metadata_offset;
    }

    /// A broker has said goodbye: its next start need not wait for the end of its session.
    pub(super) fn forget(&mut self, broker: BrokerId) {
        self.sessions.remove(&broker);
    }

    /// Whether this start of the broker may live.
    pub(super) fn is_alive(&self, now: Timestamp, broker: &Registration) -> bool {
        let session = self.sessions.get(&broker.id);
        session.is_some_and(|session| session.epoch == broker.epoch && session.expires > now)
    }

    /// Ends the session that should have ended first, if any should have, and arms the timer for the next one.
    pub(super) fn take_expired(&mut self, cx: &mut Cx<'_>) -> Option<(BrokerId, Offset)> {
        let first = |sessions: &BTreeMap<BrokerId, Session>| {
            sessions.iter().map(|(broker, session)| (session.expires, *broker)).min()
        };
        let expired = first(&self.sessions).filter(|(expires, _)| *expires <= cx.now.monotonic);
        let expired = expired
            .and_then(|(_, broker)| self.sessions.remove(&broker).map(|session| (broker, session.epoch)));
        if let Some((expires, _)) = first(&self.sessions) {
            cx.timers.arm(Timer::Controller(ControllerTimer::Sessions), expires);
        }
        expired
    }

    /// Whether every active broker has the metadata without which this one may not stop: `offset`, if that is not
    /// known yet.
    ///
    /// Kafka: `BrokerHeartbeatManager.lowestActiveOffset`.
    pub(super) fn may_stop(&mut self, image: &MetadataImage, broker: BrokerId, offset: Offset) -> bool {
        let Some(session) = self.sessions.get_mut(&broker) else { return false };
        let needed = *session.shutdown_offset.get_or_insert(offset);
        let has = |broker: &Registration| {
            let session = self.sessions.get(&broker.id).filter(|session| session.epoch == broker.epoch);
            session.map_or(-1, |session| session.metadata_offset)
        };
        image.active_brokers().all(|broker| has(broker) >= needed)
    }
}
