package dev.lina;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A signal of an arena.
 *
 * @param name its name
 * @param value its counter
 * @param isSet whether it was signalled after its last clear
 */
public record SignalInfo(String name, long value, boolean isSet) {
  /** From a lina_signal_info_t, which begins at {@code at}. */
  static SignalInfo of(byte[] bytes, int at) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes, at, Core.SIGNAL_INFO_SIZE).slice().order(ByteOrder.nativeOrder());
    long value = in.getLong(64);
    return new SignalInfo(Descriptor.name(bytes, at), value, value != in.getLong(72));
  }
}
