package dev.lina;

/**
 * The words of a signal in shared memory, read without a call:
 *
 * <pre>
 * value    = word &gt;&gt;&gt; 1            the lowest bit says that a thread waits
 * is set   = word &gt;&gt;&gt; 1 != cleared
 * is there = current == incarnation  after a removal, another signal may use the words
 * </pre>
 *
 * <p>{@code word} and {@code cleared} are loaded with acquire, and {@code current} after them. So
 * the thread sees what was written before the signal.
 */
abstract class Words {
  /** The result of {@link #state} for a signal that was removed. */
  static final long GONE = -1;

  /** The result of {@link #state} after the arena was closed. */
  static final long CLOSED = -2;

  /** Returns the counter times two, plus 1 if the signal is set; or GONE or CLOSED. */
  abstract long state();

  /** Returns the counter at the last clear. It means nothing after GONE or CLOSED. */
  abstract long cleared();

  static long state(long word, long cleared, boolean isThere) {
    if (!isThere) {
      return GONE;
    }
    long value = word >>> 1;
    return value << 1 | (value != cleared ? 1 : 0);
  }
}
