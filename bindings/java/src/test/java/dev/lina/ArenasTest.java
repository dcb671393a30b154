package dev.lina;

import static dev.lina.Helper.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArenasTest {
  @AfterEach
  void end() {
    Lina.shutdown();
  }

  @Test
  void theCallsOfLinaAreTheDefaultArenas() throws Exception {
    Lina.initArena(1 << 20);
    Lina.createArray("x", DType.F64, new long[] {2}, Order.C).setDouble(3, 1);
    assertEquals(3, Lina.array("x").getDouble(1));
    assertEquals(3, Lina.openBuffer("x").getDouble(8));
    assertEquals("x", Lina.openDesc("x").name());
    assertEquals(1, Lina.list().size());
    Lina.loan("x", DType.F64, new long[] {1}, x -> x.setDouble(4, 0));
    assertEquals(4, Lina.array("x").getDouble(0));
    Lina.signal("s");
    Lina.await("s");
    assertTrue(Lina.tryWait("s"));
    assertEquals(1, Lina.awaitAsync("s").get());
    assertEquals(4, Lina.defaultArena().array("x").getDouble(0));
    assertEquals(1 << 20, Lina.info().size());
    Lina.checkTables();
    assertTrue(Lina.version().matches("\\d+\\.\\d+\\.\\d+"));
    assertTrue(Lina.library().contains("liblina_core"));
  }

  @Test
  void beforeAndAfterThereIsNoDefaultArena() {
    refuses(LinaException.class, () -> Lina.array("x"), "arena");
    Lina.initArena(1 << 16);
    LinaArray x = Lina.createArray("x", DType.F64, 1);
    refuses(ErrorCode.EXISTS, () -> Lina.initArena(1 << 16), "default");
    refuses(ErrorCode.EXISTS, () -> Lina.attach("shm:nobody"), "default");
    Lina.shutdown();
    Lina.shutdown();
    refuses(ErrorCode.CLOSED, () -> Lina.array("x"));
    refuses(ErrorCode.CLOSED, () -> Lina.tryWait("s"));
    x.setDouble(2, 0);
    assertEquals(2, x.getDouble(0));
    assertFalse(x.toString().isEmpty());
    Lina.initArena(1 << 16);
    assertEquals(0, Lina.list().size());
  }

  @Test
  void anArenaWithANameCanBeAttached() {
    String where = Helper.where();
    try (Lina.Arena made =
        Lina.Arena.create(1 << 16, where, ArenaOptions.defaults().temporary().maxSignals(7))) {
      made.createArray("x", DType.F64, 1).setDouble(5, 0);
      Lina.attach(where);
      assertEquals(5, Lina.array("x").getDouble(0));
      assertEquals(2, made.info().members());
      assertEquals(7, Lina.info().maxSignals());
      assertEquals(where, Lina.info().where());
      assertEquals(2, Lina.inspect(where).members());
      refuses(ErrorCode.EXISTS, () -> Lina.Arena.create(1 << 16, where), where);
      refuses(
          ErrorCode.EXISTS,
          () -> Lina.Arena.create(1 << 16, where),
          "attach to it, or pass ArenaOptions.join()");
      refuses(ErrorCode.BUSY, () -> Lina.unlink(where), where);
      Lina.shutdown();
    }
    refuses(ErrorCode.NOT_FOUND, () -> Lina.Arena.attach(where), where);
  }

  @Test
  void joiningMakesAnArenaOnceAndThenTakesIt() {
    String where = Helper.where();
    ArenaOptions temporary = ArenaOptions.defaults().temporary();
    Lina.joinArena(1 << 16, where, temporary);
    Lina.createArray("x", DType.U8, 1);
    Lina.joinArena(1 << 16, where);
    refuses(ErrorCode.EXISTS, () -> Lina.joinArena(1 << 20, where), where);
    refuses(ErrorCode.EXISTS, () -> Lina.joinArena(1 << 16, where + "x"), where);
    try (Lina.Arena other = Lina.Arena.create(1 << 16, where, temporary.join())) {
      assertEquals("x", other.list().get(0).name());
    }
  }

  @Test
  void aFileKeepsItsArrays(@TempDir Path folder) {
    String where = "file:" + folder.resolve("a.lina");
    try (Lina.Arena arena = Lina.Arena.create(1 << 16, where)) {
      arena.createArray("x", DType.I32, 1).setInt(42, 0);
      arena.sync();
    }
    assertTrue(Files.exists(folder.resolve("a.lina")));
    try (Lina.Arena arena = Lina.Arena.attach(where)) {
      assertEquals(42, arena.array("x").getInt(0));
    }
  }

  @Test
  void aReadOnlyArenaGivesReadOnlyArrays() {
    String where = Helper.where();
    try (Lina.Arena made = Lina.Arena.create(1 << 16, where, ArenaOptions.defaults().temporary());
        Lina.Arena arena = Lina.Arena.attachReadOnly(where)) {
      made.createArray("x", DType.F64, 2).setDouble(5, 0);
      made.createArray("c", DType.C64, 2);
      LinaArray x = arena.array("x");
      assertTrue(x.isReadOnly() && arena.info().isReadOnly());
      assertEquals(5, x.getDouble(0));
      assertEquals(5, x.asDoubleBuffer().get(0));
      assertEquals(5, x.copyTo(new double[2])[0]);
      assertTrue(x.asDoubleBuffer().isReadOnly());
      assertTrue(arena.openBuffer("x").isReadOnly());
      refuses(ErrorCode.READ_ONLY, () -> x.setDouble(1, 0), "\"x\"");
      refuses(ErrorCode.READ_ONLY, () -> x.copyFrom(new double[2]), "\"x\"");
      refuses(ErrorCode.READ_ONLY, () -> arena.array("c").setComplex(1, 2, 0), "\"c\"");
      refuses(ErrorCode.READ_ONLY, () -> arena.createArray("y", DType.F64, 1));
      refuses(ErrorCode.READ_ONLY, () -> arena.loan("x", DType.F64, new long[] {1}, y -> {}));
      refuses(ErrorCode.READ_ONLY, () -> arena.remove("x"));
    }
  }

  @Test
  void anArenaThatNobodyHasSaysHowToGoOnWithIt() {
    String where = Helper.where();
    Lina.Arena.create(1 << 16, where).close();
    try {
      refuses(
          ErrorCode.EXISTS,
          () -> Lina.Arena.create(1 << 16, where),
          "nobody has it",
          "ArenaOptions.join()",
          "ArenaOptions.replace()",
          "Lina.unlink");
    } finally {
      Lina.unlink(where);
    }
  }

  @Test
  void anArenaIsReachedByItsDescriptor() {
    try (Lina.Arena arena = Helper.arena();
        Lina.Arena other = Lina.Arena.attach("fd:" + arena.fd())) {
      arena.createArray("x", DType.F64, 1);
      assertEquals("x", other.list().get(0).name());
    }
  }

  @Test
  void aClosedArenaRaisesAndItsViewsLiveOn() {
    Lina.Arena arena = Helper.arena();
    LinaArray x = arena.createArray("x", DType.F64, 1);
    x.setDouble(1, 0);
    arena.close();
    arena.close();
    refuses(ErrorCode.CLOSED, () -> arena.array("x"), "closed");
    refuses(ErrorCode.CLOSED, arena::list);
    refuses(ErrorCode.CLOSED, arena::fd);
    refuses(ErrorCode.CLOSED, () -> arena.createArray("y", DType.F64, 1));
    assertEquals(1, x.getDouble(0));
    assertEquals("Arena[closed]", arena.toString());
    x.close();
  }

  @Test
  void aFullArenaIsAnErrorThatSaysWhoHoldsItsRoom() {
    try (Lina.Arena arena = Lina.Arena.create(1 << 16)) {
      LinaArray big = arena.createArray("big", DType.U8, 50_000);
      LinaException why =
          refuses(
              ErrorCode.NO_MEMORY,
              () -> arena.createArray("more", DType.U8, 50_000),
              "\"more\"",
              "Java holds");
      assertTrue(why instanceof LinaException.NoRoom);
      arena.remove("big");
      big.close();
      arena.createArray("more", DType.U8, 50_000);
    }
  }
}
