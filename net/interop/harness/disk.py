"""Checks over data directories of stopped brokers.

A broker is filled and stopped; then Kafka's `DumpLogSegments` reads what it left on disk, and `klamm log dump` reads it, too.
With Klamm under test both tools read Klamm's directory, and `klamm log dump` also reads one that Kafka has made. Then the
brokers themselves exchange directories: Kafka starts on Klamm's and goes on, Klamm starts on what Kafka has left.
"""

import glob
import json
import os
import re
import shutil
import socket
import struct
import subprocess

from harness import cross, install
from harness.broker import BrokerError, Kafka, Klamm

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
#: Records that are written with each codec, in batches of at most 20.
RECORDS = 200
TOPIC = "disk"


def fill(program, broker, log):
    """Writes records with every codec, commits offsets of a group, and writes as an idempotent producer."""
    cross.create(broker, TOPIC, 1)
    done = cross.verb(program, broker, log, "fill-disk", TOPIC, str(RECORDS))[-1]
    return done["written"]


class Dump:
    """Output of Kafka's DumpLogSegments for some files of a partition."""

    def __init__(self, jars, files, *options):
        argv = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp", os.path.join(jars, "*"), "org.apache.kafka.tools.DumpLogSegments", "--files", ",".join(files), *options]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        self.text = done.stdout + done.stderr
        assert done.returncode == 0, f"exit code {done.returncode}: {self.text[-400:]}"
        for complaint in ("Mismatches in", "Exception", "isvalid: false", "invalid bytes", "non-consecutive", "Out of order timestamp"):
            assert complaint not in self.text, f"DumpLogSegments complains: {self._around(complaint)}"

    def _around(self, word):
        at = self.text.index(word)
        return self.text[max(0, at - 200):at + 300]

    def count(self, pattern):
        """How many lines match."""
        return len(re.findall(pattern, self.text, re.MULTILINE))


def partition(data, name):
    """Files of a partition by their suffix."""
    directory = os.path.join(data, name)
    assert os.path.isdir(directory), f"no directory {name} in {sorted(os.listdir(data))}"
    return {suffix: sorted(glob.glob(f"{directory}/*.{suffix}")) for suffix in ("log", "index", "timeindex", "snapshot", "checkpoint")}


def dump_topic(jars, data, written):
    """Records, indexes and producer state of a topic, as Kafka reads them."""
    files = partition(data, f"{TOPIC}-0")
    dump = Dump(jars, files["log"], "--deep-iteration", "--print-data-log")
    found = dump.count(r"^\| offset: \d+ ")
    assert found == written, f"{found} of {written} records in the log"
    for codec in CODECS:
        assert dump.count(rf"compresscodec: {codec}\b") > 0, f"no batch with codec {codec}"
    assert dump.count(r"isvalid: true") == dump.count(r"baseOffset: "), "batches that are not valid"
    for suffix in ("index", "timeindex"):
        for file in files[suffix]:
            Dump(jars, [file])
            Dump(jars, [file], "--index-sanity-check")
    for file in files["snapshot"]:
        Dump(jars, [file])
    return f"{found} records; {', '.join(f'{len(v)} {k}' for k, v in files.items() if v)}"


def dump_offsets(jars, data):
    """Committed offsets and group metadata, as Kafka reads them."""
    found = {"offsets": 0, "groups": 0}
    for directory in sorted(glob.glob(f"{data}/__consumer_offsets-*")):
        logs = [f for f in glob.glob(f"{directory}/*.log") if os.path.getsize(f) > 0]
        if logs:
            dump = Dump(jars, logs, "--offsets-decoder")
            found["offsets"] += dump.count(rf'"topic":"{TOPIC}"')
            found["groups"] += dump.count(r'"protocolType":"consumer"')
            assert "Failed to decode" not in dump.text and "UNKNOWN" not in dump.text, f"undecoded: {dump.text[-400:]}"
    assert found["offsets"] > 0, "no committed offset was decoded"
    assert found["groups"] > 0, "no group metadata was decoded"
    return f"{found['offsets']} offset records, {found['groups']} group records"


def dump_metadata(jars, data):
    """The metadata log and its snapshots, as Kafka reads them."""
    files = partition(data, "__cluster_metadata-0")
    dump = Dump(jars, files["log"], "--cluster-metadata-decoder")
    for kind in ("TOPIC_RECORD", "PARTITION_RECORD", "REGISTER_BROKER_RECORD"):
        assert dump.count(kind) > 0, f"no {kind}"
    assert dump.count(rf'"name":"{TOPIC}"') > 0, "the topic is not in the metadata log"
    snapshots = [f for f in files["checkpoint"] if re.search(r"\d{20}-\d{10}\.checkpoint$", f)]
    for snapshot in snapshots:
        Dump(jars, [snapshot], "--cluster-metadata-decoder")
    return f"{dump.count('_RECORD')} records, {len(snapshots)} snapshots"


