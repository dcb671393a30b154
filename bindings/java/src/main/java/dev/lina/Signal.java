package dev.lina;

import static dev.lina.Core.CORE;

import java.time.Duration;

/**
 * A handle of a signal, for hot paths: {@link #isSet} and {@link #value} read the shared memory
 * without a call. It belongs to this one signal: after {@code removeSignal}, its methods throw
 * {@link LinaException.NotFound}, even if another signal has the name.
 */
public final class Signal {
  private final SignalCalls arena;
  private final Handle handle;
  private final String name;
  private final long[] raw;
  private final Words words;

  Signal(SignalCalls arena, Handle handle, String name, long[] raw) {
    this.arena = arena;
    this.handle = handle;
    this.name = name;
    this.raw = raw;
    this.words = CORE.words(handle, raw);
  }

  long state() {
    return words.state();
  }

  long[] raw() {
    return raw;
  }

  Handle handle() {
    return handle;
  }

  Words words() {
    return words;
  }

  /**
   * The signal's name.
   *
   * @return its name
   */
  public String name() {
    return name;
  }

  /**
   * Whether it is set.
   *
   * @return true when it was signalled after its last clear
   */
  public boolean isSet() {
    return (checked(words.state()) & 1) != 0;
  }

  /**
   * Its counter.
   *
   * @return how often it was signalled
   */
  public long value() {
    return checked(words.state()) >>> 1;
  }

  private long checked(long state) {
    if (state < 0) {
      throw gone(state);
    }
    return state;
  }

  LinaException gone(long state) {
    String about = "signal \"" + name + "\": ";
    return state == Words.CLOSED
        ? new LinaException.Closed(about + "the arena was closed")
        : new LinaException.NotFound(about + "it was removed");
  }

  /** Adds one, and wakes all waiters. */
  public void raise() {
    raise(1);
  }

  /**
   * Adds to the counter.
   *
   * @param n how much, 0 or more
   */
  public void raise(long n) {
    SignalCalls.checkNotNegative(name, "n", n);
    handle.enter();
    try {
      Failures.check(CORE.raiseSignal(raw, n));
    } finally {
      handle.exit();
    }
  }

  /** Unsets it. */
  public void clear() {
    arena.clear(name);
  }

  /**
   * Waits until it is set.
   *
   * @throws InterruptedException when the thread is interrupted
   */
  public void await() throws InterruptedException {
    await(null);
  }

  /**
   * Waits until it is set, but not longer than some time.
   *
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public void await(Duration timeout) throws InterruptedException {
    Waiting.await(this, Core.SET, timeout);
  }

  /**
   * A text for people.
   *
   * @return its name
   */
  @Override
  public String toString() {
    return "Signal[" + name + "]";
  }
}
