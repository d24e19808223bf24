//! The cases by which Jepsen's own checker for Kafka is tested: the same verdicts.
//!
//! Source: `jepsen/test/jepsen/tests/kafka_test.clj`. The histories are written from what those cases describe.

mod story;

use klamm_jepsen::verdict::Finding;
use klamm_jepsen::{Anomaly, Options, Verdict};
use story::{found, judge, words};

fn skips(verdict: &Verdict, anomaly: Anomaly) -> Vec<String> {
    found(verdict, anomaly, |it| {
        format!("{} by {} over {} in {:?}", it.key, it.delta.unwrap(), words(&it.skipped), it.operations)
    })
}

fn pairs(verdict: &Verdict, anomaly: Anomaly) -> Vec<String> {
    found(verdict, anomaly, |it| {
        format!("{} {} by {} in {:?}", it.key, words(&it.values), it.delta.unwrap(), it.operations)
    })
}

fn values(verdict: &Verdict, anomaly: Anomaly) -> Vec<String> {
    found(verdict, anomaly, |it: &Finding| format!("{} {} {:?}", it.key, words(&it.values), it.offsets))
}

/// A poll shows a and b; a crashed transaction says that c stands where b was seen, that b stands further on, and d at the
/// end. Because b was read that transaction counts, and the offset shows two records.
#[test]
fn an_offset_of_a_crashed_transaction_that_was_seen_counts() {
    let verdict = judge(
        "0 ok   txn [[:poll {:x [[0 :a] [1 :b]]}]]
         1 info txn [[:send :x [1 :c]] [:send :x [3 :b]] [:send :x [4 :d]]]",
    );
    assert_eq!(values(&verdict, Anomaly::InconsistentOffsets), [":x :b :c [1]"]);
    assert_eq!(values(&verdict, Anomaly::Duplicate), [":x :b [1, 3]"]);
}

/// Two acknowledged sends were told the same offset.
#[test]
fn an_offset_that_was_told_twice_is_inconsistent() {
    let verdict = judge(
        "379 invoke send [[:send 11 641]]
         379 ok     send [[:send 11 [537 641]]]
         363 invoke send [[:send 11 645]]
         363 ok     send [[:send 11 [537 645]]]",
    );
    assert_eq!(values(&verdict, Anomaly::InconsistentOffsets), ["11 641 645 [537]"]);
}

/// An offset that an operation of unknown outcome was told means nothing, until a record of that operation is read.
#[test]
fn an_unknown_send_conflicts_only_once_it_was_seen() {
    let unseen = "0 invoke send [[:send :x 1] [:send :y 1]]
                  0 info   send [[:send :x [0 1]] [:send :y 1]]
                  1 invoke send [[:send :x 2]]
                  1 ok     send [[:send :x [0 2]]]\n";
    assert_eq!(values(&judge(unseen), Anomaly::InconsistentOffsets), [""; 0]);
    let seen = format!("{unseen} 2 invoke poll [[:poll]]\n 2 ok poll [[:poll {{:y [[5 1]]}}]]");
    assert_eq!(values(&judge(&seen), Anomaly::InconsistentOffsets), [":x 2 1 [0]"]);
}

/// What failed is read.
#[test]
fn a_failed_send_that_is_read_is_an_aborted_read() {
    let verdict = judge(
        "0 invoke send [[:send :x 2] [:send :y 3]]
         0 fail   send [[:send :x 2] [:send :y 3]]
         1 invoke poll [[:poll]]
         1 ok     poll [[:poll {:x [[0 2]]}]]",
    );
    let found =
        found(&verdict, Anomaly::G1a, |it| format!("{} {} {:?}", it.key, words(&it.values), it.operations));
    assert_eq!(found, [":x 2 [1, 3]"]);
}

/// a, b and d are acknowledged around c, and c was read: so a and b must have been, and d need not.
#[test]
fn records_below_one_that_was_read_are_lost() {
    let verdict = judge(
        "0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [0 :a]]]
         0 invoke send [[:send :x :b] [:send :x :d]]
         0 ok     send [[:send :x [1 :b]] [:send :x [3 :d]]]
         1 invoke send [[:send :x :c]]
         1 info   send [[:send :x :c]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[2 :c]]}]]",
    );
    assert_eq!(values(&verdict, Anomaly::LostWrite), [":x :a [0]", ":x :b [1]"]);
    let operations = found(&verdict, Anomaly::LostWrite, |it| format!("{:?}", it.operations));
    assert_eq!(operations, ["[1, 7]", "[3, 7]"]);
}

