package dev.lina;

import java.util.Arrays;

/**
 * One generation of an array, over the arena's own memory. It keeps that generation in place until
 * it is closed or the garbage collector frees it, even if others are published.
 *
 * <p>Methods take one index for each dimension, from 0 on, whatever the order in memory is. If a
 * value is read as another Java type than the array's own, it must fit exactly: {@code getDouble}
 * reads an array of {@code f32} and of {@code i32}, but not one of {@code i64}. The same holds for
 * writing. An element of {@code u64} has the bits of a {@code long}, as in Java's own unsigned
 * arithmetic; {@link #getBigInteger} returns the number.
 *
 * <p>Several threads may use an array. Lina orders bytes by signals and generations, and does not
 * lock them. If two threads use an element without a signal between them, that is a data race. Any
 * thread may close the array at any time. The other threads then get an exception, soon or at once,
 * and never see other bytes.
 */
public class LinaArray extends ArrayFlat implements AutoCloseable {
  LinaArray(ViewFacts facts) {
    super(facts);
  }

  /**
   * True until a newer generation is published or the array is removed.
   *
   * @return false also once it is closed
   */
  public boolean isCurrent() {
    return hold.isCurrent();
  }

  /**
   * Whether {@link #close} was called, or the loan has ended.
   *
   * @return true when nothing can be read or written any more
   */
  public boolean isClosed() {
    return hasEnded();
  }

  /**
   * Gives the generation back. Reads and writes throw from then on. On Java 22 and later, buffers
   * and segments of the array throw as well. On Java 17 to 21, its buffers stay readable and hold
   * the generation until the collector frees them. There, the generation also waits for the
   * collector if a second thread has used or closed the array.
   */
  @Override
  public void close() {
    Memory ending = end();
    if (ending == null) {
      return;
    }
    try {
      ending.close();
    } catch (LinaException e) {
      begin(ending); // it is in use, and not closed
      throw e;
    }
  }

  /**
   * A text for people.
   *
   * @return its name, dtype, shape and generation
   */
  @Override
  public String toString() {
    return "LinaArray["
        + name()
        + ": "
        + dtype()
        + " "
        + Arrays.toString(shape)
        + ", generation "
        + desc.generation()
        + (isClosed() ? ", closed]" : "]");
  }
}
