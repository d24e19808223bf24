//! Changes of the voters: one at a time, each a record that counts from its append.
//!
//! Two sets of voters that differ by one voter have no two majorities without a common member. Two changes at once, and two
//! leaders could each have a majority of the set they know.
//!
//! Source: KIP-853. Kafka: `AddVoterHandler`, `RemoveVoterHandler`, `UpdateVoterHandler`. Klamm does not ask a new voter for
//! its versions: that it fetches with its directory's id says that it knows dynamic voters.

use klamm_wire::messages::update_raft_voter_response::CurrentLeader;
use klamm_wire::messages::{
    AddRaftVoterRequest, AddRaftVoterResponse, RemoveRaftVoterRequest, RemoveRaftVoterResponse, Response,
    UpdateRaftVoterRequest, UpdateRaftVoterResponse, update_raft_voter_request,
};
use klamm_wire::{ErrorCode, Str};

use super::Quorum;
use super::ballot::Call;
use super::event::{Asked, QuorumEvent, Turn};
use super::reply::{Origin, endpoints};
use super::state::Role;
use super::store::StateVersion;
use super::voters::{Endpoint, Membership, ReplicaKey, VoterNode, VoterSet};
use crate::edge::ConnId;
use crate::event::Event;
use crate::flaw::Flaw;
use crate::time::Timestamp;
use crate::types::{LeaderEpoch, Offset};

/// A new voter must have had everything within this time. Kafka: `LeaderState.isReplicaCaughtUp`.
const CAUGHT_UP_MS: i64 = 3_600_000;
/// The versions of KRaft this node supports, both inclusive.
const KRAFT_VERSIONS: (i16, i16) = (0, 1);

/// Which request it is, for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Add,
    Remove,
    Update,
}

/// A change that is appended and not committed, and who waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VoterChange {
    kind: Kind,
    /// Of its record.
    offset: Offset,
    /// `None` once it is answered.
    origin: Option<Origin>,
    /// When to say that it takes too long. It may be committed later.
    pub(super) deadline: Timestamp,
}

