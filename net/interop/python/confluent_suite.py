"""confluent-kafka, that is librdkafka."""

import functools
import json
import subprocess
import sys
import threading
import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, IsolationLevel
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   OffsetSpec, ResourceType)

import verbs
from check import Environment, check, equal, main, name, refused, true, until

BOOTSTRAP = {"bootstrap.servers": Environment.bootstrap}
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def producer(**config):
    """A producer; keys with underscores stand for librdkafka's names with dots."""
    return Producer({**BOOTSTRAP, "message.timeout.ms": 10000, "topic.metadata.refresh.fast.interval.ms": 50, **dots(config)})


def consumer(group, *topics, **config):
    """A consumer that starts at the beginning."""
    client = Consumer({**BOOTSTRAP, "group.id": group, "auto.offset.reset": "earliest", "heartbeat.interval.ms": 300, **dots(config)})
    if topics:
        client.subscribe(list(topics))
    return client


def dots(config):
    """Turns keyword arguments into configuration names."""
    return {k.replace("_", "."): v for k, v in config.items()}


@functools.cache
def admin():
    """The admin client; one for all, because its futures die with it."""
    return AdminClient(BOOTSTRAP)


def done(futures):
    """Waits for the only future of an admin call, and returns its result or raises its error."""
    if isinstance(futures, dict):
        (futures,) = futures.values()
    return futures.result(10)


def create(topic, partitions=1, **configs):
    """Creates a topic and returns its name."""
    done(admin().create_topics([NewTopic(topic, partitions, 1, config=dots(configs))]))
    return topic


class Sender:
    """Sends records and collects what the delivery reports say."""

    def __init__(self, **config):
        self.client, self.delivered, self.errors = producer(**config), [], []

    def _report(self, error, message):
        if error is not None:
            self.errors.append(error)
        else:
            self.delivered.append((message.topic(), message.partition(), message.offset(), message.key(), message.timestamp()))

    def send(self, topic, **record):
        """Queues a record."""
        self.client.produce(topic, on_delivery=self._report, **record)
        self.client.poll(0)

    def flush(self):
        """Waits for every delivery report; fails on the first error."""
        self.client.flush(15)
        if self.errors:
            raise KafkaException(self.errors[0])
        return self.delivered


def send_all(values, topic, partition=0, **config):
    """Sends the values and waits for their delivery."""
    sender = Sender(**config)
    for value in values:
        sender.send(topic, value=value, partition=partition)
    return sender.flush()


def read(source, count, seconds=15.0):
    """Polls until `count` records have come."""
    records, end = [], time.monotonic() + seconds
    while len(records) < count and time.monotonic() < end:
        for message in source.consume(count - len(records), 0.2):
            if message.error():
                raise KafkaException(message.error())
            records.append(message)
    return records


