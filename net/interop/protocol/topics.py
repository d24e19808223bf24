"""Metadata, topics, partitions, configurations and the cluster, request by request."""

import calls
import wire
from calls import connected
from check import Environment, check, equal, name, true, until
from wire import Writer, writer_of

UNKNOWN_TOPIC, INVALID_TOPIC, TOPIC_EXISTS, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_CONFIG = 3, 17, 36, 37, 38, 40
INVALID_REQUEST, UNKNOWN_TOPIC_ID, MISMATCHED_ENDPOINT = 42, 100, 114
TOPIC, BROKER = 2, 4


@check("metadata-versions")
def metadata_versions():
    """Every version of Metadata: the broker with the address that was asked, the topic, its leader in the list of brokers."""
    host, port = Environment.bootstrap.rsplit(":", 1)
    with connected() as connection:
        topic = calls.create_topic(connection, name("metadata"), partitions=3)
        for version in range(14):
            found = calls.metadata(connection, [topic], version)
            equal([(h, p) for _, h, p in found["brokers"]], [(host, int(port))], f"brokers in version {version}")
            error, partitions, topic_id = found["topics"][topic]
            equal((error, sorted(partitions)), (0, [0, 1, 2]), f"error and partitions in version {version}")
            nodes = {node for node, _, _ in found["brokers"]}
            true(all(leader in nodes for _, leader in partitions.values()), f"the leaders are listed brokers in version {version}")
            if version >= 1:
                true(found["controller"] in nodes, f"the controller is a listed broker in version {version}")
            if version >= 2:
                true(found["cluster"], f"the cluster has an id in version {version}")
            equal(topic_id != wire.NO_ID, version >= 10, f"a topic id in version {version}")


