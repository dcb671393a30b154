package dev.lina;

/** Makes exceptions of the codes that liblina_core answers. */
final class Failures {
  private Failures() {}

  /**
   * The result, unless it is an error code. Call it right after the function, on the same thread.
   */
  static int check(int result) {
    if (result < 0) {
      throw failure(result);
    }
    return result;
  }

  static long check(long result) {
    if (result < 0) {
      throw failure((int) result);
    }
    return result;
  }

  static LinaException failure(int result) {
    ErrorCode code = ErrorCode.of(result);
    String message = Core.CORE.lastError();
    return LinaException.of(
        code,
        switch (code) {
          case UNKNOWN -> message + " (code " + result + ")";
          case NO_MEMORY, FULL -> message + Room.whoHolds();
          default -> message;
        });
  }
}
