"""kafka-python 2.x and 3.x: one suite for both, run in a virtual environment of each."""

import json
import subprocess
import sys
import threading
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

import verbs
from check import Environment, Skip, check, equal, main, name, refused, true, until

V3 = int(kafka.__version__.split(".")[0]) >= 3
SERVERS = [Environment.bootstrap]
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


def producer(**config):
    """A producer with short timeouts."""
    return KafkaProducer(bootstrap_servers=SERVERS, **{"request_timeout_ms": 10000, "max_block_ms": 10000, **config})


#: How long a poll of a group's member may last. kafka-python 3.0.12 loses an assignment for good if a poll ends within the
#: join that its own metadata caused: `join_group_async` leaves the join alone, which then sets what `need_rejoin` compares,
#: so the next poll asks for nothing and takes nothing over. Its metadata comes 100 ms after the subscription; polls of
#: 100 or 200 ms end just there, one in twenty with the join in between. Longer ones do not end while a group forms.
MEMBER_POLL_MS = 1000


def consumer(*topics, **config):
    """A consumer that starts at the beginning."""
    return KafkaConsumer(*topics, bootstrap_servers=SERVERS, **{"auto_offset_reset": "earliest", **config})


def admin():
    """An admin client."""
    return KafkaAdminClient(bootstrap_servers=SERVERS, request_timeout_ms=10000)


def create(topic, partitions=1, **configs):
    """Creates a topic and returns its name."""
    client = admin()
    client.create_topics([NewTopic(topic, partitions, 1, topic_configs={k.replace("_", "."): v for k, v in configs.items()})])
    client.close()
    return topic


def read(source, count, seconds=15.0):
    """Polls until `count` records have come; returns all that came."""
    records, end = [], time.monotonic() + seconds
    while len(records) < count and time.monotonic() < end:
        for part in source.poll(timeout_ms=MEMBER_POLL_MS).values():
            records.extend(part)
    return records


def send_all(values, topic, partition=None, **config):
    """Sends the values, waits for every acknowledgement, and returns their metadata."""
    client = producer(**config)
    futures = [client.send(topic, value=v, partition=partition) for v in values]
    client.flush()
    metadata = [f.get(timeout=10) for f in futures]
    client.close()
    return metadata


@check("tutorial")
def tutorial():
    """What every tutorial starts with: JSON to a topic created on first use; a group reads, commits, stops, goes on."""
    topic = "topic_test" if Environment.fresh else name("topic_test")
    group = "my-group-id" if Environment.fresh else name("my-group-id")

    def write(numbers):
        client = KafkaProducer(bootstrap_servers=SERVERS, value_serializer=lambda v: json.dumps(v).encode("utf-8"))
        for number in numbers:
            client.send(topic, value={"number": number})
        client.flush()
        client.close()

    def open_consumer():
        return KafkaConsumer(topic, bootstrap_servers=SERVERS, auto_offset_reset="earliest", enable_auto_commit=True,
                             group_id=group, value_deserializer=lambda v: json.loads(v.decode("utf-8")))

    write(range(100))
    start = time.monotonic()
    client = open_consumer()
    first = read(client, 1)
    first_seconds = time.monotonic() - start
    rest = read(client, 100 - len(first))
    equal([r.value["number"] for r in first + rest], list(range(100)), "records of the first run")
    start = time.monotonic()
    client.close()
    close_seconds = time.monotonic() - start
    write(range(100, 150))
    client = open_consumer()
    records = read(client, 50)
    records += read(client, 1, seconds=0.5)
    client.close()
    equal([r.value["number"] for r in records], list(range(100, 150)), "records after the restart")
    true(first_seconds < Environment.first_record_seconds_max, f"the first record took {first_seconds:.2f} s")
    true(close_seconds < 2.0, f"closing took {close_seconds:.2f} s")
    return f"first record {first_seconds:.3f} s, close {close_seconds:.3f} s"


