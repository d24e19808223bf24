"""Running Kafka's command line tools from its jars, with the arguments that its shell scripts pass on."""

import json
import os
import subprocess

from check import Environment

JARS = os.environ["KLAMM_INTEROP_KAFKA_JARS"]
CLASSES_DIRECTORY = os.environ["KLAMM_INTEROP_TOOLS_CLASSES"]
#: Tool -> class.
CLASSES = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand", "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "kafka-groups": "org.apache.kafka.tools.GroupsCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer", "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell", "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand", "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-cluster": "org.apache.kafka.tools.ClusterTool", "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand", "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "kafka-metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand", "kafka-dump-log": "org.apache.kafka.tools.DumpLogSegments",
    "kafka-storage": "kafka.tools.StorageTool",
}
SERVER = ("--bootstrap-server", Environment.bootstrap)


class Runner:
    """The one Java process that runs the tools, see Tools.java."""

    process = None

    @classmethod
    def run(cls, class_name, arguments, text):
        """Runs a tool: {"code", "output", "errors"}."""
        if cls.process is None:
            argv = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                    "-cp", os.pathsep.join([CLASSES_DIRECTORY, os.path.join(JARS, "*")]), "Tools"]
            cls.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.process.stdin.write(json.dumps({"class": class_name, "arguments": arguments, "input": text}) + "\n")
        cls.process.stdin.flush()
        return json.loads(cls.process.stdout.readline())


def tool(command, *arguments, text="", server=SERVER, first=False):
    """Runs a tool against the broker; returns its standard output, or raises with everything it said.

    The first argument of kafka-cluster is a verb; others take the address anywhere, or `first`.
    """
    done = Runner.run(CLASSES[command], [*server, *arguments] if first else [*arguments, *server], text)
    if done["code"] != 0:
        raise RuntimeError(f"exit code {done['code']}: {(done['output'] + done['errors']).strip()[-500:]}")
    return done["output"]


def fill(topic, count):
    """Writes numbered records with kafka-console-producer."""
    tool("kafka-console-producer", "--topic", topic, text="".join(f"{i}\n" for i in range(count)))


def version():
    """Of the tools."""
    jar = next(f for f in os.listdir(JARS) if f.startswith("kafka-tools-") and "api" not in f)
    return jar[len("kafka-tools-"):-len(".jar")]