/// Two records claim offset 0; only one was read, the other is lost whichever of them the order of the log takes.
#[test]
fn a_record_that_was_overwritten_is_lost() {
    let verdict = judge(
        "0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [0 :a]]]
         0 invoke send [[:send :x :b] [:send :x :c]]
         0 ok     send [[:send :x [0 :b]] [:send :x [2 :c]]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[0 :b] [2 :c]]}]]",
    );
    assert_eq!(values(&verdict, Anomaly::LostWrite), [":x :a [0]"]);
}

/// A crashed transaction counts as a whole as soon as one of its records is read.
#[test]
fn a_crashed_transaction_loses_records_only_if_it_happened() {
    let sends = "0 invoke send [[:send :x :a] [:send :y :b]]
                 0 info   send [[:send :x :a] [:send :y [0 :b]]]
                 1 invoke send [[:send :y :c]]
                 1 info   send [[:send :y :c]]\n";
    let poll_a = "2 invoke poll [[:poll]]\n 2 ok poll [[:poll {:x [[0 :a]]}]]\n";
    let poll_c = "3 invoke poll [[:poll]]\n 3 ok poll [[:poll {:y [[1 :c]]}]]\n";
    assert_eq!(values(&judge(&format!("{sends}{poll_c}")), Anomaly::LostWrite), [""; 0]);
    let both = judge(&format!("{sends}{poll_a}{poll_c}"));
    assert_eq!(values(&both, Anomaly::LostWrite), [":y :b [0]"]);
    assert_eq!(both.findings(Anomaly::TornTransaction).len(), 1);
}

/// Process 0 polls up to b, then d, then g; others show that c and f exist. Offset 5 may be a gap.
const SKIPPING: [&str; 5] = [
    "0 invoke poll [[:poll]]
     0 ok     poll [[:poll {:x [[1 :a] [2 :b]]}]]
     1 invoke poll [[:poll]]
     1 ok     poll [[:poll {:x [[3 :c]]}]]\n",
    "0 invoke poll [[:poll]]
     0 ok     poll [[:poll {:x [[4 :d]]}]]\n",
    "2 invoke send [[:send :x :f]]
     2 ok     send [[:send :x [6 :f]]]\n",
    "0 invoke poll [[:poll]]
     0 ok     poll [[:poll {:x [[7 :g]]}]]\n",
    "3 invoke send [[:send :x :a] [:send :x :b] [:send :x :c] [:send :x :d] [:send :x :g]]
     3 info   send [[:send :x :a] [:send :x :b] [:send :x :c] [:send :x :d] [:send :x :g]]\n",
];

#[test]
fn a_consumer_that_leaves_out_records_skips() {
    let verdict = judge(&SKIPPING.concat());
    assert_eq!(
        skips(&verdict, Anomaly::PollSkip),
        [":x by 2 over :c in [1, 5]", ":x by 2 over :f in [5, 9]"]
    );
}

/// Whoever gives up a partition may take it up again anywhere; whoever keeps it may not.
#[test]
fn a_consumer_may_skip_when_it_has_given_up_the_partition() {
    let [first, second, third, fourth, fifth] = SKIPPING;
    let with =
        |between: &str, later: &str| judge(&[first, between, second, later, third, fourth, fifth].concat());
    let given_up = with("0 ok subscribe [:y]\n", "0 info assign [:y]\n");
    assert_eq!(skips(&given_up, Anomaly::PollSkip), [""; 0]);
    let kept = with("0 ok subscribe [:x :y]\n", "0 ok assign [:x :y]\n");
    assert_eq!(skips(&kept, Anomaly::PollSkip).len(), 2);
}

