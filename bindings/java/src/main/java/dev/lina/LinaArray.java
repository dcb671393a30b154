package dev.lina;

import java.util.Arrays;

/**
 * One generation of an array, over the arena's own memory. It keeps that generation in place,
 * whatever is published meanwhile, until it is closed or the collector takes it.
 *
 * <p>An index is given for each dimension, from 0 on, whatever the order in memory. What is read as
 * another Java type than the array's own must fit without a loss: {@code getDouble} reads an array
 * of {@code f32} and of {@code i32}, not one of {@code i64}. What is written is checked alike. An
 * array of {@code u64} shows the bits of a {@code long}, as Java's own unsigned arithmetic does;
 * {@link #getBigInteger} shows the number.
 *
 * <p>Several threads may use an array. Lina orders bytes by signals and generations and locks none:
 * two threads that touch an element without a signal between them have a data race. Any thread may
 * close it at any time: the others get an exception, soon or at once, and never see other bytes.
 */
public class LinaArray extends ArrayFlat implements AutoCloseable {
  LinaArray(ViewFacts facts) {
    super(facts);
  }

  /**
   * Whether no newer generation was published, and the array was not removed.
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
   * Gives the generation back. Reading and writing raise from then on. Buffers that were made of
   * the array on Java 17 to 21 stay readable, and hold the generation, until the collector takes
   * them; on Java 22 and later they raise, and so do segments. On Java 17 to 21 the collector gives
   * the generation back, too, where another thread than the one that opened the array has used or
   * closed it.
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
   * What it is, for people.
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
