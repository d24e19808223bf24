//! The start: what the files say, and in which role this life begins.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;
use klamm_wire::batch::BatchView;

use super::event::{QuorumEvent, Turn};
use super::leader::Leader;
use super::snapshot::{self, Content, SnapshotId};
use super::snapshots::Snapshots;
use super::state::Role;
use super::store::{ElectionState, QUORUM_STATE, StateVersion, StoredState};
use super::view::LogView;
use super::voters::{Endpoint, Membership, VoterNode, VoterSet};
use super::{Identity, Quorum, path};
use crate::config::Config;
use crate::cx::Cx;
use crate::disk::{DirEntry, DiskDone, DiskStep, Owner, QuorumOp, StepDone};
use crate::flaw::Flaw;
use crate::format::InitialVoter;
use crate::types::METADATA_TOPIC;

/// A file that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    State,
    Snapshot(SnapshotId),
}

/// The file that makes a new controller the first voter of a quorum whose voters stand in its log: name and content.
/// It has to be in the directory of the metadata log, durably, before the first start.
///
/// Source: KIP-853. Kafka: `kafka-storage.sh format --standalone`.
pub fn bootstrap_file(config: &Config, directory: Uuid) -> (String, Vec<Bytes>) {
    let node = VoterNode { directory, endpoints: Endpoint::of_node(config), kraft_versions: (0, 1) };
    voters_file(VoterSet([(config.node_id, node)].into()))
}

/// The same file for a quorum that begins with these voters; each of them gets it.
///
/// Source: KIP-853. Kafka: `kafka-storage.sh format --initial-controllers`.
pub(crate) fn initial_voters_file(config: &Config, voters: &[InitialVoter]) -> (String, Vec<Bytes>) {
    let name = config.controller_listeners.first().cloned().unwrap_or_default();
    let node = |voter: &InitialVoter| {
        let endpoint = Endpoint { name: name.clone(), address: voter.address.clone() };
        let directory = voter.directory_id;
        (voter.id, VoterNode { directory, endpoints: vec![endpoint], kraft_versions: (0, 1) })
    };
    voters_file(VoterSet(voters.iter().map(node).collect()))
}

fn voters_file(voters: VoterSet) -> (String, Vec<Bytes>) {
    let membership = Membership { version: StateVersion::Dynamic, voters };
    let id = SnapshotId { end: 0, epoch: 0 };
    (id.file_name(), snapshot::encode(id, 0, &membership.to_records(), &[]))
}

impl Quorum {
    /// Begins to read the files beside the metadata log, which is open.
    pub(crate) fn load(&mut self, cx: &mut Cx<'_>, identity: Identity) {
        assert_eq!(self.role, Role::Loading, "the files are read once");
        self.identity = identity;
        // A name that a crashed life has put there may be undone by a power loss until the directory is synced:
        // a vote that is read here and acted upon must not vanish.
        let steps = vec![DiskStep::SyncDir { path: path("") }, DiskStep::List { path: path("") }];
        cx.disk(Owner::Quorum(QuorumOp::Load), steps);
    }

    /// First the names, then `quorum-state` and the newest snapshot; an older one only if that is damaged.
    pub(super) fn on_loaded(&mut self, turn: &mut Turn<'_, '_>, done: DiskDone) {
        let reading = core::mem::take(&mut self.reading);
        if let [StepDone::Done, StepDone::Listed(entries)] = &done[..] {
            return self.on_listed(turn, entries);
        }
        assert_eq!(reading.len(), done.len(), "every file that was asked for is answered");
        let mut snapshot = None;
        for (reading, done) in reading.into_iter().zip(done) {
            let StepDone::Read(content) = done else { unreachable!("{reading:?} is a read") };
            match reading {
                Reading::State => match StoredState::parse(&content) {
                    Ok(stored) => self.on_state_read(stored),
                    Err(problem) => {
                        let reason = format!(
                            "{METADATA_TOPIC}-0/{QUORUM_STATE} is damaged: {problem}; restore it from a backup"
                        );
                        return turn.tell(QuorumEvent::Refused(reason));
                    }
                },
                Reading::Snapshot(id) => match snapshot::decode(content) {
                    Ok(content) => snapshot = Some((id, content)),
                    Err(problem) => return self.on_damaged_snapshot(turn, id, &problem),
                },
            }
        }
        self.loaded(turn, snapshot);
    }

    fn on_listed(&mut self, turn: &mut Turn<'_, '_>, entries: &[DirEntry]) {
        self.snapshots = Snapshots::of_entries(entries);
        let has_state = entries.iter().any(|entry| &*entry.name == QUORUM_STATE);
        let state = has_state.then_some(Reading::State);
        let newest = self.snapshots.newest().map(Reading::Snapshot);
        self.read(turn, state.into_iter().chain(newest).collect());
    }

    fn read(&mut self, turn: &mut Turn<'_, '_>, reading: Vec<Reading>) {
        if reading.is_empty() {
            return self.loaded(turn, None);
        }
        let step = |reading: &Reading| {
            let path = match reading {
                Reading::State => path(QUORUM_STATE),
                Reading::Snapshot(id) => path(&id.file_name()),
            };
            DiskStep::Read { path, position: 0, length: u64::MAX }
        };
        let steps = reading.iter().map(step).collect();
        self.reading = reading;
        turn.cx.disk(Owner::Quorum(QuorumOp::Load), steps);
    }

    fn on_state_read(&mut self, stored: StoredState) {
        let StoredState { version, election, voters } = stored;
        self.election = election;
        self.stored_voters = (version == StateVersion::Static).then_some(voters);
    }

