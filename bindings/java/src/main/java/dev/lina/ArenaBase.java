package dev.lina;

import static dev.lina.Core.CORE;

import java.util.function.LongToIntFunction;
import java.util.function.LongUnaryOperator;

/** An arena by its handle: its life, and calls during which no thread can close it. */
abstract class ArenaBase extends ArenaSegments {
  private volatile Handle handle;

  ArenaBase(Handle handle) {
    this.handle = handle;
  }

  final Handle handle() {
    return handle;
  }

  /** Returns the arena for a call. Call {@link #exit} of the same handle afterwards. */
  private long enter(Handle now) {
    if (now.isDefault()) {
      DefaultArena.begin();
    }
    return now.enter();
  }

  /** Calls with the arena's number. A negative result becomes an exception. */
  final int within(LongToIntFunction call) {
    Handle now = handle;
    long arena = enter(now);
    try {
      return Failures.check(call.applyAsInt(arena));
    } finally {
      now.exit();
    }
  }

  /** The same. The caller checks the result. */
  final long answer(LongUnaryOperator call) {
    Handle now = handle;
    long arena = enter(now);
    try {
      return call.applyAsLong(arena);
    } finally {
      now.exit();
    }
  }

  final long withinLong(LongUnaryOperator call) {
    Handle now = handle;
    long arena = enter(now);
    try {
      return Failures.check(call.applyAsLong(arena));
    } finally {
      now.exit();
    }
  }

  /** The same for calls that need room in the arena. */
  final long withinRoom(LongUnaryOperator call) {
    Handle now = handle;
    long arena = enter(now);
    try {
      return Failures.check(Room.find(() -> call.applyAsLong(arena)));
    } finally {
      now.exit();
    }
  }

  /** Forgets what belongs to the handle, which has just been closed. */
  abstract void forget(Handle closed);

  /** Ends the membership, or this process's use of the default arena. */
  final void end() {
    Handle ending = handle;
    if (!ending.close()) {
      return;
    }
    forget(ending);
    CORE.forget(ending);
    if (ending.isDefault()) {
      handle = new Handle(0);
      DefaultArena.end();
    } else {
      CORE.closeArena(ending.number());
    }
  }

  /**
   * The arena's numbers.
   *
   * @return a snapshot
   */
  public ArenaInfo info() {
    byte[] out = new byte[Core.INFO_SIZE];
    within(arena -> CORE.arenaInfo(arena, out));
    return ArenaInfo.of(out);
  }

  /**
   * A file descriptor of the arena. Another process that inherits or receives it attaches it as
   * {@code "fd:N"}. Lina owns it: do not close it.
   *
   * @return the file descriptor
   */
  public int fd() {
    return within(CORE::arenaFd);
  }

  /** Writes the memory of a {@code "file:"} arena to its file, and waits until the disk has it. */
  public void sync() {
    within(CORE::syncArena);
  }

  /**
   * Checks every invariant of the arena's tables, and throws {@code CORRUPT} with the first one
   * that does not hold.
   */
  public void checkTables() {
    within(CORE::checkArena);
  }
}
