package dev.lina;

import static dev.lina.Core.CORE;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One hold on a generation: a lina_view_t on C's heap. Any thread may end it, and only one does. It
 * refers to nothing that it keeps alive, so that a Cleaner may run it.
 */
final class Hold implements Runnable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private long view;

  Hold(long view) {
    this.view = view;
    COUNT.incrementAndGet();
  }

  /** How many generations this process's Java holds. */
  static int count() {
    return COUNT.get();
  }

  /** Ends the hold. */
  @Override
  public synchronized void run() {
    if (view != 0) {
      CORE.releaseView(view);
      view = 0;
      COUNT.decrementAndGet();
    }
  }

  synchronized boolean isCurrent() {
    return view != 0 && CORE.isCurrent(view);
  }

  /** Makes the loan the current generation, and sleeps for room. It holds nothing then. */
  synchronized int publish(long nanos) {
    return CORE.publishWithin(view, nanos);
  }

  /** The view of a second hold on the same generation, or a code. */
  synchronized long retain(byte[] out) {
    return CORE.retain(view, out);
  }

  /** Holds what another view holds, in place of what it held, which is given up. */
  synchronized void take(long other) {
    CORE.releaseView(view);
    view = other;
  }
}
