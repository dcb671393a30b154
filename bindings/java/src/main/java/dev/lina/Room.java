package dev.lina;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Tries again if an arena has no room. Arrays that the program has dropped hold theirs until the
 * garbage collector frees them, and the collector cannot see how little room the arena has. So this
 * asks the collector to run, and waits longer and longer for the Cleaner, which runs in a thread of
 * its own. It asks again, because the JVM may ignore a request while native code uses an array.
 */
final class Room {
  private static final long FIRST_PAUSE_NANOS = 1_000_000; // each later one is twice as long
  private static final int TRIES = 7; // an eighth of a second
  private static final int TRIES_OF_READER = 10; // a second
  private static final int TRIES_PER_COLLECTION = 4;

  private Room() {}

  /**
   * Returns the result of the call. It is an error for lack of room only if the collector did not
   * help.
   */
  static long find(LongSupplier call) {
    return find(call, Room::isLacking, TRIES);
  }

  /** The same for a reader that holds as many views as it may. */
  static long findForReader(LongSupplier call) {
    return find(call, result -> result == ErrorCode.BUSY.number(), TRIES_OF_READER);
  }

  private static long find(LongSupplier call, LongPredicate isLacking, int tries) {
    long result = call.getAsLong();
    if (!isLacking.test(result) || Hold.count() == 0) {
      return result;
    }
    boolean isInterrupted = Thread.interrupted(); // otherwise the pauses would end at once
    for (int i = 0; isLacking.test(result) && i < tries; i++) {
      if (i % TRIES_PER_COLLECTION == 0) {
        System.gc();
      }
      LockSupport.parkNanos(FIRST_PAUSE_NANOS << i);
      isInterrupted |= Thread.interrupted();
      result = call.getAsLong();
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    return result;
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
