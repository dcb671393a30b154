package dev.lina;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.function.Executable;

/** What the tests share. */
final class Helper {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private Helper() {}

  static Lina.Arena arena() {
    return Lina.Arena.create(1 << 20);
  }

  /** The name of an arena that no other test has. */
  static String where() {
    return "shm:java-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
  }

  static long[] shape(long... extents) {
    return extents;
  }

  /** The call fails for that reason, and says these words. */
  static LinaException refuses(ErrorCode code, Executable call, String... words) {
    LinaException why = assertThrows(LinaException.class, call);
    assertTrue(why.code() == code, () -> "it is " + why.code() + ": " + why.getMessage());
    says(why, words);
    return why;
  }

  static <E extends Throwable> E refuses(Class<E> kind, Executable call, String... words) {
    E why = assertThrows(kind, call);
    says(why, words);
    return why;
  }

  private static void says(Throwable why, String... words) {
    for (String word : words) {
      assertTrue(
          why.getMessage().contains(word), () -> "no \"" + word + "\" in: " + why.getMessage());
    }
  }

  /** Waits for what must become true; a loaded machine may take its time. */
  static void eventually(BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(60), "it did not happen");
      Thread.sleep(2);
    }
  }

  /** The same while the collector runs. */
  static void eventuallyCollected(BooleanSupplier condition) throws InterruptedException {
    eventually(
        () -> {
          System.gc();
          return condition.getAsBoolean();
        });
  }

  /** A thread that sleeps in a wait, or is parked in one. */
  static void awaitAsleep(Thread thread) throws InterruptedException {
    eventually(() -> isInWait(thread));
  }

  private static boolean isInWait(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals("dev.lina.Waiting")) {
        return true;
      }
    }
    return false;
  }

  // ---- other processes ----

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * This Java with these arguments; what it printed, with its exit code first where that is not 0.
   */
  static String runJava(Path folder, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(java(), "-Xmx256m"));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    String backend = System.getProperty("lina.backend");
    if (backend != null) {
      command.add("-Dlina.backend=" + backend);
    }
    command.addAll(List.of(arguments));
    return run(folder, environment, command);
  }

  static String run(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Process process = start(folder, environment, command);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    return code == 0 ? out : "exit code " + code + "\n" + out;
  }

  static Process start(Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder.start();
  }

  static String jar() {
    return System.getenv("LINA_JAR");
  }

  /** The Python that has Lina's package. */
  static List<String> python(String program) {
    String python = System.getenv().getOrDefault("LINA_PYTHON", "python3");
    return List.of(python, "-c", program);
  }

  static Map<String, String> pythonEnvironment() {
    return Map.of("PYTHONPATH", System.getenv("LINA_BUILD"));
  }

  static Path write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
