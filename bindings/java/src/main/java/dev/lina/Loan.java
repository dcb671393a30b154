package dev.lina;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The next generation of an array, which others cannot see before it is published. It may have any
 * bytes at first: fill all of them.
 *
 * <p>{@link Lina#loan(String, DType, long[], Filler)} publishes the loan if the function succeeds,
 * and discards it if the function throws. After {@link Lina#openLoan}, you do that yourself.
 */
public final class Loan extends LinaArray {
  private final ArrayCalls arena;
  private State state = State.LOAN;
  private boolean isKept;

  private enum State {
    LOAN,
    PUBLISHED,
    DISCARDED
  }

  Loan(ArrayCalls arena, ViewFacts facts) {
    super(facts);
    this.arena = arena;
  }

  /**
   * What fills a loan: see {@link Lina#loan(String, DType, long[], Filler)}.
   *
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface Filler<E extends Exception> {
    /**
     * Fills the loan.
     *
     * @param loan what to fill
     * @throws E when the loan should be discarded
     */
    void fill(Loan loan) throws E;
  }

  /**
   * True until it is published or discarded.
   *
   * @return true at first
   */
  public boolean isLoan() {
    return state == State.LOAN;
  }

  /**
   * Keeps this object valid after publishing, as a view of the published generation.
   *
   * @return this
   */
  public Loan keep() {
    isKept = true;
    return this;
  }

  /**
   * Makes the loan the current generation. Readers see the whole old generation or the whole new
   * one, never a mix. In a stream, this waits for room.
   *
   * @throws LinaException when it was published or discarded, or cannot be published now; it is
   *     still a loan in the latter case
   */
  public void publish() {
    publish((Duration) null);
  }

  /**
   * The same. In a stream, it waits for room for at most some time. After a time-out or an
   * interrupt, the exception has the {@linkplain LinaException#loan loan}.
   *
   * @param timeout how long; null means for ever; with zero or less it does not wait
   * @throws LinaException.TimedOut when the time has passed
   * @throws LinaException.Behind when there is no room, and the time-out is zero or less
   * @throws LinaException.Interrupted when the thread is interrupted while it waits
   */
  public void publish(Duration timeout) {
    requireLoan();
    publish(() -> publishWithin(timeout));
  }

  /**
   * Publishes the loan once the stream has room for it. No thread waits meanwhile. Cancelling the
   * future ends the wait, and {@link CompletableFuture#orTimeout} limits it. The loan is then still
   * a loan.
   *
   * @return a future that completes when it is published
   */
  public CompletableFuture<Void> publishAsync() {
    CompletableFuture<Void> published = new CompletableFuture<>();
    publishInto(published);
    return published;
  }

  private void publishInto(CompletableFuture<Void> published) {
    try {
      synchronized (this) { // not while another thread cancels
        if (published.isDone() || tryToPublish()) {
          published.complete(null);
          return;
        }
      }
      Notifier.moreAsync(room(), Long.MAX_VALUE)
          .whenComplete((value, why) -> publishInto(published));
    } catch (LinaException e) {
      published.completeExceptionally(e);
    }
  }

  private boolean tryToPublish() {
    try {
      publish(Duration.ZERO);
      return true;
    } catch (LinaException.Behind e) {
      return false;
    }
  }

  private Pending.OfStream room() {
    return Pending.OfStream.room(arena.handle(), name());
  }

  private void publishWithin(Duration timeout) {
    long result = publishOnce(0);
    if (result == ErrorCode.BEHIND.number() && Sleep.nanos(timeout) > 0) {
      result = waitForRoom(timeout);
    }
    if (result < 0) {
      LinaException why = Failures.failure((int) result);
      throw result == ErrorCode.BEHIND.number() ? why.with(this) : why;
    }
  }

  private long publishOnce(long nanos) {
    return arena.answer(handle -> hold.publish(nanos));
  }

  /** The result of publishing, or an exception with this loan. */
  private long waitForRoom(Duration timeout) {
    try {
      long result =
          Streams.waitFor(
              "room in stream \"" + name() + "\"",
              timeout,
              nanos -> isToWait(publishOnce(nanos)),
              this::room);
      if (result != Sleep.NOT_YET) {
        return result;
      }
    } catch (LinaException.Interrupted e) {
      throw e.with(this);
    }
    long result = publishOnce(0); // whose message says who is behind
    if (result != ErrorCode.BEHIND.number()) {
      return result;
    }
    throw new LinaException.TimedOut(
            Failures.failure((int) result).getMessage()
                + "; nothing changed"
                + Sleep.within(timeout))
        .with(this);
  }

  private static long isToWait(long result) {
    return result == ErrorCode.BEHIND.number()
            || result == ErrorCode.TIMEOUT.number()
            || result == ErrorCode.INTERRUPTED.number()
        ? Sleep.NOT_YET
        : result;
  }

  private void publish(Runnable publishing) {
    if (!isKept) {
      publishing.run();
      state = State.PUBLISHED;
      super.close();
      return;
    }
    byte[] facts = new byte[Core.VIEW_SIZE];
    long second = Failures.check(hold.retain(facts));
    try {
      publishing.run();
    } catch (Throwable e) {
      Core.CORE.releaseView(second);
      throw e;
    }
    hold.take(second);
    state = State.PUBLISHED;
  }

  /** Gives the memory back, unpublished. */
  public void discard() {
    requireLoan();
    close();
  }

  /** Discards it, unless it was published. */
  @Override
  public void close() {
    if (state == State.LOAN) {
      state = State.DISCARDED;
    }
    super.close();
  }

  private void requireLoan() {
    if (state != State.LOAN) {
      throw new LinaException.Invalid(
          "array \"" + name() + "\": the loan was " + word() + " already");
    }
  }

  private String word() {
    return state == State.PUBLISHED ? "published" : "discarded";
  }

  @Override
  String whyEnded() {
    return state == State.PUBLISHED && !isKept
        ? "the loan was published, and ended so; Lina.array opens it, and loan.keep() before lets"
            + " it go on"
        : state == State.DISCARDED ? "the loan was discarded" : super.whyEnded();
  }
}