@check("metadata-of-all-or-none")
def all_or_none():
    """No topics means all of them: an empty array in version 0, null from version 1 on, where an empty array means none."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("all"))
        true(topic in calls.metadata(connection, [], 0)["topics"], "an empty array in version 0")
        for version in (1, 4, 8, 9, 12, 13):
            true(topic in calls.metadata(connection, None, version)["topics"], f"null in version {version}")
            equal(calls.metadata(connection, [], version)["topics"], {}, f"an empty array in version {version}")


@check("metadata-errors")
def metadata_errors():
    """Unknown topics, bad names and unknown ids have their errors, one by one; nothing is created unless it is allowed."""
    with connected() as connection:
        topic, unknown = calls.create_topic(connection, name("known")), name("not-created")
        for version in (4, 9, 12):
            found = calls.metadata(connection, [topic, unknown, "bad name", "x" * 250, "..", ""], version, allow_creation=False)["topics"]
            equal(found[topic][0], 0, "a known topic")
            equal((found[unknown][0], found[unknown][1]), (UNKNOWN_TOPIC, {}), "an unknown topic")
            for bad in ("bad name", "x" * 250, "..", ""):
                equal(found[bad][0], INVALID_TOPIC, f"the name {bad[:20]!r}")
        found = calls.metadata(connection, ["bad name"], 4, allow_creation=True)["topics"]
        equal(found["bad name"][0], INVALID_TOPIC, "creating a bad name")
        equal(calls.metadata(connection, [b"\x05" * 16], 12)["topics"][b"\x05" * 16][0], UNKNOWN_TOPIC_ID, "an unknown id")


@check("metadata-creates-topics")
def auto_creation():
    """A topic that may be created on first use: the first answer is an error to try again, and it has a leader soon after."""
    with connected() as connection:
        for version in (0, 1, 4, 9, 12):
            topic = name(f"auto-{version}")
            error = calls.metadata(connection, [topic], version)["topics"][topic][0]
            true(error in (3, 5), f"first answer in version {version}: {error}")
            until(lambda topic=topic, version=version: calls.metadata(connection, [topic], version)["topics"][topic][0] == 0, "the topic is there", 5)
            equal(sorted(calls.metadata(connection, [topic], version)["topics"][topic][1]), [0], "partitions")


@check("create-topics-versions")
def create_versions():
    """Every version of CreateTopics; defaults for -1 partitions and replicas; what version 5 and later tell about the new topic."""
    with connected() as connection:
        for version in range(2, 8):
            topic = name(f"create-{version}")
            defaults = version >= 4
            error, answer = calls.create_topics(connection, topic, -1 if defaults else 2, {"retention.ms": "1234"}, version, -1 if defaults else 1)
            equal(error, 0, f"error in version {version}")
            equal(answer.string(), None, "message")
            if version >= 5:
                equal((answer.int32(), answer.int16()), (1, 1), "partitions and replication factor")
                configs = {}

                def one(answer=answer, configs=configs):
                    key = answer.string()
                    configs[key] = (answer.string(), answer.bool(), answer.int8(), answer.bool())
                    answer.tags()

                answer.array(one)
                equal(configs["retention.ms"], ("1234", False, 1, False), "retention.ms, and that it is the topic's own")
                equal(configs["cleanup.policy"][2], 5, "source of cleanup.policy")
            until(lambda topic=topic: calls.ready(connection, topic), "the topic is ready")


@check("create-topics-errors")
def create_errors():
    """What CreateTopics refuses, without creating anything."""
    with connected() as connection:
        calls.create_topic(connection, name("exists"))
        cases = [
            (name("exists"), {}, TOPIC_EXISTS), ("bad name", {}, INVALID_TOPIC), ("", {}, INVALID_TOPIC), (".", {}, INVALID_TOPIC),
            ("x" * 250, {}, INVALID_TOPIC), (name("p"), {"partitions": 0}, INVALID_PARTITIONS), (name("p"), {"partitions": -2}, INVALID_PARTITIONS),
            (name("r"), {"factor": 0}, INVALID_REPLICATION_FACTOR), (name("r"), {"factor": 5}, INVALID_REPLICATION_FACTOR),
        ]
        bad_values = {
            "no.such.config": "1", "retention.ms": "soon", "cleanup.policy": "burn", "compression.type": "rar", "segment.bytes": "-1",
            "min.insync.replicas": "0", "max.message.bytes": "-1", "message.timestamp.type": "Yesterday", "preallocate": "maybe",
            "min.cleanable.dirty.ratio": "2.0", "segment.ms": "0",
        }
        cases += [(name("c"), {"configs": {key: value}}, INVALID_CONFIG) for key, value in bad_values.items()]
        for topic, options, expected in cases:
            for validate in (True, False):
                error, _ = calls.create_topics(connection, topic, version=5, validate=validate, **options)
                equal(error, expected, f"{topic[:20]!r} with {options}, validate only: {validate}")
        listed = calls.metadata(connection, None)["topics"]
        equal({name("p"), name("r"), name("c")} & set(listed), set(), "topics that were created")
        error, _ = calls.create_topics(connection, name("c"), version=5, validate=True)
        equal(error, 0, "validating a good topic")


@check("create-topics-twice-in-one-request")
def create_twice():
    """A topic that is named twice in one request is refused, and not created."""
    with connected() as connection:
        topic = name("twice")
        body = Writer()
        body.array([topic, topic], lambda t: body.string(t).int32(1).int16(1).array([], None).array([], None)).int32(5000).bool(False)
        answer = connection.call(wire.CREATE_TOPICS, 4, body)
        answer.int32()
        errors = answer.array(lambda: (answer.string(), answer.int16(), answer.string())[1])
        equal(set(errors), {INVALID_REQUEST}, "errors")
        equal(calls.metadata(connection, [topic], 4, allow_creation=False)["topics"][topic][0], UNKNOWN_TOPIC, "the topic")


@check("delete-topics-versions")
def delete_versions():
    """Every version of DeleteTopics; by name, and by id in version 6."""
    with connected() as connection:
        for version in range(1, 7):
            topic = calls.create_topic(connection, name(f"delete-{version}"))
            identity = calls.topic_id(connection, topic)

            def delete(topic=topic, identity=identity, version=version):
                body = writer_of(wire.DELETE_TOPICS, version)
                if version >= 6:
                    body.array([identity], lambda i: body.string(None).raw(i).tags())
                else:
                    body.array([topic], body.string)
                answer = connection.call(wire.DELETE_TOPICS, version, body.int32(10000).tags())
                answer.int32()
                answer.length()
                found = answer.string()
                if version >= 6:
                    equal(answer.uuid(), identity, "id in the answer")
                return found, answer.int16()

            equal(delete(), (topic, 0), f"answer of version {version}")
            until(lambda topic=topic: calls.metadata(connection, [topic], 4, False)["topics"][topic][0] == UNKNOWN_TOPIC, f"{topic} is gone")
            equal(delete()[1], UNKNOWN_TOPIC_ID if version >= 6 else UNKNOWN_TOPIC, f"deleting again in version {version}")


@check("create-partitions-versions")
def create_partitions():
    """Every version of CreatePartitions; shrinking, and growing by nothing, are refused with INVALID_PARTITIONS."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("partitions"), partitions=2)

        def grow(count, version, to=topic, validate=False):
            body = writer_of(wire.CREATE_PARTITIONS, version)
            body.array([to], lambda t: body.string(t).int32(count).array(None, None).tags())
            answer = connection.call(wire.CREATE_PARTITIONS, version, body.int32(10000).bool(validate).tags())
            answer.int32()
            answer.length()
            equal(answer.string(), to, "topic in the answer")
            return answer.int16()

        def count():
            return len(calls.metadata(connection, [topic])["topics"][topic][1])

        for version in range(4):
            equal(grow(9, version, validate=True), 0, f"validating in version {version}")
            equal(grow(3 + version, version), 0, f"growing in version {version}")
            until(lambda version=version: count() == 3 + version, f"{3 + version} partitions")
            for too_few in (1, 2 + version, 3 + version, 0, -1):
                equal(grow(too_few, version), INVALID_PARTITIONS, f"{too_few} partitions in version {version}")
            equal(grow(5, version, name("unknown-topic")), UNKNOWN_TOPIC, "an unknown topic")
        equal(count(), 6, "partitions")


