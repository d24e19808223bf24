//! A consumer by assignment: reads its partitions from their starts, in order, and reports what it sees.

use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::fetch_response::PartitionData;
use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::{FetchRequest, FetchResponse, ListOffsetsRequest, Response};
use klamm_wire::{ErrorCode, Records, Uuid};

use super::record::decode;
use super::session::{Heard, Session};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::Stamp;
use crate::random::Stream;

/// How a consumer behaves.
#[derive(Clone, Debug)]
pub struct ReaderConfig {
    /// Tells consumers apart.
    pub number: u64,
    /// Version of Fetch, 4 to 17.
    pub api_version: i16,
    /// Keep a fetch session.
    pub sessions: bool,
    /// What it reads.
    pub partitions: Vec<PartitionId>,
    /// `fetch.max.bytes`.
    pub max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub partition_max_bytes: i32,
    /// `fetch.min.bytes`.
    pub min_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub max_wait_ms: i32,
    /// Begin again at the start now and then, so that cold data is read.
    pub rereads: bool,
}

#[derive(Clone, Debug)]
enum Purpose {
    Fetch { full: bool },
    Earliest(usize),
}

#[derive(Clone, Debug)]
struct Position {
    partition: PartitionId,
    next: i64,
    /// Known to the node's fetch session with this offset.
    told: Option<i64>,
    /// The start of the log has to be asked for.
    lost: bool,
}

/// A consumer of the workload.
#[derive(Clone, Debug)]
pub struct Reader {
    config: ReaderConfig,
    session: Session<Purpose>,
    positions: Vec<Position>,
    fetch_session: (i32, i32),
    next_at: Time,
    ending: bool,
    random: Stream,
}

impl Reader {
    /// A consumer that starts at `start`.
    pub fn new(seed: u64, start: Time, config: ReaderConfig) -> Self {
        let name = format!("reader-{}", config.number);
        let position =
            |partition: &PartitionId| Position { partition: *partition, next: 0, told: None, lost: false };
        let random = Stream::numbered(seed, "reader session", config.number);
        Self {
            session: Session::new(0, &name, 3000, start, random),
            positions: config.partitions.iter().map(position).collect(),
            fetch_session: (0, if config.sessions { 0 } else { -1 }),
            next_at: start,
            ending: false,
            random: Stream::numbered(seed, "reader", config.number),
            config,
        }
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        if !self.session.is_up() || self.session.in_flight() > 0 || self.next_at > now || self.ending {
            return;
        }
        if let Some(index) = self.positions.iter().position(|position| position.lost) {
            return self.ask_start(now, index, ledger, fx);
        }
        self.fetch(now, ledger, fx);
    }

