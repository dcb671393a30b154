package dev.lina;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Converts text for C: to UTF-8 with a zero at the end. Refuses text that would be changed on the
 * way.
 */
final class Text {
  private Text() {}

  static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** The name of an array or a signal; {@code what} says which. */
  static byte[] name(String what, String name) {
    Objects.requireNonNull(name, () -> "the name of the " + what + " is null");
    int length = name.length();
    byte[] ascii = new byte[length + 1];
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c == 0) {
        throw new LinaException.Invalid(
            what + " name " + quoted(name) + " has a zero character in it");
      }
      if (c >= 128) {
        return encode(what + " name ", name);
      }
      ascii[i] = (byte) c;
    }
    return ascii;
  }

  static byte[] where(String where) {
    Objects.requireNonNull(
        where, "where is null: name the arena, as in \"shm:NAME\", \"file:PATH\" or \"fd:N\"");
    if (where.indexOf('\0') >= 0) {
      throw new LinaException.Invalid("arena " + quoted(where) + ": it has a zero character in it");
    }
    return encode("arena ", where);
  }

  private static byte[] encode(String what, String text) {
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      if (text.indexOf('\0') >= 0) {
        throw new LinaException.Invalid(what + quoted(text) + " has a zero character in it");
      }
      return Arrays.copyOf(Arrays.copyOf(utf8.array(), utf8.limit()), utf8.limit() + 1);
    } catch (CharacterCodingException e) {
      throw new LinaException.Invalid(what + quoted(text) + " has half of a surrogate pair in it");
    }
  }

  /** The text as messages show it: short, and without invisible characters. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), 80); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) && !isPaired(text, i)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > 80 ? "…\"" : "\"").toString();
  }

  private static boolean isPaired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
