package dev.lina;

import static dev.lina.Helper.eventuallyCollected;
import static dev.lina.Helper.refuses;
import static dev.lina.Helper.shape;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  private final Lina.Arena arena = Helper.arena();

  @BeforeEach
  void thereAreSegments() {
    assumeTrue(!"jni".equals(System.getProperty("lina.backend")), "JNI has no segments");
  }

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aSegmentIsOverTheSameBytes() {
    LinaArray x = arena.createArray("x", DType.F64, 3);
    MemorySegment segment = x.segment();
    assertEquals(24, segment.byteSize());
    segment.setAtIndex(JAVA_DOUBLE, 2, 4.5);
    assertEquals(4.5, x.getDouble(2));
    assertEquals(segment.address(), arena.openSegment("x").address());
    arena.alias("y", "x", 16, shape(3), new long[] {-8});
    refuses(ErrorCode.INVALID, () -> arena.openSegment("y"), "\"y\"", "strides");
  }

  @Test
  void theDefaultArenaHasSegmentsToo() {
    Lina.initArena(1 << 16);
    try {
      Lina.createArray("x", DType.I64, 1).setLong(7, 0);
      assertEquals(7, Lina.openSegment("x").get(JAVA_LONG, 0));
    } finally {
      Lina.shutdown();
    }
  }

  @Test
  void aSegmentAndABufferRaiseOnceTheArrayIsClosed() {
    LinaArray x = arena.createArray("x", DType.F64, 3);
    MemorySegment slice = x.segment().asSlice(8);
    ByteBuffer buffer = x.asByteBuffer();
    x.close();
    assertThrows(IllegalStateException.class, () -> slice.get(JAVA_DOUBLE, 0));
    assertThrows(IllegalStateException.class, () -> buffer.getDouble(0));
    refuses(ErrorCode.CLOSED, x::segment, "\"x\"");
  }

  @Test
  void aSliceKeepsItsGenerationWhenTheArrayIsDropped() throws Exception {
    MemorySegment slice = sliceOfADroppedArray();
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(10);
      arena.republish("x", DType.F64, 8);
      assertEquals(7.5, slice.get(JAVA_DOUBLE, 0));
    }
    assertTrue(arena.info().held() >= 1);
    slice = null;
    eventuallyCollected(() -> arena.info().held() == 0);
  }

  private MemorySegment sliceOfADroppedArray() {
    LinaArray x = arena.createArray("x", DType.F64, 8);
    x.setDouble(7.5, 5);
    return x.segment().asSlice(40, 8);
  }

  @Test
  void aReadOnlyArenaGivesReadOnlySegments() {
    String where = Helper.where();
    try (Lina.Arena made = Lina.Arena.create(1 << 16, where, ArenaOptions.defaults().temporary());
        Lina.Arena other = Lina.Arena.attachReadOnly(where)) {
      made.createArray("x", DType.F64, 1);
      assertTrue(other.openSegment("x").isReadOnly());
    }
  }

  @Test
  void anArrayOfMoreThanTwoGibibytesIsReadByLongIndexes() {
    long n = (1L << 31) + 16;
    try (Lina.Arena large = Lina.Arena.create(n + (1 << 16))) {
      LinaArray x = large.createArray("x", DType.U8, n);
      x.setInt(200, n - 1);
      assertEquals(n, x.segment().byteSize());
      assertEquals(200, x.getInt(n - 1));
      assertEquals((byte) 200, x.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, n - 1));
      refuses(ErrorCode.INVALID, () -> large.openBuffer("x"), "\"x\"", "openSegment");
    }
  }

  /**
   * A close takes effect at once for other threads, and no thread ever sees bytes of another array.
   */
  @Test
  void closingUnderOtherThreadsRaisesThereAndNeverShowsOtherBytes() throws Exception {
    AtomicLong reads = new AtomicLong();
    List<Throwable> wrong = new ArrayList<>();
    for (int round = 0; round < 200; round++) {
      arena.loan("x", DType.I64, shape(64), next -> next.copyFrom(constant(1)));
      LinaArray x = arena.array("x");
      Thread[] readers = new Thread[2];
      for (int r = 0; r < readers.length; r++) {
        readers[r] =
            new Thread(
                () -> {
                  try {
                    while (true) {
                      if (x.getLong(5) != 1) {
                        throw new AssertionError("bytes of another generation");
                      }
                      reads.incrementAndGet();
                    }
                  } catch (LinaException.Closed | IllegalStateException e) {
                    // What should come.
                  } catch (Throwable e) {
                    synchronized (wrong) {
                      wrong.add(e);
                    }
                  }
                });
        readers[r].start();
      }
      long seen = reads.get();
      Helper.eventually(() -> reads.get() > seen);
      arena.remove("x");
      x.close();
      arena.loan("y", DType.I64, shape(64), next -> next.copyFrom(constant(2)));
      for (Thread reader : readers) {
        reader.join();
      }
    }
    assertEquals(List.of(), wrong);
  }

  /**
   * The reader's first read and the owner's close meet: the one sees the other, or waits for it.
   */
  @Test
  void aThreadThatReadsForTheFirstTimeWhileTheOwnerClosesNeverSeesOtherBytes() throws Exception {
    for (int round = 0; round < 2000; round++) {
      arena.loan("x", DType.I64, shape(64), next -> next.copyFrom(constant(1)));
      LinaArray x = arena.array("x");
      CountDownLatch isReading = new CountDownLatch(1);
      CompletableFuture<Void> end = new CompletableFuture<>();
      Helper.inThread(
          end,
          () -> {
            isReading.countDown();
            try {
              for (int i = 0; i < 100; i++) {
                assertEquals(1, x.getLong(5));
                Thread.onSpinWait();
              }
            } catch (LinaException.Closed | IllegalStateException e) {
              // What should come.
            }
          });
      isReading.await();
      arena.remove("x");
      x.close();
      arena.loan("y", DType.I64, shape(64), next -> next.copyFrom(constant(2)));
      end.get();
    }
  }

  @Test
  void anArrayOfAnotherThreadCanBeClosedAndGivesItsGenerationBackAtOnce() throws Exception {
    arena.createArray("x", DType.I64, 1);
    LinaArray x = CompletableFuture.supplyAsync(() -> arena.array("x")).get(60, TimeUnit.SECONDS);
    LinaArray own = arena.array("x");
    CompletableFuture.runAsync(() -> assertEquals(0, own.getLong(0))).get(60, TimeUnit.SECONDS);
    int holds = Hold.count();
    own.close();
    x.close();
    assertEquals(holds - 2, Hold.count());
    Throwable why =
        assertThrows(
                ExecutionException.class,
                () -> CompletableFuture.runAsync(() -> own.getLong(0)).get(60, TimeUnit.SECONDS))
            .getCause();
    assertTrue(why instanceof LinaException.Closed, why::toString);
  }

  private static long[] constant(long value) {
    long[] all = new long[64];
    java.util.Arrays.fill(all, value);
    return all;
  }
}
