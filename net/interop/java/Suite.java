import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeader;

/** The Java client: runs the checks, or does one of the small jobs described in python/verbs.py. */
public final class Suite {
    private Suite() {
    }

    /**
     * Without arguments the checks, else a verb.
     *
     * @param arguments a verb and its arguments
     * @throws Exception if the verb fails
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            Map<String, Check.Body> checks = new LinkedHashMap<>();
            ClientChecks.add(checks);
            TransactionChecks.add(checks);
            AdminChecks.add(checks);
            Check.runAll("kafka-clients", version(), checks);
            System.exit(0);
        }
        switch (arguments[0]) {
            case "member" -> ClientChecks.member(arguments[1], arguments[2]);
            case "produce-matrix" -> produceMatrix(arguments[1]);
            case "consume-matrix" -> consumeMatrix(arguments[1], Integer.parseInt(arguments[2]));
            case "partition-keys" -> partitionKeys(arguments[1]);
            case "failover" -> Failover.run(Arrays.copyOfRange(arguments, 1, arguments.length));
            default -> throw new IllegalArgumentException("unknown verb " + arguments[0]);
        }
    }

    private static String version() throws IOException {
        try (InputStream file = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty("version");
        }
    }

    private static void produceMatrix(String topic) {
        for (String codec : ClientChecks.CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer("compression.type", codec, "linger.ms", 20)) {
                for (int i = 0; i < 20; i++) {
                    String key = "java/" + codec + "/" + i;
                    String value = key + ":" + "klamm ".repeat(40);
                    producer.send(new ProducerRecord<>(topic, 0, null, Clients.bytes(key), Clients.bytes(value),
                        List.of(new RecordHeader("codec", Clients.bytes(codec)))));
                }
            }
        }
        Check.say("codecs", ClientChecks.CODECS);
    }

    private static void consumeMatrix(String topic, int count) {
        for (var record : Clients.read(topic, 1, count)) {
            List<List<String>> headers = new ArrayList<>();
            record.headers().forEach(h -> headers.add(List.of(h.key(), Clients.text(h.value()))));
            Check.say("key", Clients.text(record.key()), "value", Clients.text(record.value()), "headers", headers);
        }
        Check.say("end", true);
    }

    private static void partitionKeys(String topic) throws Exception {
        List<String> keys = new ArrayList<>(ClientChecks.numbered("key-%d", 0, 40));
        keys.addAll(List.of("a", "ab", "abc", "abcd", "abcde", "\u00e9\u20ac", "21", "foobar", "x".repeat(100)));
        Map<String, Future<RecordMetadata>> futures = new LinkedHashMap<>();
        Map<String, Integer> partitions = new LinkedHashMap<>();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
            keys.forEach(key -> futures.put(key, producer.send(new ProducerRecord<>(topic, Clients.bytes(key), Clients.bytes("x")))));
            producer.flush();
            for (var entry : futures.entrySet()) {
                partitions.put(entry.getKey(), entry.getValue().get().partition());
            }
        }
        Check.say("partitions", partitions);
    }
}
