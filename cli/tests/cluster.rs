//! A cluster in one process as its users meet it: the panel, what is done to nodes, what is refused.

mod process;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use process::{klamm, run, stderr};

/// What a command that works prints as JSON.
fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["-o", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

/// A running `klamm serve --nodes 3`.
struct Nodes {
    process: Child,
    bootstrap: String,
    data: String,
}

impl Nodes {
    fn start(data: &Path) -> Self {
        let data = data.to_str().expect("a name").to_owned();
        let serve = ["serve", "--nodes", "3", "--listen", "127.0.0.1:0", "--data", &data, "-o", "json"];
        let mut process = klamm(&serve).spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("piped")).read_line(&mut line).expect("it is ready");
        let panel: Value = serde_json::from_str(&line).expect("one JSON object");
        assert_eq!(panel["nodes"].as_array().map(Vec::len), Some(3), "{panel}");
        let bootstrap = panel["address"].as_str().expect("addresses").to_owned();
        Self { process, bootstrap, data }
    }

    fn ask(&self, arguments: &[&str]) -> Value {
        json(&[arguments, &["-b", &self.bootstrap]].concat())
    }

    fn order(&self, word: &str, node: &str) -> Output {
        run(&["cluster", word, node, "--data", &self.data])
    }

    /// What the nodes are doing.
    fn states(&self) -> Vec<String> {
        let nodes = json(&["cluster", "nodes", "--data", &self.data]);
        let nodes = nodes.as_array().expect("a list").iter();
        nodes.map(|node| node["state"].as_str().expect("a state").to_owned()).collect()
    }

    fn stop(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("it runs");
        self.process.wait().expect("it ends").code()
    }
}

/// Ends the process even if a test fails.
impl Drop for Nodes {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Goal: three nodes are a cluster with three replicas; a killed one is seen as such and comes back; leaders and
/// replicas move when they are told to; the next start goes on, and another one is refused.
#[test]
fn a_cluster_in_one_process() {
    let directory = TempDir::new().expect("a directory");
    let nodes = Nodes::start(directory.path());
    nodes.ask(&["topic", "create", "t", "-p", "3"]);
    let status = nodes.ask(&["cluster", "status"]);
    assert_eq!(status["brokers"].as_array().map(Vec::len), Some(3), "{status}");
    assert_eq!(status["quorum"]["voters"].as_array().map(Vec::len), Some(3), "{status}");
    until("every replica is in sync", || nodes.ask(&["cluster", "status"])["under_replicated"] == 0);

    let moved =
        nodes.ask(&["cluster", "reassign", "t:0", "--to", "2,1", "--replication-factor", "2", "--wait"]);
    assert_eq!(moved[0]["error"], Value::Null, "{moved}");
    let replicas = &nodes.ask(&["topic", "describe", "t"])[0]["partitions"][0]["replicas"];
    assert_eq!(*replicas, serde_json::json!([2, 1]));
    nodes.ask(&["cluster", "elect", "t:0"]);
    until("the preferred replica leads", || {
        nodes.ask(&["topic", "describe", "t"])[0]["partitions"][0]["leader"] == 2
    });
    assert_eq!(nodes.ask(&["cluster", "reassign", "--list"]), serde_json::json!([]));
    let features = nodes.ask(&["cluster", "features"]);
    assert!(features["features"].as_array().is_some_and(|all| all.len() >= 2), "{features}");

    assert!(nodes.order("kill", "3").status.success());
    assert_eq!(nodes.states(), ["running", "running", "down: killed"]);
    let twice = nodes.order("kill", "3");
    assert_eq!(twice.status.code(), Some(1));
    assert!(stderr(&twice).contains("node 3: it is down: killed"), "{}", stderr(&twice));
    assert!(nodes.order("start", "3").status.success());
    until("it is let in again", || nodes.states()[2] == "running");
    assert!(nodes.order("pause", "1").status.success());
    assert_eq!(nodes.states()[0], "paused");
    assert!(nodes.order("resume", "1").status.success());
    let data = nodes.data.clone();
    assert_eq!(nodes.stop(), Some(0));

    let nobody = run(&["cluster", "kill", "1", "--data", &data]);
    assert_eq!(nobody.status.code(), Some(4));
    assert!(stderr(&nobody).contains("start it with `klamm serve --nodes 3`"), "{}", stderr(&nobody));
    for (other, why) in [
        (&["--nodes", "2"][..], "holds a cluster of 3 nodes, which cannot become 2"),
        (&[][..], "holds a cluster of 3 nodes, not a single one; add --nodes 3"),
    ] {
        let refused = run(&[&["serve", "--listen", "127.0.0.1:0", "--data", &data], other].concat());
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
        assert_eq!(stderr(&refused).lines().count(), 1, "{}", stderr(&refused));
    }
    let nodes = Nodes::start(directory.path());
    assert_eq!(nodes.ask(&["cluster", "status"])["partitions"], 3);
    assert_eq!(nodes.stop(), Some(0));
}

/// Goal: a file that contradicts itself stops the start, with every key that is wrong; what is not known is named.
#[test]
fn contradictions_name_the_key_and_the_reason() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("server.properties");
    let file_name = file.to_str().expect("a name");
    let refused = |text: &str, arguments: &[&str]| {
        std::fs::write(&file, text).expect("a file");
        let output = run(&[&["serve", "--config", file_name], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{text}: {}", stderr(&output));
        stderr(&output)
    };
    let voters =
        "controller.quorum.voters=2@127.0.0.1:1\ncontroller.listener.names=C\nlisteners=P://:0,C://:0\n";
    assert!(
        refused(voters, &[])
            .contains("controller.quorum.voters: node 1 is a controller and not among the voters")
    );
    let text = refused("listeners=SSL://:0\nbroker.heartbeat.interval.ms=9000\nno.such.key=1\n", &[]);
    assert!(text.contains("listeners: listener SSL would speak SSL"), "{text}");
    assert!(text.contains("broker.heartbeat.interval.ms: 9000 is above half of"), "{text}");
    assert!(refused("node.id=7\n", &["--nodes", "3"]).contains("--nodes decides about node.id"));

    // A node that cannot become ready says whom it waits for, and what of its file it does not know.
    let data = directory.path().join("data");
    let alone = format!(
        "controller.quorum.voters=1@127.0.0.1:1,2@127.0.0.1:1,3@127.0.0.1:1\ncontroller.listener.names=C\n\
         listeners=P://127.0.0.1:0,C://127.0.0.1:0\ncluster.id=4L6g3nShT-eMCtK--X86sw\nno.such.key=1\nlog.dirs={}\n",
        data.display()
    );
    std::fs::write(&file, alone).expect("a file");
    let mut process = klamm(&["serve", "--config", file_name]).spawn().expect("it runs");
    let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
    let mut said = Vec::new();
    while !said
        .iter()
        .any(|line: &String| line.starts_with("waiting for a majority of the voters 1@127.0.0.1:1, 2@"))
    {
        said.push(lines.next().expect("it says it").expect("text"));
    }
    assert!(said.iter().any(|line| line.contains("no.such.key")), "{said:?}");
    kill_process(Pid::from_child(&process), Signal::TERM).expect("it runs");
    assert_eq!(process.wait().expect("it ends").code(), Some(0), "it stops in order, though it never served");
}
