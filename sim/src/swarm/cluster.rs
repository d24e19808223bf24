//! Clusters: how many machines, who is broker and who is controller, and the bounds they watch each other by.

use klamm_core::config::{Config, ReplicaSelector, Roles, Voter};
use klamm_core::edge::ListenerKind;
use klamm_core::types::BrokerId;
use klamm_wire::Uuid;

use crate::network::NodeId;
use crate::random::Stream;
use crate::world::address::{CONTROLLER_LISTENER, address, listeners, rack_of};

/// The `node.id` of a machine: not its index, so that one taken for the other is noticed.
fn id_of(node: NodeId) -> BrokerId {
    BrokerId::try_from(node).expect("few machines") + 1
}

/// A machine that is a whole cluster.
pub(super) fn alone(common: Config) -> Config {
    Config { node_id: id_of(0), listeners: listeners(0, Roles::BROKER), ..common }
}

/// The nodes of a cluster.
pub(super) fn draw(seed: u64, common: &Config) -> Vec<Config> {
    let random = &mut Stream::new(seed, "cluster");
    let roles = draw_roles(random);
    let mut common = draw_bounds(random, common);
    let brokers = roles.iter().filter(|roles| roles.broker).count();
    common.offsets_topic_replication_factor =
        i16::try_from(if random.chance(800_000) { brokers.min(3) } else { 1 }).expect("small");
    common.transaction_topic_replication_factor = common.offsets_topic_replication_factor;
    common.cluster_id =
        Some(Uuid([random.bits(), random.bits()].map(u64::to_be_bytes).concat().try_into().expect("16")));
    let voter = |node: NodeId| Voter { id: id_of(node), address: address(node, ListenerKind::Controller) };
    common.quorum_voters = (0..roles.len()).filter(|node| roles[*node].controller).map(voter).collect();
    common.controller_listeners = vec![CONTROLLER_LISTENER.into()];
    let racks = random.chance(300_000);
    if racks && Stream::new(seed, "replica selector").chance(700_000) {
        common.replica_selector = ReplicaSelector::RackAware;
    }
    let node = |(node, roles): (NodeId, &Roles)| Config {
        node_id: id_of(node),
        roles: *roles,
        listeners: listeners(node, *roles),
        rack: racks.then(|| rack_of(node).into()),
        ..common.clone()
    };
    roles.iter().enumerate().map(node).collect()
}

/// Three machines that are both are the most likely.
fn draw_roles(random: &mut Stream) -> Vec<Roles> {
    let count = random.weighted(&[0, 0, 2, 6, 2, 3, 1, 1]);
    let quorum = |random: &mut Stream, most: usize| {
        let sizes: Vec<usize> = [1, 2, 3, 3, 3, 4, 5].into_iter().filter(|size| *size <= most).collect();
        *random.pick(&sizes)
    };
    let mut roles = match random.weighted(&[5, 3, 2]) {
        // All are both, or the first ones are and the rest are brokers.
        0 => {
            let both = if count <= 3 { count } else { quorum(random, count).max(2) };
            (0..count).map(|node| if node < both { Roles::BOTH } else { Roles::BROKER }).collect()
        }
        // Controllers of their own.
        1 => {
            let controllers = quorum(random, count - 1);
            let role = |node| if node < controllers { Roles::CONTROLLER } else { Roles::BROKER };
            (0..count).map(role).collect::<Vec<Roles>>()
        }
        _ => (0..count).map(|_| *random.pick(&[Roles::BOTH, Roles::BROKER, Roles::CONTROLLER])).collect(),
    };
    if roles.iter().all(|roles| !roles.controller) || roles.iter().all(|roles| !roles.broker) {
        roles[0] = Roles::BOTH;
    }
    random.shuffle(&mut roles);
    roles
}

/// How long nodes wait for each other: short, but longer than a healthy network and disk take.
fn draw_bounds(random: &mut Stream, common: &Config) -> Config {
    let long = |value: u64| i64::try_from(value).expect("small");
    let int = |value: u64| u32::try_from(value).expect("small");
    let heartbeat_ms = random.scaled(50, 1_000);
    let fetch_wait_ms = random.scaled(10, 500);
    let quorum_fetch_ms = random.scaled(150, 2_000);
    Config {
        quorum_election_timeout_ms: long(random.scaled(100, 1_000)),
        quorum_fetch_timeout_ms: long(quorum_fetch_ms),
        quorum_election_backoff_max_ms: long(random.scaled(50, 1_000)),
        quorum_request_timeout_ms: long(random.scaled(150, 2_000)),
        quorum_retry_backoff_ms: long(random.scaled(5, 50)),
        quorum_fetch_max_bytes: int(random.scaled(1 << 9, 1 << 16)),
        quorum_fetch_snapshot_max_bytes: int(random.scaled(1 << 8, 1 << 14)),
        metadata_idle_interval_ms: if random.chance(200_000) { 0 } else { long(random.scaled(50, 500)) },
        broker_heartbeat_interval_ms: long(heartbeat_ms),
        broker_session_timeout_ms: long(heartbeat_ms * random.between(3, 8) + 200),
        request_timeout_ms: long(fetch_wait_ms + random.scaled(200, 3_000)),
        replica_lag_time_max_ms: long(fetch_wait_ms * 2 + random.scaled(200, 5_000)),
        replica_fetch_max_bytes: int(random.scaled(1 << 9, 1 << 18)),
        replica_fetch_response_max_bytes: int(random.scaled(1 << 10, 1 << 20)),
        replica_fetch_wait_max_ms: i32::try_from(fetch_wait_ms).expect("small"),
        replica_fetch_min_bytes: i32::try_from(random.scaled(1, 500)).expect("small"),
        replica_fetch_backoff_ms: long(random.scaled(5, 500)),
        auto_leader_rebalance: random.chance(700_000),
        leader_imbalance_check_interval_ms: long(random.scaled(500, 20_000)),
        unclean_election_interval_ms: long(random.scaled(500, 20_000)),
        controlled_shutdown: random.chance(850_000),
        ..common.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every cluster that is drawn could work. Method: what the node itself asks of its configuration.
    #[test]
    fn every_cluster_has_voters_and_brokers() {
        let mut sizes = std::collections::BTreeSet::new();
        for seed in 0..300 {
            let configs = draw(seed, &Config::default());
            sizes.insert(configs.len());
            let voters = &configs[0].quorum_voters;
            assert!(!voters.is_empty(), "seed {seed}");
            assert!(configs.iter().any(|config| config.roles.broker), "seed {seed}");
            for config in &configs {
                assert_eq!(&config.quorum_voters, voters, "seed {seed}");
                assert_eq!(config.cluster_id, configs[0].cluster_id, "seed {seed}");
                let votes = voters.iter().any(|voter| voter.id == config.node_id);
                assert_eq!(votes, config.roles.controller, "seed {seed}");
                assert_eq!(config.roles.broker, config.broker_listeners().next().is_some(), "seed {seed}");
                assert!(config.replica_fetch_wait_max_ms < config.request_timeout_ms as i32, "seed {seed}");
            }
        }
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
    }
}
