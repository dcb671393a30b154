package dev.lina;

import static dev.lina.Core.CORE;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lina_reader_t on C's heap. Any thread may close it, even while another thread waits in it, and
 * so may a Cleaner. It does not refer to the objects that use it.
 */
final class Reader implements Runnable {
  private final Handle use;
  private final AtomicBoolean isClosing = new AtomicBoolean();
  private volatile Pending parked;
  private long lost;
  private long sequence;

  Reader(String name, long address) {
    use = new Handle(address, "stream \"" + name + "\": its reader was closed");
  }

  boolean isClosed() {
    return isClosing.get();
  }

  /** Returns the next view, or a code. */
  long next(long nanos, byte[] out) {
    long reader = use.enter();
    try {
      return CORE.nextView(reader, nanos, out);
    } finally {
      use.exit();
    }
  }

  long lost() {
    return look(true);
  }

  long sequence() {
    return look(false);
  }

  private long look(boolean atLost) {
    if (use.isClosed()) {
      return atLost ? lost : sequence;
    }
    long reader;
    try {
      reader = use.enter();
    } catch (LinaException.Closed e) { // just now
      return atLost ? lost : sequence;
    }
    try {
      return atLost ? CORE.readerLost(reader) : CORE.readerSequence(reader);
    } finally {
      use.exit();
    }
  }

  /** Notes the wait that a close should end. */
  Pending.OfStream parked(Pending.OfStream pending) {
    parked = pending;
    if (isClosed()) {
      pending.complete(0);
    }
    return pending;
  }

  /** Closes it. */
  @Override
  public void run() {
    if (!isClosing.compareAndSet(false, true)) {
      return;
    }
    long reader = use.number();
    CORE.closeReader(reader); // ends the wait of another thread
    lost = CORE.readerLost(reader);
    sequence = CORE.readerSequence(reader);
    Pending waiting = parked;
    if (waiting != null) {
      waiting.complete(0);
    }
    use.close();
    CORE.freeReader(reader);
  }
}
