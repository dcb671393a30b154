package dev.lina;

import static dev.lina.Helper.publish;
import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Iterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams and members between Java and Python, each in a process. */
@SuppressWarnings("try") // a producer is there to be closed
class StreamProcessesTest {
  private static final Duration LONG = Duration.ofSeconds(100);

  @TempDir java.nio.file.Path folder;
  private final String where = Helper.where();
  private final Lina.Arena arena =
      Lina.Arena.create(1 << 20, where, ArenaOptions.defaults().temporary());

  @BeforeEach
  void begin() {
    Helper.assumePython();
    arena.stream("f", 4);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private Process start(String program) throws Exception {
    return Helper.startPython(folder, where, program);
  }

  @Test
  void pythonProducesAndJavaFollows() throws Exception {
    Follower follower = arena.follow("f", FollowOptions.defaults().timeout(LONG));
    Process process =
        start(
            """
            with lina.produce("f"):
                for n in range(1, 2001):
                    with lina.loan("f", "i64", (2,)) as x:
                        x[0] = n
                        x[1] = n * n
            """);
    long n = 0;
    for (StreamArray x : follower) {
      assertEquals(++n, x.getLong(0));
      assertEquals(n * n, x.getLong(1));
      assertEquals(n, x.sequence());
    }
    assertEquals(2000, n);
    Helper.endsWell(process);
  }

  @Test
  void javaProducesAndPythonFollows() throws Exception {
    Process process =
        start(
            """
            frames = lina.follow("f", timeout=100)
            lina.signal("open")
            assert [x[0] for x in frames] == list(range(1, 2001))
            """);
    arena.await("open", LONG);
    try (Producer producer = arena.produce("f")) {
      for (int n = 1; n <= 2000; n++) {
        publish(arena, n, LONG);
      }
    }
    Helper.endsWell(process);
  }

  @Test
  void aProducerThatIsKilledEndsFollowersAndWaits() throws Exception {
    Process process =
        start(
            """
            lina.set_member_name("camera")
            with lina.produce("f"):
                with lina.loan("f", "i64", (1,)) as x:
                    x[0] = 7
                lina.wait("never")
            """);
    FollowOptions options = FollowOptions.defaults().at(1).timeout(LONG);
    Iterator<StreamArray> each = arena.follow("f", options).iterator();
    assertEquals(7, each.next().getLong(0));
    process.destroyForcibly();
    refuses(ErrorCode.DIED, each::hasNext, "\"f\"");
    Wait wait = Wait.on("camera").within(LONG);
    refuses(ErrorCode.DIED, () -> arena.await("never again", wait), "\"camera\"");
    arena.awaitMember("camera", LONG);
    assertTrue(arena.members().stream().noneMatch(member -> member.name().equals("camera")));
    process.waitFor();
    arena.checkTables();
  }

  @Test
  void aReaderThatIsKilledIsWaitedForNoLonger() throws Exception {
    Process process = start("frames = lina.follow('f')\nlina.signal('open')\nlina.wait('never')\n");
    arena.await("open", LONG);
    for (int n = 1; n <= 4; n++) {
      publish(arena, n, Duration.ZERO);
    }
    LinaException why = refuses(ErrorCode.BEHIND, () -> publish(arena, 5, Duration.ZERO), "\"f\"");
    assertTrue(why.getMessage().contains(String.valueOf(process.pid())), why.getMessage());
    process.destroyForcibly();
    why.loan().publish(LONG);
    assertEquals(5, arena.array("f").getLong(0));
    process.waitFor();
  }

  /** Killed at any instant; all that was published comes once, in order, and then the death. */
  @Test
  void noGenerationOfAProducerThatIsKilledIsLostOrTorn() throws Exception {
    for (int round = 0; round < 5; round++) {
      Process process =
          start(
              """
              with lina.produce("f"):
                  lina.signal("producing")
                  lina.wait_value("open", lina.value("producing"), timeout=100)
                  for n in range(1, 1000000):
                      with lina.loan("f", "i64", (64,)) as x:
                          for i in range(64):
                              x[i] = n
              """);
      arena.awaitValue("producing", round + 1, LONG);
      Follower follower = arena.follow("f", FollowOptions.defaults().timeout(LONG));
      arena.signal("open");
      Iterator<StreamArray> each = follower.iterator();
      long before = follower.sequence();
      long taken = 0;
      boolean hasDied = false;
      while (!hasDied) {
        try {
          StreamArray x = each.next();
          assertEquals(++before, x.sequence());
          taken++;
          for (int i = 0; i < 64; i++) {
            assertEquals(taken, x.getLong(i));
          }
          if (taken == 1 + round * 37) {
            process.destroyForcibly();
          }
        } catch (LinaException.MemberDied e) {
          hasDied = true;
        }
      }
      assertEquals(arena.streamInfo("f").sequence(), before);
      assertEquals(0, follower.lost());
      follower.close();
      process.waitFor();
      arena.checkTables();
      assertFalse(process.isAlive());
    }
  }
}
