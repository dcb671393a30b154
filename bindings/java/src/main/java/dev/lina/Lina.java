package dev.lina;

import static dev.lina.Core.CORE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Named arrays in shared memory, and signals that say when to look at them. These functions work on
 * the default arena, which the whole process shares. {@link Arena} has the same functions for any
 * other arena.
 *
 * <pre>{@code
 * Lina.initArena(1 << 20);
 * try (LinaArray x = Lina.createArray("input", DType.F64, 16)) {
 *   x.setDouble(42.0, 3);
 * }
 * ByteBuffer bytes = Lina.openBuffer("input");   // the same memory, in native order
 * Lina.signal("data_ready");
 * }</pre>
 *
 * <p>If the environment variable {@code LINA_ARENA} names an arena, the first call joins it.
 */
public final class Lina extends LinaStreams {
  static final Arena DEFAULT = new Arena(new Handle(0));

  private Lina() {}

  /** An arena by handle, with the calls that {@link Lina} has for the default one. */
  public static final class Arena extends ArrayCalls implements AutoCloseable {
    private Arena(Handle handle) {
      super(handle);
      if (!handle.isDefault()) {
        CORE.closeAtExit(handle.number());
      }
    }

    /**
     * Makes an arena without a name. Others reach it only by its descriptor.
     *
     * @param bytes how many bytes of data; pages are taken when they are touched
     * @return the arena
     */
    public static Arena create(long bytes) {
      return new Arena(new Handle(Failures.check(make(bytes, null, ArenaOptions.defaults()))));
    }

    /**
     * Makes an arena with a name.
     *
     * @param bytes how many bytes of data
     * @param where {@code "shm:NAME"}, or {@code "file:PATH"} for one that keeps its arrays over a
     *     restart
     * @return the arena
     */
    public static Arena create(long bytes, String where) {
      return create(bytes, where, ArenaOptions.defaults());
    }

    /**
     * Makes an arena with options.
     *
     * @param bytes how many bytes of data
     * @param where its name, or null
     * @param options its options
     * @return the arena
     */
    public static Arena create(long bytes, String where, ArenaOptions options) {
      return new Arena(new Handle(Failures.check(make(bytes, where, options))));
    }

    /**
     * Joins an arena.
     *
     * @param where {@code "shm:NAME"}, {@code "file:PATH"} or {@code "fd:N"}
     * @return the arena
     */
    public static Arena attach(String where) {
      return new Arena(new Handle(Failures.check(CORE.attachArena(Text.where(where), 0))));
    }

    /**
     * Joins an arena without the right to write.
     *
     * @param where its name
     * @return the arena
     */
    public static Arena attachReadOnly(String where) {
      return new Arena(new Handle(Failures.check(CORE.attachArena(Text.where(where), READ_ONLY))));
    }

    private static long make(long bytes, String where, ArenaOptions options) {
      if (bytes <= 0) {
        throw new IllegalArgumentException("an arena of " + bytes + " bytes: it needs more than 0");
      }
      Objects.requireNonNull(options, "options is null");
      return CORE.createArena(where == null ? null : Text.where(where), bytes, options.words());
    }

    /**
     * Makes a further member of this arena on the same memory, with a number and a name of its own.
     * It is gone when it is closed. A program can make one for each script that it runs.
     *
     * @return the arena by another handle, which the caller closes
     */
    public Arena join() {
      return new Arena(new Handle(withinLong(CORE::joinArena)));
    }

    /**
     * Ends the membership. Waits end with {@link LinaException.Closed}. Views stay valid. For the
     * default arena, this is {@link Lina#shutdown}.
     */
    @Override
    public void close() {
      end();
    }

    /**
     * A text for people.
     *
     * @return whether it is the default arena, and whether it is closed
     */
    @Override
    public String toString() {
      return handle().isDefault()
          ? "Arena[default]"
          : handle().isClosed() ? "Arena[closed]" : "Arena[open]";
    }
  }

  private static final int READ_ONLY = 1;

  // ---- the default arena ----

  /**
   * Makes an arena without a name, and makes it the default one.
   *
   * @param bytes how many bytes of data; pages are taken when they are touched
   * @throws LinaException when there is a default arena already: {@code EXISTS}
   */
  public static void initArena(long bytes) {
    initArena(bytes, null, ArenaOptions.defaults());
  }

  /**
   * Makes an arena with a name, which others can attach, and makes it the default one.
   *
   * @param bytes how many bytes of data
   * @param where {@code "shm:NAME"}, or {@code "file:PATH"} for one that keeps its arrays over a
   *     restart
   */
  public static void initArena(long bytes, String where) {
    initArena(bytes, where, ArenaOptions.defaults());
  }

