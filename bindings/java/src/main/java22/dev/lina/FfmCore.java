package dev.lina;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@link Core} over the Foreign Function and Memory API, without a native library of the binding's
 * own.
 *
 * <p>The address of an arena or a view is a {@code long}. Memory that C fills in lies on C's heap
 * during the call. Only functions that never wait get Java's own arrays.
 */
final class FfmCore extends FfmStreams implements Core {
  private static final String NEEDED = "0.1.0";
  private static final int INFO_BYTES = 392;
  private static final int OPTIONS_BYTES = 64;

  private static final MethodHandle VERSION = LIBRARY.find("lina_version", ADDRESS);
  private static final MethodHandle ABI_VERSION = LIBRARY.find("lina_abi_version", JAVA_INT);
  private static final MethodHandle LAST_ERROR = LIBRARY.find("lina_last_error", ADDRESS);
  private static final MethodHandle LAST_CODE = LIBRARY.find("lina_last_error_code", JAVA_INT);
  private static final MethodHandle CLEAR_ERROR = LIBRARY.find("lina_clear_error", null);
  private static final MethodHandle INIT = LIBRARY.find("lina_init", null);
  private static final MethodHandle SHUTDOWN = LIBRARY.find("lina_shutdown", null);
  private static final MethodHandle DEFAULT = LIBRARY.find("lina_arena_default", JAVA_LONG);
  private static final MethodHandle CREATE_ARENA =
      LIBRARY.find("lina_arena_create", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle ATTACH =
      LIBRARY.find("lina_arena_attach", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle CLOSE = LIBRARY.find("lina_arena_close", JAVA_INT, JAVA_LONG);
  private static final MethodHandle SET_DEFAULT =
      LIBRARY.find("lina_arena_set_default", JAVA_INT, JAVA_LONG);
  private static final MethodHandle FD =
      LIBRARY.find("lina_arena_fd", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle INFO =
      LIBRARY.find("lina_arena_info", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle INSPECT =
      LIBRARY.find("lina_arena_inspect", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle UNLINK = LIBRARY.find("lina_arena_unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle SYNC = LIBRARY.find("lina_arena_sync", JAVA_INT, JAVA_LONG);
  private static final MethodHandle CHECK = LIBRARY.find("lina_check_arena", JAVA_INT, JAVA_LONG);
  private static final MethodHandle CREATE_ARRAY =
      LIBRARY.find(
          "lina_arena_create_array",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG);
  private static final MethodHandle ENSURE_ARRAY =
      LIBRARY.find(
          "lina_ensure_array",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG);
  private static final MethodHandle REPUBLISH_ARRAY =
      LIBRARY.find(
          "lina_republish",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG);
  private static final MethodHandle REMOVE =
      LIBRARY.find("lina_remove", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle RECLAIM =
      LIBRARY.find("lina_arena_reclaim", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle ALIAS =
      LIBRARY.find(
          "lina_alias",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          ADDRESS,
          JAVA_LONG,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle ALIAS_AS =
      LIBRARY.find(
          "lina_alias_as",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          ADDRESS,
          JAVA_LONG,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle LIST =
      LIBRARY.find("lina_arena_list", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle ACQUIRE =
      LIBRARY.findQuick("lina_acquire", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MethodHandle LOAN =
      LIBRARY.find(
          "lina_loan",
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG);
  private static final MethodHandle RETAIN =
      LIBRARY.findQuick("lina_retain", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle RELEASE = LIBRARY.find("lina_release", null, JAVA_LONG);
  private static final MethodHandle IS_CURRENT =
      LIBRARY.findQuick("lina_view_is_current", JAVA_INT, JAVA_LONG);
  private static final MethodHandle OPEN_SIGNAL =
      LIBRARY.find("lina_signal_open", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle ADD =
      LIBRARY.find("lina_arena_signal_add", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MethodHandle CLEAR =
      LIBRARY.find("lina_arena_clear", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle VALUE =
      LIBRARY.find("lina_arena_signal_value", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle TRY_WAIT =
      LIBRARY.find("lina_arena_try_wait", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle REMOVE_SIGNAL =
      LIBRARY.find("lina_arena_signal_remove", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle RAISE =
      LIBRARY.findQuick("lina_signal_raise_by", JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WAIT =
      LIBRARY.find("lina_signal_wait", JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WAIT_VALUE =
      LIBRARY.find("lina_signal_wait_value", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SIGNAL_LIST =
      LIBRARY.find("lina_signal_list", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);

  /**
   * A scope for each arena whose signals' words are read. After it is closed, no thread can read
   * them.
   */
  private final Map<Handle, Arena> scopes = new ConcurrentHashMap<>();

  private final FfmExit exit = new FfmExit();
  private final long shutdownKey = call(() -> allocate(1));

  FfmCore() {
    int abi = (int) call(() -> (int) ABI_VERSION.invokeExact());
    if (abi != FfmLibrary.ABI) {
      throw NativeLibrary.cannotLoad(
          path() + " has ABI " + abi + ", and this package needs ABI " + FfmLibrary.ABI, null);
    }
    if (java.util.Arrays.compare(numbers(version()), numbers(NEEDED)) < 0) {
      throw NativeLibrary.cannotLoad(
          path() + " is version " + version() + ", and this package needs " + NEEDED, null);
    }
  }

  private static int[] numbers(String version) {
    return java.util.Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }

  @Override
  public String path() {
    return LIBRARY.path();
  }

  @Override
  public String version() {
    try {
      return FfmLibrary.text((MemorySegment) VERSION.invokeExact());
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  @Override
  public String lastError() {
    try {
      return FfmLibrary.text((MemorySegment) LAST_ERROR.invokeExact());
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  // ---- arenas ----

  @Override
  public int init() {
    return (int)
        call(
            () -> {
              CLEAR_ERROR.invokeExact();
              INIT.invokeExact();
              return (int) LAST_CODE.invokeExact();
            });
  }

  @Override
  public int shutdown() {
    return (int)
        call(
            () -> {
              CLEAR_ERROR.invokeExact();
              if (!exit.run(shutdownKey)) {
                SHUTDOWN.invokeExact();
              }
              return (int) LAST_CODE.invokeExact();
            });
  }

  @Override
  public long defaultArena() {
    return call(() -> (long) DEFAULT.invokeExact());
  }

  @Override
  public long createArena(byte[] where, long bytes, int[] options) {
    return callIn(
        in -> {
          MemorySegment all = in.allocate(OPTIONS_BYTES, 8);
          MemorySegment.copy(options, 0, all, JAVA_INT, 0, options.length);
          MemorySegment out = in.allocate(JAVA_LONG);
          int rc = (int) CREATE_ARENA.invokeExact(put(in, where), bytes, all, out);
          return rc == OK ? out.get(JAVA_LONG, 0) : rc;
        });
  }

  @Override
  public long attachArena(byte[] where, int flags) {
    return callIn(
        in -> {
          MemorySegment out = in.allocate(JAVA_LONG);
          int rc = (int) ATTACH.invokeExact(put(in, where), flags, out);
          return rc == OK ? out.get(JAVA_LONG, 0) : rc;
        });
  }

  @Override
  public int closeArena(long arena) {
    return exit.run(arena) ? OK : (int) call(() -> (int) CLOSE.invokeExact(arena));
  }

  @Override
  public void closeAtExit(long arena) {
    if (arena == 0) {
      exit.add(LIBRARY.address("lina_shutdown"), 0, shutdownKey);
    } else {
      exit.add(LIBRARY.address("lina_arena_close"), arena, arena);
    }
  }

  @Override
  public int setDefault(long arena) {
    return (int) call(() -> (int) SET_DEFAULT.invokeExact(arena));
  }

  @Override
  public int arenaFd(long arena) {
    return (int)
        callIn(
            in -> {
              MemorySegment out = in.allocate(JAVA_INT);
              int rc = (int) FD.invokeExact(arena, out);
              return rc == OK ? out.get(JAVA_INT, 0) : rc;
            });
  }

  @Override
  public int arenaInfo(long arena, byte[] out) {
    return (int)
        callIn(
            in -> {
              MemorySegment info = in.allocate(INFO_BYTES, 8);
              int rc = (int) INFO.invokeExact(arena, info);
              MemorySegment.copy(info, JAVA_BYTE, 0, out, 0, INFO_BYTES);
              return rc;
            });
  }

  @Override
  public int inspectArena(byte[] where, byte[] out) {
    return (int)
        callIn(
            in -> {
              MemorySegment info = in.allocate(INFO_BYTES, 8);
              int rc = (int) INSPECT.invokeExact(put(in, where), info);
              MemorySegment.copy(info, JAVA_BYTE, 0, out, 0, INFO_BYTES);
              return rc;
            });
  }

  @Override
  public int unlinkArena(byte[] where) {
    return (int) callIn(in -> (int) UNLINK.invokeExact(put(in, where)));
  }

  @Override
  public int syncArena(long arena) {
    return (int) call(() -> (int) SYNC.invokeExact(arena));
  }

  @Override
  public int checkArena(long arena) {
    return (int) call(() -> (int) CHECK.invokeExact(arena));
  }

  // ---- arrays ----

  @Override
  public int makeArray(int how, long arena, byte[] name, int dtype, long[] shape, int layout) {
    MethodHandle maker =
        switch (how) {
          case Core.CREATE -> CREATE_ARRAY;
          case Core.ENSURE -> ENSURE_ARRAY;
          default -> REPUBLISH_ARRAY;
        };
    return (int)
        callIn(
            in ->
                (int)
                    maker.invokeExact(
                        arena, put(in, name), dtype, shape.length, put(in, shape), layout, 0L));
  }

  @Override
  public int removeArray(long arena, byte[] name) {
    return (int) callIn(in -> (int) REMOVE.invokeExact(arena, put(in, name)));
  }

  @Override
  public int reclaimArray(long arena, byte[] name) {
    return (int) callIn(in -> (int) RECLAIM.invokeExact(arena, put(in, name)));
  }

  @Override
  public int aliasArray(
      long arena, byte[] name, byte[] base, long offset, int dtype, long[] shape, long[] strides) {
    return (int)
        callIn(
            in -> {
              MemorySegment named = put(in, name);
              MemorySegment of = put(in, base);
              MemorySegment extents = put(in, shape);
              MemorySegment steps = put(in, strides);
              return dtype == 0
                  ? (int) ALIAS.invokeExact(arena, named, of, offset, shape.length, extents, steps)
                  : (int)
                      ALIAS_AS.invokeExact(
                          arena, named, of, offset, dtype, shape.length, extents, steps);
            });
  }

  @Override
  public int listArrays(long arena, byte[] out, int[] written) {
    return list(LIST, Core.DESC_SIZE, arena, out, written);
  }

  // ---- views ----

  @Override
  public long acquire(long arena, byte[] name, byte[] out) {
    try {
      long view = newView();
      return give(view, (int) ACQUIRE.invokeExact(arena, MemorySegment.ofArray(name), view), out);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  @Override
  public long loan(long arena, byte[] name, int dtype, long[] shape, int layout, byte[] out) {
    return callIn(
        in -> {
          long view = newView();
          int rc =
              (int)
                  LOAN.invokeExact(
                      arena, put(in, name), dtype, shape.length, put(in, shape), layout, view);
          return give(view, rc, out);
        });
  }

  @Override
  public long retain(long view, byte[] out) {
    return call(
        () -> {
          long second = newView();
          return give(second, (int) RETAIN.invokeExact(view, second), out);
        });
  }

  @Override
  public void releaseView(long view) {
    run(
        () -> {
          RELEASE.invokeExact(view);
          FREE.invokeExact(view);
        });
  }

  @Override
  public boolean isCurrent(long view) {
    try {
      return (int) IS_CURRENT.invokeExact(view) == 1;
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  // ---- signals ----

  @Override
  public int openSignal(long arena, byte[] name, long[] out) {
    return (int)
        callIn(
            in -> {
              MemorySegment signal = in.allocate(JAVA_LONG, Core.SIGNAL_WORDS);
              int rc = (int) OPEN_SIGNAL.invokeExact(arena, put(in, name), signal);
              MemorySegment.copy(signal, JAVA_LONG, 0, out, 0, Core.SIGNAL_WORDS);
              return rc;
            });
  }

  @Override
  public int addToSignal(long arena, byte[] name, long n) {
    return (int) callIn(in -> (int) ADD.invokeExact(arena, put(in, name), n));
  }

  @Override
  public int clearSignal(long arena, byte[] name) {
    return (int) callIn(in -> (int) CLEAR.invokeExact(arena, put(in, name)));
  }

  @Override
  public long signalValue(long arena, byte[] name) {
    return callIn(
        in -> {
          MemorySegment value = in.allocate(JAVA_LONG);
          int rc = (int) VALUE.invokeExact(arena, put(in, name), value);
          return rc == OK ? value.get(JAVA_LONG, 0) : rc;
        });
  }

  @Override
  public int isSignalSet(long arena, byte[] name) {
    return (int) callIn(in -> (int) TRY_WAIT.invokeExact(arena, put(in, name)));
  }

  @Override
  public int removeSignal(long arena, byte[] name) {
    return (int) callIn(in -> (int) REMOVE_SIGNAL.invokeExact(arena, put(in, name)));
  }

  @Override
  public int raiseSignal(long[] signal, long n) {
    try {
      return (int) RAISE.invokeExact(MemorySegment.ofArray(signal), n);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  @Override
  public int waitForSignal(long[] signal, long target, long timeout) {
    return (int)
        callIn(
            in ->
                target < 0
                    ? (int) WAIT.invokeExact(put(in, signal), timeout)
                    : (int) WAIT_VALUE.invokeExact(put(in, signal), target, timeout));
  }

  @Override
  public int listSignals(long arena, byte[] out, int[] written) {
    return list(SIGNAL_LIST, Core.SIGNAL_INFO_SIZE, arena, out, written);
  }

  // ---- memory ----

  @Override
  public Memory memory(Hold hold, long address, long size, boolean readOnly) {
    return new SegmentMemory(hold, address, size, readOnly);
  }

  @Override
  public Words words(Handle arena, long[] signal) {
    arena.enter(); // so that the arena stays open until its scope exists
    try {
      return new SegmentWords(scopes.computeIfAbsent(arena, a -> Arena.ofShared()), signal);
    } finally {
      arena.exit();
    }
  }

  @Override
  public void forget(Handle arena) {
    Arena scope = scopes.remove(arena);
    if (scope != null) {
      scope.close();
    }
  }
}
