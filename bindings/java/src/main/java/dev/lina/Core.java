package dev.lina;

/**
 * The functions of liblina_core that the binding calls. {@link JniCore} reaches them through a
 * small native library; on Java 22 and later FfmCore reaches them without one.
 *
 * <p>A method returns what the function returned, or a negative error code; {@link #lastError()}
 * then has the sentence, on the same thread. Text is UTF-8 with a zero at its end, and null where
 * it may be left out. Structs are given as their bytes. An arena of 0 is the default one. A method
 * that may sleep says so.
 */
interface Core extends StreamCore {
  /** The process's. */
  Core CORE = BrokenCore.unless(Cores::choose);

  /** How {@link #makeArray} makes it. */
  int CREATE = 0;

  int ENSURE = 1;
  int REPUBLISH = 2;

  /** Room for a lina_arena_info_t and for a lina_view_t, which may grow. */
  int INFO_SIZE = 512;

  int VIEW_SIZE = 512;

  /** Bytes of a lina_desc_t and of a lina_signal_info_t. */
  int DESC_SIZE = 240;

  int SIGNAL_INFO_SIZE = 112;

  /** Longs of a lina_signal_t. */
  int SIGNAL_WORDS = 8;

  /** The target of a wait until the signal is set. */
  long SET = -1;

  /** The path of liblina_core. */
  String path();

  String version();

  String lastError();

  // ---- arenas ----

  int init();

  int shutdown();

  long defaultArena();

  /** options: flags, most arrays, signals and members, mode of the file. */
  long createArena(byte[] where, long bytes, int[] options);

  long attachArena(byte[] where, int flags);

  int closeArena(long arena);

  int setDefault(long arena);

  /**
   * Has the end of the process close the arena, or with 0 end Java's use of the default one, unless
   * {@link #closeArena} or {@link #shutdown} did so before. That is after the shutdown hooks.
   */
  void closeAtExit(long arena);

  int arenaFd(long arena);

  int arenaInfo(long arena, byte[] out);

  int inspectArena(byte[] where, byte[] out);

  int unlinkArena(byte[] where);

  /** May sleep until the disk has it. */
  int syncArena(long arena);

  int checkArena(long arena);

  // ---- arrays ----

  int makeArray(int how, long arena, byte[] name, int dtype, long[] shape, int layout);

  int removeArray(long arena, byte[] name);

  int reclaimArray(long arena, byte[] name);

  /** A dtype of 0 is the base's; strides null are C order. */
  int aliasArray(
      long arena, byte[] name, byte[] base, long offset, int dtype, long[] shape, long[] strides);

  /** How many there are; as many descriptors as fit go to out, and how many those are. */
  int listArrays(long arena, byte[] out, int[] written);

  // ---- views: each is the address of a lina_view_t ----

  long acquire(long arena, byte[] name, byte[] out);

  long loan(long arena, byte[] name, int dtype, long[] shape, int layout, byte[] out);

  long retain(long view, byte[] out);

  /** Also discards a loan. */
  void releaseView(long view);

  boolean isCurrent(long view);

  // ---- signals ----

  /** out: the lina_signal_t. */
  int openSignal(long arena, byte[] name, long[] out);

  int addToSignal(long arena, byte[] name, long n);

  int clearSignal(long arena, byte[] name);

  long signalValue(long arena, byte[] name);

  int isSignalSet(long arena, byte[] name);

  int removeSignal(long arena, byte[] name);

  int raiseSignal(long[] signal, long n);

  /** Sleeps. */
  int waitForSignal(long[] signal, long target, long timeout);

  /** Sleeps. The index of the one that was reached; the member may be null. */
  int waitForAny(long arena, byte[][] names, long[] targets, byte[] member, long timeout);

  /** How many there are; as many lina_signal_info_t as fit go to out, and how many those are. */
  int listSignals(long arena, byte[] out, int[] written);

  // ---- memory ----

  /** The bytes of a hold. */
  Memory memory(Hold hold, long address, long size, boolean readOnly);

  /** The words of a signal, which the arena keeps in place while it is open. */
  Words words(Handle arena, long[] signal);

  /** The arena will be closed now: nothing reads its words any more. */
  default void forget(Handle arena) {}
}
