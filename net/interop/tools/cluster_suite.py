"""Kafka's command line tools on a cluster of three processes, and Klamm's own spellings of them beside: they say the same."""

import contextlib
import glob
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

# pylint: disable=wrong-import-position
from check import Environment, Skip, check, equal, main, name, true, until
from dynamic_quorum import CLUSTER_ID, nodes as dynamic_nodes
from kafka_tools import fill, tool, version

#: Node id -> {"data", "properties", "bootstrap", "controller"}.
NODES = {int(identity): node for identity, node in json.loads(os.environ["KLAMM_INTEROP_NODES"]).items()}
#: The klamm program; empty against the reference.
KLAMM = os.environ.get("KLAMM_INTEROP_PROGRAM", "")
CONTROLLERS = ("--bootstrap-controller", ",".join(node["controller"] for node in NODES.values()))


def klamm(command, *arguments):
    """Runs Klamm's spelling of a tool."""
    if not KLAMM:
        raise Skip("Klamm's own spellings are of no use against another broker")
    # Verbs of their own take the address before them.
    server = ["--bootstrap-server", Environment.bootstrap]
    words = [*server, *arguments] if command in ("kafka-metadata-quorum", "kafka-features") else [*arguments, *server]
    done = subprocess.run([KLAMM, command, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def create(topic, assignment):
    """A topic whose replicas are chosen by hand: `1:2,2:3`."""
    tool("kafka-topics", "--create", "--topic", topic, "--replica-assignment", assignment)
    return topic


def partitions(topic):
    """{partition: (leader, replicas, in sync)} as kafka-topics prints them."""
    out = tool("kafka-topics", "--describe", "--topic", topic)
    found = re.findall(r"Partition: (\d+)\s+Leader: (\S+)\s+Replicas: (\S+)\s+Isr: (\S*)", out)
    numbers = lambda text: [int(number) for number in text.split(",") if number]  # pylint: disable=unnecessary-lambda-assignment
    return {int(p): (int(leader) if leader.isdigit() else None, numbers(replicas), numbers(isr)) for p, leader, replicas, isr in found}


@contextlib.contextmanager
def file_of(value):
    """A file with a JSON value."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as f:
        json.dump(value, f)
        f.flush()
        yield f.name


def moves(topic, targets):
    """The file of a reassignment: {partition: replicas}."""
    return file_of({"version": 1, "partitions": [{"topic": topic, "partition": p, "replicas": r} for p, r in targets.items()]})


@contextlib.contextmanager
def fourth_node():
    """A broker without a vote, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="klamm-fourth-") as directory:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        path = os.path.join(directory, "server.properties")
        with open(NODES[1]["properties"], encoding="utf-8") as f:
            shared = [line for line in f if line.startswith(("cluster.id", "controller.", "listener.", "inter."))]
        with open(path, "w", encoding="utf-8") as f:
            f.writelines([*shared, "process.roles=broker\n", "node.id=4\n", f"listeners=PLAINTEXT://127.0.0.1:{port}\n",
                          f"log.dirs={directory}/data\n"])
        process = subprocess.Popen([KLAMM, "serve", "--config", path], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def same(left, right, what):
    """Fails unless two texts are the same, but for white space at the end of lines."""
    stripped = lambda text: [line.rstrip() for line in text.strip().splitlines()]  # pylint: disable=unnecessary-lambda-assignment
    equal(stripped(left), stripped(right), what)


@check("cluster-topics", limit=90)
def topics():
    """Replicas, in-sync and eligible replicas of every partition; Klamm's spelling says the same."""
    topic = name("replicated")
    tool("kafka-topics", "--create", "--topic", topic, "--partitions", "6", "--replication-factor", "3")
    until(lambda: all(sorted(isr) == [1, 2, 3] for _, _, isr in partitions(topic).values()), "every replica is in sync")
    described = partitions(topic)
    equal(len(described), 6, "partitions")
    true(all(sorted(replicas) == [1, 2, 3] for _, replicas, _ in described.values()), f"three replicas each: {described}")
    equal({leader for leader, _, _ in described.values()}, {1, 2, 3}, "leaders are spread")
    out = tool("kafka-topics", "--describe", "--topic", topic)
    true("Elr: " in out and "LastKnownElr: " in out, f"eligible leaders are told: {out}")
    equal(tool("kafka-topics", "--describe", "--under-replicated-partitions", "--topic", topic).strip(), "", "under-replicated partitions")
    same(klamm("kafka-topics", "--describe", "--topic", topic), out, "Klamm's description")


@check("metadata-quorum-status", limit=60)
def quorum_status():
    """Leader, epoch, voters with their endpoints; asked of brokers and of controllers."""
    for server in (None, CONTROLLERS):
        out = tool("kafka-metadata-quorum", "describe", "--status", first=True, **({"server": server} if server else {}))
        true(int(re.search(r"LeaderId:\s+(\d+)", out).group(1)) in NODES, f"a leader: {out}")
        true(int(re.search(r"LeaderEpoch:\s+(\d+)", out).group(1)) > 0, f"an epoch: {out}")
        voters = json.loads(re.search(r"CurrentVoters:\s+(.*)", out).group(1))
        equal(sorted(voter["id"] for voter in voters), sorted(NODES), "voters")
        for voter in voters:
            equal(voter["endpoints"], [f"CONTROLLER://{NODES[voter['id']]['controller']}"], f"endpoints of {voter['id']}")
    ours = klamm("kafka-metadata-quorum", "describe", "--status")
    constant = r"^(ClusterId|LeaderId|LeaderEpoch|CurrentVoters|CurrentObservers): .*$"
    equal([m.group(0) for m in re.finditer(constant, ours, re.M)], [m.group(0) for m in re.finditer(constant, out, re.M)], "Klamm's status")


@check("metadata-quorum-replication", limit=60)
def quorum_replication():
    """One row per replica: one leads, nobody is behind for ever."""
    def rows(out):
        lines = [line.split() for line in out.splitlines() if line.strip()]
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    found = rows(tool("kafka-metadata-quorum", "describe", "--replication", first=True))
    equal(sorted(int(row["NodeId"]) for row in found), sorted(NODES), "replicas")
    equal([row["Status"] for row in found], ["Leader"] + ["Follower"] * (len(NODES) - 1), "roles")
    until(lambda: all(int(row["Lag"]) <= 1 for row in rows(tool("kafka-metadata-quorum", "describe", "--replication", first=True))),
          "everybody has caught up")
    true("ms ago" in tool("kafka-metadata-quorum", "describe", "--replication", "--human-readable", first=True), "times as ages")
    ours = rows(klamm("kafka-metadata-quorum", "describe", "--replication"))
    equal([(row["NodeId"], row["DirectoryId"], row["Status"]) for row in ours], [(row["NodeId"], row["DirectoryId"], row["Status"]) for row in found],
          "Klamm's rows")


@check("reassign-partitions", limit=120)
def reassign():
    """Generated, executed, verified; the records have moved along."""
    topic = create(name("moved"), "1:2,1:2")
    fill(topic, 100)
    with file_of({"topics": [{"topic": topic}], "version": 1}) as path:
        out = tool("kafka-reassign-partitions", "--generate", "--topics-to-move-json-file", path, "--broker-list", "2,3")
        proposed = json.loads(out.strip().splitlines()[-1])
        equal({broker for p in proposed["partitions"] for broker in p["replicas"]}, {2, 3}, "brokers of the proposal")
        current = lambda text: [(p["topic"], p["partition"], p["replicas"])  # pylint: disable=unnecessary-lambda-assignment
                                for p in json.loads(text.splitlines()[1])["partitions"]]
        equal(current(klamm("kafka-reassign-partitions", "--generate", "--topics-to-move-json-file", path, "--broker-list", "2,3")), current(out),
              "the current assignment in Klamm's words")
    with moves(topic, {0: [2, 3], 1: [3, 2]}) as path:
        out = tool("kafka-reassign-partitions", "--execute", "--reassignment-json-file", path)
        true(f"Successfully started partition reassignments for {topic}-0,{topic}-1" in out, f"output of execute: {out}")
        until(lambda: tool("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path).count("is completed") == 2, "both have moved", 30)
        true(klamm("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path).count("is completed") == 2, "Klamm's words")
    equal({p: replicas for p, (_, replicas, _) in partitions(topic).items()}, {0: [2, 3], 1: [3, 2]}, "replicas")
    equal(tool("kafka-reassign-partitions", "--list").strip(), "No partition reassignments found.", "nothing moves any more")
    offsets = tool("kafka-get-offsets", "--topic", topic).split()
    equal(sum(int(line.rsplit(":", 1)[1]) for line in offsets), 100, "records")


@check("reassign-throttled", limit=180)
def throttled():
    """A throttled move takes its time, and verifying it takes the throttle away."""
    topic, rate = create(name("slow"), "1:2"), 50_000
    record = "x" * 1000
    tool("kafka-console-producer", "--topic", topic, text="".join(f"{record}\n" for _ in range(1500)))
    describe = lambda kind, entity: tool("kafka-configs", "--describe", "--entity-type", kind, "--entity-name", entity)  # pylint: disable=unnecessary-lambda-assignment
    with moves(topic, {0: [1, 3]}) as path:
        began = time.monotonic()
        out = tool("kafka-reassign-partitions", "--execute", "--throttle", str(rate), "--reassignment-json-file", path)
        true(f"The inter-broker throttle limit was set to {rate} B/s" in out, f"output of execute: {out}")
        true(f"leader.replication.throttled.rate={rate}" in describe("brokers", "1"), "the rate of a source is told")
        true("follower.replication.throttled.replicas=0:3" in describe("topics", topic), "the new replica is listed")
        until(lambda: "is completed" in tool("kafka-reassign-partitions", "--verify", "--preserve-throttles", "--reassignment-json-file", path),
              "it has moved", 120)
        took = time.monotonic() - began
        true(took > 5, f"1.5 MB at 50 KB/s have moved in {took:.1f} s")
        out = tool("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path)
        true("Clearing broker-level throttles" in out and "Clearing topic-level throttles" in out, f"output of verify: {out}")
    true("throttled" not in describe("brokers", "1") + describe("topics", topic), "no throttle is left")
    with moves(topic, {0: [1, 2]}) as path:
        klamm("kafka-reassign-partitions", "--execute", "--throttle", "100000000", "--reassignment-json-file", path)
        true("leader.replication.throttled.rate=100000000" in describe("brokers", "1"), "Klamm's spelling sets it")
        until(lambda: "is completed" in klamm("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path), "it is back", 60)
        klamm("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path)
    true("throttled" not in describe("brokers", "1") + describe("topics", topic), "Klamm's spelling takes it away")


@check("dynamic-quorum", limit=240)
def dynamic_quorum():
    """One controller is formatted to vote alone, two are added, the first is taken away: the cluster goes on without it."""
    if not KLAMM:
        raise Skip("the processes are Klamm's")

    def run(*arguments):
        done = subprocess.run([KLAMM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    with dynamic_nodes(KLAMM, [11, 12, 13]) as (first, second, third):
        true("dynamic metadata voter" in run("kafka-storage", "format", "-t", CLUSTER_ID, "-c", first.properties, "--standalone"), "formatted")
        true(CLUSTER_ID in run("storage", "info", "--config", first.properties), "whose it is")
        # Kafka's own tool formats a directory for a node that is added later; the third needs no format.
        tool("kafka-storage", "format", "-t", CLUSTER_ID, "-c", second.properties, "--no-initial-controllers", server=(), first=True)
        for node in (first, second, third):
            node.start()
        server = ("--bootstrap-server", ",".join([second.bootstrap, third.bootstrap, first.bootstrap]))
        controllers = ("--bootstrap-controller", first.controller)

        def voters():
            out = tool("kafka-metadata-quorum", "describe", "--status", server=server, first=True)
            return {voter["id"]: voter["directoryId"] for voter in json.loads(re.search(r"CurrentVoters:\s+(.*)", out).group(1))}

        equal(list(voters()), [11], "voters at first")

        def added(node, add):
            try:
                add()
            except RuntimeError as error:
                # It has to have caught up first.
                if "REQUEST_TIMED_OUT" not in str(error) and "TimeoutException" not in str(error):
                    raise
                return False
            return node.identity in voters()

        until(lambda: added(second, lambda: tool("kafka-metadata-quorum", "--command-config", second.properties, "add-controller",
                                                 server=controllers, first=True)), "Kafka's tool adds a voter", 60)
        until(lambda: added(third, lambda: run("cluster", *server, "add-controller", "--config", third.properties)), "Klamm's adds one", 60)
        equal(sorted(voters()), [11, 12, 13], "voters then")
        tool("kafka-topics", "--create", "--topic", "before", "--partitions", "3", "--replication-factor", "3", server=server)
        tool("kafka-metadata-quorum", "remove-controller", "--controller-id", "11", "--controller-directory-id", voters()[11],
             server=server, first=True)
        until(lambda: sorted(voters()) == [12, 13], "the first one votes no more", 30)
        equal(first.stop(20), 0, "exit code of the first one")
        until(lambda: "after" in tool("kafka-topics", "--create", "--if-not-exists", "--topic", "after", "--partitions", "3",
                                      "--replication-factor", "2", server=server) + tool("kafka-topics", "--list", server=server),
              "the others go on", 30)
        equal(second.stop(20), 0, "exit code of the second one")
        # Nobody is left who could let it go.
        equal(third.stop(20), 0, "exit code of the last one")


@check("reassign-cancelled", limit=120)
def cancel():
    """A move to a broker that has died is listed, and cancelled: everything is as before. Then the broker is forgotten."""
    if not KLAMM:
        raise Skip("starts a fourth node, of klamm")
    topic = create(name("unmoved"), "1:2")
    fill(topic, 10)
    listed = lambda: re.search(r"^4 ", tool("kafka-cluster", "list-endpoints"), re.M)  # pylint: disable=unnecessary-lambda-assignment
    with fourth_node() as fourth:
        until(listed, "the fourth broker is listed")
        fourth.kill()
        fourth.wait()
    with moves(topic, {0: [1, 4]}) as path:
        # Its session is not over yet: the tool takes no brokers that are fenced.
        tool("kafka-reassign-partitions", "--execute", "--reassignment-json-file", path)
        until(lambda: not listed(), "it is fenced")
        true("is still in progress" in tool("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path), "it is under way")
        out = tool("kafka-reassign-partitions", "--list")
        true(re.search(rf"{topic}-0: replicas: .*adding: 4", out), f"output of list: {out}")
        same(klamm("kafka-reassign-partitions", "--list"), out, "Klamm's list")
        out = tool("kafka-reassign-partitions", "--cancel", "--preserve-throttles", "--reassignment-json-file", path)
        true(f"Successfully cancelled partition reassignment for: {topic}-0" in out, f"output of cancel: {out}")
        out = tool("kafka-reassign-partitions", "--cancel", "--preserve-throttles", "--reassignment-json-file", path)
        true("None of the specified partition reassignments are active" in out, f"output of a second cancel: {out}")
    equal(partitions(topic)[0][1], [1, 2], "replicas")
    true("4" in klamm("kafka-cluster", "list-endpoints", "--include-fenced-brokers"), "it is still known")
    true("Broker 4 is no longer registered." in tool("kafka-cluster", "unregister", "--id", "4"), "it is forgotten")
    true(not re.search(r"^4 ", klamm("kafka-cluster", "list-endpoints", "--include-fenced-brokers"), re.M), "it is not known any more")


@check("leader-election", limit=120)
def election():
    """The preferred replica leads after an election, and a second one is not needed."""
    topic = create(name("elected"), "1:2:3")
    with moves(topic, {0: [2, 1, 3]}) as path:
        tool("kafka-reassign-partitions", "--execute", "--reassignment-json-file", path)
        until(lambda: "is completed" in tool("kafka-reassign-partitions", "--verify", "--reassignment-json-file", path), "another order", 30)
    until(lambda: sorted(partitions(topic)[0][2]) == [1, 2, 3], "every replica is in sync")
    before = partitions(topic)[0][0]
    out = tool("kafka-leader-election", "--election-type", "preferred", "--topic", topic, "--partition", "0")
    said = "Successfully completed leader election (PREFERRED) for partitions" if before != 2 else "Valid replica already elected for partitions"
    true(f"{said} {topic}-0" in out, f"output: {out}")
    until(lambda: partitions(topic)[0][0] == 2, "the preferred replica leads")
    needless = tool("kafka-leader-election", "--election-type", "preferred", "--topic", topic, "--partition", "0")
    true(f"Valid replica already elected for partitions {topic}-0" in needless, f"output of a second election: {needless}")
    same(klamm("kafka-leader-election", "--election-type", "preferred", "--topic", topic, "--partition", "0"), needless, "Klamm's words")
    tool("kafka-leader-election", "--election-type", "preferred", "--all-topic-partitions")


@check("cluster-and-features", limit=60)
def cluster_and_features():
    """The cluster's id, its brokers, and the features all nodes have agreed on."""
    out = tool("kafka-cluster", "list-endpoints")
    for node in NODES.values():
        host, port = node["bootstrap"].split(":")
        true(re.search(rf"{re.escape(host)}\s+{port}\s", out), f"{node['bootstrap']} is listed: {out}")
    features = tool("kafka-features", "describe", first=True)
    true(re.search(r"metadata\.version\s+SupportedMinVersion: \S+\s+SupportedMaxVersion: \S+\s+FinalizedVersionLevel: 4\.3-IV0", features),
         f"output of features: {features}")
    ours = klamm("kafka-features", "describe")
    finalized = lambda text: sorted(re.findall(r"Feature: (\S+)\s+.*FinalizedVersionLevel: (\S+)", text))  # pylint: disable=unnecessary-lambda-assignment
    theirs = [(feature, level) for feature, level in finalized(features) if level != "0"]
    equal([(feature, level) for feature, level in finalized(ours) if level != "0"], theirs, "Klamm's features")


@check("dump-metadata-log", limit=90)
def dump():
    """Every node's metadata log is read by Kafka's decoder, and says the same up to what all of them have."""
    topic = create(name("dumped"), "1:2:3")
    texts = {}
    for identity, node in NODES.items():
        logs = sorted(glob.glob(os.path.join(node["data"], "__cluster_metadata-0", "*.log")))
        true(logs, f"node {identity} has a metadata log")
        out = tool("kafka-dump-log", "--files", ",".join(logs), "--cluster-metadata-decoder", server=())
        for complaint in ("Could not", "isvalid: false", "Skipping", "Found invalid"):
            true(complaint not in out, f"node {identity}: {complaint} in {out[:300]}")
        texts[identity] = re.findall(r"offset: (\d+).*payload: (\{.*\})", out)
    for kind in ("REGISTER_BROKER_RECORD", "FEATURE_LEVEL_RECORD", "TOPIC_RECORD", "PARTITION_RECORD"):
        true(all(any(kind in payload for _, payload in text) for text in texts.values()), f"{kind} in every log")
    true(all(any(topic in payload for _, payload in text) for text in texts.values()), "the newest topic in every log")
    shortest = min(len(text) for text in texts.values())
    first = next(iter(texts.values()))
    for identity, text in texts.items():
        equal(text[:shortest], first[:shortest], f"records of node {identity}")
    return f"{shortest} records in common"


if __name__ == "__main__":
    main("Kafka's tools, cluster", version())
