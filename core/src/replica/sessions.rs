//! Fetch sessions (KIP-227): what a client need not repeat, and what it need not be told again.
//!
//! | request (id, epoch) | meaning |
//! |---|---|
//! | (0, 0) | full fetch that wants a session |
//! | (n, 0) | full fetch, closes session n, wants a new one |
//! | (n, -1) | full fetch without session, closes session n |
//! | (n, e) | incremental fetch, `e` is one above the last, after `i32::MAX` comes 1 |

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::messages::FetchRequest;
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::{ErrorCode, Str, Uuid};

use crate::rng::Rng;
use crate::time::Timestamp;
use crate::types::{LeaderEpoch, Offset};

/// A session idle for this long may be evicted for a new one. Source: Kafka's `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`.
const EVICTION_IDLE_MS: i64 = 120_000;

/// Which session a fetch belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKey {
    /// None, and none wanted or none to be had.
    Sessionless,
    /// A session; `full` says that everything is told whatever was told before.
    Session { id: i32, full: bool },
}

/// A partition of a session by the name its client uses.
type PartitionKey = (Str, Uuid, i32);

/// What a client wants of one partition, and what it was told last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionFetch {
    pub(crate) topic: Str,
    pub(crate) topic_id: Uuid,
    pub(crate) partition: i32,
    pub(crate) current_leader_epoch: LeaderEpoch,
    pub(crate) fetch_offset: Offset,
    pub(crate) last_fetched_epoch: LeaderEpoch,
    /// Of a follower's log; -1 from clients.
    pub(crate) log_start_offset: Offset,
    pub(crate) max_bytes: u32,
    told_high_watermark: Offset,
    told_log_start_offset: Offset,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Session {
    next_epoch: i32,
    uses_topic_ids: bool,
    last_used: Timestamp,
    /// In the order they are served; those that returned data go to the end.
    order: Vec<PartitionKey>,
    partitions: BTreeMap<PartitionKey, SessionFetch>,
}

/// All sessions of a broker, at most `max.incremental.fetch.session.cache.slots`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FetchSessions {
    sessions: BTreeMap<i32, Session>,
}

