//! Fetching from one leader everything this node follows there: one request at a time, in an incremental session.
//!
//! A fetch tells the leader what this node holds, so it is sent when everything that was appended is held: written or
//! synced, as the topic's flush policy wants it. What the leader has meanwhile comes with the next one.
//!
//! Source: KIP-227, KIP-595 (divergence in fetches). Kafka: `ReplicaFetcherThread`, `FetchSessionHandler`.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;
use klamm_wire::messages::FetchRequest;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic, ReplicaState};

use crate::config::Config;
use crate::time::Timestamp;
use crate::types::{LeaderEpoch, Offset, TopicIdPartition};

/// What a fetch says about one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    pub(crate) fetch_offset: Offset,
    /// Of the newest record; -1 for none.
    pub(crate) last_fetched_epoch: LeaderEpoch,
    pub(crate) current_leader_epoch: LeaderEpoch,
    pub(crate) log_start_offset: Offset,
}

/// A partition that is followed at this leader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Followed {
    /// Not fetched before: something was wrong with it.
    delayed_until: Option<Timestamp>,
    /// Not fetched until its leader epoch changes: the leader says that it is over.
    stopped: bool,
    /// Whether it had everything committed when it was fetched last.
    is_in_sync: bool,
}

/// Which partitions are ready to be fetched, as the node sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// From here on.
    Ready(Position),
    /// What was appended is not held yet: nothing is fetched until it is.
    Waiting,
    /// Not now: more of such replicas has been fetched than may be.
    Throttled,
    /// Not now: loading, being cut, or not followed here any more.
    Absent,
}

/// The fetcher of one leader.
///
/// - One request is under way at most.
/// - What stands in the session at the leader is what `session` says, or the session is begun anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fetcher {
    partitions: BTreeMap<TopicIdPartition, Followed>,
    session_id: i32,
    session_epoch: i32,
    /// What the leader believes, by partition.
    session: BTreeMap<TopicIdPartition, Position>,
    is_fetching: bool,
    /// The leader could not be reached or had no answer: nothing is sent before.
    retry_at: Option<Timestamp>,
    /// Something was too fast to be fetched: when to look again.
    retry_throttled_at: Option<Timestamp>,
}

impl Fetcher {
    /// Follows a partition from now on, afresh.
    pub(crate) fn add(&mut self, id: TopicIdPartition) {
        self.partitions.insert(id, Followed::default());
    }

    /// Follows a partition no longer. Returns whether it was followed.
    pub(crate) fn remove(&mut self, id: TopicIdPartition) -> bool {
        self.partitions.remove(&id).is_some()
    }

    /// Whether nothing is followed at this leader.
    pub(crate) fn is_idle(&self) -> bool {
        self.partitions.is_empty()
    }

    /// Lets a partition rest for a while.
    pub(crate) fn delay(&mut self, id: TopicIdPartition, until: Timestamp) {
        if let Some(followed) = self.partitions.get_mut(&id) {
            followed.delayed_until = Some(until);
        }
    }

    /// Leaves a partition alone until it is added again.
    pub(crate) fn stop(&mut self, id: TopicIdPartition) {
        if let Some(followed) = self.partitions.get_mut(&id) {
            followed.stopped = true;
        }
    }

    /// Whether a partition has everything that is committed, as its leader has just said.
    pub(crate) fn caught_up(&mut self, id: TopicIdPartition, is_in_sync: bool) {
        if let Some(followed) = self.partitions.get_mut(&id) {
            followed.is_in_sync = is_in_sync;
        }
    }

