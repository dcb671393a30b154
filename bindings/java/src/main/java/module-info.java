/** Named arrays in shared memory, for many languages. */
module dev.lina {
  exports dev.lina;
}
