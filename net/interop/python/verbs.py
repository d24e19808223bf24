"""What suites do besides their checks: small jobs for checks over several clients or several processes.

A verb is called as `SUITE VERB ARGUMENTS...`, prints lines of the contract (see check.py) and ends:

- `produce-matrix TOPIC`: writes 20 records per codec to partition 0;
- `consume-matrix TOPIC COUNT`: reads COUNT records from the beginning and prints each;
- `partition-keys TOPIC`: produces one record per key and prints key -> partition;
- `member TOPIC GROUP`: joins, prints the number of partitions, and commits when a line arrives on standard input.
"""

import json
import os
import signal
import sys

from check import say

#: Records per client and codec in the matrix.
MATRIX_RECORDS = 20


def matrix_records(client, codec):
    """The (key, value, headers) that a client writes with a codec; the value repeats itself, so that codecs have work."""
    for i in range(MATRIX_RECORDS):
        key = f"{client}/{codec}/{i}"
        yield key.encode(), (key + ":" + "klamm " * 40).encode(), [("codec", codec.encode())]


def partition_keys():
    """Keys whose partitions all clients must agree on; of every length modulo four, ASCII and not."""
    return [f"key-{i}" for i in range(40)] + ["a", "ab", "abc", "abcd", "abcde", "\u00e9\u20ac", "21", "foobar", "x" * 100]


def tell(**fields):
    """Prints one line of the contract."""
    say(**fields)


def tell_record(key, value, headers):
    """Prints a record that was read."""
    tell(key=key.decode(), value=value.decode(), headers=[[k, v.decode()] for k, v in headers or []])


def answer(child):
    """Reads the next contract line of a child process."""
    for line in child.stdout:
        if line.startswith("@@"):
            return json.loads(line[2:])
    raise AssertionError("the child process ended without an answer")


def ask(child, text):
    """Sends a line to a child process and returns its answer."""
    child.stdin.write(text + "\n")
    child.stdin.flush()
    return answer(child)


def pause(child):
    """Makes a child process fall silent: all its threads stop."""
    os.kill(child.pid, signal.SIGSTOP)


def resume(child):
    """Wakes a paused child process."""
    os.kill(child.pid, signal.SIGCONT)


def dispatch(arguments, table):
    """Runs the verb named by the first argument, if there is one, and exits."""
    if arguments:
        sys.stdout = sys.stderr
        table[arguments[0]](*arguments[1:])
        sys.stdout.flush()
        os._exit(0)