    /// When to look again because something has rested long enough. What has already is looked at when the answer
    /// or the sync has come that it waits for now.
    pub(crate) fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let delays = self.partitions.values().filter(|followed| !followed.stopped);
        let delays = delays.filter_map(|followed| followed.delayed_until).chain(self.retry_at);
        let delays = delays.chain(self.retry_throttled_at);
        delays.filter(|at| *at > now).min()
    }

    /// The next request, if one is to be sent now. `readiness` says where each partition stands, told whether it was in
    /// sync when it was fetched last.
    pub(crate) fn next_request(
        &mut self,
        now: Timestamp,
        config: &Config,
        broker_epoch: i64,
        mut readiness: impl FnMut(TopicIdPartition, bool) -> Readiness,
    ) -> Option<FetchRequest> {
        if self.is_fetching || self.retry_at.is_some_and(|at| at > now) {
            return None;
        }
        (self.retry_at, self.retry_throttled_at) = (None, None);
        let mut wanted = BTreeMap::new();
        for (id, followed) in &mut self.partitions {
            if followed.stopped || followed.delayed_until.is_some_and(|until| until > now) {
                continue;
            }
            followed.delayed_until = None;
            match readiness(*id, followed.is_in_sync) {
                Readiness::Ready(position) => drop(wanted.insert(*id, position)),
                Readiness::Waiting => return None,
                // Looked at with every fetch of the others, and without others after the backoff.
                Readiness::Throttled => {
                    self.retry_throttled_at = Some(now.after_ms(config.replica_fetch_backoff_ms.max(1)));
                }
                Readiness::Absent => {}
            }
        }
        if wanted.is_empty() {
            return None;
        }
        let full = self.session_id == 0;
        let changed = |(id, position): &(&TopicIdPartition, &Position)| {
            full || self.session.get(*id).is_none_or(|known| known != *position)
        };
        let sent = wanted.iter().filter(changed);
        let max_bytes = i32::try_from(config.replica_fetch_max_bytes).unwrap_or(i32::MAX);
        let topics = by_topic(sent.map(|(id, position)| (*id, fetch_of(*id, *position, max_bytes))));
        let forgotten: Vec<TopicIdPartition> = match full {
            true => Vec::new(),
            false => self.session.keys().filter(|id| !wanted.contains_key(*id)).copied().collect(),
        };
        self.session = wanted;
        self.is_fetching = true;
        Some(FetchRequest {
            replica_state: ReplicaState { replica_id: config.node_id, replica_epoch: broker_epoch },
            max_wait_ms: config.replica_fetch_wait_max_ms,
            min_bytes: config.replica_fetch_min_bytes,
            max_bytes: i32::try_from(config.replica_fetch_response_max_bytes).unwrap_or(i32::MAX),
            session_id: self.session_id,
            session_epoch: self.session_epoch,
            topics: topics
                .into_iter()
                .map(|(topic_id, partitions)| FetchTopic { topic_id, partitions, ..FetchTopic::default() })
                .collect(),
            forgotten_topics_data: by_topic(forgotten.into_iter().map(|id| (id, id.partition)))
                .into_iter()
                .map(|(topic_id, partitions)| ForgottenTopic {
                    topic_id,
                    partitions,
                    ..ForgottenTopic::default()
                })
                .collect(),
            ..FetchRequest::default()
        })
    }

    /// Where a partition stood when it was fetched last.
    pub(crate) fn asked(&self, id: TopicIdPartition) -> Option<Position> {
        self.session.get(&id).copied()
    }

    /// The leader has answered. Returns whether the partitions of the answer mean something.
    pub(crate) fn on_answer(
        &mut self,
        now: Timestamp,
        error: ErrorCode,
        session_id: i32,
        backoff_ms: i64,
    ) -> bool {
        self.is_fetching = false;
        match error {
            ErrorCode::NONE => {
                self.session_epoch = match self.session_epoch {
                    _ if session_id == 0 => 0,
                    i32::MAX => 1,
                    epoch => epoch + 1,
                };
                self.session_id = session_id;
                true
            }
            // The leader has forgotten the session: a full fetch begins another one.
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND | ErrorCode::INVALID_FETCH_SESSION_EPOCH => {
                self.forget_session();
                false
            }
            _ => {
                self.on_lost(now, backoff_ms);
                false
            }
        }
    }

    /// The answer is lost, and with it what the leader believes.
    pub(crate) fn on_lost(&mut self, now: Timestamp, backoff_ms: i64) {
        self.is_fetching = false;
        self.forget_session();
        self.retry_at = Some(now.after_ms(backoff_ms));
    }

    fn forget_session(&mut self) {
        (self.session_id, self.session_epoch) = (0, 0);
        self.session.clear();
    }
}

fn fetch_of(id: TopicIdPartition, position: Position, partition_max_bytes: i32) -> FetchPartition {
    FetchPartition {
        partition: id.partition,
        current_leader_epoch: position.current_leader_epoch,
        fetch_offset: position.fetch_offset,
        last_fetched_epoch: position.last_fetched_epoch,
        log_start_offset: position.log_start_offset,
        partition_max_bytes,
        ..FetchPartition::default()
    }
}

