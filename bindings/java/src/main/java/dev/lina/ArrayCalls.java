package dev.lina;

import static dev.lina.Core.CORE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Arrays of an arena by name. These calls keep no generation in place, except by the views that
 * they return.
 */
abstract class ArrayCalls extends StreamCalls {
  private static final int MOST_DIMENSIONS = 8;

  ArrayCalls(Handle handle) {
    super(handle);
  }

  // ---- looking ----

  /**
   * Opens the current generation of an array.
   *
   * @param name the array's name
   * @return a view of the arena's own memory; close it, or leave it to the collector
   * @throws LinaException.NotFound when no array has that name
   */
  @Override
  public LinaArray array(String name) {
    byte[] bytes = Text.name("array", name);
    byte[] view = new byte[Core.VIEW_SIZE];
    return new LinaArray(ViewFacts.of(withinLong(arena -> CORE.acquire(arena, bytes, view)), view));
  }

  /**
   * The bytes of the current generation of an array, in {@linkplain
   * java.nio.ByteOrder#nativeOrder() native order}.
   *
   * @param name the array's name
   * @return a direct buffer over the arena's memory, which keeps the generation in place
   * @throws LinaException when the elements do not lie one after another, or have more than 2 GiB
   */
  public ByteBuffer openBuffer(String name) {
    LinaArray array = array(name);
    try {
      return array.asByteBuffer();
    } catch (LinaException e) {
      array.close();
      throw e;
    }
  }

  /**
   * Where the bytes of the current generation lie, and how to read them.
   *
   * @param name the array's name
   * @return a snapshot, which keeps nothing in place
   */
  public Descriptor openDesc(String name) {
    byte[] bytes = Text.name("array", name);
    byte[] view = new byte[Core.VIEW_SIZE];
    Hold hold = new Hold(withinLong(arena -> CORE.acquire(arena, bytes, view)));
    hold.run();
    return Descriptor.of(view, 0);
  }

  /**
   * The arrays of the arena.
   *
   * @return a snapshot of one instant, in no order
   */
  public List<Descriptor> list() {
    return Lists.read(
        Core.DESC_SIZE,
        (out, written) -> within(arena -> CORE.listArrays(arena, out, written)),
        Descriptor::of);
  }

  // ---- making ----

  /**
   * Makes an array of zeroes, the last index fastest.
   *
   * @param name its name, of 1 to 63 bytes of UTF-8
   * @param dtype the type of its elements
   * @param shape the extent of each of 0 to 8 dimensions
   * @return a view of it
   */
  public LinaArray createArray(String name, DType dtype, long... shape) {
    return createArray(name, dtype, shape, Order.C);
  }

  /**
   * Makes an array of zeroes.
   *
   * @param name its name, of 1 to 63 bytes of UTF-8
   * @param dtype the type of its elements
   * @param shape the extent of each of 0 to 8 dimensions
   * @param order how they lie in memory
   * @return a view of it
   */
  public LinaArray createArray(String name, DType dtype, long[] shape, Order order) {
    make(Core.CREATE, name, dtype, shape, order);
    return array(name);
  }

  /**
   * Opens an array of this kind. Creates it if it is not there.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @return a view of it
   * @throws LinaException when there is an array of that name and another kind: {@code EXISTS}
   */
  public LinaArray ensureArray(String name, DType dtype, long... shape) {
    return ensureArray(name, dtype, shape, Order.C);
  }

  /**
   * Opens an array of this kind. Creates it if it is not there.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how they lie in memory
   * @return a view of it
   * @throws LinaException when there is an array of that name and another kind: {@code EXISTS}
   */
  public LinaArray ensureArray(String name, DType dtype, long[] shape, Order order) {
    make(Core.ENSURE, name, dtype, shape, order);
    return array(name);
  }