@check("fields-round-trip")
def fields_round_trip():
    """Keys, headers, timestamps, null keys and null values come back as they were sent."""
    topic = create(name("fields"))
    client = producer()
    now = int(time.time() * 1000)
    sent = [
        (b"key", b"value", [("a", b"1"), ("a", b"2"), ("empty", b"")], now),
        (b"key", None, [], now - 5000),
        (None, b"value only", [("utf-\u00e9", "\u20ac".encode())], now - 1),
        (b"", b"", [], now),
    ]
    for key, value, headers, timestamp in sent:
        client.send(topic, key=key, value=value, headers=headers, timestamp_ms=timestamp).get(timeout=10)
    client.close()
    source = consumer(topic)
    records = read(source, len(sent))
    source.close()
    equal([(r.key, r.value, [tuple(h) for h in r.headers], r.timestamp) for r in records], sent, "records")
    equal([r.timestamp_type for r in records], [0] * len(sent), "timestamp type (CreateTime)")


@check("acks-0-1-all")
def acks():
    """Records sent with every acks setting arrive."""
    topic = create(name("acks"))
    for setting in ("all", 1, 0):
        config = {} if setting == "all" or not V3 else {"enable_idempotence": False}
        client = producer(acks=setting, **config)
        for i in range(10):
            client.send(topic, value=f"{setting}-{i}".encode())
        client.flush()
        if setting == 0:
            # Version 2 keeps its last acks=0 request in a buffer until it has something else to send.
            client.partitions_for(name("acks-other"))
        client.close()
    source = consumer(topic)
    values = [r.value.decode() for r in read(source, 30)]
    source.close()
    equal(values, [f"{s}-{i}" for s in ("all", 1, 0) for i in range(10)], "values")


@check("idempotent-producer")
def idempotent():
    """An idempotent producer gets a producer id and its records are appended once, in order."""
    topic = create(name("idempotent"), 2)
    client = producer(acks="all", enable_idempotence=True, linger_ms=2)
    futures = [client.send(topic, value=str(i).encode(), partition=i % 2) for i in range(1000)]
    client.flush()
    metadata = [f.get(timeout=10) for f in futures]
    client.close()
    for partition in (0, 1):
        equal([m.offset for m in metadata if m.partition == partition], list(range(500)), f"offsets of partition {partition}")


@check("order-10000")
def order():
    """10,000 records over 3 partitions come back in order per partition, none twice."""
    topic = create(name("order"), 3)
    client = producer(linger_ms=5, acks="all")
    for i in range(10000):
        client.send(topic, value=str(i).encode(), partition=i % 3)
    client.flush()
    client.close()
    source = consumer(topic)
    seen = {0: [], 1: [], 2: []}
    for record in read(source, 10000, seconds=25):
        seen[record.partition].append(int(record.value))
    source.close()
    for partition in range(3):
        equal(seen[partition], list(range(partition, 10000, 3)), f"partition {partition}")


@check("codecs-round-trip")
def codecs():
    """Each codec, in batches of many records, is read back."""
    topic = create(name("codecs"))
    for codec in CODECS:
        send_all([f"{codec}-{i}".encode() * 20 for i in range(50)], topic, compression_type=codec, linger_ms=20)
    source = consumer(topic)
    values = [r.value for r in read(source, 250)]
    source.close()
    equal(values, [f"{codec}-{i}".encode() * 20 for codec in CODECS for i in range(50)], "values")


@check("topics")
def topics():
    """Topics are created, listed, described and deleted; an existing name, a bad name and an unknown topic are refused."""
    client = admin()
    topic = name("topics")
    client.create_topics([NewTopic(topic, 3, 1)])
    until(lambda: topic in client.list_topics(), "the topic is listed")
    described = client.describe_topics([topic])[0]
    equal(len(described["partitions"]), 3, "partitions")
    refused("TopicAlreadyExists", client.create_topics, [NewTopic(topic, 3, 1)])
    refused("InvalidTopic", client.create_topics, [NewTopic("no spaces please", 1, 1)])
    refused("InvalidReplicationFactor", client.create_topics, [NewTopic(topic + "-rf", 1, 7)])
    refused("InvalidPartitions", client.create_topics, [NewTopic(topic + "-p0", 0, 1)])
    client.delete_topics([topic])
    until(lambda: topic not in client.list_topics(), "the topic is gone")
    refused("UnknownTopic", client.delete_topics, [topic])
    client.close()


