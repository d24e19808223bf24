//! The last reader: asks for everything there is, through the protocol, and hands it to the checks.

use std::collections::BTreeMap;

use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::{FetchRequest, ListOffsetsRequest, MetadataRequest, Response};
use klamm_wire::{Records, Str, Uuid};

use super::record::{RecordId, decode};
use super::session::{Heard, Session};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::Stamp;
use crate::random::Stream;

/// What one partition's log held in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedLog {
    /// First readable offset.
    pub start: i64,
    /// High watermark.
    pub end: i64,
    /// Records in the order they were read. Those below `start` are left out.
    pub records: Vec<(i64, RecordId)>,
}

impl AuditedLog {
    /// The record at an offset.
    pub fn at(&self, offset: i64) -> Option<RecordId> {
        let index = self.records.binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
        Some(self.records[index].1)
    }

    /// Whether a record is there, wherever.
    pub fn holds(&self, id: RecordId) -> bool {
        self.records.iter().any(|(_, other)| *other == id)
    }
}

/// What the last reader found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// When it was complete.
    pub time: Time,
    /// Logs of the workload's partitions.
    pub logs: BTreeMap<PartitionId, AuditedLog>,
    /// Topics by name, with id and number of partitions; internal ones are left out.
    pub topics: BTreeMap<Str, (Uuid, i32)>,
}

#[derive(Clone, Debug)]
enum Purpose {
    Topics,
    Bounds(PartitionId, i64),
    Fetch(PartitionId),
}

#[derive(Clone, Debug)]
enum Stage {
    Topics,
    Start(PartitionId),
    End(PartitionId),
    Read(PartitionId, i64),
    Done,
}

/// The last reader.
#[derive(Clone, Debug)]
pub struct Auditor {
    session: Session<Purpose>,
    stage: Stage,
    audit: Audit,
    next_at: Time,
}

impl Auditor {
    /// A reader that starts at `start`; `number` tells the audits of one run apart.
    pub fn new(seed: u64, start: Time, number: u64) -> Self {
        let random = Stream::numbered(seed, "auditor session", number);
        Self {
            session: Session::new(0, "auditor", 3000, start, random),
            stage: Stage::Topics,
            audit: Audit::default(),
            next_at: start,
        }
    }

    /// What was found, once everything was read.
    pub fn take(&mut self) -> Option<Audit> {
        matches!(self.stage, Stage::Done).then(|| core::mem::take(&mut self.audit))
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        if !self.session.is_up() || self.session.in_flight() > 0 || self.next_at > now {
            return;
        }
        match self.stage {
            Stage::Topics => {
                let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
                self.session.send(now, 12, request, Purpose::Topics, fx);
            }
            Stage::Start(partition) => self.ask_bound(now, partition, -2, ledger, fx),
            Stage::End(partition) => self.ask_bound(now, partition, -1, ledger, fx),
            Stage::Read(partition, offset) => self.fetch(now, partition, offset, ledger, fx),
            Stage::Done => {}
        }
    }

