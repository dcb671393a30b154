package dev.lina;

/** The order in which the elements of a new array lie in memory. */
public enum Order {
  /** The last index is the fastest, as in Java, C and NumPy. */
  C,
  /** The first index is the fastest, as in Julia and Fortran. */
  F
}
