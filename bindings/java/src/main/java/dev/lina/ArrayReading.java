package dev.lina;

import java.math.BigInteger;

/** Reads elements. */
abstract class ArrayReading extends ArrayBase {
  ArrayReading(ViewFacts facts) {
    super(facts);
  }

  /**
   * An element as a {@code double}.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public double getDouble(long... index) {
    return doubleAt(at(index));
  }

  /**
   * The element of an array of no dimensions.
   *
   * @return the element
   */
  public double getDouble() {
    return doubleAt(at());
  }

  /**
   * An element of one dimension.
   *
   * @param i its index
   * @return the element
   */
  public double getDouble(long i) {
    return doubleAt(at(i));
  }

  /**
   * An element of two dimensions.
   *
   * @param i its first index
   * @param j its second index
   * @return the element
   */
  public double getDouble(long i, long j) {
    return doubleAt(at(i, j));
  }

  /**
   * An element of three dimensions.
   *
   * @param i its first index
   * @param j its second index
   * @param k its third index
   * @return the element
   */
  public double getDouble(long i, long j, long k) {
    return doubleAt(at(i, j, k));
  }

  final double doubleAt(long at) {
    Memory now = open();
    return kind == Elements.F64 ? now.getDouble(at) : otherDouble(now, at);
  }

  private double otherDouble(Memory now, long at) {
    try {
      return Elements.getDouble(now, kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("getDouble", e);
    }
  }

  /**
   * An element as a {@code float}.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public float getFloat(long... index) {
    return floatAt(at(index));
  }

  /**
   * The element of an array of no dimensions.
   *
   * @return the element
   */
  public float getFloat() {
    return floatAt(at());
  }

  /**
   * An element of one dimension.
   *
   * @param i its index
   * @return the element
   */
  public float getFloat(long i) {
    return floatAt(at(i));
  }

  /**
   * An element of two dimensions.
   *
   * @param i its first index
   * @param j its second index
   * @return the element
   */
  public float getFloat(long i, long j) {
    return floatAt(at(i, j));
  }

  final float floatAt(long at) {
    Memory now = open();
    if (kind == Elements.F32) {
      return now.getFloat(at);
    }
    try {
      return Elements.getFloat(now, kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("getFloat", e);
    }
  }

  /**
   * An element as a {@code long}; of {@code u64} its bits.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public long getLong(long... index) {
    return longAt(at(index));
  }

  /**
   * The element of an array of no dimensions.
   *
   * @return the element
   */
  public long getLong() {
    return longAt(at());
  }

  /**
   * An element of one dimension.
   *
   * @param i its index
   * @return the element
   */
  public long getLong(long i) {
    return longAt(at(i));
  }

  /**
   * An element of two dimensions.
   *
   * @param i its first index
   * @param j its second index
   * @return the element
   */
  public long getLong(long i, long j) {
    return longAt(at(i, j));
  }

  final long longAt(long at) {
    Memory now = open();
    if (kind == Elements.I64) {
      return now.getLong(at);
    }
    try {
      return Elements.getLong(now, kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("getLong", e);
    }
  }

  /**
   * An element as an {@code int}, such as those of {@code i32}, {@code u16} and {@code u8}.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public int getInt(long... index) {
    return intAt(at(index));
  }

  /**
   * The element of an array of no dimensions.
   *
   * @return the element
   */
  public int getInt() {
    return intAt(at());
  }

  /**
   * An element of one dimension.
   *
   * @param i its index
   * @return the element
   */
  public int getInt(long i) {
    return intAt(at(i));
  }

  /**
   * An element of two dimensions.
   *
   * @param i its first index
   * @param j its second index
   * @return the element
   */
  public int getInt(long i, long j) {
    return intAt(at(i, j));
  }

  final int intAt(long at) {
    Memory now = open();
    if (kind == Elements.I32) {
      return now.getInt(at);
    }
    try {
      return Elements.getInt(now, kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("getInt", e);
    }
  }

  /**
   * An element as a number of any size: of {@code u64} as well.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public BigInteger getBigInteger(long... index) {
    long at = at(index);
    try {
      return Elements.getBigInteger(open(), kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("getBigInteger", e);
    }
  }

  /**
   * An element of {@code bool}, or whether a whole number is not 0.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public boolean getBoolean(long... index) {
    long at = at(index);
    try {
      return Elements.getLong(open(), kind, at) != 0;
    } catch (Elements.Misfit e) {
      throw misfit("getBoolean", e);
    }
  }

  /**
   * The real part of an element of {@code c64} or {@code c128}.
   *
   * @param index one number for each dimension
   * @return the real part
   */
  public double getReal(long... index) {
    return part("getReal", at(index), 0);
  }

  /**
   * The imaginary part of an element of {@code c64} or {@code c128}.
   *
   * @param index one number for each dimension
   * @return the imaginary part
   */
  public double getImaginary(long... index) {
    return part("getImaginary", at(index), 1);
  }

  private double part(String method, long at, int which) {
    Memory now = open();
    return switch (kind) {
      case Elements.C64 -> now.getFloat(at + 4 * which);
      case Elements.C128 -> now.getDouble(at + 8 * which);
      default -> throw misfit(method, new Elements.Misfit());
    };
  }

  /**
   * An element as an object: a {@code Double}, {@code Float}, {@code Integer}, {@code Long}, {@code
   * Boolean}, {@code BigInteger} ({@code u64}), or the two parts of a complex number as a {@code
   * double[]}.
   *
   * @param index one number for each dimension
   * @return the element
   */
  public Object get(long... index) {
    long at = at(index);
    try {
      return Elements.get(open(), kind, at);
    } catch (Elements.Misfit e) {
      throw misfit("get", e);
    }
  }
}
