package dev.lina;

import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.Flow;

/**
 * Follows a stream: gives each of its generations once, in order, to a loop or to a subscriber.
 *
 * <pre>{@code
 * Lina.initArena(1 << 20);
 * Lina.stream("frames", 8);
 * try (Follower frames = Lina.follow("frames")) { // open from here on
 *   try (Producer producer = Lina.produce("frames")) {
 *     Lina.loan("frames", DType.F64, new long[] {4}, next -> next.setDouble(42.0, 0));
 *   }
 *   for (StreamArray frame : frames) {
 *     assert frame.getDouble(0) == 42.0;
 *   }
 * }
 * Lina.shutdown();
 * }</pre>
 *
 * <p>A generation ends when the loop asks for the next one, unless {@link StreamArray#keep} was
 * called. A buffer of a generation, such as {@link LinaArray#asDoubleBuffer}, holds it until the
 * garbage collector has run, and the loop asks for that when it holds {@link
 * FollowOptions#maxHeld}. So a loop over many generations is faster with {@code get} and {@code
 * copyTo}. The loop ends after the last producer has ended. It throws {@link
 * LinaException.MemberDied} if the last producer is gone without that, and {@link
 * LinaException.TimedOut} after the time of {@link FollowOptions#timeout}. If its thread is
 * interrupted, it throws {@link LinaException.Interrupted}, and the thread stays interrupted. After
 * each of these exceptions, the loop can go on.
 *
 * <p>As a {@link Flow.Publisher}, it has one subscriber, which gets as many generations as it
 * requests. It has no thread of its own: see {@link FollowOptions#executor}. A generation ends when
 * {@code onNext} returns, unless it was kept. Cancelling closes the follower.
 *
 * <p>One thread at a time may take generations. Any thread may close it.
 */
public final class Follower
    implements Iterable<StreamArray>, Flow.Publisher<StreamArray>, AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Handle handle;
  private final String name;
  private final FollowOptions options;
  private final Reader reader;
  private final Cleaner.Cleanable cleanable;
  private StreamArray last;
  private StreamArray ahead;
  private boolean hasEnded;
  private boolean isTaken;

  Follower(Handle handle, String name, FollowOptions options, long reader) {
    this.handle = handle;
    this.name = name;
    this.options = options;
    this.reader = new Reader(name, reader);
    this.cleanable = CLEANER.register(this, this.reader);
  }

  /**
   * The stream's name.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * How many generations it has missed, including those that were dropped before it began.
   *
   * @return the number
   */
  public long lost() {
    return reader.lost();
  }

  /**
   * The sequence of the generation that was taken last. Another follower that begins {@linkplain
   * FollowOptions#at at} one more goes on there.
   *
   * @return the sequence; before the first generation was taken, the one before it
   */
  public long sequence() {
    return reader.sequence();
  }

  /**
   * Whether it was closed, or its stream has ended.
   *
   * @return true when it takes nothing any more
   */
  public boolean isClosed() {
    return reader.isClosed();
  }

  /** Ends it. Any thread may call this. Generations that it gave stay as they are. */
  @Override
  public void close() {
    cleanable.clean();
  }

  // ---- a loop ----

  /**
   * Returns an iterator over the generations, for one loop or for several, one after the other.
   *
   * @return an iterator, whose {@code hasNext} waits
   */
  @Override
  public Iterator<StreamArray> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        if (ahead == null && !hasEnded) {
          ahead = take();
        }
        return ahead != null;
      }

      @Override
      public StreamArray next() {
        if (!hasNext()) {
          throw new NoSuchElementException("stream \"" + name + "\": it is over");
        }
        last = ahead;
        ahead = null;
        return last;
      }
    };
  }

  /** The next generation; null after the end. */
  private StreamArray take() {
    byte[] view = new byte[Core.VIEW_SIZE];
    moveOn();
    long address =
        Streams.waitFor(
            "stream \"" + name + "\"",
            options.timeout(),
            nanos -> Streams.endOrOutcome(next(nanos, view)),
            this::newPending);
    if (address == Streams.ENDED) {
      end();
      return null;
    }
    if (address == Sleep.NOT_YET) {
      throw timedOut();
    }
    return new StreamArray(ViewFacts.of(address, view));
  }

  // ---- for this package ----

  /** Ends the view that was given last, unless it was kept. */
  void moveOn() {
    if (last != null) {
      last.pass();
      last = null;
    }
  }

  /** Takes the next view. If the reader holds too many, some may be garbage: see {@link Room}. */
  private long next(long nanos, byte[] view) {
    return Room.findForReader(() -> reader.next(nanos, view));
  }

  /**
   * Returns the next generation without waiting, or null if there is none yet or the stream has
   * ended.
   */
  StreamArray poll() {
    byte[] view = new byte[Core.VIEW_SIZE];
    moveOn();
    long address = Streams.endOrOutcome(next(0, view));
    if (address == Streams.ENDED) {
      end();
    }
    if (address < 0) {
      return null;
    }
    last = new StreamArray(ViewFacts.of(address, view));
    return last;
  }

  boolean hasEnded() {
    return hasEnded;
  }

  private void end() {
    hasEnded = true;
    close();
  }

  /** Makes a wait for the next generation. */
  Pending.OfStream newPending() {
    return reader.parked(Pending.OfStream.head(handle, name, sequence() + 1, options.isToRevive()));
  }

  FollowOptions options() {
    return options;
  }

  LinaException timedOut() {
    return new LinaException.TimedOut(
        "stream \"" + name + "\": nothing came" + Sleep.within(options.timeout()));
  }

  // ---- a subscriber ----

  /**
   * Gives the generations to a subscriber.
   *
   * @param subscriber the only one; another gets an {@link IllegalStateException}
   */
  @Override
  public void subscribe(Flow.Subscriber<? super StreamArray> subscriber) {
    Feed feed = new Feed(this, subscriber);
    if (claim()) {
      feed.begin();
    } else {
      feed.refuse();
    }
  }

  /** False when there was a subscriber already. */
  private synchronized boolean claim() {
    boolean isFirst = !isTaken;
    isTaken = true;
    return isFirst;
  }

  /**
   * A text for people.
   *
   * @return its stream's name, and how far it is
   */
  @Override
  public String toString() {
    return "Follower[" + name + ", behind " + sequence() + (isClosed() ? ", closed]" : "]");
  }
}
