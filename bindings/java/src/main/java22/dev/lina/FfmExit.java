package dev.lina;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls functions of liblina_core when the process ends. C's {@code exit} runs them after Java has
 * stopped: no shutdown hook and no daemon thread runs then.
 *
 * <p>{@code __cxa_atexit} is C's {@code atexit} with a key. {@code __cxa_finalize} runs the
 * functions of a key at once, and then forgets them. In musl it does nothing, so there this class
 * does nothing either.
 */
final class FfmExit {
  private static final MethodHandle AT_EXIT =
      FfmLibrary.ofC("__cxa_atexit", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FINALIZE = FfmLibrary.ofC("__cxa_finalize", null, JAVA_LONG);

  private final boolean isPossible = !NativeLibrary.isMusl();
  private final Set<Long> keys = ConcurrentHashMap.newKeySet();

  /**
   * Adds a call of the function with that argument. The key is an address that no other code uses.
   */
  void add(MemorySegment function, long argument, long key) {
    if (isPossible
        && FfmCalls.call(() -> (int) AT_EXIT.invokeExact(function, argument, key)) == 0) {
      keys.add(key);
    }
  }

  /** Makes the calls of the key now. False if there are none. */
  boolean run(long key) {
    if (!keys.remove(key)) {
      return false;
    }
    FfmCalls.run(
        () -> {
          FINALIZE.invokeExact(key);
        });
    return true;
  }
}