  /**
   * Publishes a new generation of zeroes, the last index fastest. Views of the old one stay valid.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   */
  public void republish(String name, DType dtype, long... shape) {
    republish(name, dtype, shape, Order.C);
  }

  /**
   * Publishes a new generation of zeroes. Views of the old one stay valid.
   *
   * @param name its name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how they lie in memory
   */
  public void republish(String name, DType dtype, long[] shape, Order order) {
    make(Core.REPUBLISH, name, dtype, shape, order);
  }

  private void make(int how, String name, DType dtype, long[] shape, Order order) {
    byte[] bytes = Text.name("array", name);
    checkKind(name, dtype, shape, order);
    withinRoom(arena -> CORE.makeArray(how, arena, bytes, dtype.packed(), shape, order.ordinal()));
  }

  private static void checkKind(String name, DType dtype, long[] shape, Order order) {
    Objects.requireNonNull(dtype, () -> "array \"" + name + "\": the dtype is null");
    Objects.requireNonNull(order, () -> "array \"" + name + "\": the order is null");
    checkShape(name, shape);
  }

  private static void checkShape(String name, long[] shape) {
    Objects.requireNonNull(shape, () -> "array \"" + name + "\": the shape is null");
    if (shape.length > MOST_DIMENSIONS) {
      throw new IllegalArgumentException(
          "array \""
              + name
              + "\": the shape has "
              + shape.length
              + " dimensions, and at most 8 are possible");
    }
    if (Arrays.stream(shape).anyMatch(extent -> extent < 0)) {
      throw new IllegalArgumentException(
          "array \"" + name + "\": the shape " + Arrays.toString(shape) + " has an extent below 0");
    }
  }

  /**
   * Removes an array and its name. Views of it stay valid.
   *
   * @param name the array's name
   */
  public void remove(String name) {
    byte[] bytes = Text.name("array", name);
    within(arena -> CORE.removeArray(arena, bytes));
  }

  /**
   * Promises that no C program has a raw pointer to older generations of an array any more. Lina
   * may then use their memory again.
   *
   * @param name the array's name
   */
  public void reclaim(String name) {
    byte[] bytes = Text.name("array", name);
    within(arena -> CORE.reclaimArray(arena, bytes));
  }

  /**
   * Gives part of an array a name of its own.
   *
   * @param name the part's name
   * @param base the array's name
   * @param offset the bytes from the array's first element to that of the part
   * @param shape the part's extents
   * @param strides the bytes from one element of the part to the next, which may be negative or
   *     zero; null for elements one after another
   * @return a view of the part
   */
  public LinaArray alias(String name, String base, long offset, long[] shape, long[] strides) {
    return makeAlias(name, base, offset, 0, shape, strides);
  }

  /**
   * Gives part of an array a name of its own, with another dtype. Its elements may be unaligned.
   *
   * @param name the part's name
   * @param base the array's name
   * @param offset the bytes from the array's first element to that of the part
   * @param dtype the type of the part's elements
   * @param shape the part's extents
   * @param strides the bytes from one element of the part to the next; null for elements one after
   *     another
   * @return a view of the part
   */
  public LinaArray alias(
      String name, String base, long offset, DType dtype, long[] shape, long[] strides) {
    Objects.requireNonNull(dtype, () -> "array \"" + name + "\": the dtype is null");
    return makeAlias(name, base, offset, dtype.packed(), shape, strides);
  }

  private LinaArray makeAlias(
      String name, String base, long offset, int dtype, long[] shape, long[] strides) {
    byte[] bytes = Text.name("array", name);
    byte[] baseBytes = Text.name("base array", base);
    checkShape(name, shape);
    if (offset < 0) {
      throw new IllegalArgumentException(
          "array \"" + name + "\": the offset is " + offset + ", below 0");
    }
    if (strides != null && strides.length != shape.length) {
      throw new IllegalArgumentException(
          "array \""
              + name
              + "\": the shape has "
              + shape.length
              + " dimensions, and the strides have "
              + strides.length);
    }
    within(arena -> CORE.aliasArray(arena, bytes, baseBytes, offset, dtype, shape, strides));
    return array(name);
  }

