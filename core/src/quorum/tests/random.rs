//! Many nodes under everything that can happen to them, from seeds.

use super::cluster::{Chaos, Cluster, Shape};
use crate::flaw::Flaw;

/// Chaos for a while, then all is well: whatever must not be is the panic.
pub(super) fn live(seed: u64, shape: Shape, chaos: Chaos, flaw: Option<Flaw>) -> Cluster {
    let mut cluster = Cluster::new(seed, shape, chaos, flaw);
    cluster.run_ms(4000);
    cluster.check_log_matching();
    if cluster.violation.is_some() {
        return cluster;
    }
    cluster.heal();
    let (target, end) = (cluster.committed_end() + 10, cluster.now.after_ms(5000));
    if !cluster.run_until(end, |cluster| cluster.all_beyond(target)) && cluster.violation.is_none() {
        cluster.violation = Some(alloc::format!("no progress beyond {target}"));
    }
    cluster.check_log_matching();
    cluster
}

fn campaign(seeds: core::ops::Range<u64>, shape: Shape) {
    for seed in seeds {
        let cluster = live(seed, shape, Chaos::ALL, None);
        assert_eq!(cluster.violation, None, "seed {seed} of {shape:?}");
    }
}

/// Goal: whatever happens to three voters and a broker, there is one leader per epoch, nothing that was committed is lost
/// or changes, and they go on when all is well. Method: seeds.
#[test]
fn three_voters_agree() {
    campaign(0..30, Shape { voters: 3, observers: 1, is_dynamic: false });
}

#[test]
#[ignore]
fn scratch() {
    extern crate std;
    use std::println;
    for (shape, name) in [
        (Shape { voters: 3, observers: 1, is_dynamic: false }, "3"),
        (Shape { voters: 5, observers: 0, is_dynamic: false }, "5"),
        (Shape { voters: 1, observers: 1, is_dynamic: false }, "1"),
        (Shape { voters: 3, observers: 2, is_dynamic: true }, "3d"),
    ] {
        let (mut seen, mut events) = (alloc::collections::BTreeMap::new(), 0);
        for seed in 0..40 {
            let cluster = live(seed, shape, Chaos::ALL, None);
            events += cluster.events;
            for (what, count) in &cluster.seen {
                *seen.entry(*what).or_insert(0) += count;
            }
            if let Some(v) = &cluster.violation {
                println!("{name} seed {seed}: {v}");
            }
        }
        println!("{name}: {events} events {seen:?}");
    }
    for &flaw in Flaw::ALL.into_iter().skip(4) {
        for (shape, name) in [
            (Shape { voters: 3, observers: 1, is_dynamic: false }, "3"),
            (Shape { voters: 5, observers: 0, is_dynamic: false }, "5"),
            (Shape { voters: 3, observers: 2, is_dynamic: true }, "3d"),
        ] {
            let mut found = alloc::vec::Vec::new();
            for seed in 0..60 {
                let cluster = live(seed, shape, Chaos::ALL, Some(flaw));
                if let Some(v) = &cluster.violation {
                    found.push((seed, v.clone()));
                }
            }
            println!("{} {name}: {} of 60, {:?}", flaw.slug(), found.len(), found.first());
        }
    }
}