/// Groups what belongs to partitions of one topic; partitions come ordered.
fn by_topic<T>(items: impl Iterator<Item = (TopicIdPartition, T)>) -> Vec<(klamm_wire::Uuid, Vec<T>)> {
    let mut topics: Vec<(klamm_wire::Uuid, Vec<T>)> = Vec::new();
    for (id, item) in items {
        match topics.last_mut() {
            Some((topic_id, items)) if *topic_id == id.topic_id => items.push(item),
            _ => topics.push((id.topic_id, vec![item])),
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use klamm_wire::Uuid;

    use super::*;

    fn id(partition: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: Uuid([4; 16]), partition }
    }

    fn at(fetch_offset: Offset) -> Readiness {
        Readiness::Ready(Position {
            fetch_offset,
            last_fetched_epoch: 1,
            current_leader_epoch: 1,
            log_start_offset: 0,
        })
    }

    fn sent(request: &FetchRequest) -> Vec<(i32, Offset)> {
        let partitions = request.topics.iter().flat_map(|topic| &topic.partitions);
        partitions.map(|partition| (partition.partition, partition.fetch_offset)).collect()
    }

    fn forgotten(request: &FetchRequest) -> Vec<i32> {
        request.forgotten_topics_data.iter().flat_map(|topic| topic.partitions.clone()).collect()
    }

    /// Goal: in a session only news is sent: changed offsets, new partitions, those that are gone.
    #[test]
    fn a_session_is_told_what_has_changed() {
        let config = Config::default();
        let now = Timestamp(1);
        let mut fetcher = Fetcher::default();
        for partition in [1, 2] {
            fetcher.add(id(partition));
        }
        let request =
            fetcher.next_request(now, &config, 7, |_, _| at(0)).expect("there is something to fetch");
        assert_eq!((request.session_id, request.session_epoch), (0, 0));
        assert_eq!(sent(&request), [(1, 0), (2, 0)]);
        assert_eq!(fetcher.next_request(now, &config, 7, |_, _| at(0)), None, "one request at a time");
        assert!(fetcher.on_answer(now, ErrorCode::NONE, 99, 10));
        let readiness = |other, _| if other == id(2) { at(5) } else { at(0) };
        let request = fetcher.next_request(now, &config, 7, readiness).expect("on");
        assert_eq!((request.session_id, request.session_epoch), (99, 1));
        assert_eq!(sent(&request), [(2, 5)]);
        assert!(fetcher.on_answer(now, ErrorCode::NONE, 99, 10));
        fetcher.remove(id(1));
        fetcher.add(id(3));
        let request = fetcher.next_request(now, &config, 7, |_, _| at(5)).expect("on");
        assert_eq!((sent(&request), forgotten(&request)), (vec![(3, 5)], vec![1]));
        assert!(!fetcher.on_answer(now, ErrorCode::INVALID_FETCH_SESSION_EPOCH, 0, 10));
        let request = fetcher.next_request(now, &config, 7, |_, _| at(5)).expect("anew");
        assert_eq!((request.session_id, sent(&request)), (0, vec![(2, 5), (3, 5)]));
    }

    /// Goal: nothing is fetched while something appended is not held: the fetch would say that it is.
    #[test]
    fn what_is_not_held_is_waited_for() {
        let config = Config::default();
        let mut fetcher = Fetcher::default();
        for partition in [1, 2] {
            fetcher.add(id(partition));
        }
        let readiness = |other, _| if other == id(2) { Readiness::Waiting } else { at(0) };
        assert_eq!(fetcher.next_request(Timestamp(1), &config, 7, readiness), None);
        let readiness = |other, _| if other == id(2) { Readiness::Absent } else { at(0) };
        let request = fetcher.next_request(Timestamp(1), &config, 7, readiness).expect("the rest goes on");
        assert_eq!(sent(&request), [(1, 0)]);
    }

    /// Goal: what is too fast rests, the others go on, and it is looked at again without any input.
    #[test]
    fn what_is_too_fast_rests() {
        let config = Config::default();
        let mut fetcher = Fetcher::default();
        for partition in [1, 2] {
            fetcher.add(id(partition));
        }
        let throttled = |other, in_sync| match in_sync {
            false if other == id(1) => Readiness::Throttled,
            _ => at(0),
        };
        let now = Timestamp(1);
        let request = fetcher.next_request(now, &config, 7, throttled).expect("the other one");
        assert_eq!(sent(&request), [(2, 0)]);
        assert!(fetcher.on_answer(now, ErrorCode::NONE, 99, 10));
        fetcher.remove(id(2));
        assert_eq!(fetcher.next_request(now, &config, 7, throttled), None);
        let again = now.after_ms(config.replica_fetch_backoff_ms);
        assert_eq!(fetcher.next_deadline(now), Some(again));
        fetcher.caught_up(id(1), true);
        let request = fetcher.next_request(again, &config, 7, throttled).expect("nobody in sync waits");
        assert_eq!((sent(&request), forgotten(&request)), (vec![(1, 0)], vec![2]));
    }

    /// Goal: trouble with one partition does not hold up the others, and a lost answer costs one backoff.
    #[test]
    fn trouble_rests_for_a_while() {
        let config = Config::default();
        let mut fetcher = Fetcher::default();
        for partition in [1, 2] {
            fetcher.add(id(partition));
        }
        let (now, later) = (Timestamp(1), Timestamp(1).after_ms(10));
        fetcher.delay(id(1), later);
        let request = fetcher.next_request(now, &config, 7, |_, _| at(0)).expect("the other one");
        assert_eq!(sent(&request), [(2, 0)]);
        assert_eq!(fetcher.next_deadline(now), Some(later));
        fetcher.on_lost(now, 10);
        assert_eq!(fetcher.next_request(now, &config, 7, |_, _| at(0)), None);
        let request = fetcher.next_request(later, &config, 7, |_, _| at(0)).expect("again");
        assert_eq!(sent(&request), [(1, 0), (2, 0)]);
        fetcher.on_lost(later, 10);
        fetcher.stop(id(1));
        let request = fetcher.next_request(later.after_ms(10), &config, 7, |_, _| at(0)).expect("the rest");
        assert_eq!(sent(&request), [(2, 0)]);
    }
}
