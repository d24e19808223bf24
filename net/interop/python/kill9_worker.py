"""The client side of kill9: produces and keeps a ledger of what was acknowledged, or reads everything back.

The ledger has one line per acknowledged record: topic, partition, offset, and the value, which is unique.
"""

import json
import os
import select
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 2
#: Records that may wait for their acknowledgement at a time.
IN_FLIGHT_MAX = 2000
CODECS = ["none", "lz4", "zstd", "snappy"]


def topic_name(number):
    """The topics of the test."""
    return f"kill9-{number}"


def produce(bootstrap, ledger_path, topics, generation, kind):
    """Produces until a line comes on standard input; says when the first acknowledgement came, and in the end how many."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    existing = admin.list_topics(timeout=10).topics
    for future in admin.create_topics([NewTopic(topic_name(t), PARTITIONS, 1) for t in range(int(topics)) if topic_name(t) not in existing] or
                                      [NewTopic(f"kill9-unused-{generation}", 1, 1)]).values():
        future.result(10)
    ledger = open(ledger_path, "a", encoding="ascii")  # pylint: disable=consider-using-with
    state = {"acknowledged": 0, "in_flight": 0, "announced": False}

    def report(error, message):
        state["in_flight"] -= 1
        if error is None:
            state["acknowledged"] += 1
            ledger.write(f"{message.topic()} {message.partition()} {message.offset()} {message.value().decode().split(' ')[0]}\n")

    producers = [Producer({
        "bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": kind == "idempotent", "linger.ms": 1 + 4 * i,
        "batch.num.messages": 50, "compression.type": CODECS[i % len(CODECS)], "message.timeout.ms": 60000, "log_level": 0,
        "retries": 1000000 if kind == "idempotent" else 0,
    }) for i in range(int(topics))]
    number, stopping = 0, False
    while not stopping:
        for i, producer in enumerate(producers):
            if state["in_flight"] < IN_FLIGHT_MAX:
                try:
                    producer.produce(topic_name(i), value=f"{generation}.{number} {'klamm ' * (number % 40)}".encode(), key=str(number).encode(),
                                     on_delivery=report)
                except BufferError:
                    pass
                else:
                    state["in_flight"] += 1
                    number += 1
            producer.poll(0)
        if state["in_flight"] >= IN_FLIGHT_MAX:
            time.sleep(0.001)
        if state["acknowledged"] and not state["announced"]:
            state["announced"] = True
            print("{}", flush=True)
        stopping = bool(select.select([sys.stdin], [], [], 0)[0])
    for producer in producers:
        producer.poll(0.2)
    ledger.close()
    print(json.dumps({"acknowledged": state["acknowledged"], "in_flight": state["in_flight"]}), flush=True)


def read_log(bootstrap):
    """Everything in the topics: {(topic, partition): [(offset, value)]}."""
    source = Consumer({"bootstrap.servers": bootstrap, "group.id": "kill9", "enable.auto.commit": False, "enable.partition.eof": True,
                       "auto.offset.reset": "error", "check.crcs": True, "log_level": 0})
    topics = source.list_topics(timeout=10).topics
    found = {(t, p): [] for t, metadata in topics.items() if t.startswith("kill9-") and "unused" not in t for p in metadata.partitions}
    source.assign([TopicPartition(t, p, OFFSET_BEGINNING) for t, p in found])
    ended, deadline = set(), time.monotonic() + 60
    while len(ended) < len(found):
        if time.monotonic() > deadline:
            raise TimeoutError(f"reading back did not end within 60 s; at the end of {len(ended)} of {len(found)} partitions")
        for message in source.consume(1000, 0.5):
            where = (message.topic(), message.partition())
            if message.error() is None:
                found[where].append((message.offset(), message.value().decode()))
            elif message.error().name() == "_PARTITION_EOF":
                ended.add(where)
            else:
                raise KafkaException(message.error())
    source.close()
    return found


def read(bootstrap, ledger_path, once):
    """Compares the ledger with the log."""
    problems, ledger = [], {}
    with open(ledger_path, encoding="ascii") as lines:
        for line in lines:
            topic, partition, offset, value = line.split()
            ledger[(topic, int(partition), int(offset))] = value
    log = read_log(bootstrap)
    places, total = {}, 0
    for (topic, partition), records in log.items():
        offsets = [offset for offset, _ in records]
        if offsets != list(range(len(offsets))):
            problems.append(f"{topic}-{partition}: offsets are not 0, 1, 2, ...")
        total += len(records)
        last = {}
        for offset, value in records:
            label = value.split(" ")[0]
            places.setdefault((topic, label), []).append((partition, offset))
            generation, number = map(int, label.split("."))
            if value != f"{label} {'klamm ' * (number % 40)}":
                problems.append(f"{topic}-{partition}@{offset}: the value is damaged: {value[:60]!r}")
            if number <= last.get(generation, -1) and once:
                problems.append(f"{topic}-{partition}@{offset}: {label} comes after {generation}.{last[generation]}")
            last[generation] = number
    for (topic, partition, offset), label in ledger.items():
        found = places.get((topic, label), [])
        if (partition, offset) not in found:
            problems.append(f"{topic}-{partition}@{offset}: acknowledged record {label} is not there; found at {found}")
    twice = [key for key, found in places.items() if len(found) > 1]
    if once and twice:
        problems += [f"{topic}: {label} is there {len(places[(topic, label)])} times" for topic, label in twice]
    print(json.dumps({"records": total, "unacknowledged": len(places) - len(ledger), "problems": problems[:50]}), flush=True)


if __name__ == "__main__":
    address, verb, *rest = sys.argv[1:]
    {"produce": produce, "read": read}[verb](address, *rest)
    os._exit(0)
