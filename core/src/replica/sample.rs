//! A leader with followers, for the tests of what depends on them.

use alloc::vec;

use klamm_wire::metadata_records::RegisterBrokerRecord;
use klamm_wire::metadata_records::register_broker_record::BrokerEndpoint;

use crate::config::Config;
use crate::image::{LeaderRecovery, MetadataImage, PartitionState};
use crate::replica::FollowerFetch;
use crate::replica::leader::Leader;
use crate::testing::Stage;
use crate::types::{BrokerId, Offset};

/// Leads as broker 1 in rack `a`; 2 and 3 stand in `b`, 4 in `c`, 5 in `b` and not in sync.
pub(super) fn stage() -> (Stage, Leader) {
    let mut stage = Stage::new(Config::default());
    for (broker_id, rack) in [(1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "b")] {
        register(&mut stage.image, broker_id, rack, false);
    }
    let state = PartitionState {
        replicas: vec![1, 2, 3, 4, 5],
        directories: vec![],
        isr: vec![1, 2, 3, 4],
        elr: vec![],
        last_known_elr: vec![],
        removing: vec![],
        adding: vec![],
        leader: Some(1),
        leader_epoch: 1,
        partition_epoch: 1,
        recovery: LeaderRecovery::Recovered,
    };
    let leader = Leader::new(&stage.cx(), state, 0);
    (stage, leader)
}

pub(super) fn register(image: &mut MetadataImage, broker_id: BrokerId, rack: &str, fenced: bool) {
    let endpoint = BrokerEndpoint { name: "PLAINTEXT".into(), ..BrokerEndpoint::default() };
    let (end_points, rack) = (vec![endpoint], Some(rack.into()));
    let record =
        RegisterBrokerRecord { broker_id, end_points, rack, fenced, ..RegisterBrokerRecord::default() };
    image.apply(0, &record.into());
}

/// A follower fetches; whether its log starts elsewhere than before.
pub(super) fn fetched(
    stage: &Stage,
    leader: &mut Leader,
    replica: BrokerId,
    fetch_offset: Offset,
    start: Offset,
) -> bool {
    let fetch = FollowerFetch { replica, broker_epoch: -1, fetch_offset, log_start_offset: start };
    leader.on_fetch(stage.now.monotonic, fetch, 100)
}