@check("validate-only")
def validate_only():
    """A validated creation creates nothing; a validated bad one is refused."""
    client = admin()
    topic = name("validate-only")
    client.create_topics([NewTopic(topic, 1, 1)], validate_only=True)
    refused("InvalidConfig", client.create_topics, [NewTopic(topic, 1, 1, topic_configs={"no.such.config": "1"})], validate_only=True)
    time.sleep(0.3)
    true(topic not in client.list_topics(), "the topic was created")
    client.close()


@check("create-partitions")
def create_partitions():
    """Partitions are added; fewer than now is refused with INVALID_PARTITIONS."""
    topic = create(name("grow"), 2)
    client = admin()
    client.create_partitions({topic: NewPartitions(4)})
    until(lambda: len(client.describe_topics([topic])[0]["partitions"]) == 4, "four partitions")
    refused("InvalidPartitions", client.create_partitions, {topic: NewPartitions(3)})
    refused("InvalidPartitions", client.create_partitions, {topic: NewPartitions(4)})
    client.close()
    equal(send_all([b"x"], topic, partition=3)[0].offset, 0, "offset in the new partition")


def config_of(client, topic):
    """The configuration of a topic as a dictionary name -> value."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    if V3:
        found = client.describe_configs([resource], config_filter="all")
        entries = next(iter(next(iter(found.values())).values()))
        return {k: v["value"] for k, v in entries.items()}
    return {entry[0]: entry[1] for response in client.describe_configs([resource]) for entry in response.resources[0][4]}


@check("configs")
def configs():
    """Topic configurations are described and altered; an unknown name and a bad value are refused."""
    topic = create(name("configs"), retention_ms="123456")
    client = admin()
    before = config_of(client, topic)
    equal(before["retention.ms"], "123456", "retention.ms")
    for key in ("cleanup.policy", "min.insync.replicas", "segment.bytes", "compression.type", "max.message.bytes"):
        true(key in before, f"{key} is described")
    alter(client, topic, {"retention.ms": "654321"})
    until(lambda: config_of(client, topic)["retention.ms"] == "654321", "the new value is described")
    refused("InvalidConfig", alter, client, topic, {"no.such.config": "1"})
    refused("InvalidConfig", alter, client, topic, {"retention.ms": "soon"})
    refused("InvalidConfig", client.create_topics, [NewTopic(topic + "2", 1, 1, topic_configs={"no.such.config": "1"})])
    refused("InvalidConfig", client.create_topics, [NewTopic(topic + "2", 1, 1, topic_configs={"segment.bytes": "-5"})])
    equal(config_of(client, topic)["retention.ms"], "654321", "retention.ms after refused changes")
    client.close()


def alter(client, topic, values):
    """Alters a topic's configuration; version 2 of the client reports errors in the response, version 3 raises."""
    unchecked = {"raise_on_unknown": False} if V3 else {}
    result = client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=values)], **unchecked)
    if V3 and "[Error" in repr(result):
        raise ValueError(repr(result))
    for response in [] if V3 else (result if isinstance(result, list) else [result]):
        for resource in response.resources:
            if resource[0] != 0:
                raise kafka.errors.for_code(resource[0])(resource[1])


@check("delete-records")
def delete_records():
    """Records below an offset are deleted: the beginning moves, and reading starts there."""
    topic = create(name("delete-records"))
    send_all([str(i).encode() for i in range(10)], topic)
    client = admin()
    client.delete_records({TopicPartition(topic, 0): 6})
    refused("OffsetOutOfRange", client.delete_records, {TopicPartition(topic, 0): 99})
    client.close()
    source = consumer(topic)
    equal([r.offset for r in read(source, 4)], [6, 7, 8, 9], "offsets left")
    equal(source.beginning_offsets([TopicPartition(topic, 0)])[TopicPartition(topic, 0)], 6, "beginning")
    source.close()


