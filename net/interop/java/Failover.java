import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The client side of failover, as python/failover_worker.py describes it. */
final class Failover {
    /** A client that was talking to a paused broker learns by this that it has to look elsewhere. */
    private static final int REQUEST_TIMEOUT_MS = 3000;
    private static final int WAITING_MAX = 2000;

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final List<String> problems = new ArrayList<>();

    private Failover(String bootstrap, String topic, int partitions) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
    }

    /**
     * Runs until a line comes on standard input and everything is read back.
     *
     * @param arguments addresses, topic, number of partitions, records per second
     * @throws Exception if nothing can be said
     */
    static void run(String... arguments) throws Exception {
        Failover failover = new Failover(arguments[0], arguments[1], Integer.parseInt(arguments[2]));
        Reader following = failover.new Reader(null);
        Reader group = failover.new Reader(arguments[1] + "-group");
        int[] sent = failover.produce(Double.parseDouble(arguments[3]));
        Reader again = failover.new Reader(null);
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("sent", sent);
        summary.put("log", again.finish(sent));
        summary.put("followed", following.finish(sent));
        summary.put("group", group.finish(sent).stream().mapToInt(numbers -> new HashSet<>(numbers).size()).toArray());
        synchronized (failover.problems) {
            summary.put("problems", failover.problems);
            say("S " + new ObjectMapper().writeValueAsString(summary));
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }

    private void problem(String what) {
        synchronized (problems) {
            if (problems.size() < 50) {
                problems.add(what);
            }
        }
    }

    private Properties common() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("request.timeout.ms", String.valueOf(REQUEST_TIMEOUT_MS));
        properties.put("reconnect.backoff.max.ms", "500");
        return properties;
    }

    private int[] produce(double rate) throws Exception {
        Properties properties = common();
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("linger.ms", "2");
        properties.put("delivery.timeout.ms", "300000");
        properties.put("max.block.ms", "60000");
        properties.put("retry.backoff.ms", "100");
        int[] sent = new int[partitions];
        Semaphore waiting = new Semaphore(WAITING_MAX);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            long due = System.nanoTime();
            long step = (long) (partitions / rate * 1e9);
            while (System.in.available() == 0) {
                for (int p = 0; p < partitions; p++) {
                    int partition = p;
                    int number = sent[p]++;
                    waiting.acquire();
                    long at = System.nanoTime();
                    producer.send(new ProducerRecord<>(topic, partition, null, Clients.bytes(partition + " " + number)), (told, error) -> {
                        waiting.release();
                        if (error == null) {
                            say("A " + partition + " " + number + " " + told.offset() + " " + at + " " + System.nanoTime());
                        } else {
                            say("E record " + number + " of partition " + partition + " was not delivered: " + error);
                        }
                    });
                }
                due = Math.max(due + step, System.nanoTime() - 1_000_000_000L);
                long left = due - System.nanoTime();
                if (left > 0) {
                    Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
                }
            }
            producer.flush();
        }
        return sent;
    }

    /** Reads until it has seen so many records of each partition. */
    private final class Reader extends Thread {
        private static final long PATIENCE_MS = 60_000;
        private final List<List<Integer>> seen = IntStream.range(0, partitions).<List<Integer>>mapToObj(p -> new ArrayList<>()).toList();
        private final String group;
        private volatile int[] wanted;

        Reader(String group) {
            this.group = group;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            Properties properties = common();
            // A reader that knows where it is must never be told that there is no such place.
            properties.put("auto.offset.reset", group == null ? "none" : "earliest");
            properties.put("enable.auto.commit", String.valueOf(group != null));
            properties.put("session.timeout.ms", "10000");
            properties.put("default.api.timeout.ms", "60000");
            if (group != null) {
                properties.put("group.id", group);
                properties.put("auto.commit.interval.ms", "500");
            }
            try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                if (group == null) {
                    List<TopicPartition> all = IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
                    consumer.assign(all);
                    all.forEach(partition -> consumer.seek(partition, 0));
                } else {
                    consumer.subscribe(List.of(topic));
                }
                while (!isDone()) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                        String[] words = new String(record.value()).split(" ");
                        if (Integer.parseInt(words[0]) != record.partition()) {
                            problem("partition " + record.partition() + " has " + String.join(" ", words) + " at offset " + record.offset());
                        }
                        seen.get(record.partition()).add(Integer.parseInt(words[1]));
                    }
                }
            } catch (RuntimeException error) {
                problem("reading" + (group == null ? "" : " in a group") + ": " + error);
            }
        }

        private boolean isDone() {
            int[] all = wanted;
            if (all == null) {
                return false;
            }
            for (int p = 0; p < partitions; p++) {
                List<Integer> numbers = seen.get(p);
                Set<Integer> different = numbers.size() < all[p] ? Set.of() : new HashSet<>(numbers);
                if (different.size() < all[p]) {
                    return false;
                }
            }
            return true;
        }

        List<List<Integer>> finish(int[] all) throws InterruptedException {
            wanted = all;
            join(PATIENCE_MS);
            if (isAlive()) {
                problem("not everything was read within " + PATIENCE_MS + " ms: " + seen.stream().map(List::size).toList());
            }
            return seen;
        }
    }
}
