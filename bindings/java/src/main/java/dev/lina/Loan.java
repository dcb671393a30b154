package dev.lina;

/**
 * The next generation of an array, which nobody else can see before it is published. Its bytes are
 * whatever was there before: fill all of them.
 *
 * <p>{@link Lina#loan(String, DType, long[], Filler)} publishes it when the function ends well, and
 * discards it when it throws. {@link Lina#openLoan} leaves that to you.
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
   * Whether it is neither published nor discarded.
   *
   * @return true at first
   */
  public boolean isLoan() {
    return state == State.LOAN;
  }

  /**
   * Lets this object go on as a view of the generation that it becomes, where it would end with the
   * publishing.
   *
   * @return this
   */
  public Loan keep() {
    isKept = true;
    return this;
  }

  /**
   * Makes it the current generation: readers see the old one or this, whole, never a mix.
   *
   * @throws LinaException when it was published or discarded, or cannot be published now; it is
   *     still a loan in the latter case
   */
  public void publish() {
    requireLoan();
    if (isKept) {
      publishAndKeep();
    } else {
      arena.within(handle -> hold.publish());
      state = State.PUBLISHED;
      super.close();
    }
  }

  private void publishAndKeep() {
    byte[] facts = new byte[Core.VIEW_SIZE];
    long second = Failures.check(hold.retain(facts));
    try {
      arena.within(handle -> hold.publish());
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
