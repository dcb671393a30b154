package dev.lina;

import static dev.lina.Helper.eventually;
import static dev.lina.Helper.publish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A follower as a Flow.Publisher. */
@SuppressWarnings("try") // a producer is there to be closed
class FeedTest {
  private final Lina.Arena arena = Helper.arena();
  private final Subscriber subscriber = new Subscriber();

  @BeforeEach
  void open() {
    arena.stream("f", 4);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  /** Notes the calls that it gets. */
  private static class Subscriber implements Flow.Subscriber<StreamArray> {
    final LinkedBlockingQueue<Long> values = new LinkedBlockingQueue<>();
    final List<StreamArray> given = new ArrayList<>();
    final CompletableFuture<Void> end = new CompletableFuture<>();
    final List<Thread> threads = new ArrayList<>();
    Flow.Subscription subscription;
    long atOnce;

    @Override
    public void onSubscribe(Flow.Subscription now) {
      subscription = now;
      if (atOnce > 0) {
        now.request(atOnce);
      }
    }

    @Override
    public void onNext(StreamArray next) {
      threads.add(Thread.currentThread());
      given.add(next);
      values.add(next.getLong(0));
    }

    @Override
    public void onError(Throwable why) {
      end.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
      end.complete(null);
    }

    long next() throws InterruptedException {
      Long value = values.poll(60, TimeUnit.SECONDS);
      assertTrue(value != null, "nothing came");
      return value;
    }

    Throwable error() throws Exception {
      try {
        end.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        return e.getCause();
      }
      throw new AssertionError("it was completed");
    }
  }

  @Test
  void aSubscriberGetsWhatItRequestedAndNoMore() throws Exception {
    arena.follow("f").subscribe(subscriber);
    for (int n = 1; n <= 3; n++) {
      publish(arena, n);
    }
    assertEquals(3, arena.streamInfo("f").unread(), "nothing was requested");
    subscriber.subscription.request(1);
    subscriber.subscription.request(1);
    assertEquals(1, subscriber.next());
    assertEquals(2, subscriber.next());
    assertEquals(1, arena.streamInfo("f").unread());
    subscriber.subscription.request(Long.MAX_VALUE);
    subscriber.subscription.request(Long.MAX_VALUE);
    assertEquals(3, subscriber.next());
    try (Producer producer = arena.produce("f")) {
      publish(arena, 4);
    }
    assertEquals(4, subscriber.next());
    subscriber.end.get(60, TimeUnit.SECONDS);
    assertTrue(subscriber.given.stream().allMatch(LinaArray::isClosed));
    assertEquals(0, arena.streamInfo("f").readers());
    assertEquals(0, arena.info().held());
  }

  @Test
  void aThousandGenerationsComeInOrderAtTheSubscribersPace() throws Exception {
    Subscriber one =
        new Subscriber() {
          @Override
          public void onNext(StreamArray next) {
            super.onNext(next);
            subscription.request(1);
          }
        };
    one.atOnce = 1;
    arena.follow("f").subscribe(one);
    try (Producer producer = arena.produce("f")) {
      for (int n = 1; n <= 1000; n++) {
        publish(arena, n);
      }
    }
    one.end.get(60, TimeUnit.SECONDS);
    for (long n = 1; n <= 1000; n++) {
      assertEquals(n, one.values.poll());
    }
    arena.checkTables();
  }

  @Test
  void whatIsRequestedInOnSubscribeComesAfterIt() throws Exception {
    publish(arena, 1);
    List<String> order = new ArrayList<>();
    Subscriber eager =
        new Subscriber() {
          @Override
          public void onSubscribe(Flow.Subscription now) {
            now.request(5);
            order.add("subscribed");
          }

          @Override
          public void onNext(StreamArray next) {
            order.add("next");
            super.onNext(next);
          }
        };
    arena.follow("f", FollowOptions.defaults().oldest().executor(Runnable::run)).subscribe(eager);
    assertEquals(1, eager.next());
    assertEquals(List.of("subscribed", "next"), order);
  }

  @Test
  void cancellingClosesTheFollowerAlsoWhileItWaits() throws Exception {
    Follower follower = arena.follow("f");
    follower.subscribe(subscriber);
    subscriber.subscription.request(1);
    subscriber.subscription.cancel();
    subscriber.subscription.cancel();
    subscriber.subscription.request(1);
    subscriber.subscription.request(-1);
    eventually(() -> arena.streamInfo("f").readers() == 0);
    publish(arena, 1);
    assertTrue(follower.isClosed());
    assertTrue(subscriber.values.isEmpty());
    assertFalse(subscriber.end.isDone());
  }

  @Test
  void closingTheFollowerIsTold() throws Exception {
    Follower follower = arena.follow("f");
    follower.subscribe(subscriber);
    subscriber.subscription.request(1);
    follower.close();
    assertTrue(subscriber.error() instanceof LinaException.Closed);
  }

  @Test
  void closingTheArenaIsTold() throws Exception {
    Lina.Arena other = Helper.arena();
    other.stream("f", 2);
    other.follow("f").subscribe(subscriber);
    subscriber.subscription.request(1);
    other.close();
    assertTrue(subscriber.error() instanceof LinaException.Closed);
  }

  @Test
  void aRequestOfNothingIsAnErrorThatNamesIt() throws Exception {
    arena.follow("f").subscribe(subscriber);
    subscriber.subscription.request(0);
    Throwable why = subscriber.error();
    assertTrue(why instanceof IllegalArgumentException, why::toString);
    assertTrue(why.getMessage().contains("\"f\"") && why.getMessage().contains("request(0)"));
    assertEquals(0, arena.streamInfo("f").readers());
  }

  @Test
  void aFollowerHasOneSubscriber() throws Exception {
    Follower follower = arena.follow("f");
    follower.subscribe(subscriber);
    Subscriber second = new Subscriber();
    second.atOnce = 1;
    follower.subscribe(second);
    assertTrue(second.error() instanceof IllegalStateException);
    subscriber.subscription.request(1);
    publish(arena, 8);
    assertEquals(8, subscriber.next());
    assertTrue(second.values.isEmpty());
  }

  @Test
  void theDeathOfTheLastProducerIsAnError() throws Exception {
    Lina.Arena other = arena.join();
    other.produce("f");
    arena.follow("f").subscribe(subscriber);
    subscriber.subscription.request(5);
    publish(arena, 1);
    assertEquals(1, subscriber.next());
    other.close();
    assertTrue(subscriber.error() instanceof LinaException.MemberDied);
  }

  @Test
  void aSubscriberMayOutliveItsProducers() throws Exception {
    Lina.Arena other = arena.join();
    other.produce("f");
    arena.follow("f", FollowOptions.defaults().revive()).subscribe(subscriber);
    subscriber.subscription.request(5);
    other.close();
    publish(arena, 1);
    assertEquals(1, subscriber.next());
    arena.produce("f").close();
    subscriber.end.get(60, TimeUnit.SECONDS);
  }

  @Test
  void nothingInTimeIsAnError() throws Exception {
    arena.follow("f", FollowOptions.defaults().timeout(Duration.ofMillis(1))).subscribe(subscriber);
    subscriber.subscription.request(1);
    assertTrue(subscriber.error() instanceof LinaException.TimedOut);
  }

  @Test
  void whatIsKeptStays() throws Exception {
    Subscriber keeping =
        new Subscriber() {
          @Override
          public void onNext(StreamArray next) {
            super.onNext(next.keep());
          }
        };
    keeping.atOnce = 5;
    arena.follow("f").subscribe(keeping);
    publish(arena, 3);
    assertEquals(3, keeping.next());
    arena.produce("f").close();
    keeping.end.get(60, TimeUnit.SECONDS);
    assertEquals(3, keeping.given.get(0).getLong(0));
    keeping.given.get(0).close();
  }

  @Test
  void aSubscriberRunsOnTheExecutorThatWasAskedFor() throws Exception {
    Thread[] made = new Thread[1];
    ExecutorService executor =
        Executors.newSingleThreadExecutor(work -> made[0] = new Thread(work, "mine"));
    subscriber.atOnce = 1;
    arena.follow("f", FollowOptions.defaults().executor(executor)).subscribe(subscriber);
    publish(arena, 1);
    assertEquals(1, subscriber.next());
    assertSame(made[0], subscriber.threads.get(0));
    executor.shutdown();
    assertTrue(executor.awaitTermination(60, TimeUnit.SECONDS));
    subscriber.subscription.request(1);
    assertTrue(subscriber.error() instanceof RejectedExecutionException);
    assertEquals(0, arena.streamInfo("f").readers());
  }

  @Test
  void aThousandSubscribersThatWaitHaveNoThreadEach() throws Exception {
    Lina.Arena large = Lina.Arena.create(1 << 22);
    large.stream("f", 4);
    List<Subscriber> all = new ArrayList<>();
    FollowOptions lossy = FollowOptions.defaults().lossy();
    for (int i = 0; i < 1000; i++) {
      Subscriber one = new Subscriber();
      one.atOnce = 1;
      large.follow("f", lossy).subscribe(one);
      all.add(one);
    }
    assertTrue(Thread.activeCount() < 100, () -> Thread.activeCount() + " threads");
    publish(large, 6);
    for (Subscriber one : all) {
      assertEquals(6, one.next());
    }
    large.close();
  }
}
