package dev.lina;

/**
 * The functions of liblina_core that the binding calls. {@link JniCore} reaches them through a
 * small native library; on Java 22 and later FfmCore reaches them without one.
 *
 * <p>A method returns what the function returned, or a negative error code. Then {@link
 * #lastError()} has the sentence, on the same thread. Text is UTF-8 with a zero at its end; null
 * means that there is none. Structs are passed as their bytes. An arena of 0 is the default one.
 * The comment of a method that may sleep says so.
 */
interface Core extends StreamCore {
  /** The core of this process. */
  Core CORE = BrokenCore.unless(Cores::choose);

  /** What {@link #makeArray} does if the array exists. */
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
   * Makes the end of the process close the arena, or with 0 end Java's use of the default one,
   * after the shutdown hooks have run. {@link #closeArena} and {@link #shutdown} undo this.
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

  /**
   * Returns how many there are. Writes as many descriptors as fit to out, and their number to
   * written[0].
   */
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

  /** Sleeps. Returns the index of the signal that was reached. The member may be null. */
  int waitForAny(long arena, byte[][] names, long[] targets, byte[] member, long timeout);

  /**
   * Returns how many there are. Writes as many lina_signal_info_t as fit to out, and their number
   * to written[0].
   */
  int listSignals(long arena, byte[] out, int[] written);

  // ---- memory ----

  /** The bytes of a hold. */
  Memory memory(Hold hold, long address, long size, boolean readOnly);

  /** The words of a signal, which the arena keeps in place while it is open. */
  Words words(Handle arena, long[] signal);

  /** Called before the arena is closed. Afterwards, no thread reads its words. */
  default void forget(Handle arena) {}
}
