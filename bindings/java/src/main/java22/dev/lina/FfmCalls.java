package dev.lina;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What all calls of liblina_core over the Foreign Function and Memory API have in common. */
abstract class FfmCalls {
  static final FfmLibrary LIBRARY = new FfmLibrary();
  static final int OK = 0;

  private static final int VIEW_BYTES = 320;
  private static final MethodHandle CALLOC =
      FfmLibrary.ofC("calloc", JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle FREE = FfmLibrary.ofC("free", null, JAVA_LONG);

  FfmCalls() {}

  interface Call {
    long run() throws Throwable;
  }

  interface Run {
    void run() throws Throwable;
  }

  interface CallIn {
    long run(Arena in) throws Throwable;
  }

  static long call(Call call) {
    try {
      return call.run();
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void run(Run call) {
    try {
      call.run();
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** {@link #call} with memory for what C fills in. */
  static long callIn(CallIn call) {
    try (Arena in = Arena.ofConfined()) {
      return call.run(in);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static RuntimeException rethrown(Throwable e) {
    if (e instanceof RuntimeException known) {
      return known;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(e);
  }

  static MemorySegment put(Arena in, byte[] bytes) {
    return bytes == null ? MemorySegment.NULL : in.allocateFrom(JAVA_BYTE, bytes);
  }

  static MemorySegment put(Arena in, long[] longs) {
    return longs == null ? MemorySegment.NULL : in.allocateFrom(JAVA_LONG, longs);
  }

  /** Returns how many there are. Writes as many as fit to out, and their number to written[0]. */
  static int list(MethodHandle how, int size, long arena, byte[] out, int[] written) {
    return (int)
        callIn(
            in -> {
              long room = out.length / size;
              MemorySegment all = room == 0 ? MemorySegment.NULL : in.allocate(room * size, 8);
              MemorySegment count = in.allocate(JAVA_LONG);
              MemorySegment total = in.allocate(JAVA_LONG);
              int rc = (int) how.invokeExact(arena, all, room, count, total);
              if (rc != OK) {
                return rc;
              }
              written[0] = room == 0 ? 0 : (int) count.get(JAVA_LONG, 0);
              MemorySegment.copy(all, JAVA_BYTE, 0, out, 0, written[0] * size);
              return total.get(JAVA_LONG, 0);
            });
  }

  /** Zeroed memory on C's heap, until FREE. */
  static long allocate(int bytes) throws Throwable {
    long address = (long) CALLOC.invokeExact(1L, (long) bytes);
    if (address == 0) {
      throw new LinaException.NoRoom(ErrorCode.NO_MEMORY, "no memory for a call of Lina");
    }
    return address;
  }

  static long newView() throws Throwable {
    return allocate(Core.VIEW_SIZE);
  }

  /** Returns the view and writes its bytes to out, or returns the code. */
  static long give(long view, int rc, byte[] out) throws Throwable {
    if (rc != OK) {
      FREE.invokeExact(view);
      return rc;
    }
    FfmLibrary.copy(view, out, VIEW_BYTES);
    return view;
  }
}
