package dev.lina;

import static dev.lina.Core.CORE;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One hold on a generation: a lina_view_t on C's heap. Any thread may end it, and it ends once. It
 * does not refer to the objects that use it, so that a Cleaner can run it.
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

  /** Publishes the loan, and may sleep until there is room. Afterwards, this holds nothing. */
  synchronized int publish(long nanos) {
    return CORE.publishWithin(view, nanos);
  }

  /** Makes a second hold on the same generation. Returns its view, or a code. */
  synchronized long retain(byte[] out) {
    return CORE.retain(view, out);
  }

  /** Takes over the hold of another view, and ends its own. */
  synchronized void take(long other) {
    CORE.releaseView(view);
    view = other;
  }
}
