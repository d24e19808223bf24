//! What happens to a cluster: writes, snapshots, changes of voters, and everything that may go wrong.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{AddRaftVoterRequest, RemoveRaftVoterRequest, add_raft_voter_request};

use super::cluster::{Cluster, Happening, address, cluster_id};
use super::log::data;
use super::node::{Node, directory_of};
use crate::types::BrokerId;

impl Cluster {
    pub(super) fn write(&mut self) {
        for id in self.active() {
            if self.places[&id].paused_until.is_some() {
                continue;
            }
            let count = 1 + self.rng.below(3);
            let batch = data(&(self.next_value..self.next_value + count).collect::<Vec<_>>());
            self.next_value += count;
            self.act(id, |node| {
                if node.quorum.is_active() {
                    node.lead(&batch);
                }
            });
        }
        let wait = self.rng.below(60);
        self.push(wait, Happening::Write);
    }

    pub(super) fn snapshot(&mut self) {
        let id = self.draw();
        if self.places[&id].is_up && self.places[&id].paused_until.is_none() {
            self.act(id, Node::write_snapshot);
        }
        let wait = self.rng.below(150);
        self.push(wait, Happening::Snapshot);
    }

    /// Adds somebody to the voters or removes one of them.
    pub(super) fn change(&mut self) {
        let node = self.draw();
        let wait = self.rng.below(250);
        self.push(wait, Happening::Change);
        let active = self.active();
        let up = active.iter().find(|id| self.places[id].paused_until.is_none());
        let Some(leader) = up.copied() else { return };
        let voters = self.node(leader).quorum.voters.latest().voters.clone();
        let directory = directory_of(node);
        if voters.key(node).is_none() {
            self.note("voter added");
            let listener = add_raft_voter_request::Listener {
                name: "CONTROLLER".into(),
                host: "node".into(),
                port: address(node).port,
            };
            let request = AddRaftVoterRequest {
                cluster_id: cluster_id(),
                timeout_ms: 300,
                voter_id: node,
                voter_directory_id: directory,
                listeners: vec![listener],
                ack_when_committed: self.rng.below(2) == 0,
            };
            self.administrate(leader, 1, request);
        } else if voters.len() > 2 {
            self.note("voter removed");
            let cluster_id = cluster_id();
            let request =
                RemoveRaftVoterRequest { cluster_id, voter_id: node, voter_directory_id: directory };
            self.administrate(leader, 0, request);
        }
    }

    pub(super) fn draw(&mut self) -> BrokerId {
        let ids = self.ids();
        ids[usize::try_from(self.rng.below(ids.len() as u64)).expect("small")]
    }

    pub(super) fn fault(&mut self) {
        let id = self.draw();
        for place in self.places.values_mut() {
            place.node.read_batches =
                1 + usize::try_from(self.rng.below(self.chaos.read_batches)).expect("small");
        }
        match self.rng.below(8) {
            0 | 1 => self.crash(id, false),
            2 if self.chaos.power => self.crash(id, true),
            3 if self.chaos.power => {
                for id in self.ids() {
                    self.crash(id, true);
                }
            }
            4 if self.chaos.pauses => {
                let until = self.now.after_ms(i64::try_from(self.rng.below(500)).expect("small"));
                if self.places[&id].is_up && self.places[&id].paused_until.is_none() {
                    self.place(id).paused_until = Some(until);
                    self.push_at(until, Happening::Resume { node: id });
                }
            }
            5 | 6 if self.chaos.partitions => self.split(),
            _ => {
                if let Some(leader) = self.active().first().copied() {
                    let with_power = self.chaos.power && self.rng.below(2) == 0;
                    self.crash(leader, with_power);
                }
            }
        }
        let wait = self.rng.below(self.chaos.fault_every_ms * 2);
        self.push(wait, Happening::Fault);
    }

    pub(super) fn crash(&mut self, id: BrokerId, with_power: bool) {
        self.stop(id, with_power);
        let wait = self.rng.below(self.chaos.down_ms);
        self.push(wait, Happening::Start { node: id });
    }

    /// A voter loses its power just after it has given its vote; the other candidates do not hear of the one it
    /// was given.
    pub(super) fn fail_voter(&mut self, voter: BrokerId, candidate: BrokerId) {
        self.crash(voter, true);
        for other in self.ids().into_iter().filter(|other| *other != voter) {
            self.cut.insert((candidate, other));
        }
        let wait = self.rng.below(300);
        self.push(wait, Happening::Heal);
    }

    /// Cuts the nodes into two groups, both ways or one.
    fn split(&mut self) {
        self.cut.clear();
        let (groups, one_way) = (self.rng.bits(), self.rng.below(4) == 0);
        let side = |id: BrokerId| groups >> id & 1;
        for a in self.ids() {
            for b in self.ids() {
                if side(a) != side(b) && (!one_way || side(a) == 0) {
                    self.cut.insert((a, b));
                }
            }
        }
        let wait = 100 + self.rng.below(700);
        self.push(wait, Happening::Heal);
    }

    /// Cuts one node off, both ways.
    pub(super) fn isolate(&mut self, id: BrokerId) {
        for other in self.ids() {
            self.cut.insert((id, other));
            self.cut.insert((other, id));
        }
    }
}
