import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.record.TimestampType;

/** What producers and consumers do. */
final class ClientChecks {
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private ClientChecks() {
    }

    static void add(Map<String, Check.Body> checks) {
        checks.put("tutorial", ClientChecks::tutorial);
        checks.put("fields-round-trip", ClientChecks::fieldsRoundTrip);
        checks.put("acks-0-1-all", ClientChecks::acks);
        checks.put("idempotent-producer", ClientChecks::idempotent);
        checks.put("order-10000", ClientChecks::order);
        checks.put("codecs-round-trip", ClientChecks::codecs);
        checks.put("group-two-members", ClientChecks::twoMembers);
        checks.put("cooperative-sticky", ClientChecks::cooperative);
        checks.put("static-member", ClientChecks::staticMember);
        checks.put("silent-member-and-zombie", ClientChecks::silentMember);
        checks.put("commit-and-seek", ClientChecks::commitAndSeek);
        checks.put("offset-out-of-range-resets", ClientChecks::outOfRange);
        checks.put("compacted-needs-keys", ClientChecks::compacted);
        checks.put("log-append-time", ClientChecks::logAppendTime);
        checks.put("max-message-bytes", ClientChecks::maxMessageBytes);
        checks.put("first-batch-above-limit", ClientChecks::firstBatchAboveLimit);
        checks.put("waiting-fetch-is-woken", ClientChecks::waitingFetch);
        checks.put("internal-topic-refused", ClientChecks::internalTopic);
        checks.put("delete-and-recreate", ClientChecks::deleteAndRecreate);
    }

    /** Texts made of the numbers from first to end - 1. */
    static List<String> numbered(String format, int first, int end) {
        return IntStream.range(first, end).mapToObj(i -> String.format(format, i)).toList();
    }

    private static String create(String topic, int partitions, Map<String, String> configs) throws Exception {
        try (Admin admin = Admin.create(Clients.properties())) {
            return Clients.create(admin, topic, partitions, configs);
        }
    }

    /** The Java form of the tutorial: acks, linger.ms, batch.size, compression.type; a group that goes on where it stopped. */
    private static String tutorial() throws Exception {
        String topic = Check.FRESH ? "topic_test" : Check.name("topic_test");
        String group = Check.FRESH ? "my-group-id" : Check.name("my-group-id");
        Object[] settings = {"acks", "all", "linger.ms", 5, "batch.size", 32768, "compression.type", "lz4"};
        send(topic, numbered("{\"number\": %d}", 0, 100), settings);
        long start = System.nanoTime();
        KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("group.id", group, "enable.auto.commit", true);
        consumer.subscribe(List.of(topic));
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(Clients.poll(consumer, 1));
        double first = (System.nanoTime() - start) / 1e9;
        if (records.size() < 100) {
            records.addAll(Clients.poll(consumer, 100 - records.size()));
        }
        Check.equal(Clients.values(records), numbered("{\"number\": %d}", 0, 100), "records of the first run");
        start = System.nanoTime();
        consumer.close();
        double close = (System.nanoTime() - start) / 1e9;
        send(topic, numbered("{\"number\": %d}", 100, 150), settings);
        try (KafkaConsumer<byte[], byte[]> again = Clients.consumer("group.id", group, "enable.auto.commit", true)) {
            again.subscribe(List.of(topic));
            records = new ArrayList<>(Clients.poll(again, 50));
            again.poll(Duration.ofMillis(300)).forEach(records::add);
        }
        Check.equal(Clients.values(records), numbered("{\"number\": %d}", 100, 150), "records after the restart");
        Check.holds(first < Check.FIRST_RECORD_SECONDS_MAX, "the first record took " + first + " s");
        return String.format("first record %.3f s, close %.3f s", first, close);
    }

