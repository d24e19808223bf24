//! Histories as text: both notations say the same, mistakes are told by line and column, and no bytes do harm.

mod story;

use klamm_jepsen::history::{Atom, Function, Kind, Op, ReadError, Reader, Record, Step, Syntax};
use klamm_jepsen::history::{write_edn, write_json};
use klamm_jepsen::{Checker, Options};
use story::{events, read};

/// A bit of everything a history can say.
const EVERYTHING: &str = r#"
    0 invoke txn [[:send :x :a] [:poll] [:send 11 -5]] :index 0 :time 280153467070
    0 ok txn [[:send :x [537 :a]] [:poll {:x [[1 nil] [nil 2]] 11 []}] [:send 11 [nil -5]]] :rebalance-log [{:keys [:x 3]}]
    1 invoke poll [[:poll]]
    1 info poll [[:poll {}]]
    2 fail send [[:send "with \"quotes\" and \\ and ü\n" 1]]
    3 ok subscribe [:x 11]
    3 ok assign []
    :nemesis info kill :all
    4 ok commit {:x 5 11 nil} :group "g"
    4 ok committed {:x -1}
    5 info crash nil
    6 ok debug-topic-partitions 3"#;

fn written(ops: &[Op], write: fn(&Op, &mut String)) -> String {
    let mut text = String::new();
    ops.iter().for_each(|op| write(op, &mut text));
    text
}

#[test]
fn both_notations_say_everything() {
    let ops = events(EVERYTHING);
    for write in [write_edn, write_json] {
        let text = written(&ops, write);
        assert_eq!(text.lines().count(), ops.len(), "one line each");
        assert_eq!(read(&text), ops, "{text}");
    }
}

#[test]
fn json_looks_like_json() {
    let ops = events("0 ok txn [[:send 3 [5 17]] [:poll {3 [[5 17]]}]] :index 7");
    assert_eq!(
        written(&ops, write_json),
        "{\"index\":7,\"process\":0,\"type\":\"ok\",\"f\":\"txn\",\
         \"value\":[[\"send\",3,[5,17]],[\"poll\",{\"3\":[[5,17]]}]]}\n"
    );
    assert_eq!(
        written(&ops, write_edn),
        "{:index 7, :process 0, :type :ok, :f :txn, :value [[:send 3 [5 17]] [:poll {3 [[5 17]]}]]}\n"
    );
}

/// What stands in files of Jepsen: tags, sets, comments, discarded forms, characters, errors with anything in them.
#[test]
fn everything_that_edn_knows_can_be_stepped_over() {
    let ops = read(
        r#"; a history
        #jepsen.history.Op{:index 1, :time 5, :type :invoke, :process 0, :f :poll, :value ([:poll])}
        [ #_ {:not this} {:type :ok :f :poll :process 0 #_ :x #_ [1 {2 3}] :error [:a #{1 2} \newline \( "\u00e9\"" ##Inf 1/2 2.5e3 5N],
          :value [[:poll #_nothing {:x [[3 4]]}]] :exception #object[Thing 0x5 "thing"] :when #inst "2024-01-01"}
        ] ; the end"#,
    );
    assert_eq!(ops.len(), 2);
    assert_eq!((ops[0].index, ops[0].kind), (Some(1), Kind::Invoke));
    assert_eq!(ops[1].polled, [Record { offset: Some(3), value: Atom::Int(4) }]);
}

#[test]
fn a_json_list_of_events_is_a_history() {
    let ops = read(
        r#"[{"type":"ok","f":"send","process":1,"value":[["send","x",[0,"a"]]]},
                       {"type":"info","f":"crash","process":1,"value":null}]"#,
    );
    let Step::Send { key, record } = &ops[0].steps[0] else { panic!("{ops:?}") };
    assert_eq!((key, &record.value), (&Atom::from("x"), &Atom::from("a")));
    assert_eq!(ops[1].function, Function::Crash);
}

/// Names of partitions are texts in objects, and numbers elsewhere: the same partition.
#[test]
fn partitions_have_one_name_in_json() {
    let ops = read(r#"{"type":"ok","f":"txn","value":[["send",11,[0,1]],["poll",{"11":[[0,1]]}]]}"#);
    assert_eq!(ops[0].batches[0].key, Atom::Int(11));
}

fn mistake(text: &str) -> String {
    let mut reader = Reader::new(text.as_bytes());
    let mut op = Op::default();
    loop {
        match reader.read(&mut op) {
            Ok(true) => {}
            Ok(false) => panic!("nothing is wrong with {text}"),
            Err(error) => return error.to_string(),
        }
    }
}

#[test]
fn mistakes_are_told_by_line_and_column() {
    for (text, expected) in [
        (
            "{\"type\":\"ok\",\"f\":\"poll\"}\n{\"type\":\"okay\"",
            "line 2, column 15: the type of an operation",
        ),
        ("{:type :ok :f :send :value [[:send :x]]}", "line 1, column 39: a send names a key and a value"),
        ("\n\n  {:type :ok}", "line 3, column 14: an operation has an f"),
        ("{\"f\":\"poll\"}", "line 1, column 13: an operation has a type"),
        ("hello", "line 1, column 1: expected an operation, a map in braces, found 'h'"),
        ("{\"type\" \"ok\"}", "line 1, column 9: expected a colon, found '\"'"),
        (
            "{\"type\":\"ok\" \"f\":\"poll\"}",
            "line 1, column 14: expected a comma or the end of the list, found '\"'",
        ),
        ("{:type :ok :f :poll", "line 1, column 20: the history ends inside of an operation"),
        ("[{:type :ok :f :poll}", "line 1, column 22: the history ends inside"),
        (
            "{:type :ok :f :poll :value [[:poll {:x [[1 2 3]]}]]}",
            "line 1, column 46: a record is a pair of offset and value",
        ),
        ("{:type :ok :f :poll :value [[:poll {:x [[:o 2]]}]]}", "line 1, column 44: an offset is a number"),
    ] {
        let told = mistake(text);
        assert!(
            told.starts_with(expected),
            "{text}
  told:     {told}
  expected: {expected}"
        );
    }
}

/// A source that gives a byte at a time, and one that fails.
#[test]
fn a_history_may_come_in_pieces() {
    struct Drops<'a>(&'a [u8]);
    impl std::io::Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            (buffer[0], self.0) = (*first, rest);
            Ok(1)
        }
    }
    let text = written(&events(EVERYTHING), write_json);
    let mut reader = Reader::new(Drops(text.as_bytes()));
    let mut op = Op::default();
    let mut count = 0;
    while reader.read(&mut op).expect("it is well-formed") {
        count += 1;
    }
    assert_eq!((count, reader.syntax()), (12, Some(Syntax::Json)));

    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    assert!(matches!(Reader::new(Broken).read(&mut op), Err(ReadError::Io(_))));
}