    /// An older snapshot serves, with the log behind it. If there was none, what the snapshot held may be
    /// missing from the log: the node does not guess.
    fn on_damaged_snapshot(&mut self, turn: &mut Turn<'_, '_>, id: SnapshotId, problem: &str) {
        self.snapshots.forget(id);
        match self.snapshots.newest() {
            Some(older) => self.read(turn, vec![Reading::Snapshot(older)]),
            None => turn.tell(QuorumEvent::Refused(format!(
                "{METADATA_TOPIC}-0/{} is damaged: {problem}; restore it from a backup, or remove it if the \
                 metadata log still begins at offset 0",
                id.file_name()
            ))),
        }
    }

    fn loaded(&mut self, turn: &mut Turn<'_, '_>, snapshot: Option<(SnapshotId, Content)>) {
        if let Some((id, content)) = &snapshot {
            self.take_voters(*id, content);
            self.high_watermark = id.end;
        }
        let id = snapshot.as_ref().map(|(id, _)| *id);
        match self.fit_log(turn, id) {
            Ok(resets_log) => {
                let snapshot = snapshot.map(|(id, content)| (id, content.records));
                turn.tell(QuorumEvent::Loaded { snapshot, resets_log });
            }
            Err(reason) => turn.tell(QuorumEvent::Refused(reason)),
        }
    }

    /// A snapshot says who votes; one of static voters says nothing, and the configuration does.
    pub(super) fn take_voters(&mut self, id: SnapshotId, content: &Content) {
        let mut membership = self.voters.configured().clone();
        for record in &content.control {
            membership = membership.after(record).unwrap_or(membership);
        }
        self.voters.reset(membership, id.end > 0);
    }

    /// Whether the log has to begin anew behind the snapshot.
    ///
    /// A voter among others may find its log below a snapshot that it was given, or with another history: the
    /// crash came before the log was begun anew. The only voter was never given one.
    ///
    /// # Errors
    /// What is missing, in words for the operator.
    fn fit_log(&self, turn: &Turn<'_, '_>, id: Option<SnapshotId>) -> Result<bool, String> {
        let LogView { log_start_offset: start, log_end_offset: log_end, .. } = turn.log;
        let end = id.map_or(0, |id| id.end);
        if id.map_or(start == 0, |id| turn.log.continues(id)) {
            return Ok(false);
        }
        if start > end {
            return Err(format!(
                "the metadata log begins at offset {start}, but its newest snapshot ends at {end}: a snapshot is \
                 missing from the data directory"
            ));
        }
        if self.is_only_voter(turn.cx) {
            // A snapshot covers what was committed, and what was committed was synced.
            return Err(format!(
                "the metadata log ends at offset {log_end} and does not go on behind its newest snapshot, which ends at \
                 {end}: records were lost; restore {METADATA_TOPIC}-0 from a backup"
            ));
        }
        Ok(true)
    }

    /// A batch of the log above the newest snapshot, in order.
    pub(crate) fn on_log_read(&mut self, batch: &BatchView) {
        assert_eq!(self.role, Role::Loading, "the log is read before the start");
        self.voters.append_batch(batch);
    }

    /// Takes part from now on: the log is read.
    pub(crate) fn start(&mut self, cx: &mut Cx<'_>, log: LogView<'_>) -> Vec<QuorumEvent> {
        let mut turn = Turn { cx, log, events: Vec::new() };
        match self.check_stored_voters(turn.cx) {
            Ok(()) => self.begin(&mut turn),
            Err(reason) => turn.tell(QuorumEvent::Refused(reason)),
        }
        self.run(&mut turn);
        turn.events
    }

    /// # Errors
    /// This directory belongs to a quorum of other voters: one sentence for the operator.
    fn check_stored_voters(&self, cx: &Cx<'_>) -> Result<(), String> {
        let membership = self.voters.latest();
        let Some(stored) = &self.stored_voters else { return Ok(()) };
        let configured: Vec<_> = membership.voters.ids().collect();
        if membership.version == StateVersion::Dynamic || *stored == configured {
            return Ok(());
        }
        Err(format!(
            "{METADATA_TOPIC}-0/{QUORUM_STATE} names the voters {stored:?}, and node {} is configured with \
             {configured:?}: start it with controller.quorum.voters as they were",
            cx.config.node_id
        ))
    }

    fn begin(&mut self, turn: &mut Turn<'_, '_>) {
        let in_log = turn.log.epochs.latest().unwrap_or(0).max(turn.log.end(&self.snapshots).epoch);
        if in_log > self.election.epoch {
            // The file is older than the log. What the log says is durable, and can be said again.
            self.election = ElectionState { epoch: in_log, leader: None, voted: None };
        }
        let led_last = self.election.leader == Some(turn.cx.config.node_id);
        let role = match self.election.leader {
            Some(me) if led_last && turn.cx.config.has_flaw(Flaw::LeaderResumesSameEpoch) => {
                Role::Leader(Leader::new(turn.cx, turn.log.log_end_offset, vec![me]))
            }
            // It may have lost what it had not synced: in the same epoch it could give an offset another
            // record.
            Some(_) if led_last => self.resigned(turn, Vec::new()),
            Some(leader) => match self.voters.latest().voters.address(turn.cx.config, leader) {
                Some(address) => self.follower(turn, leader, address),
                None => self.unattached(turn),
            },
            None => self.unattached(turn),
        };
        self.role = role;
        self.enter(turn);
    }
}