fn transactions(ends: &[&str]) -> Verdict {
    let mut history = "0 invoke send [[:send :x 0] [:send :x 1] [:send :x 2] [:send :x 3] [:send :x 4] [:send :x 5]]
        0 ok send [[:send :x [0 0]] [:send :x [1 1]] [:send :x [2 2]] [:send :x [3 3]] [:send :x [4 4]] [:send :x [5 5]]]\n"
        .to_owned();
    for end in ends {
        history.push_str(&format!("1 invoke txn [[:poll]]\n1 {end}\n"));
    }
    judge(&history)
}

/// After a transaction that failed, or whose end is unknown, the next poll begins where the last success ended.
#[test]
fn polls_after_an_abort_begin_again() {
    let verdict = judge(
        "0 invoke send [[:send :x 0] [:send :x 1] [:send :x 2]]
         0 ok     send [[:send :x [0 0]] [:send :x [1 1]] [:send :x [2 2]]]
         1 invoke txn  [[:poll]]
         1 ok     txn  [[:poll {:x [[0 0]]}]]
         1 invoke txn  [[:poll]]
         1 fail   txn  [[:poll {:x [[1 1] [2 2]]}]]
         1 invoke txn  [[:poll]]
         1 info   txn  [[:poll {:x [[1 1] [2 2]]}]]
         1 invoke txn  [[:poll]]
         1 ok     txn  [[:poll {:x [[1 1] [2 2]]}]]",
    );
    assert!(verdict.groups.keys().all(|anomaly| *anomaly == Anomaly::G1b), "{verdict:?}");
    assert!(verdict.is_valid());
}

/// Polls that go on as if the abort had not been are skips, whether their own transaction succeeds or not.
#[test]
fn polls_that_go_on_after_an_abort_skip() {
    let verdict = transactions(&[
        "ok   txn [[:poll {:x [[0 0]]}]]",
        "fail txn [[:poll {:x [[1 1] [2 2]]}]]",
        "fail txn [[:poll {:x [[3 3] [4 4]]}]]",
        "ok   txn [[:poll {:x [[5 5]]}]]",
    ]);
    let expected = [":x by 3 over 1 2 in [3, 7]", ":x by 5 over 1 2 3 4 in [3, 9]"];
    assert_eq!(skips(&verdict, Anomaly::PollSkip), expected);
}

#[test]
fn polls_of_a_transaction_of_unknown_end_can_skip() {
    let verdict = transactions(&[
        "ok   txn [[:poll {:x [[0 0]]}]]",
        "fail txn [[:poll {:x [[1 1] [2 2]]}]]",
        "info txn [[:poll {:x [[3 3] [4 4]]}]]",
    ]);
    assert_eq!(skips(&verdict, Anomaly::PollSkip), [":x by 3 over 1 2 in [3, 7]"]);
}

/// A process polls up to c and then again from b.
#[test]
fn a_consumer_that_goes_back_is_nonmonotonic() {
    let with = |between: &str| {
        let verdict = judge(&format!(
            "0 invoke send [[:send :x :a] [:send :x :b] [:send :x :c] [:send :x :d]]
             0 ok     send [[:send :x :a] [:send :x :b] [:send :x :c] [:send :x :d]]
             0 invoke poll [[:poll]]
             0 ok     poll [[:poll {{:x [[1 :a] [2 :b] [3 :c]]}}]]
             {between}
             0 invoke poll [[:poll]]
             0 ok     poll [[:poll {{:x [[2 :b] [3 :c] [4 :d]]}}]]"
        ));
        found(&verdict, Anomaly::NonmonotonicPoll, |it| {
            format!("{} by {}", words(&it.values), it.delta.unwrap())
        })
    };
    assert_eq!(with(""), [":c :b by -1"]);
    for replaced in ["0 ok subscribe [:y]", "0 ok assign [:y]"] {
        assert_eq!(with(replaced), [""; 0], "{replaced}");
    }
    for kept in ["0 ok subscribe [:x :y]", "0 ok assign [:x :y]"] {
        assert_eq!(with(kept), [":c :b by -1"], "{kept}");
    }
}