@check("tutorial")
def tutorial():
    """JSON to a topic created on first use; a group reads, commits, stops, and goes on where it stopped."""
    topic, group = ("topic_test", "my-group-id") if Environment.fresh else (name("topic_test"), name("my-group-id"))

    def write(numbers):
        send_all([json.dumps({"number": n}).encode() for n in numbers], topic)

    def open_consumer():
        return Consumer({**BOOTSTRAP, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": True})

    write(range(100))
    start = time.monotonic()
    client = open_consumer()
    client.subscribe([topic])
    first = read(client, 1)
    first_seconds = time.monotonic() - start
    rest = read(client, 99)
    equal([json.loads(m.value())["number"] for m in first + rest], list(range(100)), "records of the first run")
    start = time.monotonic()
    client.close()
    close_seconds = time.monotonic() - start
    write(range(100, 150))
    client = open_consumer()
    client.subscribe([topic])
    records = read(client, 50) + read(client, 1, seconds=0.5)
    client.close()
    equal([json.loads(m.value())["number"] for m in records], list(range(100, 150)), "records after the restart")
    true(first_seconds < Environment.first_record_seconds_max, f"the first record took {first_seconds:.2f} s")
    true(close_seconds < 2.0, f"closing took {close_seconds:.2f} s")
    return f"first record {first_seconds:.3f} s, close {close_seconds:.3f} s"


@check("fields-round-trip")
def fields_round_trip():
    """Keys, headers (null values too), timestamps, null keys and null values come back as they were sent."""
    topic = create(name("fields"))
    now = int(time.time() * 1000)
    sent = [
        (b"key", b"value", [("a", b"1"), ("a", b"2"), ("null", None), ("empty", b"")], now),
        (b"key", None, None, now - 5000),
        (None, b"value only", [("utf-\u00e9", "\u20ac".encode())], now - 1),
        (b"", b"", None, now),
    ]
    sender = Sender()
    for key, value, headers, timestamp in sent:
        sender.send(topic, key=key, value=value, headers=headers, timestamp=timestamp, partition=0)
    sender.flush()
    source = consumer(name("fields"), topic)
    records = read(source, len(sent))
    source.close()
    equal([(r.key(), r.value(), r.headers(), r.timestamp()[1]) for r in records], sent, "records")
    equal([r.timestamp()[0] for r in records], [confluent_kafka.TIMESTAMP_CREATE_TIME] * len(sent), "timestamp type")


@check("acks-0-1-all")
def acks():
    """Records sent with every acks setting arrive."""
    topic = create(name("acks"))
    for setting in ("all", "1", "0"):
        send_all([f"{setting}-{i}".encode() for i in range(10)], topic, acks=setting)
    source = consumer(name("acks"), topic)
    values = [r.value().decode() for r in read(source, 30)]
    source.close()
    equal(values, [f"{s}-{i}" for s in ("all", "1", "0") for i in range(10)], "values")


@check("idempotent-producer")
def idempotent():
    """An idempotent producer gets a producer id and its records are appended once, in order."""
    topic = create(name("idempotent"), 2)
    sender = Sender(enable_idempotence=True, linger_ms=2)
    for i in range(1000):
        sender.send(topic, value=str(i).encode(), partition=i % 2)
    delivered = sender.flush()
    for partition in (0, 1):
        equal([d[2] for d in delivered if d[1] == partition], list(range(500)), f"offsets of partition {partition}")


@check("order-10000")
def order():
    """10,000 records over 3 partitions come back in order per partition, none twice."""
    topic = create(name("order"), 3)
    sender = Sender(acks="all", linger_ms=5)
    for i in range(10000):
        sender.send(topic, value=str(i).encode(), partition=i % 3)
    sender.flush()
    source = consumer(name("order"), topic)
    seen = {0: [], 1: [], 2: []}
    for record in read(source, 10000, seconds=25):
        seen[record.partition()].append(int(record.value()))
    source.close()
    for partition in range(3):
        equal(seen[partition], list(range(partition, 10000, 3)), f"partition {partition}")


@check("codecs-round-trip")
def codecs():
    """Each codec, in batches of many records, is read back, and was really used on the wire and on disk."""
    topic = create(name("codecs"))
    for codec in CODECS:
        send_all([f"{codec}-{i}".encode() * 20 for i in range(50)], topic, compression_type=codec, linger_ms=20)
    source = consumer(name("codecs"), topic)
    values = [r.value() for r in read(source, 250)]
    source.close()
    equal(values, [f"{codec}-{i}".encode() * 20 for codec in CODECS for i in range(50)], "values")


@check("java-form")
def java_form():
    """The settings of the Java form: acks, linger, batch size, compression."""
    topic = name("java-form")
    delivered = send_all([f"message {i}".encode() for i in range(1000)], topic, acks="all", linger_ms=5, batch_size=32768,
                         compression_type="snappy")
    equal(len(delivered), 1000, "acknowledged records")
    source = consumer(name("java-form"), topic)
    equal([r.value() for r in read(source, 1000)], [f"message {i}".encode() for i in range(1000)], "values")
    source.close()


@check("topics")
def topics():
    """Topics are created, listed, described and deleted; an existing name, a bad name and an unknown topic are refused."""
    client, topic = admin(), name("topics")
    done(client.create_topics([NewTopic(topic, 3, 1)]))
    until(lambda: topic in client.list_topics(timeout=5).topics, "the topic is listed")
    described = done(client.describe_topics(confluent_kafka.TopicCollection([topic])))
    equal(len(described.partitions), 3, "partitions")
    refused("TOPIC_ALREADY_EXISTS", done, client.create_topics([NewTopic(topic, 3, 1)]))
    refused("TOPIC_EXCEPTION", done, client.create_topics([NewTopic("no spaces please", 1, 1)]))
    refused("INVALID_REPLICATION_FACTOR", done, client.create_topics([NewTopic(topic + "-rf", 1, 7)]))
    done(client.delete_topics([topic]))
    until(lambda: topic not in client.list_topics(timeout=5).topics, "the topic is gone")
    refused("UNKNOWN_TOPIC_OR_PART", done, client.delete_topics([topic]))


@check("metadata-of-all-topics")
def all_topics():
    """The list of all topics, which this client asks for with garbage behind the request, holds topics and the broker."""
    topic = create(name("all-topics"), 2)
    until(lambda: topic in admin().list_topics(timeout=5).topics, "the topic is listed")
    found = admin().list_topics(timeout=5)
    equal(len(found.topics[topic].partitions), 2, "partitions")
    host, port = Environment.bootstrap.rsplit(":", 1)
    equal([(b.host, b.port) for b in found.brokers.values()], [(host, int(port))], "brokers")
    true(found.topics[topic].partitions[0].leader in found.brokers, "the leader is a listed broker")
    cluster = admin().describe_cluster().result(10)
    true(cluster.cluster_id and len(cluster.nodes) == 1, "the cluster is described")


@check("validate-only")
def validate_only():
    """A validated creation creates nothing; a validated bad one is refused."""
    client, topic = admin(), name("validate-only")
    done(client.create_topics([NewTopic(topic, 1, 1)], validate_only=True))
    refused("INVALID_CONFIG", done, client.create_topics([NewTopic(topic, 1, 1, config={"no.such.config": "1"})], validate_only=True))
    time.sleep(0.3)
    true(topic not in client.list_topics(timeout=5).topics, "the topic was created")
    done(client.create_topics([NewTopic(topic, 1, 1)]))
    done(client.create_partitions([NewPartitions(topic, 5)], validate_only=True))
    done(client.incremental_alter_configs([resource(topic, {"retention.ms": "5000"})], validate_only=True))
    time.sleep(0.3)
    equal(len(client.list_topics(timeout=5).topics[topic].partitions), 1, "partitions after a validated growth")
    true(config_of(client, topic)["retention.ms"] != "5000", "a validated change was applied")


@check("create-partitions")
def create_partitions():
    """Partitions are added; fewer than now, or as many, is refused with INVALID_PARTITIONS."""
    client, topic = admin(), create(name("grow"), 2)
    done(client.create_partitions([NewPartitions(topic, 4)]))
    until(lambda: len(client.list_topics(timeout=5).topics[topic].partitions) == 4, "four partitions")
    refused("INVALID_PARTITIONS", done, client.create_partitions([NewPartitions(topic, 3)]))
    refused("INVALID_PARTITIONS", done, client.create_partitions([NewPartitions(topic, 4)]))
    refused("UNKNOWN_TOPIC_OR_PART", done, client.create_partitions([NewPartitions(topic + "-unknown", 4)]))
    equal(send_all([b"x"], topic, partition=3)[0][2], 0, "offset in the new partition")


def resource(topic, values, operation=AlterConfigOpType.SET):
    """A topic's configuration resource with one operation per value."""
    entries = [ConfigEntry(k, v, incremental_operation=operation) for k, v in values.items()]
    return ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)


def config_of(client, topic):
    """The configuration of a topic as a dictionary name -> value."""
    return {k: e.value for k, e in done(client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])).items()}


