import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions: what shows, who is fenced, what administrators see, and exactly-once pipelines. */
final class TransactionChecks {
    private TransactionChecks() {
    }

    static void add(Map<String, Check.Body> checks) {
        checks.put("transactions", TransactionChecks::transactions);
        checks.put("transactions-of-version-1", TransactionChecks::versionOne);
        checks.put("transaction-fencing", TransactionChecks::fencing);
        checks.put("transaction-timeout", TransactionChecks::timeout);
        checks.put("consume-transform-produce", TransactionChecks::consumeTransformProduce);
        checks.put("describe-transactions", TransactionChecks::describe);
        checks.put("hanging-transaction-is-aborted", TransactionChecks::abortHanging);
    }

    private static String create(String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Clients.properties())) {
            return Clients.create(admin, topic, partitions, Map.of());
        }
    }

    private static KafkaProducer<byte[], byte[]> transactional(String id, Object... settings) {
        Object[] all = new Object[settings.length + 2];
        all[0] = "transactional.id";
        all[1] = id;
        System.arraycopy(settings, 0, all, 2, settings.length);
        KafkaProducer<byte[], byte[]> producer = Clients.producer(all);
        producer.initTransactions();
        return producer;
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String value) {
        return new ProducerRecord<>(topic, partition, null, Clients.bytes(value));
    }

    /** What a reader without a group sees: so many values, and none beyond them for a moment. */
    private static List<String> values(String topic, int partitions, int count, String isolation) {
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("isolation.level", isolation)) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(Clients.poll(consumer, count));
            consumer.poll(Duration.ofMillis(500)).forEach(records::add);
            return Clients.values(records).stream().sorted().toList();
        }
    }

    /** Commit, abort, commit, each on two partitions; then one that stays open for a while. */
    private static String transactions() throws Exception {
        String topic = create(Check.name("transactions"), 2);
        try (KafkaProducer<byte[], byte[]> producer = transactional(Check.name("transactions"))) {
            for (int number = 0; number < 3; number++) {
                producer.beginTransaction();
                producer.send(record(topic, 0, number + "-0"));
                producer.send(record(topic, 1, number + "-1"));
                if (number == 1) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
            List<String> committed = List.of("0-0", "0-1", "2-0", "2-1");
            Check.equal(values(topic, 2, 4, "read_committed"), committed, "committed values");
            List<String> all = List.of("0-0", "0-1", "1-0", "1-1", "2-0", "2-1");
            // The abort may have overtaken records that were not sent yet.
            List<String> seen = values(topic, 2, 4, "read_uncommitted");
            Check.holds(all.containsAll(seen) && seen.containsAll(committed), "all values: " + seen);
            producer.beginTransaction();
            producer.send(record(topic, 0, "open")).get();
            Clients.send(topic, 0, List.of("behind"));
            Check.equal(values(topic, 2, 4, "read_committed"), committed, "values while a transaction is open");
            try (Admin admin = Admin.create(Clients.properties())) {
                TopicPartition partition = new TopicPartition(topic, 0);
                long stable = latest(admin, partition, IsolationLevel.READ_COMMITTED);
                long end = latest(admin, partition, IsolationLevel.READ_UNCOMMITTED);
                Check.equal(end - stable, 2L, "records between the last stable offset and the end");
            }
            producer.commitTransaction();
            List<String> after = List.of("0-0", "0-1", "2-0", "2-1", "behind", "open");
            Check.equal(values(topic, 2, 6, "read_committed"), after, "values after its end");
        }
        return "";
    }

    private static long latest(Admin admin, TopicPartition partition, IsolationLevel level) throws Exception {
        ListOffsetsOptions options = new ListOffsetsOptions(level);
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), options).partitionResult(partition).get().offset();
    }

    /** The same at transaction.version 1, and back to 2: both versions of the protocol can be chosen. */
    private static String versionOne() throws Exception {
        try (Admin admin = Admin.create(Clients.properties())) {
            setVersion(admin, (short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE);
            try {
                String topic = create(Check.name("version-1"), 1);
                try (KafkaProducer<byte[], byte[]> producer = transactional(Check.name("version-1"))) {
                    for (int number = 0; number < 3; number++) {
                        producer.beginTransaction();
                        producer.send(record(topic, 0, "v" + number)).get();
                        if (number == 1) {
                            producer.abortTransaction();
                        } else {
                            producer.commitTransaction();
                        }
                    }
                    TransactionDescription found = described(admin, Check.name("version-1"));
                    Check.equal(found.producerEpoch(), 0, "epoch after three transactions of version 1");
                }
                Check.equal(values(topic, 1, 2, "read_committed"), List.of("v0", "v2"), "committed values");
            } finally {
                setVersion(admin, (short) 2, FeatureUpdate.UpgradeType.UPGRADE);
            }
        }
        return "";
    }

    private static void setVersion(Admin admin, short level, FeatureUpdate.UpgradeType type) throws Exception {
        admin.updateFeatures(Map.of("transaction.version", new FeatureUpdate(level, type)), new UpdateFeaturesOptions()).all().get();
    }

    private static TransactionDescription described(Admin admin, String id) throws Exception {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    /** A second producer of the same id ends the transaction of the first, and fences it. */
    private static String fencing() throws Exception {
        String topic = create(Check.name("fencing"), 1);
        try (KafkaProducer<byte[], byte[]> first = transactional(Check.name("fencing"))) {
            first.beginTransaction();
            first.send(record(topic, 0, "first")).get();
            try (KafkaProducer<byte[], byte[]> second = transactional(Check.name("fencing"))) {
                second.beginTransaction();
                second.send(record(topic, 0, "second"));
                second.commitTransaction();
                boolean fenced = false;
                try {
                    first.commitTransaction();
                } catch (ProducerFencedException | InvalidProducerEpochException error) {
                    fenced = true;
                }
                Check.holds(fenced, "the first producer is fenced");
            }
        }
        Check.equal(values(topic, 1, 1, "read_committed"), List.of("second"), "committed values");
        return "";
    }

    /** A transaction that is left open is aborted by the broker, and what follows shows. */
    private static String timeout() throws Exception {
        String topic = create(Check.name("timeout"), 1);
        KafkaProducer<byte[], byte[]> producer = transactional(Check.name("timeout"), "transaction.timeout.ms", 1000,
            "delivery.timeout.ms", 1000, "request.timeout.ms", 900, "linger.ms", 0);
        producer.beginTransaction();
        producer.send(record(topic, 0, "lost")).get();
        Clients.send(topic, 0, List.of("kept"));
        Check.equal(values(topic, 1, 1, "read_committed"), List.of("kept"), "committed values");
        producer.close(Duration.ZERO);
        return "";
    }

    /** Every record of the input is in the output once, although transactions are aborted and workers come and go. */
    private static String consumeTransformProduce() throws Exception {
        String input = create(Check.name("ctp-in"), 2);
        String output = create(Check.name("ctp-out"), 2);
        List<String> sent = new ArrayList<>();
        for (int partition = 0; partition < 2; partition++) {
            String format = partition + "-%03d";
            List<String> values = ClientChecks.numbered(format, 0, 100);
            Clients.send(input, partition, values);
            sent.addAll(values);
        }
        TreeSet<String> done = new TreeSet<>();
        int workers = 0;
        while (done.size() < 200) {
            Check.holds(++workers < 20, done.size() + " of 200 after " + workers + " workers");
            work(input, output, done);
        }
        Check.equal(values(output, 2, 200, "read_committed"), sent, "values in the output");
        return workers + " workers";
    }

    /** Some transactions, the last of which is aborted. */
    private static void work(String input, String output, TreeSet<String> done) {
        Object[] settings = {"group.id", Check.name("ctp"), "enable.auto.commit", false, "isolation.level", "read_committed", "max.poll.records", 20};
        try (KafkaProducer<byte[], byte[]> producer = transactional(Check.name("ctp"));
             KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(settings)) {
            consumer.subscribe(List.of(input));
            for (int turn = 0; turn < 4 && done.size() < 200; turn++) {
                List<ConsumerRecord<byte[], byte[]>> records = Clients.poll(consumer, 1);
                producer.beginTransaction();
                Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    producer.send(record(output, record.partition(), Clients.text(record.value())));
                    ends.put(new TopicPartition(input, record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                producer.sendOffsetsToTransaction(ends, consumer.groupMetadata());
                if (turn == 3) {
                    producer.abortTransaction();
                    return;
                }
                producer.commitTransaction();
                done.addAll(Clients.values(records));
            }
        }
    }

    /** What administrators see of a transaction that is open, and of one that has ended. */
    private static String describe() throws Exception {
        String topic = create(Check.name("describe"), 1);
        String id = Check.name("describe");
        try (Admin admin = Admin.create(Clients.properties());
             KafkaProducer<byte[], byte[]> producer = transactional(id, "transaction.timeout.ms", 55000)) {
            Check.equal(described(admin, id).state(), TransactionState.EMPTY, "state before the first transaction");
            producer.beginTransaction();
            long offset = producer.send(record(topic, 0, "x")).get().offset();
            TransactionDescription found = described(admin, id);
            Check.equal(found.state(), TransactionState.ONGOING, "state while it is open");
            Check.equal(found.transactionTimeoutMs(), 55000L, "timeout");
            Check.equal(found.topicPartitions().toString(), "[" + topic + "-0]", "partitions");
            Check.holds(found.transactionStartTimeMs().isPresent(), "it has begun");
            Check.holds(listed(admin, id, TransactionState.ONGOING), "it is listed as open");
            Check.holds(!listed(admin, id, TransactionState.EMPTY), "it is not listed as empty");
            ProducerState state = producerOf(admin, topic, found.producerId());
            Check.equal(state.currentTransactionStartOffset().getAsLong(), offset, "where it begins");
            producer.commitTransaction();
            Check.until(() -> state(admin, id) == TransactionState.COMPLETE_COMMIT, "it is complete");
            ProducerState after = producerOf(admin, topic, found.producerId());
            Check.holds(after.currentTransactionStartOffset().isEmpty(), "none is open");
            Check.holds(after.coordinatorEpoch().isPresent(), "a coordinator has written a marker");
        }
        return "";
    }

    private static TransactionState state(Admin admin, String id) {
        try {
            return described(admin, id).state();
        } catch (Exception error) {
            return TransactionState.UNKNOWN;
        }
    }

    private static boolean listed(Admin admin, String id, TransactionState state) throws Exception {
        var options = new org.apache.kafka.clients.admin.ListTransactionsOptions().filterStates(List.of(state));
        return admin.listTransactions(options).all().get().stream().map(TransactionListing::transactionalId).anyMatch(id::equals);
    }

    private static ProducerState producerOf(Admin admin, String topic, long producerId) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<ProducerState> all = admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
        return all.stream().filter(found -> found.producerId() == producerId).findFirst().orElseThrow();
    }

    /** What kafka-transactions does with a transaction that hangs: it writes the marker itself. */
    private static String abortHanging() throws Exception {
        String topic = create(Check.name("hanging"), 1);
        try (Admin admin = Admin.create(Clients.properties());
             KafkaProducer<byte[], byte[]> producer = transactional(Check.name("hanging"))) {
            producer.beginTransaction();
            producer.send(record(topic, 0, "hangs")).get();
            Clients.send(topic, 0, List.of("behind"));
            long id = described(admin, Check.name("hanging")).producerId();
            ProducerState state = producerOf(admin, topic, id);
            TopicPartition partition = new TopicPartition(topic, 0);
            int coordinatorEpoch = state.coordinatorEpoch().orElse(0);
            admin.abortTransaction(new AbortTransactionSpec(partition, id, (short) state.producerEpoch(), coordinatorEpoch)).all().get();
            Check.equal(values(topic, 1, 1, "read_committed"), List.of("behind"), "committed values");
        }
        return "";
    }
}
