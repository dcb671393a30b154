package dev.lina;

/** How the elements of an array lie in memory. */
public enum Layout {
  /** The last index is the fastest. */
  C,
  /** The first index is the fastest. */
  F,
  /** Any strides: the array is a named part of another, made by {@code alias}. */
  STRIDED
}
