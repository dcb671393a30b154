package dev.lina;

import static dev.lina.Helper.runJava;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM that ends while it has arenas open, threads that wait, and threads that use views. */
class ExitTest {
  private static final ArenaOptions TEMPORARY = ArenaOptions.defaults().temporary();

  @TempDir Path folder;
  private final String where = Helper.where();

  /** The program that ends. Its arguments: how, and the name of an arena. */
  static final class Program {
    private static void daemon(List<Thread> all, org.junit.jupiter.api.function.Executable work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.execute();
                } catch (Throwable e) {
                  System.out.println("a daemon thread ended: " + e);
                }
              });
      thread.setDaemon(true);
      thread.start();
      all.add(thread);
    }

    public static void main(String[] args) throws Exception {
      Lina.joinArena(1 << 20, args[1], TEMPORARY);
      Lina.Arena other = Lina.Arena.create(1 << 20, args[1] + "-other", TEMPORARY);
      Lina.Arena closed = Lina.Arena.create(1 << 20, args[1] + "-closed", TEMPORARY);
      Lina.stream("f", 2);
      LinaArray x = Lina.createArray("x", DType.I64, 1);
      LinaArray y = other.createArray("y", DType.I64, 1);
      List<Thread> waiting = new ArrayList<>();
      daemon(waiting, () -> Lina.await("never"));
      daemon(waiting, () -> other.awaitAny("never", "nor this"));
      daemon(waiting, () -> other.await("never", Wait.on("nobody")));
      daemon(waiting, () -> Lina.follow("f").iterator().next());
      daemon(
          new ArrayList<>(),
          () -> {
            while (x.getLong(0) >= 0) {
              y.setLong(y.getLong(0) + 1, 0);
              other.array("y").close();
            }
          });
      Lina.awaitAsync("never");
      other.awaitAsync("never", Wait.on("nobody"));
      closed.close();
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    x.setLong(x.getLong(0) + 1, 0);
                    Lina.signal("bye");
                    other.signal("bye");
                    System.out.println("the hook saw " + Lina.value("bye") + other.value("bye"));
                  }));
      for (Thread thread : waiting) {
        Helper.awaitAsleep(thread);
      }
      switch (args[0]) {
        case "exit" -> System.exit(0);
        case "halt" -> Runtime.getRuntime().halt(0);
        default -> {}
      }
    }
  }

  private static boolean hasName(String where) {
    return Files.exists(Path.of("/dev/shm/lina." + where.substring("shm:".length())));
  }

  private String run(String how) throws Exception {
    String classes = System.getProperty("java.class.path");
    return runJava(folder, Map.of(), "-cp", classes, Program.class.getName(), how, where);
  }

  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void theEndOfTheProcessTakesTheNamesOfItsTemporaryArenasAway(String how) throws Exception {
    assertEquals(how.equals("halt") ? "" : "the hook saw 11\n", run(how));
    assertTrue(!hasName(where) && !hasName(where + "-other") && !hasName(where + "-closed"));
  }

  @Test
  void theEndOfTheProcessLeavesAnArenaToItsOtherMembers() throws Exception {
    try (Lina.Arena arena = Lina.Arena.create(1 << 20, where, TEMPORARY)) {
      assertEquals("the hook saw 11\n", run("return"));
      assertEquals(1, arena.members().size());
      assertEquals(1, arena.array("x").getLong(0));
      assertEquals(1, arena.value("bye"));
      assertTrue(hasName(where));
    }
    assertTrue(!hasName(where));
  }
}
