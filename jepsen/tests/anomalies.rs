//! Each anomaly has a history that shows it, and one that almost does and must not.
//!
//! `published_cases.rs` has those that Jepsen's own tests describe; here stand the near misses to them, and both for what
//! goes beyond.

mod story;

use klamm_jepsen::contract::{Acks, Circumstances, Fault, Flush};
use klamm_jepsen::verdict::Rules;
use klamm_jepsen::{Anomaly, Options, Verdict};
use story::{allowed, found, judge, judge_with, violations, words};

/// a and b are sent to x and read: to be followed by what a test is about.
const AB: &str = "0 invoke send [[:send :x :a]]
                  0 ok     send [[:send :x [0 :a]]]
                  0 invoke send [[:send :x :b]]
                  0 ok     send [[:send :x [1 :b]]]\n";

fn after_ab(story: &str) -> Verdict {
    judge(&format!("{AB}{story}"))
}

fn shows(verdict: &Verdict, anomaly: Anomaly) -> bool {
    verdict.groups.contains_key(&anomaly)
}

#[test]
fn everything_read_in_order_is_valid() {
    let verdict = after_ab(
        "1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 :a]]}]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[1 :b]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
    assert!(verdict.is_valid());
}

/// A gap in the offsets is a marker, not a record.
#[test]
fn gaps_between_offsets_are_no_skips_and_no_losses() {
    let verdict = judge(
        "0 invoke txn [[:send :x :a] [:send :x :b]]
         0 ok     txn [[:send :x [0 :a]] [:send :x [1 :b]]]
         0 invoke txn [[:send :x :c] [:send :x :d]]
         0 ok     txn [[:send :x [3 :c]] [:send :x [5 :d]]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 :a] [1 :b]]}]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[3 :c] [5 :d]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// What nobody has read behind the last record that was read may still be on its way.
#[test]
fn a_record_behind_everything_read_is_unseen_and_not_lost() {
    let verdict = after_ab("1 invoke poll [[:poll]]\n 1 ok poll [[:poll {:x [[0 :a]]}]]");
    assert_eq!(violations(&verdict), ["unseen"]);
}

/// Whoever failed, or does not know, has not lost anything.
#[test]
fn only_acknowledged_records_are_lost() {
    for end in ["fail", "info"] {
        let verdict = judge(&format!(
            "0 invoke send [[:send :x :a]]
             0 {end}  send [[:send :x [0 :a]]]
             0 invoke send [[:send :x :b]]
             0 ok     send [[:send :x [1 :b]]]
             1 invoke poll [[:poll]]
             1 ok     poll [[:poll {{:x [[1 :b]]}}]]"
        ));
        assert!(verdict.groups.is_empty(), "{end}: {verdict:?}");
    }
}

/// A poll in an operation that failed shows what is there, but nobody has got it.
#[test]
fn what_only_failed_operations_have_polled_is_lost() {
    let verdict = after_ab(
        "1 invoke txn [[:poll]]
         1 fail   txn [[:poll {:x [[0 :a]]}]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[1 :b]]}]]",
    );
    assert_eq!(violations(&verdict), ["lost-write", "unseen"]);
}

#[test]
fn a_record_that_nobody_sent_is_garbage() {
    let poll = "1 invoke poll [[:poll]]\n 1 ok poll [[:poll {:x [[0 :a] [1 :b] [2 :c]]}]]\n";
    let verdict = after_ab(poll);
    assert_eq!(violations(&verdict), ["garbage-read"]);
    assert_eq!(verdict.findings(Anomaly::GarbageRead)[0].sentence, "#5 polled :c from :x, which nobody sent");
    // Somebody who has begun to send it may have done so.
    assert!(judge(&format!("{AB}2 invoke send [[:send :x :c]]\n{poll}")).is_valid());
}

