import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main methods of Kafka's tools one after the other in one process, because starting a Java process for each
 * would take most of the time. Reads {"class", "arguments", "input"} per line, and prints {"code", "output", "errors"}.
 */
public final class Tools {
    /** What a tool's call to exit becomes. */
    private static final class Exited extends Error {
        private static final long serialVersionUID = 1L;

        Exited(int code) {
            super("exit " + code, null, false, false);
        }
    }

    /** What tools want to do at the end of the process: close their clients, and print their summaries. */
    private static final List<Runnable> HOOKS = new ArrayList<>();
    /** The first exit code that the running tool asked for; some catch what follows and ask again. */
    private static Integer exitCode;

    private Tools() {
    }

    private static void exit(int code) {
        if (exitCode == null) {
            exitCode = code;
        }
        throw new Exited(code);
    }

    /**
     * Runs tools until standard input ends.
     *
     * @param arguments none
     * @throws Exception if the contract of lines is broken
     */
    public static void main(String[] arguments) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream answers = System.out;
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Exit.setExitProcedure((code, message) -> exit(code));
        Exit.setHaltProcedure((code, message) -> exit(code));
        Exit.setShutdownHookAdder((name, hook) -> HOOKS.add(hook));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JsonNode request = json.readTree(line);
            List<String> words = new ArrayList<>();
            request.get("arguments").forEach(word -> words.add(word.asText()));
            answers.println(json.writeValueAsString(run(request.get("class").asText(), words.toArray(new String[0]), request.get("input").asText())));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private static Map<String, Object> run(String className, String[] words, String input) throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        exitCode = null;
        HOOKS.clear();
        try {
            Class.forName(className).getMethod("main", String[].class).invoke(null, (Object) words);
        } catch (InvocationTargetException failure) {
            Throwable cause = failure.getCause();
            if (!(cause instanceof Exited)) {
                cause.printStackTrace();
                exitCode = exitCode == null ? Integer.valueOf(1) : exitCode;
            }
        }
        HOOKS.forEach(Runnable::run);
        return Map.of("code", exitCode == null ? 0 : exitCode, "output", output.toString(StandardCharsets.UTF_8), "errors", errors.toString(StandardCharsets.UTF_8));
    }
}
