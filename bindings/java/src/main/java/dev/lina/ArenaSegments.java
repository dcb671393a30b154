package dev.lina;

/** What Java 22 and later add to {@link Lina.Arena}: nothing here. */
abstract class ArenaSegments {
  ArenaSegments() {}

  abstract LinaArray array(String name);
}