    fn ask_start(&mut self, now: Time, index: usize, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let name = &ledger.partitions[self.positions[index].partition].name;
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic {
                name: name.topic.clone(),
                partitions: vec![ListOffsetsPartition {
                    partition_index: name.partition,
                    current_leader_epoch: -1,
                    timestamp: -2,
                }],
            }],
            ..ListOffsetsRequest::default()
        };
        self.session.send(now, 5, request, Purpose::Earliest(index), fx);
    }

    fn fetch(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let full = self.fetch_session.0 == 0;
        let by_id = self.config.api_version >= 13;
        let mut topics: Vec<FetchTopic> = Vec::new();
        for position in &mut self.positions {
            if !full && position.told == Some(position.next) {
                continue;
            }
            let name = &ledger.partitions[position.partition].name;
            let id = ledger.topics.get(&name.topic).and_then(|topic| topic.id);
            if by_id && id.is_none() {
                continue;
            }
            position.told = Some(position.next);
            let partition = FetchPartition {
                partition: name.partition,
                current_leader_epoch: -1,
                fetch_offset: position.next,
                log_start_offset: -1,
                partition_max_bytes: self.config.partition_max_bytes,
                ..FetchPartition::default()
            };
            let topic = if by_id { "".into() } else { name.topic.clone() };
            let topic_id = if by_id { id.unwrap_or_default() } else { Uuid::ZERO };
            match topics.iter_mut().find(|other| other.topic == topic && other.topic_id == topic_id) {
                Some(other) => other.partitions.push(partition),
                None => topics.push(FetchTopic { topic, topic_id, partitions: vec![partition] }),
            }
        }
        if full && topics.is_empty() {
            self.next_at = now.after_ms(50);
            return;
        }
        let (session_id, session_epoch) = self.fetch_session;
        let request = FetchRequest {
            max_wait_ms: self.config.max_wait_ms,
            min_bytes: self.config.min_bytes,
            max_bytes: self.config.max_bytes,
            session_id: if self.config.api_version >= 7 { session_id } else { 0 },
            session_epoch: if self.config.api_version >= 7 { session_epoch } else { -1 },
            topics,
            ..FetchRequest::default()
        };
        self.session.send(now, self.config.api_version, request, Purpose::Fetch { full }, fx);
    }

    fn forget_session(&mut self) {
        self.fetch_session = (0, if self.config.sessions { 0 } else { -1 });
        self.positions.iter_mut().for_each(|position| position.told = None);
    }

    /// A session belongs to no connection: some readers go on with theirs on the next one, and learn there
    /// whether the node still has it and what it thinks was said last. They name every offset again, since
    /// nobody knows which of the requests under way has arrived.
    fn on_lost(&mut self) {
        if self.random.chance(500_000) {
            self.forget_session();
        } else {
            self.positions.iter_mut().for_each(|position| position.told = None);
        }
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) {
        match (purpose, response) {
            (Purpose::Fetch { full }, Response::Fetch(answer)) => {
                self.on_fetched(now, full, answer, stamp, ledger)
            }
            (Purpose::Earliest(index), Response::ListOffsets(answer)) => {
                let found = answer.topics.first().and_then(|topic| topic.partitions.first());
                match found {
                    Some(partition) if partition.error_code.is_none() => {
                        let position = &mut self.positions[index];
                        ledger.start_told(now, position.partition, partition.offset, stamp);
                        position.next = partition.offset;
                        position.lost = false;
                    }
                    _ => self.next_at = now.after_ms(50),
                }
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.session.client_id().to_string(), sentence);
            }
        }
    }

    fn on_fetched(
        &mut self,
        now: Time,
        full: bool,
        answer: FetchResponse,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) {
        if answer.error_code.is_error() {
            if matches!(
                answer.error_code,
                ErrorCode::FETCH_SESSION_ID_NOT_FOUND | ErrorCode::INVALID_FETCH_SESSION_EPOCH
            ) {
                ledger.coverage.hit(Point::SessionLost);
            }
            self.forget_session();
            self.next_at = now.after_ms(5);
            return;
        }
        if self.config.sessions && self.config.api_version >= 7 {
            self.fetch_session = match (full, answer.session_id) {
                (_, 0) => (0, 0),
                (true, id) => (id, 1),
                (false, id) => (id, self.fetch_session.1 + 1),
            };
        }
        let by_id = self.config.api_version >= 13;
        for topic in &answer.responses {
            for data in &topic.partitions {
                let index = self.positions.iter().position(|position| {
                    let name = &ledger.partitions[position.partition].name;
                    let id = ledger.topics.get(&name.topic).and_then(|topic| topic.id);
                    let same = if by_id { id == Some(topic.topic_id) } else { name.topic == topic.topic };
                    same && name.partition == data.partition_index
                });
                match index {
                    Some(index) => self.on_partition(now, index, data, stamp, ledger),
                    None => {
                        let sentence = format!(
                            "a fetch was answered with partition {} of {}{:?}",
                            data.partition_index, topic.topic, topic.topic_id
                        );
                        ledger.violate(Check::Reply, now, self.session.client_id().to_string(), sentence);
                    }
                }
            }
        }
        if self.config.rereads && self.random.chance(20_000) {
            let index = self.random.index(self.positions.len());
            self.positions[index].next = ledger.partitions[self.positions[index].partition].start_seen;
        }
    }

    fn on_partition(
        &mut self,
        now: Time,
        index: usize,
        data: &PartitionData,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) {
        let partition = self.positions[index].partition;
        match data.error_code {
            ErrorCode::NONE => {}
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                ledger.coverage.hit(Point::OffsetOutOfRange);
                self.positions[index].lost = true;
                return;
            }
            _ => {
                self.next_at = now.after_ms(self.random.between(10, 100));
                self.positions[index].told = None;
                return;
            }
        }
        if data.log_start_offset >= 0 {
            ledger.start_told(now, partition, data.log_start_offset, stamp);
        }
        let bytes = data.records.as_ref().map(Records::to_bytes).unwrap_or_default();
        let batches = match decode(bytes) {
            Ok(batches) => batches,
            Err(sentence) => {
                if ledger.damaged {
                    ledger.coverage.hit(Point::DamageNoticed);
                    self.positions[index].lost = true;
                } else {
                    ledger.violate(Check::Vis, now, ledger.partitions[partition].name.to_string(), sentence);
                }
                return;
            }
        };
        let mut next = self.positions[index].next;
        for batch in &batches {
            for record in &batch.records {
                // A fetch in the middle of a batch returns the whole batch.
                if record.offset < next {
                    continue;
                }
                if record.offset > next && batch.base_offset > next {
                    self.check_gap(now, partition, next, record.offset, ledger);
                }
                if record.offset >= data.high_watermark && !ledger.damaged {
                    let object = format!("{} offset {}", ledger.partitions[partition].name, record.offset);
                    let sentence = format!("was read above the high watermark {}", data.high_watermark);
                    ledger.violate(Check::Vis, now, object, sentence);
                }
                if !batch.is_control() {
                    ledger.saw(now, partition, batch, record, stamp);
                }
                next = record.offset + 1;
            }
            next = next.max(batch.end);
        }
        self.positions[index].next = next;
    }

    /// A consumer was given `to` where `from` was due: nothing that was promised may lie between.
    fn check_gap(&self, now: Time, partition: PartitionId, from: i64, to: i64, ledger: &mut Ledger) {
        let facts = &ledger.partitions[partition];
        if ledger.damaged {
            return;
        }
        if let Some((offset, id)) = facts.acknowledged.range(from..to).next() {
            let object = format!("{} offset {offset}", facts.name);
            let sentence = format!("a consumer that had read up to {from} was given {to} next, past {id}");
            ledger.violate(Check::Vis, now, object, sentence);
        }
    }
}

impl SimClient for Reader {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        match self.session.hear(now, input, fx) {
            Heard::Nothing | Heard::Up => {}
            Heard::Lost(_) => self.on_lost(),
            Heard::Answer(purpose, response, stamp) => self.on_answer(now, purpose, response, stamp, ledger),
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = self.session.is_up() && self.session.in_flight() == 0 && !self.ending;
        [self.session.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.session.in_flight() == 0
    }

    fn describe(&self) -> String {
        format!("{} waits for {} answers", self.session.client_id(), self.session.in_flight())
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
