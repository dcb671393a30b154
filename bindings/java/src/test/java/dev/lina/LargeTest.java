package dev.lina;

import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LargeTest {
  /**
   * The windows of JNI overlap by an element, and the pages are taken only where they are touched.
   */
  @Test
  void elementsFarIntoALargeArrayAreReadAndWritten() {
    long n = (1L << 31) + 24;
    try (Lina.Arena large = Lina.Arena.create(n + (1 << 16))) {
      large.createArray("x", DType.U8, n).close();
      LinaArray bytes = large.array("x");
      LinaArray doubles =
          large.alias("d", "x", (1L << 30) - 3, DType.F64, new long[] {1L << 27}, null);
      doubles.setDouble(Math.PI, 0); // over the border of a window
      assertEquals(Math.PI, doubles.getDouble(0));
      assertEquals(Double.doubleToRawLongBits(Math.PI) & 255, bytes.getInt((1L << 30) - 3));
      bytes.setInt(77, n - 1);
      assertEquals(77, bytes.getInt(n - 1));
      LinaArray backwards =
          large.alias("b", "x", n - 1, DType.U8, new long[] {n - 30}, new long[] {-1});
      assertEquals(77, backwards.getInt(0));
      bytes.setInt(78, 30);
      assertEquals(78, backwards.getInt(n - 31));
      refuses(IndexOutOfBoundsException.class, () -> backwards.getInt(n - 30), "\"b\"");
      refuses(ErrorCode.INVALID, () -> large.openBuffer("x"), "\"x\"", "2 GiB", "openSegment");
      refuses(IndexOutOfBoundsException.class, () -> bytes.getInt(n), "\"x\"");
    }
  }

  /** Whose low 32 bits would be one. */
  @Test
  void anIndexOfMoreThan32BitsIsOutsideOfASmallArray() {
    try (Lina.Arena small = Lina.Arena.create(1 << 16)) {
      LinaArray array = small.createArray("x", DType.F64, 3);
      for (long i : new long[] {1L << 32, -1L << 32, (1L << 32) + 2, Long.MIN_VALUE}) {
        refuses(IndexOutOfBoundsException.class, () -> array.getDouble(i), "\"x\"", "" + i);
        refuses(IndexOutOfBoundsException.class, () -> array.setDouble(0, i), "\"x\"", "" + i);
      }
    }
  }
}