@check("configs")
def configs():
    """Configurations are described with their source, set, appended, deleted, replaced; unknown names and bad values are refused."""
    client, topic = admin(), create(name("configs"), retention_ms="123456")
    found = done(client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))
    equal((found["retention.ms"].value, found["retention.ms"].source), ("123456", 1), "retention.ms and its source")
    equal((found["cleanup.policy"].value, found["cleanup.policy"].source), ("delete", 5), "cleanup.policy and its source")
    for key in ("min.insync.replicas", "segment.bytes", "compression.type", "max.message.bytes"):
        true(key in found, f"{key} is described")

    def set_to(values, operation=AlterConfigOpType.SET):
        return done(client.incremental_alter_configs([resource(topic, values, operation)]))

    set_to({"retention.ms": "654321", "segment.bytes": "2097152"})
    until(lambda: config_of(client, topic)["retention.ms"] == "654321", "the new value is described")
    set_to({"cleanup.policy": "compact"}, AlterConfigOpType.APPEND)
    until(lambda: set(config_of(client, topic)["cleanup.policy"].split(",")) == {"delete", "compact"}, "the policy is appended")
    set_to({"retention.ms": None}, AlterConfigOpType.DELETE)
    until(lambda: config_of(client, topic)["retention.ms"] == "604800000", "the default is back")
    refused("INVALID_CONFIG", set_to, {"no.such.config": "1"})
    refused("INVALID_CONFIG", set_to, {"retention.ms": "soon"})
    refused("INVALID_CONFIG", set_to, {"cleanup.policy": "burn"})
    refused("INVALID_CONFIG", set_to, {"retention.ms": "1"}, AlterConfigOpType.APPEND)
    refused("UNKNOWN_TOPIC_OR_PART", done, client.incremental_alter_configs([resource(topic + "-unknown", {"retention.ms": "1"})]))
    refused("INVALID_CONFIG", done, client.create_topics([NewTopic(topic + "2", 1, 1, config={"segment.bytes": "-5"})]))
    done(client.alter_configs([ConfigResource(ResourceType.TOPIC, topic, set_config={"max.message.bytes": "4242"})]))
    until(lambda: config_of(client, topic)["max.message.bytes"] == "4242", "the replaced configuration is described")
    equal(config_of(client, topic)["segment.bytes"], "1073741824", "segment.bytes after replacing the configuration")
    broker = str(next(iter(client.list_topics(timeout=5).brokers)))
    found = done(client.describe_configs([ConfigResource(ResourceType.BROKER, broker)]))
    true("log.retention.hours" in found or "log.retention.ms" in found, "the broker's configuration is described")