def describe_configs(connection, kind, resource, version=4, keys=None, synonyms=True):
    """DescribeConfigs of one resource: (error, {name: (value, source, read only, sensitive, synonyms)})."""
    body = writer_of(wire.DESCRIBE_CONFIGS, version)
    body.array([resource], lambda r: body.int8(kind).string(r).array(keys, body.string).tags())
    if version >= 1:
        body.bool(synonyms)
    if version >= 3:
        body.bool(True)
    answer = connection.call(wire.DESCRIBE_CONFIGS, version, body.tags())
    answer.int32()
    answer.length()
    error = answer.int16()
    answer.string()
    equal((answer.int8(), answer.string()), (kind, resource), "resource in the answer")
    found = {}

    def synonym():
        entry = answer.string(), answer.string(), answer.int8()
        answer.tags()
        return entry

    def one():
        key, value, read_only, source, sensitive = answer.string(), answer.string(), answer.bool(), answer.int8(), answer.bool()
        names = answer.array(synonym)
        if version >= 3:
            answer.int8()
            answer.string()
        answer.tags()
        found[key] = (value, source, read_only, sensitive, names)

    answer.array(one)
    return error, found


@check("describe-configs-versions")
def configs_versions():
    """Every version of DescribeConfigs; sources, synonyms, asking for some keys, an unknown topic, the broker."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("describe-configs"), configs={"retention.ms": "1234"})
        for version in range(1, 5):
            error, found = describe_configs(connection, TOPIC, topic, version)
            equal((error, found["retention.ms"][:2], found["cleanup.policy"][:2]), (0, ("1234", 1), ("delete", 5)), f"version {version}")
            equal(found["retention.ms"][4][0], ("retention.ms", "1234", 1), "first synonym")
            equal(describe_configs(connection, TOPIC, topic, version, synonyms=False)[1]["retention.ms"][4], [], "no synonyms unless asked")
        equal(list(describe_configs(connection, TOPIC, topic, keys=["segment.bytes", "no.such.config"])[1]), ["segment.bytes"], "some keys")
        equal(describe_configs(connection, TOPIC, name("unknown-topic"))[0], UNKNOWN_TOPIC, "an unknown topic")
        node = str(calls.metadata(connection, [])["brokers"][0][0])
        error, found = describe_configs(connection, BROKER, node)
        equal((error, found["num.partitions"][0], found["group.initial.rebalance.delay.ms"][0]), (0, "1", "0"), "the broker")


@check("alter-configs-versions")
def alter_versions():
    """Every version of AlterConfigs, which replaces, and of IncrementalAlterConfigs, which changes; refused changes change nothing."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("alter-configs"), configs={"segment.bytes": "2000000"})

        def alter(version, values, validate=False, of_topic=topic):
            body = writer_of(wire.ALTER_CONFIGS, version)
            body.array([of_topic], lambda r: body.int8(TOPIC).string(r).array(values, lambda c: body.string(c[0]).string(c[1]).tags()).tags())
            return read(wire.ALTER_CONFIGS, version, body.bool(validate))

        def change(version, values, validate=False, of_topic=topic):
            body = writer_of(wire.INCREMENTAL_ALTER_CONFIGS, version)
            body.array([of_topic], lambda r: body.int8(TOPIC).string(r).array(
                values, lambda c: body.string(c[1]).int8(c[0]).string(c[2]).tags()).tags())
            return read(wire.INCREMENTAL_ALTER_CONFIGS, version, body.bool(validate))

        def read(api, version, body):
            answer = connection.call(api, version, body.tags())
            answer.int32()
            answer.length()
            return answer.int16()

        def value(key):
            return describe_configs(connection, TOPIC, topic)[1][key][0]

        for version in range(3):
            equal(alter(version, [("retention.ms", str(5000 + version))]), 0, f"AlterConfigs {version}")
            until(lambda version=version: value("retention.ms") == str(5000 + version), "the new value")
            equal(value("segment.bytes"), "1073741824", "a value that was not named")
            equal(alter(version, [("retention.ms", "1")], validate=True), 0, "validating")
            for bad in ([("no.such.config", "1")], [("retention.ms", "soon")], [("retention.ms", "1"), ("cleanup.policy", "burn")]):
                equal(alter(version, bad), INVALID_CONFIG, f"{bad}")
            equal(alter(version, [], of_topic=name("unknown-topic")), UNKNOWN_TOPIC, "an unknown topic")
        for version in range(2):
            equal(change(version, [(0, "retention.bytes", str(100 + version)), (0, "flush.ms", "7")]), 0, f"IncrementalAlterConfigs {version}")
            until(lambda version=version: value("retention.bytes") == str(100 + version), "the new value")
            equal(value("retention.ms"), "5002", "a value that was not named")
            equal(change(version, [(1, "flush.ms", None)]), 0, "deleting a value")
            until(lambda: value("flush.ms") == "9223372036854775807", "the default")
            equal(change(version, [(0, "retention.ms", "1")], validate=True), 0, "validating")
            for bad, error in (([(0, "no.such.config", "1")], INVALID_CONFIG), ([(0, "retention.ms", "1"), (0, "preallocate", "maybe")], INVALID_CONFIG),
                               ([(2, "retention.ms", "1")], INVALID_CONFIG), ([(0, "retention.ms", None)], INVALID_REQUEST), ([(0, "retention.ms", "1"), (0, "retention.ms", "2")], INVALID_REQUEST)):
                equal(change(version, bad), error, f"{bad} in version {version}")
            true(change(version, [(9, "retention.ms", "1")]) != 0, "an operation that does not exist")
        equal(value("retention.ms"), "5002", "retention.ms in the end")