@check("list-offsets")
def list_offsets():
    """Earliest, latest, by timestamp, and past the end."""
    topic = create(name("list-offsets"))
    client = producer()
    base = int(time.time() * 1000) - 60000
    for i in range(10):
        client.send(topic, value=b"x", timestamp_ms=base + 100 * i).get(timeout=10)
    client.close()
    source, partition = consumer(), TopicPartition(topic, 0)
    equal(source.beginning_offsets([partition])[partition], 0, "earliest")
    equal(source.end_offsets([partition])[partition], 10, "latest")
    found = source.offsets_for_times({partition: base + 450})[partition]
    equal((found.offset, found.timestamp), (5, base + 500), "first at or after the timestamp")
    equal(source.offsets_for_times({partition: base - 1000})[partition].offset, 0, "before the first")
    past = source.offsets_for_times({partition: base + 100000})[partition]
    true(past is None or past.offset == -1, f"past the end: {past}")
    source.close()


@check("log-dirs")
def log_dirs():
    """The log directory is described with the topic's size in it."""
    if not V3:
        raise Skip("kafka-python 2.x asks DescribeLogDirs v0 only, which Kafka 4 no longer serves")
    topic = create(name("log-dirs"))
    send_all([b"x" * 1000], topic)
    client = admin()
    text = repr(client.describe_log_dirs())
    client.close()
    true(topic in text, f"the topic is in {text[:300]}")


@check("describe-producers")
def describe_producers():
    """An idempotent producer's state is described."""
    if not V3:
        raise Skip("kafka-python 2.x has no such call")
    topic = create(name("producers"))
    send_all([b"a", b"b", b"c"], topic, partition=0, acks="all", enable_idempotence=True, linger_ms=20)
    client = admin()
    text = repr(client.describe_producers([TopicPartition(topic, 0)]))
    client.close()
    true("last_sequence" in text and "2" in text, f"the last sequence is in {text[:300]}")


@check("groups")
def groups():
    """Groups are listed, described and deleted; a group with members is not deleted."""
    topic, group = create(name("groups-topic"), 2), name("groups")
    send_all([b"x"] * 4, topic)
    source = consumer(topic, group_id=group)
    read(source, 4)
    source.commit()
    client = admin()
    if V3:
        true(group in repr(client.list_groups()), "the group is listed")
        described = repr(client.describe_groups([group]))
        true("Stable" in described and topic in described, f"described as stable with its topic: {described[:300]}")
        true("NonEmptyGroup" in repr(client.delete_groups([group])), "deleting a group with members is refused")
    else:
        true(group in [g[0] for g in client.list_consumer_groups()], "the group is listed")
        described = client.describe_consumer_groups([group])[0]
        equal((described.state, len(described.members)), ("Stable", 1), "state and members")
        true("NonEmptyGroup" in repr(client.delete_consumer_groups([group])), "deleting a group with members is refused")
    source.close()
    if V3:
        until(lambda: "Empty" in repr(client.describe_groups([group])), "the group is empty")
        client.delete_groups([group])
        true(group not in repr(client.list_groups()), "the group is gone")
    else:
        until(lambda: client.describe_consumer_groups([group])[0].state == "Empty", "the group is empty")
        client.delete_consumer_groups([group])
        true(group not in [g[0] for g in client.list_consumer_groups()], "the group is gone")
    client.close()


