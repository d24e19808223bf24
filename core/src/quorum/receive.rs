//! Fetching a snapshot: part by part into a file of its own, which gets its name when it is whole.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::ErrorCode;
use klamm_wire::messages::fetch_snapshot_request as request;
use klamm_wire::messages::fetch_snapshot_response::PartitionSnapshot;
use klamm_wire::messages::{FetchSnapshotRequest, Response};

use super::event::{Asked, QuorumEvent, Turn};
use super::reply::address_in;
use super::snapshot::{self, SnapshotId};
use super::state::Role;
use super::{Busy, LogChange, Quorum, path};
use crate::cx::Cx;
use crate::disk::{DiskStep, Owner, Path, QuorumOp};
use crate::event::Event;
use crate::types::{BrokerId, METADATA_TOPIC};

/// A snapshot on its way from the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receiving {
    pub(super) id: SnapshotId,
    /// How many bytes are here.
    pub(super) position: u64,
    /// Those bytes.
    parts: Vec<Bytes>,
    /// A part is on its way to the disk: nothing is asked until it is there.
    pub(super) is_writing: bool,
}

impl Receiving {
    fn file_name(&self) -> String {
        format!("{}.part", self.id.file_name())
    }

    /// Removes what is here.
    pub(super) fn abandon(self, cx: &mut Cx<'_>) {
        let steps = vec![DiskStep::Remove { path: path(&self.file_name()) }];
        cx.disk(Owner::Quorum(QuorumOp::RemovePart { end: self.id.end, epoch: self.id.epoch }), steps);
    }
}

impl Quorum {
    /// What this log needs is not in the leader's any more.
    pub(super) fn receive(&mut self, turn: &mut Turn<'_, '_>, id: SnapshotId) {
        if id.end <= self.high_watermark {
            // It covers what is committed here already. A leader that insists is not listened to.
            return self.fetch_later(turn);
        }
        let Role::Follower(follower) = &mut self.role else { unreachable!("others fetch nothing") };
        follower.receiving = Some(Receiving { id, position: 0, parts: Vec::new(), is_writing: false });
    }

    pub(super) fn fetch_snapshot_request(
        &self,
        cx: &Cx<'_>,
        id: SnapshotId,
        position: u64,
    ) -> FetchSnapshotRequest {
        let partition = request::PartitionSnapshot {
            partition: 0,
            current_leader_epoch: self.election.epoch,
            snapshot_id: request::SnapshotId { end_offset: id.end, epoch: id.epoch },
            position: i64::try_from(position).expect("files are smaller"),
            replica_directory_id: self.identity.directory_id,
        };
        FetchSnapshotRequest {
            cluster_id: Some(self.identity.cluster_id.to_base64().as_str().into()),
            replica_id: cx.config.node_id,
            max_bytes: i32::try_from(cx.config.quorum_fetch_snapshot_max_bytes).unwrap_or(i32::MAX),
            topics: vec![request::TopicSnapshot { name: METADATA_TOPIC.into(), partitions: vec![partition] }],
        }
    }

    /// A part has come; or the snapshot is gone at the leader, which the next fetch tells more of.
    pub(super) fn on_fetch_snapshot_answer(
        &mut self,
        turn: &mut Turn<'_, '_>,
        from: BrokerId,
        asked: Asked,
        answer: Option<Response>,
    ) {
        let is_awaited = self.answered(from, asked).is_some();
        let Some(Response::FetchSnapshot(mut response)) = answer else {
            if is_awaited {
                self.fetch_later(turn);
            }
            return;
        };
        let topic = response.topics.pop().filter(|topic| &*topic.name == METADATA_TOPIC);
        let partition = topic.and_then(|topic| topic.partitions.into_iter().next());
        let Some(partition) = partition.filter(|partition| partition.index == 0) else {
            if is_awaited {
                self.fetch_later(turn);
            }
            return;
        };
        let leader = &partition.current_leader;
        let address = address_in(
            &response.node_endpoints,
            |node| (node.node_id, &node.host, node.port),
            leader.leader_id,
        );
        let is_news = self.learn(turn, leader.leader_epoch, leader.leader_id, address, false);
        if is_news || !is_awaited {
            return;
        }
        match partition.error_code {
            ErrorCode::NONE if response.error_code == ErrorCode::NONE => self.take_part(turn, partition),
            ErrorCode::SNAPSHOT_NOT_FOUND | ErrorCode::POSITION_OUT_OF_RANGE => self.abandon_receiving(turn),
            _ => self.fetch_later(turn),
        }
    }

