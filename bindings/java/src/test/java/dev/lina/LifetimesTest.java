package dev.lina;

import static dev.lina.Helper.eventuallyCollected;
import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LifetimesTest {
  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    arena.close();
  }

  private int held() {
    return arena.info().held();
  }

  @Test
  void closingGivesTheGenerationBackAtOnce() {
    LinaArray x = arena.createArray("x", DType.F64, 8);
    arena.republish("x", DType.F64, 8);
    assertEquals(1, held());
    x.close();
    x.close();
    assertEquals(0, held());
    refuses(ErrorCode.CLOSED, () -> x.getDouble(0), "\"x\"");
    refuses(ErrorCode.CLOSED, () -> x.setDouble(1, 0), "\"x\"");
    refuses(ErrorCode.CLOSED, x::asByteBuffer, "\"x\"");
    refuses(ErrorCode.CLOSED, () -> x.copyTo(new double[8]), "\"x\"");
    refuses(ErrorCode.CLOSED, () -> x.get(0), "\"x\"");
    assertTrue(x.isClosed() && !x.isCurrent());
    assertEquals(8, x.shape()[0]);
    assertTrue(x.toString().contains("closed"));
  }

  @Test
  void theCollectorGivesTheGenerationBack() throws Exception {
    dropAView();
    arena.republish("x", DType.F64, 8);
    eventuallyCollected(() -> held() == 0);
  }

  private void dropAView() {
    arena.createArray("x", DType.F64, 8).setDouble(1, 0);
  }

  @Test
  void aBufferKeepsItsGenerationWhenTheArrayIsDropped() throws Exception {
    DoubleBuffer doubles = doublesOfADroppedArray();
    arena.republish("x", DType.F64, 8);
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(10);
      arena.loan(
          "x",
          DType.F64,
          new long[] {8},
          next -> next.copyFrom(new double[] {1, 1, 1, 1, 1, 1, 1, 1}));
      assertEquals(7.5, doubles.get(2));
    }
    assertTrue(held() >= 1);
    doubles = null;
    eventuallyCollected(() -> held() == 0);
  }

  /** A slice of a view of a duplicate: each refers to the one before. */
  private DoubleBuffer doublesOfADroppedArray() {
    LinaArray x = arena.createArray("x", DType.F64, 8);
    x.setDouble(7.5, 5);
    ByteBuffer bytes = x.asByteBuffer();
    return bytes
        .duplicate()
        .order(bytes.order())
        .position(24)
        .slice()
        .order(bytes.order())
        .asDoubleBuffer();
  }

  @Test
  void viewsThatAreDroppedDoNotFillTheArena() {
    for (int i = 0; i < 100; i++) { // 100 times what there is room for
      arena.loan("x", DType.U8, new long[] {300_000}, next -> {});
      arena.array("x");
    }
    assertEquals(100, arena.openDesc("x").generation());
  }

  @Test
  void aMillionViewsLeaveNothing() {
    arena.createArray("x", DType.F64, 1).close();
    for (int i = 0; i < 100_000; i++) {
      try (LinaArray x = arena.array("x")) {
        x.setDouble(i, 0);
      }
    }
    int holds = Hold.count();
    arena.array("x").close();
    assertEquals(holds, Hold.count());
    assertEquals(1, arena.info().arrays());
  }

  @Test
  void theCollectorIsAskedAgainIfOneCollectionDoesNotHelp() {
    try (LinaArray held = arena.createArray("x", DType.F64, 1)) {
      Collections collections = new Collections();
      assertEquals(
          7, Room.findForReader(() -> collections.count() < 2 ? ErrorCode.BUSY.number() : 7));
      Collections later = new Collections();
      assertEquals(7, Room.find(() -> later.count() < 2 ? ErrorCode.FULL.number() : 7));
      assertTrue(held.isCurrent());
    }
  }

  @Test
  void anInterruptedThreadWaitsForTheCleanerToo() {
    try (LinaArray held = arena.createArray("x", DType.F64, 1)) {
      Thread.currentThread().interrupt();
      long start = System.nanoTime();
      LongSupplier late =
          () -> System.nanoTime() - start < 400_000_000 ? ErrorCode.BUSY.number() : 7;
      assertEquals(7, Room.findForReader(late));
      assertTrue(Thread.interrupted());
      assertTrue(held.isCurrent());
    }
  }

  /** Counts the collector's runs, as far as it is asked. */
  private static final class Collections {
    private WeakReference<Object> mark = new WeakReference<>(new Object());
    private int count;

    int count() {
      if (mark.get() == null) {
        mark = new WeakReference<>(new Object());
        count++;
      }
      return count;
    }
  }

  @Test
  void lookingHoldsNothing() {
    arena.createArray("x", DType.F64, 1).close();
    arena.openDesc("x");
    arena.list();
    arena.republish("x", DType.F64, 1);
    arena.openDesc("x");
    arena.republish("x", DType.F64, 1);
    assertEquals(0, held());
  }

  @Test
  void aViewOutlivesItsArenaAndTheCollectorTakesBoth() throws Exception {
    Lina.Arena other = Helper.arena();
    LinaArray x = other.createArray("x", DType.F64, 1);
    other.close();
    for (int i = 0; i < 3; i++) {
      System.gc();
      x.setDouble(i, 0);
      assertEquals(i, x.getDouble(0));
    }
    int holds = Hold.count();
    x.close();
    assertEquals(holds - 1, Hold.count());
  }
}
