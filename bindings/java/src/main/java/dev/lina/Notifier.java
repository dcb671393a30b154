package dev.lina;

import static dev.lina.Core.CORE;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Any number of waits without a thread each. Lina's helper rings one bell of this process for all
 * of them. One daemon thread hears it, looks through the waits that are pending, and completes
 * those that are over.
 *
 * <pre>
 * a wait    enters the table, asks Lina to ring when the counter is at its target, and looks once more
 * helper    rings                            Lina's thread, one in a process: nothing of Java runs there
 * notifier  hears, and looks at every wait   a few nanoseconds each: the words lie in shared memory
 * </pre>
 *
 * <p>The thread starts with the first wait.
 */
final class Notifier {
  private static final Map<Pending, Boolean> PENDING = new ConcurrentHashMap<>();
  private static final int POOL_THREADS = 16;
  private static final ThreadPoolExecutor POOL = pool();
  private static final long NAP = 20_000_000;
  private static int bell = -1;

  private Notifier() {}

  /** One wait, until its future is completed. */
  private static final class Pending {
    final Signal signal;
    final long target;
    final CompletableFuture<Long> future = new CompletableFuture<>();
    private long notice;
    private boolean isOver;

    Pending(Signal signal, long target) {
      this.signal = signal;
      this.target = target;
    }

    /** Asks Lina to ring. */
    void begin(int bell) {
      byte[] name = Text.name("signal", signal.name());
      long[] id = new long[1];
      long arena = signal.handle().enter();
      try {
        Failures.check(CORE.notifyBell(arena, name, target, bell, id));
      } finally {
        signal.handle().exit();
      }
      if (!keep(id[0])) {
        CORE.cancelNotice(id[0]);
      }
    }

    private synchronized boolean keep(long id) {
      notice = id;
      return !isOver;
    }

    /** Completes it if it is over. */
    void look() {
      long state = signal.state();
      if (state < 0) {
        fail(signal.gone(state));
      } else if (state >>> 1 >= target) {
        finish();
        future.complete(state >>> 1);
      }
    }

    void fail(Throwable why) {
      finish();
      future.completeExceptionally(why);
    }

    /** Lina need not ring any more. */
    void finish() {
      PENDING.remove(this);
      long id;
      synchronized (this) {
        id = isOver ? 0 : notice;
        isOver = true;
      }
      if (id != 0) {
        CORE.cancelNotice(id);
      }
    }
  }

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
      PENDING.keySet().forEach(Pending::look);
    }
  }

  /** Waits for a signal, which should not be set yet. */
  private static Pending begin(Signal signal, long target) {
    long wanted = target == Core.SET ? signal.words().cleared() + 1 : target;
    Pending pending = new Pending(signal, wanted);
    PENDING.put(pending, true);
    try {
      pending.look();
      if (!pending.future.isDone()) {
        pending.begin(bell());
        pending.look();
      }
    } catch (LinaException e) {
      pending.fail(e);
    }
    return pending;
  }

  /** Ends the waits of an arena that was closed. */
  static void forget(Handle closed) {
    for (Pending pending : PENDING.keySet()) {
      if (pending.signal.handle() == closed) {
        pending.fail(pending.signal.gone(Words.CLOSED));
      }
    }
  }

  /** Parks the thread until the signal is there. False when the time has passed. */
  static boolean park(Signal signal, long target, long nanos) throws InterruptedException {
    Pending pending = begin(signal, target);
    try {
      pending.future.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw rethrown(e);
    } finally {
      pending.finish();
    }
  }

  /**
   * Parks the thread until one of the signals is there: its index, the lowest of several; negative
   * after the time.
   */
  static int parkAny(SignalCalls arena, String[] names, long nanos) throws InterruptedException {
    Pending[] all = new Pending[names.length];
    CompletableFuture<?>[] futures = new CompletableFuture<?>[names.length];
    try {
      for (int i = 0; i < names.length; i++) {
        all[i] = begin(arena.openSignal(names[i]), Core.SET);
        futures[i] = all[i].future;
      }
      CompletableFuture.anyOf(futures).get(nanos, TimeUnit.NANOSECONDS);
      return firstDone(all);
    } catch (TimeoutException e) {
      return -1;
    } catch (ExecutionException e) {
      int first = firstDone(all);
      if (first >= 0) {
        return first;
      }
      throw rethrown(e);
    } finally {
      for (Pending pending : all) {
        if (pending != null) {
          pending.finish();
        }
      }
    }
  }

  private static int firstDone(Pending[] all) {
    for (int i = 0; i < all.length; i++) {
      if (all[i].future.isDone() && !all[i].future.isCompletedExceptionally()) {
        return i;
      }
    }
    return -1;
  }

  private static RuntimeException rethrown(ExecutionException e) {
    if (e.getCause() instanceof LinaException why) {
      return LinaException.of(why.code(), why.getMessage()); // with the stack of who waited
    }
    return new IllegalStateException(e.getCause());
  }

  /**
   * The future that a user gets. What hangs on it runs on threads of a pool, never on the
   * notifier's; not in the common pool, which has one thread on a small machine, and may be busy
   * for long.
   */
  static CompletableFuture<Long> awaitAsync(SignalCalls arena, String name, long target) {
    Pending pending = begin(arena.openSignal(name), target);
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
    future.whenComplete((value, why) -> pending.finish());
    return future;
  }

  private static ThreadPoolExecutor pool() {
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
