package dev.lina;

/**
 * The words of a signal in shared memory, read without a call:
 *
 * <pre>
 * value    = word &gt;&gt;&gt; 1            the lowest bit says that somebody waits
 * is set   = word &gt;&gt;&gt; 1 != cleared
 * is there = current == incarnation  another signal may have the place once this one was removed
 * </pre>
 *
 * <p>{@code word} and {@code cleared} are loaded with acquire, and {@code current} after them: what
 * was written before the signal is seen then.
 */
abstract class Words {
  /** What {@link #state} answers of a signal that was removed. */
  static final long GONE = -1;

  /** What {@link #state} answers once the arena was closed. */
  static final long CLOSED = -2;

  /** The counter times two, plus 1 when the signal is set; or GONE or CLOSED. */
  abstract long state();

  /** The counter at the last clear; meaningless once it is gone or closed. */
  abstract long cleared();

  static long state(long word, long cleared, boolean isThere) {
    if (!isThere) {
      return GONE;
    }
    long value = word >>> 1;
    return value << 1 | (value != cleared ? 1 : 0);
  }
}
