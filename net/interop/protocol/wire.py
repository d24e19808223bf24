"""A small encoder and decoder of Kafka's protocol, for requests that no client library would send.

`Writer` and `Reader` know both encodings: the old one and the flexible one (compact lengths and tagged fields). A
`Connection` sends frames and receives frames; it checks nothing, so that a test can.
"""

import socket
import struct

#: API key -> first version with the flexible encoding (None: never), for the APIs used here.
FLEXIBLE = {
    0: 9, 1: 12, 2: 6, 3: 9, 8: 8, 9: 6, 10: 3, 11: 6, 12: 4, 13: 4, 14: 4, 15: 5, 16: 3, 18: 3, 19: 5, 20: 4, 21: 2, 22: 2, 23: 4,
    32: 4, 33: 2, 35: 2, 37: 2, 42: 2, 44: 1, 47: None, 60: 0, 61: 0, 74: 0, 75: 0,
}
PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR, JOIN_GROUP = 0, 1, 2, 3, 8, 9, 10, 11
HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, DESCRIBE_GROUPS, LIST_GROUPS, API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS = 12, 13, 14, 15, 16, 18, 19, 20
DELETE_RECORDS, INIT_PRODUCER_ID, OFFSET_FOR_LEADER_EPOCH, DESCRIBE_CONFIGS, ALTER_CONFIGS, DESCRIBE_LOG_DIRS = 21, 22, 23, 32, 33, 35
CREATE_PARTITIONS, DELETE_GROUPS, INCREMENTAL_ALTER_CONFIGS, OFFSET_DELETE, DESCRIBE_CLUSTER, DESCRIBE_PRODUCERS = 37, 42, 44, 47, 60, 61
LIST_CONFIG_RESOURCES, DESCRIBE_TOPIC_PARTITIONS = 74, 75
NO_ID = bytes(16)


def writer_of(api, version):
    """A writer in the encoding of this version."""
    return Writer(flexible(api, version))


def flexible(api, version):
    """True if this version of the API uses the flexible encoding."""
    first = FLEXIBLE[api]
    return first is not None and version >= first


class Writer:
    """Builds a message; every method returns the writer."""

    def __init__(self, is_flexible=False):
        self.flexible = is_flexible
        self.data = bytearray()

    def raw(self, data):
        self.data += data
        return self

    def _pack(self, form, value):
        self.data += struct.pack(form, value)
        return self

    def int8(self, value):
        return self._pack(">b", value)

    def int16(self, value):
        return self._pack(">h", value)

    def int32(self, value):
        return self._pack(">i", value)

    def int64(self, value):
        return self._pack(">q", value)

    def bool(self, value):
        return self._pack(">?", value)

    def uvarint(self, value):
        while value > 127:
            self.data.append(value & 127 | 128)
            value >>= 7
        self.data.append(value)
        return self

    def length(self, count, short=False):
        """The length before a string (short), bytes or array; None is null."""
        if self.flexible:
            return self.uvarint(0 if count is None else count + 1)
        return self._pack(">h" if short else ">i", -1 if count is None else count)

    def string(self, text):
        data = None if text is None else text.encode()
        self.length(None if data is None else len(data), short=True)
        return self.raw(data or b"")

    def bytes(self, data):
        self.length(None if data is None else len(data))
        return self.raw(data or b"")

    def array(self, items, write):
        """An array; `write(item)` writes one item with this writer."""
        self.length(None if items is None else len(items))
        for item in items or []:
            write(item)
        return self

    def tags(self, fields=()):
        """The tagged fields at the end of a structure: (tag, bytes) pairs; nothing in the old encoding."""
        if self.flexible:
            self.uvarint(len(fields))
            for tag, data in fields:
                self.uvarint(tag).uvarint(len(data)).raw(data)
        return self


