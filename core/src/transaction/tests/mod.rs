//! One shard, its producers and a log in memory.
//!
//! Everything a shard writes goes through its record format; with [`Shard::hold_commits`] it is written but not
//! committed, as on a disk that does not answer.

mod ends;
mod golden;
mod producers;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{
    AddPartitionsToTxnResponse, EndTxnRequest, EndTxnResponse, InitProducerIdRequest, InitProducerIdResponse,
    Response,
};
use klamm_wire::metadata_records::FeatureLevelRecord;
use klamm_wire::{ErrorCode, Str};

use crate::config::Config;
use crate::connection::Ticket;
use crate::coordinator::{Hosted, Machine, Submitted};
use crate::edge::ConnId;
use crate::image::TRANSACTION_VERSION;
use crate::testing::Stage;
use crate::transaction::state::Transaction;
use crate::transaction::{
    Add, Answer, Asker, Command, End, Init, Partitions, State, TransactionCoordinator, TransactionShard,
};
use crate::types::Offset;

const SHARD: i32 = 3;
const ID: &str = "payments";
const TIMEOUT_MS: i32 = 60_000;
/// The newest EndTxn of producers whose epoch lasts.
const OLD: i16 = 4;
/// The first EndTxn of producers that get an epoch for each transaction.
const NEW: i16 = 5;

/// A shard that leads, and all that is around it.
struct Shard {
    hosted: Hosted<TransactionShard>,
    log: Vec<(Option<Bytes>, Option<Bytes>)>,
    stage: Stage,
    tickets: u64,
    fresh: i64,
    hold_commits: bool,
    answers: BTreeMap<Ticket, Answer>,
}

impl Shard {
    fn new() -> Self {
        let mut stage = Stage::new(Config::default());
        let level = FeatureLevelRecord { name: TRANSACTION_VERSION.into(), feature_level: 2 };
        stage.image.apply(1, &level.into());
        let mut shard = Self {
            hosted: Hosted::new(TransactionShard::new(SHARD)),
            log: Vec::new(),
            stage,
            tickets: 0,
            fresh: 1000,
            hold_commits: false,
            answers: BTreeMap::new(),
        };
        shard.restart();
        shard
    }

