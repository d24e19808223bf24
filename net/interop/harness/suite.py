"""Runs one suite process and collects its results.

A check that outlives its limit, or a process that ends in the middle of a check, is a failed check: the process is
ended, and the suite is started again for the checks that are left.
"""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

#: How often a suite is started again after a hung or crashed check.
RESTARTS_MAX = 8


@dataclass
class Result:
    """Outcome of one check."""

    language: str
    client: str
    version: str
    check: str
    result: str
    seconds: float
    note: str


#: Seconds from opening a consumer to its first record on a new broker, above which the tutorial fails: a bound for a broker that
#: hangs, not for a machine that is busy. What it took stands in the note.
FIRST_RECORD_SECONDS_MAX = {"klamm": 20, "bootstrap": 20, "kafka": 20}


def environment(broker, prefix, checks, done=()):
    """The variables that tell a suite what to do; see python/check.py."""
    return {
        "KLAMM_INTEROP_BOOTSTRAP": broker.bootstrap,
        "KLAMM_INTEROP_BROKER": broker.kind,
        "KLAMM_INTEROP_FIRST_RECORD_SECONDS_MAX": str(FIRST_RECORD_SECONDS_MAX[broker.kind]),
        "KLAMM_INTEROP_PREFIX": prefix,
        "KLAMM_INTEROP_FRESH": "1" if broker.fresh else "",
        "KLAMM_INTEROP_PID": str(broker.pid or ""),
        "KLAMM_INTEROP_DATA": broker.data or "",
        "KLAMM_INTEROP_CHECKS": checks,
        "KLAMM_INTEROP_DONE": ",".join(done),
    }


def end(process):
    """Ends a suite's process and the children it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def lines_of(process):
    """Yields the process's contract lines as dictionaries through a queue; None at the end."""
    found = queue.Queue()

    def read():
        for line in process.stdout:
            if line.startswith("@@"):
                try:
                    found.put(json.loads(line[2:]))
                except ValueError:
                    pass
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    return found


def run(language, argv, broker, prefix, checks, log, variables, report):
    """Runs the suite `argv` until all its checks have a result; calls `report(Result)` for each."""
    client, version, done = language, "", []
    for start in range(RESTARTS_MAX + 1):
        with open(log, "ab") as errors:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
                env={**os.environ, **variables, **environment(broker, prefix + (f"r{start}" if start else ""), checks, done)})
        found = lines_of(process)
        current, began, limit, ended = None, time.monotonic(), 60.0, False
        why = ""
        while True:
            try:
                line = found.get(timeout=max(0.0, began + limit - time.monotonic()))
            except queue.Empty:
                why = f"no result after {limit:.0f} s"
                break
            if line is None:
                why = "the suite's process ended during the check"
                break
            if "client" in line:
                client, version = line["client"], line["version"]
            elif "begin" in line:
                current, began, limit = line["begin"], time.monotonic(), float(line.get("limit", 30))
            elif "check" in line:
                done.append(line["check"])
                current, began, limit = None, time.monotonic(), 60.0
                report(Result(language, client, version, line["check"], line["result"], line["seconds"], line.get("note", "")))
            elif "end" in line:
                ended = True
                break
        end(process)
        if ended:
            return
        done.append(current or "")
        report(Result(language, client, version, current or "(between checks)", "failed",
                      round(time.monotonic() - began, 3), f"{why}; log: {log}"))
        if current is None and start > 0:
            return
