//! Memory is bounded: what is settled is forgotten, and no wrong verdict comes of it.

mod story;

use std::fmt::Write as _;

use klamm_jepsen::{Anomaly, Bounds, Options, Verdict};
use story::{judge_with, violations};

fn judge(story: &str, records: usize) -> Verdict {
    let bounds = Bounds { records, ..Bounds::default() };
    judge_with(story, Options { bounds, ..Options::default() })
}

/// A producer and a consumer that follows it, over two partitions; `twist` may change what happens at a step.
fn history(steps: i64, twist: impl Fn(i64) -> Option<String>) -> String {
    let mut story = String::new();
    for step in 0..steps {
        if let Some(instead) = twist(step) {
            story.push_str(&instead);
            continue;
        }
        for key in [1, 2] {
            let name = if key == 1 { step.to_string() } else { format!(":v{step}") };
            let _ = writeln!(
                story,
                "0 invoke send [[:send {key} {name}]]
                 0 ok     send [[:send {key} [{step} {name}]]]
                 1 invoke poll [[:poll]]
                 1 ok     poll [[:poll {{{key} [[{step} {name}]]}}]]"
            );
        }
    }
    story
}

#[test]
fn settled_records_are_forgotten_and_the_verdict_stays() {
    let story = history(4_000, |_| None);
    let all = judge(&story, usize::MAX);
    let bounded = judge(&story, 2_000);
    assert!(all.groups.is_empty() && bounded.groups.is_empty(), "{bounded:?}");
    assert_eq!(all.counts.forgotten, 0);
    assert!(bounded.counts.forgotten > 5_000, "{:?}", bounded.counts);
}

/// What is wrong early is still told at the end.
#[test]
fn what_is_lost_is_never_forgotten() {
    let story = history(4_000, |step| {
        (step == 10).then(|| {
            "0 invoke send [[:send 1 -1]]
             0 ok     send [[:send 1 [10 -1]]]\n"
                .to_owned()
        })
    });
    let bounded = judge(&story, 1_000);
    assert_eq!(violations(&bounded), ["lost-write", "unseen", "poll-skip"]);
    assert!(bounded.counts.forgotten > 3_000);
}

/// A consumer that skips early: the pair is judged before its records are forgotten.
#[test]
fn skips_are_told_although_their_records_are_forgotten() {
    let story = history(4_000, |step| {
        (step == 10).then(|| {
            "3 invoke poll [[:poll]]
             3 ok     poll [[:poll {1 [[3 3]]}]]
             3 invoke poll [[:poll]]
             3 ok     poll [[:poll {1 [[7 7]]}]]\n"
                .to_owned()
        })
    });
    let bounded = judge(&story, 1_000);
    assert_eq!(violations(&bounded), ["poll-skip"]);
    assert_eq!(bounded.findings(Anomaly::PollSkip)[0].delta, Some(4));
}

/// A late consumer begins where nobody remembers anything: that is not judged, and counted.
#[test]
fn late_readers_are_not_judged_where_records_were_forgotten() {
    let mut story = history(4_000, |_| None);
    for step in [0, 1, 2, 3, 2000, 2001, 3999] {
        let _ = writeln!(
            story,
            "5 invoke poll [[:poll]]\n 5 ok poll [[:poll {{1 [[{step} {step}]] 2 [[{step} :v{step}]]}}]]"
        );
    }
    let bounded = judge(&story, 1_000);
    assert!(bounded.is_valid(), "{bounded:?}");
    assert!(bounded.counts.unjudged >= 12, "{:?}", bounded.counts);
    assert_eq!(
        violations(&judge(&story, usize::MAX)),
        ["poll-skip"],
        "who remembers everything sees the gaps"
    );
}
