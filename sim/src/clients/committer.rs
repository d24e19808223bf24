//! A consumer group of one that commits offsets by hand and reads them back.

use klamm_wire::messages::{OffsetFetchResponse, Response};
use klamm_wire::{ErrorCode, Str};

use super::cluster::{Cluster, ClusterConfig, News};
use super::{ClientEffect, ClientInput, SimClient, offsets};
use crate::checkers::{Check, commits};
use crate::clock::Time;
use crate::coverage::Point;
use crate::ledger::{Ledger, PartitionId};
use crate::network::{NodeId, Stamp, Standing};
use crate::random::Stream;

#[derive(Clone, Debug)]
enum Purpose {
    Commit {
        partition: PartitionId,
        offset: i64,
    },
    /// What was confirmed when the question was asked.
    Fetch {
        before: Vec<(PartitionId, i64)>,
        starts: u32,
    },
}

/// How a committer behaves.
#[derive(Clone, Debug)]
pub struct CommitterConfig {
    /// Tells committers apart, and names the group.
    pub number: u64,
    /// What it commits offsets for.
    pub partitions: Vec<PartitionId>,
    /// Milliseconds between commits, at most.
    pub pause_ms_max: u64,
}

/// A committer of the workload: the only one of its group.
#[derive(Clone, Debug)]
pub struct Committer {
    group: Str,
    cluster: Cluster<Purpose>,
    /// An answer is waited for.
    busy: bool,
    partitions: Vec<PartitionId>,
    /// Next offset to commit, and the number of starts at the last confirmation, by position.
    next: Vec<(i64, u32)>,
    unconfirmed: Option<(PartitionId, i64)>,
    next_at: Time,
    pause_ms_max: u64,
    ending: bool,
    read_at_end: bool,
    random: Stream,
}

impl Committer {
    /// A committer that starts at `start` and knows these brokers.
    pub fn new(seed: u64, start: Time, bootstrap: &[NodeId], config: CommitterConfig) -> Self {
        let CommitterConfig { number, partitions, pause_ms_max } = config;
        let group: Str = format!("group-{number}").into();
        let cluster =
            ClusterConfig { name: "committer", number, bootstrap, timeout_ms: 2500, partitions: &[] };
        Self {
            cluster: Cluster::new(seed, start, &cluster).coordinated_by(group.clone()),
            busy: false,
            group,
            next: vec![(1, 0); partitions.len()],
            partitions,
            unconfirmed: None,
            next_at: start,
            pause_ms_max,
            ending: false,
            read_at_end: false,
            random: Stream::numbered(seed, "committer", number),
        }
    }

    fn pump(&mut self, now: Time, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.keep_up(now, ledger, fx);
        if self.busy || self.next_at > now {
            return;
        }
        let Some(node) = self.cluster.coordinator() else { return };
        if let Some((partition, offset)) = self.unconfirmed {
            // A commit may have been executed: asking again for the same changes nothing.
            return self.commit(now, node, partition, offset, ledger, fx);
        }
        if self.ending {
            if !self.read_at_end {
                self.fetch(now, node, ledger, fx);
            }
            return;
        }
        if self.random.chance(200_000) {
            return self.fetch(now, node, ledger, fx);
        }
        let index = self.random.index(self.partitions.len());
        let offset = self.next[index].0 + i64::try_from(self.random.below(5)).expect("small");
        self.next[index].0 = offset + 1;
        self.unconfirmed = Some((self.partitions[index], offset));
        self.commit(now, node, self.partitions[index], offset, ledger, fx);
    }

    fn commit(
        &mut self,
        now: Time,
        node: NodeId,
        partition: PartitionId,
        offset: i64,
        ledger: &mut Ledger,
        fx: &mut Vec<ClientEffect>,
    ) {
        let request = offsets::commit(&self.group, partition, offset, ledger);
        self.busy = true;
        self.cluster.send(now, node, 7, request, Purpose::Commit { partition, offset }, fx);
    }

    fn fetch(&mut self, now: Time, node: NodeId, ledger: &Ledger, fx: &mut Vec<ClientEffect>) {
        let (request, before) = offsets::fetch(&self.group, &self.partitions, ledger);
        self.busy = true;
        self.cluster.send(now, node, 5, request, Purpose::Fetch { before, starts: ledger.starts }, fx);
    }

