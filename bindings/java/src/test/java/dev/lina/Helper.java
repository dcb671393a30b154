package dev.lina;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.tools.ToolProvider;
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

  /** Runs it in a thread of its own; what it threw comes from the future. */
  static Thread inThread(CompletableFuture<Void> end, Executable wait) {
    Thread thread =
        new Thread(
            () -> {
              try {
                wait.execute();
                end.complete(null);
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            });
    thread.start();
    return thread;
  }

  // ---- a stream "f" of one number ----

  static void publish(Lina.Arena arena, long value) {
    publish(arena, value, null);
  }

  static void publish(Lina.Arena arena, long value, Duration timeout) {
    arena.loan("f", DType.I64, shape(1), timeout, next -> next.setLong(value, 0));
  }

  static Loan loanOf(Lina.Arena arena, long value) {
    Loan loan = arena.openLoan("f", DType.I64, shape(1), Order.C);
    loan.setLong(value, 0);
    return loan;
  }

  /** Waits for what must become true; a loaded machine may take its time. */
  static void eventually(BooleanSupplier condition) throws InterruptedException {
    within(60, condition);
  }

  static void within(long seconds, BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(
          System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds), "it did not happen");
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
      if (frame.getClassName().equals("dev.lina.Sleep")) {
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

  /** Where this Java has one, it starts programs from their sources as well. */
  static void assumeCompiler() {
    assumeTrue(ToolProvider.getSystemJavaCompiler() != null, "this Java has no compiler");
  }

  static void assumePython() {
    assumeTrue(
        Files.exists(Path.of(System.getenv("LINA_BUILD"), "lina/_lina.abi3.so")),
        "Python's extension is not built");
  }

  /** Starts Python with a program that has joined the arena. */
  static Process startPython(Path folder, String where, String program) throws IOException {
    return start(
        folder,
        pythonEnvironment(),
        python("import lina\nlina.attach('" + where + "')\n" + program));
  }

  /** The process ends well, and has printed nothing. */
  static void endsWell(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assertTrue(code == 0 && out.isEmpty(), () -> "exit code " + code + "\n" + out);
  }

  static Path write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
