package dev.lina;

import static dev.lina.Core.CORE;

import java.util.List;
import java.util.Objects;

/** Streams of an arena: names that keep their last generations in order. */
abstract class StreamCalls extends SignalCalls {
  StreamCalls(Handle handle) {
    super(handle);
  }

  /**
   * Makes a name a stream, which keeps its last generations in order. Producers and followers may
   * both call this.
   *
   * @param name the stream's name
   * @param depth how many generations it keeps, 1 or more
   * @throws LinaException when the stream has another depth: {@code EXISTS}
   */
  public void stream(String name, int depth) {
    byte[] bytes = Text.name("stream", name);
    if (depth < 1) {
      throw new IllegalArgumentException(
          "stream \"" + name + "\": a depth of " + depth + ": it takes 1 or more");
    }
    within(arena -> CORE.openStream(arena, bytes, depth));
  }

  /**
   * Checks that a name is a stream of any depth.
   *
   * @param name the stream's name
   * @throws LinaException.NotFound when it is not a stream
   */
  public void stream(String name) {
    byte[] bytes = Text.name("stream", name);
    within(arena -> CORE.openStream(arena, bytes, 0));
  }

  /**
   * Describes a stream.
   *
   * @param name the stream's name
   * @return a snapshot
   * @throws LinaException.NotFound when the name is no stream
   */
  public StreamInfo streamInfo(String name) {
    byte[] bytes = Text.name("stream", name);
    byte[] out = new byte[Core.STREAM_INFO_SIZE];
    within(arena -> CORE.streamInfo(arena, bytes, out));
    return StreamInfo.of(out, 0);
  }

  /**
   * The streams of the arena.
   *
   * @return a snapshot, in no order
   */
  public List<StreamInfo> streams() {
    return Lists.read(
        Core.STREAM_INFO_SIZE,
        (out, written) -> within(arena -> CORE.listStreams(arena, out, written)),
        StreamInfo::of);
  }

  /**
   * Makes this member a producer of a stream, until the result is closed.
   *
   * @param name the stream's name
   * @return the producer; close it at the end
   */
  public Producer produce(String name) {
    byte[] bytes = Text.name("stream", name);
    Handle now = handle();
    within(arena -> CORE.produce(arena, bytes));
    return new Producer(this, now, name);
  }

  void endProducing(String name) {
    byte[] bytes = Text.name("stream", name);
    int result = (int) answer(arena -> CORE.endStream(arena, bytes));
    if (result != ErrorCode.NOT_FOUND.number()) {
      Failures.check(result);
    }
  }

  /**
   * Follows a stream from its next generation on. Producers wait for it.
   *
   * @param name the stream's name
   * @return the follower, which is open when this returns
   */
  public Follower follow(String name) {
    return follow(name, FollowOptions.defaults());
  }

  /**
   * Follows a stream.
   *
   * @param name the stream's name
   * @param options where to begin, and how to read
   * @return the follower, which is open when this returns
   */
  public Follower follow(String name, FollowOptions options) {
    byte[] bytes = Text.name("stream", name);
    Objects.requireNonNull(options, () -> "stream \"" + name + "\": the options are null");
    Handle now = handle();
    long reader = withinRoom(arena -> options.open(arena, bytes));
    return new Follower(now, name, options, reader);
  }
}
