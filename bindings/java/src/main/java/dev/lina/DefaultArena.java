package dev.lina;

import static dev.lina.Core.CORE;

/** This process's use of the default arena, which is counted once for all of Java. */
final class DefaultArena {
  private enum State {
    NEW,
    BEGUN,
    ENDED
  }

  private static volatile State state = State.NEW;

  private DefaultArena() {}

  /**
   * Joins the arena that LINA_ARENA names, before the first use. Does nothing after the use has
   * ended.
   */
  static void begin() {
    if (state == State.NEW) {
      beginOnce();
    }
  }

  private static synchronized void beginOnce() {
    if (state != State.NEW) {
      return;
    }
    int result = CORE.init();
    CORE.closeAtExit(0);
    if (result < 0) {
      LinaException why = Failures.failure(result);
      CORE.shutdown();
      throw why;
    }
    state = State.BEGUN;
  }

  static synchronized void end() {
    if (state == State.BEGUN) {
      CORE.shutdown();
    }
    state = State.ENDED;
  }

  /** Makes an arena that has no owner yet the default one. */
  static synchronized void become(java.util.function.LongSupplier making) {
    begin();
    if (CORE.defaultArena() != 0) {
      throw new LinaException(ErrorCode.EXISTS, "there is a default arena already", null);
    }
    long arena = Failures.check(making.getAsLong());
    int result = CORE.setDefault(arena);
    if (result < 0) {
      LinaException why = Failures.failure(result);
      CORE.closeArena(arena);
      throw why;
    }
    if (state == State.ENDED) {
      CORE.closeAtExit(0);
    }
    state = State.BEGUN;
  }

  static boolean isThere() {
    return CORE.defaultArena() != 0;
  }
}
