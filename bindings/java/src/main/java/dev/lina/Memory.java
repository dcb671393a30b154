package dev.lina;

import java.nio.ByteBuffer;

/**
 * The bytes of one generation, from the lowest byte of any element to the end of the highest, in
 * native order. Elements may be unaligned. Each offset is checked.
 */
abstract class Memory {
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

  /** Ends the hold, unless somebody keeps a buffer that nothing can take the bytes from. */
  abstract void close();
}
