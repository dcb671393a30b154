package dev.lina;

import java.math.BigInteger;

/**
 * Converts elements of every dtype to Java's numbers and back. A value that does not fit exactly is
 * refused. Only values for f16 and bf16, and float constants for f32, are rounded to the nearest.
 */
final class Elements {
  /** Dtypes as a small number, for switches. */
  static final int U8 = 0;

  static final int I64 = 1;
  static final int F64 = 2;
  static final int BOOL = 3;
  static final int I8 = 4;
  static final int I16 = 5;
  static final int I32 = 6;
  static final int U16 = 7;
  static final int U32 = 8;
  static final int U64 = 9;
  static final int F16 = 10;
  static final int BF16 = 11;
  static final int F32 = 12;
  static final int C64 = 13;
  static final int C128 = 14;
  static final int OTHER = 15;

  private Elements() {}

  /** The small number of a dtype: its place among those that have a name. */
  static int kind(DType dtype) {
    int kind = DType.values().indexOf(dtype);
    return kind < 0 ? OTHER : kind;
  }

  /** A whole number that fits a long, or the bits of a u64. */
  static long getLong(Memory memory, int kind, long at) {
    return switch (kind) {
      case I64, U64 -> memory.getLong(at);
      case I32 -> memory.getInt(at);
      case U32 -> Integer.toUnsignedLong(memory.getInt(at));
      case I16 -> memory.getShort(at);
      case U16 -> Short.toUnsignedLong(memory.getShort(at));
      case I8 -> memory.getByte(at);
      case U8 -> Byte.toUnsignedLong(memory.getByte(at));
      case BOOL -> memory.getByte(at) != 0 ? 1 : 0;
      default -> throw new Misfit();
    };
  }

  static double getDouble(Memory memory, int kind, long at) {
    return switch (kind) {
      case F64 -> memory.getDouble(at);
      case F32 -> memory.getFloat(at);
      case F16 -> fromHalf(memory.getShort(at));
      case BF16 -> Float.intBitsToFloat(memory.getShort(at) << 16);
      case I64, U64 -> throw new Misfit();
      default -> getLong(memory, kind, at);
    };
  }

  static float getFloat(Memory memory, int kind, long at) {
    return switch (kind) {
      case F32 -> memory.getFloat(at);
      case F16 -> fromHalf(memory.getShort(at));
      case BF16 -> Float.intBitsToFloat(memory.getShort(at) << 16);
      case I64, U64, I32, U32 -> throw new Misfit();
      default -> getLong(memory, kind, at);
    };
  }

  static int getInt(Memory memory, int kind, long at) {
    if (kind == I64 || kind == U64 || kind == U32) {
      throw new Misfit();
    }
    return (int) getLong(memory, kind, at);
  }

  static BigInteger getBigInteger(Memory memory, int kind, long at) {
    long value = getLong(memory, kind, at);
    BigInteger low = BigInteger.valueOf(value);
    return kind == U64 && value < 0 ? low.add(BigInteger.ONE.shiftLeft(64)) : low;
  }

  static Object get(Memory memory, int kind, long at) {
    return switch (kind) {
      case F64 -> memory.getDouble(at);
      case F32, F16, BF16 -> getFloat(memory, kind, at);
      case I64, U32 -> getLong(memory, kind, at);
      case U64 -> getBigInteger(memory, kind, at);
      case I32, U16, I16, U8, I8 -> (int) getLong(memory, kind, at);
      case BOOL -> memory.getByte(at) != 0;
      case C64 -> new double[] {memory.getFloat(at), memory.getFloat(at + 4)};
      case C128 -> new double[] {memory.getDouble(at), memory.getDouble(at + 8)};
      default -> throw new Misfit();
    };
  }

