package dev.lina;

/** What Java 22 and later add to {@link LinaArray}: nothing here. */
abstract class ArraySegments extends ArrayWriting {
  ArraySegments(ViewFacts facts) {
    super(facts);
  }
}
