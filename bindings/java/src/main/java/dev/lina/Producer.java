package dev.lina;

/**
 * Says that this member produces a stream, until it is closed. When the last producer of a stream
 * has closed, followers get what is left, and then the end.
 */
public final class Producer implements AutoCloseable {
  private final StreamCalls arena;
  private final Handle handle;
  private final String name;
  private boolean isClosed;

  Producer(StreamCalls arena, Handle handle, String name) {
    this.arena = arena;
    this.handle = handle;
    this.name = name;
  }

  /**
   * The stream's name.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /** Ends producing. A stream that was removed, or whose arena was closed, has ended already. */
  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    if (!handle.isClosed()) {
      arena.endProducing(name);
    }
  }

  /**
   * What it is, for people.
   *
   * @return its stream's name
   */
  @Override
  public String toString() {
    return "Producer[" + name + "]";
  }
}
