//! Who votes: the set of voters, and how it has changed along the log.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::batch::{BatchView, ControlRecord};
use klamm_wire::messages::{KRaftVersionRecord, VotersRecord, voters_record};
use klamm_wire::{Str, Uuid};

use super::store::StateVersion;
use crate::config::Config;
use crate::edge::Address;
use crate::types::{BrokerId, Offset};

/// A replica of the metadata log: a node, and the directory its log lies in. A node whose disk was replaced is
/// another replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ReplicaKey {
    pub(crate) id: BrokerId,
    /// Zero where it is not known: static voters have none, and old versions do not tell it.
    pub(crate) directory: Uuid,
}

impl ReplicaKey {
    /// Whether both may name the same replica: a directory that is not known fits every other.
    pub(crate) fn fits(self, other: Self) -> bool {
        let both_known = !self.directory.is_zero() && !other.directory.is_zero();
        self.id == other.id && (!both_known || self.directory == other.directory)
    }
}

/// A listener of a controller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Endpoint {
    pub(crate) name: Str,
    pub(crate) address: Address,
}

impl Endpoint {
    /// Where this node's own controller listeners are found by others.
    pub(crate) fn of_node(config: &Config) -> Vec<Self> {
        let listeners =
            config.listeners.iter().filter(|listener| config.is_controller_listener(&listener.name));
        let endpoint = |listener: &crate::config::Listener| Self {
            name: listener.name.clone(),
            address: Address { host: listener.advertised_host.clone(), port: listener.advertised_port },
        };
        listeners.map(endpoint).collect()
    }

    /// The one to use: that of the first controller listener's name, else any.
    pub(crate) fn choose<'a>(config: &Config, endpoints: &'a [Self]) -> Option<&'a Self> {
        let name = config.controller_listeners.first();
        endpoints.iter().find(|endpoint| Some(&endpoint.name) == name).or_else(|| endpoints.first())
    }
}

/// One voter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VoterNode {
    /// Zero for a static voter.
    pub(crate) directory: Uuid,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The versions of KRaft it supports, both inclusive.
    pub(crate) kraft_versions: (i16, i16),
}

/// The voters, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct VoterSet(pub(crate) BTreeMap<BrokerId, VoterNode>);

impl VoterSet {
    /// The configured voters. A controller to which no quorum is configured is a quorum of its own.
    pub(crate) fn of_config(config: &Config) -> Self {
        let name = config.controller_listeners.first().cloned().unwrap_or_default();
        let node = |endpoints| VoterNode { directory: Uuid::ZERO, endpoints, kraft_versions: (0, 1) };
        let configured = config.quorum_voters.iter().map(|voter| {
            let endpoint = Endpoint { name: name.clone(), address: voter.address.clone() };
            (voter.id, node(vec![endpoint]))
        });
        let mut voters = Self(configured.collect());
        if voters.0.is_empty() && config.quorum_bootstrap_servers.is_empty() && config.roles.controller {
            voters.0.insert(config.node_id, node(Endpoint::of_node(config)));
        }
        voters
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Their ids, ascending.
    pub(crate) fn ids(&self) -> impl Iterator<Item = BrokerId> {
        self.0.keys().copied()
    }

    /// Them all, by id.
    pub(crate) fn keys(&self) -> impl Iterator<Item = ReplicaKey> {
        self.0.iter().map(|(id, node)| ReplicaKey { id: *id, directory: node.directory })
    }

    /// The voter of this id.
    pub(crate) fn key(&self, id: BrokerId) -> Option<ReplicaKey> {
        self.0.get(&id).map(|node| ReplicaKey { id, directory: node.directory })
    }

    /// Whether the replica is a voter.
    pub(crate) fn contains(&self, key: ReplicaKey) -> bool {
        self.key(key.id).is_some_and(|voter| voter.fits(key))
    }

    /// How many of them decide.
    pub(crate) fn majority(&self) -> usize {
        self.len() / 2 + 1
    }

    /// Where a voter is reached.
    pub(crate) fn address(&self, config: &Config, id: BrokerId) -> Option<Address> {
        let endpoints = &self.0.get(&id)?.endpoints;
        Endpoint::choose(config, endpoints).map(|endpoint| endpoint.address.clone())
    }

    fn of_record(record: &VotersRecord) -> Self {
        let endpoint = |endpoint: &voters_record::Endpoint| Endpoint {
            name: endpoint.name.clone(),
            address: Address { host: endpoint.host.clone(), port: endpoint.port },
        };
        let voter = |voter: &voters_record::Voter| {
            let feature = &voter.kraft_version_feature;
            let node = VoterNode {
                directory: voter.voter_directory_id,
                endpoints: voter.endpoints.iter().map(endpoint).collect(),
                kraft_versions: (feature.min_supported_version, feature.max_supported_version),
            };
            (voter.voter_id, node)
        };
        Self(record.voters.iter().map(voter).collect())
    }

    fn to_record(&self) -> VotersRecord {
        let endpoint = |endpoint: &Endpoint| voters_record::Endpoint {
            name: endpoint.name.clone(),
            host: endpoint.address.host.clone(),
            port: endpoint.address.port,
        };
        let voter = |(id, node): (&BrokerId, &VoterNode)| voters_record::Voter {
            voter_id: *id,
            voter_directory_id: node.directory,
            endpoints: node.endpoints.iter().map(endpoint).collect(),
            kraft_version_feature: voters_record::KRaftVersionFeature {
                min_supported_version: node.kraft_versions.0,
                max_supported_version: node.kraft_versions.1,
            },
        };
        VotersRecord { version: 0, voters: self.0.iter().map(voter).collect() }
    }
}

/// The voters, and what says who they are: the configuration, or records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Membership {
    pub(crate) version: StateVersion,
    pub(crate) voters: VoterSet,
}

