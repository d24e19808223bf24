"""The Python side of the suite's contract: checks are functions, results are lines of JSON on standard output.

A suite announces itself with `@@{"client": ..., "version": ...}`, and for each check prints `@@{"begin": NAME, "limit": S}` and
then `@@{"check": NAME, "result": "passed|failed|skipped", "seconds": S, "note": TEXT}`. Everything else a suite prints is log.
The runner passes its wishes in the environment, see `Environment`. The suites in Java, Go and Node keep the same contract.
"""

import json
import os
import re
import sys
import threading
import time
import traceback

#: The real standard output; `sys.stdout` is redirected so that prints of clients do not disturb the results.
_RESULTS = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
_CHECKS = []


class Skip(Exception):
    """Raised by a check that cannot be done here; the text is the reason."""


class Environment:
    """What the runner says: where the broker is and which checks to run."""

    bootstrap = os.environ.get("KLAMM_INTEROP_BOOTSTRAP", "127.0.0.1:9092")
    #: Put before every topic and group name, so that a broker can be shared.
    prefix = os.environ.get("KLAMM_INTEROP_PREFIX", "t")
    #: True if nobody used the broker before this suite.
    fresh = os.environ.get("KLAMM_INTEROP_FRESH") == "1"
    #: "klamm", "kafka" (the reference), or "bootstrap" (unknown).
    kind = os.environ.get("KLAMM_INTEROP_BROKER", "bootstrap")
    #: Seconds that the first record of a new group may take.
    first_record_seconds_max = float(os.environ.get("KLAMM_INTEROP_FIRST_RECORD_SECONDS_MAX", "20"))
    #: Process id of the broker, or None.
    pid = int(os.environ["KLAMM_INTEROP_PID"]) if os.environ.get("KLAMM_INTEROP_PID") else None
    #: Names of checks already done by an earlier process of this suite.
    done = set(filter(None, os.environ.get("KLAMM_INTEROP_DONE", "").split(",")))
    #: Regular expression that a check's name must match.
    wanted = re.compile(os.environ.get("KLAMM_INTEROP_CHECKS", ""))


def name(suffix):
    """Returns a topic or group name of this run."""
    return f"{Environment.prefix}-{suffix}"


def say(**fields):
    """Prints one line of the contract."""
    _RESULTS.write("@@" + json.dumps(fields) + "\n")
    _RESULTS.flush()


def check(check_name, limit=60):
    """Registers a check; it may return a note. `limit`: seconds after which the runner calls it hung."""
    def register(function):
        _CHECKS.append((check_name, limit, function))
        return function
    return register


def equal(actual, expected, what):
    """Fails the check, saying both values, unless they are equal."""
    if actual != expected:
        raise AssertionError(f"{what}: expected {_short(expected)}, got {_short(actual)}")


def true(condition, what):
    """Fails the check unless `condition` holds."""
    if not condition:
        raise AssertionError(what)


def refused(expected, function, *arguments, **keywords):
    """Fails the check unless calling `function` raises; `expected` is a string the error's type or text must contain."""
    try:
        result = function(*arguments, **keywords)
    except Exception as error:  # pylint: disable=broad-except
        text = f"{type(error).__name__}: {error}"
        if expected.lower() not in text.lower():
            raise AssertionError(f"expected an error with {expected!r}, got {text}") from error
        return error
    raise AssertionError(f"expected an error with {expected!r}, but it succeeded: {_short(result)}")


def until(predicate, what, seconds=30.0, pause=0.05):
    """Waits until `predicate()` returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)


def _short(value, limit=300):
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "..."


def main(client, version):
    """Runs the registered checks and exits; a check that fails does not stop the others."""
    sys.stdout = sys.stderr
    threading.excepthook = lambda a: traceback.print_exception(a.exc_type, a.exc_value, a.exc_traceback)
    say(client=client, version=version)
    for check_name, limit, function in _CHECKS:
        if check_name in Environment.done or not Environment.wanted.search(check_name):
            continue
        say(begin=check_name, limit=limit)
        start = time.monotonic()
        result, note = "passed", ""
        try:
            note = function() or ""
        except Skip as reason:
            result, note = "skipped", str(reason)
        except Exception as error:  # pylint: disable=broad-except
            traceback.print_exc()
            result, note = "failed", f"{type(error).__name__}: {error}"
        say(check=check_name, result=result, seconds=round(time.monotonic() - start, 3), note=note[:600])
    say(end=True)
    # Client libraries leave threads behind that may not end by themselves.
    _RESULTS.flush()
    os._exit(0)
