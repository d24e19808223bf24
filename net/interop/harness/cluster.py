"""A cluster under test: `klamm serve --config server.properties` processes on this machine, each broker and controller."""

import json
import os
import signal
import subprocess
import tempfile

from harness.broker import BrokerError, Started, free_port, wait_ready

#: A cluster id like any other.
CLUSTER_ID = "S2xhbW0taW50ZXJvcC0xMg"
#: Seconds a node may take to serve: a broker that was killed is let in again once its session is over.
READY_SECONDS_MAX = 30


class Node(Started):
    """One process of the cluster."""

    kind = "klamm"

    def __init__(self, work, binary, identity, settings):
        super().__init__(work)
        self.binary = binary
        self.identity = identity
        self.settings = settings
        self.controller = free_port()
        self.properties = os.path.join(self.directory, "server.properties")
        self.paused = False

    def configure(self, voters):
        """Writes the configuration."""
        lines = {
            "process.roles": "broker,controller", "node.id": self.identity, "cluster.id": CLUSTER_ID,
            "controller.quorum.voters": voters, "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self.controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT", "log.dirs": self.data,
            "default.replication.factor": 3, "min.insync.replicas": 2, "offsets.topic.num.partitions": 10,
            **self.settings,
        }
        with open(self.properties, "w", encoding="utf-8") as f:
            f.writelines(f"{key}={value}\n" for key, value in lines.items())

    def command(self):
        return [self.binary, "-v", "serve", "--config", self.properties], {}

    def launch(self):
        """Starts the process and returns at once."""
        argv, environment = self.command()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                                            env={**os.environ, **environment}, start_new_session=True)

    def await_ready(self):
        """Returns once it serves clients."""
        self.ready_seconds = wait_ready(self.process, "127.0.0.1", self.port, READY_SECONDS_MAX, self.log)

    def pause(self):
        """Stops the process where it is."""
        self.process.send_signal(signal.SIGSTOP)
        self.paused = True

    def resume(self):
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)
        self.paused = False

    def kill(self):
        self.paused = False
        super().kill()

    @property
    def up(self):
        """Whether the process runs and is not paused."""
        return self.process is not None and self.process.poll() is None and not self.paused


class Cluster:
    """Nodes 1 to n; what the suites need of a broker is here, too."""

    kind = "klamm"
    fresh = True
    pid = None
    data = None
    process = None

    def __init__(self, work, binary, nodes=3, settings=None):
        self.directory = tempfile.mkdtemp(prefix="cluster-", dir=work)
        binary = os.path.abspath(binary)
        self.nodes = [Node(self.directory, binary, i, settings or {}) for i in range(1, nodes + 1)]
        self.ready_seconds = None

    @property
    def bootstrap(self):
        """Addresses of all nodes."""
        return ",".join(node.bootstrap for node in self.nodes)

    def node(self, identity):
        """A node by its id."""
        return self.nodes[identity - 1]

    def start(self):
        """Starts every node and returns when all of them serve."""
        voters = ",".join(f"{node.identity}@127.0.0.1:{node.controller}" for node in self.nodes)
        for node in self.nodes:
            node.configure(voters)
            node.launch()
        try:
            for node in self.nodes:
                node.await_ready()
        except BrokerError:
            self.kill()
            raise
        self.ready_seconds = max(node.ready_seconds for node in self.nodes)
        return self

    def variables(self):
        """What the suites of a cluster are told: where its nodes are, and the program with Klamm's own tools."""
        nodes = {node.identity: {"data": node.data, "properties": node.properties, "bootstrap": node.bootstrap, "controller": f"127.0.0.1:{node.controller}"}
                 for node in self.nodes}
        return {"KLAMM_INTEROP_NODES": json.dumps(nodes), "KLAMM_INTEROP_PROGRAM": self.nodes[0].binary}

    def check_alive(self):
        """Raises if a node has ended by itself."""
        for node in self.nodes:
            node.check_alive()

    def stop(self):
        """Stops one node after the other, so that each can hand over what it leads; returns the exit codes."""
        codes = {}
        for node in self.nodes:
            if node.paused:
                node.resume()
            codes[node.identity] = node.stop()
        return codes

    def kill(self):
        """Ends whatever still runs."""
        for node in self.nodes:
            node.kill()

    def discard(self):
        """Removes the directories."""
        for node in self.nodes:
            node.discard()