  /**
   * Makes an arena with options, and makes it the default one.
   *
   * @param bytes how many bytes of data
   * @param where its name, or null
   * @param options its options
   */
  public static void initArena(long bytes, String where, ArenaOptions options) {
    DefaultArena.become(() -> Arena.make(bytes, where, options));
  }

  /**
   * Makes an arena with a name, or joins the arena that has the name, and makes it the default one.
   * If several processes call this at once, one makes the arena and the others join it. If it is
   * the default arena already, this does nothing.
   *
   * @param bytes how many bytes of data it has at least
   * @param where its name
   */
  public static void joinArena(long bytes, String where) {
    joinArena(bytes, where, ArenaOptions.defaults());
  }

  /**
   * The same with options, which count only if this call makes the arena.
   *
   * @param bytes how many bytes of data it has at least
   * @param where its name
   * @param options its options
   */
  public static void joinArena(long bytes, String where, ArenaOptions options) {
    Text.where(where);
    DefaultArena.begin();
    if (DefaultArena.isThere()) {
      requireDefault(bytes, where);
    } else {
      initArena(bytes, where, options.join());
    }
  }

  private static void requireDefault(long bytes, String where) {
    ArenaInfo info = DEFAULT.info();
    if (!info.where().equals(where) || info.size() < bytes) {
      throw LinaException.of(
          ErrorCode.EXISTS,
          "there is a default arena already: \""
              + info.where()
              + "\" of "
              + info.size()
              + " bytes, and not \""
              + where
              + "\" of "
              + bytes);
    }
  }

  /**
   * Joins an arena, and makes it the default one.
   *
   * @param where {@code "shm:NAME"}, {@code "file:PATH"} or {@code "fd:N"}
   */
  public static void attach(String where) {
    byte[] text = Text.where(where);
    DefaultArena.become(() -> CORE.attachArena(text, 0));
  }

  /**
   * Joins an arena without the right to write, and makes it the default one.
   *
   * @param where its name
   */
  public static void attachReadOnly(String where) {
    byte[] text = Text.where(where);
    DefaultArena.become(() -> CORE.attachArena(text, READ_ONLY));
  }

  /**
   * Ends Java's use of the default arena. Views stay valid. A program need not call this at its
   * end.
   */
  public static void shutdown() {
    DEFAULT.end();
  }

  /**
   * The default arena as an object.
   *
   * @return the arena on which the functions of this class work
   */
  public static Arena defaultArena() {
    return DEFAULT;
  }

  // ---- tools ----

  /**
   * A named arena's numbers, without joining it.
   *
   * @param where its name
   * @return a snapshot
   */
  public static ArenaInfo inspect(String where) {
    byte[] out = new byte[Core.INFO_SIZE];
    Failures.check(CORE.inspectArena(Text.where(where), out));
    return ArenaInfo.of(out);
  }

  /**
   * Removes the name of an arena that has no living member.
   *
   * @param where its name
   */
  public static void unlink(String where) {
    Failures.check(CORE.unlinkArena(Text.where(where)));
  }

  /**
   * The version of liblina_core.
   *
   * @return "major.minor.patch"
   */
  public static String version() {
    return CORE.version();
  }

  /**
   * The path of liblina_core.
   *
   * @return the path of the library that the process has loaded
   */
  public static String library() {
    return CORE.path();
  }

  // ---- the calls of the default arena ----

  /**
   * Opens the current generation of an array.
   *
   * @param name the array's name
   * @return a view of the arena's own memory; close it, or leave it to the collector
   * @throws LinaException.NotFound when no array has that name
   */
  public static LinaArray array(String name) {
    return DEFAULT.array(name);
  }

  /**
   * The bytes of the current generation of an array, in {@linkplain
   * java.nio.ByteOrder#nativeOrder() native order}.
   *
   * @param name the array's name
   * @return a direct buffer over the arena's memory, which keeps the generation in place
   * @throws LinaException when the elements do not lie one after another, or have more than 2 GiB
   */
  public static ByteBuffer openBuffer(String name) {
    return DEFAULT.openBuffer(name);
  }

  /**
   * Where the bytes of the current generation lie, and how to read them.
   *
   * @param name the array's name
   * @return a snapshot, which keeps nothing in place
   */
  public static Descriptor openDesc(String name) {
    return DEFAULT.openDesc(name);
  }

  /**
   * The arrays of the arena.
   *
   * @return a snapshot of one instant, in no order
   */
  public static List<Descriptor> list() {
    return DEFAULT.list();
  }

