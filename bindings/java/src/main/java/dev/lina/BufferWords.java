package dev.lina;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A signal's words through a ByteBuffer, for JNI. Each call enters the arena, so that no thread can
 * unmap the words meanwhile.
 */
final class BufferWords extends Words {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final Handle arena;
  private final ByteBuffer word;
  private final ByteBuffer cleared;
  private final ByteBuffer current;
  private final long incarnation;

  BufferWords(JniCore core, Handle arena, long[] signal) {
    this.arena = arena;
    word = core.buffer(signal[0], Long.BYTES);
    cleared = core.buffer(signal[1], Long.BYTES);
    current = core.buffer(signal[4], Long.BYTES);
    incarnation = signal[5];
  }

  private boolean enter() {
    try {
      arena.enter();
      return true;
    } catch (LinaException.Closed e) {
      return false;
    }
  }

  @Override
  long state() {
    if (!enter()) {
      return CLOSED;
    }
    try {
      long now = (long) LONG.getAcquire(word, 0);
      long then = (long) LONG.getAcquire(cleared, 0);
      return state(now, then, (long) LONG.getAcquire(current, 0) == incarnation);
    } finally {
      arena.exit();
    }
  }

  @Override
  long cleared() {
    if (!enter()) {
      return CLOSED;
    }
    try {
      return (long) LONG.getAcquire(cleared, 0);
    } finally {
      arena.exit();
    }
  }
}
