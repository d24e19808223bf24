"""Checks over all clients at once: every codec of each read by all others, and one partition per key for all."""

import json
import os
import random
import subprocess
import time

from harness.broker import BrokerError
from harness.suite import Result, environment

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
#: As in python/verbs.py.
MATRIX_RECORDS = 20
PARTITIONS = 7
#: Seconds one verb may take.
VERB_SECONDS_MAX = 60


def murmur2(key):
    """Kafka's murmur2 of a key, as a 32-bit number (Kafka: `Utils.murmur2`)."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(key)) & mask
    whole = len(key) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = key[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def partition_of(key):
    """The partition of a key among `PARTITIONS` (Kafka: `BuiltInPartitioner.partitionForKey`)."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


def verb(program, broker, log, *arguments):
    """Runs a verb of a suite and returns its contract lines."""
    with open(log, "ab") as errors:
        done = subprocess.run([*program.argv, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                              timeout=VERB_SECONDS_MAX, check=False,
                              env={**os.environ, **program.variables, **environment(broker, "cross", "")})
    lines = [json.loads(line[2:]) for line in done.stdout.splitlines() if line.startswith("@@")]
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}; log: {log}")
    return lines


def attempt(table, label, check, function, language="cross"):
    """Runs one check and reports it."""
    start, result, note = time.monotonic(), "passed", ""
    try:
        note = function() or ""
    except (AssertionError, BrokerError, subprocess.TimeoutExpired, LookupError, ValueError) as error:
        result, note = "failed", f"{type(error).__name__}: {error}"[:600]
    table.add(Result(language, label, "", check, result, round(time.monotonic() - start, 3), note))


def create(broker, topic, partitions):
    """Creates a topic with a raw CreateTopics v2 request, so that no client is needed for it."""
    import socket  # pylint: disable=import-outside-toplevel
    import struct  # pylint: disable=import-outside-toplevel
    name = topic.encode()
    body = struct.pack(">hhih", 19, 2, 1, -1) + struct.pack(">ih", 1, len(name)) + name
    body += struct.pack(">ihii", partitions, 1, 0, 0) + struct.pack(">i?", 10000, False)
    host, port = broker.bootstrap.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(struct.pack(">i", len(body)) + body)
        size = struct.unpack(">i", s.recv(4, socket.MSG_WAITALL))[0]
        answer = s.recv(size, socket.MSG_WAITALL)
    # correlation id, throttle time, one topic: its name, then the error code
    error = struct.unpack_from(">h", answer, 4 + 4 + 4 + 2 + len(name))[0]
    if error != 0:
        raise BrokerError(f"creating {topic} was refused with error {error}")
    time.sleep(0.5)


def codec_matrix(found, broker, log, table):
    """Every client writes with every codec to one partition, and every client reads it all."""
    topic = f"cross-codecs-{random.randrange(1 << 24):06x}"
    create(broker, topic, 1)
    written = []

    def write(program):
        codecs = verb(program, broker, log, "produce-matrix", topic)[-1]["codecs"]
        written.extend([None] * len(codecs) * MATRIX_RECORDS)
        return f"codecs: {', '.join(codecs)}"

    for label, program in found.items():
        attempt(table, label, "writes-every-codec", lambda program=program: write(program))

    def read(program):
        records = verb(program, broker, log, "consume-matrix", topic, str(len(written)))[:-1]
        groups = {}
        for record in records:
            client, codec, number = record["key"].split("/")
            assert record["value"] == record["key"] + ":" + "klamm " * 40, f"value of {record['key']}: {record['value'][:80]!r}"
            assert record["headers"] == [["codec", codec]], f"headers of {record['key']}: {record['headers']}"
            groups.setdefault(f"{client}/{codec}", []).append(int(number))
        wrong = [key for key, numbers in groups.items() if numbers != list(range(MATRIX_RECORDS))]
        assert not wrong, f"records missing, twice or out of order: {', '.join(wrong)}"
        assert len(records) == len(written), f"{len(records)} of {len(written)} records; codecs seen: {', '.join(groups)}"
        return f"{len(records)} records, {len(groups)} pairs of client and codec"

    for label, program in found.items():
        attempt(table, label, "reads-every-codec-of-all", lambda program=program: read(program))


def partitioners(found, broker, log, table):
    """The same keys land in the same partitions, whoever sends them."""
    for label, program in found.items():
        topic = f"cross-keys-{random.randrange(1 << 24):06x}"
        create(broker, topic, PARTITIONS)

        def agree(program=program, topic=topic):
            partitions = verb(program, broker, log, "partition-keys", topic)[-1]["partitions"]
            wrong = {k: (p, partition_of(k)) for k, p in partitions.items() if p != partition_of(k)}
            assert not wrong, f"key: (partition, expected) {wrong}"
            return f"{len(partitions)} keys"

        attempt(table, label, "partitioner-agrees", agree)


def run(found, make_broker, options, work, table):
    """Runs the checks over all clients that are installed."""
    clients = {label: program for label, program in found.items() if label != "protocol" and not label.startswith("kafka tools")}
    broker, log = make_broker(), os.path.join(work, "cross.log")
    try:
        broker.start()
        codec_matrix(clients, broker, log, table)
        partitioners(clients, broker, log, table)
        broker.stop()
    except (BrokerError, OSError) as error:
        table.add(Result("cross", "cross", "", "(broker)", "failed", 0.0, str(error)))
    finally:
        if getattr(broker, "process", None) is not None:
            broker.kill()
        if not options.keep and not table.count("failed"):
            broker.discard()
