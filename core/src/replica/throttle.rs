//! How fast replicas that are being moved may be copied: at the leader what it sends, at the follower what it fetches.
//!
//! Only replicas that a topic lists are counted, and only those of them that are not in sync wait: one that is in sync
//! and waited would leave the ISR. What the others need counts nevertheless, so that the sum stays below the bound.
//!
//! Source: KIP-73. Kafka: `ReplicationQuotaManager`, `SimpleRate`, `ReplicaManager.shouldLeaderThrottle`,
//! `RemoteLeaderEndPoint.shouldFollowerThrottle`.

use alloc::collections::VecDeque;
use core::time::Duration;

use klamm_wire::Str;

use crate::image::{MetadataImage, Resource};
use crate::time::Timestamp;
use crate::types::BrokerId;

/// How long bytes are counted together. Ten whole windows and the present one are remembered.
const WINDOW: Duration = Duration::from_secs(1);
const WINDOWS: usize = 11;

/// Bytes of the last seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rate {
    /// Where each window begins and what was counted in it; oldest first.
    windows: VecDeque<(Timestamp, u64)>,
}

impl Rate {
    /// Counts bytes, whatever the bound.
    pub(crate) fn record(&mut self, now: Timestamp, bytes: u64) {
        self.forget_old(now);
        match self.windows.back_mut() {
            Some((start, count)) if age(*start, now) < WINDOW => *count += bytes,
            _ => self.windows.push_back((now, bytes)),
        }
        if self.windows.len() > WINDOWS {
            self.windows.pop_front();
        }
        assert!(self.windows.len() <= WINDOWS, "few windows are remembered");
    }

    /// Whether more than `bytes_per_second` were counted, over the time since the oldest window that is remembered.
    pub(crate) fn exceeds(&mut self, now: Timestamp, bytes_per_second: u64) -> bool {
        self.forget_old(now);
        let Some((oldest, _)) = self.windows.front() else { return false };
        let elapsed = age(*oldest, now).max(WINDOW);
        let bytes: u64 = self.windows.iter().map(|(_, count)| count).sum();
        u128::from(bytes) * WINDOW.as_nanos() > u128::from(bytes_per_second) * elapsed.as_nanos()
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_idle(&self) -> bool {
        self.windows.is_empty()
    }

    fn forget_old(&mut self, now: Timestamp) {
        let span = WINDOW * u32::try_from(WINDOWS).expect("few");
        while self.windows.front().is_some_and(|(start, _)| age(*start, now) >= span) {
            self.windows.pop_front();
        }
    }
}

fn age(start: Timestamp, now: Timestamp) -> Duration {
    Duration::from_nanos(now.0.saturating_sub(start.0))
}

/// What this broker has copied of throttled replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Throttles {
    /// Sent by leaders here.
    pub(crate) leader: Rate,
    /// Fetched by followers here.
    pub(crate) follower: Rate,
}

/// The bound of a broker in bytes per second, as its own settings or those of all brokers say; without one nothing is
/// too fast.
pub(crate) fn bound(image: &MetadataImage, broker: BrokerId, name: &str) -> u64 {
    let parse = |text: &Str| text.trim().parse::<i64>().ok()?.try_into().ok();
    let set = |resource| image.overrides(&resource).get(name).and_then(parse);
    set(Resource::broker(broker)).or_else(|| set(Resource::all_brokers())).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use klamm_wire::Uuid;
    use klamm_wire::metadata_records::ConfigRecord;

    use super::*;
    use crate::config::{FOLLOWER_RATE, LEADER_RATE};
    use crate::image::BROKER_RESOURCE;

    fn at_ms(ms: u64) -> Timestamp {
        Timestamp(5_000_000_000 + ms * 1_000_000)
    }

    /// Goal: the mean over the windows that are remembered, and never over less than one. Source: Kafka's
    /// `SimpleRate`.
    #[test]
    fn a_rate_is_the_mean_of_the_last_seconds() {
        let mut rate = Rate::default();
        assert!(!rate.exceeds(at_ms(0), 0), "nothing was counted");
        rate.record(at_ms(0), 1000);
        assert!(rate.exceeds(at_ms(0), 999) && !rate.exceeds(at_ms(0), 1000), "one window at least");
        assert!(rate.exceeds(at_ms(2000), 499) && !rate.exceeds(at_ms(2000), 500));
        rate.record(at_ms(3000), 1000);
        assert!(rate.exceeds(at_ms(4000), 499) && !rate.exceeds(at_ms(4000), 500));
        assert!(rate.exceeds(at_ms(10_999), 180), "the first window is still there");
        assert!(rate.exceeds(at_ms(11_000), 124) && !rate.exceeds(at_ms(11_000), 125), "and now it is not");
        assert!(!rate.exceeds(at_ms(14_000), 0), "nothing is remembered");
    }

    /// Goal: whoever sends only while the bound is kept stays below it over time. Method: simulate a sender.
    #[test]
    fn a_sender_that_asks_first_keeps_the_bound() {
        let (mut rate, mut sent, bound) = (Rate::default(), 0, 10_000);
        for ms in (0..60_000).step_by(7) {
            if !rate.exceeds(at_ms(ms), bound) {
                rate.record(at_ms(ms), 3_000);
                sent += 3_000;
            }
        }
        let most = bound * 60 + bound;
        assert!(sent <= most && sent >= bound * 50, "{sent} bytes in a minute at {bound} per second");
    }

    /// Goal: the broker's own bound goes before that of all, and without either there is none.
    #[test]
    fn the_nearest_bound_holds() {
        let mut image = MetadataImage::new(Uuid([1; 16]));
        let mut set = |broker: &str, value: Option<&str>| {
            let record = ConfigRecord {
                resource_type: BROKER_RESOURCE,
                resource_name: broker.into(),
                name: LEADER_RATE.into(),
                value: value.map(Into::into),
            };
            image.apply(0, &record.into());
            (bound(&image, 1, LEADER_RATE), bound(&image, 2, LEADER_RATE), bound(&image, 1, FOLLOWER_RATE))
        };
        assert_eq!(set("", Some("70")), (70, 70, u64::MAX));
        assert_eq!(set("1", Some("5")), (5, 70, u64::MAX));
        assert_eq!(set("", None), (5, u64::MAX, u64::MAX));
        assert_eq!(set("1", Some("fast")), (u64::MAX, u64::MAX, u64::MAX), "as another program may have it");
    }
}
