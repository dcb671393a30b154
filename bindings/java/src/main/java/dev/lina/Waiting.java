package dev.lina;

import static dev.lina.Core.CORE;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Arrays;

/**
 * Waiting for signals. A thread of the system sleeps in liblina_core, for a slice at a time, and
 * looks between them whether it was interrupted. A virtual thread is parked, and woken by {@link
 * Notifier}: it holds no carrier.
 */
final class Waiting {
  private static final long SLICE = 50_000_000;
  private static final MethodHandle IS_VIRTUAL = isVirtual();

  private Waiting() {}

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

  /**
   * How long a wait may last: rounded to nanoseconds, and for ever where those do not fit a long.
   */
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

  /** A wait's end. */
  private record Deadline(long begin, long nanos) {
    static Deadline in(long nanos) {
      return new Deadline(System.nanoTime(), nanos);
    }

    long left() {
      return nanos == Long.MAX_VALUE ? nanos : Math.max(nanos - (System.nanoTime() - begin), 0);
    }
  }

  static void await(SignalCalls arena, String name, long target, Duration timeout)
      throws InterruptedException {
    checkInterrupt();
    if (nanos(timeout) == 0) {
      look(arena, new String[] {name}, new long[] {target});
    } else {
      sleep(arena.openSignal(name), target, timeout);
    }
  }

  static void await(Signal signal, long target, Duration timeout) throws InterruptedException {
    checkInterrupt();
    if (nanos(timeout) == 0) {
      if (!signal.isSet()) {
        throw timedOut(signal.name(), target, timeout);
      }
    } else {
      sleep(signal, target, timeout);
    }
  }

  private static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before a wait for a signal");
    }
  }

  private static void sleep(Signal signal, long target, Duration timeout)
      throws InterruptedException {
    long nanos = nanos(timeout);
    boolean isReached =
        isOnVirtualThread()
            ? Notifier.park(signal, target, nanos)
            : sleepInSlices(
                    Deadline.in(nanos),
                    slice -> {
                      signal.handle().enter();
                      try {
                        return outcome(CORE.waitForSignal(signal.raw(), target, slice));
                      } finally {
                        signal.handle().exit();
                      }
                    })
                >= 0;
    if (!isReached) {
      throw timedOut(signal.name(), target, timeout);
    }
  }

  static int awaitAny(SignalCalls arena, String[] names, Duration timeout)
      throws InterruptedException {
    checkInterrupt();
    if (names.length == 0 || names.length > 64) {
      throw new IllegalArgumentException(
          "awaitAny: " + names.length + " names, and it takes 1 to 64");
    }
    long[] targets = new long[names.length];
    Arrays.fill(targets, Core.SET);
    if (nanos(timeout) == 0) {
      return look(arena, names, targets);
    }
    byte[][] bytes = bytes(names);
    int which =
        isOnVirtualThread()
            ? Notifier.parkAny(arena, names, nanos(timeout))
            : sleepInSlices(
                Deadline.in(nanos(timeout)),
                slice ->
                    (int) arena.answer(a -> outcome(CORE.waitForAny(a, bytes, targets, slice))));
    if (which < 0) {
      throw new LinaException.TimedOut(
          "none of the signals " + Arrays.toString(names) + " was set" + within(timeout));
    }
    return which;
  }

  private static byte[][] bytes(String[] names) {
    byte[][] bytes = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      bytes[i] = Text.name("signal", names[i]);
    }
    return bytes;
  }

  /** Only looks: makes no signal, and waits for nobody. */
  private static int look(SignalCalls arena, String[] names, long[] targets) {
    byte[][] bytes = bytes(names);
    return arena.within(a -> CORE.waitForAny(a, bytes, targets, 0));
  }

  private interface Slice {
    int sleep(long nanos);
  }

  private static final int NOT_YET = Integer.MIN_VALUE;

  /** The result of a slice, NOT_YET, or an exception. */
  private static int outcome(int result) {
    return result == ErrorCode.TIMEOUT.number() || result == ErrorCode.INTERRUPTED.number()
        ? NOT_YET
        : Failures.check(result);
  }

  /** Negative when the time has passed. */
  private static int sleepInSlices(Deadline deadline, Slice slice) throws InterruptedException {
    while (true) {
      long left = deadline.left();
      int result = slice.sleep(Math.min(left, SLICE));
      if (result != NOT_YET || left == 0) {
        return result;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while it waited for a signal");
      }
    }
  }

  private static LinaException timedOut(String name, long target, Duration timeout) {
    String what = target == Core.SET ? "was not set" : "did not reach " + target;
    return new LinaException.TimedOut("signal \"" + name + "\" " + what + within(timeout));
  }

  private static String within(Duration timeout) {
    return " within " + nanos(timeout) / 1e9 + " s";
  }
}
