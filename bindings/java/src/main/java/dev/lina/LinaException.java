package dev.lina;

import java.util.NoSuchElementException;

/**
 * A call of Lina failed. The message names the array, signal or arena; {@link #code()} says why.
 * Failures that programs often catch have a class of their own.
 *
 * <p>Where Java has a standard exception for the reason, that is the {@linkplain #getCause()
 * cause}: a {@link NoSuchElementException} when there is no such name, a {@link
 * java.util.concurrent.TimeoutException} when the time-out passed, an {@link
 * IllegalArgumentException} when liblina_core refused an argument, an {@link IllegalStateException}
 * when something was closed.
 */
public class LinaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The reason. */
  private final ErrorCode code;

  LinaException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /**
   * Why the call failed.
   *
   * @return the reason, whose name is the same in every language
   */
  public ErrorCode code() {
    return code;
  }

  /** There is no array, signal or arena of that name. */
  public static final class NotFound extends LinaException {
    private static final long serialVersionUID = 1;

    NotFound(String message) {
      super(ErrorCode.NOT_FOUND, message, new NoSuchElementException(message));
    }
  }

  /** The time-out of a wait passed first. */
  public static final class TimedOut extends LinaException {
    private static final long serialVersionUID = 1;

    TimedOut(String message) {
      super(ErrorCode.TIMEOUT, message, new java.util.concurrent.TimeoutException(message));
    }
  }

  /** liblina_core refused an argument. */
  public static final class Invalid extends LinaException {
    private static final long serialVersionUID = 1;

    Invalid(String message) {
      super(ErrorCode.INVALID, message, new IllegalArgumentException(message));
    }
  }

  /** The arena, array or loan was closed. */
  public static final class Closed extends LinaException {
    private static final long serialVersionUID = 1;

    Closed(String message) {
      super(ErrorCode.CLOSED, message, new IllegalStateException(message));
    }
  }

  /** The arena has no room for it, or the machine has none. Never an {@link OutOfMemoryError}. */
  public static final class NoRoom extends LinaException {
    private static final long serialVersionUID = 1;

    NoRoom(ErrorCode code, String message) {
      super(code, message, null);
    }
  }

  static LinaException of(ErrorCode code, String message) {
    return switch (code) {
      case NOT_FOUND -> new NotFound(message);
      case TIMEOUT -> new TimedOut(message);
      case INVALID -> new Invalid(message);
      case CLOSED -> new Closed(message);
      case NO_MEMORY, FULL -> new NoRoom(code, message);
      default -> new LinaException(code, message, null);
    };
  }
}
