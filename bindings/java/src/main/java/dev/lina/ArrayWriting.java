package dev.lina;

import java.math.BigInteger;
import java.util.Objects;

/** Writes elements. */
abstract class ArrayWriting extends ArrayReading {
  ArrayWriting(ViewFacts facts) {
    super(facts);
  }

  final Memory writable() {
    Memory now = open();
    if (readOnly) {
      throw new LinaException(
          ErrorCode.READ_ONLY, "array \"" + name() + "\": the arena was attached read-only", null);
    }
    return now;
  }

  /**
   * Writes an element of {@code f64}; one of {@code f16} and {@code bf16} is rounded.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setDouble(double value, long... index) {
    doubleAt(at(index), value);
  }

  /**
   * Writes the element of an array of no dimensions.
   *
   * @param value what to write
   */
  public void setDouble(double value) {
    doubleAt(at(), value);
  }

  /**
   * Writes an element of one dimension.
   *
   * @param value what to write
   * @param i its index
   */
  public void setDouble(double value, long i) {
    doubleAt(at(i), value);
  }

  /**
   * Writes an element of two dimensions.
   *
   * @param value what to write
   * @param i its first index
   * @param j its second index
   */
  public void setDouble(double value, long i, long j) {
    doubleAt(at(i, j), value);
  }

  /**
   * Writes an element of three dimensions.
   *
   * @param value what to write
   * @param i its first index
   * @param j its second index
   * @param k its third index
   */
  public void setDouble(double value, long i, long j, long k) {
    doubleAt(at(i, j, k), value);
  }

  final void doubleAt(long at, double value) {
    Memory now = writable();
    if (kind == Elements.F64) {
      now.putDouble(at, value);
    } else {
      otherDouble(now, at, value);
    }
  }

  private void otherDouble(Memory now, long at, double value) {
    try {
      Elements.setDouble(now, kind, at, value);
    } catch (Elements.Misfit e) {
      throw misfit("setDouble", e);
    }
  }

  /**
   * Writes an element of {@code f32}; one of {@code f16} and {@code bf16} is rounded.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setFloat(float value, long... index) {
    floatAt(at(index), value);
  }

  /**
   * Writes the element of an array of no dimensions.
   *
   * @param value what to write
   */
  public void setFloat(float value) {
    floatAt(at(), value);
  }

  /**
   * Writes an element of one dimension.
   *
   * @param value what to write
   * @param i its index
   */
  public void setFloat(float value, long i) {
    floatAt(at(i), value);
  }

  /**
   * Writes an element of two dimensions.
   *
   * @param value what to write
   * @param i its first index
   * @param j its second index
   */
  public void setFloat(float value, long i, long j) {
    floatAt(at(i, j), value);
  }

  final void floatAt(long at, float value) {
    Memory now = writable();
    if (kind == Elements.F32) {
      now.putFloat(at, value);
      return;
    }
    try {
      Elements.setFloat(now, kind, at, value);
    } catch (Elements.Misfit e) {
      throw misfit("setFloat", e);
    }
  }

  /**
   * Writes a whole number, to an array of any dtype that has it exactly.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setLong(long value, long... index) {
    longAt(at(index), value);
  }

  /**
   * Writes the element of an array of no dimensions.
   *
   * @param value what to write
   */
  public void setLong(long value) {
    longAt(at(), value);
  }

  /**
   * Writes an element of one dimension.
   *
   * @param value what to write
   * @param i its index
   */
  public void setLong(long value, long i) {
    longAt(at(i), value);
  }

  /**
   * Writes an element of two dimensions.
   *
   * @param value what to write
   * @param i its first index
   * @param j its second index
   */
  public void setLong(long value, long i, long j) {
    longAt(at(i, j), value);
  }

  final void longAt(long at, long value) {
    Memory now = writable();
    if (kind == Elements.I64) {
      now.putLong(at, value);
      return;
    }
    try {
      Elements.setLong(now, kind, at, value);
    } catch (Elements.Misfit e) {
      throw misfit("setLong", e);
    }
  }

  /**
   * Writes a whole number, to an array of any dtype that has it exactly.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setInt(int value, long... index) {
    intAt(at(index), value);
  }

  /**
   * Writes the element of an array of no dimensions.
   *
   * @param value what to write
   */
  public void setInt(int value) {
    intAt(at(), value);
  }

  /**
   * Writes an element of one dimension.
   *
   * @param value what to write
   * @param i its index
   */
  public void setInt(int value, long i) {
    intAt(at(i), value);
  }

  /**
   * Writes an element of two dimensions.
   *
   * @param value what to write
   * @param i its first index
   * @param j its second index
   */
  public void setInt(int value, long i, long j) {
    intAt(at(i, j), value);
  }

  final void intAt(long at, int value) {
    Memory now = writable();
    if (kind == Elements.I32) {
      now.putInt(at, value);
      return;
    }
    try {
      Elements.setLong(now, kind, at, value);
    } catch (Elements.Misfit e) {
      throw misfit("setInt", e);
    }
  }

  /**
   * Writes a whole number of any size: to {@code u64} as well.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setBigInteger(BigInteger value, long... index) {
    Objects.requireNonNull(value, "value");
    long at = at(index);
    try {
      Elements.setBigInteger(writable(), kind, at, value);
    } catch (Elements.Misfit e) {
      throw misfit("setBigInteger", e);
    }
  }

  /**
   * Writes an element of {@code bool}.
   *
   * @param value what to write
   * @param index one number for each dimension
   */
  public void setBoolean(boolean value, long... index) {
    long at = at(index);
    Memory now = writable();
    if (kind != Elements.BOOL) {
      throw misfit("setBoolean", new Elements.Misfit());
    }
    now.putByte(at, (byte) (value ? 1 : 0));
  }

  /**
   * Writes an element of {@code c128}; the parts of one of {@code c64} are rounded to {@code
   * float}s.
   *
   * @param real its real part
   * @param imaginary its imaginary part
   * @param index one number for each dimension
   */
  public void setComplex(double real, double imaginary, long... index) {
    long at = at(index);
    Memory now = writable();
    switch (kind) {
      case Elements.C64 -> {
        now.putFloat(at, (float) real);
        now.putFloat(at + 4, (float) imaginary);
      }
      case Elements.C128 -> {
        now.putDouble(at, real);
        now.putDouble(at + 8, imaginary);
      }
      default -> throw misfit("setComplex", new Elements.Misfit());
    }
  }
}