@check("group-offsets")
def group_offsets():
    """Committed offsets are listed, altered and deleted by an admin."""
    topic, group = create(name("group-offsets-topic"), 2), name("group-offsets")
    source, partition = consumer(group_id=group), TopicPartition(topic, 0)
    source.assign([partition])
    source.commit({partition: OffsetAndMetadata(7, "a note", -1)})
    equal(source.committed(partition), 7, "committed")
    equal(source.committed(TopicPartition(topic, 1)), None, "nothing committed")
    source.close()
    client = admin()
    if not V3:
        found = client.list_consumer_group_offsets(group)
        equal((found[partition].offset, found[partition].metadata), (7, "a note"), "offset and note")
        client.close()
        return "alter and delete: no such call in 2.x"
    found = client.list_group_offsets({group: None})[group]
    equal((found[partition].offset, found[partition].metadata), (7, "a note"), "offset and note")
    client.alter_group_offsets(group, {partition: OffsetAndMetadata(3, "", -1)})
    equal(client.list_group_offsets({group: None})[group][partition].offset, 3, "altered offset")
    client.delete_group_offsets(group, [partition])
    true(partition not in client.list_group_offsets({group: None})[group], "the offset is deleted")
    client.close()
    return None


class Member(threading.Thread):
    """A group member polling in a thread of its own."""

    def __init__(self, topic, group, **config):
        super().__init__(daemon=True)
        self.values, self.stopping, self.assigned = [], threading.Event(), set()
        self.consumer = consumer(topic, group_id=group, heartbeat_interval_ms=300, **config)
        self.error = None
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                for part in self.consumer.poll(timeout_ms=MEMBER_POLL_MS).values():
                    self.values.extend(r.value for r in part)
                self.assigned = {p.partition for p in self.consumer.assignment()}
            self.consumer.close()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def stop(self):
        """Leaves the group."""
        self.stopping.set()
        self.join(10)


@check("group-two-members", limit=40)
def group_two_members():
    """Two members share four partitions; when one leaves, the other gets all; every record is read."""
    topic, group = create(name("two-members-topic"), 4), name("two-members")
    first = Member(topic, group)
    until(lambda: len(first.assigned) == 4, "the first member has all partitions")
    second = Member(topic, group)
    until(lambda: len(first.assigned) == 2 and len(second.assigned) == 2, "two partitions each")
    equal(first.assigned | second.assigned, {0, 1, 2, 3}, "all partitions are assigned")
    client = producer()
    for i in range(40):
        client.send(topic, value=str(i).encode(), partition=i % 4)
    client.flush()
    client.close()
    until(lambda: len(first.values) + len(second.values) == 40, "all records are read once")
    start = time.monotonic()
    second.stop()
    until(lambda: len(first.assigned) == 4, "the first member has all partitions again")
    note = f"takeover after leaving {time.monotonic() - start:.2f} s"
    first.stop()
    return note