/// A process sends to offsets 3 and 4, and later to 1 and 2.
#[test]
fn a_producer_whose_records_go_back_is_nonmonotonic() {
    let with = |between: &str| {
        let verdict = judge(&format!(
            "0 invoke send [[:send :x :c] [:send :x :d]]
             0 ok     send [[:send :x [3 :c]] [:send :x [4 :d]]]
             {between}
             0 invoke send [[:send :x :a] [:send :x :b]]
             0 ok     send [[:send :x [1 :a]] [:send :x [2 :b]]]"
        ));
        found(&verdict, Anomaly::NonmonotonicSend, |it| {
            format!("{} by {}", words(&it.values), it.delta.unwrap())
        })
    };
    assert_eq!(with(""), [":d :a by -3"]);
    assert_eq!(with("0 ok subscribe [:y]"), [""; 0]);
    assert_eq!(with("0 info assign [:y]"), [""; 0]);
    assert_eq!(with("0 ok subscribe [:x :y]"), [":d :a by -3"]);
    assert_eq!(with("0 ok assign [:x :y]"), [":d :a by -3"]);
}

/// One operation sees offsets 1 and 4 in one poll, another in two; a third one shows that there is something between.
#[test]
fn an_operation_that_leaves_out_records_skips_internally() {
    let verdict = judge(
        "1 invoke send [[:send :x :a] [:send :x :b] [:send :x :d]]
         1 info   send [[:send :x :a] [:send :x :b] [:send :x :d]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[1 :a] [4 :d]]}]]
         0 invoke poll [[:poll] [:poll]]
         0 ok     poll [[:poll {:x [[1 :a]]}] [:poll {:x [[4 :d]]}]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[2 :b]]}]]",
    );
    let expected = [":x by 2 over :b in [3]", ":x by 2 over :b in [5]"];
    assert_eq!(skips(&verdict, Anomaly::IntPollSkip), expected);
}

/// The offset of c is only known from a poll, which also shows b before it.
#[test]
fn records_of_others_between_those_of_one_operation_are_a_send_skip() {
    let verdict = judge(
        "0 invoke send [[:send :x :a] [:send :x :c]]
         0 ok     send [[:send :x [1 :a]] [:send :x :c]]
         1 invoke send [[:send :x :b]]
         1 info   send [[:send :x :b]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[2 :b] [3 :c]]}]]",
    );
    assert_eq!(skips(&verdict, Anomaly::IntSendSkip), [":x by 2 over :b in [1]"]);
    let group = &verdict.groups[&Anomaly::IntSendSkip];
    assert_eq!((group.violations, group.allowed), (0, 1), "transactions interleave");
}

/// Polls within one operation that go back, or show the same record again.
#[test]
fn an_operation_whose_polls_go_back_is_nonmonotonic_internally() {
    let verdict = judge(
        "0 invoke send [[:send :x :a] [:send :x :b] [:send :x :c]]
         0 info   send [[:send :x :a] [:send :x :b] [:send :x :c]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[3 :c] [1 :a]]}]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[2 :b] [3 :c]]}] [:poll {:x [[3 :c]]}]]",
    );
    let expected = [":x :c :a by -2 in [3]", ":x :c :c by 0 in [5]"];
    assert_eq!(pairs(&verdict, Anomaly::IntNonmonotonicPoll), expected);
}

/// Sends within one operation in the wrong order, told by their own offsets or by a poll.
#[test]
fn an_operation_whose_sends_go_back_is_nonmonotonic_internally() {
    let verdict = judge(
        "0 invoke send [[:send :x :c] [:send :x :a]]
         0 ok     send [[:send :x [3 :c]] [:send :x [1 :a]]]
         0 invoke send [[:send :y :d] [:send :y :b]]
         0 info   send [[:send :y :d] [:send :y :b]]
         1 invoke send [[:send :y :c]]
         1 info   send [[:send :y :c]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:y [[2 :b] [3 :c] [4 :d]]}]]",
    );
    let expected = [":x :c :a by -1 in [1]", ":y :d :b by -2 in [3]"];
    assert_eq!(pairs(&verdict, Anomaly::IntNonmonotonicSend), expected);
}