def klamm_dump(binary, path, *options):
    """Runs `klamm log dump`; skips if this klamm has no such command."""
    done = subprocess.run([binary, "log", "dump", *options, path, "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0 and re.search(r"unrecognized subcommand|invalid subcommand|unexpected argument 'log'", done.stderr):
        raise install.Missing("this klamm has no command `log dump` yet")
    assert done.returncode == 0, f"exit code {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}"
    return done.stdout


def read_with_klamm(binary, data, written):
    """Every record of the topic, as `klamm log dump` reads it; and that it gets through all other logs."""
    text = klamm_dump(binary, os.path.join(data, f"{TOPIC}-0"), "--records")
    missing = [i for i in range(0, written, 7) if f"record-{i}-" not in text]
    assert not missing, f"records that are not in the output: {missing[:10]} ...; the output begins: {text[:300]}"
    for line in text.splitlines():
        if line.startswith("{"):
            json.loads(line)
    for name in ["__cluster_metadata-0", *sorted(os.path.basename(d) for d in glob.glob(f"{data}/__consumer_offsets-1*"))]:
        klamm_dump(binary, os.path.join(data, name), "--records")
    return f"{written} records"


def producers(broker):
    """What a broker knows of the idempotent producers of the topic, asked with a raw DescribeProducers request:
    producer id -> (epoch, last sequence)."""
    name = TOPIC.encode()
    body = struct.pack(">hhihB", 61, 0, 1, -1, 0) + bytes([2, len(name) + 1]) + name + struct.pack(">BiBBB", 2, 0, 0, 0, 0)
    host, port = broker.bootstrap.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(struct.pack(">i", len(body)) + body)
        size = struct.unpack(">i", s.recv(4, socket.MSG_WAITALL))[0]
        answer = s.recv(size, socket.MSG_WAITALL)
    # correlation id, tags, throttle time, one topic with its name, one partition: index, error code, no message
    at = 4 + 1 + 4 + 1 + 1 + len(name) + 1 + 4
    error, message, count = struct.unpack_from(">hBB", answer, at)
    assert (error, message) == (0, 0), f"DescribeProducers was refused with error {error}"
    found, at = {}, at + 4
    for _ in range(count - 1):
        producer, epoch, sequence = struct.unpack_from(">qii", answer, at)
        found[producer] = (epoch, sequence)
        at += 8 + 4 + 4 + 8 + 4 + 8 + 1
    return found


def read_all(binary, broker):
    """Values of all records of the topic, read through a broker."""
    done = subprocess.run([binary, "consume", TOPIC, "--bootstrap-server", broker.bootstrap, "--from-beginning", "--exit-at-end", "-o", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr.strip()[-400:]}"
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["offset"] for r in records] == list(range(len(records))), "offsets are not 0, 1, 2, ..."
    return [r["value"] for r in records]


def write_one(binary, broker, value):
    """Adds a record."""
    subprocess.run([binary, "produce", TOPIC, "--bootstrap-server", broker.bootstrap], input=value + "\n", capture_output=True, text=True,
                   timeout=60, check=True)


def exchange(jars, klamm, known, written, work):
    """Kafka starts on Klamm's directory: every record, and of each idempotent producer the newest batch although the snapshot
    names up to five. Then Klamm starts on what Kafka has left."""
    binary = klamm.binary
    kafka = Kafka(work, jars).adopt(os.path.join(work, "exchanged"))
    shutil.copytree(klamm.data, kafka.data)
    again = Klamm(work, binary)
    try:
        kafka.start()
        values = read_all(binary, kafka)
        assert len(values) == written, f"{len(values)} of {written} records through Kafka"
        seen = producers(kafka)
        assert seen == known, f"producers: {seen} through Kafka, {known} before"
        write_one(binary, kafka, "from-kafka")
        kafka.stop()
        again.data = kafka.data
        again.start()
        assert read_all(binary, again) == [*values, "from-kafka"], "records through Klamm are not those through Kafka"
        write_one(binary, again, "from-klamm")
        code = again.stop()
        assert code == 0, f"the broker ended with exit code {code}"
    finally:
        kafka.kill()
        again.kill()
    return f"{written} records, {len(known)} producers, both ways"


def filled(broker, program, log, known):
    """Starts a broker, fills it, stops it; returns the number of records written. `known` learns what it knows of producers."""
    broker.start()
    written = fill(program, broker, log)
    known.update(producers(broker))
    code = broker.stop()
    assert isinstance(broker, Kafka) or code == 0, f"the broker ended with exit code {code}"
    return written


def run(program, make_broker, options, work, table):
    """Runs the checks; `program` is the suite whose verb fills the broker."""
    log = os.path.join(work, "disk.log")
    brokers = [make_broker()]
    written, known = {}, {}

    def attempt(label, check, function):
        try:
            cross.attempt(table, label, check, function, language="disk")
            return True
        except install.Missing as reason:
            table.add(cross.Result("disk", label, "", check, "skipped", 0.0, str(reason)))
            return False

    def stop_filled(broker):
        known.clear()
        written[broker.kind] = filled(broker, program, log, known)
        return f"{written[broker.kind]} records, {len(known)} producers"

    try:
        jars = install.kafka()
        broker = brokers[0]
        attempt(broker.kind, "clean-stop", lambda: stop_filled(broker))
        if broker.kind in written:
            data = broker.data
            attempt("DumpLogSegments", "reads-records-and-indexes", lambda: dump_topic(jars, data, written[broker.kind]))
            attempt("DumpLogSegments", "reads-committed-offsets", lambda: dump_offsets(jars, data))
            attempt("DumpLogSegments", "reads-the-metadata-log", lambda: dump_metadata(jars, data))
        if isinstance(broker, Klamm) and broker.kind in written and attempt(
                "klamm log dump", "reads-its-own-directory", lambda: read_with_klamm(broker.binary, data, written[broker.kind])):
            of_klamm = dict(known)
            attempt("kafka and klamm", "exchange-a-directory", lambda: exchange(jars, broker, of_klamm, written["klamm"], work))
            other = Kafka(work, jars)
            brokers.append(other)
            attempt("kafka", "clean-stop", lambda: stop_filled(other))
            attempt("klamm log dump", "reads-kafkas-directory", lambda: read_with_klamm(broker.binary, other.data, written["kafka"]))
    except install.Missing as reason:
        table.skip("disk", str(reason))
    except BrokerError as error:
        table.add(cross.Result("disk", "disk", "", "(broker)", "failed", 0.0, str(error)))
    finally:
        for broker in brokers:
            broker.kill()
            if not options.keep and not table.count("failed"):
                broker.discard()