    fn submit(&mut self, command: Command) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket { connection: ConnId(self.tickets), sequence: 0 };
        let cx = &mut self.stage.cx();
        match self.hosted.submit(cx, Some(ticket), command).expect("a shard says no in its answers") {
            Submitted::Answers(answers) => self.deliver(answers),
            Submitted::Waiting => {}
            Submitted::Append(records, answers) => {
                let base = Offset::try_from(self.log.len()).unwrap();
                self.log.extend(records.iter().map(TransactionShard::encode));
                self.hosted.appended(base, records, answers);
                if !self.hold_commits {
                    self.commit();
                }
            }
        }
        ticket
    }

    fn deliver(&mut self, answers: Vec<(Ticket, Answer)>) {
        for (ticket, answer) in answers {
            let replaced = self.answers.insert(ticket, answer);
            assert!(replaced.is_none(), "{ticket:?} is answered once");
        }
    }

    /// The high watermark reaches the end of the log.
    fn commit(&mut self) {
        let committed = self.hosted.commit(Offset::try_from(self.log.len()).unwrap());
        self.deliver(committed.answers);
    }

    fn response(&mut self, ticket: Ticket) -> Response {
        match self.answers.remove(&ticket).expect("it is answered") {
            Answer::Response(response) => response,
            other => panic!("a producer is answered by a response, not {other:?}"),
        }
    }

    /// The coordinator dies; another one reads the log and goes on.
    fn restart(&mut self) {
        let mut machine = TransactionShard::new(SHARD);
        for (offset, (key, value)) in (0..).zip(&self.log) {
            let record = TransactionShard::decode(key.as_ref(), value.as_ref()).expect("it was just encoded");
            machine.apply(offset, &record);
        }
        self.hosted = Hosted::new(machine.clone());
        machine.on_loaded(&mut self.hosted.soft, &mut self.stage.cx(), 5);
    }

    /// Time passes, and every deadline on the way is met.
    fn pass(&mut self, ms: i64) {
        let end = self.stage.now.monotonic.after_ms(ms);
        while let Some(at) = self.stage.next_deadline().filter(|at| *at <= end) {
            let step = at.since(self.stage.now.monotonic).as_millis();
            self.stage.advance_ms(i64::try_from(step).unwrap());
            let timer = self.stage.pop_due().expect("it is due");
            let (shard, command) =
                TransactionCoordinator::default().on_timer(&timer).expect("a timer of ours");
            assert_eq!(shard, SHARD);
            self.submit(command);
        }
        let rest = end.since(self.stage.now.monotonic).as_millis();
        self.stage.advance_ms(i64::try_from(rest).unwrap());
    }

    fn transaction(&self) -> &Transaction {
        &self.hosted.committed().transactions[ID]
    }

    fn state(&self) -> State {
        self.transaction().state
    }

    // What producers send.

    /// `expected`: how a producer names itself that goes on after an error.
    fn init(&mut self, expected: Option<(i64, i16)>) -> Result<(i64, i16), ErrorCode> {
        let (producer_id, producer_epoch) = expected.unwrap_or((-1, -1));
        let request = InitProducerIdRequest {
            transactional_id: Some(ID.into()),
            transaction_timeout_ms: TIMEOUT_MS,
            producer_id,
            producer_epoch,
            ..InitProducerIdRequest::default()
        };
        let fresh = self.hosted.written().needs_producer_id(&request).then(|| {
            self.fresh += 1;
            self.fresh
        });
        let ticket = self.submit(Command::Init(Init { api_version: 5, request, fresh_producer_id: fresh }));
        match self.response(ticket) {
            Response::InitProducerId(InitProducerIdResponse {
                error_code,
                producer_id,
                producer_epoch,
                ..
            }) => {
                if error_code.is_error() {
                    Err(error_code)
                } else {
                    Ok((producer_id, producer_epoch))
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn begun(&mut self) -> (i64, i16) {
        self.init(None).expect("nothing is open")
    }

    /// A producer says itself what is part of its transaction.
    fn add(&mut self, (producer_id, producer_epoch): (i64, i16), indexes: &[i32]) -> ErrorCode {
        let add = adding(Asker::Client(3), producer_id, producer_epoch, indexes, false);
        let ticket = self.submit(Command::Add(add));
        match self.response(ticket) {
            Response::AddPartitionsToTxn(AddPartitionsToTxnResponse {
                results_by_topic_v3_and_below: topics,
                ..
            }) => topics[0].results_by_partition[0].partition_error_code,
            other => panic!("{other:?}"),
        }
    }

    /// A leader asks on behalf of a producer.
    fn ask(
        &mut self,
        (producer_id, epoch): (i64, i16),
        indexes: &[i32],
        verify_only: bool,
    ) -> Vec<ErrorCode> {
        let add = adding(Asker::Leader, producer_id, epoch, indexes, verify_only);
        let ticket = self.submit(Command::Add(add));
        match self.answers.remove(&ticket).expect("it is answered") {
            Answer::Added(result) => {
                let partitions = &result.topic_results[0].results_by_partition;
                partitions.iter().map(|partition| partition.partition_error_code).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn send_end(&mut self, version: i16, producer: (i64, i16), committed: bool) -> Ticket {
        let request = EndTxnRequest {
            transactional_id: ID.into(),
            producer_id: producer.0,
            producer_epoch: producer.1,
            committed,
        };
        let fresh = self.hosted.written().needs_next_producer_id(version, &request).then(|| {
            self.fresh += 1;
            self.fresh
        });
        self.submit(Command::End(End { api_version: version, request, fresh_producer_id: fresh }))
    }

    /// With whom the producer goes on; an old one goes on as it is.
    fn end(&mut self, version: i16, producer: (i64, i16), committed: bool) -> Result<(i64, i16), ErrorCode> {
        let ticket = self.send_end(version, producer, committed);
        match self.response(ticket) {
            Response::EndTxn(EndTxnResponse { error_code, producer_id, producer_epoch, .. }) => {
                if error_code.is_error() { Err(error_code) } else { Ok((producer_id, producer_epoch)) }
            }
            other => panic!("{other:?}"),
        }
    }

    /// Every partition has its marker.
    fn complete(&mut self) {
        let epoch = self.transaction().producer_epoch;
        self.submit(Command::Complete(ID.into(), epoch));
    }

    /// A transaction of an old producer, from its first partition to its last marker.
    fn run_old(&mut self, producer: (i64, i16), committed: bool) {
        assert_eq!(self.add(producer, &[0]), ErrorCode::NONE);
        assert_eq!(self.end(OLD, producer, committed), Ok((-1, -1)));
        self.complete();
    }
}

fn adding(asker: Asker, producer_id: i64, producer_epoch: i16, indexes: &[i32], verify_only: bool) -> Add {
    Add {
        asker,
        transactional_id: ID.into(),
        producer_id,
        producer_epoch,
        partitions: partitions(indexes),
        verify_only,
    }
}

fn partitions(indexes: &[i32]) -> Partitions {
    Partitions::from([(Str::from("t"), indexes.iter().copied().collect())])
}
