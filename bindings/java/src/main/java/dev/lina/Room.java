package dev.lina;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
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
    return find(call, Room::isLacking);
  }

  /** The same where other codes say that garbage may stand in the way. */
  static long find(LongSupplier call, LongPredicate isLacking) {
    long result = call.getAsLong();
    if (!isLacking.test(result) || Hold.count() == 0) {
      return result;
    }
    System.gc();
    for (int i = 0; isLacking.test(result) && i < TRIES; i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      result = call.getAsLong();
    }
    return result;
  }

  /** A reader holds as many views as it may. */
  static boolean isBusy(long result) {
    return result == ErrorCode.BUSY.number();
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
