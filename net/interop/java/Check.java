import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** The Java side of the suite's contract, see python/check.py. */
final class Check {
    static final String BOOTSTRAP = env("KLAMM_INTEROP_BOOTSTRAP", "127.0.0.1:9092");
    static final boolean FRESH = env("KLAMM_INTEROP_FRESH", "").equals("1");
    static final double FIRST_RECORD_SECONDS_MAX = Double.parseDouble(env("KLAMM_INTEROP_FIRST_RECORD_SECONDS_MAX", "20"));
    private static final String PREFIX = env("KLAMM_INTEROP_PREFIX", "t");
    private static final Set<String> DONE = Set.copyOf(Arrays.asList(env("KLAMM_INTEROP_DONE", "-").split(",")));
    private static final Pattern WANTED = Pattern.compile(env("KLAMM_INTEROP_CHECKS", ""));
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream RESULTS = System.out;

    /** A check; it may return a note. */
    interface Body {
        String run() throws Exception;
    }

    private Check() {
    }

    private static String env(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    /** Returns a topic or group name of this run. */
    static String name(String suffix) {
        return PREFIX + "-" + suffix;
    }

    /** Prints one line of the contract; the arguments are names and values in turn. */
    static void say(Object... fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            line.put((String) fields[i], fields[i + 1]);
        }
        try {
            RESULTS.println("@@" + JSON.writeValueAsString(line));
            RESULTS.flush();
        } catch (JsonProcessingException error) {
            throw new IllegalStateException(error);
        }
    }

    /** Reads one line of the contract. */
    static Map<?, ?> parse(String line) throws JsonProcessingException {
        return JSON.readValue(line.substring(2), Map.class);
    }

    static void equal(Object actual, Object expected, String what) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(what + ": expected " + brief(expected) + ", got " + brief(actual));
        }
    }

    static void holds(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    /** Fails the check unless the body fails with the expected error, or wraps it. */
    static Throwable refused(Class<? extends Throwable> expected, Callable<?> body) {
        Object result;
        try {
            result = body.call();
        } catch (Exception error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (expected.isInstance(cause)) {
                    return cause;
                }
            }
            throw new AssertionError("expected " + expected.getSimpleName() + ", got " + error, error);
        }
        throw new AssertionError("expected " + expected.getSimpleName() + ", but it succeeded: " + brief(result));
    }

    /** Waits for a condition. */
    static void until(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            holds(System.nanoTime() < end, "not within 30 s: " + what);
            Thread.sleep(20);
        }
    }

    private static String brief(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 300 ? text : text.substring(0, 300) + "...";
    }

    /** Runs the checks in the order of the map. */
    static void runAll(String client, String version, Map<String, Body> checks) {
        say("client", client, "version", version);
        checks.forEach((checkName, body) -> {
            if (DONE.contains(checkName) || !WANTED.matcher(checkName).find()) {
                return;
            }
            say("begin", checkName, "limit", 75);
            long start = System.nanoTime();
            String result = "passed";
            String note = null;
            try {
                note = body.run();
            } catch (ExecutionException error) {
                result = "failed";
                note = String.valueOf(error.getCause());
                error.printStackTrace();
            } catch (Exception | AssertionError error) {
                result = "failed";
                note = String.valueOf(error);
                error.printStackTrace();
            }
            note = note == null ? "" : note;
            double seconds = (System.nanoTime() - start) / 1_000_000 / 1000.0;
            say("check", checkName, "result", result, "seconds", seconds, "note", note.substring(0, Math.min(600, note.length())));
        });
        say("end", true);
    }
}