  /**
   * Makes an array of zeroes, the last index fastest.
   *
   * @param name its name, of 1 to 63 bytes of UTF-8
   * @param dtype the type of its elements
   * @param shape the extent of each of 0 to 8 dimensions
   * @return a view of it
   */
  public static LinaArray createArray(String name, DType dtype, long... shape) {
    return DEFAULT.createArray(name, dtype, shape);
  }

  /**
   * Makes an array of zeroes.
   *
   * @param name its name, of 1 to 63 bytes of UTF-8
   * @param dtype the type of its elements
   * @param shape the extent of each of 0 to 8 dimensions
   * @param order how they lie in memory
   * @return a view of it
   */
  public static LinaArray createArray(String name, DType dtype, long[] shape, Order order) {
    return DEFAULT.createArray(name, dtype, shape, order);
  }

  /**
   * Opens an array of this kind. Creates it if it is not there.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @return a view of it
   * @throws LinaException when there is an array of that name and another kind: {@code EXISTS}
   */
  public static LinaArray ensureArray(String name, DType dtype, long... shape) {
    return DEFAULT.ensureArray(name, dtype, shape);
  }

  /**
   * Opens an array of this kind. Creates it if it is not there.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how they lie in memory
   * @return a view of it
   * @throws LinaException when there is an array of that name and another kind: {@code EXISTS}
   */
  public static LinaArray ensureArray(String name, DType dtype, long[] shape, Order order) {
    return DEFAULT.ensureArray(name, dtype, shape, order);
  }

  /**
   * Publishes a new generation of zeroes, the last index fastest. Views of the old one stay valid.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   */
  public static void republish(String name, DType dtype, long... shape) {
    DEFAULT.republish(name, dtype, shape);
  }

  /**
   * Publishes a new generation of zeroes. Views of the old one stay valid.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how they lie in memory
   */
  public static void republish(String name, DType dtype, long[] shape, Order order) {
    DEFAULT.republish(name, dtype, shape, order);
  }

  /**
   * Removes an array and its name. Views of it stay valid.
   *
   * @param name the array's name
   */
  public static void remove(String name) {
    DEFAULT.remove(name);
  }

  /**
   * Promises that no C program has a raw pointer to older generations of an array any more. Lina
   * may then use their memory again.
   *
   * @param name the array's name
   */
  public static void reclaim(String name) {
    DEFAULT.reclaim(name);
  }

  /**
   * Gives part of an array a name of its own.
   *
   * @param name the part's name
   * @param base the array's name
   * @param offset the bytes from the array's first element to that of the part
   * @param shape the part's extents
   * @param strides the bytes from one element of the part to the next, which may be negative or
   *     zero; null for elements one after another
   * @return a view of the part
   */
  public static LinaArray alias(
      String name, String base, long offset, long[] shape, long[] strides) {
    return DEFAULT.alias(name, base, offset, shape, strides);
  }

  /**
   * Gives part of an array a name of its own, with another dtype. Its elements may be unaligned.
   *
   * @param name the part's name
   * @param base the array's name
   * @param offset the bytes from the array's first element to that of the part
   * @param dtype the type of the part's elements
   * @param shape the part's extents
   * @param strides the bytes from one element of the part to the next; null for elements one after
   *     another
   * @return a view of the part
   */
  public static LinaArray alias(
      String name, String base, long offset, DType dtype, long[] shape, long[] strides) {
    return DEFAULT.alias(name, base, offset, dtype, shape, strides);
  }

  /**
   * Makes an array for each field of records: {@code "p.x"} and {@code "p.id"} for records {@code
   * "p"} with fields {@code x} and {@code id}. All are made, or none.
   *
   * @param name the records' name
   * @param fields the type of each field, in their order
   * @param count how many records there are
   * @return a view of each field, by its name
   */
  public static Map<String, LinaArray> createRecords(
      String name, Map<String, DType> fields, long count) {
    return DEFAULT.createRecords(name, fields, count);
  }

  /**
   * Publishes the next generation of an array, or the first. The function fills memory that others
   * do not see. Readers see the whole old generation or the whole new one, never a mix. If the
   * function throws, nothing is published.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param filler fills the loan, which may have any bytes at first
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public static <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Loan.Filler<E> filler) throws E {
    DEFAULT.loan(name, dtype, shape, filler);
  }

  /**
   * The same in an order of your choice.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public static <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Order order, Loan.Filler<E> filler) throws E {
    DEFAULT.loan(name, dtype, shape, order, filler);
  }

  /**
   * Makes a loan without a function. Publish it or close it yourself.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @return the loan
   */
  public static Loan openLoan(String name, DType dtype, long[] shape, Order order) {
    return DEFAULT.openLoan(name, dtype, shape, order);
  }

