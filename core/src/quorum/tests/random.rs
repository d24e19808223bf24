//! Many nodes under everything that can happen to them, from seeds.

use alloc::collections::BTreeMap;
use alloc::format;

use super::cluster::{Chaos, Cluster, Shape};
use crate::flaw::Flaw;

const THREE: Shape = Shape { voters: 3, observers: 1, is_dynamic: false };
const FIVE: Shape = Shape { voters: 5, observers: 0, is_dynamic: false };
const DYNAMIC: Shape = Shape { voters: 3, observers: 2, is_dynamic: true };

/// New leaders fail at once, and fetches are short.
const LEADERS: Chaos = Chaos {
    leader_fails_ms: 15,
    read_batches: 1,
    loss: 0,
    fault_every_ms: 400,
    power: false,
    pauses: false,
    snapshots: false,
    down_ms: 700,
    disk_ms: 4,
    ..Chaos::ALL
};
/// Voters lose their power as soon as they have voted.
const VOTES: Chaos = Chaos { voter_fails: true, loss: 20, down_ms: 30, leader_fails_ms: 40, ..Chaos::ALL };
/// Disks are slow and power goes often.
const DISKS: Chaos = Chaos { disk_ms: 300, loss: 10, fault_every_ms: 120, snapshots: false, ..Chaos::ALL };
/// Voters are added and removed all the time.
const CHANGES: Chaos = Chaos { changes: true, ..Chaos::ALL };

/// Chaos for a while, then all is well. What must not be is the violation: two leaders in an epoch; something
/// committed that is lost or changes; logs that part below an epoch both have; images that differ; a request
/// answered twice; no progress.
fn live(seed: u64, shape: Shape, chaos: Chaos, flaw: Option<Flaw>) -> Cluster {
    let mut cluster = Cluster::new(seed, shape, chaos, flaw);
    cluster.run_ms(4000);
    cluster.check_log_matching();
    if cluster.violation.is_some() {
        return cluster;
    }
    cluster.heal();
    let (target, end) = (cluster.committed_end() + 10, cluster.now.after_ms(5000));
    if !cluster.run_until(end, |cluster| cluster.all_beyond(target)) && cluster.violation.is_none() {
        cluster.violation = Some(format!("no progress beyond {target}"));
    }
    cluster.check_log_matching();
    cluster
}

/// Runs these seeds and wants each of these things to have happened.
fn campaign(seeds: u64, shape: Shape, chaos: Chaos, wanted: &[&str]) {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..seeds {
        let cluster = live(seed, shape, chaos, None);
        assert_eq!(cluster.violation, None, "seed {seed} of {shape:?} under {chaos:?}");
        for (what, count) in cluster.seen {
            *seen.entry(what).or_default() += count;
        }
    }
    for what in wanted {
        assert!(seen.contains_key(what), "a run that explores nothing proves nothing: no {what} in {seen:?}");
    }
}

/// Goal: whatever happens to voters and a broker, there is one leader per epoch, nothing that was committed is
/// lost or changes, and they go on when all is well. Method: seeds.
#[test]
fn three_voters_agree() {
    let wanted = ["elected", "active", "deposed", "cut", "snapshot fetched"];
    campaign(20, THREE, Chaos::ALL, &wanted);
    campaign(8, THREE, LEADERS, &["cut"]);
    campaign(8, THREE, VOTES, &["cut"]);
    campaign(8, THREE, DISKS, &["cut"]);
}

/// Goal: as for three, with majorities that need not know of each other.
#[test]
fn five_voters_agree() {
    campaign(8, FIVE, Chaos::ALL, &["elected", "active", "deposed", "cut", "snapshot fetched"]);
    campaign(4, FIVE, LEADERS, &["cut"]);
}

/// Goal: a quorum of one and the broker that follows it go through all that, too.
#[test]
fn a_voter_and_its_observer_agree() {
    campaign(8, Shape { voters: 1, ..THREE }, Chaos::ALL, &["active", "snapshot fetched"]);
}

/// Goal: as for three, while the voters change.
#[test]
fn changing_voters_agree() {
    campaign(16, DYNAMIC, CHANGES, &["voter added", "voter removed", "cut", "deposed", "snapshot fetched"]);
}

/// Goal: each of the historic bugs is found by the same runs that pass without it: the checks bite. Method:
/// seeds until one fails.
#[cfg(feature = "flaws")]
#[test]
fn flaws_are_found() {
    for (flaw, shape, chaos, what) in [
        (Flaw::VoteNotDurable, THREE, VOTES, "is led by"),
        (Flaw::LeaderResumesSameEpoch, THREE, Chaos::ALL, "is led by"),
        (Flaw::CommitPriorEpoch, THREE, LEADERS, "has not what was committed"),
        (Flaw::VoterFetchBeforeFlush, THREE, DISKS, "has not what was committed"),
        (Flaw::SnapshotIdOffByOne, THREE, Chaos::ALL, "has another image"),
        (Flaw::TwoVoterChangesInFlight, DYNAMIC, CHANGES, "commit"),
    ] {
        let found = (0..300).find_map(|seed| {
            let violation = live(seed, shape, chaos, Some(flaw)).violation?;
            violation.contains(what).then_some((seed, violation))
        });
        let (seed, _) = found.unwrap_or_else(|| panic!("{} is not found", flaw.slug()));
        assert_eq!(live(seed, shape, chaos, None).violation, None, "{}: seed {seed}", flaw.slug());
    }
}
