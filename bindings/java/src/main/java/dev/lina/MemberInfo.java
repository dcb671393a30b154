package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * A living member of an arena.
 *
 * @param name its name; empty if it has none
 * @param number its number, which a later member may have again
 * @param pid its process; 0 if that is not known, as in another pid namespace
 * @param incarnation a number that no other member has or will have
 * @param since when it joined
 * @param isSelf whether it is this one
 */
public record MemberInfo(
    String name, int number, int pid, long incarnation, Instant since, boolean isSelf) {

  /** From a lina_member_info_t, which begins at {@code at}. */
  static MemberInfo of(byte[] bytes, int at) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes, at, Core.MEMBER_INFO_SIZE).slice().order(ByteOrder.nativeOrder());
    return new MemberInfo(
        Descriptor.name(bytes, at),
        in.getInt(64),
        in.getInt(68),
        in.getLong(72),
        Instant.EPOCH.plusNanos(in.getLong(80)),
        in.getInt(88) != 0);
  }
}
