//! The command as a process: exit codes, pipes, signals, and what a broker says when it does not start.

mod broker;
mod process;

use std::io::Read as _;
use std::process::{Command, Output};

use tempfile::TempDir;

use broker::Broker;
use process::{klamm, run, stderr};

/// Goal: scripts can tell what went wrong. Source: the table at the end of `klamm --help`.
#[test]
fn exit_codes_are_those_of_the_help() {
    let directory = TempDir::new().expect("a directory");
    let broker = Broker::start(directory.path());
    let address = broker.address.as_str();
    assert_eq!(run(&["topic", "create", "t", "-b", address]).status.code(), Some(0));
    assert_eq!(run(&["topic", "create", "t", "-b", address]).status.code(), Some(1));
    assert_eq!(run(&["topic", "create"]).status.code(), Some(2));
    assert_eq!(run(&["consume", "t", "-b", "nowhere"]).status.code(), Some(2));
    let report = directory.path().join("report");
    let report = report.to_str().expect("a name");
    let flawed = ["sim", "campaign", "--seeds", "9", "--flaw", "no-dedupe-on-retry", "--report", report];
    assert_eq!(run(&flawed).status.code(), Some(3));
    assert_eq!(broker.stop(), Some(0));
    let nobody = run(&["topic", "list", "--timeout", "0", "-b", "127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(4), "{}", stderr(&nobody));
}

/// Goal: `| head` ends a command without a word. Method: more output than a pipe holds, and a reader that goes.
#[test]
fn a_reader_that_goes_ends_the_command_quietly() {
    let mut process = klamm(&["sim", "run", "--seed", "1", "--trace"]).spawn().expect("it runs");
    let mut first = [0];
    process.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = process.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

/// Goal: a link with the name of one of Kafka's tools is that tool.
#[test]
fn a_link_named_after_kafkas_tool_is_that_tool() {
    let directory = TempDir::new().expect("a directory");
    let link = directory.path().join("kafka-topics.sh");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_klamm"), &link).expect("a link");
    let help = Command::new(link).arg("--help").output().expect("it runs");
    assert!(String::from_utf8_lossy(&help.stdout).contains("--replication-factor"));
}

/// Goal: a broker that cannot start says why in one sentence, and leaves the directory as it is.
#[test]
fn a_start_that_is_refused_is_one_sentence() {
    let directory = TempDir::new().expect("a directory");
    let data = directory.path();
    let name = data.to_str().expect("a name");
    let serve = |listen: &str| run(&["serve", "--listen", listen, "--data", name]);
    let broker = Broker::start(data);
    let address = broker.address.clone();
    let refused = |output: Output, why: &str| {
        assert_eq!(output.status.code(), Some(1));
        let text = stderr(&output);
        assert!(text.starts_with("error: cannot start: ") && text.contains(why), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    };
    refused(serve("127.0.0.1:0"), "is in use by another process");
    let other = TempDir::new().expect("a directory");
    let other_name = other.path().to_str().expect("a name");
    refused(run(&["serve", "--listen", &address, "--data", other_name]), "is in use by another process");
    assert_eq!(run(&["topic", "create", "t", "-b", &address]).status.code(), Some(0));
    assert_eq!(broker.stop(), Some(0));

    let meta = data.join("meta.properties");
    let good = std::fs::read(&meta).expect("a file");
    std::fs::write(&meta, "garbage").expect("it can be written");
    refused(serve("127.0.0.1:0"), "meta.properties");
    std::fs::write(&meta, good).expect("it can be written");

    let log = data.join("__cluster_metadata-0/00000000000000000000.log");
    let mut damaged = std::fs::read(&log).expect("a file");
    damaged[200] ^= 1;
    std::fs::write(&log, &damaged).expect("it can be written");
    std::fs::remove_file(data.join(".kafka_cleanshutdown")).expect("it was stopped in order");
    refused(serve("127.0.0.1:0"), "records were lost");
    assert_eq!(std::fs::read(&log).expect("a file"), damaged);
    assert!(data.join("t-0").is_dir());
}
