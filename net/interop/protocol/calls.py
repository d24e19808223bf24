"""Requests in the versions that the checks need, and their answers as dictionaries."""

import contextlib
import time

import wire
from check import Environment, equal, name, until
from wire import Connection, Writer, writer_of

NONE = 0


@contextlib.contextmanager
def connected(timeout=30.0):
    """A connection to the broker under test."""
    with Connection(Environment.bootstrap, timeout) as connection:
        yield connection


def api_versions(connection, version=0):
    """The advertised ranges: key -> (min, max)."""
    answer = connection.call(wire.API_VERSIONS, version, writer_of(wire.API_VERSIONS, version) if version < 3 else software("interop", "1.0"))
    equal(answer.int16(), NONE, "error of ApiVersions")
    return dict(answer.array(lambda: (answer.int16(), (answer.int16(), answer.int16()), answer.tags())[:2]))


def software(software_name, version):
    """The body of ApiVersions 3."""
    return Writer(True).string(software_name).string(version).tags()


def create_topic(connection, topic, partitions=1, configs=None, version=2):
    """Creates a topic and waits until it has a leader; returns its name."""
    error = create_topics(connection, topic, partitions, configs, version)[0]
    equal(error, NONE, f"error of creating {topic}")
    until(lambda: ready(connection, topic), f"{topic} has a leader")
    return topic


def create_topics(connection, topic, partitions=1, configs=None, version=2, factor=1, validate=False):
    """Sends CreateTopics for one topic; returns (error code, reader placed behind it)."""
    body = writer_of(wire.CREATE_TOPICS, version)

    def one_config(item):
        body.string(item[0]).string(item[1]).tags()

    def one(item):
        body.string(item).int32(partitions).int16(factor).array([], None).array(sorted((configs or {}).items()), one_config).tags()

    body.array([topic], one).int32(10000).bool(validate).tags()
    answer = connection.call(wire.CREATE_TOPICS, version, body)
    answer.int32()  # throttle time
    answer.length()
    equal(answer.string(), topic, "topic in the answer")
    if version >= 7:
        answer.uuid()
    return answer.int16(), answer


def metadata(connection, topics, version=1, allow_creation=True):
    """Metadata of topics given by name (None: all); returns {"brokers", "controller", "topics": name -> (error, partitions, id)}."""
    body = writer_of(wire.METADATA, version)

    def one(topic):
        if version >= 10:
            body.raw(topic if isinstance(topic, bytes) else wire.NO_ID)
        body.string(None if isinstance(topic, bytes) else topic).tags()

    body.array(topics, one)
    if version >= 4:
        body.bool(allow_creation)
    if 8 <= version <= 10:
        body.bool(False)
    if version >= 8:
        body.bool(False)
    answer = connection.call(wire.METADATA, version, body.tags())
    found = read_metadata(answer, version)
    answer.end()
    return found


def read_metadata(answer, version):
    """Reads a Metadata answer."""
    if version >= 3:
        answer.int32()

    def broker():
        node = (answer.int32(), answer.string(), answer.int32())
        if version >= 1:
            answer.string()
        answer.tags()
        return node

    found = {"brokers": answer.array(broker), "topics": {}}
    if version >= 2:
        found["cluster"] = answer.string()
    if version >= 1:
        found["controller"] = answer.int32()

    def partition():
        error, index, leader = answer.int16(), answer.int32(), answer.int32()
        if version >= 7:
            answer.int32()
        answer.array(answer.int32)
        answer.array(answer.int32)
        if version >= 5:
            answer.array(answer.int32)
        answer.tags()
        return index, (error, leader)

    def topic():
        error, topic_name = answer.int16(), answer.string()
        topic_id = answer.uuid() if version >= 10 else wire.NO_ID
        if version >= 1:
            answer.bool()
        partitions = dict(answer.array(partition))
        if version >= 8:
            answer.int32()
        answer.tags()
        found["topics"][topic_name if topic_name is not None else topic_id] = (error, partitions, topic_id)

    answer.array(topic)
    if 8 <= version <= 10:
        answer.int32()
    if version >= 13:
        found["error"] = answer.int16()
    answer.tags()
    return found


def ready(connection, topic):
    """True if all partitions of the topic have a leader, and the leaders know it."""
    error, partitions, _ = metadata(connection, [topic], 4, allow_creation=False)["topics"][topic]
    if error != NONE or not partitions or any(p[0] != NONE or p[1] < 0 for p in partitions.values()):
        return False
    return all(list_offset(connection, topic, -1, partition)[0] == NONE for partition in partitions)


def topic_id(connection, topic):
    """The id of a topic."""
    return metadata(connection, [topic], 12, allow_creation=False)["topics"][topic][2]


def delete_topic(connection, topic):
    """Deletes a topic and waits until it is gone."""
    answer = connection.call(wire.DELETE_TOPICS, 1, Writer().int32(1).string(topic).int32(10000))
    answer.int32()
    equal(answer.array(lambda: (answer.string(), answer.int16())), [(topic, NONE)], "answer of DeleteTopics")
    until(lambda: metadata(connection, [topic], 4, allow_creation=False)["topics"][topic][0] == 3, f"{topic} is gone")


def produce_body(version, topic, partition, records, acks=-1, timeout=10000):
    """The body of Produce; `topic` is a name, or an id from version 13 on."""
    body = writer_of(wire.PRODUCE, version).string(None).int16(acks).int32(timeout)

    def one_partition(index):
        body.int32(index).bytes(records).tags()

    def one(item):
        (body.raw if version >= 13 else body.string)(item)
        body.array([partition], one_partition).tags()

    return body.array([topic], one).tags()


