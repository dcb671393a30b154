package dev.lina;

/** How the elements of an array lie in memory. */
public enum Layout {
  /** The last index runs fastest. */
  C,
  /** The first index runs fastest. */
  F,
  /** Any strides: the array is a named part of another, made by {@code alias}. */
  STRIDED
}
