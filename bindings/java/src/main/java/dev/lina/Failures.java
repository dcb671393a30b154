package dev.lina;

/** Makes exceptions from the codes that liblina_core returns. */
final class Failures {
  /** What the core's messages call by its C name, and Java's name for it. */
  private static final String[][] WORDS = {
    {"LINA_ARENA_JOIN", "ArenaOptions.join()"},
    {"LINA_ARENA_REPLACE", "ArenaOptions.replace()"},
    {"lina_arena_unlink", "Lina.unlink"},
    {"pass LINA_ATTACH_OTHER_USER to trust them", "Java attaches to its own user's arenas only"},
    {"lina_alias", "Lina.alias"},
    {
      "lina_alloc_shared_memory, lina_register_shared_memory or lina_arena_set_default",
      "Lina.initArena or Lina.attach"
    },
  };

  private Failures() {}

  /**
   * Returns the result, or throws if it is an error code. Call it right after the function, on the
   * same thread.
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
    String message = coreMessage();
    return LinaException.of(
        code,
        switch (code) {
          case UNKNOWN -> message + " (code " + result + ")";
          case NO_MEMORY, FULL -> message + Room.whoHolds();
          default -> message;
        });
  }

  private static String coreMessage() {
    String message = Core.CORE.lastError();
    for (String[] words : WORDS) {
      message = message.replace(words[0], words[1]);
    }
    return message;
  }
}
