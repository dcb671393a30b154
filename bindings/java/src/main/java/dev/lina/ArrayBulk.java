package dev.lina;

import java.lang.reflect.Array;
import java.util.Objects;

/** Copies all elements from and to Java's arrays. */
abstract class ArrayBulk extends ArraySegments {
  ArrayBulk(ViewFacts facts) {
    super(facts);
  }

  /**
   * Calls {@code row} with the byte offset of each run of elements along the last dimension, in the
   * order of Java's arrays.
   */
  private void eachRow(Row row) {
    if (desc.size() == 0) {
      return;
    }
    int last = ndim - 1;
    if (ndim == 0) {
      row.at(0, start, 1, 0);
      return;
    }
    long[] index = new long[ndim];
    long done = 0;
    while (true) {
      row.at((int) done, at(index), (int) shape[last], strides[last]);
      done += shape[last];
      int d = last - 1;
      while (d >= 0 && ++index[d] == shape[d]) {
        index[d--] = 0;
      }
      if (d < 0) {
        return;
      }
    }
  }

  private interface Row {
    void at(int from, long offset, int count, long step);
  }

  /** True if the elements lie in the order of Java's arrays, and the dtype has a buffer. */
  private boolean isPlain(int wanted) {
    return kind == wanted
        && (desc.layout() == Layout.C || desc.isDense() && ndim < 2)
        && desc.nbytes() <= Integer.MAX_VALUE;
  }

  private void checkRoom(String method, String what, Object array) {
    Objects.requireNonNull(
        array, () -> "array \"" + name() + "\": " + method + ": " + what + " is null");
    int length = Array.getLength(array);
    if (length != size()) {
      throw new IllegalArgumentException(
          "array \""
              + name()
              + "\": "
              + method
              + ": "
              + what
              + " has "
              + length
              + " elements, and the array has "
              + size());
    }
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param target where they go; it has as many elements as the array
   * @return the target
   */
  public double[] copyTo(double[] target) {
    checkRoom("copyTo", "the target", target);
    if (isPlain(Elements.F64)) {
      open().peek().asDoubleBuffer().get(target);
      return target;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            target[from + i] = doubleAt(offset + i * step);
          }
        });
    return target;
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param source where they come from; it has as many elements as the array
   */
  public void copyFrom(double[] source) {
    checkRoom("copyFrom", "the source", source);
    writable();
    if (isPlain(Elements.F64)) {
      open().peek().asDoubleBuffer().put(source);
      return;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            doubleAt(offset + i * step, source[from + i]);
          }
        });
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param target where they go; it has as many elements as the array
   * @return the target
   */
  public float[] copyTo(float[] target) {
    checkRoom("copyTo", "the target", target);
    if (isPlain(Elements.F32)) {
      open().peek().asFloatBuffer().get(target);
      return target;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            target[from + i] = floatAt(offset + i * step);
          }
        });
    return target;
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param source where they come from; it has as many elements as the array
   */
  public void copyFrom(float[] source) {
    checkRoom("copyFrom", "the source", source);
    writable();
    if (isPlain(Elements.F32)) {
      open().peek().asFloatBuffer().put(source);
      return;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            floatAt(offset + i * step, source[from + i]);
          }
        });
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param target where they go; it has as many elements as the array
   * @return the target
   */
  public long[] copyTo(long[] target) {
    checkRoom("copyTo", "the target", target);
    if (isPlain(Elements.I64)) {
      open().peek().asLongBuffer().get(target);
      return target;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            target[from + i] = longAt(offset + i * step);
          }
        });
    return target;
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param source where they come from; it has as many elements as the array
   */
  public void copyFrom(long[] source) {
    checkRoom("copyFrom", "the source", source);
    writable();
    if (isPlain(Elements.I64)) {
      open().peek().asLongBuffer().put(source);
      return;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            longAt(offset + i * step, source[from + i]);
          }
        });
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param target where they go; it has as many elements as the array
   * @return the target
   */
  public int[] copyTo(int[] target) {
    checkRoom("copyTo", "the target", target);
    if (isPlain(Elements.I32)) {
      open().peek().asIntBuffer().get(target);
      return target;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            target[from + i] = intAt(offset + i * step);
          }
        });
    return target;
  }

  /**
   * Copies all elements. The last index runs fastest, whatever their order in memory is.
   *
   * @param source where they come from; it has as many elements as the array
   */
  public void copyFrom(int[] source) {
    checkRoom("copyFrom", "the source", source);
    writable();
    if (isPlain(Elements.I32)) {
      open().peek().asIntBuffer().put(source);
      return;
    }
    eachRow(
        (from, offset, count, step) -> {
          for (int i = 0; i < count; i++) {
            intAt(offset + i * step, source[from + i]);
          }
        });
  }
}