  /**
   * Makes a handle of a signal, whose calls need no look-up of the name. Makes the signal if it
   * does not exist.
   *
   * @param name the signal's name
   * @return the handle, which need not be closed
   */
  public static Signal openSignal(String name) {
    return DEFAULT.openSignal(name);
  }

  /**
   * Adds one to a signal and wakes all its waiters. What was written before the call is visible
   * after the wait.
   *
   * @param name the signal's name
   */
  public static void signal(String name) {
    DEFAULT.signal(name);
  }

  /**
   * Adds to a signal's counter.
   *
   * @param name the signal's name
   * @param n how much, 0 or more
   */
  public static void signal(String name, long n) {
    DEFAULT.signal(name, n);
  }

  /**
   * Whether a signal is set. Never waits, and makes no signal.
   *
   * @param name the signal's name
   * @return true when it was signalled after its last clear
   */
  public static boolean tryWait(String name) {
    return DEFAULT.tryWait(name);
  }

  /**
   * The counter of a signal.
   *
   * @param name the signal's name
   * @return how often it was signalled; 0 if the signal does not exist
   */
  public static long value(String name) {
    return DEFAULT.value(name);
  }

  /**
   * Unsets a signal. Its counter keeps its value.
   *
   * @param name the signal's name
   */
  public static void clear(String name) {
    DEFAULT.clear(name);
  }

  /**
   * Removes a signal. Waits for it end with {@link LinaException.NotFound}.
   *
   * @param name the signal's name
   */
  public static void removeSignal(String name) {
    DEFAULT.removeSignal(name);
  }

  /**
   * The signals of the arena.
   *
   * @return a snapshot, in no order
   */
  public static List<SignalInfo> signals() {
    return DEFAULT.signals();
  }

  /**
   * Waits until a signal is set. It stays set: {@link #clear} unsets it.
   *
   * @param name the signal's name
   * @throws InterruptedException when the thread is interrupted
   */
  public static void await(String name) throws InterruptedException {
    DEFAULT.await(name);
  }

  /**
   * Waits until a signal is set, but not longer than some time.
   *
   * @param name the signal's name
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void await(String name, Duration timeout) throws InterruptedException {
    DEFAULT.await(name, timeout);
  }

  /**
   * Waits until a signal's counter is at least some value. This needs no clear.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @throws InterruptedException when the thread is interrupted
   */
  public static void awaitValue(String name, long value) throws InterruptedException {
    DEFAULT.awaitValue(name, value);
  }

  /**
   * Waits until a signal's counter is at least some value, but not longer than some time.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void awaitValue(String name, long value, Duration timeout)
      throws InterruptedException {
    DEFAULT.awaitValue(name, value, timeout);
  }

  /**
   * Waits until one of several signals is set.
   *
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   */
  public static String awaitAny(String... names) throws InterruptedException {
    return DEFAULT.awaitAny(names);
  }

  /**
   * Waits until one of several signals is set, but not longer than some time.
   *
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static String awaitAny(Duration timeout, String... names) throws InterruptedException {
    return DEFAULT.awaitAny(timeout, names);
  }

  /**
   * Completes when a signal is set. Thousands of such waits share one thread. Actions that depend
   * on the future run on a few threads of Lina's, so name an executor for actions that block for
   * long. Cancelling the future ends the wait, and {@link CompletableFuture#orTimeout} limits it.
   *
   * @param name the signal's name
   * @return a future of the signal's counter; it fails with a {@link LinaException} when the arena
   *     is closed or the signal removed
   */
  public static CompletableFuture<Long> awaitAsync(String name) {
    return DEFAULT.awaitAsync(name);
  }

  /**
   * Completes when a signal's counter is at least some value.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @return a future of the counter
   */
  public static CompletableFuture<Long> awaitValueAsync(String name, long value) {
    return DEFAULT.awaitValueAsync(name, value);
  }

  /**
   * The arena's numbers.
   *
   * @return a snapshot
   */
  public static ArenaInfo info() {
    return DEFAULT.info();
  }

  /**
   * A file descriptor of the arena. Another process that inherits or receives it attaches it as
   * {@code "fd:N"}. Lina owns it: do not close it.
   *
   * @return the file descriptor
   */
  public static int fd() {
    return DEFAULT.fd();
  }

  /** Writes the memory of a {@code "file:"} arena to its file, and waits until the disk has it. */
  public static void sync() {
    DEFAULT.sync();
  }

  /**
   * Checks every invariant of the arena's tables, and throws {@code CORRUPT} with the first one
   * that does not hold.
   */
  public static void checkTables() {
    DEFAULT.checkTables();
  }
}
