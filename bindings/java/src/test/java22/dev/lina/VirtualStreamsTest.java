package dev.lina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams and members on virtual threads, of which a few carriers run thousands. */
@SuppressWarnings("try") // a producer is there to be closed
class VirtualStreamsTest {
  private final Lina.Arena arena = Lina.Arena.create(1 << 22);
  private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void open() {
    arena.stream("f", 4);
  }

  @AfterEach
  void close() {
    virtual.shutdownNow();
    arena.close();
  }

  private static Throwable causeOf(Future<?> end) {
    return assertThrows(ExecutionException.class, () -> end.get(60, TimeUnit.SECONDS)).getCause();
  }

  private static Future<?> parked(ExecutorService executor, Callable<?> wait) throws Exception {
    Thread[] thread = new Thread[1];
    CountDownLatch begun = new CountDownLatch(1);
    Future<?> end =
        executor.submit(
            () -> {
              thread[0] = Thread.currentThread();
              begun.countDown();
              return wait.call();
            });
    begun.await();
    Helper.eventually(
        () ->
            thread[0].getState() == Thread.State.WAITING
                || thread[0].getState() == Thread.State.TIMED_WAITING);
    return end;
  }

  @Test
  void aThousandVirtualThreadsFollowAndHoldNoCarrier() throws Exception {
    List<Future<Long>> all = new ArrayList<>();
    CountDownLatch open = new CountDownLatch(1000);
    FollowOptions lossy = FollowOptions.defaults().lossy();
    for (int i = 0; i < 1000; i++) {
      all.add(
          virtual.submit(
              () -> {
                long sum = 0;
                try (Follower follower = arena.follow("f", lossy)) {
                  open.countDown();
                  for (StreamArray x : follower) {
                    sum += x.getLong(0);
                  }
                }
                return sum;
              }));
    }
    assertTrue(open.await(60, TimeUnit.SECONDS));
    // Were a carrier held by each, none were left for this one.
    assertEquals(3, virtual.submit(() -> 3).get(60, TimeUnit.SECONDS));
    try (Producer producer = arena.produce("f")) {
      Helper.publish(arena, 7);
    }
    for (Future<Long> one : all) {
      assertEquals(7, one.get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void aVirtualProducerAndAVirtualReaderKeepPace() throws Exception {
    Follower follower = arena.follow("f");
    Future<?> produced =
        virtual.submit(
            () -> {
              try (Producer producer = arena.produce("f")) {
                for (int n = 1; n <= 500; n++) {
                  Helper.publish(arena, n);
                }
              }
            });
    Future<Long> read =
        virtual.submit(
            () -> {
              long n = 0;
              for (StreamArray x : follower) {
                assertEquals(++n, x.getLong(0));
              }
              return n;
            });
    assertEquals(500, read.get(100, TimeUnit.SECONDS));
    produced.get(60, TimeUnit.SECONDS);
  }

  @Test
  void theWaitsOfVirtualThreadsEndAsAnyOthers() throws Exception {
    Follower follower = arena.follow("f");
    Iterator<StreamArray> each = follower.iterator();
    Future<?> timed =
        virtual.submit(
            () ->
                arena
                    .follow("f", FollowOptions.defaults().timeout(Duration.ofMillis(1)))
                    .iterator()
                    .next());
    assertTrue(causeOf(timed) instanceof LinaException.TimedOut);
    Thread[] thread = new Thread[1];
    Future<?> interrupted =
        parked(
            virtual,
            () -> {
              thread[0] = Thread.currentThread();
              return each.hasNext();
            });
    thread[0].interrupt();
    assertTrue(causeOf(interrupted) instanceof LinaException.Interrupted);
    for (int n = 1; n <= 4; n++) {
      Helper.publish(arena, n);
    }
    Future<?> late = virtual.submit(() -> Helper.publish(arena, 5, Duration.ofMillis(1)));
    ((LinaException.TimedOut) causeOf(late)).loan().close();
    Follower other = arena.follow("f");
    Future<?> closed = parked(virtual, () -> other.iterator().hasNext());
    other.close();
    assertTrue(causeOf(closed) instanceof LinaException.Closed);
  }

  @Test
  void aVirtualThreadsWaitEndsWithTheMemberThatItDependsOn() throws Exception {
    Lina.Arena other = arena.join();
    other.setMemberName("camera");
    Future<?> one =
        parked(
            virtual,
            () -> {
              arena.await("s", Wait.on("camera"));
              return null;
            });
    Future<?> gone =
        parked(
            virtual,
            () -> {
              arena.awaitMember("camera");
              return null;
            });
    other.close();
    assertTrue(causeOf(one) instanceof LinaException.MemberDied);
    gone.get(60, TimeUnit.SECONDS);
  }
}
