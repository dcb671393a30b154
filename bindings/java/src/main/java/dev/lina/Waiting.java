package dev.lina;

import static dev.lina.Core.CORE;

import java.time.Duration;
import java.util.Arrays;

/** Waits for signals. {@link Sleep} says how threads wait. */
final class Waiting {
  private Waiting() {}

  static void await(SignalCalls arena, String name, long target, Wait wait)
      throws InterruptedException {
    Sleep.checkInterrupt(about(name));
    boolean isReached =
        Sleep.nanos(wait.timeout()) > 0 && wait.member() == null
            ? sleep(arena.openSignal(name), target, wait.timeout())
            : awaitAny(arena, new String[] {name}, new long[] {target}, wait) >= 0;
    if (!isReached) {
      throw timedOut(name, target, wait.timeout());
    }
  }

  static void await(Signal signal, long target, Duration timeout) throws InterruptedException {
    Sleep.checkInterrupt(about(signal.name()));
    boolean isReached = Sleep.nanos(timeout) > 0 ? sleep(signal, target, timeout) : signal.isSet();
    if (!isReached) {
      throw timedOut(signal.name(), target, timeout);
    }
  }

  private static String about(String name) {
    return "signal \"" + name + "\"";
  }

  private static boolean sleep(Signal signal, long target, Duration timeout)
      throws InterruptedException {
    Sleep.Slice slice =
        nanos -> {
          signal.handle().enter();
          try {
            return Sleep.outcome(CORE.waitForSignal(signal.raw(), target, nanos));
          } finally {
            signal.handle().exit();
          }
        };
    return Sleep.until(
            Sleep.Deadline.in(timeout),
            about(signal.name()),
            slice,
            nanos -> Notifier.park(signal, target, nanos))
        >= 0;
  }

  static int awaitAny(SignalCalls arena, String[] names, Wait wait) throws InterruptedException {
    Sleep.checkInterrupt("signals " + Arrays.toString(names));
    if (names.length == 0 || names.length > 64) {
      throw new IllegalArgumentException(
          "awaitAny: " + names.length + " names, and it takes 1 to 64");
    }
    long[] targets = new long[names.length];
    Arrays.fill(targets, Core.SET);
    int which = awaitAny(arena, names, targets, wait);
    if (which < 0) {
      throw new LinaException.TimedOut(
          "none of the signals "
              + Arrays.toString(names)
              + " was set"
              + Sleep.within(wait.timeout()));
    }
    return which;
  }

  /**
   * Returns the index of the signal that is reached, or a negative number when the time has passed.
   */
  private static int awaitAny(SignalCalls arena, String[] names, long[] targets, Wait wait)
      throws InterruptedException {
    byte[][] bytes = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      bytes[i] = Text.name("signal", names[i]);
    }
    MemberWatch watch = wait.member() == null ? null : new MemberWatch(arena, wait.member());
    long result =
        Sleep.until(
            Sleep.Deadline.in(wait.timeout()),
            "signals " + Arrays.toString(names),
            slice(arena, bytes, targets, watch, about(names[0])),
            nanos ->
                Notifier.parkAny(
                    arena, names, targets, watch == null ? nanos : Notifier.toLookAfter(nanos)));
    return result == Sleep.NOT_YET ? -1 : (int) result;
  }

  /** A slice of a wait that may depend on a member. */
  private static Sleep.Slice slice(
      SignalCalls arena, byte[][] names, long[] targets, MemberWatch watch, String about) {
    byte[] member = watch == null ? null : watch.bytes();
    Sleep.Slice slice =
        nanos ->
            arena.answer(a -> Sleep.outcome(CORE.waitForAny(a, names, targets, member, nanos)));
    return watch == null ? slice : watch.over(slice, about);
  }

  /** The same for one signal. */
  static Sleep.Slice slice(SignalCalls arena, String name, long target, MemberWatch watch) {
    byte[][] names = {Text.name("signal", name)};
    return slice(arena, names, new long[] {target}, watch, about(name));
  }

  static LinaException timedOut(String name, long target, Duration timeout) {
    String what = target == Core.SET ? "was not set" : "did not reach " + target;
    return new LinaException.TimedOut(about(name) + " " + what + Sleep.within(timeout));
  }
}