/// A record was acknowledged at one offset and is polled at another.
#[test]
fn a_record_at_two_offsets_is_a_duplicate() {
    let verdict = judge(
        "0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [1 :a]]]
         1 invoke send [[:send :x :b]]
         1 info   send [[:send :x :b]]
         2 invoke poll [[:poll]]
         2 ok     poll [[:poll {:x [[2 :b] [3 :a]]}]]",
    );
    assert_eq!(values(&verdict, Anomaly::Duplicate), [":x :a [1, 3]"]);
}

/// Ten records all sent to offset 0 and all polled at offset 1: every one is a duplicate, and both offsets show all ten.
#[test]
fn duplicates_are_found_whatever_else_claims_their_offsets() {
    let mut history = String::new();
    for value in 0..10 {
        history.push_str(&format!(
            "0 invoke send [[:send :x {value}]]\n 0 ok send [[:send :x [0 {value}]]]
             1 invoke poll [[:poll]]\n 1 ok poll [[:poll {{:x [[1 {value}]]}}]]\n"
        ));
    }
    let verdict = judge(&history);
    let all = (0..10).map(|value| value.to_string()).collect::<Vec<_>>();
    assert_eq!(found(&verdict, Anomaly::Duplicate, |it| words(&it.values)), all);
    let expected = [format!(":x {} [0]", all.join(" ")), format!(":x {} [1]", all.join(" "))];
    assert_eq!(values(&verdict, Anomaly::InconsistentOffsets), expected);
}

/// A poll in a transaction that fails still shows what is there. What a failed send was told does not count.
#[test]
fn polls_of_failed_transactions_show_duplicates() {
    let verdict = judge(
        "0 invoke send [[:send :x 0]]
         0 ok     send [[:send :x [1 0]]]
         0 invoke send [[:send :x 1]]
         0 fail   send [[:send :x [2 1]]]
         1 invoke poll [[:poll]]
         1 fail   poll [[:poll {:x [[11 0] [12 1]]}]]",
    );
    assert_eq!(values(&verdict, Anomaly::Duplicate), [":x 0 [1, 11]"]);
}

/// Assigning partitions is not yet a test.
#[test]
fn a_history_without_sends_and_polls_is_not_valid() {
    let verdict = judge("0 invoke assign [:x]\n 0 ok assign [:x]");
    assert!(!verdict.is_valid());
    assert_eq!(story::violations(&verdict), ["empty-history"]);
}

/// Two records are acknowledged; the polls come to see one of them, then both.
#[test]
fn acknowledged_records_are_unseen_until_they_are_polled() {
    let events = story::events(
        "0 invoke poll [[:poll]]
         0 ok     poll [[:poll {}]]
         0 invoke send [[:send :x :a] [:send :x :b]]
         0 ok     send [[:send :x [0 :a]] [:send :x [1 :b]]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[0 :a]]}]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[1 :b]]}]]",
    );
    let mut checker = klamm_jepsen::Checker::new(Options::default());
    let mut unseen = Vec::new();
    for op in &events {
        checker.push(op).expect("it is short");
        if op.kind == klamm_jepsen::history::Kind::Ok {
            unseen.push(checker.verdict().groups.get(&Anomaly::Unseen).map_or(0, |group| group.violations));
        }
    }
    assert_eq!(unseen, [0, 2, 1, 0]);
}

/// Two operations write to two partitions, in opposite orders.
#[test]
fn writes_in_opposite_orders_are_g0() {
    let verdict = judge(
        "0 invoke send [[:send :x :a] [:send :y :a]]
         1 invoke send [[:send :x :b] [:send :y :b]]
         0 ok     send [[:send :x [0 :a]] [:send :y [1 :a]]]
         1 ok     send [[:send :x [1 :b]] [:send :y [0 :b]]]",
    );
    let steps = found(&verdict, Anomaly::G0, |it| it.steps.join("; "));
    assert_eq!(
        steps,
        ["#2 sent :a to :x, and #3 sent :b behind it; #3 sent :b to :y, and #2 sent :a behind it"]
    );
    assert_eq!(verdict.groups[&Anomaly::G0].violations, 0, "writes are not isolated");
}

