package dev.lina;

import static dev.lina.Helper.awaitAsleep;
import static dev.lina.Helper.eventually;
import static dev.lina.Helper.eventuallyCollected;
import static dev.lina.Helper.inThread;
import static dev.lina.Helper.publish;
import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a producer is there to be closed
class StreamsTest {
  private static final FollowOptions LOOK = FollowOptions.defaults().timeout(Duration.ZERO);

  private final Lina.Arena arena = Helper.arena();

  @BeforeEach
  void open() {
    arena.stream("f", 4);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private List<Long> valuesOf(Iterable<StreamArray> follower) {
    List<Long> values = new ArrayList<>();
    for (StreamArray x : follower) {
      values.add(x.getLong(0));
    }
    return values;
  }

  private void publishAll(int from, int to) {
    for (int n = from; n <= to; n++) {
      publish(arena, n);
    }
  }

  @Test
  void aLoopTakesEachGenerationOnceInOrderAndEndsWithTheStream() throws Exception {
    Follower follower = arena.follow("f");
    CompletableFuture<Void> end = new CompletableFuture<>();
    inThread(
        end,
        () -> {
          try (Producer producer = arena.produce("f")) {
            publishAll(1, 100);
          }
        });
    long expected = 0;
    StreamArray first = null;
    for (StreamArray x : follower) {
      first = first == null ? x : first;
      assertEquals(++expected, x.getLong(0));
      assertEquals(expected, x.sequence());
    }
    assertEquals(100, expected);
    end.get();
    StreamArray passed = first;
    refuses(ErrorCode.CLOSED, () -> passed.getLong(0), "\"f\"", "moved on", "keep()");
    assertTrue(follower.isClosed());
    assertEquals(100, follower.sequence());
    assertEquals(0, follower.lost());
    assertFalse(follower.iterator().hasNext());
    assertThrows(NoSuchElementException.class, () -> follower.iterator().next());
    assertEquals(StreamInfo.State.ENDED, arena.streamInfo("f").state());
    arena.checkTables();
  }

  @Test
  void aGenerationThatIsKeptStays() {
    try (Follower follower = arena.follow("f", LOOK)) {
      publishAll(1, 2);
      Iterator<StreamArray> each = follower.iterator();
      StreamArray kept = each.next().keep();
      assertEquals(2, each.next().getLong(0));
      assertEquals(1, kept.getLong(0));
      kept.close();
      refuses(ErrorCode.CLOSED, () -> kept.getLong(0), "closed");
    }
  }

  @Test
  void afterATimeoutTheLoopCanGoOn() {
    try (Follower follower =
        arena.follow("f", FollowOptions.defaults().timeout(Duration.ofMillis(1)))) {
      Iterator<StreamArray> each = follower.iterator();
      refuses(ErrorCode.TIMEOUT, each::hasNext, "\"f\"", "0.001 s");
      publish(arena, 5);
      assertEquals(5, each.next().getLong(0));
      refuses(ErrorCode.TIMEOUT, each::next);
    }
  }

  @Test
  void aFollowerBeginsWhereItIsToldToAndTellsWhatItLost() {
    publishAll(1, 6);
    assertFirst(6, 0, LOOK.latest());
    assertFirst(3, 0, LOOK.oldest());
    assertFirst(5, 0, LOOK.at(5));
    assertFirst(3, 2, LOOK.at(1));
    try (Follower next = arena.follow("f", LOOK)) {
      refuses(ErrorCode.TIMEOUT, () -> next.iterator().next());
    }
    try (Follower lossy = arena.follow("f", LOOK.lossy())) {
      publishAll(7, 20);
      assertEquals(17, lossy.iterator().next().getLong(0));
      assertEquals(10, lossy.lost());
    }
  }

  private void assertFirst(long value, long lost, FollowOptions options) {
    try (Follower follower = arena.follow("f", options)) {
      assertEquals(value, follower.iterator().next().getLong(0));
      assertEquals(lost, follower.lost());
    }
  }

  @Test
  void closingAFollowerEndsItsWaitAndGoesOnWithItsProducer() throws Exception {
    Follower follower = arena.follow("f");
    publishAll(1, 4);
    refuses(ErrorCode.BEHIND, () -> publish(arena, 5, Duration.ZERO), "\"f\"").loan().close();
    CompletableFuture<Void> end = new CompletableFuture<>();
    Follower idle = arena.follow("f");
    Thread thread = inThread(end, () -> idle.iterator().hasNext());
    awaitAsleep(thread);
    idle.close();
    follower.close();
    follower.close();
    assertTrue(causeOf(end) instanceof LinaException.Closed);
    refuses(ErrorCode.CLOSED, () -> follower.iterator().hasNext(), "\"f\"", "closed");
    publish(arena, 5, Duration.ZERO);
    assertEquals(0, arena.streamInfo("f").readers());
  }

  private static Throwable causeOf(CompletableFuture<?> end) {
    return assertThrows(ExecutionException.class, () -> end.get(60, TimeUnit.SECONDS)).getCause();
  }

  @Test
  void aLoanWaitsForTheSlowestReader() throws Exception {
    Follower follower = arena.follow("f");
    publishAll(1, 4);
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread = inThread(end, () -> publish(arena, 5));
    awaitAsleep(thread);
    Iterator<StreamArray> each = follower.iterator();
    assertEquals(1, each.next().getLong(0));
    end.get(60, TimeUnit.SECONDS);
    for (long n = 2; n <= 5; n++) {
      assertEquals(n, each.next().getLong(0));
    }
    follower.close();
  }

  @Test
  void aLoanThatFindsNoRoomInTimeIsStillALoan() {
    Follower follower = arena.follow("f");
    publishAll(1, 4);
    Loan behind = refuses(ErrorCode.BEHIND, () -> publish(arena, 5, Duration.ZERO), "\"f\"").loan();
    Loan late =
        refuses(ErrorCode.TIMEOUT, () -> publish(arena, 6, Duration.ofMillis(1)), "\"f\"", "0.001")
            .loan();
    assertTrue(behind.isLoan() && late.isLoan());
    assertSame(late, refuses(ErrorCode.TIMEOUT, () -> late.publish(Duration.ofMillis(60))).loan());
    assertEquals(2, arena.info().loans());
    assertEquals(1, follower.iterator().next().getLong(0));
    late.publish(Duration.ZERO);
    assertEquals(6, arena.array("f").getLong(0));
    behind.close();
    assertEquals(0, arena.info().loans());
    assertNull(refuses(ErrorCode.NOT_FOUND, () -> arena.array("none")).loan());
    follower.close();
  }

  @Test
  void anInterruptEndsWhatWaitsAndTheThreadStaysInterrupted() throws Exception {
    Follower follower = arena.follow("f");
    Iterator<StreamArray> each = follower.iterator();
    interrupts(each::hasNext);
    publishAll(1, 4);
    LinaException why = interrupts(() -> publish(arena, 5));
    assertTrue(why.loan().isLoan());
    why.loan().close();
    assertEquals(1, each.next().getLong(0));
    Thread.currentThread().interrupt(); // nothing waits, so that nothing minds
    publish(arena, 5);
    assertEquals(2, each.next().getLong(0));
    assertTrue(Thread.interrupted());
    follower.close();
  }

  private LinaException interrupts(org.junit.jupiter.api.function.Executable wait)
      throws Exception {
    CompletableFuture<Boolean> wasInterrupted = new CompletableFuture<>();
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread =
        inThread(
            end,
            () -> {
              try {
                wait.execute();
              } finally {
                wasInterrupted.complete(Thread.currentThread().isInterrupted());
              }
            });
    awaitAsleep(thread);
    thread.interrupt();
    LinaException why = (LinaException.Interrupted) causeOf(end);
    assertEquals(ErrorCode.INTERRUPTED, why.code());
    assertTrue(why.getCause() instanceof InterruptedException);
    assertTrue(wasInterrupted.get());
    return why;
  }

  @Test
  void aFuturePublishesOnceThereIsRoom() throws Exception {
    Follower follower = arena.follow("f");
    publishAll(1, 4);
    Loan given = Helper.loanOf(arena, 9);
    CompletableFuture<Void> givenUp = given.publishAsync();
    assertTrue(givenUp.cancel(true));
    CompletableFuture<Void> published = Helper.loanOf(arena, 5).publishAsync();
    assertFalse(published.isDone());
    Iterator<StreamArray> each = follower.iterator();
    each.next();
    published.get(60, TimeUnit.SECONDS);
    for (long n = 2; n <= 5; n++) {
      assertEquals(n, each.next().getLong(0));
    }
    assertTrue(given.isLoan());
    given.close();
    Helper.loanOf(arena, 6).publishAsync().get(60, TimeUnit.SECONDS);
    assertEquals(6, each.next().getLong(0));
    Loan twice = Helper.loanOf(arena, 7);
    twice.publish();
    assertTrue(causeOf(twice.publishAsync()) instanceof LinaException.Invalid);
    follower.close();
  }

  @Test
  void theDeathOfTheLastProducerIsRaisedAndAFollowerMayWaitForTheNext() throws Exception {
    Lina.Arena other = arena.join();
    other.produce("f");
    Follower follower = arena.follow("f");
    Follower reviving = arena.follow("f", FollowOptions.defaults().revive());
    publish(arena, 1);
    other.close();
    Iterator<StreamArray> each = follower.iterator();
    assertEquals(1, each.next().getLong(0));
    refuses(ErrorCode.DIED, each::hasNext, "\"f\"");
    assertTrue(refuses(ErrorCode.DIED, each::next, "\"f\"") instanceof LinaException.MemberDied);
    Iterator<StreamArray> all = reviving.iterator();
    assertEquals(1, all.next().getLong(0));
    CompletableFuture<Void> end = new CompletableFuture<>();
    CompletableFuture<Long> later = new CompletableFuture<>();
    awaitAsleep(inThread(end, () -> later.complete(all.next().getLong(0))));
    try (Producer producer = arena.produce("f")) {
      publish(arena, 2);
      assertEquals(2, later.get(60, TimeUnit.SECONDS));
    }
    end.get();
    assertEquals(2, each.next().getLong(0));
    assertFalse(each.hasNext());
  }

  @Test
  void removingTheStreamEndsItsFollowersAndProducers() {
    Follower follower = arena.follow("f");
    Producer producer = arena.produce("f");
    publish(arena, 1);
    arena.remove("f");
    assertFalse(follower.iterator().hasNext());
    producer.close();
    refuses(ErrorCode.NOT_FOUND, () -> arena.follow("f"), "\"f\"");
    refuses(ErrorCode.NOT_FOUND, () -> arena.stream("f"), "\"f\"");
  }

  @Test
  void closingTheArenaEndsWhatWaits() throws Exception {
    Lina.Arena other = Helper.arena();
    other.stream("f", 1);
    Follower follower = other.follow("f");
    Producer producer = other.produce("f");
    CompletableFuture<Void> end = new CompletableFuture<>();
    awaitAsleep(inThread(end, () -> follower.iterator().hasNext()));
    other.close();
    assertTrue(causeOf(end) instanceof LinaException.Closed);
    follower.close();
    producer.close();
    refuses(ErrorCode.CLOSED, () -> follower.iterator().hasNext());
  }

  @Test
  void aFollowerHoldsSoManyAndGarbageDoesNotCount() {
    Follower follower = arena.follow("f", LOOK.maxHeld(2));
    Iterator<StreamArray> each = follower.iterator();
    for (int n = 1; n <= 20; n++) {
      publish(arena, n);
      each.next().keep(); // and forgotten
    }
    List<StreamArray> kept = new ArrayList<>();
    LinaException why =
        refuses(
            ErrorCode.BUSY,
            () -> {
              for (int n = 21; n <= 23; n++) {
                publish(arena, n);
                kept.add(each.next().keep());
              }
            },
            "\"f\"");
    assertTrue(why.getMessage().contains("2 views"), why.getMessage());
    kept.remove(0).close();
    assertEquals(23, each.next().getLong(0));
  }

  @Test
  void theCollectorClosesAFollowerThatIsDropped() throws Exception {
    dropAFollower();
    eventuallyCollected(() -> arena.streamInfo("f").readers() == 0);
  }

  private void dropAFollower() {
    assertEquals(0, arena.follow("f").sequence());
  }

  @Test
  void aGenerationOutlivesItsFollowerAndTheArena() {
    Lina.Arena other = Helper.arena();
    other.stream("f", 2);
    publish(other, 7);
    Follower follower = other.follow("f", LOOK.oldest());
    StreamArray x = follower.iterator().next();
    follower.close();
    other.close();
    System.gc();
    assertEquals(7, x.getLong(0));
    x.close();
  }

  @Test
  void streamsAreListed() throws Exception {
    arena.stream("f");
    arena.stream("f", 4);
    arena.stream("g", 2);
    publishAll(1, 3);
    try (Follower follower = arena.follow("f");
        Producer producer = arena.produce("f")) {
      assertEquals(
          new StreamInfo("f", 4, 3, 3, 1, 1, StreamInfo.State.PRODUCED, 0), arena.streamInfo("f"));
      assertEquals(
          List.of("f", "g"), arena.streams().stream().map(StreamInfo::name).sorted().toList());
      assertEquals("Follower[f, behind 3]", follower.toString());
      assertEquals("f", producer.name());
    }
    eventually(() -> arena.streamInfo("f").producers() == 0);
  }

  @Test
  void badArgumentsAreNamed() {
    refuses(ErrorCode.EXISTS, () -> arena.stream("f", 5), "\"f\"");
    refuses(ErrorCode.NOT_FOUND, () -> arena.follow("none"), "\"none\"");
    refuses(ErrorCode.NOT_FOUND, () -> arena.produce("none"), "\"none\"");
    refuses(ErrorCode.NOT_FOUND, () -> arena.streamInfo("none"), "\"none\"");
    refuses(ErrorCode.INVALID, () -> arena.follow("f", LOOK.at(99)), "\"f\"");
    refuses(IllegalArgumentException.class, () -> arena.stream("f", 0), "\"f\"", "depth of 0");
    refuses(IllegalArgumentException.class, () -> LOOK.at(0), "0", "begin at 1");
    refuses(IllegalArgumentException.class, () -> LOOK.maxHeld(-1), "-1");
    refuses(NullPointerException.class, () -> LOOK.executor(null), "executor");
    refuses(NullPointerException.class, () -> arena.follow(null), "stream");
    refuses(NullPointerException.class, () -> arena.follow("f", null), "\"f\"", "options");
    refuses(NullPointerException.class, () -> arena.follow("f").subscribe(null), "subscriber");
    assertEquals(List.of(), valuesOfEnded());
  }

  private List<Long> valuesOfEnded() {
    Follower follower = arena.follow("f");
    arena.produce("f").close();
    return valuesOf(follower);
  }
}