impl Membership {
    /// What records add to a snapshot or a log so that its reader knows the voters; nothing for static voters.
    pub(crate) fn to_records(&self) -> Vec<ControlRecord> {
        match self.version {
            StateVersion::Static => Vec::new(),
            StateVersion::Dynamic => vec![
                ControlRecord::KRaftVersion(KRaftVersionRecord { version: 0, kraft_version: 1 }),
                self.voters_record(),
            ],
        }
    }

    /// The record that says who votes.
    pub(crate) fn voters_record(&self) -> ControlRecord {
        ControlRecord::KRaftVoters(self.voters.to_record())
    }

    /// What a control record makes of it; `None` if it says nothing about voters.
    pub(crate) fn after(&self, record: &ControlRecord) -> Option<Self> {
        match record {
            ControlRecord::KRaftVersion(record) => {
                let version =
                    if record.kraft_version > 0 { StateVersion::Dynamic } else { StateVersion::Static };
                Some(Self { version, voters: self.voters.clone() })
            }
            ControlRecord::KRaftVoters(record) => {
                Some(Self { version: self.version, voters: VoterSet::of_record(record) })
            }
            _ => None,
        }
    }
}

/// The voters along the log. A change counts from the moment its record is appended, and is undone when that is
/// cut off.
///
/// - Offsets of changes ascend.
/// - At most one change of voters is not committed, which the leader sees to.
///
/// Source: KIP-853. Kafka: `KRaftControlRecordStateMachine`, `VoterSetHistory`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VoterHistory {
    configured: Membership,
    /// What holds below all changes.
    base: Membership,
    /// Whether followers find the base in the log or in a snapshot they are given. Not so if it is configured
    /// or stands in the bootstrap snapshot.
    is_base_replicated: bool,
    /// Offset of the record, and what holds from there on.
    changes: Vec<(Offset, Membership)>,
}

impl VoterHistory {
    /// The configured voters, until records say otherwise.
    pub(crate) fn of_config(config: &Config) -> Self {
        let configured = Membership { version: StateVersion::Static, voters: VoterSet::of_config(config) };
        Self { base: configured.clone(), configured, is_base_replicated: false, changes: Vec::new() }
    }

    /// The configured voters, which are those of a log without records about voters.
    pub(crate) fn configured(&self) -> &Membership {
        &self.configured
    }

    /// What holds at the end of the log.
    pub(crate) fn latest(&self) -> &Membership {
        self.changes.last().map_or(&self.base, |(_, membership)| membership)
    }

    /// What the log below `end` says.
    pub(crate) fn at(&self, end: Offset) -> &Membership {
        let below = self.changes.iter().rev().find(|(offset, _)| *offset < end);
        below.map_or(&self.base, |(_, membership)| membership)
    }

    /// Offset of the newest change that is not below `high_watermark`.
    pub(crate) fn uncommitted(&self, high_watermark: Offset) -> Option<Offset> {
        self.changes.last().map(|(offset, _)| *offset).filter(|offset| *offset >= high_watermark)
    }

    /// Whether a follower could be without what this leader knows of the voters.
    pub(crate) fn needs_replication(&self) -> bool {
        !self.is_base_replicated && self.changes.is_empty() && self.base.version == StateVersion::Dynamic
    }

    /// A snapshot stands for everything before.
    pub(crate) fn reset(&mut self, membership: Membership, is_replicated: bool) {
        (self.base, self.is_base_replicated) = (membership, is_replicated);
        self.changes.clear();
    }