/// Two transactions have each polled what the other one sent.
#[test]
fn transactions_that_see_each_other_are_g1c() {
    let verdict = judge(
        "0 invoke txn [[:send :x :a] [:poll]]
         1 invoke txn [[:send :y :b] [:poll]]
         0 ok     txn [[:send :x [0 :a]] [:poll {:y [[0 :b]]}]]
         1 ok     txn [[:send :y [0 :b]] [:poll {:x [[0 :a]]}]]",
    );
    let steps = found(&verdict, Anomaly::G1c, |it| it.steps.join("; "));
    assert_eq!(steps, ["#2 sent :a to :x, and #3 polled it; #3 sent :b to :y, and #2 polled it"]);
    assert_eq!(verdict.groups[&Anomaly::G1c].violations, 1);
}

/// One transaction polls what the other sent, and its own record stands before another one of that.
#[test]
fn a_circle_of_a_poll_and_a_write_is_g1c_and_allowed() {
    let verdict = judge(
        "0 invoke txn [[:send :x :a] [:send :y :c]]
         1 invoke txn [[:poll] [:send :y :b]]
         0 ok     txn [[:send :x [0 :a]] [:send :y [2 :c]]]
         1 ok     txn [[:poll {:x [[0 :a]]}] [:send :y [1 :b]]]",
    );
    let steps = found(&verdict, Anomaly::G1c, |it| it.steps.join("; "));
    assert_eq!(steps, ["#2 sent :a to :x, and #3 polled it; #3 sent :b to :y, and #2 sent :c behind it"]);
    assert_eq!(verdict.groups[&Anomaly::G1c].violations, 0);
}

/// A transaction polls its own record.
#[test]
fn a_transaction_that_sees_itself_is_a_precommitted_read() {
    let verdict = judge(
        "0 invoke txn [[:send :x :a] [:poll]]
         0 ok     txn [[:send :x [0 :a]] [:poll {:x [[0 :a]]}]]",
    );
    assert_eq!(pairs_of(&verdict), [":x :a [1]"]);
}

fn pairs_of(verdict: &Verdict) -> Vec<String> {
    found(verdict, Anomaly::PrecommittedRead, |it| {
        format!("{} {} {:?}", it.key, words(&it.values), it.operations)
    })
}

/// A process polls nothing, part of what is there, gives up a partition and begins anew: how far is it behind? Times are
/// the numbers of the events.
#[test]
fn the_longest_lag_is_that_of_the_stalest_poll() {
    let mut events = story::events(
        "0 invoke assign [:x]
         0 ok     assign [:x]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x []}]]
         0 invoke send [[:send :x :a]]
         0 ok     send [[:send :x [0 :a]]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x []}]]
         1 invoke send [[:send :x :c] [:send :x :d]]
         1 ok     send [[:send :x [2 :c]] [:send :x [3 :d]]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll]]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {:x [[0 :a] [1 :b]]}]]
         0 invoke assign [:x :y]
         0 ok     assign [:x :y]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {}]]
         0 invoke assign [:y]
         0 ok     assign [:y]
         0 invoke assign [:x]
         0 ok     assign [:x]
         0 invoke poll [[:poll]]
         0 ok     poll [[:poll {}]]
         0 invoke poll [[:poll] [:poll]]
         0 ok     poll [[:poll {:x [[0 :a] [1 :b]]}] [:poll {:x [[2 :c] [3 :d]]}]]
         1 invoke send [[:send :x :b]]
         1 info   send [[:send :x :b]]",
    );
    let mut checker = klamm_jepsen::Checker::new(Options::default());
    let mut worst = Vec::new();
    for (time, op) in (0..).zip(&mut events) {
        op.time = Some(time);
        checker.push(op).expect("it is short");
        if op.kind == klamm_jepsen::history::Kind::Ok && op.function == klamm_jepsen::history::Function::Poll
        {
            worst.push(checker.verdict().worst_lag.map_or(0, |worst| worst.lag));
        }
    }
    // The lags are 0, 1, 5, 3, 7, 17 and 0.
    assert_eq!(worst, [0, 1, 5, 5, 7, 17, 17]);
    let last = checker.verdict().worst_lag.expect("there was one");
    assert_eq!(
        (last.time, last.process.to_string(), last.key.to_string()),
        (22, "0".to_owned(), ":x".to_owned())
    );
}
