package dev.lina;

/**
 * A generation of a stream, as {@link Follower} gives it. It ends when its follower moves on, so
 * that producers get the memory back without the collector's help.
 */
public final class StreamArray extends LinaArray {
  private boolean isKept;
  private boolean wasPassed;

  StreamArray(ViewFacts facts) {
    super(facts);
  }

  /**
   * Keeps it valid when its follower moves on. Close it, or leave it to the collector.
   *
   * @return this
   */
  public StreamArray keep() {
    isKept = true;
    return this;
  }

  /**
   * Ends it, because its follower moves on. If a native call still uses it, the collector ends it
   * later.
   */
  void pass() {
    if (isKept || isClosed()) {
      return;
    }
    wasPassed = true;
    try {
      close();
    } catch (LinaException e) {
      wasPassed = false;
    }
  }

  @Override
  String whyEnded() {
    return wasPassed
        ? "its follower moved on, and it ended so; keep() before lets it go on"
        : super.whyEnded();
  }
}
