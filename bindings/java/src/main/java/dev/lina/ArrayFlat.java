package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;

/** Shows the elements as buffers. */
abstract class ArrayFlat extends ArrayBulk {
  ArrayFlat(ViewFacts facts) {
    super(facts);
  }

  private ByteBuffer flat(String method, int... kinds) {
    Memory now = open();
    if (!desc.isDense()) {
      throw new LinaException.Invalid(
          "array \""
              + name()
              + "\": "
              + method
              + " shows elements that lie one after another, and these have "
              + "strides "
              + Arrays.toString(strides)
              + "; use get and set, or copyTo");
    }
    if (kinds.length > 0 && Arrays.stream(kinds).noneMatch(k -> k == kind)) {
      throw misfit(method, new Elements.Misfit());
    }
    return now.share(name());
  }

  /**
   * Its bytes, in memory order. The buffer is in {@linkplain ByteOrder#nativeOrder() native order};
   * note that {@code slice} and {@code duplicate} make buffers in big-endian order.
   *
   * @return a direct buffer over the arena's memory, which keeps the generation in place
   * @throws LinaException when the elements do not lie one after another, or have more than 2 GiB
   */
  public ByteBuffer asByteBuffer() {
    return flat("asByteBuffer");
  }

  /**
   * The elements of {@code f64}, or the parts of {@code c128}, in memory order.
   *
   * @return a buffer over the arena's memory
   */
  public DoubleBuffer asDoubleBuffer() {
    return flat("asDoubleBuffer", Elements.F64, Elements.C128).asDoubleBuffer();
  }

  /**
   * The elements of {@code f32}, or the parts of {@code c64}, in memory order.
   *
   * @return a buffer over the arena's memory
   */
  public FloatBuffer asFloatBuffer() {
    return flat("asFloatBuffer", Elements.F32, Elements.C64).asFloatBuffer();
  }

  /**
   * The elements of {@code i64}, or the bits of {@code u64}, in memory order.
   *
   * @return a buffer over the arena's memory
   */
  public LongBuffer asLongBuffer() {
    return flat("asLongBuffer", Elements.I64, Elements.U64).asLongBuffer();
  }

  /**
   * The elements of {@code i32}, or the bits of {@code u32}, in memory order.
   *
   * @return a buffer over the arena's memory
   */
  public IntBuffer asIntBuffer() {
    return flat("asIntBuffer", Elements.I32, Elements.U32).asIntBuffer();
  }

  /**
   * The elements of {@code i16}, or the bits of {@code u16}, {@code f16} and {@code bf16}, in
   * memory order.
   *
   * @return a buffer over the arena's memory
   */
  public ShortBuffer asShortBuffer() {
    return flat("asShortBuffer", Elements.I16, Elements.U16, Elements.F16, Elements.BF16)
        .asShortBuffer();
  }
}
