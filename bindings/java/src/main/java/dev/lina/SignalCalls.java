package dev.lina;

import static dev.lina.Core.CORE;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Signals of an arena by name. */
abstract class SignalCalls extends MemberCalls {
  private static final int MANY = 4096;

  private final ConcurrentHashMap<String, Signal> opened = new ConcurrentHashMap<>();

  SignalCalls(Handle handle) {
    super(handle);
  }

  @Override
  void forget(Handle closed) {
    opened.clear();
    Notifier.forget(closed);
  }

  /**
   * Makes a handle of a signal, whose calls need no look-up of the name. Makes the signal if it
   * does not exist.
   *
   * @param name the signal's name
   * @return the handle, which need not be closed
   */
  public Signal openSignal(String name) {
    Signal known = known(name);
    if (known != null) {
      return known;
    }
    byte[] bytes = Text.name("signal", name);
    long[] words = new long[Core.SIGNAL_WORDS];
    Handle handle = handle();
    within(arena -> CORE.openSignal(arena, bytes, words));
    if (opened.size() >= MANY) {
      opened.clear();
    }
    Signal signal = new Signal(this, handle, name, words);
    opened.put(name, signal);
    return signal;
  }

  /** Returns the handle that was opened before, if its signal still exists. */
  private Signal known(String name) {
    Signal signal = opened.get(Objects.requireNonNull(name, "the name of the signal is null"));
    if (signal == null || signal.state() >= 0) {
      return signal;
    }
    opened.remove(name, signal);
    return null;
  }

  /**
   * Adds one to a signal and wakes all its waiters. What was written before the call is visible
   * after the wait.
   *
   * @param name the signal's name
   */
  public void signal(String name) {
    signal(name, 1);
  }

  /**
   * Adds to a signal's counter.
   *
   * @param name the signal's name
   * @param n how much, 0 or more
   */
  public void signal(String name, long n) {
    byte[] bytes = Text.name("signal", name);
    checkNotNegative(name, "n", n);
    within(arena -> CORE.addToSignal(arena, bytes, n));
  }

  static void checkNotNegative(String name, String what, long n) {
    if (n < 0) {
      throw new IllegalArgumentException(
          "signal \"" + name + "\": " + what + " is " + n + ", below 0");
    }
  }

  /**
   * Whether a signal is set. Never waits, and makes no signal.
   *
   * @param name the signal's name
   * @return true when it was signalled after its last clear
   */
  public boolean tryWait(String name) {
    Signal known = opened.get(Objects.requireNonNull(name, "the name of the signal is null"));
    long state = known == null ? Words.GONE : known.state();
    return state >= 0 ? (state & 1) != 0 : look(name);
  }

  /** Looks by a call of C. If the signal exists, opens it for the next time. */
  private boolean look(String name) {
    byte[] bytes = Text.name("signal", name);
    boolean isSet = within(arena -> CORE.isSignalSet(arena, bytes)) == 1;
    if (isSet) {
      openSignal(name);
    }
    return isSet;
  }

  /**
   * The counter of a signal.
   *
   * @param name the signal's name
   * @return how often it was signalled; 0 if the signal does not exist
   */
  public long value(String name) {
    Signal known = known(name);
    if (known != null) {
      long state = known.state();
      if (state >= 0) {
        return state >>> 1;
      }
    }
    byte[] bytes = Text.name("signal", name);
    return withinLong(arena -> CORE.signalValue(arena, bytes));
  }

  /**
   * Unsets a signal. Its counter keeps its value.
   *
   * @param name the signal's name
   */
  public void clear(String name) {
    byte[] bytes = Text.name("signal", name);
    within(arena -> CORE.clearSignal(arena, bytes));
  }

  /**
   * Removes a signal. Waits for it end with {@link LinaException.NotFound}.
   *
   * @param name the signal's name
   */
  public void removeSignal(String name) {
    byte[] bytes = Text.name("signal", name);
    within(arena -> CORE.removeSignal(arena, bytes));
    opened.remove(name);
  }

  /**
   * The signals of the arena.
   *
   * @return a snapshot, in no order
   */
  public List<SignalInfo> signals() {
    return Lists.read(
        Core.SIGNAL_INFO_SIZE,
        (out, written) -> within(arena -> CORE.listSignals(arena, out, written)),
        SignalInfo::of);
  }

