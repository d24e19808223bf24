import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What an administrator does. */
final class AdminChecks {
    private AdminChecks() {
    }

    static void add(Map<String, Check.Body> checks) {
        checks.put("topics", with(AdminChecks::topics));
        checks.put("cluster", with(AdminChecks::cluster));
        checks.put("validate-only", with(AdminChecks::validateOnly));
        checks.put("create-partitions", with(AdminChecks::createPartitions));
        checks.put("configs", with(AdminChecks::configs));
        checks.put("delete-records", with(AdminChecks::deleteRecords));
        checks.put("list-offsets", with(AdminChecks::listOffsets));
        checks.put("log-dirs", with(AdminChecks::logDirs));
        checks.put("describe-producers", with(AdminChecks::describeProducers));
        checks.put("groups", with(AdminChecks::groups));
        checks.put("group-offsets", with(AdminChecks::groupOffsets));
    }

    private interface AdminBody {
        String run(Admin admin) throws Exception;
    }

    private static Check.Body with(AdminBody body) {
        return () -> {
            try (Admin admin = Admin.create(Clients.properties())) {
                return body.run(admin);
            }
        };
    }

    private static Void create(Admin admin, NewTopic topic) throws Exception {
        return admin.createTopics(List.of(topic)).all().get();
    }