impl FetchSessions {
    /// What a request asks for, with its session's memory applied.
    ///
    /// # Errors
    /// `FETCH_SESSION_ID_NOT_FOUND`, `INVALID_FETCH_SESSION_EPOCH`, `FETCH_SESSION_TOPIC_ID_ERROR`: the client starts
    /// over with a full fetch.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        slots: u32,
        rng: &mut Rng,
        version: i16,
        request: &FetchRequest,
    ) -> Result<(SessionKey, Vec<SessionFetch>), ErrorCode> {
        let uses_topic_ids = version >= 13;
        let wanted = requested(request);
        if request.session_epoch == -1 || request.session_epoch == 0 {
            if request.session_id != 0 {
                self.sessions.remove(&request.session_id);
            }
            let key = match request.session_epoch {
                0 => self.create(now, slots, rng, uses_topic_ids, &wanted),
                _ => SessionKey::Sessionless,
            };
            return Ok((key, wanted));
        }
        let session =
            self.sessions.get_mut(&request.session_id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        if session.next_epoch != request.session_epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if session.uses_topic_ids != uses_topic_ids {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        session.next_epoch = if session.next_epoch == i32::MAX { 1 } else { session.next_epoch + 1 };
        session.last_used = now;
        session.update(request, wanted);
        let fetches = session.order.iter().map(|key| session.partitions[key].clone()).collect();
        Ok((SessionKey::Session { id: request.session_id, full: false }, fetches))
    }

    fn create(
        &mut self,
        now: Timestamp,
        slots: u32,
        rng: &mut Rng,
        uses_topic_ids: bool,
        wanted: &[SessionFetch],
    ) -> SessionKey {
        if wanted.is_empty() || !self.make_room(now, slots) {
            return SessionKey::Sessionless;
        }
        let mut id = 0;
        while id == 0 || self.sessions.contains_key(&id) {
            id = i32::try_from(rng.below(1 << 31)).expect("it is below 2^31");
        }
        let mut session = Session {
            next_epoch: 1,
            uses_topic_ids,
            last_used: now,
            order: Vec::new(),
            partitions: BTreeMap::new(),
        };
        for fetch in wanted {
            session.insert(fetch.clone());
        }
        self.sessions.insert(id, session);
        SessionKey::Session { id, full: true }
    }

    /// Whether a new session fits, after the longest idle one was evicted if it has been idle long enough.
    fn make_room(&mut self, now: Timestamp, slots: u32) -> bool {
        if self.sessions.len() < usize::try_from(slots).unwrap_or(usize::MAX) {
            return true;
        }
        let oldest = self.sessions.iter().min_by_key(|(id, session)| (session.last_used, **id));
        let Some((id, session)) = oldest.map(|(id, session)| (*id, session)) else { return false };
        if session.last_used.after_ms(EVICTION_IDLE_MS) > now {
            return false;
        }
        self.sessions.remove(&id);
        true
    }

    /// Reduces an answer to what the client does not know yet, and remembers what it is told.
    pub(crate) fn finish(
        &mut self,
        key: SessionKey,
        answers: Vec<(Str, Uuid, PartitionData)>,
    ) -> Vec<(Str, Uuid, PartitionData)> {
        let SessionKey::Session { id, full } = key else { return answers };
        // Evicted or closed meanwhile: the client learns it with its next request.
        let Some(session) = self.sessions.get_mut(&id) else { return answers };
        let mut told = Vec::new();
        for (topic, topic_id, data) in answers {
            let key = (topic.clone(), topic_id, data.partition_index);
            let has_records = data.records.as_ref().is_some_and(|records| !records.is_empty());
            let news = session.partitions.get_mut(&key).is_none_or(|fetch| fetch.tell(&data));
            if has_records {
                session.move_to_end(&key);
            }
            if full || news || has_records {
                told.push((topic, topic_id, data));
            }
        }
        told
    }
}

impl Session {
    fn insert(&mut self, fetch: SessionFetch) {
        let key = (fetch.topic.clone(), fetch.topic_id, fetch.partition);
        match self.partitions.get_mut(&key) {
            Some(known) => {
                let told = (known.told_high_watermark, known.told_log_start_offset);
                *known = fetch;
                (known.told_high_watermark, known.told_log_start_offset) = told;
            }
            None => {
                self.order.push(key.clone());
                self.partitions.insert(key, fetch);
            }
        }
    }

    fn update(&mut self, request: &FetchRequest, wanted: Vec<SessionFetch>) {
        for fetch in wanted {
            self.insert(fetch);
        }
        for topic in &request.forgotten_topics_data {
            for partition in &topic.partitions {
                self.partitions.remove(&(topic.topic.clone(), topic.topic_id, *partition));
            }
        }
        let Self { order, partitions, .. } = self;
        order.retain(|key| partitions.contains_key(key));
        assert_eq!(order.len(), partitions.len(), "a session lists each partition once");
    }

    /// Fairness: what has just returned data is served last next time.
    fn move_to_end(&mut self, key: &PartitionKey) {
        if let Some(index) = self.order.iter().position(|other| other == key) {
            let key = self.order.remove(index);
            self.order.push(key);
        }
    }
}

impl SessionFetch {
    /// Remembers what the client is told; whether there is anything it did not know.
    fn tell(&mut self, data: &PartitionData) -> bool {
        let news = data.error_code != ErrorCode::NONE
            || data.high_watermark != self.told_high_watermark
            || data.log_start_offset != self.told_log_start_offset
            || data.preferred_read_replica != -1
            || data.diverging_epoch.end_offset != -1;
        // After an error or a divergence, whose marks nobody takes in, the partition is told again whatever comes next.
        let is_taken_in = data.error_code.is_none() && data.diverging_epoch.end_offset == -1;
        self.told_high_watermark = if is_taken_in { data.high_watermark } else { -1 };
        self.told_log_start_offset = if is_taken_in { data.log_start_offset } else { -1 };
        news
    }
}

fn requested(request: &FetchRequest) -> Vec<SessionFetch> {
    let mut wanted = Vec::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            wanted.push(SessionFetch {
                topic: topic.topic.clone(),
                topic_id: topic.topic_id,
                partition: partition.partition,
                current_leader_epoch: partition.current_leader_epoch,
                fetch_offset: partition.fetch_offset,
                last_fetched_epoch: partition.last_fetched_epoch,
                log_start_offset: partition.log_start_offset,
                max_bytes: u32::try_from(partition.partition_max_bytes).unwrap_or(0),
                told_high_watermark: -1,
                told_log_start_offset: -1,
            });
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> SessionFetch {
        let topic = klamm_wire::messages::fetch_request::FetchTopic {
            partitions: alloc::vec![Default::default()],
            ..Default::default()
        };
        let request = FetchRequest { topics: alloc::vec![topic], ..FetchRequest::default() };
        requested(&request).pop().expect("one partition")
    }

    /// Goal: marks that came with an answer which is not taken in are told again. Source: a replica that kept records
    /// for ever which were deleted: its leader had told where its log starts, beside where their histories part.
    #[test]
    fn marks_are_told_again_after_a_divergence() {
        let mut fetch = wanted();
        let mut data = PartitionData { high_watermark: 9, log_start_offset: 5, ..PartitionData::default() };
        assert!(fetch.tell(&data), "everything is news");
        assert!(!fetch.tell(&data), "and then it is not");
        data.diverging_epoch.end_offset = 7;
        assert!(fetch.tell(&data));
        data.diverging_epoch.end_offset = -1;
        assert!(fetch.tell(&data), "the follower has only cut its log");
        assert!(!fetch.tell(&data));
    }
}
