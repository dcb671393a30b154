package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where the bytes of one generation of an array lie, and how to read them. It is a snapshot, and
 * keeps nothing in place.
 *
 * @param name the array's name
 * @param offset where element (0, 0, …) lies, in bytes from the beginning of the arena's data
 * @param nbytes the bytes of all elements
 * @param capacityBytes the bytes that are reserved for them
 * @param dtype the type of the elements
 * @param shape the extent of each dimension; none for an array of one element
 * @param strides the bytes from one element to the next, in each dimension
 * @param layout how the elements lie in memory
 * @param generation 1, and one more for each generation that is published
 * @param isAlias whether its bytes belong to another array
 */
public record Descriptor(
    String name,
    long offset,
    long nbytes,
    long capacityBytes,
    DType dtype,
    long[] shape,
    long[] strides,
    Layout layout,
    long generation,
    boolean isAlias) {
  private static final int SHAPE = 96;
  private static final int STRIDES = 160;

  /** A snapshot of these facts. */
  public Descriptor {
    shape = shape.clone();
    strides = strides.clone();
  }

  /** From a lina_desc_t, which begins at {@code at}. */
  static Descriptor of(byte[] bytes, int at) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes, at, Core.DESC_SIZE).slice().order(ByteOrder.nativeOrder());
    int ndim = in.getInt(92);
    return new Descriptor(
        name(bytes, at),
        in.getLong(64),
        in.getLong(72),
        in.getLong(80),
        DType.of(in.getInt(88)),
        longs(in, SHAPE, ndim),
        longs(in, STRIDES, ndim),
        Layout.values()[in.getInt(224)],
        Integer.toUnsignedLong(in.getInt(228)),
        (in.getInt(232) & 1) != 0);
  }

  static String name(byte[] bytes, int at) {
    int end = at;
    while (end < at + 64 && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
  }

  private static long[] longs(ByteBuffer in, int at, int count) {
    long[] out = new long[count];
    for (int i = 0; i < count; i++) {
      out[i] = in.getLong(at + i * Long.BYTES);
    }
    return out;
  }

  /**
   * The extent of each dimension.
   *
   * @return a new array
   */
  @Override
  public long[] shape() {
    return shape.clone();
  }

  /**
   * The bytes from one element to the next, in each dimension.
   *
   * @return a new array
   */
  @Override
  public long[] strides() {
    return strides.clone();
  }

  /**
   * The number of dimensions.
   *
   * @return 0 to 8
   */
  public int ndim() {
    return shape.length;
  }

  /**
   * The number of elements.
   *
   * @return the product of the extents; 1 without dimensions
   */
  public long size() {
    long size = 1;
    for (long extent : shape) {
      size *= extent;
    }
    return size;
  }

  /** Whether the elements lie one after another without gaps. */
  boolean isDense() {
    return layout != Layout.STRIDED;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Descriptor d
        && name.equals(d.name)
        && offset == d.offset
        && nbytes == d.nbytes
        && capacityBytes == d.capacityBytes
        && dtype.equals(d.dtype)
        && Arrays.equals(shape, d.shape)
        && Arrays.equals(strides, d.strides)
        && layout == d.layout
        && generation == d.generation
        && isAlias == d.isAlias;
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Long.hashCode(offset) + 7 * Long.hashCode(generation);
  }

  @Override
  public String toString() {
    return "Descriptor["
        + name
        + ": "
        + dtype
        + " "
        + Arrays.toString(shape)
        + ", strides "
        + Arrays.toString(strides)
        + ", layout "
        + layout
        + ", offset "
        + offset
        + ", nbytes "
        + nbytes
        + ", generation "
        + generation
        + (isAlias ? ", alias]" : "]");
  }
}
