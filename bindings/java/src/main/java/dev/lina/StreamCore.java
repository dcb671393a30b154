package dev.lina;

/**
 * The functions of liblina_core about streams and members; {@link Core} says how arguments are
 * passed.
 */
interface StreamCore {
  /** Bytes of a lina_stream_info_t and of a lina_member_info_t. */
  int STREAM_INFO_SIZE = 136;

  int MEMBER_INFO_SIZE = 128;

  /** Room for a lina_reader_t, which may grow. */
  int READER_SIZE = 512;

  /** What {@link #notifyBell} waits for: a signal, the head of a stream, or room in a stream. */
  int SIGNAL = 0;

  int HEAD = 1;
  int ROOM = 2;

  // ---- streams ----

  int openStream(long arena, byte[] name, int depth);

  int produce(long arena, byte[] name);

  int endStream(long arena, byte[] name);

  int streamInfo(long arena, byte[] name, byte[] out);

  /**
   * Returns how many there are. Writes as many lina_stream_info_t as fit to out, and their number
   * to written[0].
   */
  int listStreams(long arena, byte[] out, int[] written);

  /** Sleeps until the stream's last sequence is at least the target. */
  int waitForStream(long arena, byte[] name, long target, long timeout);

  /** Sleeps until there is room. The struct stays until {@link Core#releaseView}. */
  int publishWithin(long view, long timeout);

  // ---- readers: each is the address of a lina_reader_t ----

  long openReader(long arena, byte[] name, int start, long at, int flags, int maxHeld);

  /** Sleeps. Returns the address of a view, and writes its bytes to out. */
  long nextView(long reader, long timeout, byte[] out);

  long readerLost(long reader);

  long readerSequence(long reader);

  /** Any thread may call this. The struct stays until {@link #freeReader}. */
  void closeReader(long reader);

  /** No thread uses it any more. */
  void freeReader(long reader);

  // ---- the bell of the notifier thread: an eventfd ----

  int makeBell();

  /**
   * Sleeps until the bell rings, and resets it. False if the host has closed the bell's descriptor.
   */
  boolean hearBell(int fd);

  /**
   * Makes Lina ring the bell once when the target is reached. Writes the notice's number to id[0].
   */
  int notifyBell(int kind, long arena, byte[] name, long target, int fd, long[] id);

  int cancelNotice(long id);

  // ---- members ----

  /** Makes a further member of the arena, with a handle of its own. */
  long joinArena(long arena);

  int nameMember(long arena, byte[] name);

  /**
   * Returns how many there are. Writes as many lina_member_info_t as fit to out, and their number
   * to written[0].
   */
  int listMembers(long arena, byte[] out, int[] written);

  /** Sleeps until the member is gone. */
  int waitForMember(long arena, byte[] name, long timeout);
}