    fn take_part(&mut self, turn: &mut Turn<'_, '_>, partition: PartitionSnapshot) {
        let Role::Follower(follower) = &mut self.role else { unreachable!("it has just been asked") };
        follower.on_fetched(turn.cx);
        let Some(receiving) = &mut follower.receiving else { return };
        let id = SnapshotId { end: partition.snapshot_id.end_offset, epoch: partition.snapshot_id.epoch };
        let part = partition.unaligned_records.to_bytes();
        let position = receiving.position;
        let end = position + part.len() as u64;
        let size = u64::try_from(partition.size).unwrap_or(0);
        let fits = id == receiving.id && u64::try_from(partition.position) == Ok(position);
        if !fits || part.is_empty() || end > size {
            return self.abandon_receiving(turn);
        }
        receiving.parts.push(part.clone());
        (receiving.position, receiving.is_writing) = (end, true);
        let file = path(&receiving.file_name());
        let mut steps = Vec::new();
        if position == 0 {
            // An earlier life may have left more of it.
            steps.push(DiskStep::Remove { path: file.clone() });
        }
        steps.push(DiskStep::Write { path: file.clone(), position, data: vec![part] });
        let mut op = QuorumOp::ReceiveSnapshot { end: id.end, epoch: id.epoch, position };
        if end == size {
            if snapshot::decode(join(&receiving.parts)).is_err() {
                return self.abandon_receiving(turn);
            }
            steps.extend(finish(file, &path(&id.file_name())));
            self.busy = Busy::Snapshot;
            op = QuorumOp::InstallSnapshot { end: id.end, epoch: id.epoch };
        }
        turn.cx.disk(Owner::Quorum(op), steps);
    }

    /// What has come is of no use.
    fn abandon_receiving(&mut self, turn: &mut Turn<'_, '_>) {
        if let Role::Follower(follower) = &mut self.role
            && let Some(receiving) = follower.receiving.take()
        {
            receiving.abandon(turn.cx);
        }
        self.fetch_later(turn);
    }

    /// A part is on the disk.
    pub(super) fn on_part_written(&mut self, id: SnapshotId) {
        if let Role::Follower(follower) = &mut self.role
            && let Some(receiving) = follower.receiving.as_mut().filter(|receiving| receiving.id == id)
        {
            receiving.is_writing = false;
        }
    }

    /// The snapshot has its name, durably: the log begins anew behind it, and it says who votes and what the image is.
    pub(super) fn on_installed(&mut self, turn: &mut Turn<'_, '_>, id: SnapshotId) {
        assert_eq!(self.busy, Busy::Snapshot, "nothing else is looked at until then");
        let Role::Follower(follower) = &mut self.role else { unreachable!("others fetch nothing") };
        let Receiving { id: received, position, parts, .. } =
            follower.receiving.take().expect("it has just come");
        assert_eq!(received, id, "the one that was fetched");
        follower.raise_high_watermark(id.end);
        let content = snapshot::decode(join(&parts)).expect("read before it got its name");
        self.take_voters(id, &content);
        let removed = self.snapshots.received(id, position);
        self.remove_snapshots(turn.cx, id.end, &removed);
        turn.cx.observe(Event::MetadataSnapshot { end: id.end });
        self.busy = Busy::Log(LogChange::Begun(id.end));
        turn.tell(QuorumEvent::SnapshotReceived(id, content.records));
    }
}

/// The file is whole: makes it durable under its name.
fn finish(from: Path, to: &Path) -> Vec<DiskStep> {
    vec![
        DiskStep::Sync { path: from.clone() },
        DiskStep::Rename { from, to: to.clone() },
        DiskStep::SyncDir { path: to.parent() },
    ]
}

fn join(parts: &[Bytes]) -> Bytes {
    match parts {
        [one] => one.clone(),
        _ => Bytes::from(parts.concat()),
    }
}
