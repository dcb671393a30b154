package dev.lina;

import java.lang.foreign.MemorySegment;

/** Opens arrays as segments: Java 22 and later. */
abstract class ArenaSegments {
  ArenaSegments() {}

  abstract LinaArray array(String name);

  /**
   * The bytes of the current generation of an array, of any size: Java 22 and later.
   *
   * @param name the array's name
   * @return a segment over the arena's memory, which keeps the generation in place until the
   *     collector frees it
   * @throws LinaException when the elements do not lie one after another
   */
  public MemorySegment openSegment(String name) {
    LinaArray array = array(name);
    try {
      return array.segment();
    } catch (RuntimeException e) {
      array.close();
      throw e;
    }
  }
}
