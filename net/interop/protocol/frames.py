"""Frames, headers and ApiVersions: what holds before any request is understood."""

import socket
import struct
import time

import calls
import wire
from calls import connected
from check import Environment, Skip, check, equal, name, true, until
from wire import Closed, Connection, Writer

#: Ranges that Apache Kafka 4.3 serves to clients, for the APIs whose low and high ends clients look at.
RANGES = {
    0: (0, 13), 1: (4, 18), 2: (1, 11), 3: (0, 13), 8: (2, 10), 9: (1, 10), 10: (0, 6), 11: (0, 9), 12: (0, 4), 13: (0, 5), 14: (0, 5),
    15: (0, 6), 16: (0, 5), 18: (0, 4), 19: (2, 7), 20: (1, 6), 21: (0, 2), 22: (0, 5), 23: (2, 4), 32: (1, 4), 33: (0, 2), 35: (1, 5),
    37: (0, 3), 42: (0, 2), 44: (0, 1), 47: (0, 0), 60: (0, 2), 61: (0, 0), 74: (0, 1), 75: (0, 0),
}
#: Kilobytes by which a broker may grow while hostile frames are sent to it.
GROWTH_MAX = 64 * 1024


def alive():
    """Asserts that the broker still serves new connections."""
    with connected() as connection:
        calls.api_versions(connection)