  /**
   * Makes an array for each field of records: {@code "p.x"} and {@code "p.id"} for records {@code
   * "p"} with fields {@code x} and {@code id}. All are made, or none.
   *
   * @param name the records' name
   * @param fields the type of each field, in their order
   * @param count how many records there are
   * @return a view of each field, by its name
   */
  public Map<String, LinaArray> createRecords(String name, Map<String, DType> fields, long count) {
    Objects.requireNonNull(name, "the name of the records is null");
    if (Objects.requireNonNull(fields, "fields is null").isEmpty()) {
      throw new IllegalArgumentException("records \"" + name + "\": there is no field");
    }
    Map<String, LinaArray> made = new LinkedHashMap<>();
    try {
      fields.forEach(
          (field, dtype) -> made.put(field, createArray(name + "." + field, dtype, count)));
      return made;
    } catch (RuntimeException e) {
      made.forEach(
          (field, array) -> {
            array.close();
            remove(array.name());
          });
      throw e;
    }
  }

  // ---- the next generation ----

  /**
   * Publishes the next generation of an array, or the first. The function fills memory that others
   * do not see. Readers see the whole old generation or the whole new one, never a mix. If the
   * function throws, nothing is published. In a stream it waits for room.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param filler fills the loan, which may have any bytes at first
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Loan.Filler<E> filler) throws E {
    loan(name, dtype, shape, Order.C, filler);
  }

  /**
   * The same in an order of your choice.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Order order, Loan.Filler<E> filler) throws E {
    loan(name, dtype, shape, order, null, filler);
  }

  /**
   * The same. In a stream, it waits for room for at most some time.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param timeout how long; null means for ever; with zero or less it does not wait
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   * @throws LinaException.TimedOut when the time has passed; the {@link LinaException#loan} of the
   *     exception is still a loan
   * @throws LinaException.Behind the same for a time-out of zero or less
   */
  public <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Duration timeout, Loan.Filler<E> filler) throws E {
    loan(name, dtype, shape, Order.C, timeout, filler);
  }

  /**
   * The same in an order of your choice.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @param timeout how long; null means for ever; with zero or less it does not wait
   * @param filler fills the loan
   * @param <E> what the function may throw
   * @throws E what the function threw
   */
  public <E extends Exception> void loan(
      String name, DType dtype, long[] shape, Order order, Duration timeout, Loan.Filler<E> filler)
      throws E {
    Objects.requireNonNull(
        filler, () -> "array \"" + name + "\": the function that fills the loan is null");
    Loan loan = openLoan(name, dtype, shape, order);
    boolean isFilled = false;
    try {
      filler.fill(loan);
      isFilled = true;
    } finally {
      if (!isFilled && loan.isLoan()) {
        loan.discard();
      }
    }
    if (loan.isLoan()) {
      publish(loan, timeout);
    }
  }

  private static void publish(Loan loan, Duration timeout) {
    try {
      loan.publish(timeout);
    } catch (LinaException e) {
      if (e.loan() == null) {
        loan.close();
      }
      throw e;
    }
  }

  /**
   * Makes a loan without a function. Publish it or close it yourself.
   *
   * @param name the array's name
   * @param dtype the type of its elements
   * @param shape the extent of each dimension
   * @param order how the elements lie in memory
   * @return the loan
   */
  public Loan openLoan(String name, DType dtype, long[] shape, Order order) {
    byte[] bytes = Text.name("array", name);
    checkKind(name, dtype, shape, order);
    byte[] view = new byte[Core.VIEW_SIZE];
    long address =
        withinRoom(arena -> CORE.loan(arena, bytes, dtype.packed(), shape, order.ordinal(), view));
    return new Loan(this, ViewFacts.of(address, view));
  }
}