def produce(connection, topic, records, partition=0, acks=-1, version=8):
    """Produces record data; returns {"error", "offset", "append_time", "log_start", "record_errors", "message"}."""
    answer = connection.call(wire.PRODUCE, version, produce_body(version, topic, partition, records, acks))
    found = {}

    def one_partition():
        equal(answer.int32(), partition, "partition in the answer")
        found.update(error=answer.int16(), offset=answer.int64(), append_time=answer.int64())
        if version >= 5:
            found["log_start"] = answer.int64()
        if version >= 8:
            found["record_errors"] = answer.array(lambda: (answer.int32(), answer.string(), answer.tags())[:2])
            found["message"] = answer.string()
        answer.tags()

    def one():
        equal(answer.uuid() if version >= 13 else answer.string(), topic, "topic in the answer")
        answer.array(one_partition)
        answer.tags()

    answer.array(one)
    answer.int32()
    answer.tags()
    answer.end()
    return found


def fetch_body(version, partitions, max_wait=0, min_bytes=1, max_bytes=1 << 20, session=(0, -1), forgotten=(), partition_max=1 << 20,
               header_tags=()):
    """The body of Fetch; `partitions`: list of (topic name or id, partition, offset)."""
    body = writer_of(wire.FETCH, version)
    if version < 15:
        body.int32(-1)
    body.int32(max_wait).int32(min_bytes).int32(max_bytes).int8(0)
    if version >= 7:
        body.int32(session[0]).int32(session[1])

    def identity(topic):
        (body.raw if version >= 13 else body.string)(topic)

    def one_partition(item):
        body.int32(item[1])
        if version >= 9:
            body.int32(-1)
        body.int64(item[2])
        if version >= 12:
            body.int32(-1)
        if version >= 5:
            body.int64(-1)
        body.int32(partition_max).tags()

    def one(topic):
        identity(topic)
        body.array([p for p in partitions if p[0] == topic], one_partition).tags()

    def one_forgotten(item):
        identity(item[0])
        body.array([item[1]], body.int32).tags()

    body.array(list(dict.fromkeys(p[0] for p in partitions)), one)
    if version >= 7:
        body.array(list(forgotten), one_forgotten)
    if version >= 11:
        body.string("")
    return body.tags(header_tags)


def read_fetch(answer, version):
    """Reads a Fetch answer: {"error", "session", "partitions": (topic, partition) -> {...}}."""
    answer.int32()
    found = {"error": NONE, "session": 0, "partitions": {}}
    if version >= 7:
        found.update(error=answer.int16(), session=answer.int32())

    def one_partition(topic):
        partition, fields = answer.int32(), {}
        fields.update(error=answer.int16(), high_watermark=answer.int64(), last_stable=answer.int64())
        if version >= 5:
            fields["log_start"] = answer.int64()
        fields["aborted"] = answer.array(lambda: (answer.int64(), answer.int64(), answer.tags())[:2])
        if version >= 11:
            answer.int32()
        fields["records"] = answer.bytes()
        answer.tags()
        found["partitions"][(topic, partition)] = fields

    def one():
        topic = answer.uuid() if version >= 13 else answer.string()
        answer.array(lambda: one_partition(topic))
        answer.tags()

    answer.array(one)
    answer.tags()
    answer.end()
    return found


def fetch(connection, partitions, version=11, **options):
    """Fetches; see `fetch_body` and `read_fetch`."""
    return read_fetch(connection.call(wire.FETCH, version, fetch_body(version, partitions, **options)), version)


def fetch_one(connection, topic, offset=0, version=11, **options):
    """Fetches from partition 0 of one topic, and returns what the answer says of it."""
    found = fetch(connection, [(topic, 0, offset)], version, **options)
    equal(found["error"], NONE, "error of the fetch")
    return found["partitions"][(topic, 0)]


def list_offset(connection, topic, timestamp, partition=0, version=4):
    """ListOffsets of one partition: (error, timestamp, offset, leader epoch)."""
    body = writer_of(wire.LIST_OFFSETS, version).int32(-1)
    if version >= 2:
        body.int8(0)

    def one_partition(index):
        body.int32(index)
        if version >= 4:
            body.int32(-1)
        body.int64(timestamp).tags()

    body.array([topic], lambda item: body.string(item).array([partition], one_partition).tags())
    if version >= 10:
        body.int32(10000)
    answer = connection.call(wire.LIST_OFFSETS, version, body.tags())
    if version >= 2:
        answer.int32()
    found = []

    def one_answer():
        answer.int32()
        found.append((answer.int16(), answer.int64(), answer.int64(), answer.int32() if version >= 4 else -1))
        answer.tags()

    answer.array(lambda: (answer.string(), answer.array(one_answer), answer.tags()))
    answer.tags()
    answer.end()
    return found[0]


def init_producer_id(connection, version=4):
    """A new producer id and its epoch."""
    for _ in range(50):
        body = writer_of(wire.INIT_PRODUCER_ID, version).string(None).int32(60000)
        if version >= 3:
            body.int64(-1).int16(-1)
        answer = connection.call(wire.INIT_PRODUCER_ID, version, body.tags())
        answer.int32()
        error, producer, epoch = answer.int16(), answer.int64(), answer.int16()
        if error not in (14, 15, 16, 51):
            break
        time.sleep(0.1)
    equal(error, NONE, "error of InitProducerId")
    return producer, epoch