    /** Topics are created, listed, described and deleted; an existing name, a bad name and an unknown topic are refused. */
    private static String topics(Admin admin) throws Exception {
        String topic = Check.name("topics");
        var created = admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "1234"))));
        created.all().get();
        Uuid id = created.topicId(topic).get();
        Check.equal(created.numPartitions(topic).get(), 3, "partitions in the answer");
        Check.equal(created.replicationFactor(topic).get(), 1, "replication factor in the answer");
        Check.equal(created.config(topic).get().get("retention.ms").value(), "1234", "configuration in the answer");
        Check.until(() -> Clients.partitions(admin, topic) == 3, "the topic is described");
        TopicDescription described = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        Check.equal(described.topicId(), id, "topic id");
        Check.holds(!described.isInternal(), "the topic is not internal");
        Check.equal(described.partitions().get(2).isr().size(), 1, "in-sync replicas");
        Check.holds(admin.listTopics().names().get().contains(topic), "the topic is listed");
        Check.refused(TopicExistsException.class, () -> create(admin, new NewTopic(topic, 3, (short) 1)));
        Check.refused(InvalidTopicException.class, () -> create(admin, new NewTopic("no spaces please", 1, (short) 1)));
        create(admin, new NewTopic(topic + ".a_b", 1, (short) 1));
        // Dots and underscores fall together in names of metrics.
        Check.refused(InvalidTopicException.class, () -> create(admin, new NewTopic(topic + "_a.b", 1, (short) 1)));
        Check.refused(InvalidReplicationFactorException.class, () -> create(admin, new NewTopic(topic + "-rf", 1, (short) 7)));
        Check.refused(InvalidPartitionsException.class, () -> create(admin, new NewTopic(topic + "-p0", 0, (short) 1)));
        Check.refused(UnknownTopicOrPartitionException.class,
            () -> admin.describeTopics(List.of(topic + "-unknown")).allTopicNames().get());
        admin.deleteTopics(List.of(topic)).all().get();
        Check.until(() -> Clients.partitions(admin, topic) == 0, "the topic is gone");
        Check.refused(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(topic)).all().get());
        return "";
    }

    /** The cluster, its broker and its features are described. */
    private static String cluster(Admin admin) throws Exception {
        var cluster = admin.describeCluster();
        Check.equal(cluster.nodes().get().size(), 1, "nodes");
        var node = cluster.nodes().get().iterator().next();
        Check.equal(node.host() + ":" + node.port(), Check.BOOTSTRAP, "address of the broker");
        Check.equal(cluster.controller().get().id(), node.id(), "controller");
        Check.holds(!cluster.clusterId().get().isEmpty(), "the cluster has an id");
        return "finalized features: " + new TreeSet<>(admin.describeFeatures().featureMetadata().get().finalizedFeatures().keySet());
    }

    /** Validated requests change nothing. */
    private static String validateOnly(Admin admin) throws Exception {
        String topic = Check.name("validate-only");
        var validate = new CreateTopicsOptions().validateOnly(true);
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)), validate).all().get();
        Check.refused(InvalidConfigurationException.class, () -> admin.createTopics(
            List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("no.such.config", "1"))), validate).all().get());
        Thread.sleep(300);
        Check.holds(!admin.listTopics().names().get().contains(topic), "the topic was created");
        Clients.create(admin, topic, 1, Map.of());
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)), new CreatePartitionsOptions().validateOnly(true)).all().get();
        alter(admin, topic, "retention.ms", "1234", AlterConfigOp.OpType.SET, true);
        Thread.sleep(300);
        Check.equal(Clients.partitions(admin, topic), 1, "partitions");
        Check.equal(describe(admin, topic).get("retention.ms").value(), "604800000", "retention.ms");
        return "";
    }

    /** Partitions are added; fewer than now, or as many, is refused with INVALID_PARTITIONS. */
    private static String createPartitions(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("grow"), 2, Map.of());
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
        Check.until(() -> Clients.partitions(admin, topic) == 4, "four partitions");
        for (int count : List.of(3, 4)) {
            Check.refused(InvalidPartitionsException.class,
                () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(count))).all().get());
        }
        Check.equal(Clients.send(topic, 3, List.of("x")).get(0).offset(), 0L, "offset in the new partition");
        return "";
    }

    private static Config describe(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static Void alter(Admin admin, String topic, String name, String value, AlterConfigOp.OpType type, boolean validate)
        throws Exception {
        Collection<AlterConfigOp> operations = List.of(new AlterConfigOp(new ConfigEntry(name, value), type));
        return admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), operations),
            new AlterConfigsOptions().validateOnly(validate)).all().get();
    }

    /** Configurations are described with their source and altered; unknown names and bad values are refused. */
    private static String configs(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("configs"), 1, Map.of("retention.ms", "123456"));
        Config before = describe(admin, topic);
        Check.equal(before.get("retention.ms").value(), "123456", "retention.ms");
        Check.equal(before.get("retention.ms").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, "source of retention.ms");
        Check.equal(before.get("cleanup.policy").source(), ConfigEntry.ConfigSource.DEFAULT_CONFIG, "source of cleanup.policy");
        for (String known : List.of("cleanup.policy", "compression.type", "delete.retention.ms", "file.delete.delay.ms", "flush.messages",
            "flush.ms", "index.interval.bytes", "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.after.max.ms",
            "message.timestamp.before.max.ms", "message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms",
            "min.insync.replicas", "preallocate", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes",
            "segment.jitter.ms", "segment.ms", "unclean.leader.election.enable")) {
            Check.holds(before.get(known) != null, known + " is described");
        }
        alter(admin, topic, "retention.ms", "654321", AlterConfigOp.OpType.SET, false);
        Check.until(() -> value(admin, topic, "retention.ms").equals("654321"), "the new value is described");
        alter(admin, topic, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND, false);
        Check.until(() -> value(admin, topic, "cleanup.policy").contains("compact"), "the policy is appended");
        alter(admin, topic, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT, false);
        alter(admin, topic, "retention.ms", "", AlterConfigOp.OpType.DELETE, false);
        Check.until(() -> value(admin, topic, "retention.ms").equals("604800000"), "the default is back");
        Check.refused(InvalidConfigurationException.class, () -> alter(admin, topic, "no.such.config", "1", AlterConfigOp.OpType.SET, false));
        Check.refused(InvalidConfigurationException.class, () -> alter(admin, topic, "retention.ms", "soon", AlterConfigOp.OpType.SET, false));
        Check.refused(InvalidConfigurationException.class, () -> alter(admin, topic, "min.insync.replicas", "0", AlterConfigOp.OpType.SET, false));
        Check.refused(InvalidConfigurationException.class,
            () -> create(admin, new NewTopic(topic + "2", 1, (short) 1).configs(Map.of("segment.bytes", "-5"))));
        return "";
    }

    private static String value(Admin admin, String topic, String name) {
        try {
            return describe(admin, topic).get(name).value();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    /** Records below an offset are deleted; above the high watermark, and on a compacted topic, that is refused. */
    private static String deleteRecords(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("delete-records"), 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        Clients.send(topic, 0, ClientChecks.numbered("%d", 0, 10));
        var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6)));
        Check.equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 6L, "low watermark");
        Check.refused(OffsetOutOfRangeException.class,
            () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(99))).all().get());
        Check.equal(Clients.values(Clients.read(topic, 1, 4)), ClientChecks.numbered("%d", 6, 10), "records left");
        deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)));
        Check.equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 10L, "low watermark after deleting all");
        String compacted = Clients.create(admin, Check.name("delete-records-compacted"), 1, Map.of("cleanup.policy", "compact"));
        Check.refused(PolicyViolationException.class,
            () -> admin.deleteRecords(Map.of(new TopicPartition(compacted, 0), RecordsToDelete.beforeOffset(0))).all().get());
        return "";
    }

    /** Earliest, latest, greatest timestamp, by timestamp, past the end, and of an empty partition. */
    private static String listOffsets(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("list-offsets"), 2, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        long base = System.currentTimeMillis() - 60_000;
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, 0, base + 100L * (i < 8 ? i : 0), null, Clients.bytes("x"))).get();
            }
        }
        Map<OffsetSpec, List<Long>> expected = Map.of(
            OffsetSpec.earliest(), List.of(0L, -1L), OffsetSpec.latest(), List.of(10L, -1L),
            OffsetSpec.maxTimestamp(), List.of(7L, base + 700), OffsetSpec.forTimestamp(base + 450), List.of(5L, base + 500),
            OffsetSpec.forTimestamp(base - 1000), List.of(0L, base), OffsetSpec.forTimestamp(base + 100_000), List.of(-1L, -1L),
            OffsetSpec.earliestLocal(), List.of(0L, -1L));
        for (var entry : expected.entrySet()) {
            var found = admin.listOffsets(Map.of(partition, entry.getKey())).partitionResult(partition).get();
            Check.equal(List.of(found.offset(), found.timestamp()), entry.getValue(), entry.getKey().getClass().getSimpleName());
        }
        TopicPartition empty = new TopicPartition(topic, 1);
        Check.equal(admin.listOffsets(Map.of(empty, OffsetSpec.latest())).partitionResult(empty).get().offset(), 0L, "end of an empty partition");
        Check.equal(admin.listOffsets(Map.of(empty, OffsetSpec.maxTimestamp())).partitionResult(empty).get().offset(), -1L,
            "greatest timestamp of an empty partition");
        return "";
    }

    /** The log directory is described with the topic's size in it. */
    private static String logDirs(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("log-dirs"), 1, Map.of());
        Clients.send(topic, 0, List.of("x".repeat(1000)));
        int broker = admin.describeCluster().nodes().get().iterator().next().id();
        Map<String, LogDirDescription> found = admin.describeLogDirs(List.of(broker)).allDescriptions().get().get(broker);
        Check.equal(found.size(), 1, "directories");
        LogDirDescription directory = found.values().iterator().next();
        Check.equal(directory.error(), null, "error of the directory");
        long size = directory.replicaInfos().get(new TopicPartition(topic, 0)).size();
        Check.holds(size > 1000 && size < 2000, "size of the topic: " + size);
        Check.holds(directory.totalBytes().isPresent() && directory.usableBytes().isPresent(), "total and usable bytes are told");
        return "";
    }

    /** An idempotent producer's state is described. */
    private static String describeProducers(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("producers"), 1, Map.of());
        Clients.send(topic, 0, List.of("a", "b", "c"));
        TopicPartition partition = new TopicPartition(topic, 0);
        List<ProducerState> active = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
        Check.equal(active.size(), 1, "producers");
        Check.equal(active.get(0).lastSequence(), 2, "last sequence");
        Check.equal(active.get(0).producerEpoch(), 0, "producer epoch");
        Check.holds(active.get(0).currentTransactionStartOffset().isEmpty(), "no transaction");
        return "";
    }

    /** Groups are listed, described and deleted; a group with members is not deleted. */
    private static String groups(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("groups-topic"), 2, Map.of());
        String group = Check.name("groups");
        try (Clients.Member member = new Clients.Member(topic, group)) {
            Check.until(() -> member.assigned.size() == 2, "the member has its partitions");
            Check.until(() -> state(admin, group) == GroupState.STABLE, "the group is stable");
            var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            Check.equal(described.members().size(), 1, "members");
            Check.equal(described.members().iterator().next().assignment().topicPartitions().size(), 2, "assigned partitions");
            Check.equal(described.partitionAssignor(), "range", "assignor");
            Check.holds(listed(admin, group, Set.of(GroupState.STABLE)) && !listed(admin, group, Set.of(GroupState.EMPTY)), "listed as stable only");
            Check.refused(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        }
        Check.until(() -> state(admin, group) == GroupState.EMPTY, "the group is empty");
        admin.deleteConsumerGroups(List.of(group)).all().get();
        Check.holds(!listed(admin, group, Set.of()), "the group is gone");
        Check.refused(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(Check.name("no-such-group"))).all().get());
        Check.refused(GroupIdNotFoundException.class, () -> admin.describeConsumerGroups(List.of(Check.name("no-such-group"))).all().get());
        return "";
    }

    private static GroupState state(Admin admin, String group) {
        try {
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState();
        } catch (Exception error) {
            return GroupState.UNKNOWN;
        }
    }

    private static boolean listed(Admin admin, String group, Set<GroupState> states) throws Exception {
        return admin.listGroups(ListGroupsOptions.forConsumerGroups().inGroupStates(states)).all().get().stream()
            .anyMatch(g -> g.groupId().equals(group));
    }

    /** Committed offsets are listed, altered and deleted by an admin; not against a member's will. */
    private static String groupOffsets(Admin admin) throws Exception {
        String topic = Clients.create(admin, Check.name("group-offsets-topic"), 2, Map.of());
        String group = Check.name("group-offsets");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("group.id", group)) {
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "a note")));
            var found = consumer.committed(Set.of(partition, new TopicPartition(topic, 1)));
            Check.equal(found.get(partition).offset(), 7L, "committed offset");
            Check.equal(found.get(new TopicPartition(topic, 1)), null, "nothing committed");
        }
        Check.equal(offsets(admin, group).get(partition).metadata(), "a note", "note");
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3))).all().get();
        Check.equal(offsets(admin, group).get(partition).offset(), 3L, "altered offset");
        try (Clients.Member member = new Clients.Member(topic, group)) {
            Check.until(() -> member.assigned.size() == 2, "the member has its partitions");
            Check.refused(UnknownMemberIdException.class,
                () -> admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all().get());
            Check.refused(GroupSubscribedToTopicException.class,
                () -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get());
        }
        admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
        Check.holds(!offsets(admin, group).containsKey(partition), "the offset is still there");
        return "";
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }
}