/// Why a change is refused, for code and operator.
pub(super) type Refusal = (ErrorCode, &'static str);

impl VoterChange {
    pub(super) fn forget(&mut self, connection: ConnId) {
        self.origin = self.origin.filter(|origin| origin.ticket.connection != connection);
    }

    /// Answers whoever waits.
    pub(super) fn answer(&mut self, turn: &mut Turn<'_, '_>, result: Result<(), Refusal>) {
        if let Some(origin) = self.origin.take() {
            answer(turn, self.kind, origin, result);
        }
    }
}

fn answer(turn: &mut Turn<'_, '_>, kind: Kind, origin: Origin, result: Result<(), Refusal>) {
    let (error_code, error_message) = match result {
        Ok(()) => (ErrorCode::NONE, None),
        Err((code, message)) => (code, Some(Str::from(message))),
    };
    let response: Response = match kind {
        Kind::Add => AddRaftVoterResponse { throttle_time_ms: 0, error_code, error_message }.into(),
        Kind::Remove => RemoveRaftVoterResponse { throttle_time_ms: 0, error_code, error_message }.into(),
        Kind::Update => UpdateRaftVoterResponse { error_code, ..UpdateRaftVoterResponse::default() }.into(),
    };
    turn.answer(origin.ticket, response);
}

impl Quorum {
    /// Makes an observer a voter.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`; `UNSUPPORTED_VERSION`: voters are configured; `DUPLICATE_VOTER`; `REQUEST_TIMED_OUT`:
    /// another change is under way, or the new voter has not the whole log; `INVALID_REQUEST`, `INCONSISTENT_CLUSTER_ID`.
    pub(super) fn on_add_voter(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: &AddRaftVoterRequest,
    ) {
        let added = self.check_added(turn, request);
        let timeout_ms = request.timeout_ms.into();
        match added {
            Ok(membership) => {
                self.change_voters(turn, Kind::Add, origin, timeout_ms, membership);
                if !request.ack_when_committed {
                    self.answer_changes(turn, |_| Some(Ok(())));
                }
            }
            Err(refusal) => answer(turn, Kind::Add, origin, Err(refusal)),
        }
    }

    fn check_added(&self, turn: &Turn<'_, '_>, request: &AddRaftVoterRequest) -> Result<Membership, Refusal> {
        self.check_leads(request.cluster_id.as_ref())?;
        let endpoints =
            endpoints(&request.listeners, |listener| (&listener.name, &listener.host, listener.port));
        let key = ReplicaKey { id: request.voter_id, directory: request.voter_directory_id };
        check_voter(turn, key, &endpoints)?;
        let mut membership = self.check_may_change(turn)?.clone();
        if membership.voters.key(key.id).is_some() {
            return Err((
                ErrorCode::DUPLICATE_VOTER,
                "the voter exists; remove it first if its disk was replaced",
            ));
        }
        let Role::Leader(leader) = &self.role else { unreachable!("it was checked that it leads") };
        let caught_up = leader.progress.get(&key).and_then(|progress| progress.last_caught_up);
        let limit = turn.cx.now.monotonic;
        if caught_up.is_none_or(|last| last.monotonic.after_ms(CAUGHT_UP_MS) < limit) {
            return Err((ErrorCode::REQUEST_TIMED_OUT, "the new voter has not fetched the whole log yet"));
        }
        let node = VoterNode { directory: key.directory, endpoints, kraft_versions: KRAFT_VERSIONS };
        membership.voters.0.insert(key.id, node);
        Ok(membership)
    }

    /// Makes a voter an observer; if that is the leader, it resigns once it is committed.
    ///
    /// # Errors
    /// As [`Quorum::on_add_voter`]; `VOTER_NOT_FOUND`; `INVALID_REQUEST` for the last voter.
    pub(super) fn on_remove_voter(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: &RemoveRaftVoterRequest,
    ) {
        let timeout_ms = turn.cx.config.quorum_request_timeout_ms;
        match self.check_removed(turn, request) {
            Ok(membership) => self.change_voters(turn, Kind::Remove, origin, timeout_ms, membership),
            Err(refusal) => answer(turn, Kind::Remove, origin, Err(refusal)),
        }
    }

    fn check_removed(
        &self,
        turn: &Turn<'_, '_>,
        request: &RemoveRaftVoterRequest,
    ) -> Result<Membership, Refusal> {
        self.check_leads(request.cluster_id.as_ref())?;
        let mut membership = self.check_may_change(turn)?.clone();
        let key = ReplicaKey { id: request.voter_id, directory: request.voter_directory_id };
        if membership.voters.key(key.id) != Some(key) {
            return Err((ErrorCode::VOTER_NOT_FOUND, "there is no voter of this id and directory"));
        }
        if membership.voters.len() == 1 {
            return Err((ErrorCode::INVALID_REQUEST, "the last voter cannot be removed"));
        }
        membership.voters.0.remove(&key.id);
        Ok(membership)
    }

    /// A voter is found elsewhere now.
    ///
    /// # Errors
    /// Those of [`Quorum::check_led`], with the leader to ask instead; `VOTER_NOT_FOUND`, `INVALID_REQUEST`,
    /// `REQUEST_TIMED_OUT`, `INCONSISTENT_CLUSTER_ID`.
    pub(super) fn on_update_voter(
        &mut self,
        turn: &mut Turn<'_, '_>,
        origin: Origin,
        request: &UpdateRaftVoterRequest,
    ) {
        if let Err(error_code) = self.check_led(request.current_leader_epoch) {
            let standing = self.standing(turn.cx);
            let (leader_id, leader_epoch) = (standing.leader_id(), standing.epoch);
            let address = standing.endpoint(true).map(|(_, address)| address);
            let (host, port) = address.map_or((Str::default(), 0), |at| (at.host, at.port.into()));
            let current_leader = CurrentLeader { leader_id, leader_epoch, host, port };
            let response = UpdateRaftVoterResponse { throttle_time_ms: 0, error_code, current_leader };
            return turn.answer(origin.ticket, response);
        }
        let timeout_ms = turn.cx.config.quorum_request_timeout_ms;
        match self.check_updated(turn, request) {
            Ok(Some(membership)) => self.change_voters(turn, Kind::Update, origin, timeout_ms, membership),
            Ok(None) => answer(turn, Kind::Update, origin, Ok(())),
            Err(refusal) => answer(turn, Kind::Update, origin, Err(refusal)),
        }
    }

    /// `None` if nothing is new.
    fn check_updated(
        &self,
        turn: &Turn<'_, '_>,
        request: &UpdateRaftVoterRequest,
    ) -> Result<Option<Membership>, Refusal> {
        self.check_leads(request.cluster_id.as_ref())?;
        let endpoints =
            endpoints(&request.listeners, |listener| (&listener.name, &listener.host, listener.port));
        let key = ReplicaKey { id: request.voter_id, directory: request.voter_directory_id };
        check_voter(turn, key, &endpoints)?;
        let feature = &request.kraft_version_feature;
        let kraft_versions = (feature.min_supported_version, feature.max_supported_version);
        if self.voters.latest().version == StateVersion::Static {
            return Ok(None);
        }
        if !(kraft_versions.0..=kraft_versions.1).contains(&(StateVersion::Dynamic as i16)) {
            return Err((ErrorCode::INVALID_REQUEST, "the voter does not support kraft.version 1"));
        }
        let mut membership = self.check_may_change(turn)?.clone();
        if membership.voters.key(key.id) != Some(key) {
            return Err((ErrorCode::VOTER_NOT_FOUND, "there is no voter of this id and directory"));
        }
        let node = VoterNode { directory: key.directory, endpoints, kraft_versions };
        let before = membership.voters.0.insert(key.id, node.clone());
        Ok((before != Some(node)).then_some(membership))
    }

    /// # Errors
    /// `INCONSISTENT_CLUSTER_ID`, `NOT_LEADER_OR_FOLLOWER`.
    fn check_leads(&self, cluster_id: Option<&Str>) -> Result<(), Refusal> {
        self.check_cluster(cluster_id).map_err(|code| (code, "this is another cluster"))?;
        let led = self.check_led(self.election.epoch);
        led.map_err(|code| (code, "another controller leads the quorum"))
    }

    /// The voters, if they may change now.
    ///
    /// # Errors
    /// `REQUEST_TIMED_OUT`: another change is under way, of this leader or of an earlier one; or nothing of this epoch is
    /// committed, so that it cannot be known. `UNSUPPORTED_VERSION`: voters are configured.
    fn check_may_change(&self, turn: &Turn<'_, '_>) -> Result<&Membership, Refusal> {
        let Role::Leader(leader) = &self.role else { unreachable!("it was checked that it leads") };
        let membership = self.voters.latest();
        if membership.version == StateVersion::Static {
            return Err((ErrorCode::UNSUPPORTED_VERSION, "the voters are configured: kraft.version is 0"));
        }
        if !leader.is_active() {
            return Err((ErrorCode::REQUEST_TIMED_OUT, "the leader has committed nothing in its epoch yet"));
        }
        let is_under_way = self.voters.uncommitted(self.high_watermark).is_some();
        if is_under_way && !turn.cx.config.has_flaw(Flaw::TwoVoterChangesInFlight) {
            return Err((ErrorCode::REQUEST_TIMED_OUT, "another change of the voters is not committed yet"));
        }
        Ok(membership)
    }

    fn change_voters(
        &mut self,
        turn: &mut Turn<'_, '_>,
        kind: Kind,
        origin: Origin,
        timeout_ms: i64,
        membership: Membership,
    ) {
        let deadline = turn.cx.now.monotonic.after_ms(timeout_ms);
        let offset = turn.log.log_end_offset;
        let batch = self.control_batch(turn, &[membership.voters_record()]);
        let Role::Leader(leader) = &mut self.role else { unreachable!("it was checked that it leads") };
        leader.changes.push(VoterChange { kind, offset, origin: Some(origin), deadline });
        let voters = membership.voters.ids().collect();
        turn.cx.observe(Event::QuorumVoters { offset, voters });
        turn.tell(QuorumEvent::AppendControl(batch));
    }

    /// Looks at the change under way. Returns whether this leader is a voter no longer, for good.
    pub(super) fn poll_voter_change(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let (high_watermark, now) = (self.high_watermark, turn.cx.now.monotonic);
        self.answer_changes(turn, |change| {
            if change.offset < high_watermark {
                return Some(Ok(()));
            }
            let too_long = (ErrorCode::REQUEST_TIMED_OUT, "it is not committed yet, and may be later");
            (change.deadline <= now).then_some(Err(too_long))
        });
        let Role::Leader(leader) = &mut self.role else { unreachable!("polled by role") };
        leader.changes.retain(|change| change.origin.is_some());
        let is_settled = leader.is_active() && self.voters.uncommitted(high_watermark).is_none();
        is_settled && !self.is_voter(turn.cx)
    }

    fn answer_changes(
        &mut self,
        turn: &mut Turn<'_, '_>,
        result: impl Fn(&VoterChange) -> Option<Result<(), Refusal>>,
    ) {
        let Role::Leader(leader) = &mut self.role else { unreachable!("others change nothing") };
        for change in &mut leader.changes {
            if let Some(result) = result(change) {
                change.answer(turn, result);
            }
        }
    }

    /// A voter that is found elsewhere than the others know tells the leader.
    pub(super) fn maybe_update_voter(&mut self, turn: &mut Turn<'_, '_>) {
        let me = self.me(turn.cx);
        let own = Endpoint::of_node(turn.cx.config);
        let Membership { version, voters } = self.voters.latest();
        let is_known = |voters: &VoterSet| voters.0.get(&me.id).is_none_or(|node| node.endpoints == own);
        if *version == StateVersion::Static || own.is_empty() || !voters.contains(me) || is_known(voters) {
            return;
        }
        let Role::Follower(follower) = &mut self.role else { unreachable!("others tell nobody") };
        if !follower.has_fetched || !follower.update.take(turn.cx.now.monotonic) {
            return;
        }
        let epoch = self.election.epoch;
        let listener = |endpoint: Endpoint| update_raft_voter_request::Listener {
            name: endpoint.name,
            host: endpoint.address.host,
            port: endpoint.address.port,
        };
        let request = UpdateRaftVoterRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            current_leader_epoch: epoch,
            voter_id: me.id,
            voter_directory_id: me.directory,
            listeners: own.into_iter().map(listener).collect(),
            kraft_version_feature: update_raft_voter_request::KRaftVersionFeature {
                min_supported_version: KRAFT_VERSIONS.0,
                max_supported_version: KRAFT_VERSIONS.1,
            },
        };
        let (leader, address) = (follower.leader, follower.address.clone());
        turn.ask(leader, address, request, Asked::UpdateVoter { epoch });
    }

    /// Whatever the leader says: what it has recorded comes with the log. If that does not come, it is told again.
    pub(super) fn on_update_voter_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        epoch: LeaderEpoch,
        answer: Option<Response>,
    ) {
        if let Role::Follower(follower) = &mut self.role
            && epoch == self.election.epoch
        {
            let wait_ms = turn.cx.config.quorum_fetch_timeout_ms;
            follower.update = Call::Due(turn.cx.now.monotonic.after_ms(wait_ms));
        }
        if let Some(Response::UpdateRaftVoter(response)) = answer {
            let CurrentLeader { leader_id, leader_epoch, .. } = response.current_leader;
            self.learn(turn, leader_epoch, leader_id, None, false);
        }
    }
}

/// # Errors
/// `INVALID_REQUEST`: the voter has no name, or is not found where the others look.
fn check_voter(turn: &Turn<'_, '_>, key: ReplicaKey, endpoints: &[Endpoint]) -> Result<(), Refusal> {
    if key.id < 0 || key.directory.is_zero() {
        return Err((ErrorCode::INVALID_REQUEST, "a voter has an id and a directory"));
    }
    let name = turn.cx.config.controller_listeners.first();
    if endpoints.iter().any(|endpoint| Some(&endpoint.name) == name) {
        Ok(())
    } else {
        Err((ErrorCode::INVALID_REQUEST, "the voter has no listener of the name that controllers use"))
    }
}
