"""The command line tools of Apache Kafka, run from its jars with the arguments that its shell scripts pass on."""

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

# pylint: disable=wrong-import-position
from check import check, equal, main, name, refused, true, until
from kafka_tools import CLASSES, JARS, SERVER, fill, tool, version

def in_its_own_process(command, *arguments):
    """Runs a tool in a process of its own: those of the system tests do their work in a hook at the end of the process."""
    argv = ["java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", os.path.join(JARS, "*"),
            CLASSES[command], *SERVER, *arguments]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40, check=False)
    equal(done.returncode, 0, f"exit code ({done.stderr.strip()[-300:]})")
    return done.stdout


def rows(text):
    """The rows of a printed table as dictionaries."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    header = next(i for i, line in enumerate(lines) if line[0] in ("GROUP", "TOPIC"))
    return [dict(zip(lines[header], line)) for line in lines[header + 1:] if len(line) >= 3]

@check("kafka-topics", limit=90)
def topics():
    """create, list, describe, alter and delete; creating twice and shrinking are refused."""
    topic = name("tool-topic")
    out = tool("kafka-topics", "--create", "--topic", topic, "--partitions", "2", "--replication-factor", "1", "--config", "retention.ms=123456")
    true(f"Created topic {topic}." in out, f"output of create: {out}")
    refused("already exists", tool, "kafka-topics", "--create", "--topic", topic)
    tool("kafka-topics", "--create", "--topic", topic, "--if-not-exists")
    true(topic in tool("kafka-topics", "--list").split(), "the topic is listed")
    out = tool("kafka-topics", "--describe", "--topic", topic)
    true(re.search(r"PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: .*retention\.ms=123456", out), f"output of describe: {out}")
    equal(len(re.findall(r"Leader: \d+\s+Replicas: \d+\s+Isr: \d+", out)), 2, "partitions with leader, replicas and in-sync replicas")
    equal(tool("kafka-topics", "--describe", "--under-replicated-partitions").strip(), "", "under-replicated partitions")
    tool("kafka-topics", "--alter", "--topic", topic, "--partitions", "5")
    until(lambda: "PartitionCount: 5" in tool("kafka-topics", "--describe", "--topic", topic), "five partitions")
    refused("InvalidPartitionsException", tool, "kafka-topics", "--alter", "--topic", topic, "--partitions", "3")
    tool("kafka-topics", "--delete", "--topic", topic)
    until(lambda: topic not in tool("kafka-topics", "--list").split(), "the topic is gone")


@check("kafka-console-producer-consumer", limit=60)
def console():
    """Records with keys and headers from the console to the console, to a topic created on first use."""
    topic = name("tool-console")
    tool("kafka-console-producer", "--topic", topic, "--reader-property", "parse.key=true", "--reader-property", "key.separator=:",
         "--reader-property", "parse.headers=true", "--compression-codec", "gzip", text="h1:v1\tkey1:value1\nh1:v1\tkey2:value2\n")
    out = tool("kafka-console-consumer", "--topic", topic, "--from-beginning", "--max-messages", "2", "--formatter-property", "print.key=true",
               "--formatter-property", "print.headers=true", "--formatter-property", "print.offset=true", "--timeout-ms", "15000")
    equal(out.split("\n")[:2], ["Offset:0\th1:v1\tkey1\tvalue1", "Offset:1\th1:v1\tkey2\tvalue2"], "lines")


@check("kafka-get-offsets", limit=60)
def get_offsets():
    """Latest, earliest and by time."""
    topic = name("tool-offsets")
    fill(topic, 10)
    equal(tool("kafka-get-offsets", "--topic", topic).split(), [f"{topic}:0:10"], "latest")
    equal(tool("kafka-get-offsets", "--topic", topic, "--time", "earliest").split(), [f"{topic}:0:0"], "earliest")
    equal(tool("kafka-get-offsets", "--topic", topic, "--time", str(int(time.time() * 1000) - 3600000)).split(), [f"{topic}:0:0"], "by time")


@check("kafka-delete-records", limit=60)
def delete_records():
    """Records below an offset are deleted."""
    topic, path = name("tool-delete-records"), f"/tmp/{name('offsets')}.json"
    fill(topic, 10)
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"partitions": [{"topic": topic, "partition": 0, "offset": 4}], "version": 1}, f)
    try:
        true("low_watermark: 4" in tool("kafka-delete-records", "--offset-json-file", path), "the low watermark is 4")
    finally:
        os.remove(path)
    equal(tool("kafka-get-offsets", "--topic", topic, "--time", "earliest").split(), [f"{topic}:0:4"], "earliest")


@check("kafka-configs", limit=90)
def configs():
    """Topic and broker configurations are described; a topic's are altered; unknown names are refused."""
    topic = name("tool-configs")
    fill(topic, 1)
    entity = ("--entity-type", "topics", "--entity-name", topic)
    tool("kafka-configs", *entity, "--alter", "--add-config", "retention.ms=777,cleanup.policy=[compact,delete]")
    until(lambda: "retention.ms=777 " in tool("kafka-configs", *entity, "--describe"), "the new value is described")
    tool("kafka-configs", *entity, "--alter", "--delete-config", "retention.ms")
    until(lambda: "retention.ms=777 " not in tool("kafka-configs", *entity, "--describe"), "the value is gone")
    true("segment.bytes=1073741824" in tool("kafka-configs", *entity, "--describe", "--all"), "defaults are described")
    refused("InvalidConfig", tool, "kafka-configs", *entity, "--alter", "--add-config", "no.such.config=1")
    true("min.insync.replicas" in tool("kafka-configs", "--entity-type", "brokers", "--describe", "--all"), "the broker is described")


