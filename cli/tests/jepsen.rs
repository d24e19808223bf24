//! `klamm jepsen` as a process: verdicts, exit codes, pipes.

mod broker;
mod process;

use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use broker::Broker;
use process::{klamm, run, stderr};

const VALID: &str = r#"{"process":0,"type":"invoke","f":"send","value":[["send","x",1]]}
{"process":0,"type":"ok","f":"send","value":[["send","x",[0,1]]]}
{"process":1,"type":"invoke","f":"poll","value":[["poll"]]}
{"process":1,"type":"ok","f":"poll","value":[["poll",{"x":[[0,1]]}]]}
"#;

const LOST: &str = "{:process 0, :type :ok, :f :send, :value [[:send :x [0 :a]]]}
{:process 0, :type :ok, :f :send, :value [[:send :x [1 :b]]]}
{:process 1, :type :ok, :f :poll, :value [[:poll {:x [[1 :b]]}]]}
";

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the command with a history in a file.
fn on(history: &str, arguments: &[&str]) -> Output {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("history");
    fs::write(&file, history).expect("it can be written");
    let mut all = vec!["jepsen", arguments[0], file.to_str().expect("a name")];
    all.extend(&arguments[1..]);
    run(&all)
}

#[test]
fn exit_codes_tell_valid_invalid_and_unreadable() {
    assert_eq!(on(VALID, &["check"]).status.code(), Some(0));
    assert_eq!(on(LOST, &["check"]).status.code(), Some(3));
    assert_eq!(on(LOST, &["check", "--acks", "0"]).status.code(), Some(0));
    let broken = on("{\"type\":\"ok\",\n \"f\":poll}", &["check"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(stderr(&broken).contains("line 2, column"), "{}", stderr(&broken));
    assert_eq!(run(&["jepsen", "check", "/no/such/history"]).status.code(), Some(2));
    assert_eq!(on(VALID, &["check", "--allow", "nothing"]).status.code(), Some(2));
}

/// Goal: a person can read what was lost, who says so, and the events themselves.
#[test]
fn a_report_names_anomaly_operations_and_events() {
    let text = stdout(&on(LOST, &["check"]));
    assert!(text.starts_with("invalid: lost-write, unseen\n"), "{text}");
    assert!(text.contains("#0 sent :a to :x at offset 0") && text.contains("#2 polled offset 1"), "{text}");
    assert!(
        text.contains("  #2 {:process 1, :type :ok, :f :poll, :value [[:poll {:x [[1 :b]]}]]}"),
        "{text}"
    );
}

#[test]
fn a_report_for_programs_is_one_json_object() {
    let output = on(LOST, &["check", "-o", "json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(report["valid"], false);
    let lost = &report["anomalies"]["lost-write"];
    assert_eq!((&lost["violations"], &lost["findings"][0]["values"][0]), (&1.into(), &":a".into()));
    assert_eq!(lost["findings"][0]["operations"], serde_json::json!([0, 2]));
}

#[test]
fn a_history_can_come_through_a_pipe() {
    let mut process = klamm(&["jepsen", "check", "-"]).stdin(Stdio::piped()).spawn().expect("it runs");
    process.stdin.take().expect("piped").write_all(LOST.as_bytes()).expect("it reads");
    assert_eq!(process.wait().expect("it ends").code(), Some(3));
}

#[test]
fn a_converted_history_says_the_same() {
    let json = stdout(&on(LOST, &["convert", "--to", "json"]));
    assert!(json.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{json}");
    assert_eq!(stdout(&on(&json, &["convert", "--to", "edn"])), LOST);
}

/// Goal: a run against a broker ends by itself or with Ctrl-C, is judged, and leaves a history that is judged the same.
#[test]
fn a_run_writes_a_history_and_judges_it() {
    let directory = TempDir::new().expect("a directory");
    let broker = Broker::start(directory.path());
    let history = directory.path().join("history.jsonl");
    let history = history.to_str().expect("a name");
    let address = broker.address.clone();
    let arguments = |seconds| {
        let run = ["jepsen", "run", "-o", "json", "--rate", "200", "--history", history];
        let more = ["--seconds", seconds, "--bootstrap", address.as_str()];
        [run.as_slice(), more.as_slice()].concat()
    };
    let output = run(&arguments("2"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let sent = report["counts"]["sent"].as_u64().expect("a count");
    assert!(sent > 20, "{report}");
    // Everything was read by two consumers, by the group, and once more at the end.
    assert!(report["counts"]["polled"].as_u64().expect("a count") >= 2 * sent, "{report}");
    assert_eq!(stdout(&run(&["jepsen", "check", history, "-o", "json"])), stdout(&output));

    let process = klamm(&arguments("600")).spawn().expect("it runs");
    std::thread::sleep(Duration::from_secs(2));
    kill_process(Pid::from_child(&process), Signal::INT).expect("it runs");
    let output = process.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!(broker.stop(), Some(0));
    assert_eq!(run(&arguments("1")).status.code(), Some(4), "nobody is there any more");
}
