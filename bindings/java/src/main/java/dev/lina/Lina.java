package dev.lina;

import static dev.lina.Core.CORE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Named arrays in shared memory, and signals that say when to look at them. These are the calls of
 * the default arena, which all of the process has in common; {@link Arena} has the same for any
 * other.
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
 * <p>Where the environment variable {@code LINA_ARENA} names an arena, the first call joins it.
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
     * A new arena that others reach by its descriptor alone.
     *
     * @param bytes how many bytes of data; pages are taken when they are touched
     * @return the arena
     */
    public static Arena create(long bytes) {
      return new Arena(new Handle(Failures.check(make(bytes, null, ArenaOptions.defaults()))));
    }

    /**
     * A new arena with a name.
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
     * A new arena with options.
     *
     * @param bytes how many bytes of data
     * @param where its name, or null
     * @param options what it is like
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
     * A further member of this arena, on the same memory: with a number and a name of its own, and
     * gone when it is closed. One for each script that a program runs, say.
     *
     * @return the arena, by a handle that is to be closed
     */
    public Arena join() {
      return new Arena(new Handle(withinLong(CORE::joinArena)));
    }

    /**
     * Ends the membership. Waits end with {@link LinaException.Closed}, views stay valid. Of the
     * default arena: {@link Lina#shutdown}.
     */
    @Override
    public void close() {
      end();
    }

    /**
     * What it is, for people.
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
   * Makes an arena of this process's own the default one.
   *
   * @param bytes how many bytes of data; pages are taken when they are touched
   * @throws LinaException when there is a default arena already: {@code EXISTS}
   */
  public static void initArena(long bytes) {
    initArena(bytes, null, ArenaOptions.defaults());
  }

  /**
   * Makes an arena with a name, which others can attach, the default one.
   *
   * @param bytes how many bytes of data
   * @param where {@code "shm:NAME"}, or {@code "file:PATH"} for one that keeps its arrays over a
   *     restart
   */
  public static void initArena(long bytes, String where) {
    initArena(bytes, where, ArenaOptions.defaults());
  }

  /**
   * Makes an arena with options the default one.
   *
   * @param bytes how many bytes of data
   * @param where its name, or null
   * @param options what it is like
   */
  public static void initArena(long bytes, String where, ArenaOptions options) {
    DefaultArena.become(() -> Arena.make(bytes, where, options));
  }

  /**
   * Makes an arena with a name the default one, or joins the one that has the name already. Of
   * several processes that call this at once, one makes it. Nothing happens where it is the default
   * arena already.
   *
   * @param bytes how many bytes of data it has at least
   * @param where its name
   */
  public static void joinArena(long bytes, String where) {
    joinArena(bytes, where, ArenaOptions.defaults());
  }

  /**
   * The same with options, for the case that it is made.
   *
   * @param bytes how many bytes of data it has at least
   * @param where its name
   * @param options what it is like
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
   * Ends Java's use of the default arena. Views stay valid. At the end of a program nothing needs
   * it.
   */
  public static void shutdown() {
    DEFAULT.end();
  }

  /**
   * The default arena as an object.
   *
   * @return the arena that the calls of this class mean
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
   * Takes a named arena's name away, when no member is alive any more.
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
   * @return where the process has it from
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
   * Takes an array's name away. Views of it stay valid.
   *
   * @param name the array's name
   */
  public static void remove(String name) {
    DEFAULT.remove(name);
  }

  /**
   * Says that no C program has a raw pointer to older generations of an array any more: their
   * memory may be used again.
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
   * @param strides the bytes from one element of the part to the next, negative and zero ones too;
   *     null for elements one after another
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
   * Publishes the next generation of an array, or the first: the function fills memory that nobody
   * else can see, and readers see the old generation or the new one, whole, never a mix. When the
   * function throws, nothing is published.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param filler fills the loan, whose bytes are whatever was there
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
   * A loan without a function: publish or close it yourself.
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
   * A handle of a signal, which skips the look-up of the name. The signal is made if it is not
   * there.
   *
   * @param name the signal's name
   * @return the handle, which needs no closing
   */
  public static Signal openSignal(String name) {
    return DEFAULT.openSignal(name);
  }

  /**
   * Adds one to a signal and wakes all that wait for it. What was written before is seen after the
   * wait.
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
   * @return how often it was signalled; 0 for a signal that nobody has used
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
   * Takes a signal away. Waits for it end with {@link LinaException.NotFound}.
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
   * Waits until a signal is set, for some time at most.
   *
   * @param name the signal's name
   * @param timeout how long; null is for ever; zero and less only look
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void await(String name, Duration timeout) throws InterruptedException {
    DEFAULT.await(name, timeout);
  }

  /**
   * Waits until a signal's counter is at least some value: no clear is needed.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @throws InterruptedException when the thread is interrupted
   */
  public static void awaitValue(String name, long value) throws InterruptedException {
    DEFAULT.awaitValue(name, value);
  }

  /**
   * Waits until a signal's counter is at least some value, for some time at most.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param timeout how long; null is for ever; zero and less only look
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
   * @return the name of the one that is set; the first of them where several are
   * @throws InterruptedException when the thread is interrupted
   */
  public static String awaitAny(String... names) throws InterruptedException {
    return DEFAULT.awaitAny(names);
  }

  /**
   * Waits until one of several signals is set, for some time at most.
   *
   * @param timeout how long; null is for ever; zero and less only look
   * @param names the signals' names, 1 to 64
   * @return the name of the one that is set; the first of them where several are
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static String awaitAny(Duration timeout, String... names) throws InterruptedException {
    return DEFAULT.awaitAny(timeout, names);
  }

  /**
   * Completes when a signal is set. Thousands of such waits have one thread between them. What
   * hangs on the future runs on a few threads of Lina's: name an executor for what blocks for long.
   * Cancelling the future gives the wait up, and {@link CompletableFuture#orTimeout} bounds it.
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
   * A descriptor of the arena, to be inherited or passed on and attached as {@code "fd:N"}. It
   * stays Lina's.
   *
   * @return the file descriptor
   */
  public static int fd() {
    return DEFAULT.fd();
  }

  /**
   * Writes what is in memory to the file of a {@code "file:"} arena, and waits until the disk has
   * it.
   */
  public static void sync() {
    DEFAULT.sync();
  }

  /**
   * Checks every invariant of the arena's tables, and raises {@code CORRUPT} with the first that
   * does not hold.
   */
  public static void checkTables() {
    DEFAULT.checkTables();
  }
}
