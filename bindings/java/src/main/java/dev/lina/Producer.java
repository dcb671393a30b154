package dev.lina;

/**
 * Makes this member a producer of a stream until it is closed. When the last producer of a stream
 * has closed, followers get the remaining generations, and then their loops end.
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

  /** Ends producing. Does nothing if the stream was removed or the arena closed. */
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
   * A text for people.
   *
   * @return its stream's name
   */
  @Override
  public String toString() {
    return "Producer[" + name + "]";
  }
}
