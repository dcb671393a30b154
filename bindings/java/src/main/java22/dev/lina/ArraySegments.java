package dev.lina;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Shows the elements as a segment: Java 22 and later. */
abstract class ArraySegments extends ArrayWriting {
  ArraySegments(ViewFacts facts) {
    super(facts);
  }

  /**
   * Its bytes, in memory order, of any size: Java 22 and later. The segment keeps the generation in
   * place. It ends with {@link LinaArray#close}: a later read throws {@link IllegalStateException}.
   * Read its elements by the {@linkplain ValueLayout layouts} in native order, such as {@link
   * ValueLayout#JAVA_DOUBLE}.
   *
   * @return a segment over the arena's memory
   * @throws LinaException when the elements do not lie one after another
   */
  public MemorySegment segment() {
    Memory now = open();
    if (!desc.isDense()) {
      throw new LinaException.Invalid(
          "array \""
              + name()
              + "\": a segment shows elements that lie one after another, and these have strides "
              + Arrays.toString(strides)
              + "; use get and set, or copyTo");
    }
    if (now instanceof SegmentMemory memory) {
      return memory.segment();
    }
    throw new UnsupportedOperationException(
        "array \"" + name() + "\": there are no segments with -Dlina.backend=jni");
  }
}
