package dev.lina;

/** What Java 22 and later add to {@link Lina}: nothing here. */
abstract class LinaSegments {
  LinaSegments() {}
}