@check("delete-records")
def delete_records():
    """Records below an offset are deleted; above the high watermark is refused."""
    topic, client = create(name("delete-records")), admin()
    send_all([str(i).encode() for i in range(10)], topic)
    equal(done(client.delete_records([TopicPartition(topic, 0, 6)])).low_watermark, 6, "low watermark")
    refused("OFFSET_OUT_OF_RANGE", done, client.delete_records([TopicPartition(topic, 0, 99)]))
    source = consumer(name("delete-records"), topic)
    equal([r.offset() for r in read(source, 4)], [6, 7, 8, 9], "offsets left")
    equal(source.get_watermark_offsets(TopicPartition(topic, 0), timeout=5), (6, 10), "watermarks")
    source.close()


@check("list-offsets")
def list_offsets():
    """Earliest, latest, the greatest timestamp, by timestamp, and past the end."""
    topic, client = create(name("list-offsets")), admin()
    base = int(time.time() * 1000) - 60000
    sender = Sender()
    for i in range(10):
        sender.send(topic, value=b"x", timestamp=base + 100 * (i if i < 8 else 0), partition=0)
        sender.flush()

    def offset(spec):
        found = done(client.list_offsets({TopicPartition(topic, 0): spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED))
        return found.offset, found.timestamp

    equal(offset(OffsetSpec.earliest())[0], 0, "earliest")
    equal(offset(OffsetSpec.latest())[0], 10, "latest")
    equal(offset(OffsetSpec.max_timestamp()), (7, base + 700), "greatest timestamp")
    equal(offset(OffsetSpec.for_timestamp(base + 450)), (5, base + 500), "first at or after the timestamp")
    equal(offset(OffsetSpec.for_timestamp(base - 1000))[0], 0, "before the first")
    equal(offset(OffsetSpec.for_timestamp(base + 100000)), (-1, -1), "past the end")


@check("groups")
def groups():
    """Groups are listed (by state, too), described and deleted; a group with members is not deleted."""
    topic, group, client = create(name("groups-topic"), 2), name("groups"), admin()
    send_all([b"x"] * 4, topic)
    source = consumer(group, topic)
    read(source, 4)
    source.commit(asynchronous=False)
    listed = client.list_consumer_groups(states={ConsumerGroupState.STABLE}).result(10)
    true(group in [g.group_id for g in listed.valid], "the group is listed as stable")
    listed = client.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(10)
    true(group not in [g.group_id for g in listed.valid], "the group is not listed as empty")
    described = done(client.describe_consumer_groups([group]))
    equal((described.state, len(described.members)), (ConsumerGroupState.STABLE, 1), "state and members")
    equal(len(described.members[0].assignment.topic_partitions), 2, "assigned partitions")
    equal(described.partition_assignor, "range", "assignor")
    refused("NON_EMPTY_GROUP", done, client.delete_consumer_groups([group]))
    source.close()
    until(lambda: done(client.describe_consumer_groups([group])).state == ConsumerGroupState.EMPTY, "the group is empty")
    done(client.delete_consumer_groups([group]))
    true(group not in [g.group_id for g in client.list_consumer_groups().result(10).valid], "the group is gone")
    refused("GROUP_ID_NOT_FOUND", done, client.delete_consumer_groups([name("no-such-group")]))


@check("group-offsets")
def group_offsets():
    """Committed offsets are listed and altered by an admin; a group with members refuses the change."""
    topic, group, client = create(name("group-offsets-topic"), 2), name("group-offsets"), admin()
    source = consumer(group)
    source.commit(offsets=[TopicPartition(topic, 0, 7, "a note")], asynchronous=False)
    found = source.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], timeout=5)
    equal([p.offset for p in found], [7, confluent_kafka.OFFSET_INVALID], "committed")
    source.close()

    def listed():
        result = done(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
        return {p.partition: (p.offset, p.metadata) for p in result.topic_partitions}

    equal(listed(), {0: (7, "a note")}, "listed offsets")
    done(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 3)])]))
    equal(listed()[0][0], 3, "altered offset")
    source = consumer(group, topic)
    until(lambda: source.poll(0.1) or source.assignment(), "the member has partitions")
    changed = done(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 1)])]))
    equal(changed.topic_partitions[0].error.name(), "UNKNOWN_MEMBER_ID", "changing the offsets of a group with members")
    source.close()


