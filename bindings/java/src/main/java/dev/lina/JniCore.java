package dev.lina;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@link Core} through the native library of the jar, for every version of Java. */
final class JniCore implements Core {
  JniCore() {
    NativeLibrary.loadGlue();
    Path own = isGiven() ? null : NativeLibrary.ownCore();
    byte[] why = load(own == null ? null : Text.bytes(own.toString()));
    if (own != null) {
      NativeLibrary.forget(own);
    }
    if (why != null) {
      throw NativeLibrary.cannotLoad(text(why), null);
    }
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static native boolean isGiven();

  private static native byte[] load(byte[] own);

  private static native byte[] pathBytes();

  private static native byte[] versionBytes();

  private static native byte[] errorBytes();

  @Override
  public String path() {
    return text(pathBytes());
  }

  @Override
  public String version() {
    return text(versionBytes());
  }

  @Override
  public String lastError() {
    return text(errorBytes());
  }

  @Override
  public native int init();

  @Override
  public native int shutdown();

  @Override
  public native long defaultArena();

  @Override
  public native long createArena(byte[] where, long bytes, int[] options);

  @Override
  public native long attachArena(byte[] where, int flags);

  @Override
  public native int closeArena(long arena);

  @Override
  public native int setDefault(long arena);

  @Override
  public native void closeAtExit(long arena);

  @Override
  public native int arenaFd(long arena);

  @Override
  public native int arenaInfo(long arena, byte[] out);

  @Override
  public native int inspectArena(byte[] where, byte[] out);

  @Override
  public native int unlinkArena(byte[] where);

  @Override
  public native int syncArena(long arena);

  @Override
  public native int checkArena(long arena);

  @Override
  public native int makeArray(
      int how, long arena, byte[] name, int dtype, long[] shape, int layout);

  @Override
  public native int removeArray(long arena, byte[] name);

  @Override
  public native int reclaimArray(long arena, byte[] name);

  @Override
  public native int aliasArray(
      long arena, byte[] name, byte[] base, long offset, int dtype, long[] shape, long[] strides);

  @Override
  public native int listArrays(long arena, byte[] out, int[] written);

  @Override
  public native long acquire(long arena, byte[] name, byte[] out);

  @Override
  public native long loan(long arena, byte[] name, int dtype, long[] shape, int layout, byte[] out);

  @Override
  public native long retain(long view, byte[] out);

  @Override
  public native void releaseView(long view);

  @Override
  public native boolean isCurrent(long view);

  @Override
  public native int openSignal(long arena, byte[] name, long[] out);

  @Override
  public native int addToSignal(long arena, byte[] name, long n);

  @Override
  public native int clearSignal(long arena, byte[] name);

  @Override
  public native long signalValue(long arena, byte[] name);

  @Override
  public native int isSignalSet(long arena, byte[] name);

  @Override
  public native int removeSignal(long arena, byte[] name);

  @Override
  public native int raiseSignal(long[] signal, long n);

  @Override
  public native int waitForSignal(long[] signal, long target, long timeout);

  @Override
  public native int waitForAny(
      long arena, byte[][] names, long[] targets, byte[] member, long timeout);

  @Override
  public native int listSignals(long arena, byte[] out, int[] written);

  @Override
  public native int makeBell();

  @Override
  public native boolean hearBell(int fd);

  @Override
  public native int notifyBell(int kind, long arena, byte[] name, long target, int fd, long[] id);

  @Override
  public native int cancelNotice(long id);

  @Override
  public native int openStream(long arena, byte[] name, int depth);

  @Override
  public native int produce(long arena, byte[] name);

  @Override
  public native int endStream(long arena, byte[] name);

  @Override
  public native int streamInfo(long arena, byte[] name, byte[] out);

  @Override
  public native int listStreams(long arena, byte[] out, int[] written);

  @Override
  public native int waitForStream(long arena, byte[] name, long target, long timeout);

  @Override
  public native int publishWithin(long view, long timeout);

  @Override
  public native long openReader(
      long arena, byte[] name, int start, long at, int flags, int maxHeld);

  @Override
  public native long nextView(long reader, long timeout, byte[] out);

  @Override
  public native long readerLost(long reader);

  @Override
  public native long readerSequence(long reader);

  @Override
  public native void closeReader(long reader);

  @Override
  public native void freeReader(long reader);

  @Override
  public native long joinArena(long arena);

  @Override
  public native int nameMember(long arena, byte[] name);

  @Override
  public native int listMembers(long arena, byte[] out, int[] written);

  @Override
  public native int waitForMember(long arena, byte[] name, long timeout);

  /** A buffer over memory that is not Java's. */
  native ByteBuffer buffer(long address, long size);

  @Override
  public Memory memory(Hold hold, long address, long size, boolean readOnly) {
    return new BufferMemory(this, hold, address, size, readOnly);
  }

  @Override
  public Words words(Handle arena, long[] signal) {
    return new BufferWords(this, arena, signal);
  }
}