@check("describe-cluster-versions")
def describe_cluster():
    """Every version of DescribeCluster; asking a broker for controllers is MISMATCHED_ENDPOINT_TYPE."""
    host, port = Environment.bootstrap.rsplit(":", 1)
    with connected() as connection:
        cluster = calls.metadata(connection, [], 2)["cluster"]
        for version in range(3):
            for endpoint in (1, 2) if version >= 1 else (1,):
                body = Writer(True).bool(False)
                if version >= 1:
                    body.int8(endpoint)
                if version >= 2:
                    body.bool(False)
                answer = connection.call(wire.DESCRIBE_CLUSTER, version, body.tags())
                answer.int32()
                equal(answer.int16(), 0 if endpoint == 1 else MISMATCHED_ENDPOINT, f"error in version {version} for endpoint type {endpoint}")
                if endpoint == 2:
                    continue
                answer.string()
                if version >= 1:
                    equal(answer.int8(), 1, "endpoint type")
                equal(answer.string(), cluster, "cluster id")
                controller = answer.int32()
                answer.length()
                equal((answer.int32(), answer.string(), answer.int32()), (controller, host, int(port)), "broker")


@check("describe-topic-partitions")
def describe_partitions():
    """Topics are described page by page, in the order of their names, and the cursor leads to the rest."""
    with connected() as connection:
        topics = [calls.create_topic(connection, name(f"page-{i}"), partitions=3) for i in range(2)]

        def ask(names, limit, cursor=None):
            body = Writer(True)
            body.array(names, lambda t: body.string(t).tags()).int32(limit)
            if cursor is None:
                body.int8(-1)
            else:
                body.int8(1).string(cursor[0]).int32(cursor[1]).tags()
            answer = connection.call(wire.DESCRIBE_TOPIC_PARTITIONS, 0, body.tags())
            answer.int32()

            def partition():
                error, index, leader = answer.int16(), answer.int32(), answer.int32()
                answer.int32()
                for _ in range(5):
                    answer.array(answer.int32)
                answer.tags()
                return error, index, leader >= 0

            def one():
                error, topic = answer.int16(), answer.string()
                answer.uuid()
                answer.bool()
                partitions = answer.array(partition)
                answer.int32()
                answer.tags()
                return error, topic, [index for _, index, _ in partitions]

            found = answer.array(one)
            following = None
            if answer.int8() >= 0:
                following = answer.string(), answer.int32()
                answer.tags()
            answer.tags()
            answer.end()
            return found, following

        equal(ask(topics, 100), ([(0, topics[0], [0, 1, 2]), (0, topics[1], [0, 1, 2])], None), "both topics")
        found, cursor = ask(topics, 4)
        equal(found, [(0, topics[0], [0, 1, 2]), (0, topics[1], [0])], "a page of four")
        equal(cursor, (topics[1], 1), "cursor")
        equal(ask(topics, 4, cursor), ([(0, topics[1], [1, 2])], None), "the rest")
        equal(ask([name("unknown-topic")], 100)[0], [(UNKNOWN_TOPIC, name("unknown-topic"), [])], "an unknown topic")


