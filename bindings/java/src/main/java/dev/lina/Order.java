package dev.lina;

/** The order in which the elements of a new array lie in memory. */
public enum Order {
  /** The last index runs fastest, as in Java, C and NumPy. */
  C,
  /** The first index runs fastest, as in Julia and Fortran. */
  F
}
