import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Clients of the broker under test. Settings are given as names and values in turn. */
final class Clients {
    private Clients() {
    }

    static Properties properties(Object... settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", Check.BOOTSTRAP);
        properties.put("client.id", "klamm-interop");
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], String.valueOf(settings[i + 1]));
        }
        return properties;
    }

    static KafkaProducer<byte[], byte[]> producer(Object... settings) {
        Properties properties = properties(settings);
        properties.putIfAbsent("delivery.timeout.ms", "10000");
        properties.putIfAbsent("request.timeout.ms", "9000");
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static KafkaConsumer<byte[], byte[]> consumer(Object... settings) {
        Properties properties = properties(settings);
        properties.putIfAbsent("auto.offset.reset", "earliest");
        properties.putIfAbsent("allow.auto.create.topics", "false");
        properties.putIfAbsent("heartbeat.interval.ms", "300");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Makes a topic, waits until it is listed, and returns its name. */
    static String create(Admin admin, String topic, int partitions, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
        Check.until(() -> partitions(admin, topic) == partitions, "topic " + topic);
        return topic;
    }

    /** The number of partitions of a topic; 0 if it is not known (yet). */
    static int partitions(Admin admin, String topic) {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        } catch (Exception error) {
            return 0;
        }
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Sends values to a partition with a producer of its own, and waits for every acknowledgement. */
    static List<RecordMetadata> send(String topic, int partition, List<String> values, Object... settings) throws Exception {
        List<Future<RecordMetadata>> futures = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            for (String value : values) {
                futures.add(producer.send(new ProducerRecord<>(topic, partition, null, bytes(value))));
            }
            producer.flush();
            List<RecordMetadata> answers = new ArrayList<>();
            for (Future<RecordMetadata> future : futures) {
                answers.add(future.get());
            }
            return answers;
        }
    }

    /** Polls until so many records have come, or 20 s have passed. */
    static List<ConsumerRecord<byte[], byte[]>> poll(KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long end = System.nanoTime() + 30_000_000_000L;
        while (records.size() < count) {
            Check.holds(System.nanoTime() < end, records.size() + " of " + count + " records within 30 s");
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
        }
        return records;
    }

    /** Reads the first records of a one-partition topic without a group. */
    static List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions, int count, Object... settings) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
            return poll(consumer, count);
        }
    }

    static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream().map(r -> text(r.value())).toList();
    }

    /** A group member that polls in a thread of its own. */
    static final class Member implements AutoCloseable, ConsumerRebalanceListener {
        final Set<Integer> assigned = new ConcurrentSkipListSet<>();
        final Set<Integer> revoked = new ConcurrentSkipListSet<>();
        final AtomicInteger rebalances = new AtomicInteger();
        final ConcurrentLinkedQueue<String> values = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean stopping = new AtomicBoolean();
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Thread thread;

        Member(String topic, String group, Object... settings) {
            List<Object> all = new ArrayList<>(List.of(settings));
            all.addAll(List.of("group.id", group));
            consumer = consumer(all.toArray());
            consumer.subscribe(List.of(topic), this);
            thread = new Thread(this::run, "member-" + group);
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            while (!stopping.get()) {
                consumer.poll(Duration.ofMillis(50)).forEach(r -> values.add(text(r.value())));
            }
            consumer.close();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            rebalances.incrementAndGet();
            partitions.forEach(p -> assigned.add(p.partition()));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            partitions.forEach(p -> {
                assigned.remove(p.partition());
                if (!stopping.get()) {
                    revoked.add(p.partition());
                }
            });
        }

        Set<Integer> snapshot() {
            return new TreeSet<>(assigned);
        }

        @Override
        public void close() {
            leave();
        }

        /** Closes the consumer: a dynamic member leaves the group. May be called again. */
        void leave() {
            stopping.set(true);
            try {
                thread.join(10_000);
            } catch (InterruptedException error) {
                throw new IllegalStateException(error);
            }
        }
    }
}
