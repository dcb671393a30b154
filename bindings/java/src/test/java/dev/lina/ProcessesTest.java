package dev.lina;

import static dev.lina.Helper.endsWell;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java beside Python, each in a process. */
class ProcessesTest {
  private static final Duration LONG = Duration.ofSeconds(100);

  @TempDir Path folder;
  private final String where = Helper.where();
  private final Lina.Arena arena =
      Lina.Arena.create(1 << 20, where, ArenaOptions.defaults().temporary());

  @BeforeEach
  void pythonIsThere() {
    Helper.assumePython();
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private Process start(String program) throws Exception {
    return Helper.startPython(folder, where, program);
  }

  @Test
  void whatPythonWritesOfEachDtypeAndOrderJavaReadsAndTheReverse() throws Exception {
    Process process =
        start(
            """
            for dtype in "u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 bf16 f32 c64 c128".split():
                for order in "CF":
                    x = lina.create_array(f"p{dtype}{order}", dtype, (2, 3), order=order)
                    for i in range(2):
                        for j in range(3):
                            x[i, j] = (i * 3 + j) % 2 if dtype == "bool" else i * 3 + j
            lina.signal("written")
            lina.wait("java", timeout=100)
            for dtype in "u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 bf16 f32 c64 c128".split():
                for order in "CF":
                    x = lina.array(f"j{dtype}{order}")
                    for i in range(2):
                        for j in range(3):
                            assert x[i, j] == ((i * 3 + j) % 2 if dtype == "bool" else i * 3 + j), (dtype, order)
            """);
    arena.await("written", LONG);
    for (DType dtype : DType.values()) {
      for (Order order : Order.values()) {
        LinaArray p = arena.array("p" + dtype + order);
        LinaArray j = arena.createArray("j" + dtype + order, dtype, new long[] {2, 3}, order);
        for (int n = 0; n < 6; n++) {
          if (dtype.code() == 5) {
            assertArrayEquals(new double[] {n, 0}, (double[]) p.get(n / 3, n % 3));
            j.setComplex(n, 0, n / 3, n % 3);
          } else if (dtype == DType.BOOL) {
            assertEquals(n % 2 == 1, p.get(n / 3, n % 3));
            j.setBoolean(n % 2 == 1, n / 3, n % 3);
          } else {
            assertEquals(n, ((Number) p.get(n / 3, n % 3)).intValue(), dtype + " " + order);
            j.setLong(n, n / 3, n % 3);
          }
        }
      }
    }
    arena.signal("java");
    endsWell(process);
  }

  /** Each side writes an element and raises; the other waits, and must see what was written. */
  @Test
  void whatIsWrittenBeforeASignalIsSeenAfterItInTheOtherProcess() throws Exception {
    LinaArray x = arena.createArray("x", DType.I64, 2);
    Process process =
        start(
            """
            x = lina.array("x")
            for n in range(1, 5001):
                lina.wait_value("ping", n, timeout=100)
                assert x[0] == n, (x[0], n)
                x[1] = n * n
                lina.signal("pong")
            """);
    for (long n = 1; n <= 5000; n++) {
      x.setLong(n, 0);
      arena.signal("ping");
      arena.awaitValue("pong", n, LONG);
      assertEquals(n * n, x.getLong(1));
    }
    endsWell(process);
  }

  /** The words of a signal are read without a call while another process changes them. */
  @Test
  void theWordsOfASignalNeverGoBackAndNeverTear() throws Exception {
    LinaArray x = arena.createArray("x", DType.I64, 1);
    Process process =
        start(
            """
            x = lina.array("x")
            for n in range(1, 200001):
                x[0] = n
                lina.signal("s")
                if n % 64 == 0:
                    lina.clear("s")
            lina.signal("end")
            """);
    Signal s = arena.openSignal("s");
    Signal end = arena.openSignal("end");
    long before = 0;
    long changes = 0;
    while (!end.isSet()) {
      long value = s.value();
      long seen = x.getLong(0);
      assertTrue(
          value >= before && value <= 200_000, () -> "the value went back or is torn: " + value);
      assertTrue(
          seen >= value,
          () -> "the signal " + value + " was seen before what was written: " + seen);
      changes += value != before ? 1 : 0;
      before = value;
      assertTrue(process.isAlive() || end.isSet(), "Python has ended");
    }
    assertEquals(200_000, s.value());
    assertTrue(changes > 0);
    endsWell(process);
  }

  /** The arena has room for two generations, and not for three. */
  @Test
  void whatAKilledProcessHeldIsGivenBack() throws Exception {
    long[] shape = {400_000};
    arena.createArray("x", DType.U8, shape).close();
    Process process = start("x = lina.array('x')\nlina.signal('held')\nlina.wait('never')\n");
    arena.await("held", LONG);
    arena.republish("x", DType.U8, shape);
    assertEquals(1, arena.info().held());
    Helper.refuses(ErrorCode.NO_MEMORY, () -> arena.republish("x", DType.U8, shape), "\"x\"");
    process.destroyForcibly().waitFor();
    arena.republish("x", DType.U8, shape);
    assertEquals(0, arena.info().held());
  }

  @Test
  void aFutureThatDependsOnAKilledProcessFails() throws Exception {
    Process process =
        start("lina.set_member_name('camera')\nlina.signal('ready')\nlina.wait('never')\n");
    arena.await("ready", LONG);
    CompletableFuture<Long> end = arena.awaitAsync("s", Wait.on("camera"));
    CompletableFuture<Long> reached = arena.awaitAsync("ready", Wait.on("camera"));
    process.destroyForcibly().waitFor();
    Throwable why =
        assertThrows(ExecutionException.class, () -> end.get(100, TimeUnit.SECONDS)).getCause();
    assertTrue(why instanceof LinaException.MemberDied, why::toString);
    assertEquals(1, reached.get(100, TimeUnit.SECONDS));
  }

  @Test
  void javaAndPythonInOneProcessShareACore() throws Exception {
    List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1);
    assertEquals(
        1,
        maps.stream()
            .filter(line -> line.contains("liblina_core"))
            .map(line -> line.split(" +", 6)[5])
            .distinct()
            .count());
  }
}
