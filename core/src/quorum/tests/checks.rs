//! What must hold whatever happens.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;

use super::cluster::{Cluster, Happening};
use crate::types::{BrokerId, LeaderEpoch, Offset};

impl Cluster {
    pub(super) fn on_elected(&mut self, id: BrokerId, epoch: LeaderEpoch) {
        self.note("elected");
        if self.chaos.leader_fails_ms > 0 && self.rng.below(4) > 0 {
            let wait = self.rng.below(self.chaos.leader_fails_ms);
            self.push(wait, Happening::Fail { node: id, life: self.places[&id].life });
        }
        let me = (id, self.places[&id].life);
        if let Some(other) = self.leaders.insert(epoch, me).filter(|other| *other != me) {
            self.blame(format!("epoch {epoch} is led by {me:?} and by {other:?}"));
        }
        let log = &self.places[&id].node.log;
        let has: BTreeMap<Offset, (LeaderEpoch, &Bytes)> =
            log.entries().map(|(base, epoch, bytes)| (base, (epoch, bytes))).collect();
        // It may have been elected long ago, while others have gone on without it.
        let earlier = self.committed.iter().filter(|(_, (.., committed_in))| *committed_in < epoch);
        let mut missing = earlier
            .filter(|(base, (of, bytes, _))| **base >= log.start() && has.get(base) != Some(&(*of, bytes)));
        if let Some((base, (.., committed_in))) = missing.next() {
            self.blame(format!(
                "leader {id} of epoch {epoch} has not what was committed at {base} in {committed_in}"
            ));
        }
    }

    /// What this node calls committed is what all others do.
    pub(super) fn check(&mut self, id: BrokerId) {
        let place = self.places.get_mut(&id).expect("there is such a node");
        let (node, checked) = (&place.node, place.checked);
        let end = node.quorum.high_watermark().min(node.log.end());
        let mut wrong = None;
        if node.slow.is_none() {
            for batch in node.log.batches.iter().rev() {
                if batch.last_offset() >= end {
                    continue;
                }
                if batch.base_offset() < checked {
                    break;
                }
                let (base, epoch, bytes) =
                    (batch.base_offset(), batch.partition_leader_epoch(), batch.bytes());
                let known = self.committed.entry(base);
                let known = known.or_insert_with(|| (epoch, bytes.clone(), node.epoch()));
                if (known.0, &known.1) != (epoch, bytes) {
                    wrong = Some(format!("{base} is committed twice, of epochs {} and {epoch}", known.0));
                }
            }
            place.checked = end;
        }
        let (image_end, sum) = (node.image.end, node.image.sum);
        if *self.images.entry(image_end).or_insert(sum) != sum {
            wrong = Some(format!("node {id} has another image at {image_end}"));
        }
        if let Some(wrong) = wrong {
            self.blame(wrong);
        }
    }

    /// Two logs with the same epoch at an offset are the same below. Source: Raft, log matching.
    pub(super) fn check_log_matching(&mut self) {
        let mut wrong = None;
        for (a, b) in pairs(&self.ids()) {
            let (left, right) = (&self.node(a).log, &self.node(b).log);
            let others: BTreeMap<Offset, (LeaderEpoch, &Bytes)> =
                right.entries().map(|(base, epoch, bytes)| (base, (epoch, bytes))).collect();
            let mut must_match = false;
            for (base, epoch, bytes) in left.entries().collect::<Vec<_>>().into_iter().rev() {
                let Some((other_epoch, other)) = others.get(&base) else { continue };
                must_match |= *other_epoch == epoch;
                if must_match && *other != bytes {
                    wrong = Some(format!("nodes {a} and {b} differ at {base} below an epoch both have"));
                }
            }
        }
        if let Some(wrong) = wrong {
            self.blame(wrong);
        }
    }
}

fn pairs(ids: &[BrokerId]) -> Vec<(BrokerId, BrokerId)> {
    let pairs = ids.iter().flat_map(|a| ids.iter().map(|b| (*a, *b)));
    pairs.filter(|(a, b)| a < b).collect()
}
