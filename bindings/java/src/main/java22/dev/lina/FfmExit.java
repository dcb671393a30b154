package dev.lina;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls functions of liblina_core when the process ends. C's {@code exit} runs them after all that
 * is Java's: shutdown hooks and daemon threads have stopped by then, and nothing of Java runs.
 *
 * <p>{@code __cxa_atexit} is C's {@code atexit} with a key, and {@code __cxa_finalize} runs and
 * forgets what was given with a key, once, whichever comes first. In musl it does nothing, so there
 * this does nothing either.
 */
final class FfmExit {
  private static final MethodHandle AT_EXIT =
      FfmLibrary.ofC("__cxa_atexit", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FINALIZE = FfmLibrary.ofC("__cxa_finalize", null, JAVA_LONG);

  private final boolean isPossible = !NativeLibrary.isMusl();
  private final Set<Long> keys = ConcurrentHashMap.newKeySet();

  /** The function is called with that argument. The key is an address that is nobody else's. */
  void add(MemorySegment function, long argument, long key) {
    if (isPossible
        && FfmCalls.call(() -> (int) AT_EXIT.invokeExact(function, argument, key)) == 0) {
      keys.add(key);
    }
  }

  /** Calls now what was given with the key. False where there is nothing. */
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