    /// Takes note of a record at the end of the log.
    pub(crate) fn append(&mut self, offset: Offset, record: &ControlRecord) {
        if let Some((last, _)) = self.changes.last() {
            assert!(*last < offset, "voters change in the order of the log");
        }
        if let Some(membership) = self.latest().after(record) {
            self.changes.push((offset, membership));
        }
    }

    /// Takes note of the control records of a batch at the end of the log. What cannot be read is of a type or
    /// version that this node does not know, and changes no voters.
    pub(crate) fn append_batch(&mut self, batch: &BatchView) {
        if !batch.is_control() {
            return;
        }
        for record in batch.records().flatten() {
            let (Some(key), Some(value)) = (&record.key, &record.value) else { continue };
            let offset = batch.base_offset() + i64::from(record.offset_delta);
            let ascends = self.changes.last().is_none_or(|(last, _)| *last < offset);
            if let Some(control) = ControlRecord::decode(key, value).ok().flatten().filter(|_| ascends) {
                self.append(offset, &control);
            }
        }
    }

    /// The log was cut to `end`.
    pub(crate) fn truncate(&mut self, end: Offset) {
        self.changes.retain(|(offset, _)| *offset < end);
    }

    /// What lies below the high watermark is not undone any more.
    pub(crate) fn commit(&mut self, high_watermark: Offset) {
        let committed = self.changes.partition_point(|(offset, _)| *offset < high_watermark);
        if let Some((_, membership)) = self.changes.drain(..committed).next_back() {
            self.base = membership;
            self.is_base_replicated = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[BrokerId]) -> VoterSet {
        let node = |id: &BrokerId| {
            let address = Address { host: "h".into(), port: u16::try_from(*id).expect("small") };
            let endpoints = vec![Endpoint { name: "CONTROLLER".into(), address }];
            let directory = Uuid([u8::try_from(*id).expect("small"); 16]);
            (*id, VoterNode { directory, endpoints, kraft_versions: (0, 1) })
        };
        VoterSet(ids.iter().map(node).collect())
    }

    fn record(ids: &[BrokerId]) -> ControlRecord {
        Membership { version: StateVersion::Dynamic, voters: set(ids) }.voters_record()
    }

    fn dynamic(ids: &[BrokerId]) -> VoterHistory {
        let mut history = VoterHistory::of_config(&Config::default());
        history.reset(Membership { version: StateVersion::Dynamic, voters: set(ids) }, true);
        history
    }

    /// Goal: a voter counts from the append of its record, not from the commit, and not longer than the record
    /// lasts. Source: KIP-853.
    #[test]
    fn a_change_counts_from_its_append_until_it_is_cut_off() {
        let mut history = dynamic(&[1, 2]);
        history.append(10, &record(&[1, 2, 3]));
        assert_eq!(history.latest().voters, set(&[1, 2, 3]));
        assert_eq!((history.uncommitted(10), history.uncommitted(11)), (Some(10), None));
        assert_eq!(history.at(10).voters, set(&[1, 2]), "the record at 10 is not below 10");
        assert_eq!(history.at(11).voters, set(&[1, 2, 3]));
        history.truncate(10);
        assert_eq!(history.latest().voters, set(&[1, 2]));
    }

    /// Goal: what is committed stays, and costs no memory.
    #[test]
    fn a_committed_change_is_not_undone() {
        let mut history = dynamic(&[1, 2]);
        history.append(10, &record(&[1, 2, 3]));
        history.append(20, &record(&[1, 3]));
        history.commit(15);
        history.truncate(15);
        assert_eq!(history.latest().voters, set(&[1, 2, 3]));
        assert_eq!(history.changes, []);
    }

    /// Goal: voters survive the way through a record, whatever there is to know of them.
    #[test]
    fn voters_read_back_as_written() {
        let voters = set(&[1, 7]);
        assert_eq!(VoterSet::of_record(&voters.to_record()), voters);
    }

    /// Goal: a node whose disk was replaced is not the voter it was. Source: KIP-853, `ReplicaKey`.
    #[test]
    fn another_directory_is_another_replica() {
        let voters = set(&[1]);
        let key = |byte: u8| ReplicaKey { id: 1, directory: Uuid([byte; 16]) };
        assert!(voters.contains(key(1)) && !voters.contains(key(2)));
        assert!(voters.contains(key(0)), "what is not known may be the same");
        assert!(!voters.contains(ReplicaKey { id: 2, directory: Uuid::ZERO }));
    }

    /// Goal: a node to which no quorum is configured is one by itself; a broker never is.
    #[test]
    fn a_controller_without_voters_is_its_own_quorum() {
        assert_eq!(VoterSet::of_config(&Config::default()).ids().collect::<Vec<_>>(), [1]);
        let broker = Config { roles: crate::config::Roles::BROKER, ..Config::default() };
        assert_eq!(VoterSet::of_config(&broker).len(), 0);
    }
}
