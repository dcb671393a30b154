package dev.lina;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The handle of an arena, or of a reader, which other threads may close at any time: a call enters
 * it before it uses the number, and exits after. {@link #close} waits for those that are inside;
 * nobody stays there for longer than one slice of a wait.
 *
 * <p>Invariant: {@code state} is twice the number of threads inside, plus 1 once it is closed.
 */
final class Handle {
  private final long number;
  private final String whenClosed;
  private final AtomicLong state = new AtomicLong();

  /** 0: the default arena, whichever that is. */
  Handle(long arena) {
    this(arena, "the arena was closed");
  }

  /** {@code whenClosed} is what the exception says then. */
  Handle(long number, String whenClosed) {
    this.number = number;
    this.whenClosed = whenClosed;
  }

  boolean isDefault() {
    return number == 0;
  }

  /** The number to call with, until {@link #exit}. */
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
   * Lets nobody in any more, and waits until nobody is inside. False when it was closed already.
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