#[test]
fn a_failed_send_that_nobody_read_is_fine() {
    let verdict = after_ab(
        "2 invoke send [[:send :x :c]]
         2 fail   send [[:send :x :c]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 :a] [1 :b]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// An operation that failed does not deliver what it polled, even if that is another one's failed send.
#[test]
fn an_aborted_read_needs_a_reader_that_succeeded() {
    for (end, expected) in [("ok", vec!["G1a"]), ("fail", vec![]), ("info", vec![])] {
        let verdict = judge(&format!(
            "2 invoke send [[:send :x :c]]
             2 fail   send [[:send :x :c]]
             1 invoke txn  [[:poll]]
             1 {end}  txn  [[:poll {{:x [[0 :c]]}}]]"
        ));
        assert_eq!(violations(&verdict), expected, "{end}");
    }
}

/// Within one operation and between operations, reading on is right and everything else is not.
#[test]
fn polls_in_order_are_neither_skips_nor_steps_back() {
    let verdict = after_ab(
        "1 invoke poll [[:poll] [:poll]]
         1 ok     poll [[:poll {:x [[0 :a]]}] [:poll {:x [[1 :b]]}]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[1 :b]]}]]",
    );
    assert!(verdict.groups.is_empty(), "another process begins where it likes: {verdict:?}");
}

