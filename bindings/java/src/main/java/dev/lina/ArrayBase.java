package dev.lina;

import java.util.Arrays;
import java.util.Objects;

/**
 * What an array is, and where each element lies. {@link LinaArray} consists of this class and of
 * its subclasses, which read, write and show elements.
 *
 * <p>Invariant: {@code memory} is null once the array has ended.
 */
abstract class ArrayBase {
  final Descriptor desc;
  final Hold hold;
  final int kind;
  final long start;
  final boolean readOnly;
  private final long sequence;
  final int ndim;
  private final long extent0;
  private final long extent1;
  private final long extent2;
  private final long step0;
  private final long step1;
  private final long step2;
  final long[] shape;
  final long[] strides;
  private final int quickExtent; // 0 where 32 bits do not do
  private Memory memory;

  ArrayBase(ViewFacts facts) {
    desc = facts.desc();
    readOnly = facts.readOnly();
    sequence = facts.sequence();
    hold = facts.hold();
    memory = facts.memory();
    start = facts.start();
    kind = Elements.kind(desc.dtype());
    shape = desc.shape();
    strides = desc.strides();
    ndim = shape.length;
    extent0 = ndim > 0 ? shape[0] : 0;
    extent1 = ndim > 1 ? shape[1] : 0;
    extent2 = ndim > 2 ? shape[2] : 0;
    step0 = ndim > 0 ? strides[0] : 0;
    step1 = ndim > 1 ? strides[1] : 0;
    step2 = ndim > 2 ? strides[2] : 0;
    boolean quick =
        ndim == 1 && fitsAnInt(extent0) && fitsAnInt(start) && fitsAnInt(start + extent0 * step0);
    quickExtent = quick ? (int) extent0 : 0;
  }

  private static boolean fitsAnInt(long number) {
    return number == (int) number;
  }

  /**
   * The array's name.
   *
   * @return the name under which it was opened
   */
  public String name() {
    return desc.name();
  }

  /**
   * The type of the elements.
   *
   * @return the dtype
   */
  public DType dtype() {
    return desc.dtype();
  }

  /**
   * The extent of each dimension.
   *
   * @return a new array; without elements for an array of one element
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * The bytes from one element to the next, in each dimension.
   *
   * @return a new array
   */
  public long[] strides() {
    return strides.clone();
  }

  /**
   * The number of elements.
   *
   * @return the product of the extents
   */
  public long size() {
    return desc.size();
  }

  /**
   * Where the bytes lie and how to read them.
   *
   * @return the descriptor of this generation
   */
  public Descriptor descriptor() {
    return desc;
  }

  /**
   * The generation's number in a count of its name that does not wrap. {@link
   * Descriptor#generation} is the same number in 32 bits.
   *
   * @return the sequence, from 1 on; for a loan, the one that it expected when it was made
   */
  public long sequence() {
    return sequence;
  }

  /**
   * Whether the memory may only be read.
   *
   * @return true when the arena was attached so
   */
  public boolean isReadOnly() {
    return readOnly;
  }

  final boolean hasEnded() {
    return memory == null;
  }

  /**
   * Ends the array: reads and writes throw from then on. Returns its memory, or null if the array
   * had ended before.
   */
  final Memory end() {
    Memory ending = memory;
    memory = null;
    return ending;
  }

  final void begin(Memory now) {
    memory = now;
  }

  final Memory open() {
    Memory now = memory;
    if (now == null) {
      throw new LinaException.Closed("array \"" + name() + "\": " + whyEnded());
    }
    return now;
  }

  String whyEnded() {
    return "it was closed";
  }

  final long at() {
    return ndim == 0 ? start : at(new long[0]);
  }

  final long at(long i) {
    if (quickExtent != 0 && fitsAnInt(i)) {
      return quickAt((int) i);
    }
    if (ndim != 1 || i < 0 || i >= extent0) {
      throw outside(i);
    }
    return start + i * step0;
  }

  /**
   * The place of an element in 32 bits. The JVM's compiler can move the checks out of a loop over
   * the elements if the loop's index is an int, the check is checkIndex, and the step is a
   * constant.
   */
  private int quickAt(int i) {
    try {
      Objects.checkIndex(i, quickExtent);
    } catch (IndexOutOfBoundsException e) {
      throw outside(i);
    }
    int from = (int) start;
    int step = (int) step0;
    return step == 8 ? from + (i << 3) : step == 4 ? from + (i << 2) : from + i * step;
  }

  final long at(long i, long j) {
    if (ndim != 2 || i < 0 || i >= extent0 || j < 0 || j >= extent1) {
      throw outside(i, j);
    }
    return start + i * step0 + j * step1;
  }

  final long at(long i, long j, long k) {
    if (ndim != 3 || i < 0 || i >= extent0 || j < 0 || j >= extent1 || k < 0 || k >= extent2) {
      throw outside(i, j, k);
    }
    return start + i * step0 + j * step1 + k * step2;
  }

  final long at(long[] index) {
    Objects.requireNonNull(index, () -> "array \"" + name() + "\": the index is null");
    if (index.length != ndim) {
      throw outside(index);
    }
    long at = start;
    for (int i = 0; i < index.length; i++) {
      if (index[i] < 0 || index[i] >= shape[i]) {
        throw outside(index);
      }
      at += index[i] * strides[i];
    }
    return at;
  }

  private IndexOutOfBoundsException outside(long... index) {
    String about = "array \"" + name() + "\": index " + Arrays.toString(index);
    return new IndexOutOfBoundsException(
        index.length == ndim
            ? about + " is outside of " + Arrays.toString(shape)
            : about
                + " has "
                + index.length
                + " numbers, and the array has "
                + ndim
                + " dimensions");
  }

  final RuntimeException misfit(String method, Elements.Misfit why) {
    String about = "array \"" + name() + "\" of " + dtype() + ": ";
    return new IllegalArgumentException(
        why.getMessage() != null
            ? about + why.getMessage()
            : about + method + " would not be exact, or is not for " + "it; " + advice());
  }

  private String advice() {
    return switch (kind) {
      case Elements.F64, Elements.F16, Elements.BF16 -> "use getDouble and setDouble";
      case Elements.F32 -> "use getFloat and setFloat";
      case Elements.BOOL -> "use getBoolean and setBoolean";
      case Elements.C64, Elements.C128 -> "use getReal, getImaginary and setComplex";
      case Elements.I64, Elements.U64, Elements.U32 -> "use getLong and setLong";
      case Elements.OTHER -> "this dtype has no Java type; asByteBuffer shows the bytes";
      default -> "use getInt and setInt";
    };
  }
}
