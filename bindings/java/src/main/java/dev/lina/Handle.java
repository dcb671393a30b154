package dev.lina;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The handle of an arena or of a reader, which other threads may close at any time. A call enters
 * it before it uses the number, and exits afterwards. {@link #close} waits for threads that are
 * inside. No thread stays inside for longer than one slice of a wait.
 *
 * <p>Invariant: {@code state} is twice the number of threads inside, plus 1 once it is closed.
 */
final class Handle {
  private final long number;
  private final String whenClosed;
  private final AtomicLong state = new AtomicLong();

  /** 0 means the default arena. */
  Handle(long arena) {
    this(arena, "the arena was closed");
  }

  /** {@code whenClosed} is the text of the exception after a close. */
  Handle(long number, String whenClosed) {
    this.number = number;
    this.whenClosed = whenClosed;
  }

  boolean isDefault() {
    return number == 0;
  }

  /** Returns the number for a call. Call {@link #exit} afterwards. */
  long enter() {
    if ((state.getAndAdd(2) & 1) != 0) {
      exit();
      throw new LinaException.Closed(whenClosed);
    }
    return number;
  }

  void exit() {
    state.getAndAdd(-2);
  }

  boolean isClosed() {
    return (state.get() & 1) != 0;
  }

  /**
   * Lets no more thread in, and waits until no thread is inside. False if it was closed already.
   */
  boolean close() {
    if ((state.getAndUpdate(s -> s | 1) & 1) != 0) {
      return false;
    }
    for (int i = 0; state.get() != 1; i++) {
      if (i < 100) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(100_000);
      }
    }
    return true;
  }

  long number() {
    return number;
  }
}
