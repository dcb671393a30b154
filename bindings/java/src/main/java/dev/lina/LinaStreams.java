package dev.lina;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Streams and members of the default arena. */
abstract class LinaStreams extends LinaSegments {
  LinaStreams() {}

  /**
   * Makes a name a stream, which keeps its last generations in order. Producers and followers may
   * both call this.
   *
   * @param name the stream's name
   * @param depth how many generations it keeps, 1 or more
   * @throws LinaException when the stream has another depth: {@code EXISTS}
   */
  public static void stream(String name, int depth) {
    Lina.DEFAULT.stream(name, depth);
  }

  /**
   * Checks that a name is a stream of any depth.
   *
   * @param name the stream's name
   * @throws LinaException.NotFound when it is not a stream
   */
  public static void stream(String name) {
    Lina.DEFAULT.stream(name);
  }

  /**
   * Describes a stream.
   *
   * @param name the stream's name
   * @return a snapshot
   * @throws LinaException.NotFound when the name is no stream
   */
  public static StreamInfo streamInfo(String name) {
    return Lina.DEFAULT.streamInfo(name);
  }

  /**
   * The streams of the arena.
   *
   * @return a snapshot, in no order
   */
  public static List<StreamInfo> streams() {
    return Lina.DEFAULT.streams();
  }

  /**
   * Makes this member a producer of a stream, until the result is closed.
   *
   * @param name the stream's name
   * @return the producer; close it at the end
   */
  public static Producer produce(String name) {
    return Lina.DEFAULT.produce(name);
  }

  /**
   * Follows a stream from its next generation on. Producers wait for it.
   *
   * @param name the stream's name
   * @return the follower, which is open when this returns
   */
  public static Follower follow(String name) {
    return Lina.DEFAULT.follow(name);
  }

  /**
   * Follows a stream.
   *
   * @param name the stream's name
   * @param options where to begin, and how to read
   * @return the follower, which is open when this returns
   */
  public static Follower follow(String name, FollowOptions options) {
    return Lina.DEFAULT.follow(name, options);
  }

  /**
   * Gives this member of the arena a name, by which others may depend on it.
   *
   * @param name its name; null for none
   * @throws LinaException when another living member has the name: {@code EXISTS}
   */
  public static void setMemberName(String name) {
    Lina.DEFAULT.setMemberName(name);
  }

  /**
   * The living members of the arena.
   *
   * @return a snapshot, in no order
   */
  public static List<MemberInfo> members() {
    return Lina.DEFAULT.members();
  }

  /**
   * Waits until a member is gone. If the last member that had the name is gone, this returns at
   * once. If no member ever had the name, this waits for the first one that takes it.
   *
   * @param name the member's name
   * @throws InterruptedException when the thread is interrupted
   */
  public static void awaitMember(String name) throws InterruptedException {
    Lina.DEFAULT.awaitMember(name);
  }

  /**
   * Waits until a member is gone, but not longer than some time.
   *
   * @param name the member's name
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void awaitMember(String name, Duration timeout) throws InterruptedException {
    Lina.DEFAULT.awaitMember(name, timeout);
  }

  /**
   * Waits until a signal is set, unless the member that should set it is gone.
   *
   * @param name the signal's name
   * @param wait the member that the wait depends on, and the time-out
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void await(String name, Wait wait) throws InterruptedException {
    Lina.DEFAULT.await(name, wait);
  }

  /**
   * Waits until a signal's counter is at least some value, unless a member is gone.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param wait the member that the wait depends on, and the time-out
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public static void awaitValue(String name, long value, Wait wait) throws InterruptedException {
    Lina.DEFAULT.awaitValue(name, value, wait);
  }

  /**
   * Waits until one of several signals is set, unless a member is gone.
   *
   * @param wait the member that the wait depends on, and the time-out
   * @param names the signals' names, 1 to 64
   * @return the name of the signal that is set; if several are, the first of them
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.MemberDied when the member is gone
   * @throws LinaException.TimedOut when the time has passed
   */
  public static String awaitAny(Wait wait, String... names) throws InterruptedException {
    return Lina.DEFAULT.awaitAny(wait, names);
  }

  /**
   * Completes when a signal is set, unless the member that should set it is gone, or a time has
   * passed.
   *
   * @param name the signal's name
   * @param wait the member that the wait depends on, and the time-out
   * @return a future of the signal's counter; it fails with {@link LinaException.MemberDied} when
   *     the member is gone, and with {@link LinaException.TimedOut} when the time has passed
   */
  public static CompletableFuture<Long> awaitAsync(String name, Wait wait) {
    return Lina.DEFAULT.awaitAsync(name, wait);
  }

  /**
   * Completes when a signal's counter is at least some value, unless a member is gone, or a time
   * has passed.
   *
   * @param name the signal's name
   * @param value the value, 0 or more
   * @param wait the member that the wait depends on, and the time-out
   * @return a future of the counter, which fails as that of {@link #awaitAsync(String, Wait)}
   */
  public static CompletableFuture<Long> awaitValueAsync(String name, long value, Wait wait) {
    return Lina.DEFAULT.awaitValueAsync(name, value, wait);
  }

  /**
   * The same. In a stream, it waits for room for at most some time.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param timeout how long; null means for ever; with zero or less it does not wait
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   * @throws LinaException.TimedOut when the time has passed; the {@link LinaException#loan} of the
   *     exception is still a loan
   * @throws LinaException.Behind the same for a time-out of zero or less
   */
  public static <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Duration timeout, Loan.Filler<E> filler) throws E {
    Lina.DEFAULT.loan(name, dtype, shape, timeout, filler);
  }

  /**
   * The same in an order of your choice.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @param timeout how long; null means for ever; with zero or less it does not wait
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public static <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Order order, Duration timeout, Loan.Filler<E> filler)
      throws E {
    Lina.DEFAULT.loan(name, dtype, shape, order, timeout, filler);
  }

  /**
   * Makes a further member of the default arena, with a number and a name of its own.
   *
   * @return the arena by another handle, which the caller closes
   */
  public static Lina.Arena join() {
    return Lina.DEFAULT.join();
  }
}
