//! The last reader: asks for everything there is, through the protocol, and hands it to the checks.

use std::collections::BTreeMap;

use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm_wire::messages::{FetchRequest, ListOffsetsRequest, MetadataRequest, Response};
use klamm_wire::{Records, Str, Uuid};

use super::cluster::{Cluster, ClusterConfig, News};
use super::record::{RecordId, decode};
use super::{ClientEffect, ClientInput, SimClient};
use crate::checkers::{Check, metadata};
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::{NodeId, Stamp};

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
    cluster: Cluster<Purpose>,
    /// An answer is waited for.
    busy: bool,
    stage: Stage,
    audit: Audit,
    next_at: Time,
    /// Until then, a broker that does not know what was confirmed may be behind.
    patience: Time,
}

/// How long brokers may take to learn what their controller has confirmed.
const STALE_PATIENCE_MS: u64 = 10_000;

impl Auditor {
    /// A reader of these partitions that starts at `start`; `number` tells the audits of one run apart.
    pub fn new(seed: u64, start: Time, number: u64, bootstrap: &[NodeId], partitions: usize) -> Self {
        let partitions: Vec<PartitionId> = (0..partitions).collect();
        let cluster =
            ClusterConfig { name: "auditor", number, bootstrap, timeout_ms: 3000, partitions: &partitions };
        Self {
            cluster: Cluster::new(seed, start, &cluster),
            busy: false,
            stage: Stage::Topics,
            audit: Audit::default(),
            next_at: start,
            patience: start.after_ms(STALE_PATIENCE_MS),
        }
    }

    /// What was found, once everything was read.
    pub fn take(&mut self) -> Option<Audit> {
        matches!(self.stage, Stage::Done).then(|| core::mem::take(&mut self.audit))
    }

    fn pump(&mut self, now: Time, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.busy || self.next_at > now {
            return;
        }
        let Some(node) = self.target() else { return };
        match self.stage {
            Stage::Topics => {
                let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
                self.cluster.send(now, node, 12, request, Purpose::Topics, fx);
            }
            Stage::Start(partition) => self.ask_bound(now, node, partition, -2, ledger, fx),
            Stage::End(partition) => self.ask_bound(now, node, partition, -1, ledger, fx),
            Stage::Read(partition, offset) => self.fetch(now, node, partition, offset, ledger, fx),
            Stage::Done => return,
        }
        self.busy = true;
    }

    /// Who has to be asked next.
    fn target(&self) -> Option<NodeId> {
        match self.stage {
            Stage::Topics => self.cluster.anyone(),
            Stage::Start(partition) | Stage::End(partition) | Stage::Read(partition, _) => {
                self.cluster.leader(partition)
            }
            Stage::Done => None,
        }
    }

    fn ask_bound(
        &mut self,
        now: Time,
        node: NodeId,
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
        self.cluster.send(now, node, 4, request, Purpose::Bounds(partition, timestamp), fx);
    }

    fn fetch(
        &mut self,
        now: Time,
        node: NodeId,
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
        self.cluster.send(now, node, 11, request, Purpose::Fetch(partition), fx);
    }

    /// The next partition whose topic is there.
    fn next_partition(&self, from: PartitionId, ledger: &Ledger) -> Stage {
        let there = |partition: &PartitionId| {
            let facts = &ledger.partitions[*partition];
            let name = &facts.name;
            !facts.is_transactional
                && self.audit.topics.get(&name.topic).is_some_and(|(_, count)| name.partition < *count)
        };
        (from..ledger.partitions.len()).find(there).map_or(Stage::Done, Stage::Start)
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        let later = now.after_ms(50);
        match (purpose, response) {
            (Purpose::Topics, Response::Metadata(answer)) => {
                if answer.topics.iter().any(|topic| topic.error_code.is_error()) {
                    self.next_at = later;
                    return;
                }
                self.audit.topics.clear();
                for topic in answer.topics.iter().filter(|topic| !topic.is_internal) {
                    let name = topic.name.clone().unwrap_or_default();
                    let count = i32::try_from(topic.partitions.len()).expect("few partitions");
                    self.audit.topics.insert(name, (topic.topic_id, count));
                }
                if now < self.patience && metadata::contradicts(ledger, &self.audit) {
                    self.cluster.change_contact();
                    self.next_at = later;
                    return;
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
                    None => {
                        if let Some(data) = found {
                            self.cluster.on_error(now, data.error_code);
                        }
                        self.next_at = later;
                    }
                }
            }
            (Purpose::Fetch(partition), Response::Fetch(answer)) => {
                let found = answer.responses.into_iter().flat_map(|topic| topic.partitions).next();
                if let Some(data) = &found {
                    self.cluster.on_error(now, data.error_code);
                }
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
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(_, purposes) => self.busy &= purposes.is_empty(),
                News::Answer(_, purpose, response, stamp) => {
                    self.busy = false;
                    self.on_answer(now, purpose, response, &stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let waits = !self.busy && self.target().is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
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