    fn on_answer(
        &mut self,
        now: Time,
        purpose: Purpose,
        response: Response,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        match (purpose, response) {
            (Purpose::Commit { partition, offset }, Response::OffsetCommit(answer)) => {
                match offsets::outcome(&answer) {
                    ErrorCode::NONE => {
                        self.unconfirmed = None;
                        self.next_at = now.after_ms(self.random.below(self.pause_ms_max + 1));
                        self.confirm(partition, offset, stamp, ledger);
                    }
                    error => {
                        self.on_refused(now, error);
                        self.next_at = now.after_ms(self.random.between(10, 100));
                    }
                }
            }
            (Purpose::Fetch { before, starts }, Response::OffsetFetch(answer)) => {
                self.on_fetched(now, &before, starts, &answer, stamp, ledger);
            }
            (purpose, response) => {
                let sentence = format!("{purpose:?} was answered by {:?}", response.api_key());
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
            }
        }
    }

    /// The coordinator is looked for anew, whatever it has said: it costs little.
    fn on_refused(&mut self, now: Time, error: ErrorCode) {
        self.cluster.on_error(now, error);
        self.cluster.lose_coordinator(now);
    }

    /// What was asked on a connection that is gone may still be executed.
    fn on_lost(&mut self, node: NodeId, purposes: &[Purpose], ledger: &mut Ledger) {
        self.busy &= purposes.is_empty();
        for purpose in purposes {
            if let Purpose::Commit { partition, offset } = purpose {
                offsets::give_up(&self.group, -1, (*partition, *offset), node, ledger);
            }
        }
    }

    fn confirm(&mut self, partition: PartitionId, offset: i64, stamp: &Stamp, ledger: &mut Ledger) {
        let stands = offsets::stands(stamp, ledger);
        let facts = ledger.commits.entry((self.group.clone(), partition)).or_default();
        if stands {
            facts.confirmed = offset;
        }
        if let Some(index) = self.partitions.iter().position(|other| *other == partition) {
            self.next[index].1 = ledger.starts;
        }
    }

    fn on_fetched(
        &mut self,
        now: Time,
        before: &[(PartitionId, i64)],
        starts: u32,
        answer: &OffsetFetchResponse,
        stamp: &Stamp,
        ledger: &mut Ledger,
    ) {
        self.next_at = now.after_ms(self.random.between(5, 50));
        if answer.error_code.is_error() {
            return self.on_refused(now, answer.error_code);
        }
        for (partition, confirmed) in before {
            let Some(data) = offsets::find(answer, *partition, ledger) else {
                let name = ledger.partitions[*partition].name.clone();
                let sentence = format!("an offset fetch was answered without {name}");
                ledger.violate(Check::Reply, now, self.cluster.client_id().to_string(), sentence);
                continue;
            };
            if data.error_code.is_error() {
                return self.on_refused(now, data.error_code);
            }
            if !offsets::stands(stamp, ledger) {
                continue;
            }
            if stamp.standing == Standing::Succeeded && data.committed_offset < *confirmed {
                // It has not heard of its successor: it has not lost the commit, it never had it. Asked again.
                return ledger.coverage.hit(Point::StaleOffset);
            }
            commits::read_back(ledger, now, &self.group, *partition, data.committed_offset, *confirmed);
            let lives = ledger.lives.clone();
            let facts = ledger.commits.entry((self.group.clone(), *partition)).or_default();
            // What was given up to an earlier life is executed by now, or never.
            facts.given_up.retain(|_, it| lives.get(&it.node.0) == Some(&it.node.1));
            let index = self.partitions.iter().position(|other| other == partition).expect("one of ours");
            if self.next[index].1 < starts && data.committed_offset >= 0 {
                facts.read_back += 1;
                ledger.coverage.hit(Point::CommitSurvived);
            }
        }
        self.read_at_end = self.ending;
    }
}

impl SimClient for Committer {
    fn handle(&mut self, now: Time, input: ClientInput, ledger: &mut Ledger, fx: &mut Vec<ClientEffect>) {
        self.cluster.hear(now, input, ledger, fx);
        while let Some(news) = self.cluster.news() {
            match news {
                News::Lost(node, purposes) => self.on_lost(node, &purposes, ledger),
                News::Answer(_, purpose, response, stamp) => {
                    self.busy = false;
                    self.on_answer(now, purpose, response, &stamp, ledger);
                }
            }
        }
        self.pump(now, ledger, fx);
    }

    fn next_deadline(&self) -> Option<Time> {
        let ended = self.ending && self.unconfirmed.is_none() && self.read_at_end;
        let waits = !self.busy && !ended && self.cluster.coordinator().is_some();
        [self.cluster.next_deadline(), waits.then_some(self.next_at)].into_iter().flatten().min()
    }

    fn wind_down(&mut self, _now: Time) {
        self.ending = true;
    }

    fn is_done(&self) -> bool {
        self.unconfirmed.is_none() && self.read_at_end
    }

    fn describe(&self) -> String {
        format!("{} with {:?} to confirm", self.cluster.client_id(), self.unconfirmed)
    }

    fn clone_box(&self) -> Box<dyn SimClient> {
        Box::new(self.clone())
    }
}