    fn ask_bound(
        &mut self,
        now: Time,
        partition: PartitionId,
        timestamp: i64,
        ledger: &Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        let name = &ledger.partitions[partition].name;
        let question =
            ListOffsetsPartition { partition_index: name.partition, current_leader_epoch: -1, timestamp };
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic { name: name.topic.clone(), partitions: vec![question] }],
            ..ListOffsetsRequest::default()
        };
        self.session.send(now, 4, request, Purpose::Bounds(partition, timestamp), fx);
    }

    fn fetch(
        &mut self,
        now: Time,
        partition: PartitionId,
        fetch_offset: i64,
        ledger: &Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        let name = &ledger.partitions[partition].name;
        let question = FetchPartition {
            partition: name.partition,
            current_leader_epoch: -1,
            fetch_offset,
            log_start_offset: -1,
            partition_max_bytes: 1 << 16,
            ..FetchPartition::default()
        };
        let request = FetchRequest {
            max_wait_ms: 500,
            min_bytes: 1,
            session_epoch: -1,
            topics: vec![FetchTopic {
                topic: name.topic.clone(),
                partitions: vec![question],
                ..FetchTopic::default()
            }],
            ..FetchRequest::default()
        };
        self.session.send(now, 11, request, Purpose::Fetch(partition), fx);
    }

    /// The next partition whose topic is there.
    fn next_partition(&self, from: PartitionId, ledger: &Ledger) -> Stage {
        let there = |partition: &PartitionId| {
            let name = &ledger.partitions[*partition].name;
            self.audit.topics.get(&name.topic).is_some_and(|(_, count)| name.partition < *count)
        };
        (from..ledger.partitions.len()).find(there).map_or(Stage::Done, Stage::Start)
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) {
        let later = now.after_ms(50);
        match (purpose, response) {
            (Purpose::Topics, Response::Metadata(answer)) => {
                if answer.topics.iter().any(|topic| topic.error_code.is_error()) {
                    self.next_at = later;
                    return;
                }
                for topic in answer.topics.iter().filter(|topic| !topic.is_internal) {
                    let name = topic.name.clone().unwrap_or_default();
                    let count = i32::try_from(topic.partitions.len()).expect("few partitions");
                    self.audit.topics.insert(name, (topic.topic_id, count));
                }
                self.check_strangers(now, ledger);
                self.stage = self.next_partition(0, ledger);
            }
            (Purpose::Bounds(partition, timestamp), Response::ListOffsets(answer)) => {
                let found = answer.topics.first().and_then(|topic| topic.partitions.first());
                match found.filter(|data| data.error_code.is_none()) {
                    Some(data) if timestamp == -2 => {
                        ledger.start_told(now, partition, data.offset, stamp);
                        // What was read before an error is read again.
                        let log = AuditedLog { start: data.offset, ..AuditedLog::default() };
                        self.audit.logs.insert(partition, log);
                        self.stage = Stage::End(partition);
                    }
                    Some(data) => {
                        let log = self.audit.logs.get_mut(&partition).expect("the start was asked first");
                        log.end = data.offset;
                        self.stage = Stage::Read(partition, log.start);
                    }
                    None => self.next_at = later,
                }
            }
            (Purpose::Fetch(partition), Response::Fetch(answer)) => {
                let found = answer.responses.into_iter().flat_map(|topic| topic.partitions).next();
                match found.filter(|data| data.error_code.is_none() && answer.error_code.is_none()) {
                    Some(data) => {
                        let bytes = data.records.as_ref().map(Records::to_bytes).unwrap_or_default();
                        self.on_fetched(now, partition, bytes, ledger);
                    }
                    // The start may have moved meanwhile.
                    None => {
                        self.stage = Stage::Start(partition);
                        self.next_at = later;
                    }
                }
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, "auditor", sentence);
            }
        }
        if matches!(self.stage, Stage::Done) {
            self.audit.time = now;
        }
    }

    /// Topics that nobody has asked for.
    fn check_strangers(&self, now: Time, ledger: &mut Ledger) {
        let stranger = self.audit.topics.keys().find(|name| !ledger.topics.contains_key(*name));
        if let Some(name) = stranger.filter(|_| !ledger.damaged) {
            let object = format!("topic {name}");
            ledger.violate(Check::Meta, now, object, "is there, and nobody asked for it");
        }
    }

    fn on_fetched(&mut self, now: Time, partition: PartitionId, bytes: bytes::Bytes, ledger: &mut Ledger) {
        let Stage::Read(_, mut next) = self.stage else { return };
        let empty = bytes.is_empty();
        let batches = match decode(bytes) {
            Ok(batches) => batches,
            Err(sentence) => {
                if ledger.damaged {
                    ledger.coverage.hit(Point::DamageNoticed);
                } else {
                    let object = format!("{} from offset {next}", ledger.partitions[partition].name);
                    ledger.violate(Check::Vis, now, object, sentence);
                }
                self.stage = self.next_partition(partition + 1, ledger);
                return;
            }
        };
        let log = self.audit.logs.get_mut(&partition).expect("its bounds are known");
        for batch in &batches {
            for record in &batch.records {
                if record.offset < next || record.offset >= log.end || batch.is_control() {
                    continue;
                }
                match ledger.identify(partition, batch, record) {
                    Ok(id) => log.records.push((record.offset, id)),
                    Err(sentence) => {
                        let object =
                            format!("{} offset {}", ledger.partitions[partition].name, record.offset);
                        ledger.violate(Check::Off, now, object, sentence);
                    }
                }
            }
            next = next.max(batch.end);
        }
        let end = log.end;
        let stuck = empty && next < end;
        if stuck && !ledger.damaged {
            let object = format!("{} offset {next}", ledger.partitions[partition].name);
            let sentence = format!("nothing can be read here, and the log ends at {end}");
            ledger.violate(Check::Ack, now, object, sentence);
        }
        self.stage = if stuck || next >= end {
            self.next_partition(partition + 1, ledger)
        } else {
            Stage::Read(partition, next)
        };
    }
}

impl SimClient for Auditor {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        match self.session.hear(now, input, fx) {
            Heard::Nothing | Heard::Up | Heard::Lost(_) => {}
            Heard::Answer(purpose, response, stamp) => self.on_answer(now, purpose, response, stamp, ledger),
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let done = matches!(self.stage, Stage::Done);
        let waits = self.session.is_up() && self.session.in_flight() == 0 && !done;
        [self.session.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {}

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    fn describe(&self) -> String {
        format!("auditor at {:?}", self.stage)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }

    fn as_auditor(&mut self) -> Option<&mut Auditor> {
        Some(self)
    }
}
