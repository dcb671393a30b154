package dev.lina;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory through ByteBuffers, for JNI. A buffer has at most 2 GiB, so a larger array has several
 * buffers. They overlap by the bytes of the largest element.
 *
 * <p>The hold ends when the first buffer cannot be reached any more. Slices and views of a buffer
 * refer to it, and so does a thread that is reading. If the memory is lent, closing it leaves the
 * end to the collector, because nothing can take the bytes away from a buffer.
 */
final class BufferMemory extends Memory {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int SHIFT = 30;
  private static final long WINDOW = 1L << SHIFT;
  private static final long OVERLAP = 16;

  private final Cleaner.Cleanable cleanable;
  private final long size;
  private final ByteBuffer first;
  private final ByteBuffer[] windows; // null where the first buffer shows all

  BufferMemory(JniCore core, Hold hold, long address, long size, boolean readOnly) {
    this.size = size;
    // A buffer of the whole is the one to share, where there can be one.
    ByteBuffer root = core.buffer(address, Math.min(size, Integer.MAX_VALUE));
    cleanable = CLEANER.register(root, hold);
    first = inNativeOrder(root, readOnly);
    if (size <= Integer.MAX_VALUE) {
      windows = null;
      return;
    }
    windows = new ByteBuffer[(int) ((size + WINDOW - 1) >>> SHIFT)];
    windows[0] = first;
    for (int i = 1; i < windows.length; i++) {
      long begin = i * WINDOW;
      windows[i] =
          inNativeOrder(
              core.buffer(address + begin, Math.min(size - begin, WINDOW + OVERLAP)), readOnly);
    }
  }

  private static ByteBuffer inNativeOrder(ByteBuffer buffer, boolean readOnly) {
    return (readOnly ? buffer.asReadOnlyBuffer() : buffer).order(ByteOrder.nativeOrder());
  }

  private ByteBuffer at(long offset) {
    use();
    return windows == null ? first : windows[(int) (offset >>> SHIFT)];
  }

  private int in(long offset) {
    return (int) (windows == null ? offset : offset & (WINDOW - 1));
  }

  @Override
  byte getByte(long offset) {
    return at(offset).get(in(offset));
  }

  @Override
  short getShort(long offset) {
    return at(offset).getShort(in(offset));
  }

  @Override
  int getInt(long offset) {
    return at(offset).getInt(in(offset));
  }

  @Override
  long getLong(long offset) {
    return at(offset).getLong(in(offset));
  }

  @Override
  float getFloat(long offset) {
    return at(offset).getFloat(in(offset));
  }

  @Override
  double getDouble(long offset) {
    return at(offset).getDouble(in(offset));
  }

  @Override
  void putByte(long offset, byte value) {
    at(offset).put(in(offset), value);
  }

  @Override
  void putShort(long offset, short value) {
    at(offset).putShort(in(offset), value);
  }

  @Override
  void putInt(long offset, int value) {
    at(offset).putInt(in(offset), value);
  }

  @Override
  void putLong(long offset, long value) {
    at(offset).putLong(in(offset), value);
  }

  @Override
  void putFloat(long offset, float value) {
    at(offset).putFloat(in(offset), value);
  }

  @Override
  void putDouble(long offset, double value) {
    at(offset).putDouble(in(offset), value);
  }

  @Override
  ByteBuffer share(String name) {
    if (size > Integer.MAX_VALUE) {
      throw tooLarge(name, size);
    }
    lend();
    return peek();
  }

  @Override
  ByteBuffer peek() {
    use();
    return first.duplicate().order(ByteOrder.nativeOrder());
  }

  static LinaException tooLarge(String name, long size) {
    return new LinaException.Invalid(
        "array \""
            + name
            + "\" has "
            + size
            + " bytes, and a ByteBuffer has at most 2 GiB: on Java 22 and later "
            + "Lina.openSegment(\""
            + name
            + "\") shows it, and Lina.alias gives parts of it a name");
  }

  @Override
  void close() {
    if (endOwn()) {
      cleanable.clean();
    } else {
      isLent(); // also where the owner may be reading, while this is another thread
    }
  }
}