    private static void send(String topic, List<String> values, Object... settings) throws Exception {
        List<Future<RecordMetadata>> futures = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(settings)) {
            values.forEach(v -> futures.add(producer.send(new ProducerRecord<>(topic, Clients.bytes(v)))));
            producer.flush();
        }
        for (Future<RecordMetadata> future : futures) {
            future.get();
        }
    }

    /** Keys, headers, timestamps, null keys and null values come back as they were sent. */
    private static String fieldsRoundTrip() throws Exception {
        String topic = create(Check.name("fields"), 1, Map.of());
        long now = System.currentTimeMillis();
        List<ProducerRecord<byte[], byte[]>> sent = List.of(
            new ProducerRecord<>(topic, 0, now, Clients.bytes("key"), Clients.bytes("value"), List.of(
                new RecordHeader("a", Clients.bytes("1")), new RecordHeader("a", Clients.bytes("2")), new RecordHeader("null", (byte[]) null))),
            new ProducerRecord<>(topic, 0, now - 5000, Clients.bytes("key"), (byte[]) null),
            new ProducerRecord<>(topic, 0, now - 1, null, Clients.bytes("value only"), List.of(new RecordHeader("utf-\u00e9", Clients.bytes("\u20ac")))),
            new ProducerRecord<>(topic, 0, now, new byte[0], new byte[0]));
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            for (var record : sent) {
                producer.send(record).get();
            }
        }
        List<ConsumerRecord<byte[], byte[]>> found = Clients.read(topic, 1, sent.size());
        for (int i = 0; i < sent.size(); i++) {
            Check.equal(Clients.text(found.get(i).key()), Clients.text(sent.get(i).key()), "key " + i);
            Check.equal(Clients.text(found.get(i).value()), Clients.text(sent.get(i).value()), "value " + i);
            Check.equal(found.get(i).timestamp(), sent.get(i).timestamp(), "timestamp " + i);
            Check.equal(found.get(i).timestampType(), TimestampType.CREATE_TIME, "timestamp type " + i);
            Check.equal(found.get(i).headers(), sent.get(i).headers(), "headers " + i);
        }
        return "";
    }

    /** Records sent with every acks setting arrive. */
    private static String acks() throws Exception {
        String topic = create(Check.name("acks"), 1, Map.of());
        int first = 0;
        for (String setting : List.of("all", "1", "0")) {
            Clients.send(topic, 0, numbered("%d", first, first + 10), "acks", setting, "enable.idempotence", false);
            first += 10;
        }
        Check.equal(Clients.values(Clients.read(topic, 1, 30)), numbered("%d", 0, 30), "values");
        return "";
    }

    /** An idempotent producer's records are appended once, in order. */
    private static String idempotent() throws Exception {
        String topic = create(Check.name("idempotent"), 1, Map.of());
        List<RecordMetadata> answers = Clients.send(topic, 0, numbered("%d", 0, 1000), "enable.idempotence", true, "batch.size", 200, "linger.ms", 0);
        for (int i = 0; i < 1000; i++) {
            Check.equal(answers.get(i).offset(), (long) i, "offset of record " + i);
        }
        return "";
    }

    /** 10,000 records over 3 partitions come back in order per partition, none twice. */
    private static String order() throws Exception {
        String topic = create(Check.name("order"), 3, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            for (int i = 0; i < 10_000; i++) {
                producer.send(new ProducerRecord<>(topic, i % 3, null, Clients.bytes(String.valueOf(i))));
            }
            producer.flush();
        }
        Map<Integer, List<String>> seen = new HashMap<>();
        for (var record : Clients.read(topic, 3, 10_000)) {
            seen.computeIfAbsent(record.partition(), p -> new ArrayList<>()).add(Clients.text(record.value()));
        }
        for (int partition = 0; partition < 3; partition++) {
            int mine = partition;
            Check.equal(seen.get(partition), IntStream.range(0, 10_000).filter(i -> i % 3 == mine).mapToObj(String::valueOf).toList(),
                "partition " + partition);
        }
        return "";
    }

    /** Each codec is read back. */
    private static String codecs() throws Exception {
        String topic = create(Check.name("codecs"), 1, Map.of());
        List<String> expected = new ArrayList<>();
        for (String codec : CODECS) {
            List<String> values = numbered((codec + " ").repeat(20) + "%d", 0, 50);
            expected.addAll(values);
            Clients.send(topic, 0, values, "compression.type", codec, "linger.ms", 20);
        }
        Check.equal(Clients.values(Clients.read(topic, 1, expected.size())), expected, "values");
        return "";
    }

    /** Two members share four partitions; when one leaves, the other gets all; every record is read. */
    private static String twoMembers() throws Exception {
        String topic = create(Check.name("two-members-topic"), 4, Map.of());
        String group = Check.name("two-members");
        try (Clients.Member first = new Clients.Member(topic, group)) {
            Check.until(() -> first.assigned.size() == 4, "the first member has all partitions");
            double seconds;
            try (Clients.Member second = new Clients.Member(topic, group)) {
                Check.until(() -> first.assigned.size() == 2 && second.assigned.size() == 2, "two partitions each");
                for (int partition = 0; partition < 4; partition++) {
                    Clients.send(topic, partition, numbered("%d", 0, 10));
                }
                Check.until(() -> first.values.size() + second.values.size() == 40, "all records are read once");
            }
            long start = System.nanoTime();
            Check.until(() -> first.assigned.size() == 4, "the first member has all partitions again");
            seconds = (System.nanoTime() - start) / 1e9;
            return String.format("takeover after leaving %.2f s", seconds);
        }
    }

    /** With the cooperative-sticky assignor a member keeps the partitions that do not move. */
    private static String cooperative() throws Exception {
        String topic = create(Check.name("cooperative-topic"), 4, Map.of());
        String group = Check.name("cooperative");
        Object[] settings = {"partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"};
        try (Clients.Member first = new Clients.Member(topic, group, settings)) {
            Check.until(() -> first.assigned.size() == 4, "the first member has all partitions");
            try (Clients.Member second = new Clients.Member(topic, group, settings)) {
                Check.until(() -> first.assigned.size() == 2 && second.assigned.size() == 2, "two partitions each");
                Check.equal(first.revoked, second.assigned, "partitions taken from the first member");
                first.leave();
                Check.until(() -> second.assigned.size() == 4, "the second member has all partitions");
                Check.equal(second.revoked.size(), 0, "partitions taken from the second member");
            }
        }
        return "";
    }

    /** A static member restarts within its session without a rebalance of the other. */
    private static String staticMember() throws Exception {
        String topic = create(Check.name("static-topic"), 4, Map.of());
        String group = Check.name("static");
        try (Clients.Member first = new Clients.Member(topic, group, "group.instance.id", "one", "session.timeout.ms", 20000);
            Clients.Member second = new Clients.Member(topic, group, "group.instance.id", "two", "session.timeout.ms", 20000)) {
            Check.until(() -> first.assigned.size() == 2 && second.assigned.size() == 2, "two partitions each");
            int before = first.rebalances.get();
            var had = second.snapshot();
            second.leave();
            Thread.sleep(500);
            try (Clients.Member again = new Clients.Member(topic, group, "group.instance.id", "two", "session.timeout.ms", 20000)) {
                Check.until(() -> again.assigned.size() == 2, "the restarted member has partitions");
                Check.equal(again.snapshot(), had, "partitions after the restart");
                Check.equal(first.rebalances.get(), before, "rebalances of the other member");
            }
        }
        return "";
    }

    /** A member that falls silent expires after its session timeout; when it wakes up, its commit is refused. */
    private static String silentMember() throws Exception {
        String topic = create(Check.name("silent-topic"), 2, Map.of());
        String group = Check.name("silent");
        Clients.send(topic, 0, List.of("x", "x"));
        Clients.send(topic, 1, List.of("x", "x"));
        Process child = new ProcessBuilder(ProcessHandle.current().info().command().orElse("java"), "-XX:TieredStopAtLevel=1", "-cp",
            System.getProperty("java.class.path"), "Suite", "member", topic, group).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader answers = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            Check.equal(Check.parse(answers.readLine()).get("assigned"), 2, "partitions of the first member");
            signal(child, "STOP");
            long start = System.nanoTime();
            try (Clients.Member other = new Clients.Member(topic, group, "session.timeout.ms", 6000)) {
                Check.until(() -> other.assigned.size() == 2, "the silent member's partitions are taken over");
                double seconds = (System.nanoTime() - start) / 1e9;
                signal(child, "CONT");
                child.getOutputStream().write('\n');
                child.getOutputStream().flush();
                String error = (String) Check.parse(answers.readLine()).get("error");
                Check.holds(!error.isEmpty(), "the zombie's commit was accepted");
                return String.format("expired after %.1f s, zombie got %s", seconds, error);
            }
        } finally {
            child.destroyForcibly();
        }
    }

    private static void signal(Process process, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    }

    /** Child process: joins, says how many partitions it got, and commits when a line arrives. */
    static void member(String topic, String group) throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer =
            Clients.consumer("group.id", group, "enable.auto.commit", false, "session.timeout.ms", 6000, "heartbeat.interval.ms", 500)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 4);
            Check.say("assigned", consumer.assignment().size());
            System.in.read();
            String error = "";
            try {
                consumer.commitSync();
            } catch (Exception refused) {
                error = refused.getClass().getSimpleName();
            }
            Check.say("error", error);
        }
    }

    /** Offsets committed by hand are where a new consumer starts; seek goes anywhere. */
    private static String commitAndSeek() throws Exception {
        String topic = create(Check.name("seek-topic"), 1, Map.of());
        Clients.send(topic, 0, numbered("%d", 0, 20));
        Object[] settings = {"group.id", Check.name("seek"), "enable.auto.commit", false};
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 20);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(12)));
            consumer.seek(partition, 5);
            Check.equal(Clients.poll(consumer, 1).get(0).offset(), 5L, "offset after seek");
            consumer.seekToEnd(List.of(partition));
            Check.equal(consumer.position(partition), 20L, "position at the end");
        }
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            Check.equal(Clients.poll(consumer, 8).get(0).offset(), 12L, "offset of a new consumer");
        }
        return "";
    }

    /** A position beyond the log is out of range, and the consumer resets as configured. */
    private static String outOfRange() throws Exception {
        String topic = create(Check.name("out-of-range"), 1, Map.of());
        Clients.send(topic, 0, List.of("a", "b"));
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer()) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1000);
            Check.equal(Clients.poll(consumer, 2).get(0).offset(), 0L, "offset after the reset");
        }
        return "";
    }

    /** A record without a key is refused on a compacted topic; one with a key is not. */
    private static String compacted() throws Exception {
        String topic = create(Check.name("compacted"), 1, Map.of("cleanup.policy", "compact"));
        Check.refused(InvalidRecordException.class, () -> Clients.send(topic, 0, List.of("no key")));
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            producer.send(new ProducerRecord<>(topic, Clients.bytes("k"), Clients.bytes("v"))).get();
        }
        return "";
    }

    /** On a LogAppendTime topic the broker's clock is the record's timestamp. */
    private static String logAppendTime() throws Exception {
        String topic = create(Check.name("append-time"), 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis() - 1000;
        long answered;
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            answered = producer.send(new ProducerRecord<>(topic, 0, 1000L, null, Clients.bytes("x"))).get().timestamp();
        }
        var found = Clients.read(topic, 1, 1).get(0);
        Check.equal(found.timestampType(), TimestampType.LOG_APPEND_TIME, "timestamp type");
        Check.holds(found.timestamp() >= before && found.timestamp() <= System.currentTimeMillis() + 1000, "timestamp " + found.timestamp());
        Check.equal(answered, found.timestamp(), "timestamp in the acknowledgement");
        return "";
    }

    /** A batch larger than the topic's max.message.bytes is refused with MESSAGE_TOO_LARGE. */
    private static String maxMessageBytes() throws Exception {
        String topic = create(Check.name("too-large"), 1, Map.of("max.message.bytes", "2000"));
        Check.refused(RecordTooLargeException.class, () -> Clients.send(topic, 0, List.of("x".repeat(5000))));
        Clients.send(topic, 0, List.of("x".repeat(500)));
        // A batch of several records that is too large is split by the client and sent again.
        Check.equal(Clients.send(topic, 0, numbered("x".repeat(300) + "%d", 0, 20), "linger.ms", 50).size(), 20, "records of split batches");
        return "";
    }

    /** A fetch whose limit lies below the first batch still gets that batch. */
    private static String firstBatchAboveLimit() throws Exception {
        String topic = create(Check.name("big-batch"), 1, Map.of());
        Clients.send(topic, 0, List.of("x".repeat(100_000)));
        Check.equal(Clients.read(topic, 1, 1, "max.partition.fetch.bytes", 1000, "fetch.max.bytes", 1000).get(0).value().length, 100_000,
            "size of the value");
        return "";
    }

    /** A fetch waiting for up to 12 s is answered by the append, not by the end of its wait. */
    private static String waitingFetch() throws Exception {
        String topic = create(Check.name("long-poll"), 1, Map.of());
        List<String> waits = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("fetch.max.wait.ms", 12000);
            KafkaProducer<byte[], byte[]> producer = Clients.producer("linger.ms", 0)) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            producer.send(new ProducerRecord<>(topic, Clients.bytes("warm up"))).get();
            Clients.poll(consumer, 1);
            for (int i = 0; i < 3; i++) {
                consumer.poll(Duration.ofMillis(200));
                long start = System.nanoTime();
                producer.send(new ProducerRecord<>(topic, Clients.bytes("x")));
                Clients.poll(consumer, 1);
                double wait = (System.nanoTime() - start) / 1e6;
                Check.holds(wait < 8000, "the fetch was answered after " + wait + " ms");
                waits.add(String.format("%.1f", wait));
            }
        }
        return "from send to record: " + String.join(", ", waits) + " ms";
    }

    /** Clients may not write to __consumer_offsets. */
    private static String internalTopic() throws Exception {
        String topic = create(Check.name("internal-topic"), 1, Map.of());
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("group.id", Check.name("internal"))) {
            consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
        }
        Check.refused(InvalidTopicException.class, () -> Clients.send("__consumer_offsets", 0, List.of("x")));
        return "";
    }

    /** A running consumer goes on with a topic that is deleted and created again; no old record shows up. */
    private static String deleteAndRecreate() throws Exception {
        String topic = create(Check.name("recreate"), 1, Map.of());
        Clients.send(topic, 0, List.of("old", "old", "old"));
        List<String> expected = numbered("new-%d", 0, 5);
        try (Admin admin = Admin.create(Clients.properties());
            KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("group.id", Check.name("recreate"), "metadata.max.age.ms", 500)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 3);
            admin.deleteTopics(List.of(topic)).all().get();
            Check.until(() -> Clients.partitions(admin, topic) == 0, "the topic is gone");
            Clients.create(admin, topic, 1, Map.of());
            Clients.send(topic, 0, expected);
            List<String> found = Clients.values(Clients.poll(consumer, 1));
            Check.holds(expected.containsAll(found), "values after the topic came back: " + found);
            return found.size() + " of 5 new records";
        }
    }
}
