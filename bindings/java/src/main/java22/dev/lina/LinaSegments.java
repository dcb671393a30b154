package dev.lina;

import java.lang.foreign.MemorySegment;

/** Opens arrays of the default arena as segments: Java 22 and later. */
abstract class LinaSegments {
  LinaSegments() {}

  /**
   * The bytes of the current generation of an array, of any size: Java 22 and later.
   *
   * @param name the array's name
   * @return a segment over the arena's memory, which keeps the generation in place until the
   *     collector frees it
   * @throws LinaException when the elements do not lie one after another
   */
  public static MemorySegment openSegment(String name) {
    return Lina.DEFAULT.openSegment(name);
  }
}
