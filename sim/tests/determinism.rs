//! A seed says all there is to say about a run.

use klamm_sim::run::{Options, run};
use klamm_sim::trace::Detail;

/// Goal: nothing in a run depends on anything but its seed. Method: the same seed twice, the second time on
/// another thread and with a trace.
#[test]
fn the_same_seed_twice_is_the_same_run() {
    for seed in 0..12 {
        let first = run(seed, &Options::default());
        let traced = Options { trace: Some(Detail::All), ..Options::default() };
        let second = std::thread::scope(|scope| {
            scope.spawn(|| run(seed, &traced)).join().expect("a run catches what panics inside")
        });
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert_eq!(first.events, second.events, "seed {seed}");
        assert_eq!(first.failure, second.failure, "seed {seed}");
        assert!(second.trace.is_some_and(|trace| !trace.render().is_empty()), "seed {seed}");
    }
}

#[test]
fn different_seeds_are_different_runs() {
    let digest = |seed| run(seed, &Options::default()).digest;
    assert_ne!(digest(1), digest(2));
}
