package dev.lina;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * How to follow a stream. By default, a follower begins with the next generation, producers wait
 * for it, and it waits for ever. Each method returns options with one thing changed:
 *
 * <pre>{@code
 * FollowOptions options = FollowOptions.defaults().oldest().timeout(Duration.ofSeconds(10));
 * }</pre>
 */
public final class FollowOptions {
  private static final int NEXT = 0;
  private static final int LATEST = 1;
  private static final int OLDEST = 2;
  private static final int AT = 3;
  private static final int LOSSY = 1;
  private static final int REVIVE = 2;
  private static final FollowOptions DEFAULTS = new FollowOptions(NEXT, 0, 0, 0, null, null);

  private final int start;
  private final long at;
  private final int flags;
  private final int maxHeld;
  private final Duration timeout;
  private final Executor executor;

  private FollowOptions(
      int start, long at, int flags, int maxHeld, Duration timeout, Executor executor) {
    this.start = start;
    this.at = at;
    this.flags = flags;
    this.maxHeld = maxHeld;
    this.timeout = timeout;
    this.executor = executor;
  }

  /**
   * The options of a follower that is made without options.
   *
   * @return the defaults
   */
  public static FollowOptions defaults() {
    return DEFAULTS;
  }

  private FollowOptions startingAt(int start, long at) {
    return new FollowOptions(start, at, flags, maxHeld, timeout, executor);
  }

  private FollowOptions flag(int flag) {
    return new FollowOptions(start, at, flags | flag, maxHeld, timeout, executor);
  }

  /**
   * Begins with the newest generation, if there is one.
   *
   * @return the changed options
   */
  public FollowOptions latest() {
    return startingAt(LATEST, 0);
  }

  /**
   * Begins with the oldest generation that the stream keeps.
   *
   * @return the changed options
   */
  public FollowOptions oldest() {
    return startingAt(OLDEST, 0);
  }

  /**
   * Begins with the generation of this sequence. Generations that were dropped already count as
   * lost.
   *
   * @param sequence the sequence, 1 or more
   * @return the changed options
   */
  public FollowOptions at(long sequence) {
    if (sequence < 1) {
      throw new IllegalArgumentException("sequence " + sequence + ": sequences begin at 1");
    }
    return startingAt(AT, sequence);
  }

  /**
   * Producers do not wait for this follower, so it may miss generations.
   *
   * @return the changed options
   */
  public FollowOptions lossy() {
    return flag(LOSSY);
  }

  /**
   * If the last producer dies, waits for the next one.
   *
   * @return the changed options
   */
  public FollowOptions revive() {
    return flag(REVIVE);
  }

  /**
   * Limits how many generations it holds at once: the last one, and those that were kept.
   *
   * @param most how many; 0 is the stream's depth
   * @return the changed options
   */
  public FollowOptions maxHeld(int most) {
    if (most < 0) {
      throw new IllegalArgumentException("maxHeld " + most + " is below 0");
    }
    return new FollowOptions(start, at, flags, most, timeout, executor);
  }

  /**
   * Limits the wait for each generation.
   *
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @return the changed options
   */
  public FollowOptions timeout(Duration timeout) {
    return new FollowOptions(start, at, flags, maxHeld, timeout, executor);
  }

  /**
   * Runs a {@link java.util.concurrent.Flow.Subscriber} on the threads of this executor. The
   * default is a few threads that all of Lina's futures share.
   *
   * @param executor what runs it
   * @return the changed options
   */
  public FollowOptions executor(Executor executor) {
    Objects.requireNonNull(executor, "the executor is null");
    return new FollowOptions(start, at, flags, maxHeld, timeout, executor);
  }

  Duration timeout() {
    return timeout;
  }

  boolean isToRevive() {
    return (flags & REVIVE) != 0;
  }

  Executor executorOr(Executor other) {
    return executor == null ? other : executor;
  }

  /** Returns the address of a new reader, or a code. */
  long open(long arena, byte[] name) {
    return Core.CORE.openReader(arena, name, start, at, flags, maxHeld);
  }
}
