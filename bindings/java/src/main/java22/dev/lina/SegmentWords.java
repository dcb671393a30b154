package dev.lina;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A signal's words through segments, which end with the arena. A later read throws an exception.
 */
final class SegmentWords extends Words {
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private final MemorySegment word;
  private final MemorySegment cleared;
  private final MemorySegment current;
  private final long incarnation;

  SegmentWords(Arena scope, long[] signal) {
    word = at(scope, signal[0]);
    cleared = at(scope, signal[1]);
    current = at(scope, signal[4]);
    incarnation = signal[5];
  }

  private static MemorySegment at(Arena scope, long address) {
    return MemorySegment.ofAddress(address).reinterpret(Long.BYTES, scope, null);
  }

  @Override
  long state() {
    try {
      long now = (long) LONG.getAcquire(word, 0L);
      long then = (long) LONG.getAcquire(cleared, 0L);
      return state(now, then, (long) LONG.getAcquire(current, 0L) == incarnation);
    } catch (IllegalStateException e) {
      return CLOSED;
    }
  }

  @Override
  long cleared() {
    try {
      return (long) LONG.getAcquire(cleared, 0L);
    } catch (IllegalStateException e) {
      return CLOSED;
    }
  }
}
