package dev.lina;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;

/**
 * How a thread waits. A platform thread sleeps in liblina_core for a slice at a time, and between
 * two slices checks whether it was interrupted. A virtual thread only looks, and parks between two
 * looks, so it does not hold its carrier thread.
 */
final class Sleep {
  /** The result of a look or a slice after which the wait goes on. */
  static final long NOT_YET = Long.MIN_VALUE;

  private static final long SLICE = 50_000_000;
  private static final MethodHandle IS_VIRTUAL = isVirtual();

  private Sleep() {}

  /** Thread.isVirtual, which Java 21 has. */
  private static MethodHandle isVirtual() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  private static boolean isOnVirtualThread() {
    try {
      return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** How long a wait may last, in nanoseconds. It is for ever if they do not fit a long. */
  static long nanos(Duration timeout) {
    if (timeout == null) {
      return Long.MAX_VALUE;
    }
    try {
      return Math.max(timeout.toNanos(), 0);
    } catch (ArithmeticException e) {
      return timeout.isNegative() ? 0 : Long.MAX_VALUE;
    }
  }

  /** A text for the end of a message. */
  static String within(Duration timeout) {
    return " within " + nanos(timeout) / 1e9 + " s";
  }

  /** The end of a wait. */
  record Deadline(long begin, long nanos) {
    static Deadline in(Duration timeout) {
      return new Deadline(System.nanoTime(), Sleep.nanos(timeout));
    }

    long left() {
      return nanos == Long.MAX_VALUE ? nanos : Math.max(nanos - (System.nanoTime() - begin), 0);
    }
  }

  /** Waits for at most that long; with 0 it only looks. Returns the result, or NOT_YET. */
  interface Slice {
    long sleep(long nanos);
  }

  /**
   * Parks for at most that long. Returns the result if it is known, or NOT_YET if the caller should
   * look again.
   */
  interface Park {
    long park(long nanos) throws InterruptedException;
  }

  static void checkInterrupt(String what) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted while it waited for " + what);
    }
  }

  /**
   * Returns the result, or NOT_YET for a code that ends the slice but not the wait. Throws for a
   * failure.
   */
  static long outcome(long result) {
    return result == ErrorCode.TIMEOUT.number() || result == ErrorCode.INTERRUPTED.number()
        ? NOT_YET
        : Failures.check(result);
  }

  /**
   * Returns the result, or NOT_YET when the time has passed. {@code what} is for the exception
   * after an interrupt.
   */
  static long until(Deadline deadline, String what, Slice slice, Park park)
      throws InterruptedException {
    boolean isVirtual = isOnVirtualThread();
    while (true) {
      long left = deadline.left();
      long result = slice.sleep(isVirtual ? 0 : Math.min(left, SLICE));
      if (result != NOT_YET || left == 0) {
        return result;
      }
      checkInterrupt(what);
      result = isVirtual ? park.park(left) : NOT_YET;
      if (result != NOT_YET) {
        return result;
      }
    }
  }
}
