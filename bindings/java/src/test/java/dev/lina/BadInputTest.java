package dev.lina;

import static dev.lina.Helper.refuses;
import static dev.lina.Helper.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is wrong is named, and nothing is lost: after each the arena works as before. */
class BadInputTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void allWorksStill() throws Exception {
    arena.createArray("after", DType.F64, 2).setDouble(1, 1);
    assertEquals(1, arena.array("after").getDouble(1));
    arena.signal("after");
    arena.await("after", Duration.ofSeconds(10));
    arena.checkTables();
    assertEquals(0, arena.info().loans());
    arena.close();
  }

  @Test
  void namesThatCannotBe() {
    String[] names = {"", "a\nb", "x".repeat(64), "é".repeat(32), "\u0001"};
    for (String name : names) {
      refuses(ErrorCode.INVALID, () -> arena.createArray(name, DType.F64, 1), "name");
      refuses(ErrorCode.INVALID, () -> arena.openLoan(name, DType.F64, shape(1), Order.C), "name");
      refuses(ErrorCode.INVALID, () -> arena.signal(name), "name");
      refuses(ErrorCode.INVALID, () -> arena.await(name), "name");
      refuses(ErrorCode.INVALID, () -> arena.awaitAsync(name), "name");
      refuses(ErrorCode.INVALID, () -> arena.openSignal(name), "name");
    }
    for (String name : new String[] {"a\0b", "\ud800", "a\udc00"}) {
      refuses(ErrorCode.INVALID, () -> arena.createArray(name, DType.F64, 1), "array name", "\\u");
      refuses(ErrorCode.INVALID, () -> arena.array(name), "array name");
      refuses(ErrorCode.INVALID, () -> arena.signal(name), "signal name");
      refuses(ErrorCode.INVALID, () -> arena.tryWait(name), "signal name");
      refuses(ErrorCode.INVALID, () -> arena.awaitAny("a", name), "signal name");
      refuses(ErrorCode.INVALID, () -> Lina.Arena.attach("shm:" + name), "arena");
    }
  }

  @Test
  void nullsAreNamed() {
    refuses(NullPointerException.class, () -> arena.array(null), "name of the array");
    refuses(NullPointerException.class, () -> arena.signal(null), "name of the signal");
    refuses(NullPointerException.class, () -> arena.tryWait(null), "name of the signal");
    refuses(NullPointerException.class, () -> arena.value(null), "name of the signal");
    refuses(NullPointerException.class, () -> arena.awaitAny("a", null), "name of the signal");
    refuses(NullPointerException.class, () -> arena.createArray("x", null, 1), "\"x\"", "dtype");
    refuses(
        NullPointerException.class,
        () -> arena.createArray("x", DType.F64, shape(1), null),
        "\"x\"",
        "order");
    refuses(
        NullPointerException.class,
        () -> arena.createArray("x", DType.F64, null, Order.C),
        "\"x\"",
        "shape");
    refuses(
        NullPointerException.class,
        () -> arena.loan("x", DType.F64, shape(1), null),
        "\"x\"",
        "function");
    refuses(NullPointerException.class, () -> arena.alias("x", null, 0, shape(1), null), "base");
    refuses(NullPointerException.class, () -> Lina.Arena.attach(null), "where");
    refuses(NullPointerException.class, () -> Lina.Arena.create(100, "shm:x", null), "options");
    refuses(NullPointerException.class, () -> arena.createRecords("p", null, 1), "fields");
  }

  @Test
  void shapesThatCannotBe() {
    refuses(
        IllegalArgumentException.class,
        () -> arena.createArray("x", DType.F64, 2, -1),
        "\"x\"",
        "[2, -1]");
    refuses(
        IllegalArgumentException.class,
        () -> arena.createArray("x", DType.F64, new long[9]),
        "\"x\"",
        "9");
    refuses(ErrorCode.NO_MEMORY, () -> arena.createArray("x", DType.F64, 1L << 40), "\"x\"");
    for (long[] huge :
        new long[][] {{1L << 62}, {1L << 32, 1L << 32}, {Long.MAX_VALUE, Long.MAX_VALUE}}) {
      refuses(LinaException.class, () -> arena.createArray("x", DType.F64, huge), "\"x\"");
      refuses(LinaException.class, () -> arena.loan("x", DType.F64, huge, y -> {}), "\"x\"");
    }
    refuses(ErrorCode.NOT_FOUND, () -> arena.array("x"));
  }

  @Test
  void indexesThatCannotBe() {
    LinaArray x = arena.createArray("x", DType.F64, 2, 3);
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(2, 0), "\"x\"", "[2, 0]", "[2, 3]");
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(-1, 0), "[-1, 0]");
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(Long.MIN_VALUE, Long.MAX_VALUE));
    refuses(IndexOutOfBoundsException.class, () -> x.setDouble(1, 0, 3), "[0, 3]");
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(0), "1 numbers", "2 dimensions");
    refuses(IndexOutOfBoundsException.class, x::getDouble, "0 numbers");
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(0, 0, 0), "3 numbers");
    refuses(IndexOutOfBoundsException.class, () -> x.getDouble(0, 0, 0, 0), "4 numbers");
    refuses(IndexOutOfBoundsException.class, () -> x.get(0, 5), "[0, 5]");
  }

  @Test
  void aliasesThatCannotBe() {
    arena.createArray("x", DType.F64, 4);
    refuses(ErrorCode.INVALID, () -> arena.alias("y", "x", 0, shape(5), null), "\"y\"");
    refuses(ErrorCode.INVALID, () -> arena.alias("y", "x", 0, shape(4), new long[] {-8}), "\"y\"");
    refuses(ErrorCode.NOT_FOUND, () -> arena.alias("y", "z", 0, shape(1), null), "\"z\"");
    refuses(
        IllegalArgumentException.class,
        () -> arena.alias("y", "x", -8, shape(1), null),
        "\"y\"",
        "offset");
    refuses(
        IllegalArgumentException.class,
        () -> arena.alias("y", "x", 0, shape(1), new long[2]),
        "\"y\"",
        "strides");
    refuses(ErrorCode.NOT_FOUND, () -> arena.array("y"));
  }

  @Test
  void numbersThatCannotBe() {
    refuses(IllegalArgumentException.class, () -> arena.signal("s", -1), "\"s\"", "-1");
    refuses(IllegalArgumentException.class, () -> arena.awaitValue("s", -1), "\"s\"", "-1");
    refuses(IllegalArgumentException.class, () -> arena.awaitValueAsync("s", -1), "\"s\"", "-1");
    refuses(IllegalArgumentException.class, () -> Lina.Arena.create(0), "0 bytes");
    refuses(IllegalArgumentException.class, () -> Lina.Arena.create(-5), "-5 bytes");
    refuses(
        IllegalArgumentException.class, () -> ArenaOptions.defaults().maxArrays(0), "maxArrays");
    refuses(
        LinaException.class,
        () -> Lina.Arena.create(100, "shm:x", ArenaOptions.defaults().mode(0777)),
        "mode");
    refuses(IllegalArgumentException.class, () -> arena.createRecords("p", Map.of(), 1), "\"p\"");
    arena.signal("s", Long.MAX_VALUE);
    refuses(ErrorCode.INVALID, () -> arena.signal("s"), "\"s\"");
    assertEquals(Long.MAX_VALUE, arena.value("s"));
  }

  @Test
  void arenasThatAreNot() {
    refuses(
        ErrorCode.NOT_FOUND, () -> Lina.Arena.attach("shm:java-test-nobody"), "java-test-nobody");
    refuses(LinaException.class, () -> Lina.Arena.attach("nonsense"), "nonsense");
    refuses(LinaException.class, () -> Lina.Arena.attach("fd:99999"), "99999");
    refuses(
        LinaException.class,
        () -> Lina.Arena.create(1 << 16, "file:/no/such/folder/a"),
        "/no/such/folder");
    refuses(LinaException.class, () -> Lina.inspect("shm:java-test-nobody"), "java-test-nobody");
  }
}
