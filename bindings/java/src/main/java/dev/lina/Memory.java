package dev.lina;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The bytes of one generation, from the lowest byte of any element to the end of the highest, in
 * native order. Elements may be unaligned. Each offset is checked.
 *
 * <p>Most arrays are opened, used and closed by one thread. Such a close is fast, because no other
 * thread can be reading. The state says whether this is so:
 *
 * <pre>
 * OWN     only the owner, which made this, has used the bytes, and there is no buffer or segment.
 *         The owner's close leads to ENDED, and ends the hold at once.
 * LENT    another thread has used the bytes, or there is a buffer or a segment. The subclass
 *         knows how to close then, so that no thread ever sees the bytes of another generation.
 * ENDED   closed by the owner.
 * </pre>
 *
 * <p>The state leaves OWN once, by compare-and-set. A thread that reads LENT knows that the state
 * never becomes ENDED.
 */
abstract class Memory {
  private static final int OWN = 0;
  private static final int LENT = 1;
  private static final int ENDED = 2;
  private static final VarHandle STATE = stateHandle();

  private final Thread owner = Thread.currentThread();
  private int state = OWN;

  private static VarHandle stateHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(Memory.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Called before each read and write. */
  final void use() {
    if (Thread.currentThread() != owner && state != LENT) {
      lend();
    }
  }

  /** Called before a buffer or a segment is given out. */
  final void lend() {
    if (!isLent()) {
      throw new LinaException.Closed("the array was closed by another thread");
    }
  }

  /** Makes the state LENT. False if the owner has closed it. */
  final boolean isLent() {
    return STATE.compareAndSet(this, OWN, LENT) || (int) STATE.getVolatile(this) == LENT;
  }

  /** Closes the memory if only the calling thread has used it. Otherwise returns false. */
  final boolean endOwn() {
    return Thread.currentThread() == owner && STATE.compareAndSet(this, OWN, ENDED);
  }

  abstract byte getByte(long offset);

  abstract short getShort(long offset);

  abstract int getInt(long offset);

  abstract long getLong(long offset);

  abstract float getFloat(long offset);

  abstract double getDouble(long offset);

  abstract void putByte(long offset, byte value);

  abstract void putShort(long offset, short value);

  abstract void putInt(long offset, int value);

  abstract void putLong(long offset, long value);

  abstract void putFloat(long offset, float value);

  abstract void putDouble(long offset, double value);

  /**
   * Returns all the bytes in native order, in a buffer that the caller may keep. The name is for
   * the error message.
   */
  abstract ByteBuffer share(String name);

  /**
   * The same for this package, which uses the buffer only during a call. There are at most 2 GiB.
   */
  abstract ByteBuffer peek();

  /** Ends the hold, now or as soon as no thread can be reading. */
  abstract void close();
}
