package dev.lina;

import static dev.lina.Core.CORE;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Any number of waits without a thread each. Lina's helper thread rings one bell (an eventfd) for
 * all of them. One daemon thread of Java sleeps on the bell, looks through the pending waits, and
 * completes those that are over.
 *
 * <pre>
 * a wait    enters the table, asks Lina to ring when the counter is at its target, and looks once more
 * helper    rings                            Lina's thread, one in a process: nothing of Java runs there
 * notifier  hears, and looks at every wait   a few nanoseconds each: the words of signals lie in shared memory
 * </pre>
 *
 * <p>The thread starts with the first wait.
 */
final class Notifier {
  private static final Map<Pending, Boolean> PENDING = new ConcurrentHashMap<>();
  private static final int POOL_THREADS = 16;
  private static final ThreadPoolExecutor POOL = newPool();
  private static final long NAP = 20_000_000;
  private static final long LOOK_AFTER = 80_000_000;
  private static int bell = -1;

  private Notifier() {}

  private static synchronized int bell() {
    if (bell < 0) {
      bell = Failures.check(CORE.makeBell());
      Thread thread = new Thread(Notifier::run, "lina-notifier");
      thread.setDaemon(true);
      thread.start();
    }
    return bell;
  }

  private static void run() {
    while (true) {
      if (!CORE.hearBell(bell)) {
        LockSupport.parkNanos(NAP); // without a bell, it looks now and then
      }
      PENDING.keySet().forEach(pending -> pending.look(true));
    }
  }

  static void remove(Pending pending) {
    PENDING.remove(pending);
  }

  private static Pending begin(Pending pending) {
    PENDING.put(pending, true);
    try {
      pending.look(false);
      if (!pending.future.isDone()) {
        pending.arm(bell());
        pending.look(false);
      }
    } catch (LinaException e) {
      pending.fail(e);
    }
    return pending;
  }

  /** Ends the waits of an arena that was closed. */
  static void forget(Handle closed) {
    for (Pending pending : PENDING.keySet()) {
      if (pending.handle == closed) {
        pending.closed();
      }
    }
  }

  // ---- parking ----

  /**
   * Parks the thread until the signal has reached the target. Returns 0, or NOT_YET when the time
   * has passed.
   */
  static long park(Signal signal, long target, long nanos) throws InterruptedException {
    return park(begin(new Pending.OfSignal(signal, target)), nanos) ? 0 : Sleep.NOT_YET;
  }

  /**
   * Parks the thread until one of the signals has reached its target. Returns the lowest index of
   * those, or NOT_YET when the time has passed.
   */
  static long parkAny(SignalCalls arena, String[] names, long[] targets, long nanos)
      throws InterruptedException {
    Pending[] all = new Pending[names.length];
    CompletableFuture<?>[] futures = new CompletableFuture<?>[names.length];
    try {
      for (int i = 0; i < names.length; i++) {
        all[i] = begin(new Pending.OfSignal(arena.openSignal(names[i]), targets[i]));
        futures[i] = all[i].future;
      }
      CompletableFuture.anyOf(futures).get(nanos, TimeUnit.NANOSECONDS);
      return firstDone(futures);
    } catch (TimeoutException e) {
      return Sleep.NOT_YET;
    } catch (ExecutionException e) {
      long first = firstDone(futures);
      if (first == Sleep.NOT_YET) {
        throw rethrown(e);
      }
      return first;
    } finally {
      for (Pending pending : all) {
        if (pending != null) {
          pending.finish();
        }
      }
    }
  }

  private static long firstDone(CompletableFuture<?>[] futures) {
    for (int i = 0; i < futures.length; i++) {
      if (futures[i].isDone() && !futures[i].isCompletedExceptionally()) {
        return i;
      }
    }
    return Sleep.NOT_YET;
  }

  /** Parks the thread until it should look at the stream again. */
  static long park(Pending.OfStream pending, long nanos) throws InterruptedException {
    park(begin(pending), Math.min(nanos, pending.pause()));
    return Sleep.NOT_YET;
  }

  private static boolean park(Pending begun, long nanos) throws InterruptedException {
    try {
      begun.future.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw rethrown(e);
    } finally {
      begun.finish();
    }
  }

  /** How long a wait may go on before it looks at the member that it depends on. */
  static long toLookAfter(long nanos) {
    return Math.min(nanos, LOOK_AFTER);
  }

  /** Parks the thread for a time, without a bell. */
  static long nap(long nanos) {
    LockSupport.parkNanos(Math.min(nanos, LOOK_AFTER));
    return Sleep.NOT_YET;
  }

  // ---- futures ----

  private static RuntimeException rethrown(ExecutionException e) {
    if (e.getCause() instanceof LinaException why) {
      return LinaException.of(why.code(), why.getMessage()); // with the stack of the waiting thread
    }
    return new IllegalStateException(e.getCause());
  }

  /**
   * The future that a user gets. Actions that depend on it run on the threads of Lina's pool, never
   * on the notifier's thread. They do not run in the common pool, because that has one thread on a
   * small machine and may be busy for long.
   */
  static CompletableFuture<Long> awaitAsync(
      SignalCalls arena, String name, long target, Wait wait) {
    Pending.OfSignal pending = new Pending.OfSignal(arena.openSignal(name), target);
    begin(pending);
    if (wait.member() != null && !pending.future.isDone()) {
      Vigil.keep(arena, pending, wait.member());
    }
    if (wait.timeout() != null && !pending.future.isDone()) {
      limit(pending, Waiting.timedOut(name, target, wait.timeout()), Sleep.nanos(wait.timeout()));
    }
    CompletableFuture<Long> future = new CompletableFuture<>();
    pending.future.whenCompleteAsync(
        (value, why) -> {
          if (why == null) {
            future.complete(value);
          } else {
            future.completeExceptionally(why);
          }
        },
        POOL);
    future.whenComplete((value, why) -> pending.giveUp());
    return future;
  }

  /** Makes the wait fail when the time has passed. */
  private static void limit(Pending pending, LinaException why, long nanos) {
    if (nanos == 0) {
      pending.fail(why);
      return;
    }
    CompletableFuture<Void> alarm = new CompletableFuture<>();
    alarm
        .completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS)
        .thenRunAsync(
            () -> {
              pending.look(false);
              pending.fail(why);
            },
            POOL);
    pending.future.whenComplete((value, cause) -> alarm.cancel(false));
  }

  /** Completes, on a thread of the pool, when the caller should look at the stream again. */
  static CompletableFuture<Long> moreAsync(Pending.OfStream pending, long nanos) {
    begin(pending);
    return pending
        .future
        .completeOnTimeout(0L, Math.min(nanos, pending.pause()), TimeUnit.NANOSECONDS)
        .whenCompleteAsync((value, why) -> pending.finish(), POOL);
  }

  static Executor pool() {
    return POOL;
  }

  private static ThreadPoolExecutor newPool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            POOL_THREADS,
            POOL_THREADS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, "lina-futures");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
