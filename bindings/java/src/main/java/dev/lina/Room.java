package dev.lina;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Tries again where an arena has no room: arrays that the program has dropped still hold theirs
 * until the collector takes them, and it does not see how short of room the arena is. It is asked
 * to run once.
 */
final class Room {
  private static final int TRIES = 20;
  private static final long PAUSE_NANOS = 5_000_000;

  private Room() {}

  /** What the call answers, a code of want of room only if that did not help. */
  static long find(LongSupplier call) {
    long result = call.getAsLong();
    if (!isLacking(result) || Hold.count() == 0) {
      return result;
    }
    System.gc();
    for (int i = 0; isLacking(result) && i < TRIES; i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      result = call.getAsLong();
    }
    return result;
  }

  private static boolean isLacking(long result) {
    return result == ErrorCode.NO_MEMORY.number() || result == ErrorCode.FULL.number();
  }

  /** Who may have the room, for the end of the message. */
  static String whoHolds() {
    int holds = Hold.count();
    return holds == 0
        ? ""
        : ". Java holds "
            + holds
            + (holds == 1 ? " generation" : " generations")
            + " here: close() gives an array's back at once";
  }
}
