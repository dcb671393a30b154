package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * A member of an arena: one that joined it and lives.
 *
 * @param name its name; empty without
 * @param number its number, which another may have after it
 * @param pid its process; 0 where that cannot be told, as in another space of process ids
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