def resident():
    """Resident memory of the broker in kilobytes, or None if its process is not known."""
    if Environment.pid is None:
        return None
    with open(f"/proc/{Environment.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@check("api-versions-ranges")
def ranges():
    """Every API of clients is advertised in the range of Kafka 4.3: the low ends for old clients, the high ends for new ones."""
    with connected() as connection:
        found = calls.api_versions(connection)
    wrong = {key: (found.get(key), expected) for key, expected in RANGES.items() if found.get(key) != expected}
    equal(wrong, {}, "key: (advertised, expected)")
    return f"{len(found)} APIs"


@check("api-versions-unknown-version")
def unknown_version():
    """An unknown version of ApiVersions is answered in version 0 with error 35 and its own range; the connection goes on."""
    for version in (5 + 10, 99, 32767):
        with connected() as connection:
            connection.correlation += 1
            head = Writer().int16(18).int16(version).int32(1).string("interop").uvarint(0)
            connection.send_frame(bytes(head.data + calls.software("interop", "1.0").data))
            answer = wire.Reader(connection.receive())
            equal(answer.int32(), 1, "correlation id")
            equal(answer.int16(), 35, "error")
            entries = answer.array(lambda: (answer.int16(), answer.int16(), answer.int16()))
            answer.end()
            equal([e[0] for e in entries], [18], "keys")
            equal(entries[0][1], 0, "lowest version")
            true(entries[0][2] >= 3, f"highest version {entries[0][2]}")
            calls.api_versions(connection, min(entries[0][2], 4))


@check("api-versions-header")
def header():
    """The answer to ApiVersions has no tagged fields in its header, in any version; its body has them from version 3 on."""
    with connected() as connection:
        for version in range(5):
            body = Writer() if version < 3 else calls.software("interop", "1.0")
            connection.send(wire.API_VERSIONS, version, body)
            answer = wire.Reader(connection.receive(), version >= 3)
            equal(answer.int32(), connection.correlation, "correlation id")
            equal(answer.int16(), 0, f"error of version {version}")
            found = answer.array(lambda: (answer.int16(), answer.int16(), answer.int16(), answer.tags())[:3])
            true((18, 0, 4) in found, f"version {version} lists ApiVersions 0-4")
            if version >= 1:
                equal(answer.int32(), 0, "throttle time")
            answer.tags()
            answer.end()


@check("api-versions-features")
def features():
    """Features are told from version 3 on, and only those whose APIs are there: clients change their protocol by them."""
    with connected() as connection:
        for version in (3, 4):
            connection.send(wire.API_VERSIONS, version, calls.software("interop", "1.0"))
            answer = wire.Reader(connection.receive(), True)
            answer.raw(6)
            keys = {key for key, _, _ in answer.array(lambda: (answer.int16(), answer.int16(), answer.int16(), answer.tags())[:3])}
            answer.int32()
            tags = answer.tags()

            def levels(data):
                fields = wire.Reader(data, True)
                return {f[0]: f[1:3] for f in fields.array(lambda: (fields.string(), fields.int16(), fields.int16(), fields.tags()))}

            supported, finalized = levels(tags[0]), levels(tags[2])
            true(struct.unpack(">q", tags[1])[0] >= 0, "the finalized features have an epoch")
            true("metadata.version" in finalized, f"finalized in version {version}: {finalized}")
            true(all(low == high > 0 for low, high in finalized.values()), f"the ends of a level are the same: {finalized}")
            true(all(high <= supported.get(f, (0, 0))[1] or version < 4 for f, (_, high) in finalized.items()), f"supported: {supported}")
            if version < 4:
                true(all(low > 0 for low, _ in supported.values()), f"none supported from 0 on, which old clients cannot read: {supported}")
            for feature, key in (("transaction.version", 26), ("group.version", 68), ("share.version", 78), ("streams.version", 88)):
                true(feature not in finalized or key in keys, f"{feature} without API {key}")


@check("api-versions-bad-software")
def bad_software():
    """A client software name that is not one is answered with INVALID_REQUEST."""
    with connected() as connection:
        for software in (("", "1.0"), ("interop", ""), ("-interop", "1.0"), ("inter op", "1.0"), ("interop", "1.0-")):
            answer = connection.call(wire.API_VERSIONS, 3, calls.software(*software))
            equal(answer.int16(), 42, f"error for {software}")


@check("client-id")
def client_id():
    """A null client id and an empty one are legal."""
    with connected() as connection:
        for client in (None, "", "\u20ac" * 50):
            equal(connection.call(wire.API_VERSIONS, 0, Writer(), client_id=client).int16(), 0, f"error for {client!r}")
            connection.call(wire.METADATA, 9, Writer(True).array([], None).bool(False).bool(False).bool(False).tags(), client_id=client)


@check("unknown-tagged-fields")
def unknown_tags():
    """Unknown tagged fields in the header and in the body are skipped."""
    with connected() as connection:
        tags = [(7, b"unknown"), (900, b"")]
        body = Writer(True).string("interop").string("1.0").tags(tags)
        equal(connection.call(wire.API_VERSIONS, 3, body, header_tags=tags).int16(), 0, "error of ApiVersions")
        body = Writer(True).array([], None).bool(False).bool(False).bool(False).tags(tags)
        answer = connection.call(wire.METADATA, 9, body, header_tags=tags)
        equal(len(calls.read_metadata(answer, 9)["brokers"]), 1, "brokers")


@check("trailing-bytes-are-ignored")
def trailing_bytes():
    """librdkafka's request for all topics: a null array, zeros, and three or more bytes that belong to nothing."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("trailing"))
        # Versions up to 10 have one flag more.
        for version, flags in ((9, 3), (12, 2), (13, 2)):
            for garbage in (b"\0\0\0", b"\x01\x02\x03\x04\xff", b"\0" * 100):
                answer = connection.call(wire.METADATA, version, Writer(True).raw(b"\0" + bytes(flags) + b"\0" + garbage))
                true(topic in calls.read_metadata(answer, version)["topics"], f"all topics are listed in version {version}")
        calls.api_versions(connection)


@check("unsupported-requests-close")
def unsupported():
    """An unknown API, a removed one, one that is not for clients, or a version out of range closes the connection, unanswered."""
    for api, version in ((999, 0), (-1, 0), (4, 0), (7, 3), (52, 0), (62, 0), (1, 3), (0, 2), (3, 99), (19, 1), (47, 1), (0, -1)):
        with connected() as connection:
            connection.send_frame(struct.pack(">hhih", api, version, 1, -1) + bytes(40))
            true(connection.closes(), f"API {api} version {version} was not refused")
    alive()


@check("malformed-frames-close")
def malformed():
    """Sizes that cannot be, headers and bodies that do not parse, and bytes of another protocol close the connection."""
    frames = {
        "a negative size": struct.pack(">i", -1),
        "the most negative size": struct.pack(">i", -(1 << 31)),
        "a size above 100 MiB": struct.pack(">i", 104857601),
        "the greatest size": struct.pack(">i", (1 << 31) - 1),
        "HTTP": b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n",
        "TLS": bytes.fromhex("16030100f4010000f00303") + bytes(300),
        "an empty frame": struct.pack(">i", 0),
        "half a header": struct.pack(">ihh", 4, 3, 1),
        "a body that ends early": struct.pack(">ihhihi", 14, 3, 1, 1, -1, 5),
        "a client id longer than the frame": struct.pack(">ihhih", 10, 3, 1, 1, 3000),
        "a string longer than the frame": struct.pack(">ihhihih", 16, 3, 1, 1, -1, 1, 3000),
    }
    for what, data in frames.items():
        with connected() as connection:
            connection.send_raw(data)
            true(connection.closes(), f"{what} was not refused")
    alive()


@check("hostile-lengths-cost-nothing")
def hostile_lengths():
    """Frames of a few bytes that claim huge arrays, strings and records are refused, and the broker does not grow."""
    before = resident()
    huge = struct.pack(">i", (1 << 31) - 1)
    top = b"\xff\xff\xff\xff\x0f"
    head = struct.pack(">ih", 1, -1)
    bodies = [
        (3, 1, huge), (3, 9, b"\0" + top), (18, 3, top), (1, 4, struct.pack(">iiiib", -1, 0, 1, 1, 0) + huge),
        (0, 3, struct.pack(">hhi", -1, 1, 1000) + huge), (0, 9, b"\0\0" + struct.pack(">hi", 1, 1000) + top),
        (0, 3, struct.pack(">hhii", -1, 1, 1000, 1) + struct.pack(">h", 1) + b"t" + huge),
        (0, 3, struct.pack(">hhii", -1, 1, 1000, 1) + struct.pack(">h", 1) + b"t" + struct.pack(">ii", 1, 0) + huge),
        (11, 0, struct.pack(">h", 1) + b"g" + struct.pack(">ihh", 6000, 0, 0) + huge), (19, 2, huge), (37, 0, huge), (32, 1, huge),
        (8, 2, struct.pack(">h", 1) + b"g" + struct.pack(">ihq", -1, 0, -1) + huge), (15, 0, huge), (42, 0, huge), (20, 1, huge),
    ]
    for _ in range(20):
        for api, version, body in bodies:
            with connected() as connection:
                tags = b"\0" if wire.flexible(api, version) else b""
                connection.send_frame(struct.pack(">hh", api, version) + head + tags + body)
                true(connection.closes(), f"API {api} version {version} with body {body.hex()} was not refused")
    alive()
    return grown(before)


def grown(before):
    """Asserts that the broker grew by no more than is allowed; returns a note."""
    if before is None:
        return "memory not looked at: the broker's process is not known"
    growth = resident() - before
    true(growth < GROWTH_MAX, f"the broker grew by {growth} kB")
    return f"the broker grew by {growth} kB, to {resident()} kB"


@check("announced-frames-cost-nothing")
def announced():
    """Connections that announce frames of 100 MB and send a few bytes of them do not make the broker grow."""
    if Environment.kind == "kafka":
        raise Skip("stricter than the reference, which sets aside what a frame announces, and dies of it")
    before = resident()
    connections = [Connection(Environment.bootstrap) for _ in range(50)]
    for connection in connections:
        connection.send_raw(struct.pack(">i", 104857600) + bytes(1000))
    time.sleep(0.5)
    alive()
    note = grown(before)
    for connection in connections:
        connection.socket.close()
    return note


@check("idle-connections")
def idle_connections():
    """200 idle connections are kept, and each is answered when it wakes up."""
    before = resident()
    connections = [Connection(Environment.bootstrap) for _ in range(200)]
    for connection in connections:
        calls.api_versions(connection)
    note = grown(before)
    for connection in reversed(connections):
        calls.api_versions(connection)
        connection.socket.close()
    return note


@check("half-closed-connection")
def half_closed():
    """A request that comes in single bytes is answered; a client that has gone away in the middle of one disturbs nobody."""
    with connected() as connection:
        connection.correlation = 1
        for byte in struct.pack(">ihhih", 10, 18, 0, 1, -1):
            connection.send_raw(bytes([byte]))
            time.sleep(0.002)
        equal(connection.answer(wire.API_VERSIONS, 0).int16(), 0, "error")
    with connected() as connection:
        connection.send_raw(struct.pack(">ihhi", 100, 18, 0, 1))
        connection.socket.shutdown(socket.SHUT_WR)
        true(connection.closes(), "the broker keeps a connection that cannot say anything more")
    alive()


@check("answers-keep-the-order")
def order():
    """Requests sent without waiting are answered in their order, also behind a fetch that waits."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("pipeline"))
        sent = []
        for _ in range(20):
            sent.append((wire.API_VERSIONS, 0, connection.send(wire.API_VERSIONS, 0, Writer())))
            sent.append((wire.METADATA, 1, connection.send(wire.METADATA, 1, one_topic(topic))))
        body = calls.fetch_body(11, [(topic, 0, 0)], max_wait=700)
        sent.append((wire.FETCH, 11, connection.send(wire.FETCH, 11, body)))
        start = time.monotonic()
        sent.append((wire.API_VERSIONS, 0, connection.send(wire.API_VERSIONS, 0, Writer())))
        for api, version, correlation in sent:
            connection.answer(api, version, correlation)
        waited = time.monotonic() - start
        true(waited > 0.5, f"the last answer came after {waited:.2f} s, though the fetch before it waits 0.7 s")


def one_topic(topic):
    """The body of Metadata 1 for one topic."""
    return Writer().int32(1).string(topic)


@check("connections-are-independent")
def independent():
    """A fetch that waits on one connection does not hold up another."""
    with connected() as waiting, connected() as other:
        topic = calls.create_topic(other, name("independent"))
        waiting.send(wire.FETCH, 11, calls.fetch_body(11, [(topic, 0, 0)], max_wait=20000))
        start = time.monotonic()
        for _ in range(10):
            calls.api_versions(other)
        true(time.monotonic() - start < 10, "the other connection had to wait")


@check("closing-while-a-fetch-waits")
def close_while_waiting():
    """A client that goes away while its fetch waits leaves nothing behind that hurts."""
    with connected() as connection:
        topic = calls.create_topic(connection, name("gone"))
        for _ in range(20):
            with connected() as other:
                other.send(wire.FETCH, 11, calls.fetch_body(11, [(topic, 0, 0)], max_wait=500))
        equal(calls.produce(connection, topic, wire.batch([b"x"]))["error"], 0, "error of Produce")
        until(lambda: len(calls.fetch_one(connection, topic)["records"]) > 0, "the record is read")


@check("answer-after-close")
def answer_after_close():
    """A connection that was closed for a bad frame gets no late answer to an earlier request that waits."""
    with connected() as connection, connected() as other:
        topic = calls.create_topic(other, name("late"))
        connection.send(wire.FETCH, 11, calls.fetch_body(11, [(topic, 0, 0)], max_wait=300))
        connection.send_raw(struct.pack(">i", -5))
        try:
            connection.answer(wire.FETCH, 11)
            true(connection.closes(), "the connection goes on after a negative size")
        except Closed:
            pass
    alive()
