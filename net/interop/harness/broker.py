"""Brokers under test: a `klamm serve` process, Apache Kafka as the reference, or one that runs already.

Each broker started here listens on 127.0.0.1 only, on a free port, with a data directory of its own, and is stopped
by its process id. A broker object has `bootstrap` ("host:port"), `pid` (None if unknown), `data` (None if unknown) and
`fresh` (True if nobody used it before).
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

#: Seconds a broker may take to answer its first ApiVersions request.
READY_SECONDS_MAX = {"klamm": 15, "kafka": 60}


class BrokerError(Exception):
    """The broker did not start, or did not stop."""


def free_port():
    """Returns a TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers_api_versions(host, port, timeout=1.0):
    """True if a Kafka broker at `host:port` answers an ApiVersions v0 request without an error."""
    body = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection((host, port), timeout) as s:
            s.settimeout(timeout)
            s.sendall(struct.pack(">i", len(body)) + body)
            answer = b""
            while len(answer) < 10:
                part = s.recv(4096)
                if not part:
                    return False
                answer += part
            return struct.unpack(">ih", answer[4:10]) == (1, 0)
    except OSError:
        return False


def wait_ready(process, host, port, limit, log):
    """Waits until the broker answers; returns the seconds it took."""
    start = time.monotonic()
    while time.monotonic() - start < limit:
        if process is not None and process.poll() is not None:
            raise BrokerError(f"the broker ended with exit code {process.returncode} while starting; its log: {log}")
        if answers_api_versions(host, port):
            return time.monotonic() - start
        time.sleep(0.02)
    raise BrokerError(f"the broker at {host}:{port} did not answer within {limit} s; its log: {log}")


class Running:
    """A broker that somebody else started; it is neither started nor stopped here, and topics on it may exist."""

    kind = "bootstrap"
    fresh = False
    pid = None
    data = None

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def start(self):
        host, port = self.bootstrap.rsplit(":", 1)
        if not answers_api_versions(host, int(port)):
            raise BrokerError(f"no Kafka broker answers at {self.bootstrap}")
        return self

    def variables(self):
        """Nothing more to tell the suites."""
        return {}

    def check_alive(self):
        """Whoever started it looks after it."""

    def stop(self):
        """Nothing to stop."""

    def kill(self):
        """Nothing to kill."""

    def discard(self):
        """Nothing to remove."""


class Started:
    """Base of the brokers that this suite starts: process, directory and log file."""

    fresh = True
    kind = ""

    def __init__(self, work):
        self.directory = tempfile.mkdtemp(prefix=f"{self.kind}-", dir=work)
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "broker.log")
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        self.ready_seconds = None

    @property
    def pid(self):
        """Process id while the broker runs."""
        return self.process.pid if self.process else None

    def command(self):
        """Returns (argv, extra environment) of the broker process."""
        raise NotImplementedError

    def start(self):
        """Starts the process and returns when it answers."""
        argv, environment = self.command()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                                            env={**os.environ, **environment}, start_new_session=True)
        try:
            self.ready_seconds = wait_ready(self.process, "127.0.0.1", self.port, READY_SECONDS_MAX[self.kind], self.log)
        except BrokerError:
            self.kill()
            raise
        return self

    def variables(self):
        """What else the suites are told."""
        return {}

    def check_alive(self):
        """Raises if the broker has ended by itself."""
        if self.process is None or self.process.poll() is not None:
            raise BrokerError(f"the broker ended by itself with exit code {self.process and self.process.returncode}; its log: {self.log}")

    def stop(self):
        """Asks the broker to end, and returns its exit code; kills it if it does not end within 30 s."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BrokerError(f"the broker did not end within 30 s of SIGTERM; its log: {self.log}") from None
        self.process = None
        return code

    def kill(self):
        """Ends the broker at once, as a crash of the process would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def discard(self):
        """Removes the broker's directory."""
        shutil.rmtree(self.directory, ignore_errors=True)


class Klamm(Started):
    """`klamm serve` with its defaults, on a data directory of its own."""

    kind = "klamm"

    def __init__(self, work, binary, arguments=()):
        super().__init__(work)
        self.binary = os.path.abspath(binary)
        self.arguments = list(arguments)

    def command(self):
        return [self.binary, "serve", "--listen", self.bootstrap, "--data", self.data, *self.arguments], {}


class Kafka(Started):
    """Apache Kafka as the reference: one node, broker and controller, from the jars of Maven Central."""

    kind = "kafka"

    def __init__(self, work, jars):
        super().__init__(work)
        self.jars = jars
        self.properties = os.path.join(self.directory, "server.properties")
        self.formatted = False

    def java(self, *arguments):
        """Returns the argv of a Java program of the Kafka distribution."""
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", os.path.join(self.jars, "*"), *arguments]

    def adopt(self, data):
        """Makes the broker start on a directory that another one has made, as node 1."""
        self.data, self.formatted = data, True
        self.configure()
        return self

    def command(self):
        if not self.formatted:
            self.configure()
            self.format()
        return self.java("kafka.Kafka", self.properties), {}

    def configure(self):
        """Writes the configuration."""
        controller = free_port()
        lines = {
            "process.roles": "broker,controller", "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self.data, "offsets.topic.replication.factor": 1,
            "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0, "log.cleaner.dedupe.buffer.size": 16777216,
        }
        with open(self.properties, "w", encoding="utf-8") as f:
            f.writelines(f"{key}={value}\n" for key, value in lines.items())

    def format(self):
        """Formats the data directory."""
        done = subprocess.run(
            self.java("kafka.tools.StorageTool", "format", "-t", "S2xhbW0taW50ZXJvcC0xMg", "-c", self.properties),
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BrokerError(f"formatting the Kafka data directory failed: {done.stdout}{done.stderr}")
        self.formatted = True