@check("silent-member-and-zombie", limit=40)
def silent_member():
    """A member that falls silent expires after its session timeout; when it wakes up, its commit is refused."""
    topic, group = create(name("silent-topic"), 2), name("silent")
    send_all([b"x"] * 4, topic)
    child = subprocess.Popen([sys.executable, __file__, "member", topic, group], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        equal(verbs.answer(child)["assigned"], 2, "partitions of the first member")
        verbs.pause(child)
        start = time.monotonic()
        other = Member(topic, group, session_timeout_ms=6000)
        until(lambda: len(other.assigned) == 2, "the silent member's partitions are taken over", seconds=25)
        seconds = time.monotonic() - start
        verbs.resume(child)
        error = verbs.ask(child, "commit")["error"]
        true(error, "the zombie's commit was accepted")
        other.stop()
        return f"expired after {seconds:.1f} s, zombie got {error}"
    finally:
        child.kill()


def member(topic, group):
    """Child process: joins, says what it got, and commits when told to."""
    client = consumer(topic, group_id=group, enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=500)
    records = []
    while len(records) < 4:
        for part in client.poll(timeout_ms=MEMBER_POLL_MS).values():
            records.extend(part)
    verbs.tell(assigned=len(client.assignment()))
    sys.stdin.readline()
    try:
        client.commit()
        verbs.tell(error="")
    except Exception as error:  # pylint: disable=broad-except
        verbs.tell(error=type(error).__name__)


@check("static-member", limit=40)
def static_member():
    """A static member restarts within its session without a rebalance of the others."""
    topic, group = create(name("static-topic"), 4), name("static")
    first = Member(topic, group, group_instance_id="one", session_timeout_ms=20000)
    second = Member(topic, group, group_instance_id="two", session_timeout_ms=20000)
    until(lambda: len(first.assigned) == 2 and len(second.assigned) == 2, "two partitions each")
    client = admin()
    describe = client.describe_groups if V3 else client.describe_consumer_groups
    second_had = set(second.assigned)
    generation = first.consumer._coordinator._generation.generation_id  # pylint: disable=protected-access
    second.stop()
    time.sleep(0.5)
    equal(len(first.assigned), 2, "partitions of the other while the member is away")
    again = Member(topic, group, group_instance_id="two", session_timeout_ms=20000)
    until(lambda: len(again.assigned) == 2, "the restarted member has partitions")
    equal(again.assigned, second_had, "partitions after the restart")
    equal(first.consumer._coordinator._generation.generation_id, generation, "generation")  # pylint: disable=protected-access
    true("Stable" in repr(describe([group])), "the group is stable")
    client.close()
    again.stop()
    first.stop()


@check("commit-and-seek")
def commit_and_seek():
    """Offsets committed by hand are where a new consumer starts; seek goes anywhere."""
    topic, group = create(name("seek-topic")), name("seek")
    send_all([str(i).encode() for i in range(20)], topic)
    partition = TopicPartition(topic, 0)
    source = consumer(topic, group_id=group, enable_auto_commit=False)
    read(source, 20)
    source.commit({partition: OffsetAndMetadata(12, "", -1)})
    source.seek(partition, 5)
    equal(read(source, 1)[0].offset, 5, "offset after seek")
    source.seek_to_end(partition)
    equal(source.position(partition), 20, "position at the end")
    source.seek_to_beginning(partition)
    equal(read(source, 1)[0].offset, 0, "offset at the beginning")
    source.close()
    source = consumer(topic, group_id=group, enable_auto_commit=False)
    equal(read(source, 8)[0].offset, 12, "offset of a new consumer")
    source.close()


@check("offset-out-of-range-resets")
def out_of_range():
    """A position beyond the log is out of range, and the consumer resets as configured."""
    topic = create(name("out-of-range"))
    send_all([b"a", b"b"], topic)
    source, partition = consumer(), TopicPartition(topic, 0)
    source.assign([partition])
    source.seek(partition, 1000)
    equal(read(source, 2)[0].offset, 0, "offset after the reset")
    source.close()


@check("compacted-needs-keys")
def compacted_needs_keys():
    """A record without a key is refused on a compacted topic; one with a key is not."""
    topic = create(name("compacted"), cleanup_policy="compact")
    client = producer()
    refused("InvalidRecord", client.send(topic, value=b"no key").get, timeout=10)
    client.close()
    client = producer()
    client.send(topic, key=b"k", value=b"v").get(timeout=10)
    client.close()


@check("log-append-time")
def log_append_time():
    """On a LogAppendTime topic the broker's clock is the record's timestamp."""
    topic = create(name("append-time"), message_timestamp_type="LogAppendTime")
    client = producer()
    before = int(time.time() * 1000)
    metadata = client.send(topic, value=b"x", timestamp_ms=1000).get(timeout=10)
    client.close()
    source = consumer(topic)
    record = read(source, 1)[0]
    source.close()
    equal(record.timestamp_type, 1, "timestamp type")
    true(before - 1000 <= record.timestamp <= int(time.time() * 1000) + 1000, f"timestamp {record.timestamp}")
    equal(metadata.timestamp, record.timestamp, "timestamp in the acknowledgement")


@check("max-message-bytes")
def max_message_bytes():
    """A batch larger than the topic's max.message.bytes is refused with MESSAGE_TOO_LARGE."""
    topic = create(name("too-large"), max_message_bytes="2000")
    client = producer()
    refused("MessageSizeTooLarge", client.send(topic, value=b"x" * 5000).get, timeout=10)
    client.close()
    client = producer()
    client.send(topic, value=b"x" * 500).get(timeout=10)
    client.close()


@check("first-batch-above-limit")
def first_batch_above_limit():
    """A fetch whose limit lies below the first batch still gets that batch."""
    topic = create(name("big-batch"))
    send_all([b"x" * 100000], topic)
    source = consumer(topic, max_partition_fetch_bytes=1000, fetch_max_bytes=1000)
    equal(len(read(source, 1)[0].value), 100000, "size of the value")
    source.close()


@check("waiting-fetch-is-woken")
def waiting_fetch():
    """A fetch waiting for up to 12 s is answered by the append, not by the end of its wait."""
    topic = create(name("long-poll"))
    source, partition = consumer(fetch_max_wait_ms=12000), TopicPartition(topic, 0)
    source.assign([partition])
    source.poll(timeout_ms=300)
    client = producer()
    client.partitions_for(topic)
    waits = []
    for _ in range(3):
        source.poll(timeout_ms=200)
        start = time.monotonic()
        client.send(topic, value=b"x")
        equal(len(read(source, 1, seconds=15)), 1, "records")
        waits.append(time.monotonic() - start)
    client.close()
    source.close()
    true(max(waits) < 8, f"the fetch was answered after {max(waits):.2f} s")
    return f"from send to record: {', '.join(f'{w * 1000:.0f}' for w in waits)} ms"


@check("internal-topic-refused")
def internal_topic():
    """Clients may not write to __consumer_offsets."""
    if V3:
        raise Skip("kafka-python 3.x itself refuses internal topics")
    source = consumer(group_id=name("internal"))
    source.assign([TopicPartition(create(name("internal-topic")), 0)])
    source.commit({TopicPartition(name("internal-topic"), 0): OffsetAndMetadata(0, "", -1)})
    source.close()
    client = producer()
    refused("InvalidTopic", client.send("__consumer_offsets", value=b"x", key=b"k", partition=0).get, timeout=10)
    client.close()


@check("delete-and-recreate", limit=45)
def delete_and_recreate():
    """A running consumer goes on with a topic that is deleted and created again; no old record shows up."""
    topic = create(name("recreate"))
    send_all([b"old"] * 3, topic)
    source = consumer(topic, metadata_max_age_ms=1000, allow_auto_create_topics=False)
    equal(len(read(source, 3)), 3, "old records")
    client = admin()
    client.delete_topics([topic])
    until(lambda: topic not in client.list_topics(), "the topic is gone")
    create(topic)
    until(lambda: topic in client.list_topics(), "the topic is back")
    client.close()
    send_all([b"new-0", b"new-1", b"new-2", b"new-3", b"new-4"], topic)
    values = [r.value for r in read(source, 1, seconds=20) + read(source, 4, seconds=1)]
    source.close()
    true(values and set(values) <= {b"new-%d" % i for i in range(5)}, f"values after the topic came back: {values}")
    return f"{len(values)} of 5 new records"


@check("java-form")
def java_form():
    """The settings of the Java form: acks, linger, batch size, compression."""
    topic = name("java-form")
    metadata = send_all([f"message {i}".encode() for i in range(1000)], topic, acks="all", linger_ms=5, batch_size=32768,
                        compression_type="gzip")
    equal(len(metadata), 1000, "acknowledged records")
    source = consumer(topic, group_id=name("java-form-group"), enable_auto_commit=True)
    equal([r.value for r in read(source, 1000)], [f"message {i}".encode() for i in range(1000)], "values")
    source.close()


def transactional(transactional_id, **config):
    """A producer that is ready for its first transaction."""
    client = producer(transactional_id=transactional_id, **config)
    client.init_transactions()
    return client


def values_of(topic, count, **config):
    """What a reader without a group sees: `count` values, and none beyond them for a moment."""
    source = consumer(enable_auto_commit=False, **config)
    source.assign([TopicPartition(topic, 0)])
    records = read(source, count) + read(source, 1, seconds=0.5)
    source.close()
    return sorted(r.value for r in records)


@check("transactions", limit=60)
def transactions():
    """What is committed shows as a whole, what is aborted never; read_uncommitted sees both."""
    topic = create(name("transactions"))
    client = transactional(name("transactions"))
    for number, outcome in enumerate([client.commit_transaction, client.abort_transaction, client.commit_transaction]):
        client.begin_transaction()
        for part in (0, 1):
            client.send(topic, value=b"%d-%d" % (number, part))
        client.flush()
        outcome()
    client.close()
    committed = [b"0-0", b"0-1", b"2-0", b"2-1"]
    equal(values_of(topic, 4, isolation_level="read_committed"), committed, "committed values")
    both = sorted(committed + [b"1-0", b"1-1"])
    equal(values_of(topic, 6, isolation_level="read_uncommitted"), both, "all values")


@check("transaction-fencing", limit=60)
def transaction_fencing():
    """A second producer with the same transactional id ends the first one's transaction and fences it."""
    topic = create(name("fencing"))
    first = transactional(name("fencing"))
    first.begin_transaction()
    first.send(topic, value=b"first").get(timeout=10)
    second = transactional(name("fencing"))
    second.begin_transaction()
    second.send(topic, value=b"second").get(timeout=10)
    second.commit_transaction()
    refused("", first.commit_transaction)
    equal(values_of(topic, 1, isolation_level="read_committed"), [b"second"], "committed values")


@check("consume-transform-produce", limit=90)
def consume_transform_produce():
    """Every record of the input is in the output once, although transactions are aborted and workers come and go."""
    if not V3:
        raise Skip("kafka-python 2.x hangs here, against Kafka, too")
    source_topic, sink = create(name("ctp-in")), create(name("ctp-out"))
    send_all([b"%03d" % i for i in range(100)], source_topic)
    group, finished, worker = name("ctp"), 0, 0
    while finished < 100:
        worker += 1
        client = transactional(name("ctp"))
        source = consumer(source_topic, group_id=group, enable_auto_commit=False, isolation_level="read_committed", max_poll_records=20)
        for turn in range(3):
            records = read(source, 1, seconds=10)
            if not records:
                break
            client.begin_transaction()
            for record in records:
                client.send(sink, value=record.value)
            end = OffsetAndMetadata(records[-1].offset + 1, "", -1)
            client.send_offsets_to_transaction({TopicPartition(source_topic, 0): end}, group)
            if turn == 2:
                # A worker that aborts goes on from what is committed.
                client.abort_transaction()
                break
            client.commit_transaction()
            finished = records[-1].offset + 1
        source.close()
        client.close()
        true(worker < 20, f"{finished} of 100 after {worker} workers")
    equal(values_of(sink, 100, isolation_level="read_committed"), [b"%03d" % i for i in range(100)], "values in the output")
    return f"{worker} workers"


def produce_matrix(topic):
    """Verb: writes records with every codec."""
    for codec in CODECS:
        client = producer(compression_type=codec, linger_ms=20)
        for key, value, headers in verbs.matrix_records(f"kafka-python-{kafka.__version__}", codec or "none"):
            client.send(topic, key=key, value=value, headers=headers, partition=0)
        client.flush()
        client.close()
    verbs.tell(codecs=[c or "none" for c in CODECS])


def consume_matrix(topic, count):
    """Verb: reads everything and prints it."""
    source = consumer(topic)
    for record in read(source, count, seconds=20):
        verbs.tell_record(record.key, record.value, record.headers)
    source.close()
    verbs.tell(end=True)


def partition_keys(topic):
    """Verb: says which partition each key goes to."""
    client = producer()
    futures = {key: client.send(topic, key=key.encode(), value=b"x") for key in verbs.partition_keys()}
    client.flush()
    verbs.tell(partitions={key: future.get(timeout=10).partition for key, future in futures.items()})
    client.close()


if __name__ == "__main__":
    verbs.dispatch(sys.argv[1:], {
        "member": member, "produce-matrix": produce_matrix,
        "consume-matrix": lambda topic, count: consume_matrix(topic, int(count)), "partition-keys": partition_keys,
    })
    main("kafka-python", kafka.__version__)