  static void setLong(Memory memory, int kind, long at, long value) {
    switch (kind) {
      case I64, U64 -> memory.putLong(at, value);
      case I32 -> memory.putInt(at, (int) ranged(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
      case U32 -> memory.putInt(at, (int) ranged(value, 0, 0xffffffffL));
      case I16 -> memory.putShort(at, (short) ranged(value, Short.MIN_VALUE, Short.MAX_VALUE));
      case U16 -> memory.putShort(at, (short) ranged(value, 0, 0xffff));
      case I8 -> memory.putByte(at, (byte) ranged(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
      case U8 -> memory.putByte(at, (byte) ranged(value, 0, 0xff));
      case BOOL -> memory.putByte(at, (byte) ranged(value, 0, 1));
      case F64 -> memory.putDouble(at, exact(value, 1L << 53));
      case F32 -> memory.putFloat(at, exact(value, 1L << 24));
      case F16 -> memory.putShort(at, toHalf(exact(value, 1L << 11)));
      case BF16 -> memory.putShort(at, toBfloat(exact(value, 1L << 8)));
      default -> throw new Misfit();
    }
  }

  private static long ranged(long value, long least, long most) {
    if (value < least || value > most) {
      throw new Misfit(value + " does not fit: the array holds " + least + " to " + most);
    }
    return value;
  }

  private static long exact(long value, long most) {
    if (value < -most || value > most) {
      throw new Misfit(value + " may not fit exactly: convert it to a double or float yourself");
    }
    return value;
  }

  static void setDouble(Memory memory, int kind, long at, double value) {
    switch (kind) {
      case F64 -> memory.putDouble(at, value);
      case F16 -> memory.putShort(at, toHalf(value));
      case BF16 -> memory.putShort(at, toBfloat(value));
      default -> throw new Misfit();
    }
  }

  static void setFloat(Memory memory, int kind, long at, float value) {
    if (kind == F32) {
      memory.putFloat(at, value);
    } else {
      setDouble(memory, kind, at, value);
    }
  }

  static void setBigInteger(Memory memory, int kind, long at, BigInteger value) {
    if (kind == U64) {
      if (value.signum() < 0 || value.bitLength() > 64) {
        throw new Misfit(value + " does not fit: the array holds 0 to 2^64 - 1");
      }
      memory.putLong(at, value.longValue());
    } else if (value.bitLength() > 63) {
      throw new Misfit(value + " does not fit");
    } else {
      setLong(memory, kind, at, value.longValue());
    }
  }

  // ---- 16 bits ----

  /** Java has Float.float16ToFloat only from 20 on. */
  static float fromHalf(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 31;
    int fraction = bits & 0x3ff;
    if (exponent == 0) { // zero, or below the least normal number
      float small = fraction * 0x1p-24f;
      return sign == 0 ? small : -small;
    }
    int wide = exponent == 31 ? 255 : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  /** Rounded to the nearest, and to even halfway. */
  static short toHalf(double value) {
    int sign = Double.doubleToRawLongBits(value) < 0 ? 0x8000 : 0;
    double size = Math.abs(value);
    if (Double.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (size >= 65520) { // halfway to the number that there is not
      return (short) (sign | 0x7c00);
    }
    if (size < 0x1p-14) {
      return (short) (sign | (int) Math.rint(size * 0x1p24));
    }
    int exponent = Math.getExponent(size);
    int fraction = (int) Math.rint(Math.scalb(size, 10 - exponent)); // 1,024 to 2,048
    return (short) (sign | (exponent + 15 << 10) + fraction - 1024);
  }

  /** Rounded to the nearest, and to even halfway. */
  static short toBfloat(double value) {
    if (Double.isNaN(value)) {
      return (short) 0x7fc0;
    }
    long bits = Double.doubleToRawLongBits(value);
    int sign = (int) (bits >>> 48) & 0x8000;
    double size = Math.abs(value);
    if (size < 0x1p-126) {
      return (short) (sign | (int) Math.rint(size * 0x1p133));
    }
    int exponent = Math.getExponent(size);
    if (Double.isInfinite(size) || exponent > 127) {
      return (short) (sign | 0x7f80);
    }
    int fraction = (int) Math.rint(Math.scalb(size, 7 - exponent)); // 128 to 256
    return (short) (sign | Math.min((exponent + 127 << 7) + fraction - 128, 0x7f80));
  }

  /** Thrown if the array's dtype does not suit the method. Only {@link LinaArray} sees it. */
  @SuppressWarnings("serial")
  static final class Misfit extends RuntimeException {
    Misfit() {
      this(null);
    }

    Misfit(String message) {
      super(message, null, false, false);
    }
  }
}
