package dev.lina;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Streams, their readers and bells, and members, over the Foreign Function and Memory API. */
abstract class FfmStreams extends FfmCalls implements StreamCore {
  private static final int EFD_CLOEXEC = 02000000;
  private static final int READER_OPTIONS_BYTES = 56;
  private static final int WAIT_BYTES = 32;
  private static final int WAIT_STREAM = 1;

  private static final MethodHandle OPEN_STREAM =
      LIBRARY.find("lina_stream_open", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT);
  private static final MethodHandle PRODUCE =
      LIBRARY.find("lina_stream_produce", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle END_STREAM =
      LIBRARY.find("lina_stream_end", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle STREAM_INFO =
      LIBRARY.find("lina_stream_info", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle STREAM_LIST =
      LIBRARY.find("lina_stream_list", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle WAIT_ANY =
      LIBRARY.find("lina_wait_any", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle PUBLISH_WITHIN =
      LIBRARY.find("lina_publish_within", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle OPEN_READER =
      LIBRARY.find("lina_reader_open", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle NEXT =
      LIBRARY.find("lina_reader_next", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle LOST =
      LIBRARY.findQuick("lina_reader_lost", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SEQUENCE =
      LIBRARY.findQuick("lina_reader_sequence", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle CLOSE_READER =
      LIBRARY.find("lina_reader_close", null, JAVA_LONG);
  private static final MethodHandle NOTIFY = findNotify("lina_notify_fd");
  private static final MethodHandle NOTIFY_STREAM = findNotify("lina_notify_stream_fd");
  private static final MethodHandle NOTIFY_ROOM =
      LIBRARY.find("lina_notify_room_fd", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle CANCEL =
      LIBRARY.find("lina_notify_cancel", JAVA_INT, JAVA_LONG);
  private static final MethodHandle JOIN =
      LIBRARY.find("lina_arena_join", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle NAME_MEMBER =
      LIBRARY.find("lina_member_set_name", JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle MEMBER_LIST =
      LIBRARY.find("lina_member_list", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle MEMBER_WAIT =
      LIBRARY.find("lina_member_wait", JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);
  private static final MethodHandle EVENTFD =
      FfmLibrary.ofC("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle EVENTFD_READ =
      FfmLibrary.ofC("eventfd_read", JAVA_INT, JAVA_INT, ADDRESS);

  FfmStreams() {}

  private static MethodHandle findNotify(String name) {
    return LIBRARY.find(name, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
  }

  // ---- streams ----

  @Override
  public int openStream(long arena, byte[] name, int depth) {
    return (int) callIn(in -> (int) OPEN_STREAM.invokeExact(arena, put(in, name), depth));
  }

  @Override
  public int produce(long arena, byte[] name) {
    return (int) callIn(in -> (int) PRODUCE.invokeExact(arena, put(in, name)));
  }

  @Override
  public int endStream(long arena, byte[] name) {
    return (int) callIn(in -> (int) END_STREAM.invokeExact(arena, put(in, name)));
  }

  @Override
  public int streamInfo(long arena, byte[] name, byte[] out) {
    return (int)
        callIn(
            in -> {
              MemorySegment info = in.allocate(STREAM_INFO_SIZE, 8);
              int rc = (int) STREAM_INFO.invokeExact(arena, put(in, name), info);
              MemorySegment.copy(info, JAVA_BYTE, 0, out, 0, STREAM_INFO_SIZE);
              return rc;
            });
  }

  @Override
  public int listStreams(long arena, byte[] out, int[] written) {
    return list(STREAM_LIST, STREAM_INFO_SIZE, arena, out, written);
  }

  @Override
  public int waitForStream(long arena, byte[] name, long target, long timeout) {
    return (int)
        callIn(
            in -> {
              MemorySegment wait = newWaits(in, 1);
              putWait(wait, 0, put(in, name), target, MemorySegment.NULL, WAIT_STREAM);
              return (int) WAIT_ANY.invokeExact(arena, wait, 1, timeout, in.allocate(JAVA_INT));
            });
  }

  /** Returns the index of the signal that was reached. The member may be null. */
  public int waitForAny(long arena, byte[][] names, long[] targets, byte[] member, long timeout) {
    return (int)
        callIn(
            in -> {
              MemorySegment waits = newWaits(in, names.length);
              MemorySegment on = put(in, member);
              for (int i = 0; i < names.length; i++) { // LINA_WAIT_SET is Core.SET
                putWait(waits, i, put(in, names[i]), targets[i], on, 0);
              }
              MemorySegment which = in.allocate(JAVA_INT);
              int rc = (int) WAIT_ANY.invokeExact(arena, waits, names.length, timeout, which);
              return rc == OK ? which.get(JAVA_INT, 0) : rc;
            });
  }

  private static MemorySegment newWaits(Arena in, int count) {
    return in.allocate((long) WAIT_BYTES * count, 8);
  }

  private static void putWait(
      MemorySegment waits, int i, MemorySegment name, long target, MemorySegment on, int flags) {
    long at = (long) i * WAIT_BYTES;
    waits.set(ADDRESS, at, name);
    waits.set(JAVA_LONG, at + 8, target);
    waits.set(ADDRESS, at + 16, on);
    waits.set(JAVA_INT, at + 24, flags);
  }

  @Override
  public int publishWithin(long view, long timeout) {
    return (int) call(() -> (int) PUBLISH_WITHIN.invokeExact(view, timeout));
  }

  // ---- readers ----

  @Override
  public long openReader(long arena, byte[] name, int start, long at, int flags, int maxHeld) {
    return callIn(
        in -> {
          MemorySegment options = in.allocate(READER_OPTIONS_BYTES, 8);
          options.set(JAVA_INT, 0, start);
          options.set(JAVA_INT, 4, flags);
          options.set(JAVA_LONG, 8, at);
          options.set(JAVA_INT, 16, maxHeld);
          long reader = allocate(READER_SIZE);
          int rc = (int) OPEN_READER.invokeExact(arena, put(in, name), options, reader);
          if (rc == OK) {
            return reader;
          }
          FREE.invokeExact(reader);
          return rc;
        });
  }

  @Override
  public long nextView(long reader, long timeout, byte[] out) {
    return call(
        () -> {
          long view = newView();
          return give(view, (int) NEXT.invokeExact(reader, timeout, view), out);
        });
  }

  @Override
  public long readerLost(long reader) {
    return call(() -> (long) LOST.invokeExact(reader));
  }

  @Override
  public long readerSequence(long reader) {
    return call(() -> (long) SEQUENCE.invokeExact(reader));
  }

  @Override
  public void closeReader(long reader) {
    run(
        () -> { // in braces: else it would be a call that returns something
          CLOSE_READER.invokeExact(reader);
        });
  }

  @Override
  public void freeReader(long reader) {
    run(
        () -> {
          FREE.invokeExact(reader);
        });
  }

  // ---- the bell ----

  @Override
  public int makeBell() {
    int fd = (int) call(() -> (int) EVENTFD.invokeExact(0, EFD_CLOEXEC));
    return fd >= 0 ? fd : ErrorCode.SYSTEM.number();
  }

  @Override
  public boolean hearBell(int fd) {
    return callIn(in -> (int) EVENTFD_READ.invokeExact(fd, in.allocate(JAVA_LONG))) == 0;
  }

  @Override
  public int notifyBell(int kind, long arena, byte[] name, long target, int fd, long[] id) {
    return (int)
        callIn(
            in -> {
              MemorySegment out = in.allocate(JAVA_LONG);
              MemorySegment text = put(in, name);
              int rc =
                  switch (kind) {
                    case SIGNAL -> (int) NOTIFY.invokeExact(arena, text, target, fd, out);
                    case HEAD -> (int) NOTIFY_STREAM.invokeExact(arena, text, target, fd, out);
                    default -> (int) NOTIFY_ROOM.invokeExact(arena, text, fd, out);
                  };
              id[0] = out.get(JAVA_LONG, 0);
              return rc;
            });
  }

  @Override
  public int cancelNotice(long id) {
    return (int) call(() -> (int) CANCEL.invokeExact(id));
  }

  // ---- members ----

  @Override
  public long joinArena(long arena) {
    return callIn(
        in -> {
          MemorySegment out = in.allocate(JAVA_LONG);
          int rc = (int) JOIN.invokeExact(arena, out);
          return rc == OK ? out.get(JAVA_LONG, 0) : rc;
        });
  }

  @Override
  public int nameMember(long arena, byte[] name) {
    return (int) callIn(in -> (int) NAME_MEMBER.invokeExact(arena, put(in, name)));
  }

  @Override
  public int listMembers(long arena, byte[] out, int[] written) {
    return list(MEMBER_LIST, MEMBER_INFO_SIZE, arena, out, written);
  }

  @Override
  public int waitForMember(long arena, byte[] name, long timeout) {
    return (int) callIn(in -> (int) MEMBER_WAIT.invokeExact(arena, put(in, name), timeout));
  }
}