/// Partitions that were given or taken while an operation ran may jump in it.
#[test]
fn rebalances_within_an_operation_excuse_its_jumps() {
    let jump = "1 invoke poll [[:poll]]\n 1 ok poll [[:poll {:x [[1 :b] [0 :a]]}]]";
    assert_eq!(violations(&after_ab(jump)), ["int-nonmonotonic-poll"]);
    let other = after_ab(&format!("{jump} :rebalance-log [{{:keys [:y]}}]"));
    assert_eq!(violations(&other), ["int-nonmonotonic-poll"]);
    let verdict = after_ab(&format!("{jump} :rebalance-log [{{:keys [:y]}} {{:keys [:x]}}]"));
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// A group moves partitions between its members; whoever assigns them himself knows where he is.
#[test]
fn skips_and_steps_back_of_subscribers_are_allowed() {
    let polls = "1 invoke poll [[:poll]]
                 1 ok     poll [[:poll {:x [[1 :b]]}]]
                 1 invoke poll [[:poll]]
                 1 ok     poll [[:poll {:x [[0 :a]]}]]\n";
    let subscribed = after_ab(&format!("1 ok subscribe [:x]\n{polls}"));
    assert!(subscribed.is_valid(), "{subscribed:?}");
    assert_eq!(allowed(&subscribed), ["nonmonotonic-poll"]);
    let assigned = after_ab(&format!("1 ok assign [:x]\n{polls}"));
    assert_eq!(violations(&assigned), ["nonmonotonic-poll"]);
}

#[test]
fn sends_in_order_with_unknown_offsets_are_fine() {
    let verdict = judge(
        "0 invoke send [[:send :x :a] [:send :x :b]]
         0 info   send [[:send :x :a] [:send :x :b]]
         0 invoke send [[:send :x :c]]
         0 ok     send [[:send :x [7 :c]]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[4 :a] [5 :b] [7 :c]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// A consumer sees a transaction of another one; that is what it is for.
#[test]
fn a_transaction_that_sees_others_is_no_precommitted_read() {
    let verdict = after_ab(
        "1 invoke txn [[:send :y :c] [:poll]]
         1 ok     txn [[:send :y [0 :c]] [:poll {:x [[0 :a] [1 :b]]}]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:y [[0 :c]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// The same value in two partitions is two records.
#[test]
fn a_value_in_two_partitions_is_no_duplicate() {
    let verdict = judge(
        "0 invoke send [[:send :x 1] [:send :y 1]]
         0 ok     send [[:send :x [0 1]] [:send :y [5 1]]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 1]] :y [[5 1]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// Whoever sends a value twice has it twice.
#[test]
fn a_value_that_was_sent_twice_may_stand_twice() {
    let verdict = judge(
        "0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [0 :a]]]
         0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [1 :a]]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 :a]]}]]",
    );
    assert!(!violations(&verdict).contains(&"duplicate"), "{verdict:?}");
    assert_eq!(allowed(&verdict), ["duplicate"]);
    assert_eq!(verdict.counts.reused, 1);
}

#[test]
fn a_poll_that_ends_inside_of_a_transaction_is_g1b_and_allowed() {
    let sends =
        "0 invoke txn [[:send :x :a] [:send :x :b]]\n 0 ok txn [[:send :x [0 :a]] [:send :x [1 :b]]]\n";
    let part = judge(&format!(
        "{sends} 1 invoke poll [[:poll]]\n 1 ok poll [[:poll {{:x [[0 :a]]}}]]
         1 invoke poll [[:poll]]\n 1 ok poll [[:poll {{:x [[1 :b]]}}]]"
    ));
    assert!(part.is_valid());
    assert_eq!(allowed(&part), ["G1b"]);
    let whole =
        judge(&format!("{sends} 1 invoke poll [[:poll]]\n 1 ok poll [[:poll {{:x [[0 :a] [1 :b]]}}]]"));
    assert!(whole.groups.is_empty(), "{whole:?}");
}

/// What is committed as one is lost as one.
#[test]
fn a_transaction_that_shows_in_one_partition_only_is_torn() {
    let story = |end: &str, second: &str| {
        judge(&format!(
            "0 invoke txn  [[:send :x :a] [:send :y :b]]
             0 {end}  txn  [[:send :x [0 :a]] [:send :y [0 :b]]]
             1 invoke send [[:send :y :c]]
             1 ok     send [[:send :y [2 :c]]]
             2 invoke poll [[:poll]]
             2 ok     poll [[:poll {{:x [[0 :a]] :y [{second} [2 :c]]}}]]"
        ))
    };
    for end in ["ok", "info"] {
        let torn = story(end, "");
        assert!(violations(&torn).contains(&"torn-transaction"), "{end}: {torn:?}");
        assert_eq!(words(&torn.findings(Anomaly::TornTransaction)[0].values), ":a :b");
        assert!(story(end, "[0 :b]").groups.is_empty(), "{end}");
    }
}

/// A transaction of which nothing is there is not torn, whatever else that is.
#[test]
fn a_transaction_that_is_gone_as_a_whole_is_not_torn() {
    let verdict = judge(
        "0 invoke txn  [[:send :x :a] [:send :y :b]]
         0 ok     txn  [[:send :x [0 :a]] [:send :y [0 :b]]]
         1 invoke send [[:send :x :c] [:send :y :c]]
         1 ok     send [[:send :x [2 :c]] [:send :y [2 :c]]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[2 :c]] :y [[2 :c]]}]]",
    );
    assert_eq!(violations(&verdict), ["lost-write", "unseen"]);
    assert_eq!(verdict.groups[&Anomaly::LostWrite].violations, 2);
}

/// Two transactions that write to two partitions in the same order, or only one of them to both, make no circle.
#[test]
fn writes_in_one_order_are_no_circle() {
    let verdict = judge(
        "0 invoke send [[:send :x :a] [:send :y :a]]
         1 invoke send [[:send :x :b] [:send :y :b]]
         0 ok     send [[:send :x [0 :a]] [:send :y [0 :a]]]
         1 ok     send [[:send :x [1 :b]] [:send :y [1 :b]]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[0 :a] [1 :b]] :y [[0 :a] [1 :b]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

#[test]
fn a_transaction_that_sees_another_is_no_circle() {
    let verdict = judge(
        "0 invoke txn [[:send :x :a] [:poll]]
         1 invoke txn [[:send :y :b] [:poll]]
         0 ok     txn [[:send :x [0 :a]] [:poll {}]]
         1 ok     txn [[:send :y [0 :b]] [:poll {:x [[0 :a]]}]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:y [[0 :b]]}]]",
    );
    assert!(verdict.groups.is_empty(), "{verdict:?}");
}

/// Four transactions in a circle, with a shortcut: the circle that is told is the short one.
#[test]
fn the_shortest_circle_is_told() {
    let verdict = judge(
        "0 ok txn [[:send :a 1] [:poll {:d [[0 1]]}]]
         1 ok txn [[:send :b 1] [:poll {:a [[0 1]]}]]
         2 ok txn [[:send :c 1] [:poll {:b [[0 1]]}]]
         3 ok txn [[:send :d 1] [:poll {:c [[0 1]] :b [[0 1]]}]]",
    );
    let operations = found(&verdict, Anomaly::G1c, |it| format!("{:?}", it.operations));
    assert_eq!(operations, ["[0, 1, 3]"]);
    assert_eq!(verdict.findings(Anomaly::G1c)[0].steps.len(), 3);
}

/// The reader is at different places in x and y: it has seen one half of the transaction.
#[test]
fn a_transaction_that_is_seen_in_part_is_g_single_and_allowed() {
    let story = |polled: &str| {
        judge(&format!(
            "2 ok     send [[:send :x [0 :o]] [:send :y [0 :o]]]
             0 invoke txn  [[:send :x :a] [:send :y :a]]
             1 invoke poll [[:poll]]
             0 ok     txn  [[:send :x [1 :a]] [:send :y [1 :a]]]
             1 ok     poll [[:poll {{:x [[0 :o]] :y [{polled}]}}]]
             3 ok     poll [[:poll {{:x [[0 :o] [1 :a]] :y [[0 :o] [1 :a]]}}]]"
        ))
    };
    let part = story("[0 :o] [1 :a]");
    assert!(part.is_valid(), "{part:?}");
    let steps = found(&part, Anomaly::GSingle, |it| it.steps.join("; "));
    assert_eq!(
        steps,
        ["#4 polled :x up to :o, and #3 sent :a behind it; #3 sent :a to :y, and #4 polled it"]
    );
    assert!(!shows(&story("[0 :o]"), Anomaly::GSingle));
}

/// Two readers, each of which has seen one of two transactions and not the other.
#[test]
fn readers_that_disagree_about_the_order_are_g2_and_allowed() {
    let story = |first: &str, second: &str| {
        judge(&format!(
            "9 ok send [[:send :x [0 :o]] [:send :y [0 :o]]]
             0 ok send [[:send :x [1 :a]] [:send :z [0 :a]]]
             1 ok send [[:send :y [1 :b]] [:send :w [0 :b]]]
             2 ok poll [[:poll {first}]]
             3 ok poll [[:poll {second}]]
             4 ok poll [[:poll {{:x [[0 :o] [1 :a]] :y [[0 :o] [1 :b]] :z [[0 :a]] :w [[0 :b]]}}]]"
        ))
    };
    let crossed = story("{:x [[0 :o] [1 :a]] :y [[0 :o]]}", "{:x [[0 :o]] :y [[0 :o] [1 :b]]}");
    assert!(crossed.is_valid(), "{crossed:?}");
    assert_eq!(crossed.findings(Anomaly::G2Item)[0].steps.len(), 4);
    assert!(!shows(&crossed, Anomaly::GSingle));
    let agreed = story("{:x [[0 :o] [1 :a]] :y [[0 :o]]}", "{:x [[0 :o] [1 :a]] :y [[0 :o] [1 :b]]}");
    assert!(!shows(&agreed, Anomaly::G2Item), "{agreed:?}");
}

/// A poll that was over before the send began cannot have its record.
#[test]
fn a_record_that_is_read_before_it_is_sent_is_g1c_realtime() {
    let early = judge(
        "0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[0 :a]]}]]
         1 invoke send [[:send :x :a]]
         1 ok     send [[:send :x [0 :a]]]",
    );
    assert_eq!(violations(&early), ["G1c-realtime"]);
    let overlapping = judge(
        "0 invoke poll [[:poll]]
         1 invoke send [[:send :x :a]]
         0 ok     poll [[:poll {:x [[0 :a]]}]]
         1 ok     send [[:send :x [0 :a]]]",
    );
    assert!(overlapping.groups.is_empty(), "{overlapping:?}");
}

/// Process 1 passes on what process 0 sends, and has been read before that was sent.
#[test]
fn a_chain_of_polls_that_comes_back_in_time_is_g1c_realtime_or_process() {
    let story = |sends: &str, sent: &str, early: &str, late: &str| {
        judge(&format!(
            "1 invoke txn [[:poll] [:send :y :b]]
             {early}
             0 invoke {sends}
             0 ok     {sent}
             1 ok     txn [[:poll {{:x [[0 :a]]}}] [:send :y [0 :b]]]
             {late}
             9 ok     poll [[:poll {{:x [[0 :a]] :y [[0 :b]] :z [[0 :c] [1 :d]]}}]]"
        ))
        .groups
        .into_iter()
        .filter(|(anomaly, group)| group.violations > 0 && anomaly.name().starts_with("G1c"))
        .map(|(anomaly, group)| format!("{anomaly} in {} steps", group.findings[0].steps.len()))
        .collect::<Vec<_>>()
    };
    let transaction = ["txn [[:send :x :a] [:send :z :d]]", "txn [[:send :x [0 :a]] [:send :z [1 :d]]]"];
    let single = ["send [[:send :x :a]]", "send [[:send :x [0 :a]]]"];
    let transactor = |process: u32| {
        format!(
            "{process} invoke txn [[:send :z :c] [:poll]]
             {process} ok txn [[:send :z [0 :c]] [:poll {{:y [[0 :b]]}}]]"
        )
    };
    let poller = "7 invoke poll [[:poll]]\n 7 ok poll [[:poll {:y [[0 :b]]}]]";
    for [sends, sent] in [transaction, single] {
        let realtime = ["G1c-realtime in 3 steps"];
        assert_eq!(story(sends, sent, &transactor(7), ""), realtime, "{sends}");
        assert_eq!(story(sends, sent, poller, ""), realtime, "{sends}");
        assert_eq!(story(sends, sent, "", &transactor(7)), [""; 0], "afterwards everybody may read it");
        assert_eq!(story(sends, sent, "", poller), [""; 0], "afterwards everybody may read it");
    }
    assert_eq!(story(transaction[0], transaction[1], &transactor(0), ""), ["G1c-process in 3 steps"]);
}

/// b was sent when a was acknowledged, and stands before it.
#[test]
fn a_log_that_contradicts_real_time_is_g0_realtime() {
    let story = |invoked: &str, offset: u32| {
        let (before, after) = if invoked == "before" {
            ("1 invoke send [[:send :x :b]]", "")
        } else {
            ("", "1 invoke send [[:send :x :b]]")
        };
        judge(&format!(
            "{before}
             0 invoke send [[:send :x :a]]
             0 ok     send [[:send :x [1 :a]]]
             {after}
             1 ok     send [[:send :x [{offset} :b]]]
             2 invoke poll [[:poll]]
             2 ok     poll [[:poll {{:x [{}]}}]]",
            if offset == 0 { "[0 :b] [1 :a]" } else { "[1 :a] [2 :b]" }
        ))
    };
    let contradiction = story("after", 0);
    assert_eq!(allowed(&contradiction), ["G0-realtime"]);
    let rules = Rules { forbid: [Anomaly::G0Realtime].into(), ..Rules::default() };
    assert!(contradiction.is_valid());
    assert!(story("before", 0).groups.is_empty(), "they overlapped");
    assert!(story("after", 2).groups.is_empty(), "it stands behind");
    let forbidden = judge_with(
        "0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [1 :a]]]
         1 invoke send [[:send :x :b]]
         1 ok     send [[:send :x [0 :b]]]",
        Options { rules, ..Options::default() },
    );
    assert!(violations(&forbidden).contains(&"G0-realtime"));
}

/// Two subscribed consumers both succeeded with the same record.
#[test]
fn a_record_that_was_processed_twice_is_a_double_consumption() {
    let story = |how: &str, end: &str, group: &str, exactly_once: bool| {
        let text = format!(
            "{AB}1 ok subscribe [:x]
             2 ok {how} [:x]
             1 invoke txn [[:poll] [:send :y :p]]
             1 ok     txn [[:poll {{:x [[0 :a] [1 :b]]}}] [:send :y [0 :p]]]
             2 invoke txn [[:poll] [:send :y :q]]
             2 {end}  txn [[:poll {{:x [[0 :a]]}}] [:send :y [1 :q]]] {group}
             3 invoke poll [[:poll]]
             3 ok     poll [[:poll {{:y [[0 :p]]}}]]"
        );
        let circumstances = Circumstances { exactly_once, ..Circumstances::default() };
        let verdict = judge_with(&text, Options { circumstances, ..Options::default() });
        let group = verdict.groups.get(&Anomaly::DoubleConsumption);
        group.map_or((0, 0), |group| (group.violations, group.allowed))
    };
    assert_eq!(story("subscribe", "ok", "", true), (1, 0));
    assert_eq!(story("subscribe", "ok", "", false), (0, 1), "at least once may be twice");
    assert_eq!(story("subscribe", "fail", "", true), (0, 0), "an abort gives the records back");
    assert_eq!(story("assign", "ok", "", true), (0, 0), "assigned partitions are everybody's own");
    assert_eq!(story("subscribe", "ok", ":group :other", true), (0, 0), "every group has its own places");
}

/// A group's offset may only be one that was committed and not overwritten.
#[test]
fn a_committed_offset_that_goes_back_is_a_regression() {
    let story = |then: &str| {
        let verdict = judge(&format!(
            "0 invoke commit {{:x 5}} :group :g
             0 ok     commit {{:x 5}} :group :g
             1 invoke commit {{:x 9}} :group :g
             {then}
             5 ok poll [[:poll {{}}]]"
        ));
        violations(&verdict).join(" ")
    };
    let fetch = |offset: &str| format!("2 invoke committed nil\n 2 ok committed {{:x {offset}}} :group :g");
    let acknowledged = "1 ok commit {:x 9} :group :g\n";
    assert_eq!(story(&format!("{acknowledged}{}", fetch("5"))), "commit-regression");
    assert_eq!(story(&format!("{acknowledged}{}", fetch("nil"))), "commit-regression");
    assert_eq!(story(&format!("{acknowledged}{}", fetch("-1"))), "commit-regression");
    assert_eq!(story(&format!("{acknowledged}{}", fetch("9"))), "");
    assert_eq!(story(&format!("{acknowledged}{}", fetch("12"))), "garbage-commit");
    // While the second commit is under way, or nobody knows, either may be there.
    for unknown in ["", "1 info commit {:x 9} :group :g\n"] {
        assert_eq!(story(&format!("{unknown}{}", fetch("5"))), "", "{unknown}");
        assert_eq!(story(&format!("{unknown}{}", fetch("9"))), "", "{unknown}");
    }
    let failed = "1 fail commit {:x 9} :group :g\n";
    assert_eq!(story(&format!("{failed}{}", fetch("9"))), "garbage-commit");
    // A fetch that began before the second commit was acknowledged may have the first.
    assert_eq!(
        story(&format!("2 invoke committed nil\n{acknowledged} 2 ok committed {{:x 5}} :group :g")),
        ""
    );
    let other = "2 invoke committed nil\n 2 ok committed {:x nil} :group :other";
    assert_eq!(story(&format!("{acknowledged}{other}")), "");
    // Whoever commits less on purpose has less.
    let back =
        "1 ok commit {:x 9} :group :g\n 3 invoke commit {:x 5} :group :g\n 3 ok commit {:x 5} :group :g\n";
    assert_eq!(story(&format!("{back}{}", fetch("5"))), "");
}

/// The contract decides which losses are violations: the same history under different circumstances.
#[test]
fn losses_that_the_contract_covers_are_counted_and_allowed() {
    let story = "0 invoke send [[:send :x :a]]
                 0 ok     send [[:send :x [0 :a]]]
                 0 invoke send [[:send :x :b]]
                 0 ok     send [[:send :x [0 :b]]]
                 1 invoke poll [[:poll]]
                 1 ok     poll [[:poll {:x [[0 :b]]}]]";
    let with = |acks, flush, faults: &[(Fault, u32)]| {
        let circumstances = Circumstances {
            acks,
            flush,
            min_insync_replicas: 2,
            faults: faults.to_vec(),
            exactly_once: false,
        };
        judge_with(story, Options { circumstances, ..Options::default() })
    };
    let all = ["lost-write", "unseen", "inconsistent-offsets"];
    let power = |nodes| [(Fault::PowerLoss(nodes), u32::MAX)];
    assert_eq!(violations(&with(Acks::All, Flush::Synced, &power(3))), all);
    assert_eq!(violations(&with(Acks::All, Flush::Written, &power(1))), all);
    let lost = with(Acks::All, Flush::Written, &power(2));
    assert!(lost.is_valid(), "{lost:?}");
    assert_eq!(allowed(&lost), all);
    let reason = lost.findings(Anomaly::LostWrite)[0].allowed.clone().expect("it is allowed");
    assert!(reason.contains("min.insync.replicas"), "{reason}");
    assert!(with(Acks::None, Flush::Synced, &[]).is_valid());
    // A fault that was over before the record was acknowledged explains nothing.
    let over = with(Acks::All, Flush::Written, &[(Fault::PowerLoss(2), 0)]);
    assert_eq!(violations(&over), all);
}

/// A log that is cut back and grows again moves consumers, and shows an offset twice. Without a fault that explains it, that
/// is a violation.
#[test]
fn a_log_that_was_cut_back_excuses_what_comes_of_it() {
    let story = |fault: &str| {
        judge(&format!(
            "0 invoke send [[:send :x :a]]
             0 ok     send [[:send :x [0 :a]]]
             0 invoke send [[:send :x :b]]
             0 ok     send [[:send :x [1 :b]]]
             1 invoke poll [[:poll]]
             1 ok     poll [[:poll {{:x [[0 :a] [1 :b]]}}]]
             0 invoke send [[:send :x :c]]
             0 ok     send [[:send :x [2 :c]]]
             {fault}
             0 invoke send [[:send :x :d]]
             0 ok     send [[:send :x [1 :d]]]
             1 invoke poll [[:poll]]
             1 ok     poll [[:poll {{:x [[0 :a] [1 :d]]}}]]"
        ))
    };
    let broken = violations(&story(":nemesis info partition-cut nil"));
    assert_eq!(broken, ["unseen", "inconsistent-offsets", "nonmonotonic-poll"]);
    let excused = story(":nemesis info unclean-election nil");
    assert!(excused.is_valid(), "{excused:?}");
    assert_eq!(allowed(&excused)[..3], broken);
}

/// What a producer sends after a loss may stand before what it lost; before what is still there it may not.
#[test]
fn sends_go_back_only_behind_what_is_lost() {
    let story = |polled: &str| {
        violations(&judge(&format!(
            "0 invoke send [[:send :x :a]]
             0 ok     send [[:send :x [5 :a]]]
             :nemesis info unclean-election nil
             0 invoke send [[:send :x :b]]
             0 ok     send [[:send :x [3 :b]]]
             1 invoke poll [[:poll]]
             1 ok     poll [[:poll {{:x [{polled}]}}]]"
        )))
    };
    assert_eq!(story("[3 :b]"), [""; 0]);
    assert_eq!(story("[3 :b] [5 :a]"), ["nonmonotonic-send"]);
}

/// Faults can stand in the history, where nemeses do their work.
#[test]
fn faults_in_the_history_excuse_what_was_acknowledged_before_them() {
    let story = |before: &str, after: &str| {
        violations(&judge(&format!(
            "{before}
             0 invoke send [[:send :x :a]]
             0 ok     send [[:send :x [0 :a]]]
             {after}
             1 invoke send [[:send :x :b]]
             1 ok     send [[:send :x [1 :b]]]
             2 invoke poll [[:poll]]
             2 ok     poll [[:poll {{:x [[1 :b]]}}]]"
        )))
        .len()
    };
    let election = ":nemesis info unclean-election nil";
    assert_eq!(story("", election), 0);
    assert_eq!(story(election, ""), 2);
    assert_eq!(story("", ":nemesis info partition-cut nil"), 2);
}

/// What the caller wants decides last.
#[test]
fn anomalies_can_be_allowed_and_forbidden() {
    let story = format!("{AB}1 invoke poll [[:poll]]\n 1 ok poll [[:poll {{:x [[0 :a]]}}]]");
    let allow = Rules { allow: [Anomaly::Unseen].into(), ..Rules::default() };
    assert!(judge_with(&story, Options { rules: allow, ..Options::default() }).is_valid());
    let both =
        Rules { allow: [Anomaly::Unseen].into(), forbid: [Anomaly::Unseen].into(), ..Rules::default() };
    assert!(!judge_with(&story, Options { rules: both, ..Options::default() }).is_valid());
}

/// All are counted, some are kept.
#[test]
fn findings_are_bounded_and_all_are_counted() {
    let mut story = String::new();
    for value in 0..100 {
        story.push_str(&format!(
            "0 invoke send [[:send :x {value}]]\n 0 ok send [[:send :x [{value} {value}]]]\n"
        ));
    }
    let rules = Rules { findings_max: 3, ..Rules::default() };
    let verdict = judge_with(&story, Options { rules, ..Options::default() });
    let group = &verdict.groups[&Anomaly::Unseen];
    assert_eq!((group.violations, group.findings.len()), (100, 3));
}
