package dev.lina;

import java.time.Duration;
import java.util.function.Supplier;

/** Waiting for the next generation of a stream, and for room in it. */
final class Streams {
  /** That the stream is over, where that is a result. */
  static final long ENDED = Sleep.NOT_YET + 1;

  private Streams() {}

  /** ENDED, NOT_YET, or the result; an exception for a failure. */
  static long endOrOutcome(long result) {
    return result == ErrorCode.ENDED.number() ? ENDED : Sleep.outcome(result);
  }

  /**
   * Waits, where no checked exception can be thrown: the interrupt stays, and an exception of
   * Lina's tells of it.
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
