package dev.lina;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Tries again if an arena has no room. Arrays that the program has dropped hold theirs until the
 * garbage collector frees them, and the collector cannot see how little room the arena has. So this
 * asks the collector to run once.
 */
final class Room {
  private static final int TRIES = 20;
  private static final long PAUSE_NANOS = 5_000_000;

  private Room() {}

  /**
   * Returns the result of the call. It is an error for lack of room only if the collector did not
   * help.
   */
  static long find(LongSupplier call) {
    return find(call, Room::isLacking);
  }

  /** The same for calls in which other codes mean that garbage may be in the way. */
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

  /** What may have the room, for the end of the message. */
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
