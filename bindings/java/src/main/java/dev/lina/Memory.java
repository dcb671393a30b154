package dev.lina;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The bytes of one generation, from the lowest byte of any element to the end of the highest, in
 * native order. Elements may be unaligned. Each offset is checked.
 *
 * <p>Most arrays are opened, used and closed by one thread. Such a close is cheap: nobody else can
 * be reading at this moment. Whether it is so tells the state:
 *
 * <pre>
 * OWN     only the owner, who made this, has touched the bytes, and nobody keeps a buffer or a segment.
 *         The owner's close leads to ENDED, and ends the hold at once.
 * LENT    another thread has touched the bytes, or somebody keeps a buffer or a segment. The subclass
 *         knows how to close then, so that no thread ever sees the bytes of another generation.
 * ENDED   closed by the owner.
 * </pre>
 *
 * <p>The state leaves OWN once, by compare-and-set. A thread that reads LENT, however late, knows
 * that it never becomes ENDED.
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

  /** Before each read and write. */
  final void use() {
    if (Thread.currentThread() != owner && state != LENT) {
      lend();
    }
  }

  /** Before somebody gets what can be kept. */
  final void lend() {
    if (!isLent()) {
      throw new LinaException.Closed("the array was closed by another thread");
    }
  }

  /** True from now on, unless the owner has closed it. */
  final boolean isLent() {
    return STATE.compareAndSet(this, OWN, LENT) || (int) STATE.getVolatile(this) == LENT;
  }

  /** Closes what nobody but the calling thread has touched. False where that is not so. */
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
   * All the bytes, in native order, for somebody to keep. The array's name is for the message of
   * what cannot be had.
   */
  abstract ByteBuffer share(String name);

  /**
   * The same for this package, which keeps it for no longer than a call. The bytes are at most 2
   * GiB.
   */
  abstract ByteBuffer peek();

  /** Ends the hold, now or as soon as no thread can be reading. */
  abstract void close();
}