@check("kafka-consumer-groups", limit=120)
def groups():
    """A group is listed, described with its lag, reset, and deleted."""
    topic, group = name("tool-groups"), name("tool-group")
    fill(topic, 10)
    tool("kafka-console-consumer", "--topic", topic, "--group", group, "--from-beginning", "--max-messages", "6", "--timeout-ms", "15000")
    true(group in tool("kafka-consumer-groups", "--list").split(), "the group is listed")
    row = rows(tool("kafka-consumer-groups", "--describe", "--group", group))[0]
    equal((row["TOPIC"], row["CURRENT-OFFSET"], row["LOG-END-OFFSET"], row["LAG"]), (topic, "6", "10", "4"), "row of describe")
    true("Empty" in tool("kafka-consumer-groups", "--describe", "--group", group, "--state"), "the state is Empty")
    out = tool("kafka-consumer-groups", "--group", group, "--topic", topic, "--reset-offsets", "--to-offset", "2", "--dry-run")
    true(re.search(rf"{topic}\s+0\s+2", out), f"output of a dry run: {out}")
    tool("kafka-consumer-groups", "--group", group, "--topic", topic, "--reset-offsets", "--shift-by", "-3", "--execute")
    row = rows(tool("kafka-consumer-groups", "--describe", "--group", group))[0]
    equal(row["CURRENT-OFFSET"], "3", "offset after the reset")
    tool("kafka-consumer-groups", "--delete-offsets", "--group", group, "--topic", topic)
    out = tool("kafka-consumer-groups", "--delete", "--group", group)
    true("successful" in out, f"output of delete: {out}")
    true(group not in tool("kafka-consumer-groups", "--list").split(), "the group is gone")


@check("kafka-log-dirs", limit=45)
def log_dirs():
    """The directory and its partitions, as JSON."""
    topic = name("tool-log-dirs")
    fill(topic, 10)
    out = tool("kafka-log-dirs", "--describe", "--topic-list", topic)
    found = json.loads(next(line for line in out.splitlines() if line.startswith("{")))
    directory = found["brokers"][0]["logDirs"][0]
    equal(directory["error"], None, "error")
    equal([p["partition"] for p in directory["partitions"]], [f"{topic}-0"], "partitions")
    true(directory["partitions"][0]["size"] > 60, "the partition has a size")


@check("kafka-broker-api-versions", limit=45)
def api_versions():
    """Every API is named with its range, and none is unknown to this client."""
    out = tool("kafka-broker-api-versions")
    true("Produce(0): 0 to 13" in out and "ApiVersions(18): 0 to 4" in out, f"output: {out[:300]}")
    true("UNKNOWN" not in out, "APIs are known")


@check("kafka-cluster", limit=45)
def cluster():
    """The cluster id."""
    out = tool("kafka-cluster", "cluster-id")
    true(re.search(r"Cluster ID: \S+", out), f"output: {out}")


@check("kafka-verifiable-clients", limit=60)
def verifiable():
    """The clients of Kafka's own system tests: every record is acknowledged, and consumed."""
    topic = name("tool-verifiable")
    out = in_its_own_process("kafka-verifiable-producer", "--topic", topic, "--max-messages", "500", "--acks", "-1")
    events = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    summary = next(e for e in events if e["name"] == "tool_data")
    equal((summary["sent"], summary["acked"]), (500, 500), "sent and acknowledged")
    out = in_its_own_process("kafka-verifiable-consumer", "--topic", topic, "--group-id", name("tool-verifiable"), "--max-messages", "500",
               "--reset-policy", "earliest")
    events = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    equal(sum(e["count"] for e in events if e["name"] == "records_consumed"), 500, "consumed")
    true(all(e["success"] for e in events if e["name"] == "offsets_committed"), "offsets are committed")


if __name__ == "__main__":
    main("Apache Kafka's tools", version())
