"""The client side of failover, in Python over librdkafka; `Failover.java` beside the Java suite does the same.

    failover_worker.py BOOTSTRAP TOPIC PARTITIONS RECORDS_PER_SECOND

An idempotent producer with acks=all writes `PARTITION NUMBER` to every partition in turn, numbers counted by partition. A
consumer without a group reads along; a group of one reads and commits. Each acknowledgement is told at once, with the clock
that all processes of the machine share:

    A PARTITION NUMBER OFFSET SENT_NS ACKNOWLEDGED_NS
    E what went wrong

A line on standard input stops the producer; then the topic is read from its beginning, and the last line is a summary:

    S {"sent": [...], "log": [[...]], "followed": [[...]], "group": [...], "problems": [...]}

`sent` counts by partition; `log` and `followed` have the numbers in the order of reading; `group` how many different ones came.
"""

import json
import os
import select
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

#: A client that was talking to a paused broker learns by this that it has to look elsewhere.
REQUEST_TIMEOUT_MS = 3000
PRINTING = threading.Lock()


def say(line):
    """One line, whole."""
    with PRINTING:
        print(line, flush=True)


def common(bootstrap):
    """What all clients have in common."""
    return {"bootstrap.servers": bootstrap, "log_level": 0, "socket.timeout.ms": REQUEST_TIMEOUT_MS, "reconnect.backoff.max.ms": 500}


class Reader(threading.Thread):
    """Reads a topic until it has seen so many records of each partition."""

    def __init__(self, bootstrap, topic, partitions, group=None):
        super().__init__(daemon=True)
        self.seen = [[] for _ in range(partitions)]
        self.problems = []
        self.wanted = None
        self.consumer = Consumer({
            **common(bootstrap), "group.id": group or "failover-nobody", "enable.auto.commit": group is not None, "auto.commit.interval.ms": 500,
            # A reader that knows where it is must never be told that there is no such place.
            "auto.offset.reset": "earliest" if group else "error", "check.crcs": True, "session.timeout.ms": 10000})
        if group:
            self.consumer.subscribe([topic])
        else:
            self.consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(partitions)])

    def run(self):
        while self.wanted is None or any(len(set(seen)) < wanted for seen, wanted in zip(self.seen, self.wanted)):
            for message in self.consumer.consume(500, 0.2):
                if message.error() is None:
                    partition, number = map(int, message.value().split())
                    if partition != message.partition():
                        self.problems.append(f"partition {message.partition()} has {message.value()!r} at offset {message.offset()}")
                    self.seen[message.partition()].append(number)
                elif not message.error().retriable() and message.error().name() not in ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE"):
                    self.problems.append(f"reading: {message.error()}")
        self.consumer.close()

    def finish(self, wanted, seconds):
        """What was read, once there is as much as wanted, or time is up."""
        self.wanted = wanted
        self.join(seconds)
        if self.is_alive():
            self.problems.append(f"not everything was read within {seconds} s: {[len(set(seen)) for seen in self.seen]} of {wanted}")
        return self.seen


def produce(bootstrap, topic, partitions, rate):
    """Produces until a line comes; returns how many records each partition was sent."""
    producer = Producer({
        **common(bootstrap), "acks": "all", "enable.idempotence": True, "linger.ms": 2, "message.timeout.ms": 300000, "retries": 1000000,
        "topic.metadata.refresh.fast.interval.ms": 100})
    sent = [0] * partitions

    def report(sent_at, number):
        def delivered(error, message):
            if error is None:
                say(f"A {message.partition()} {number} {message.offset()} {sent_at} {time.monotonic_ns()}")
            else:
                say(f"E record {number} of partition {message.partition()} was not delivered: {error}")
        return delivered

    due, stopping = time.monotonic(), False
    while not stopping:
        for partition in range(partitions):
            try:
                producer.produce(topic, value=f"{partition} {sent[partition]}".encode(), partition=partition,
                                 on_delivery=report(time.monotonic_ns(), sent[partition]))
            except BufferError:
                break
            except KafkaException as error:
                say(f"E producing: {error}")
                stopping = True
                break
            sent[partition] += 1
        # What waits for acknowledgements is bounded, so that a long silence does not become a long backlog.
        while not stopping and (len(producer) > 2000 or time.monotonic() < due):
            producer.poll(0.005)
            stopping = bool(select.select([sys.stdin], [], [], 0)[0])
        due = max(due + partitions / rate, time.monotonic() - 1)
        stopping = stopping or bool(select.select([sys.stdin], [], [], 0)[0])
    if producer.flush(60) > 0:
        say(f"E {len(producer)} records were neither delivered nor refused within 60 s")
    return sent


def main():
    """See above."""
    bootstrap, topic, partitions, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    following, group = Reader(bootstrap, topic, partitions), Reader(bootstrap, topic, partitions, f"{topic}-group")
    following.start()
    group.start()
    sent = produce(bootstrap, topic, partitions, rate)
    again = Reader(bootstrap, topic, partitions)
    again.start()
    log, followed = again.finish(sent, 60), following.finish(sent, 60)
    grouped = [len(set(seen)) for seen in group.finish(sent, 60)]
    say("S " + json.dumps({"sent": sent, "log": log, "followed": followed, "group": grouped,
                           "problems": again.problems + following.problems + group.problems}))
    os._exit(0)


if __name__ == "__main__":
    main()