class Reader:
    """Takes a message apart; an attempt to read past its end raises."""

    def __init__(self, data, is_flexible=False):
        self.data, self.at, self.flexible = data, 0, is_flexible

    def raw(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise AssertionError(f"the answer ends early: {count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count:self.at]

    def _unpack(self, form):
        return struct.unpack(form, self.raw(struct.calcsize(form)))[0]

    def int8(self):
        return self._unpack(">b")

    def int16(self):
        return self._unpack(">h")

    def int32(self):
        return self._unpack(">i")

    def int64(self):
        return self._unpack(">q")

    def bool(self):
        return self._unpack(">?")

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.raw(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def length(self, short=False):
        if self.flexible:
            return self.uvarint() - 1
        return self._unpack(">h" if short else ">i")

    def string(self):
        count = self.length(short=True)
        return None if count < 0 else self.raw(count).decode()

    def bytes(self):
        count = self.length()
        return None if count < 0 else self.raw(count)

    def array(self, read):
        """An array; `read()` reads one item with this reader."""
        count = self.length()
        return None if count < 0 else [read() for _ in range(count)]

    def tags(self):
        """The tagged fields at the end of a structure."""
        return {self.uvarint(): self.raw(self.uvarint()) for _ in range(self.uvarint())} if self.flexible else {}

    def uuid(self):
        return self.raw(16)

    def end(self):
        """Asserts that the whole message was read."""
        if self.at != len(self.data):
            raise AssertionError(f"{len(self.data) - self.at} bytes are left in the answer: {self.data[self.at:][:40].hex()}")


class Closed(Exception):
    """The broker closed the connection."""


class Connection:
    """A connection to the broker."""

    def __init__(self, bootstrap, timeout=30.0):
        host, port = bootstrap.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send_frame(self, data):
        self.send_raw(struct.pack(">i", len(data)) + data)

    def send(self, api, version, body, client_id="klamm-interop", header_tags=()):
        """Sends a request, and returns its correlation id."""
        self.correlation += 1
        head = Writer().int16(api).int16(version).int32(self.correlation).string(client_id)
        head.flexible = api in FLEXIBLE and flexible(api, version)
        head.tags(header_tags)
        self.send_frame(bytes(head.data + body.data))
        return self.correlation

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionError as error:
                raise Closed(str(error)) from error
            if not part:
                raise Closed(f"after {len(data)} of {count} bytes")
            data += part
        return data

    def receive(self):
        """Receives a frame."""
        size = struct.unpack(">i", self._exactly(4))[0]
        return self._exactly(size)

    def answer(self, api, version, correlation=None):
        """Receives the answer to a request: a reader placed behind the header."""
        reader = Reader(self.receive(), flexible(api, version))
        found = reader.int32()
        expected = self.correlation if correlation is None else correlation
        if found != expected:
            raise AssertionError(f"correlation id {found} instead of {expected}")
        if api != API_VERSIONS:
            reader.tags()
        return reader

    def call(self, api, version, body, **options):
        """Sends a request and returns a reader of its answer."""
        self.send(api, version, body, **options)
        return self.answer(api, version)

    def closes(self, within=5.0):
        """True if the broker closes the connection without sending anything more."""
        self.socket.settimeout(within)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def crc32c(data):
    """CRC-32C of the data."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def varint(value):
    """A zig-zag varint."""
    return bytes(Writer().uvarint((value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF).data)


def record(offset_delta, key, value, timestamp_delta=0):
    """One record of a batch, without headers."""
    def field(data):
        return varint(-1) if data is None else varint(len(data)) + data

    body = b"\0" + varint(timestamp_delta) + varint(offset_delta) + field(key) + field(value) + varint(0)
    return varint(len(body)) + body


def batch(values, key=None, timestamp=None, **changes):
    """A record batch of the values, with fields changed at will: magic, attributes, base_offset, producer_id, ..."""
    import time  # pylint: disable=import-outside-toplevel
    now = int(time.time() * 1000) if timestamp is None else timestamp
    records = changes.get("records") or b"".join(record(i, key, v) for i, v in enumerate(values))
    tail = struct.pack(">hiqqqhii", changes.get("attributes", 0), changes.get("last_offset_delta", len(values) - 1),
                       now, changes.get("max_timestamp", now), changes.get("producer_id", -1), changes.get("producer_epoch", -1),
                       changes.get("base_sequence", -1), changes.get("count", len(values))) + records
    crc = crc32c(tail) ^ changes.get("crc_error", 0)
    head = struct.pack(">qiibI", changes.get("base_offset", 0), 9 + len(tail), -1, changes.get("magic", 2), crc)
    return head + tail


def batches(data):
    """Takes record data apart: (base offset, count, producer id, attributes, max timestamp, base timestamp, leader epoch) per whole batch."""
    found, at = [], 0
    while at + 61 <= len(data):
        base, size, epoch = struct.unpack_from(">qii", data, at)
        if at + 12 + size > len(data):
            break
        magic, crc, attributes, _, first, last, producer = struct.unpack_from(">bIhiqqq", data, at + 16)
        count = struct.unpack_from(">i", data, at + 57)[0]
        if magic != 2 or crc != crc32c(data[at + 21:at + 12 + size]):
            raise AssertionError(f"batch at {base}: magic {magic}, or its checksum is wrong")
        found.append({"base_offset": base, "count": count, "producer_id": producer, "attributes": attributes,
                      "max_timestamp": last, "base_timestamp": first, "leader_epoch": epoch, "size": 12 + size})
        at += 12 + size
    return found
