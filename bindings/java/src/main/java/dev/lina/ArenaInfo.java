package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An arena's numbers.
 *
 * @param size bytes of data
 * @param usedBytes bytes of data in live, loaned and still held arrays
 * @param residentBytes bytes that the system has given it, tables included
 * @param arrays live arrays
 * @param held generations that are no longer current, but still held
 * @param loans loans that are not published yet
 * @param signals signals
 * @param members members that are alive, this process included
 * @param maxArrays the most arrays and held generations that it can have
 * @param maxSignals the most signals that it can have
 * @param maxMembers the most members that it can have
 * @param member this member's number
 * @param isReadOnly whether it was attached without the right to write
 * @param isOrphan of {@link Lina#inspect(String)}: whether no member is alive
 * @param where as it was made or attached; empty for an anonymous one
 */
public record ArenaInfo(
    long size,
    long usedBytes,
    long residentBytes,
    int arrays,
    int held,
    int loans,
    int signals,
    int members,
    int maxArrays,
    int maxSignals,
    int maxMembers,
    int member,
    boolean isReadOnly,
    boolean isOrphan,
    String where) {

  /** From a lina_arena_info_t. */
  static ArenaInfo of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return new ArenaInfo(
        in.getLong(0),
        in.getLong(8),
        in.getLong(16),
        in.getInt(24),
        in.getInt(28),
        in.getInt(64),
        in.getInt(32),
        in.getInt(36),
        in.getInt(40),
        in.getInt(44),
        in.getInt(48),
        in.getInt(52),
        in.getInt(56) != 0,
        in.getInt(60) != 0,
        text(bytes, 72, 256));
  }

  private static String text(byte[] bytes, int at, int most) {
    int end = at;
    while (end < at + most && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
  }
}
