package dev.lina;

import static dev.lina.Helper.refuses;
import static dev.lina.Helper.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArraysTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aNewArrayIsOfZeroesAndHasTheShapeThatWasAsked() {
    LinaArray x = arena.createArray("x", DType.F64, shape(2, 3), Order.C);
    assertArrayEquals(shape(2, 3), x.shape());
    assertArrayEquals(shape(24, 8), x.strides());
    assertEquals(0.0, x.getDouble(1, 2));
    assertEquals(6, x.size());
    assertEquals(DType.F64, x.dtype());
    assertEquals("x", x.name());
    assertTrue(x.isCurrent());
  }

  @Test
  void twoViewsOfAnArraySeeTheSameBytes() {
    LinaArray x = arena.createArray("x", DType.F64, 4);
    LinaArray y = arena.array("x");
    assertNotSame(x, y);
    x.setDouble(1.5, 3);
    assertEquals(1.5, y.getDouble(3));
  }

  @Test
  void anIndexMeansTheSameElementInEitherOrder() {
    LinaArray c = arena.createArray("c", DType.I32, shape(2, 3), Order.C);
    LinaArray f = arena.createArray("f", DType.I32, shape(2, 3), Order.F);
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        c.setInt(10 * i + j, i, j);
        f.setInt(10 * i + j, i, j);
      }
    }
    assertArrayEquals(new int[] {0, 1, 2, 10, 11, 12}, c.copyTo(new int[6]));
    assertArrayEquals(new int[] {0, 1, 2, 10, 11, 12}, f.copyTo(new int[6]));
    int[] inMemory = new int[6];
    f.asIntBuffer().get(inMemory);
    assertArrayEquals(new int[] {0, 10, 1, 11, 2, 12}, inMemory);
  }

  @Test
  void everyNumberOfDimensionsCanBeIndexed() {
    for (int ndim = 0; ndim <= 8; ndim++) {
      long[] extents = new long[ndim];
      long[] last = new long[ndim];
      java.util.Arrays.fill(extents, 2);
      java.util.Arrays.fill(last, 1);
      LinaArray x = arena.createArray("n" + ndim, DType.F64, extents);
      x.setDouble(ndim + 0.5, last);
      assertEquals(ndim + 0.5, x.getDouble(last));
      assertEquals(1L << ndim, x.size());
      double[] all = x.copyTo(new double[1 << ndim]);
      assertEquals(ndim + 0.5, all[all.length - 1]);
    }
    assertEquals(0.5, arena.array("n0").getDouble());
  }

  @Test
  void anArrayOfNoElementsIsAnArray() {
    LinaArray x = arena.createArray("x", DType.F64, 2, 0, 3);
    assertEquals(0, x.size());
    assertEquals(0, x.asByteBuffer().capacity());
    assertEquals(0, x.copyTo(new double[0]).length);
    assertThrows(IndexOutOfBoundsException.class, () -> x.getDouble(0, 0, 0));
  }

  @Test
  void aBufferIsOverTheSameBytesInNativeOrder() {
    LinaArray x = arena.createArray("x", DType.F64, 3);
    ByteBuffer bytes = arena.openBuffer("x");
    assertEquals(ByteOrder.nativeOrder(), bytes.order());
    assertTrue(bytes.isDirect());
    bytes.putDouble(8, 2.5);
    assertEquals(2.5, x.getDouble(1));
    DoubleBuffer doubles = x.asDoubleBuffer();
    doubles.put(2, 4.5);
    assertEquals(4.5, x.getDouble(2));
    assertEquals(24, bytes.capacity());
  }

  @Test
  void eachBufferIsForItsDtypes() {
    LinaArray x = arena.createArray("x", DType.I64, 3);
    x.asLongBuffer().put(0, Long.MIN_VALUE);
    assertEquals(Long.MIN_VALUE, x.getLong(0));
    refuses(IllegalArgumentException.class, x::asDoubleBuffer, "\"x\"", "i64", "asDoubleBuffer");
    arena.createArray("f", DType.F32, 1).asFloatBuffer().put(0, 1.5f);
    arena.createArray("s", DType.U16, 1).asShortBuffer().put(0, (short) -1);
    assertEquals(1.5f, arena.array("f").getFloat(0));
    assertEquals(65535, arena.array("s").getInt(0));
    assertEquals(4, arena.createArray("c", DType.C128, 2).asDoubleBuffer().capacity());
  }

  @Test
  void bulkCopiesAreInTheOrderOfJavasArraysForEveryLayout() {
    double[] values = new double[24];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    for (Order order : Order.values()) {
      LinaArray x = arena.createArray("x" + order, DType.F64, shape(2, 3, 4), order);
      x.copyFrom(values);
      assertEquals(1 * 12 + 2 * 4 + 3, x.getDouble(1, 2, 3));
      assertArrayEquals(values, x.copyTo(new double[24]));
    }
    LinaArray half = arena.alias("half", "xC", 8, shape(2, 3, 2), new long[] {96, 32, 16});
    assertArrayEquals(
        new double[] {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}, half.copyTo(new double[12]));
    half.copyFrom(new double[12]);
    assertEquals(0, arena.array("xC").getDouble(0, 0, 1));
    assertEquals(2, arena.array("xC").getDouble(0, 0, 2));
  }

  @Test
  void bulkCopiesConvertWhereNothingIsLost() {
    LinaArray bytes = arena.createArray("b", DType.U8, 3);
    bytes.copyFrom(new int[] {0, 200, 255});
    assertArrayEquals(new int[] {0, 200, 255}, bytes.copyTo(new int[3]));
    assertArrayEquals(new double[] {0, 200, 255}, bytes.copyTo(new double[3]));
    refuses(
        IllegalArgumentException.class,
        () -> bytes.copyFrom(new int[] {0, 1, 256}),
        "\"b\"",
        "256");
    refuses(IllegalArgumentException.class, () -> bytes.copyTo(new int[2]), "\"b\"", "2", "3");
  }

  @Test
  void anAliasIsAPartOfAnArrayWithAnyStrides() {
    LinaArray x = arena.createArray("x", DType.I64, 2, 3);
    x.copyFrom(new long[] {0, 1, 2, 3, 4, 5});
    LinaArray backwards = arena.alias("b", "x", 40, shape(6), new long[] {-8});
    assertArrayEquals(new long[] {5, 4, 3, 2, 1, 0}, backwards.copyTo(new long[6]));
    LinaArray again = arena.alias("a", "x", 8, shape(3), new long[] {0});
    assertArrayEquals(new long[] {1, 1, 1}, again.copyTo(new long[3]));
    LinaArray column = arena.alias("c", "x", 16, shape(2), new long[] {24});
    assertArrayEquals(new long[] {2, 5}, column.copyTo(new long[2]));
    column.setLong(50, 1);
    assertEquals(50, x.getLong(1, 2));
    assertTrue(column.descriptor().isAlias());
    assertEquals(Layout.STRIDED, column.descriptor().layout());
    refuses(ErrorCode.INVALID, column::asByteBuffer, "\"c\"", "strides");
    refuses(ErrorCode.INVALID, () -> arena.openBuffer("c"), "\"c\"");
  }

  @Test
  void anAliasOfAnotherDtypeMayBeUnaligned() {
    arena.createArray("x", DType.U8, 32).copyFrom(new int[32]);
    LinaArray y = arena.alias("y", "x", 3, DType.F64, shape(2), new long[] {9});
    y.setDouble(Math.PI, 0);
    y.setDouble(Math.E, 1);
    assertEquals(Math.PI, arena.openBuffer("x").getDouble(3));
    assertEquals(Math.E, y.getDouble(1));
  }

  @Test
  void aDtypeWithoutANameCanBeStoredListedAndSeenAsBytes() {
    DType odd = new DType(2, 128, 1);
    LinaArray x = arena.createArray("x", odd, 2);
    assertEquals(odd, arena.openDesc("x").dtype());
    assertEquals(32, x.asByteBuffer().capacity());
    refuses(IllegalArgumentException.class, () -> x.get(0), "\"x\"", "asByteBuffer");
  }

  @Test
  void aDescriptorTellsWhatTheOthersSee() {
    arena.createArray("x", DType.F32, shape(2, 3), Order.F);
    Descriptor desc = arena.openDesc("x");
    assertEquals(
        new Descriptor("x", 0, 24, 64, DType.F32, shape(2, 3), shape(4, 8), Layout.F, 1, false),
        desc);
    arena.republish("x", DType.F32, 1);
    assertEquals(2, arena.openDesc("x").generation());
  }

  @Test
  void aListHasEveryArray() {
    assertEquals(0, arena.list().size());
    for (int i = 0; i < 100; i++) {
      arena.createArray("a" + i, DType.U8, 1).close();
    }
    Set<String> names = arena.list().stream().map(Descriptor::name).collect(Collectors.toSet());
    assertEquals(100, names.size());
    assertTrue(names.contains("a99"));
  }

  @Test
  void namesAreUtf8() {
    for (String name : new String[] {"é", "日本", "🎈", "a b", "x".repeat(63)}) {
      arena.createArray(name, DType.U8, 1);
      assertEquals(name, arena.openDesc(name).name());
      assertEquals(name, arena.array(name).name());
    }
    assertEquals(5, arena.list().size());
  }

  @Test
  void recordsAreAnArrayForEachField() {
    Map<String, DType> fields = new LinkedHashMap<>();
    fields.put("x", DType.F64);
    fields.put("id", DType.I32);
    Map<String, LinaArray> p = arena.createRecords("p", fields, 5);
    p.get("id").setInt(7, 4);
    assertEquals(7, arena.array("p.id").getInt(4));
    assertEquals(DType.F64, arena.array("p.x").dtype());
    arena.createArray("q.id", DType.U8, 1);
    refuses(ErrorCode.EXISTS, () -> arena.createRecords("q", fields, 5), "q.id");
    refuses(ErrorCode.NOT_FOUND, () -> arena.array("q.x"));
  }

  @Test
  void ensureOpensWhatIsThereIfItIsTheSame() {
    arena.ensureArray("x", DType.F64, 3).setDouble(1, 0);
    assertEquals(1, arena.ensureArray("x", DType.F64, 3).getDouble(0));
    refuses(ErrorCode.EXISTS, () -> arena.ensureArray("x", DType.F64, 4), "\"x\"");
  }

  @Test
  void aRemovedNameIsFreeAndItsViewsStay() {
    LinaArray x = arena.createArray("x", DType.F64, 1);
    x.setDouble(3, 0);
    arena.remove("x");
    refuses(ErrorCode.NOT_FOUND, () -> arena.array("x"), "\"x\"");
    assertFalse(x.isCurrent());
    assertEquals(3, x.getDouble(0));
    arena.createArray("x", DType.U8, 1);
  }
}
