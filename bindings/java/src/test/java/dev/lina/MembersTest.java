package dev.lina;

import static dev.lina.Helper.awaitAsleep;
import static dev.lina.Helper.inThread;
import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class MembersTest {
  private static final Duration SHORT = Duration.ofMillis(1);

  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  private Lina.Arena camera() {
    Lina.Arena other = arena.join();
    other.setMemberName("camera");
    return other;
  }

  private MemberInfo memberOf(String name) {
    return arena.members().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aMemberHasANameAndAFurtherMemberIsAnother() {
    arena.setMemberName("host");
    Lina.Arena other = camera();
    refuses(ErrorCode.EXISTS, () -> other.setMemberName("host"), "\"host\"");
    MemberInfo host = memberOf("host");
    MemberInfo camera = memberOf("camera");
    assertTrue(host.isSelf() && !camera.isSelf());
    assertTrue(host.incarnation() != camera.incarnation() && host.number() != camera.number());
    assertEquals(ProcessHandle.current().pid(), camera.pid());
    assertTrue(camera.since().isAfter(Instant.EPOCH.plusSeconds(1_000_000_000)));
    other.createArray("x", DType.F64, 1).setDouble(5, 0);
    assertEquals(5, arena.array("x").getDouble(0));
    other.close();
    assertEquals(1, arena.members().size());
    arena.setMemberName(null);
    assertEquals("", arena.members().get(0).name());
  }

  @Test
  void aWaitThatDependsOnAMemberEndsWithIt() throws Exception {
    List<Executable> waits =
        List.of(
            () -> arena.await("s", Wait.on("camera")),
            () -> arena.awaitValue("s", 3, Wait.on("camera").within(Duration.ofHours(1))),
            () -> arena.awaitAny(Wait.on("camera"), "s", "t"));
    for (Executable wait : waits) {
      Lina.Arena other = camera();
      CompletableFuture<Void> end = new CompletableFuture<>();
      Thread thread = inThread(end, wait);
      awaitAsleep(thread);
      assertFalse(end.isDone());
      other.close();
      assertTrue(causeOf(end) instanceof LinaException.MemberDied);
    }
  }

  @Test
  void aWaitMeansTheMemberThatItSawFirstAndNoNamesake() {
    MemberWatch watch = new MemberWatch(arena, "camera");
    boolean[] isSet = new boolean[1];
    Sleep.Slice slice = watch.over(nanos -> isSet[0] ? 3 : Sleep.NOT_YET, "signal \"s\"");
    assertEquals(Sleep.NOT_YET, slice.sleep(1), "nobody has had the name yet");
    Lina.Arena other = camera();
    assertEquals(Sleep.NOT_YET, slice.sleep(1));
    other.close();
    Lina.Arena namesake = camera();
    refuses(ErrorCode.DIED, () -> slice.sleep(1), "\"s\"", "\"camera\"");
    isSet[0] = true;
    assertEquals(3, slice.sleep(1));
    namesake.close();
  }

  private static Throwable causeOf(CompletableFuture<?> end) {
    return assertThrows(ExecutionException.class, () -> end.get(60, TimeUnit.SECONDS)).getCause();
  }

  @Test
  void whatWasSignalledBeforeTheDeathWins() throws Exception {
    Lina.Arena other = camera();
    other.signal("s");
    other.close();
    arena.await("s", Wait.on("camera"));
    assertEquals("s", arena.awaitAny(Wait.on("camera"), "t", "s"));
    LinaException why =
        refuses(ErrorCode.DIED, () -> arena.await("t", Wait.on("camera")), "\"camera\"");
    assertTrue(why instanceof LinaException.MemberDied);
    refuses(ErrorCode.DIED, () -> arena.await("t", Wait.on("camera").within(Duration.ZERO)));
  }

  // ---- futures ----

  private List<Function<Wait, CompletableFuture<Long>>> futures() {
    return List.of(wait -> arena.awaitAsync("s", wait), w -> arena.awaitValueAsync("s", 3, w));
  }

  @Test
  void aFutureThatDependsOnAMemberFailsWhenItEnds() {
    for (Function<Wait, CompletableFuture<Long>> future : futures()) {
      Lina.Arena other = camera();
      CompletableFuture<Long> end = future.apply(Wait.on("camera"));
      assertFalse(end.isDone());
      other.close();
      Throwable why = causeOf(end);
      assertTrue(why instanceof LinaException.MemberDied, why::toString);
      assertTrue(why.getMessage().contains("\"s\": member \"camera\""), why::toString);
    }
  }

  @Test
  void aFutureMeansTheMemberThatHasTheNameAtItsStartAndNoNamesake() {
    Lina.Arena other = camera();
    CompletableFuture<Long> end = arena.awaitAsync("s", Wait.on("camera"));
    other.close();
    try (Lina.Arena namesake = camera()) {
      CompletableFuture<Long> later = namesake.awaitAsync("s", Wait.on("camera"));
      assertTrue(causeOf(end) instanceof LinaException.MemberDied);
      assertFalse(later.isDone());
    }
  }

  @Test
  void aFutureCompletesWithItsSignalWhileTheMemberLivesAndIfItWasSignalledBeforeTheEnd()
      throws Exception {
    Lina.Arena other = camera();
    CompletableFuture<Long> living = arena.awaitAsync("s", Wait.on("camera"));
    CompletableFuture<Long> last = arena.awaitValueAsync("t", 2, Wait.on("camera"));
    other.signal("s");
    assertEquals(1, living.get(60, TimeUnit.SECONDS));
    other.signal("t", 2);
    other.close();
    assertEquals(2, last.get(60, TimeUnit.SECONDS));
    assertEquals(1, arena.awaitAsync("s", Wait.on("camera")).get(60, TimeUnit.SECONDS));
    assertTrue(
        causeOf(arena.awaitAsync("u", Wait.on("camera"))) instanceof LinaException.MemberDied);
  }

  @Test
  void aFutureWaitsForAMemberThatNobodyHasBeenYet() {
    CompletableFuture<Long> end = arena.awaitAsync("s", Wait.on("camera"));
    assertFalse(end.isDone());
    camera().close(); // it may come and go between two looks
    assertTrue(causeOf(end) instanceof LinaException.MemberDied);
  }

  @Test
  void aFutureOnAMemberStillHasItsTimeout() throws Exception {
    try (Lina.Arena other = camera()) {
      for (Duration timeout : List.of(SHORT, Duration.ZERO, Duration.ofSeconds(-1))) {
        for (Function<Wait, CompletableFuture<Long>> future : futures()) {
          Throwable why = causeOf(future.apply(Wait.on("camera").within(timeout)));
          assertTrue(why instanceof LinaException.TimedOut, why::toString);
          assertTrue(why.getMessage().contains("\"s\""), why::toString);
          assertTrue(
              causeOf(future.apply(new Wait(null, timeout))) instanceof LinaException.TimedOut);
        }
      }
      other.signal("s", 3);
      assertEquals(3, arena.awaitAsync("s", Wait.on("camera").within(SHORT)).get());
    }
  }

  @Test
  void aFutureThatIsGivenUpNeedsItsMemberNoMore() throws Exception {
    Lina.Arena other = camera();
    assertTrue(other.awaitAsync("s", Wait.on("camera")).cancel(true));
    assertEquals(0, Vigil.count());
    CompletableFuture<Long> closed = other.awaitAsync("s", Wait.on("camera"));
    other.close();
    assertTrue(causeOf(closed) instanceof LinaException);
    Lina.Arena third = camera();
    CompletableFuture<Long> end = arena.awaitAsync("s", Wait.on("camera"));
    third.close();
    assertTrue(causeOf(end) instanceof LinaException.MemberDied);
  }

  @Test
  void manyFuturesThatDependOnAMemberAllEnd() {
    Lina.Arena other = camera();
    List<CompletableFuture<Long>> all = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      all.add(arena.awaitValueAsync("s" + i % 20, i, Wait.on("camera")));
    }
    other.close();
    all.forEach(end -> end.exceptionally(why -> -1L).join());
    assertTrue(all.stream().skip(20).allMatch(CompletableFuture::isCompletedExceptionally));
    refuses(
        ErrorCode.INVALID, () -> arena.awaitAsync("s", Wait.on("x".repeat(64))), "member", "xxx");
    refuses(NullPointerException.class, () -> arena.awaitAsync("s", null), "wait is null");
  }

  // ---- times ----

  @Test
  void aWaitOnAMemberStillHasItsTimeout() {
    try (Lina.Arena other = camera()) {
      refuses(ErrorCode.TIMEOUT, () -> arena.await("s", Wait.on("camera").within(SHORT)), "\"s\"");
      refuses(ErrorCode.TIMEOUT, () -> arena.await("s", Wait.on("nobody").within(SHORT)), "\"s\"");
      refuses(ErrorCode.TIMEOUT, () -> other.awaitMember("camera", SHORT), "\"camera\"");
      refuses(ErrorCode.TIMEOUT, () -> other.awaitMember("camera", Duration.ZERO), "\"camera\"");
    }
  }

  @Test
  void theEndOfAMemberCanBeAwaited() throws Exception {
    Lina.Arena other = camera();
    CompletableFuture<Void> end = new CompletableFuture<>();
    awaitAsleep(inThread(end, () -> arena.awaitMember("camera")));
    other.close();
    end.get(60, TimeUnit.SECONDS);
    arena.awaitMember("camera");
    CompletableFuture<Void> interrupted = new CompletableFuture<>();
    Thread thread = inThread(interrupted, () -> arena.awaitMember("nobody"));
    awaitAsleep(thread);
    thread.interrupt();
    assertTrue(causeOf(interrupted) instanceof InterruptedException);
  }

  @Test
  void badNamesAreRefused() {
    refuses(NullPointerException.class, () -> Wait.on(null), "member");
    refuses(NullPointerException.class, () -> arena.awaitMember(null), "member");
    refuses(ErrorCode.INVALID, () -> arena.setMemberName("x".repeat(64)), "x");
    refuses(ErrorCode.INVALID, () -> arena.setMemberName("a\0b"), "zero");
    refuses(ErrorCode.INVALID, () -> arena.await("s", Wait.on("x".repeat(64))), "x");
    assertEquals(1, arena.members().size());
  }
}
