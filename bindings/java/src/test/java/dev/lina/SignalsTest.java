package dev.lina;

import static dev.lina.Helper.awaitAsleep;
import static dev.lina.Helper.eventually;
import static dev.lina.Helper.inThread;
import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SignalsTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aSignalIsSetUntilItIsCleared() throws InterruptedException {
    assertFalse(arena.tryWait("s"));
    assertEquals(0, arena.value("s"));
    assertEquals(0, arena.signals().size(), "looking makes no signal");
    arena.signal("s");
    arena.await("s");
    assertTrue(arena.tryWait("s"));
    assertTrue(arena.tryWait("s"));
    arena.clear("s");
    assertFalse(arena.tryWait("s"));
    assertEquals(1, arena.value("s"));
    arena.signal("s", 4);
    assertEquals(5, arena.value("s"));
    arena.awaitValue("s", 5);
    assertEquals(List.of(new SignalInfo("s", 5, true)), arena.signals());
  }

  @Test
  void aWaitEndsWithTheSignalOfAnotherThreadAndSeesWhatWasWritten() throws Exception {
    LinaArray x = arena.createArray("x", DType.F64, 1);
    for (int round = 1; round <= 200; round++) {
      CompletableFuture<Double> seen = new CompletableFuture<>();
      CompletableFuture<Void> end = new CompletableFuture<>();
      int wanted = round;
      inThread(
          end,
          () -> {
            arena.awaitValue("s", wanted);
            seen.complete(x.getDouble(0));
          });
      x.setDouble(round, 0);
      arena.signal("s");
      assertEquals(round, seen.get());
      end.get();
    }
  }

  @Test
  void aWaitEndsWithItsTimeout() {
    LinaException why =
        refuses(
            ErrorCode.TIMEOUT, () -> arena.await("s", Duration.ofMillis(1)), "\"s\"", "0.001 s");
    assertTrue(why.getCause() instanceof TimeoutException);
    assertTrue(why instanceof LinaException.TimedOut);
    arena.signal("s");
    refuses(ErrorCode.TIMEOUT, () -> arena.awaitValue("s", 2, Duration.ofMillis(1)), "\"s\"", "2");
    refuses(ErrorCode.TIMEOUT, () -> arena.awaitAny(Duration.ofMillis(1), "a", "b"), "a", "b");
  }

  @Test
  void aTimeoutOfNothingOrLessOnlyLooks() throws Exception {
    for (Duration over :
        new Duration[] {
          Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE)
        }) {
      refuses(ErrorCode.TIMEOUT, () -> arena.await("s", over), "\"s\"");
      refuses(ErrorCode.TIMEOUT, () -> arena.awaitAny(over, "s"), "s");
      assertEquals(0, arena.signals().size());
    }
    arena.signal("s");
    arena.await("s", Duration.ZERO);
    assertEquals("s", arena.awaitAny(Duration.ZERO, "s"));
    arena.await("s", Duration.ofSeconds(Long.MAX_VALUE));
    arena.await("s", (Duration) null);
  }

  @Test
  void anInterruptEndsEveryWait() throws Exception {
    List<org.junit.jupiter.api.function.Executable> waits =
        List.of(
            () -> arena.await("s"),
            () -> arena.await("s", Duration.ofHours(1)),
            () -> arena.awaitValue("s", 3),
            () -> arena.awaitAny("s", "t"),
            () -> arena.openSignal("s").await());
    for (org.junit.jupiter.api.function.Executable wait : waits) {
      CompletableFuture<Void> end = new CompletableFuture<>();
      Thread thread = inThread(end, wait);
      awaitAsleep(thread);
      thread.interrupt();
      assertTrue(
          assertThrows(ExecutionException.class, () -> end.get(60, TimeUnit.SECONDS)).getCause()
              instanceof InterruptedException);
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, wait);
      assertFalse(Thread.currentThread().isInterrupted());
    }
    arena.signal("s");
    arena.await("s");
  }

  @Test
  void theFirstOfSeveralSignalsIsNamed() throws Exception {
    CompletableFuture<Void> end = new CompletableFuture<>();
    AtomicReference<String> which = new AtomicReference<>();
    Thread thread = inThread(end, () -> which.set(arena.awaitAny("a", "b", "c")));
    awaitAsleep(thread);
    arena.signal("b");
    end.get();
    assertEquals("b", which.get());
    arena.signal("a");
    assertEquals("a", arena.awaitAny("a", "b", "c"));
    refuses(IllegalArgumentException.class, () -> arena.awaitAny(), "0 names");
    refuses(IllegalArgumentException.class, () -> arena.awaitAny(new String[65]), "65 names");
  }

  @Test
  void aFutureCompletesWithTheSignal() throws Exception {
    CompletableFuture<Long> future = arena.awaitAsync("s");
    assertFalse(future.isDone());
    arena.signal("s");
    assertEquals(1, future.get());
    assertEquals(1, arena.awaitAsync("s").get());
    CompletableFuture<Long> third = arena.awaitValueAsync("s", 3);
    arena.signal("s");
    assertFalse(third.isDone());
    arena.signal("s");
    assertEquals(3, third.get());
  }

  @Test
  void thousandsOfFuturesHaveOneThread() throws Exception {
    arena.awaitAsync("warm up").cancel(true);
    int before = Thread.activeCount();
    List<CompletableFuture<Long>> all = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      all.add(arena.awaitValueAsync("s" + i % 50, i / 50 + 1));
    }
    assertTrue(Thread.activeCount() <= before + 1);
    for (int i = 0; i < 50; i++) {
      arena.signal("s" + i, 100);
    }
    for (CompletableFuture<Long> future : all) {
      assertEquals(100, future.get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void whatHangsOnAFutureMayBlockWithoutHoldingUpTheOthers() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CompletableFuture<Void> blocked =
        arena
            .awaitAsync("a")
            .thenAccept(
                value -> {
                  try {
                    gate.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    arena.signal("a");
    CompletableFuture<Long> other = arena.awaitAsync("b");
    arena.signal("b");
    other.get(60, TimeUnit.SECONDS);
    gate.countDown();
    blocked.get(60, TimeUnit.SECONDS);
  }

  @Test
  void aFutureCanBeGivenUpAndBounded() throws Exception {
    CompletableFuture<Long> given = arena.awaitAsync("s");
    assertTrue(given.cancel(true));
    CompletableFuture<Long> bounded = arena.awaitAsync("s").orTimeout(1, TimeUnit.MILLISECONDS);
    assertTrue(
        assertThrows(ExecutionException.class, bounded::get).getCause()
            instanceof TimeoutException);
    arena.signal("s");
    assertEquals(1, arena.awaitAsync("s").get());
  }

  @Test
  void waitsForARemovedSignalEnd() throws Exception {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread = inThread(end, () -> arena.await("s"));
    CompletableFuture<Long> future = arena.awaitAsync("s");
    awaitAsleep(thread);
    Signal handle = arena.openSignal("s");
    arena.removeSignal("s");
    for (CompletableFuture<?> one : List.of(end, future)) {
      Throwable why =
          assertThrows(ExecutionException.class, () -> one.get(60, TimeUnit.SECONDS)).getCause();
      assertTrue(why instanceof LinaException.NotFound, why::toString);
    }
    refuses(ErrorCode.NOT_FOUND, handle::isSet, "\"s\"", "removed");
    refuses(ErrorCode.NOT_FOUND, handle::raise);
    refuses(ErrorCode.NOT_FOUND, () -> arena.removeSignal("s"), "\"s\"");
    arena.signal("s"); // another signal
    assertTrue(arena.tryWait("s"));
    assertEquals(1, arena.value("s"));
    refuses(ErrorCode.NOT_FOUND, handle::isSet);
  }

  @Test
  void waitsEndWhenTheArenaIsClosed() throws Exception {
    Lina.Arena other = Helper.arena();
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread = inThread(end, () -> other.await("s"));
    CompletableFuture<Long> future = other.awaitAsync("s");
    Signal handle = other.openSignal("s");
    awaitAsleep(thread);
    other.close();
    for (CompletableFuture<?> one : List.of(end, future)) {
      Throwable why =
          assertThrows(ExecutionException.class, () -> one.get(60, TimeUnit.SECONDS)).getCause();
      assertTrue(why instanceof LinaException.Closed, why::toString);
    }
    refuses(ErrorCode.CLOSED, handle::isSet, "\"s\"");
    refuses(ErrorCode.CLOSED, () -> other.tryWait("s"));
    refuses(ErrorCode.CLOSED, handle::raise);
  }

  @Test
  void aHandleIsTheSignal() throws Exception {
    Signal s = arena.openSignal("s");
    assertFalse(s.isSet());
    s.raise();
    assertTrue(s.isSet() && arena.tryWait("s"));
    s.raise(5);
    assertEquals(6, s.value());
    s.await();
    s.clear();
    assertFalse(s.isSet());
    refuses(ErrorCode.TIMEOUT, () -> s.await(Duration.ofMillis(1)), "\"s\"");
    refuses(ErrorCode.TIMEOUT, () -> s.await(Duration.ZERO), "\"s\"");
  }

  @Test
  void theWorldCanBeStoppedWhileAThousandThreadsWait() throws Exception {
    List<Thread> threads = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(1000);
    for (int i = 0; i < 1000; i++) {
      Thread thread =
          new Thread(
              null,
              () -> {
                try {
                  arena.await("go");
                  ended.countDown();
                } catch (InterruptedException e) {
                  // The count stays above 0.
                }
              },
              "waiter",
              128 << 10);
      thread.start();
      threads.add(thread);
    }
    awaitAsleep(threads.get(999));
    for (int i = 0; i < 3; i++) {
      System.gc(); // needs all threads at a safepoint
      Thread.getAllStackTraces();
    }
    assertEquals(1000, ended.getCount());
    arena.signal("go");
    assertTrue(ended.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aThreadThatWaitsForNobodyDoesNotKeepTheFutureOfAnotherFromFailing() throws Exception {
    CompletableFuture<Long> a = arena.awaitAsync("a");
    CompletableFuture<Long> b = arena.awaitAsync("b");
    a.cancel(true);
    arena.signal("b");
    assertEquals(1, b.get(60, TimeUnit.SECONDS));
    eventually(b::isDone);
  }
}
