package dev.lina;

import static dev.lina.Core.CORE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The parts of an array object: a view of liblina_core, and its memory. */
record ViewFacts(
    Descriptor desc, boolean readOnly, Hold hold, Memory memory, long start, long sequence) {
  private static final int DATA = Core.DESC_SIZE;
  private static final int FLAGS = DATA + 8;
  private static final int SEQUENCE = DATA + 56;
  private static final int READ_ONLY = 1;

  /** Takes the view over. If this fails, releases the view. */
  static ViewFacts of(long view, byte[] bytes) {
    Hold hold = new Hold(view);
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      Descriptor desc = Descriptor.of(bytes, 0);
      long data = in.getLong(DATA);
      boolean readOnly = (in.getInt(FLAGS) & READ_ONLY) != 0;
      long low = 0;
      long high = desc.size() == 0 ? 0 : desc.dtype().size();
      for (int i = 0; i < desc.ndim() && high != 0; i++) {
        long reach = (desc.shape()[i] - 1) * desc.strides()[i];
        low += Math.min(reach, 0);
        high += Math.max(reach, 0);
      }
      Memory memory = CORE.memory(hold, data + low, high - low, readOnly);
      return new ViewFacts(desc, readOnly, hold, memory, -low, in.getLong(SEQUENCE));
    } catch (Throwable e) {
      hold.run();
      throw e;
    }
  }
}
