"""Nodes of a quorum whose voters stand in the metadata log: one is formatted to vote alone, others are added and taken away."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile

from check import until

#: A cluster id like any other.
CLUSTER_ID = "ZHluYW1pYy1xdW9ydW0tMQ"


def free_ports(count):
    """Ports that nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Node:
    """A broker and controller in a directory of its own."""

    def __init__(self, directory, program, identity, first_controller):
        self.program, self.identity = program, identity
        self.data = os.path.join(directory, f"data-{identity}")
        self.properties = os.path.join(directory, f"node-{identity}.properties")
        self.log = os.path.join(directory, f"node-{identity}.log")
        self.port, controller = free_ports(2)
        self.controller = f"127.0.0.1:{controller}"
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        with open(self.properties, "w", encoding="utf-8") as f:
            f.writelines(f"{key}={value}\n" for key, value in {
                "process.roles": "broker,controller", "node.id": identity, "cluster.id": CLUSTER_ID, "log.dirs": self.data,
                "controller.quorum.bootstrap.servers": first_controller or self.controller, "controller.listener.names": "CONTROLLER",
                "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{self.controller}",
                "advertised.listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{self.controller}",
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "PLAINTEXT", "offsets.topic.num.partitions": 3,
            }.items())

    def start(self):
        """Starts it and returns once it serves clients."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.program, "-v", "serve", "--config", self.properties], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        until(self.serves, f"node {self.identity} serves", 30)

    def serves(self):
        """Whether somebody answers at its port."""
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                raise RuntimeError(f"node {self.identity} has ended: {f.read()[-500:]}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self, seconds):
        """Stops it in order; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=seconds)


@contextlib.contextmanager
def nodes(program, identities):
    """Nodes that are not started; whatever runs of them in the end is ended."""
    with tempfile.TemporaryDirectory(prefix="klamm-dynamic-") as directory:
        made = []
        for identity in identities:
            made.append(Node(directory, program, identity, made[0].controller if made else None))
        try:
            yield made
        finally:
            for node in made:
                if node.process is not None and node.process.poll() is None:
                    node.process.kill()
                    node.process.wait()
            if sys.exc_info()[0] is not None:
                for node in made:
                    if os.path.exists(node.log):
                        with open(node.log, encoding="utf-8", errors="replace") as f:
                            print(f"node {node.identity}:\n{f.read()[-2000:]}", file=sys.stderr)
