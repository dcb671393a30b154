package dev.lina;

import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DTypesTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  private LinaArray one(DType dtype) {
    return arena.createArray("x" + dtype, dtype);
  }

  @Test
  void everyDtypeHasItsNameAndSize() {
    assertEquals(
        "[u8, i64, f64, bool, i8, i16, i32, u16, u32, u64, f16, bf16, f32, c64, c128]",
        DType.values().toString());
    int[] sizes = {1, 8, 8, 1, 1, 2, 4, 2, 4, 8, 2, 2, 4, 8, 16};
    for (int i = 0; i < sizes.length; i++) {
      assertEquals(sizes[i], DType.values().get(i).size());
      assertEquals(DType.values().get(i), DType.of(DType.values().get(i).toString()));
      assertEquals(DType.values().get(i), DType.of(DType.values().get(i).packed()));
    }
    assertEquals(0x14002, DType.F64.packed());
    refuses(IllegalArgumentException.class, () -> DType.of("double"), "\"double\"", "f64");
    refuses(IllegalArgumentException.class, () -> new DType(2, 0, 1), "bits");
  }

  @Test
  void wholeNumbersAreExactOverTheirWholeRange() {
    DType[] dtypes = {DType.I8, DType.I16, DType.I32, DType.I64, DType.U8, DType.U16, DType.U32};
    for (DType dtype : dtypes) {
      long bits = dtype.bits();
      boolean isSigned = dtype.code() == 0;
      long least = isSigned ? -1L << (bits - 1) : 0;
      long most = isSigned ? ~least : (1L << bits) - 1;
      LinaArray x = one(dtype);
      for (long value : new long[] {least, most, 0, 1}) {
        x.setLong(value);
        assertEquals(value, x.getLong());
        assertEquals(BigInteger.valueOf(value), x.getBigInteger());
      }
      if (dtype != DType.I64) {
        refuses(
            IllegalArgumentException.class, () -> x.setLong(most + 1), x.name(), "" + (most + 1));
        refuses(
            IllegalArgumentException.class, () -> x.setLong(least - 1), x.name(), "" + (least - 1));
        assertEquals(1, x.getLong());
      }
    }
  }

  @Test
  void unsignedNumbersOf64BitsAreTheBitsOfALongAndBigIntegers() {
    LinaArray x = one(DType.U64);
    BigInteger most = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    x.setBigInteger(most);
    assertEquals(-1, x.getLong());
    assertEquals(most, x.getBigInteger());
    assertEquals(most, x.get());
    refuses(
        IllegalArgumentException.class, () -> x.setBigInteger(most.add(BigInteger.ONE)), "xu64");
    refuses(IllegalArgumentException.class, () -> x.setBigInteger(BigInteger.ONE.negate()), "xu64");
    refuses(IllegalArgumentException.class, x::getDouble, "xu64", "getLong");
  }

  @Test
  void nothingIsReadOrWrittenThatWouldLoseDigits() {
    refuses(IllegalArgumentException.class, () -> one(DType.I64).getDouble(), "xi64", "getLong");
    refuses(IllegalArgumentException.class, () -> arena.array("xi64").getInt());
    refuses(
        IllegalArgumentException.class,
        () -> arena.array("xi64").setDouble(1),
        "getLong and setLong");
    refuses(IllegalArgumentException.class, () -> one(DType.F32).setDouble(0.1), "setFloat");
    refuses(IllegalArgumentException.class, () -> one(DType.F64).getFloat(), "getDouble");
    refuses(IllegalArgumentException.class, () -> arena.array("xf64").getLong(), "getDouble");
    refuses(
        IllegalArgumentException.class,
        () -> arena.array("xf64").setLong((1L << 53) + 1),
        "exactly");
    refuses(IllegalArgumentException.class, () -> one(DType.U32).getInt(), "getLong");
    arena.array("xf64").setLong(1L << 53);
    assertEquals(0x1p53, arena.array("xf64").getDouble());
    assertEquals(0.0, arena.array("xf32").getDouble());
  }

  @Test
  void aBoolIsWhateverIsNotZero() {
    LinaArray x = one(DType.BOOL);
    assertFalse(x.getBoolean());
    x.setBoolean(true);
    assertEquals(1, arena.openBuffer("xbool").get(0));
    arena.openBuffer("xbool").put(0, (byte) 7);
    assertTrue(x.getBoolean());
    assertEquals(1, x.getInt());
    assertEquals(true, x.get());
    refuses(IllegalArgumentException.class, () -> x.setInt(2), "xbool");
    refuses(IllegalArgumentException.class, () -> one(DType.U8).setBoolean(true), "xu8");
  }

  @Test
  void complexNumbersHaveTwoParts() {
    for (DType dtype : new DType[] {DType.C64, DType.C128}) {
      LinaArray x = one(dtype);
      x.setComplex(1.5, -2.5);
      assertEquals(1.5, x.getReal());
      assertEquals(-2.5, x.getImaginary());
      assertArrayEquals(new double[] {1.5, -2.5}, (double[]) x.get());
      refuses(IllegalArgumentException.class, x::getDouble, "getReal");
    }
  }

  @Test
  void halfPrecisionIsRoundedToTheNearestAndReadExactly() {
    LinaArray x = one(DType.F16);
    for (int bits = 0; bits < 65536; bits++) { // all of them go there and back
      float value = Elements.fromHalf((short) bits);
      if (!Float.isNaN(value)) {
        assertEquals((short) bits, Elements.toHalf(value), "bits " + bits);
      }
    }
    double[][] cases = {
      {0.1, 0.0999755859375},
      {65504, 65504},
      {65519.99, 65504},
      {65520, Double.POSITIVE_INFINITY},
      {-1e9, Double.NEGATIVE_INFINITY},
      {2049, 2048}, // halfway: to even
      {2051, 2052},
      {0x1p-25, 0},
      {0x1.1p-25, 0x1p-24},
      {0x1.ff8p-15, 0x1.ff8p-15},
      {0x1.fffp-15, 0x1p-14}
    };
    for (double[] pair : cases) {
      x.setDouble(pair[0]);
      assertEquals(pair[1], x.getDouble());
    }
    x.setDouble(Double.NaN);
    assertTrue(Double.isNaN(x.getDouble()));
    assertEquals(Float.NEGATIVE_INFINITY, Elements.fromHalf((short) 0xfc00));
  }

  @Test
  void bfloatIsTheUpperHalfOfAFloat() {
    LinaArray x = one(DType.BF16);
    for (int bits = 0; bits < 65536; bits++) {
      float value = Float.intBitsToFloat(bits << 16);
      if (!Float.isNaN(value)) {
        assertEquals((short) bits, Elements.toBfloat(value), "bits " + bits);
      }
    }
    x.setDouble(1.00390625); // halfway between 1 and 1.0078125: to even
    assertEquals(1.0, x.getDouble());
    x.setFloat(Float.MAX_VALUE);
    assertEquals(Double.POSITIVE_INFINITY, x.getDouble());
    x.setDouble(Double.NaN);
    assertTrue(Double.isNaN(x.getDouble()));
  }
}