  // ---- waiting ----

  /**
   * Waits until a signal is set. It stays set: {@link #clear} unsets it.
   *
   * @param name the signal's name
   * @throws InterruptedException when the thread is interrupted
   */
  public void await(String name) throws InterruptedException {
    await(name, Wait.of(null));
  }

  /**
   * Waits until a signal is set, but not longer than some time.
   *
   * @param name the signal's name
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public void await(String name, Duration timeout) throws InterruptedException {
    await(name, Wait.of(timeout));
  }

  /**
   * Waits until a signal is set, unless the member that should set it is gone.
   *
   * @param name the signal's name
   * @param wait the member that the wait depends on, and the time-out
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public void await(String name, Wait wait) throws InterruptedException {
    Waiting.await(this, name, Core.SET, wait);
  }

  /**
   * Waits until a signal's counter is at least some value. This needs no clear.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @throws InterruptedException when the thread is interrupted
   */
  public void awaitValue(String name, long value) throws InterruptedException {
    awaitValue(name, value, Wait.of(null));
  }

  /**
   * Waits until a signal's counter is at least some value, but not longer than some time.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public void awaitValue(String name, long value, Duration timeout) throws InterruptedException {
    awaitValue(name, value, Wait.of(timeout));
  }

  /**
   * Waits until a signal's counter is at least some value, unless a member is gone.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param wait the member that the wait depends on, and the time-out
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public void awaitValue(String name, long value, Wait wait) throws InterruptedException {
    checkNotNegative(name, "the value to wait for", value);
    Waiting.await(this, name, value, wait);
  }

  /**
   * Waits until one of several signals is set.
   *
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   */
  public String awaitAny(String... names) throws InterruptedException {
    return awaitAny(Wait.of(null), names);
  }

  /**
   * Waits until one of several signals is set, but not longer than some time.
   *
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public String awaitAny(Duration timeout, String... names) throws InterruptedException {
    return awaitAny(Wait.of(timeout), names);
  }

  /**
   * Waits until one of several signals is set, unless a member is gone.
   *
   * @param wait the member that the wait depends on, and the time-out
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public String awaitAny(Wait wait, String... names) throws InterruptedException {
    return names[Waiting.awaitAny(this, names, wait)];
  }

  /**
   * Completes when a signal is set. Thousands of such waits share one thread. Actions that depend
   * on the future run on a few threads of Lina's, so name an executor for actions that block for
   * long. Cancelling the future ends the wait, and {@link CompletableFuture#orTimeout} limits it.
   *
   * @param name the signal's name
   * @return a future of the signal's counter; it fails with a {@link LinaException} when the arena
   *     is closed or the signal removed
   */
  public CompletableFuture<Long> awaitAsync(String name) {
    return awaitAsync(name, Wait.of(null));
  }

  /**
   * Completes when a signal is set, unless the member that should set it is gone, or a time has
   * passed.
   *
   * @param name the signal's name
   * @param wait the member that the wait depends on, and the time-out
   * @return a future of the signal's counter; it fails with {@link LinaException.MemberDied} when
   *     the member is gone, and with {@link LinaException.TimedOut} when the time has passed
   */
  public CompletableFuture<Long> awaitAsync(String name, Wait wait) {
    Objects.requireNonNull(wait, "wait is null");
    return Notifier.awaitAsync(this, name, Core.SET, wait);
  }

  /**
   * Completes when a signal's counter is at least some value.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @return a future of the counter
   */
  public CompletableFuture<Long> awaitValueAsync(String name, long value) {
    return awaitValueAsync(name, value, Wait.of(null));
  }

  /**
   * Completes when a signal's counter is at least some value, unless a member is gone, or a time
   * has passed.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param wait the member that the wait depends on, and the time-out
   * @return a future of the counter, which fails as that of {@link #awaitAsync(String, Wait)}
   */
  public CompletableFuture<Long> awaitValueAsync(String name, long value, Wait wait) {
    checkNotNegative(name, "the value to wait for", value);
    Objects.requireNonNull(wait, "wait is null");
    return Notifier.awaitAsync(this, name, value, wait);
  }
}
