"""kcat, as a person uses it on a command line."""

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

# pylint: disable=wrong-import-position
import verbs
from check import Environment, check, equal, main, name, refused, true, until

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
#: Where kcat's own topic metadata may lag behind a topic that was just created.
FAST = ["-X", "topic.metadata.refresh.fast.interval.ms=50"]


def kcat(*arguments, text="", seconds=20):
    """Runs kcat and returns its standard output; raises with its error output if it fails."""
    done = subprocess.run(["kcat", "-b", Environment.bootstrap, *FAST, *arguments], input=text, capture_output=True, text=True,
                          timeout=seconds, check=False)
    if done.returncode != 0 or "% ERROR" in done.stderr or "% Delivery failed" in done.stderr:
        raise RuntimeError(done.stderr.strip() or f"exit code {done.returncode}")
    return done.stdout


def metadata():
    """All topics as kcat lists them: name -> number of partitions."""
    return {t["topic"]: len(t["partitions"]) for t in json.loads(kcat("-L", "-J"))["topics"]}


def produce(topic, lines, *arguments):
    """Writes lines to a topic."""
    kcat("-P", "-t", topic, *arguments, text="".join(line + "\n" for line in lines))


def consume(topic, *arguments):
    """Reads a topic to its end; returns a list of dictionaries."""
    return [json.loads(line) for line in kcat("-C", "-t", topic, "-e", "-J", *arguments).splitlines()]


