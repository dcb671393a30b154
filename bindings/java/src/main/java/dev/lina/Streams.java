package dev.lina;

import java.time.Duration;
import java.util.function.Supplier;

/** Waiting for the next generation of a stream, and for room in it. */
final class Streams {
  /** The result of a wait if the stream is over. */
  static final long ENDED = Sleep.NOT_YET + 1;

  private Streams() {}

  /** Returns ENDED, NOT_YET, or the result. Throws for a failure. */
  static long endOrOutcome(long result) {
    return result == ErrorCode.ENDED.number() ? ENDED : Sleep.outcome(result);
  }

  /**
   * Waits in a method that cannot throw a checked exception. After an interrupt, it throws an
   * exception of Lina's, and the thread stays interrupted.
   */
  static long waitFor(
      String about, Duration timeout, Sleep.Slice slice, Supplier<Pending.OfStream> pending) {
    try {
      return Sleep.until(
          Sleep.Deadline.in(timeout), about, slice, nanos -> Notifier.park(pending.get(), nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinaException.Interrupted(
          about + ": the thread was interrupted while it waited", e);
    }
  }
}