@check("list-config-resources")
def list_config_resources():
    """Topics and brokers are listed as resources with configurations; version 0 knows client metrics only."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("resources"))
        answer = connection.call(wire.LIST_CONFIG_RESOURCES, 0, Writer(True).tags())
        answer.int32()
        equal((answer.int16(), answer.length()), (0, 0), "error, and client metrics")
        body = Writer(True)
        answer = connection.call(wire.LIST_CONFIG_RESOURCES, 1, body.array([TOPIC, BROKER], body.int8).tags())
        answer.int32()
        equal(answer.int16(), 0, "error")
        found = answer.array(lambda: (answer.string(), answer.int8(), answer.tags())[:2])
        true((topic, TOPIC) in found, "the topic is listed")
        true(any(kind == BROKER for _, kind in found), "the broker is listed")


@check("describe-producers")
def describe_producers():
    """The state of a producer, and nothing for a partition without one."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("describe-producers"))
        producer, epoch = calls.init_producer_id(connection)

        def ask():
            body = Writer(True)
            body.array([topic], lambda t: body.string(t).array([0, 7], body.int32).tags())
            answer = connection.call(wire.DESCRIBE_PRODUCERS, 0, body.tags())
            answer.int32()
            answer.length()
            equal(answer.string(), topic, "topic in the answer")

            def state():
                found = answer.int64(), answer.int32(), answer.int32(), answer.int64(), answer.int32(), answer.int64()
                answer.tags()
                return found

            def partition():
                index, error = answer.int32(), answer.int16()
                answer.string()
                states = answer.array(state)
                answer.tags()
                return index, (error, states)

            return dict(answer.array(partition))

        equal(ask(), {0: (0, []), 7: (UNKNOWN_TOPIC, [])}, "before any record")
        calls.produce(connection, topic, wire.batch([b"a", b"b"], timestamp=1000, producer_id=producer, producer_epoch=epoch, base_sequence=0))
        equal(ask()[0], (0, [(producer, epoch, 1, 1000, -1, -1)]), "id, epoch, last sequence and timestamp, no coordinator, no transaction")