@check("tutorial")
def tutorial():
    """Lines to a topic created on first use; a group reads them, stops, and goes on where it stopped."""
    topic, group = ("topic_test", "my-group-id") if Environment.fresh else (name("topic_test"), name("my-group-id"))
    produce(topic, [json.dumps({"number": n}) for n in range(100)])
    start = time.monotonic()
    reader = subprocess.Popen(["kcat", "-b", Environment.bootstrap, "-X", "auto.offset.reset=earliest", "-G", group, topic, "-c", "100"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    first = reader.stdout.readline()
    first_seconds = time.monotonic() - start
    lines = [first] + reader.stdout.read().splitlines()
    equal(reader.wait(10), 0, "exit code")
    equal([json.loads(line)["number"] for line in lines], list(range(100)), "records of the first run")
    produce(topic, [json.dumps({"number": n}) for n in range(100, 150)])
    lines = kcat("-X", "auto.offset.reset=earliest", "-G", group, topic, "-e").splitlines()
    equal([json.loads(line)["number"] for line in lines if line.startswith("{")], list(range(100, 150)), "records after the restart")
    true(first_seconds < Environment.first_record_seconds_max, f"the first record took {first_seconds:.2f} s")
    return f"first record {first_seconds:.3f} s"


@check("metadata-of-all-topics")
def list_metadata():
    """`kcat -L` lists topics and the broker."""
    topic = name("all-topics")
    produce(topic, ["x"])
    until(lambda: metadata().get(topic) == 1, "the topic is listed")
    broker = json.loads(kcat("-L", "-J"))["brokers"][0]["name"]
    equal(broker, Environment.bootstrap, "broker")


@check("fields-round-trip")
def fields_round_trip():
    """Keys, headers, timestamps, null keys and null values come back as they were sent."""
    topic = name("fields")
    produce(topic, ["key:value"], "-K", ":", "-H", "a=1", "-H", "a=2", "-H", "null")
    produce(topic, ["key:"], "-K", ":", "-Z")
    produce(topic, ["value only"])
    records = consume(topic)
    equal([(r.get("key"), r.get("payload")) for r in records], [("key", "value"), ("key", None), (None, "value only")], "keys and values")
    equal(records[0]["headers"], ["a", "1", "a", "2", "null", None], "headers")
    true(all(r["tstype"] == "create" and abs(r["ts"] / 1000 - time.time()) < 60 for r in records), "timestamps")


@check("acks-0-1-all")
def acks():
    """Records sent with every acks setting arrive."""
    topic = name("acks")
    for setting in ("-1", "1", "0"):
        produce(topic, [f"{setting}/{i}" for i in range(10)], "-X", f"topic.acks={setting}")
    equal([r["payload"] for r in consume(topic)], [f"{s}/{i}" for s in ("-1", "1", "0") for i in range(10)], "values")


@check("idempotent-producer")
def idempotent():
    """An idempotent producer's records arrive once, in order."""
    topic = name("idempotent")
    produce(topic, [str(i) for i in range(1000)], "-X", "enable.idempotence=true")
    equal([r["payload"] for r in consume(topic)], [str(i) for i in range(1000)], "values")


@check("order-10000")
def order():
    """10,000 records come back in order."""
    topic = name("order")
    produce(topic, [str(i) for i in range(10000)])
    equal([int(v) for v in kcat("-C", "-t", topic, "-e", "-q").split()], list(range(10000)), "values")


@check("codecs-round-trip")
def codecs():
    """Each codec is read back."""
    topic = name("codecs")
    for codec in CODECS:
        produce(topic, [f"{codec}-{i} " * 20 for i in range(50)], "-z", codec)
    equal([r["payload"] for r in consume(topic)], [f"{codec}-{i} " * 20 for codec in CODECS for i in range(50)], "values")


@check("offsets-and-timestamps")
def offsets():
    """Reading starts at the beginning, at an offset, before the end, or at a time; `-Q` answers for a time."""
    topic = name("offsets")
    produce(topic, [str(i) for i in range(10)])
    time.sleep(0.05)
    middle = int(time.time() * 1000)
    time.sleep(0.05)
    produce(topic, [str(i) for i in range(10, 15)])
    equal([r["offset"] for r in consume(topic, "-o", "12", "-p", "0")], [12, 13, 14], "from an offset")
    equal([r["offset"] for r in consume(topic, "-o", "-4", "-p", "0")], [11, 12, 13, 14], "before the end")
    equal([r["offset"] for r in consume(topic, "-o", f"s@{middle}", "-p", "0")], [10, 11, 12, 13, 14], "from a time")
    answer = kcat("-Q", "-t", f"{topic}:0:{middle}")
    equal(re.search(r"offset (-?\d+)", answer).group(1), "10", "offset for a time")
    answer = kcat("-Q", "-t", f"{topic}:0:{middle + 3600000}")
    true(re.search(r"offset (-1|15|END)", answer) is not None, f"offset past the end: {answer.strip()}")


@check("first-batch-above-limit")
def first_batch_above_limit():
    """A fetch whose limit lies below the first batch still gets that batch."""
    topic = name("big-batch")
    produce(topic, ["x" * 100000])
    lines = kcat("-C", "-t", topic, "-e", "-q", "-X", "fetch.message.max.bytes=1000", "-X", "fetch.max.bytes=1000",
                 "-X", "message.max.bytes=1000")
    equal(len(lines.strip()), 100000, "size of the value")


@check("internal-topic-refused")
def internal_topic():
    """Clients may not write to __consumer_offsets."""
    if "__consumer_offsets" not in metadata():
        kcat("-X", "auto.offset.reset=earliest", "-G", name("internal"), name("order"), "-c", "1")
    refused("nvalid topic", produce, "__consumer_offsets", ["x"], "-p", "0")


def produce_matrix(topic):
    """Verb: writes records with every codec."""
    for codec in CODECS:
        lines = [f"{key.decode()}\t{value.decode()}" for key, value, _ in verbs.matrix_records("kcat", codec)]
        produce(topic, lines, "-K", "\t", "-z", codec, "-H", f"codec={codec}", "-p", "0")
    verbs.tell(codecs=CODECS)


def consume_matrix(topic, _count):
    """Verb: reads everything and prints it."""
    for record in consume(topic, "-p", "0"):
        pairs = iter(record["headers"])
        verbs.tell(key=record["key"], value=record["payload"], headers=[[k, v] for k, v in zip(pairs, pairs)])
    verbs.tell(end=True)


def partition_keys(topic):
    """Verb: says which partition each key goes to."""
    produce(topic, [f"{key}\tx" for key in verbs.partition_keys()], "-K", "\t", "-X", "topic.partitioner=murmur2_random")
    verbs.tell(partitions={r["key"]: r["partition"] for r in consume(topic)})


if __name__ == "__main__":
    verbs.dispatch(sys.argv[1:], {"produce-matrix": produce_matrix, "consume-matrix": consume_matrix, "partition-keys": partition_keys})
    version = subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Version (\S+).*librdkafka (\S+)", version)
    main("kcat", f"{found.group(1)} (librdkafka {found.group(2)})" if found else "unknown")
