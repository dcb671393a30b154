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
      refuses(ErrorCode.INVALID, () -> large.openBuffer("x"), "\"x\"", "2 GiB", "openSegment");
      refuses(IndexOutOfBoundsException.class, () -> bytes.getInt(n), "\"x\"");
    }
  }
}
