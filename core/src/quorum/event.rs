//! What the quorum tells the node, and the moment in which it does.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::messages::{FetchResponse, Request, Response};
use klamm_wire::metadata_records::MetadataRecord;
use klamm_wire::{ErrorCode, Records};

use super::snapshot::SnapshotId;
use super::view::LogView;
use crate::connection::Ticket;
use crate::cx::Cx;
use crate::disk::DiskError;
use crate::edge::{Address, Channel, Purpose};
use crate::peer::Outgoing;
use crate::types::{BrokerId, LeaderEpoch, Offset};

/// What the node has to do next, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QuorumEvent {
    /// The files are read.
    Loaded {
        /// The newest whole snapshot, if there is one.
        snapshot: Option<(SnapshotId, Vec<MetadataRecord>)>,
        /// The log does not go on behind it: it has to begin anew there. A crash came between the two.
        resets_log: bool,
    },
    /// This node leads the epoch, durably. The batch is to be appended as the epoch's first.
    Elected {
        /// The epoch.
        epoch: LeaderEpoch,
        /// Control records; offsets and epoch are stamped by the log.
        batch: Bytes,
    },
    /// A record of the own epoch is committed, and with it everything before: the controller may decide.
    Active(LeaderEpoch),
    /// This node does not lead any more. What it has appended and not committed may or may not last.
    Deposed(LeaderEpoch),
    /// Somebody else is taken for the leader from now on, or nobody.
    LeaderChanged {
        /// `None` while nobody is known.
        leader: Option<BrokerId>,
        /// The epoch.
        epoch: LeaderEpoch,
    },
    /// Whole batches of the leader, to be appended as they are.
    Append(Bytes),
    /// A control batch of this leader, to be appended like its own records.
    AppendControl(Bytes),
    /// The log is to be cut to this end, exclusive.
    Truncate(Offset),
    /// A snapshot of the leader is durable: the log is to begin anew at its end, and the image is what the records say.
    SnapshotReceived(SnapshotId, Vec<MetadataRecord>),
    /// Everything below is committed. Exclusive; never decreases.
    HighWatermark(Offset),
    /// There is a newer snapshot and one to fall back to: the log below is not needed any more.
    LogStart(Offset),
    /// The answer to a request.
    Answer(Ticket, Response),
    /// A fetch is answered with records, which are to be read.
    Read(Ticket, FetchPlan),
    /// Another node is to be asked; its answer or the loss of it comes back with `Asked`.
    Ask(Outgoing, Asked),
    /// The files are damaged or belong to others, or the quorum has lost what was committed: the node must not go on. One
    /// sentence for the operator.
    Refused(String),
    /// The disk said no.
    Failed(DiskError),
}

/// What another node was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Asked {
    /// Its vote, or whether it would give it.
    Vote { epoch: LeaderEpoch, pre_vote: bool },
    /// To follow this leader.
    BeginEpoch { epoch: LeaderEpoch },
    /// To elect another leader.
    EndEpoch { epoch: LeaderEpoch },
    /// Who leads.
    Find { epoch: LeaderEpoch },
    /// What follows this end of the log.
    Fetch { epoch: LeaderEpoch, offset: Offset },
    /// A part of a snapshot.
    FetchSnapshot { epoch: LeaderEpoch, id: SnapshotId, position: u64 },
    /// To record where this voter is found now.
    UpdateVoter { epoch: LeaderEpoch },
}

impl Asked {
    /// What must not wait for each other goes by connections of its own.
    fn purpose(self) -> Purpose {
        match self {
            Self::Vote { .. }
            | Self::BeginEpoch { .. }
            | Self::EndEpoch { .. }
            | Self::UpdateVoter { .. } => Purpose::Quorum,
            Self::Find { .. } | Self::Fetch { .. } | Self::FetchSnapshot { .. } => Purpose::Metadata,
        }
    }

    /// The version it is asked in.
    fn api_version(self) -> i16 {
        match self {
            Self::Vote { .. } => 2,
            Self::BeginEpoch { .. } | Self::EndEpoch { .. } | Self::FetchSnapshot { .. } => 1,
            Self::Find { .. } | Self::Fetch { .. } => 18,
            Self::UpdateVoter { .. } => 0,
        }
    }
}

/// How a fetch that has something to read is answered.
///
/// It holds while this node leads `epoch`. If the records are there only after that, the answer is
/// [`FetchPlan::failed`] with `NOT_LEADER_OR_FOLLOWER`: they may be another leader's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchPlan {
    pub(crate) epoch: LeaderEpoch,
    /// First offset to read. Batches are given whole.
    pub(crate) offset: Offset,
    /// Exclusive.
    pub(crate) upper: Offset,
    /// One whole batch is given however large it is.
    pub(crate) max_bytes: u32,
    /// All of the answer but the records.
    pub(super) response: FetchResponse,
}

impl FetchPlan {
    /// The answer with these records.
    pub(crate) fn with(mut self, records: Records) -> Response {
        self.response.responses[0].partitions[0].records = Some(records);
        Response::Fetch(self.response)
    }

    /// The answer if they cannot be read.
    pub(crate) fn failed(mut self, error_code: ErrorCode) -> Response {
        self.response.responses[0].partitions[0].error_code = error_code;
        Response::Fetch(self.response)
    }
}

/// One call of a verb: what it may see and touch, and what follows from it.
pub(super) struct Turn<'a, 'b> {
    pub(super) cx: &'a mut Cx<'b>,
    pub(super) log: LogView<'a>,
    pub(super) events: Vec<QuorumEvent>,
}

impl Turn<'_, '_> {
    pub(super) fn tell(&mut self, event: QuorumEvent) {
        self.events.push(event);
    }

    pub(super) fn answer(&mut self, ticket: Ticket, response: impl Into<Response>) {
        self.events.push(QuorumEvent::Answer(ticket, response.into()));
    }

    pub(super) fn ask(&mut self, node: BrokerId, address: Address, body: impl Into<Request>, asked: Asked) {
        assert!(node != self.cx.config.node_id, "what this node wants of itself it knows: {asked:?}");
        let channel = Channel { node, purpose: asked.purpose() };
        let timeout_ms = self.cx.config.quorum_request_timeout_ms;
        let api_version = asked.api_version();
        let outgoing = Outgoing { channel, address, api_version, body: body.into(), timeout_ms };
        self.events.push(QuorumEvent::Ask(outgoing, asked));
    }
}
