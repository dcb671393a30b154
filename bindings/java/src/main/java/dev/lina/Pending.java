package dev.lina;

import static dev.lina.Core.CORE;

import java.util.concurrent.CompletableFuture;

/** One wait in {@link Notifier}'s table, until its future is completed. */
abstract class Pending {
  final Handle handle;
  final CompletableFuture<Long> future = new CompletableFuture<>();
  private final int kind;
  private final String name;
  private final long target;
  private long notice;
  private boolean isOver;

  Pending(Handle handle, int kind, String name, long target) {
    this.handle = handle;
    this.kind = kind;
    this.name = name;
    this.target = target;
  }

  /** Completes the future if the wait is over. */
  abstract void look(boolean hasRung);

  /** Lina refused to ring, with this code. */
  abstract void refused(int code);

  /** The arena was closed. */
  abstract void closed();

  final long target() {
    return target;
  }

  final String name() {
    return name;
  }

  /** Asks Lina to ring. */
  final void arm(int bell) {
    byte[] text = Text.name(kind == Core.SIGNAL ? "signal" : "stream", name);
    long[] id = new long[1];
    long arena = handle.enter();
    try {
      int result = CORE.notifyBell(kind, arena, text, target, bell, id);
      if (result < 0) {
        refused(result);
        return;
      }
    } finally {
      handle.exit();
    }
    if (!keep(id[0])) {
      CORE.cancelNotice(id[0]);
    }
  }

  private synchronized boolean keep(long id) {
    notice = id;
    return !isOver;
  }

  final void complete(long value) {
    finish();
    future.complete(value);
  }

  final void fail(Throwable why) {
    finish();
    future.completeExceptionally(why);
  }

  /** The caller does not wait any more. */
  final void giveUp() {
    finish();
    future.cancel(false);
  }

  /** Tells Lina that it need not ring any more. */
  final void finish() {
    Notifier.remove(this);
    long id;
    synchronized (this) {
      id = isOver ? 0 : notice;
      isOver = true;
    }
    if (id != 0) {
      CORE.cancelNotice(id);
    }
  }

  /** A wait until a signal's counter has reached its target. */
  static final class OfSignal extends Pending {
    private final Signal signal;

    OfSignal(Signal signal, long target) {
      super(
          signal.handle(),
          Core.SIGNAL,
          signal.name(),
          target == Core.SET ? signal.words().cleared() + 1 : target);
      this.signal = signal;
    }

    @Override
    void look(boolean hasRung) {
      long state = signal.state();
      if (state < 0) {
        fail(signal.gone(state));
      } else if (state >>> 1 >= target()) {
        complete(state >>> 1);
      }
    }

    @Override
    void refused(int code) {
      throw Failures.failure(code);
    }

    @Override
    void closed() {
      fail(signal.gone(Words.CLOSED));
    }
  }

  /**
   * A wait until the caller should look at a stream again. If there is nothing to take then, the
   * caller waits again.
   */
  static final class OfStream extends Pending {
    private static final long PAUSE = 1_000_000_000;
    private static final long REVIVAL = 50_000_000;

    private final boolean revives;

    /** Waits for the generation of that sequence, or for the stream's end. */
    static OfStream head(Handle handle, String name, long sequence, boolean revives) {
      return new OfStream(handle, Core.HEAD, name, sequence, revives);
    }

    /** Waits for room to publish. */
    static OfStream room(Handle handle, String name) {
      return new OfStream(handle, Core.ROOM, name, 0, false);
    }

    private OfStream(Handle handle, int kind, String name, long target, boolean revives) {
      super(handle, kind, name, target);
      this.revives = revives;
    }

    /** How long the wait may last before the caller looks in any case. */
    long pause() {
      return revives ? REVIVAL : PAUSE;
    }

    @Override
    void look(boolean hasRung) {
      if (hasRung && isWorthLooking()) {
        complete(0);
      }
    }

    /**
     * All waits share the bell. Only a wait for a head has a cheap way to know whether the bell
     * rang for it.
     */
    private boolean isWorthLooking() {
      if (target() == 0) {
        return true;
      }
      byte[] text = Text.name("stream", name());
      try {
        long arena = handle.enter();
        try {
          int result = CORE.waitForStream(arena, text, target(), 0);
          return result != ErrorCode.TIMEOUT.number() && !isDeathToOutlive(result);
        } finally {
          handle.exit();
        }
      } catch (LinaException e) {
        return true; // closed: the caller will find that out
      }
    }

    private boolean isDeathToOutlive(int code) {
      return revives && code == ErrorCode.DIED.number();
    }

    /** The wait is then over already. */
    @Override
    void refused(int code) {
      if (!isDeathToOutlive(code)) {
        complete(0);
      }
    }

    @Override
    void closed() {
      complete(0);
    }
  }
}
