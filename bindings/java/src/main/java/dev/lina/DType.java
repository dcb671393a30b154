package dev.lina;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The type of an array's elements, as DLPack describes it: the kind of a value, how many bits the
 * value has, and how many values make an element.
 *
 * <p>Two dtypes with the same parts are equal. Those that have a name in every language are
 * constants here.
 *
 * @param code the kind: 0 signed integer, 1 unsigned, 2 float, 4 bfloat, 5 complex, 6 bool
 * @param bits how many bits one value has, 1 to 255
 * @param lanes how many values make an element, 1 to 65535
 */
public record DType(int code, int bits, int lanes) {
  private static final Map<String, DType> BY_NAME = new LinkedHashMap<>();
  private static final Map<DType, String> NAMES = new LinkedHashMap<>();

  /** Bytes, 0 to 255. */
  public static final DType U8 = named("u8", 1, 8);

  /** Java's {@code long}. */
  public static final DType I64 = named("i64", 0, 64);

  /** Java's {@code double}. */
  public static final DType F64 = named("f64", 2, 64);

  /** A byte, 0 or 1. */
  public static final DType BOOL = named("bool", 6, 8);

  /** Java's {@code byte}. It has 8 bits, not 8 bytes. */
  public static final DType I8 = named("i8", 0, 8);

  /** Java's {@code short}. */
  public static final DType I16 = named("i16", 0, 16);

  /** Java's {@code int}. */
  public static final DType I32 = named("i32", 0, 32);

  /** 0 to 65,535. */
  public static final DType U16 = named("u16", 1, 16);

  /** 0 to 2<sup>32</sup> - 1. */
  public static final DType U32 = named("u32", 1, 32);

  /**
   * 0 to 2<sup>64</sup> - 1: the bits of a {@code long}, which {@link Long#toUnsignedString(long)}
   * shows.
   */
  public static final DType U64 = named("u64", 1, 64);

  /** IEEE 754 half precision. */
  public static final DType F16 = named("f16", 2, 16);

  /** The upper half of a {@code float}. */
  public static final DType BF16 = named("bf16", 4, 16);

  /** Java's {@code float}. */
  public static final DType F32 = named("f32", 2, 32);

  /** Two {@code float}s, the real part first. */
  public static final DType C64 = named("c64", 5, 64);

  /** Two {@code double}s, the real part first. */
  public static final DType C128 = named("c128", 5, 128);

  /**
   * A dtype by its parts.
   *
   * @throws IllegalArgumentException when one of them is out of its range
   */
  public DType {
    check("code", code, 0, 255);
    check("bits", bits, 1, 255);
    check("lanes", lanes, 1, 65535);
  }

  private static void check(String part, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "dtype: " + part + " is " + value + ", and it can be " + least + " to " + most);
    }
  }

  private static DType named(String name, int code, int bits) {
    DType dtype = new DType(code, bits, 1);
    BY_NAME.put(name, dtype);
    NAMES.put(dtype, name);
    return dtype;
  }

  /**
   * The dtype of a name such as {@code "f64"}.
   *
   * @param name its name, in every language
   * @return the dtype
   * @throws IllegalArgumentException when no dtype has that name
   */
  public static DType of(String name) {
    DType dtype = BY_NAME.get(Objects.requireNonNull(name, "name of a dtype"));
    if (dtype == null) {
      throw new IllegalArgumentException(
          "no dtype \"" + name + "\": there are " + BY_NAME.keySet());
    }
    return dtype;
  }

  /**
   * The dtypes that have a name.
   *
   * @return all of them
   */
  public static List<DType> values() {
    return List.copyOf(BY_NAME.values());
  }

  /** From the 32 bits that a descriptor has. */
  static DType of(int packed) {
    return new DType(packed & 255, packed >>> 8 & 255, packed >>> 16);
  }

  /** The 32 bits that a descriptor has. */
  int packed() {
    return code | bits << 8 | lanes << 16;
  }

  /**
   * The bytes of one element.
   *
   * @return whole bytes, rounded up
   */
  public int size() {
    return (bits * lanes + 7) / 8;
  }

  /**
   * Its name, such as {@code "f64"}; for a dtype without a name, its parts.
   *
   * @return text that people read
   */
  @Override
  public String toString() {
    String name = NAMES.get(this);
    return name != null ? name : "dtype(code=" + code + ", bits=" + bits + ", lanes=" + lanes + ")";
  }
}