/// An event longer than what is read at a time.
#[test]
fn a_long_event_is_read_whole() {
    let records = (0..100_000).map(|at| format!("[{at} {at}]")).collect::<Vec<_>>().join(" ");
    let text =
        format!("{{:type :ok :f :poll :value [[:poll {{:x [{records}]}}]]}}\n{{:type :info :f :crash}}");
    let ops = read(&text);
    assert_eq!((ops[0].polled.len(), ops.len()), (100_000, 2));
}

/// Depth costs no stack. Method: many brackets wherever a value may be skipped.
#[test]
fn depth_does_no_harm() {
    for open in ["[", "{", "(", "#{", "#_", "#_ #_ [", "#a", "#a ["] {
        for prefix in
            ["", "{:error ", "{:type :ok :f :poll :value [", "{:type :ok :f :send :value [[[", "{:a 1 "]
        {
            let text = format!("{prefix}{}", open.repeat(300_000));
            let mut reader = Reader::new(text.as_bytes());
            assert!(reader.read(&mut Op::default()).is_err(), "{prefix}{open}");
        }
    }
}

/// A generator for bytes, of its own so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits")
    }
}

/// Hostile bytes end in an error or in events, never in a panic, in the reader and in the checker. Method: histories with
/// some bytes replaced, doubled, cut out, or swapped for others that mean something.
#[test]
fn no_bytes_do_harm() {
    let seed = std::env::var("KLAMM_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(5);
    let rounds =
        std::env::var("KLAMM_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3_000);
    let ops = events(EVERYTHING);
    let texts = [written(&ops, write_edn), written(&ops, write_json), SPREAD.to_owned()];
    let meaning = b"[]{}()#_:;,\"\\-0123456789enil \n\xff\xc3";
    let mut random = Random(seed);
    let mut read_whole = 0;
    for round in 0..rounds {
        let mut bytes = Vec::from(texts[round % texts.len()].as_bytes());
        for _ in 0..=random.next() % 8 {
            let at = random.next() % bytes.len();
            match random.next() % 4 {
                0 => bytes[at] = meaning[random.next() % meaning.len()],
                1 => bytes.insert(at, meaning[random.next() % meaning.len()]),
                2 => {
                    let end = (at + random.next() % 40).min(bytes.len());
                    let piece = Vec::from(&bytes[at..end]);
                    let to = random.next() % bytes.len();
                    bytes.splice(to..to, piece);
                }
                _ => {
                    let end = (at + random.next() % 20).min(bytes.len() - 1);
                    bytes.drain(at.min(end)..end);
                }
            }
        }
        let mut reader = Reader::new(bytes.as_slice());
        let mut checker = Checker::new(Options::default());
        let mut op = Op::default();
        let outcome = loop {
            match reader.read(&mut op) {
                Ok(true) => checker.push(&op).expect("it is short"),
                other => break other,
            }
        };
        read_whole += u32::from(outcome.is_ok());
        let verdict = checker.verdict();
        let json = klamm_jepsen::report::json(&verdict);
        assert!(json.starts_with("{\"valid\":"), "seed {seed}, round {round}");
    }
    assert!(read_whole > 0, "some of it still is a history, so that the checker was tried as well");
}

const SPREAD: &str = "#jepsen.history.Op{:index 1, :type :invoke, :process 0, :f :txn, :value [[:send 1 2] [:poll]]}
    {:type :ok :process 0 :f :txn :value [[:send 1 [0 2]] [:poll {1 [[0 2] [1 3]]}]] #_ [1 2] :error {:a #{1} :b \\c}}
    {:type :ok :process 1 :f :subscribe :value [1 2 3]} ; then
    {:type :ok :process 1 :f :txn :value [[:poll {1 [[0 2] [1 3]] 2 [[5 5]]}] [:send 3 [9 9]] [:send 3 [8 7]]]}
    {:type :info :process 2 :f :send :value [[:send 1 [1 8]] [:send 2 [5 6]]]}
    {:type :ok :process 2 :f :commit :value {1 5}} {:type :ok :process 2 :f :committed :value {1 4}}
";
