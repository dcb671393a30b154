package dev.lina;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory through a segment. If it is lent, closing it ends the segment's scope. Then the JVM asks
 * each thread whether it is reading, which takes some 80 µs, and other threads get an exception.
 *
 * <p>Slices, and buffers over them, refer to the scope and not to this object. So the hold ends
 * when the collector finds that the scope cannot be reached.
 */
final class SegmentMemory extends Memory {
  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * Whether all slices of a segment refer to one scope object in this Java, as in all versions so
   * far.
   */
  private static final boolean SCOPE_IS_ONE = scopeIsOne();

  private final Arena scope = Arena.ofShared();
  private final MemorySegment bytes;
  private final Hold hold;
  private final Cleaner.Cleanable cleanable;

  SegmentMemory(Hold hold, long address, long size, boolean readOnly) {
    this.hold = hold;
    MemorySegment all = MemorySegment.ofAddress(address).reinterpret(size, scope, null);
    bytes = readOnly ? all.asReadOnly() : all;
    cleanable =
        CLEANER.register(SCOPE_IS_ONE ? bytes.scope() : this, SCOPE_IS_ONE ? hold : () -> {});
  }

  private static boolean scopeIsOne() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment all = arena.allocate(16);
      MemorySegment slice = all.asReadOnly().asSlice(8);
      MemorySegment buffer = MemorySegment.ofBuffer(slice.asByteBuffer().slice());
      return all.scope() == slice.scope() && all.scope() == buffer.scope();
    }
  }

  MemorySegment segment() {
    lend();
    return bytes;
  }

  private MemorySegment used() {
    use();
    return bytes;
  }

  @Override
  byte getByte(long offset) {
    return used().get(JAVA_BYTE, offset);
  }

  @Override
  short getShort(long offset) {
    return used().get(JAVA_SHORT_UNALIGNED, offset);
  }

  @Override
  int getInt(long offset) {
    return used().get(JAVA_INT_UNALIGNED, offset);
  }

  @Override
  long getLong(long offset) {
    return used().get(JAVA_LONG_UNALIGNED, offset);
  }

  @Override
  float getFloat(long offset) {
    return used().get(JAVA_FLOAT_UNALIGNED, offset);
  }

  @Override
  double getDouble(long offset) {
    return used().get(JAVA_DOUBLE_UNALIGNED, offset);
  }

  @Override
  void putByte(long offset, byte value) {
    used().set(JAVA_BYTE, offset, value);
  }

  @Override
  void putShort(long offset, short value) {
    used().set(JAVA_SHORT_UNALIGNED, offset, value);
  }

  @Override
  void putInt(long offset, int value) {
    used().set(JAVA_INT_UNALIGNED, offset, value);
  }

  @Override
  void putLong(long offset, long value) {
    used().set(JAVA_LONG_UNALIGNED, offset, value);
  }

  @Override
  void putFloat(long offset, float value) {
    used().set(JAVA_FLOAT_UNALIGNED, offset, value);
  }

  @Override
  void putDouble(long offset, double value) {
    used().set(JAVA_DOUBLE_UNALIGNED, offset, value);
  }

  @Override
  ByteBuffer share(String name) {
    if (bytes.byteSize() > Integer.MAX_VALUE) {
      throw BufferMemory.tooLarge(name, bytes.byteSize());
    }
    lend();
    return peek();
  }

  @Override
  ByteBuffer peek() {
    return used().asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  void close() {
    if (endOwn() || isLent() && endScope()) {
      cleanable.clean();
      hold.run();
    }
  }

  /** False when another thread has closed it. */
  private boolean endScope() {
    try {
      scope.close();
      return true;
    } catch (IllegalStateException e) {
      if (!scope.scope().isAlive()) {
        return false;
      }
      throw new LinaException(ErrorCode.BUSY, "a native call or an I/O operation still uses it", e);
    }
  }
}
