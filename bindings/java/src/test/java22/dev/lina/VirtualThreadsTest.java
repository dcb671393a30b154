package dev.lina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualThreadsTest {
  @TempDir Path folder;
  private final Lina.Arena arena = Helper.arena();
  private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    virtual.shutdownNow();
    arena.close();
  }

  @Test
  void tenThousandVirtualThreadsWaitAndHoldNoCarrier() throws Exception {
    CountDownLatch ended = new CountDownLatch(10_000);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int n = i;
      all.add(
          virtual.submit(
              () -> {
                if (n % 2 == 0) {
                  arena.awaitValue("v" + n % 100, 1);
                } else {
                  arena.awaitAny("never", "v" + n % 100);
                }
                ended.countDown();
                return null;
              }));
    }
    // Were a carrier held by each, none were left for this one.
    assertEquals(3, virtual.submit(() -> 3).get(60, TimeUnit.SECONDS));
    assertEquals(10_000, ended.getCount());
    for (int i = 0; i < 100; i++) {
      arena.signal("v" + i);
    }
    for (Future<?> one : all) {
      one.get(60, TimeUnit.SECONDS);
    }
  }

  /**
   * The JVM itself reports each park that held a carrier. Threads that meet while a class is
   * initialized hold theirs, so each kind of wait runs once before the recording.
   */
  @Test
  void theFlightRecorderSeesNoWaitThatPinsItsCarrier() throws Exception {
    assumeTrue(ModuleLayer.boot().findModule("jdk.jfr").isPresent(), "there is no flight recorder");
    Path file = folder.resolve("pinned.jfr");
    arena.stream("f", 2);
    waitInEachWay(1, "first");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
      recording.start();
      waitInEachWay(50, "go");
      recording.stop();
      recording.dump(file);
    }
    assertEquals(
        List.of(),
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> String.valueOf(event.getStackTrace()).contains("dev.lina.Sleep"))
            .toList());
  }

  /** Lets virtual threads wait in each way, that many in each, until all of them wait. */
  private void waitInEachWay(int times, String go) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      all.add(virtual.submit(() -> waits(go, null)));
      all.add(virtual.submit(() -> arena.awaitAny("never", go)));
      all.add(virtual.submit(() -> arena.awaitAsync(go).get()));
      all.add(virtual.submit(() -> next("f")));
    }
    Helper.eventually(() -> arena.streams().get(0).readers() == times);
    arena.signal(go);
    Helper.publish(arena, 1);
    for (Future<?> one : all) {
      one.get(60, TimeUnit.SECONDS);
    }
  }

  private Object next(String stream) {
    try (Follower follower = arena.follow(stream)) {
      return follower.iterator().next().getLong(0);
    }
  }

  @Test
  void aVirtualThreadsWaitEndsAsAnyOther() throws Exception {
    Future<?> timed = virtual.submit(() -> waits("timed", Duration.ofMillis(1)));
    assertTrue(cause(timed) instanceof LinaException.TimedOut);
    Future<?> looks = virtual.submit(() -> waits("looked", Duration.ZERO));
    assertTrue(cause(looks) instanceof LinaException.TimedOut);
    CountDownLatch begun = new CountDownLatch(1);
    Thread[] thread = new Thread[1];
    Future<?> interrupted =
        virtual.submit(
            () -> {
              thread[0] = Thread.currentThread();
              begun.countDown();
              return waits("interrupted", null);
            });
    begun.await();
    Helper.eventually(
        () ->
            thread[0].getState() == Thread.State.WAITING
                || thread[0].getState() == Thread.State.TIMED_WAITING);
    thread[0].interrupt();
    assertTrue(cause(interrupted) instanceof InterruptedException);
    Future<?> removed = virtual.submit(() -> waits("removed", null));
    Helper.eventually(() -> arena.signals().stream().anyMatch(s -> s.name().equals("removed")));
    arena.removeSignal("removed");
    assertTrue(cause(removed) instanceof LinaException.NotFound);
    arena.signal("s");
    virtual.submit(() -> waits("s", null)).get(60, TimeUnit.SECONDS);
  }

  private Object waits(String name, Duration timeout) throws InterruptedException {
    arena.await(name, timeout);
    return null;
  }

  private static Throwable cause(Future<?> future) {
    return assertThrows(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS))
        .getCause();
  }
}
