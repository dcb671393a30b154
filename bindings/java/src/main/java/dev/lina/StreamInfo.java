package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A stream of an arena.
 *
 * @param name its name
 * @param depth how many generations it keeps
 * @param kept how many it keeps now, the newest included
 * @param sequence of the newest generation; 0 if there is none
 * @param readers how many readers are reliable: producers wait for them
 * @param producers how many members produce
 * @param state whether a member produces
 * @param unread how many generations the slowest of the readers has still to take
 */
public record StreamInfo(
    String name,
    int depth,
    int kept,
    long sequence,
    int readers,
    int producers,
    State state,
    long unread) {

  /** Whether a member produces. */
  public enum State {
    /** No member has produced yet. */
    NEW,
    /** A member produces. */
    PRODUCED,
    /** The last producer has ended. */
    ENDED,
    /** The last producer is gone, and did not end the stream. */
    DIED
  }

  /** From a lina_stream_info_t, which begins at {@code at}. */
  static StreamInfo of(byte[] bytes, int at) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes, at, Core.STREAM_INFO_SIZE).slice().order(ByteOrder.nativeOrder());
    return new StreamInfo(
        Descriptor.name(bytes, at),
        in.getInt(64),
        in.getInt(68),
        in.getLong(72),
        in.getInt(80),
        in.getInt(84),
        State.values()[in.getInt(88) & 3],
        in.getLong(96));
  }
}