class Member(threading.Thread):
    """A group member polling in a thread of its own; remembers what was assigned and what was taken away."""

    def __init__(self, topic, group, **config):
        super().__init__(daemon=True)
        self.values, self.revoked, self.rebalances, self.assigned = [], set(), 0, set()
        self.stopping = threading.Event()
        self.consumer = consumer(group, **config)
        self.cooperative = config.get("partition_assignment_strategy") == "cooperative-sticky"
        self.consumer.subscribe([topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke)
        self.start()

    def _on_assign(self, _, partitions):
        self.rebalances += 1
        found = {p.partition for p in partitions}
        self.assigned = self.assigned | found if self.cooperative else found

    def _on_revoke(self, _, partitions):
        if not self.stopping.is_set():
            self.revoked |= {p.partition for p in partitions}
        self.assigned = self.assigned - {p.partition for p in partitions}

    def run(self):
        while not self.stopping.is_set():
            message = self.consumer.poll(0.1)
            if message is not None and not message.error():
                self.values.append(message.value())
        self.consumer.close()

    def stop(self):
        """Closes the consumer: a dynamic member leaves the group."""
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
    sender = Sender()
    for i in range(40):
        sender.send(topic, value=str(i).encode(), partition=i % 4)
    sender.flush()
    until(lambda: len(first.values) + len(second.values) == 40, "all records are read once")
    start = time.monotonic()
    second.stop()
    until(lambda: len(first.assigned) == 4, "the first member has all partitions again")
    note = f"takeover after leaving {time.monotonic() - start:.2f} s"
    first.stop()
    return note


@check("cooperative-sticky", limit=40)
def cooperative_sticky():
    """With the cooperative-sticky assignor a member keeps the partitions that do not move."""
    topic, group = create(name("cooperative-topic"), 4), name("cooperative")
    config = {"partition_assignment_strategy": "cooperative-sticky"}
    first = Member(topic, group, **config)
    until(lambda: len(first.assigned) == 4, "the first member has all partitions")
    second = Member(topic, group, **config)
    until(lambda: len(first.assigned) == 2 and len(second.assigned) == 2, "two partitions each")
    equal(first.assigned | second.assigned, {0, 1, 2, 3}, "all partitions are assigned")
    equal(first.revoked, second.assigned, "partitions taken from the first member")
    kept = set(second.assigned)
    first.stop()
    until(lambda: len(second.assigned) == 4, "the second member has all partitions")
    equal(second.revoked & kept, set(), "partitions taken from the second member")
    second.stop()


@check("static-member", limit=40)
def static_member():
    """A static member restarts within its session without a rebalance of the other."""
    topic, group = create(name("static-topic"), 4), name("static")
    first = Member(topic, group, group_instance_id="one", session_timeout_ms=20000)
    second = Member(topic, group, group_instance_id="two", session_timeout_ms=20000)
    until(lambda: len(first.assigned) == 2 and len(second.assigned) == 2, "two partitions each")
    before, second_had = first.rebalances, set(second.assigned)
    second.stop()
    time.sleep(0.5)
    again = Member(topic, group, group_instance_id="two", session_timeout_ms=20000)
    until(lambda: len(again.assigned) == 2, "the restarted member has partitions")
    equal(again.assigned, second_had, "partitions after the restart")
    equal(first.rebalances, before, "rebalances of the other member")
    again.stop()
    first.stop()


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
    """Verb: joins, says what it got, and commits when told to."""
    client = consumer(group, topic, enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=500)
    read(client, 4, seconds=20)
    verbs.tell(assigned=len(client.assignment()))
    sys.stdin.readline()
    try:
        client.commit(offsets=[TopicPartition(topic, 0, 2)], asynchronous=False)
        verbs.tell(error="")
    except KafkaException as error:
        verbs.tell(error=error.args[0].name())


@check("commit-and-seek")
def commit_and_seek():
    """Offsets committed by hand are where a new consumer starts; seek goes anywhere."""
    topic, group = create(name("seek-topic")), name("seek")
    send_all([str(i).encode() for i in range(20)], topic)
    source = consumer(group, topic, enable_auto_commit=False)
    read(source, 20)
    source.commit(offsets=[TopicPartition(topic, 0, 12)], asynchronous=False)
    source.seek(TopicPartition(topic, 0, 5))
    equal(read(source, 1)[0].offset(), 5, "offset after seek")
    source.close()
    source = consumer(group, topic, enable_auto_commit=False)
    equal(read(source, 8)[0].offset(), 12, "offset of a new consumer")
    source.close()


@check("offset-out-of-range-resets")
def out_of_range():
    """A position beyond the log is out of range, and the consumer resets as configured."""
    topic = create(name("out-of-range"))
    send_all([b"a", b"b"], topic)
    source = consumer(name("out-of-range"))
    source.assign([TopicPartition(topic, 0, 1000)])
    equal(read(source, 2)[0].offset(), 0, "offset after the reset")
    source.close()


@check("compacted-needs-keys")
def compacted_needs_keys():
    """A record without a key is refused on a compacted topic; one with a key is not."""
    topic = create(name("compacted"), cleanup_policy="compact")
    refused("INVALID_RECORD", send_all, [b"no key"], topic)
    sender = Sender()
    sender.send(topic, key=b"k", value=b"v")
    equal(len(sender.flush()), 1, "records with a key")


@check("log-append-time")
def log_append_time():
    """On a LogAppendTime topic the broker's clock is the record's timestamp."""
    topic = create(name("append-time"), message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    sender = Sender()
    sender.send(topic, value=b"x", timestamp=1000)
    sender.flush()
    source = consumer(name("append-time"), topic)
    kind, timestamp = read(source, 1)[0].timestamp()
    source.close()
    equal(kind, confluent_kafka.TIMESTAMP_LOG_APPEND_TIME, "timestamp type")
    true(before - 1000 <= timestamp <= int(time.time() * 1000) + 1000, f"timestamp {timestamp}")


@check("max-message-bytes")
def max_message_bytes():
    """A batch larger than the topic's max.message.bytes is refused with MESSAGE_TOO_LARGE."""
    topic = create(name("too-large"), max_message_bytes="2000")
    refused("MSG_SIZE_TOO_LARGE", send_all, [b"x" * 5000], topic)
    send_all([b"x" * 500], topic)


@check("first-batch-above-limit")
def first_batch_above_limit():
    """A fetch whose limit lies below the first batch still gets that batch."""
    topic = create(name("big-batch"))
    send_all([b"x" * 100000], topic)
    source = consumer(name("big-batch"), topic, fetch_message_max_bytes=1000, **{"fetch.max.bytes": 1000, "message.max.bytes": 1000})
    equal(len(read(source, 1)[0].value()), 100000, "size of the value")
    source.close()


@check("waiting-fetch-is-woken")
def waiting_fetch():
    """A fetch waiting for up to 12 s is answered by the append, not by the end of its wait."""
    topic = create(name("long-poll"))
    source = consumer(name("long-poll"), fetch_wait_max_ms=12000)
    source.assign([TopicPartition(topic, 0, 0)])
    source.poll(1.0)
    sender, waits = Sender(linger_ms=0), []
    for _ in range(3):
        source.poll(0.2)
        start = time.monotonic()
        sender.send(topic, value=b"x", partition=0)
        equal(len(read(source, 1, seconds=15)), 1, "records")
        waits.append(time.monotonic() - start)
    source.close()
    true(max(waits) < 8, f"the fetch was answered after {max(waits):.2f} s")
    return f"from send to record: {', '.join(f'{w * 1000:.0f}' for w in waits)} ms"


@check("internal-topic-refused")
def internal_topic():
    """Clients may not write to __consumer_offsets."""
    source = consumer(name("internal"))
    source.commit(offsets=[TopicPartition(create(name("internal-topic")), 0, 0)], asynchronous=False)
    source.close()
    refused("TOPIC_EXCEPTION", send_all, [b"x"], "__consumer_offsets")


@check("delete-and-recreate", limit=45)
def delete_and_recreate():
    """A running consumer goes on with a topic that is deleted and created again; no old record shows up."""
    topic, client = create(name("recreate")), admin()
    send_all([b"old"] * 3, topic)
    source = consumer(name("recreate"), topic, **{"topic.metadata.refresh.interval.ms": 500, "topic.metadata.propagation.max.ms": 500})
    equal(len(read(source, 3)), 3, "old records")
    done(client.delete_topics([topic]))
    until(lambda: topic not in client.list_topics(timeout=5).topics, "the topic is gone")
    create(topic)
    until(lambda: topic in client.list_topics(timeout=5).topics, "the topic is back")
    send_all([b"new-%d" % i for i in range(5)], topic)
    values, end = [], time.monotonic() + 20
    while not values and time.monotonic() < end:
        message = source.poll(0.2)
        if message is not None and not message.error():
            values.append(message.value())
    source.close()
    true(values and set(values) <= {b"new-%d" % i for i in range(5)}, f"values after the topic came back: {values}")


def transactional(transactional_id, timeout_ms=30000, **config):
    """A producer that is ready for its first transaction."""
    client = producer(transactional_id=transactional_id, transaction_timeout_ms=timeout_ms, **config)
    client.init_transactions(20)
    return client


def values_of(topic, count, partitions=1, **config):
    """What a reader without a group sees: `count` values, and none beyond them for a moment."""
    source = consumer(name("reader"), enable_auto_commit=False, **config)
    source.assign([TopicPartition(topic, i, 0) for i in range(partitions)])
    records = read(source, count) + read(source, 1, seconds=0.5)
    source.close()
    return sorted(r.value() for r in records)


@check("transactions", limit=60)
def transactions():
    """What is committed shows as a whole, what is aborted never; read_uncommitted sees both; an open transaction hides what follows."""
    topic = create(name("transactions"), partitions=2)
    client = transactional(name("transactions"))
    for number, outcome in enumerate([client.commit_transaction, client.abort_transaction, client.commit_transaction]):
        client.begin_transaction()
        for partition in (0, 1):
            client.produce(topic, value=b"%d-%d" % (number, partition), partition=partition)
        client.flush(10)  # an abort throws away what was not sent
        outcome(20)
    committed = [b"0-0", b"0-1", b"2-0", b"2-1"]
    equal(values_of(topic, 4, 2, isolation_level="read_committed"), committed, "committed values")
    both = sorted(committed + [b"1-0", b"1-1"])
    equal(values_of(topic, 6, 2, isolation_level="read_uncommitted"), both, "all values")
    client.begin_transaction()
    client.produce(topic, value=b"open", partition=0)
    client.flush(10)
    send_all([b"behind"], topic)
    equal(values_of(topic, 4, 2, isolation_level="read_committed"), committed, "values while a transaction is open")
    client.commit_transaction(20)
    equal(values_of(topic, 6, 2, isolation_level="read_committed"), sorted(committed + [b"open", b"behind"]), "values after its end")


@check("transaction-fencing", limit=60)
def transaction_fencing():
    """A second producer with the same transactional id ends the first one's transaction and fences it."""
    topic = create(name("fencing"))
    first = transactional(name("fencing"))
    first.begin_transaction()
    first.produce(topic, value=b"first")
    first.flush(10)
    second = transactional(name("fencing"))
    second.begin_transaction()
    second.produce(topic, value=b"second")
    second.commit_transaction(20)
    refused("fenced", first.commit_transaction, 20)
    equal(values_of(topic, 1, isolation_level="read_committed"), [b"second"], "committed values")


@check("transaction-timeout", limit=60)
def transaction_timeout():
    """A transaction that is left open is aborted by the broker, and what follows shows."""
    topic = create(name("timeout"))
    client = transactional(name("timeout"), timeout_ms=1000, message_timeout_ms=1000)
    client.begin_transaction()
    client.produce(topic, value=b"lost")
    client.flush(10)
    send_all([b"kept"], topic)
    source = consumer(name("timeout"), enable_auto_commit=False, isolation_level="read_committed")
    source.assign([TopicPartition(topic, 0, 0)])
    records = read(source, 1, seconds=40)
    source.close()
    equal([r.value() for r in records], [b"kept"], "committed values")
    refused("", client.commit_transaction, 10)


@check("consume-transform-produce", limit=90)
def consume_transform_produce():
    """Every record of the input is in the output once, although transactions are aborted and workers come and go."""
    source_topic, sink = create(name("ctp-in"), partitions=2), create(name("ctp-out"), partitions=2)
    for partition in (0, 1):
        send_all([b"%d-%d" % (partition, i) for i in range(100)], source_topic, partition)
    group, done_values, worker = name("ctp"), set(), 0
    while len(done_values) < 200:
        worker += 1
        client = transactional(name("ctp"))
        source = consumer(group, source_topic, enable_auto_commit=False, isolation_level="read_committed")
        for turn in range(4):
            records = read(source, 20, seconds=5)
            if not records:
                break
            client.begin_transaction()
            for record in records:
                client.produce(sink, value=record.value(), partition=record.partition())
            ends = {}
            for record in records:
                ends[record.partition()] = record.offset() + 1
            offsets = [TopicPartition(source_topic, p, o) for p, o in ends.items()]
            client.send_offsets_to_transaction(offsets, source.consumer_group_metadata(), 20)
            if turn == 2:
                # A worker that aborts goes on from what is committed.
                client.abort_transaction(20)
                break
            client.commit_transaction(20)
            done_values |= {r.value() for r in records}
        source.close()
        true(worker < 20, f"{len(done_values)} of 200 after {worker} workers")
    expected = sorted(b"%d-%d" % (p, i) for p in (0, 1) for i in range(100))
    equal(values_of(sink, 200, 2, isolation_level="read_committed"), expected, "values in the output")
    return f"{worker} workers"


def produce_matrix(topic):
    """Verb: writes records with every codec."""
    for codec in CODECS:
        sender = Sender(compression_type=codec, linger_ms=20)
        for key, value, headers in verbs.matrix_records("confluent-kafka", codec):
            sender.send(topic, key=key, value=value, headers=headers, partition=0)
        sender.flush()
    verbs.tell(codecs=CODECS)


def fill_disk(topic, count):
    """Verb: writes records with every codec in batches of at most 20, idempotently, and leaves a group with commits behind."""
    number = 0
    for codec in CODECS:
        sender = Sender(enable_idempotence=True, compression_type=codec, batch_num_messages=20, linger_ms=50)
        for _ in range(int(count)):
            sender.send(topic, key=b"key", value=b"record-%d-" % number + b"klamm " * 20, headers=[("codec", codec.encode())], partition=0)
            number += 1
        sender.flush()
    source = consumer("disk-group", topic, enable_auto_commit=False)
    read(source, 500)
    source.commit(asynchronous=False)
    source.close()
    verbs.tell(written=number)


def consume_matrix(topic, count):
    """Verb: reads everything and prints it."""
    source = consumer(f"{topic}-confluent", topic)
    for record in read(source, int(count), seconds=20):
        verbs.tell_record(record.key(), record.value(), record.headers())
    source.close()
    verbs.tell(end=True)


def partition_keys(topic):
    """Verb: says which partition each key goes to."""
    sender = Sender(partitioner="murmur2_random")
    for key in verbs.partition_keys():
        sender.send(topic, key=key.encode(), value=b"x")
    verbs.tell(partitions={d[3].decode(): d[1] for d in sender.flush()})


if __name__ == "__main__":
    verbs.dispatch(sys.argv[1:], {"member": member, "produce-matrix": produce_matrix, "consume-matrix": consume_matrix,
                                  "partition-keys": partition_keys, "fill-disk": fill_disk})
    main("confluent-kafka", f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})")
