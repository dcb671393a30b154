package dev.lina;

import java.util.ArrayList;
import java.util.List;

/** Reads a list of liblina_core, which may grow meanwhile. */
final class Lists {
  private static final int SPARE = 16;

  private Lists() {}

  /** Returns how many there are. Writes as many as fit to out, and their number to written[0]. */
  interface Lister {
    int list(byte[] out, int[] written);
  }

  /** An entry of the struct that begins at {@code at}. */
  interface Parser<T> {
    T parse(byte[] bytes, int at);
  }

  static <T> List<T> read(int size, Lister lister, Parser<T> parser) {
    int[] written = new int[1];
    byte[] out = new byte[0];
    int total = lister.list(out, written);
    while (out.length / size < total) {
      out = new byte[(total + SPARE) * size];
      total = lister.list(out, written);
    }
    List<T> all = new ArrayList<>();
    for (int i = 0; i < written[0]; i++) {
      all.add(parser.parse(out, i * size));
    }
    return all;
  }
}
