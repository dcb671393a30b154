package dev.lina;

import java.util.NoSuchElementException;

/**
 * A call of Lina failed. The message names the array, signal or arena; {@link #code()} says why.
 * Failures that programs often catch have a class of their own.
 *
 * <p>If Java has a standard exception for the reason, that is the {@linkplain #getCause() cause}: a
 * {@link NoSuchElementException} when there is no such name, a {@link
 * java.util.concurrent.TimeoutException} when the time-out passed, an {@link
 * IllegalArgumentException} when liblina_core refused an argument, an {@link IllegalStateException}
 * when something was closed.
 */
public class LinaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The reason. */
  private final ErrorCode code;

  private transient Loan loan;

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

  /**
   * The loan that could not be published, because its stream had no room in time. It is still a
   * loan. Publish it later, or close it.
   *
   * @return the loan; null for other failures
   */
  public Loan loan() {
    return loan;
  }

  LinaException with(Loan unpublished) {
    loan = unpublished;
    return this;
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

  /** There is no room in the arena or on the machine. This is never an {@link OutOfMemoryError}. */
  public static final class NoRoom extends LinaException {
    private static final long serialVersionUID = 1;

    NoRoom(ErrorCode code, String message) {
      super(code, message, null);
    }
  }

  /**
   * The member that the call depends on is gone, or the last producer of a stream is gone and did
   * not end it.
   */
  public static final class MemberDied extends LinaException {
    private static final long serialVersionUID = 1;

    MemberDied(String message) {
      super(ErrorCode.DIED, message, null);
    }
  }

  /** A reader of the stream has its whole depth unread: {@link #loan} is not published. */
  public static final class Behind extends LinaException {
    private static final long serialVersionUID = 1;

    Behind(String message) {
      super(ErrorCode.BEHIND, message, null);
    }
  }

  /**
   * The thread was interrupted in a call that throws no {@link InterruptedException}. It is still
   * {@linkplain Thread#isInterrupted interrupted}.
   */
  public static final class Interrupted extends LinaException {
    private static final long serialVersionUID = 1;

    Interrupted(String message, InterruptedException cause) {
      super(ErrorCode.INTERRUPTED, message, cause);
    }
  }

  static LinaException of(ErrorCode code, String message) {
    return switch (code) {
      case NOT_FOUND -> new NotFound(message);
      case TIMEOUT -> new TimedOut(message);
      case INVALID -> new Invalid(message);
      case CLOSED -> new Closed(message);
      case NO_MEMORY, FULL -> new NoRoom(code, message);
      case DIED -> new MemberDied(message);
      case BEHIND -> new Behind(message);
      default -> new LinaException(code, message, null);
    };
  }
}
