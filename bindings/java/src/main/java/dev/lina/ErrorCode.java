package dev.lina;

/** Why a call failed. The names are the same in every language. */
public enum ErrorCode {
  /** A bad argument. */
  INVALID(-1),
  /** There is no array, signal or arena of that name. */
  NOT_FOUND(-2),
  /** The name is taken. */
  EXISTS(-3),
  /** There is no room in the arena, or on the machine. */
  NO_MEMORY(-4),
  /** A table of the arena is full. */
  FULL(-5),
  /** The generation was replaced or removed. */
  STALE(-6),
  /** The time-out passed first. */
  TIMEOUT(-7),
  /** There is no arena yet. */
  NOT_READY(-8),
  /** The arena, the array or the loan was closed. */
  CLOSED(-9),
  /** The arena was laid out by another version. */
  VERSION(-10),
  /** Shared bytes that cannot be right. */
  CORRUPT(-11),
  /** The system refuses. */
  PERMISSION(-12),
  /** The arena was attached without the right to write. */
  READ_ONLY(-13),
  /** Still in use, or no member slot is free. */
  BUSY(-14),
  /** A signal handler of the system ran during the wait. */
  INTERRUPTED(-15),
  /** A system call failed. */
  SYSTEM(-16),
  /** The stream is over. */
  ENDED(-17),
  /** The member that the call depends on is gone. */
  DIED(-18),
  /** A reliable reader has the whole depth of the stream unread. */
  BEHIND(-19),
  /** A reason of a newer liblina_core that this version does not know. The message names it. */
  UNKNOWN(0);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static ErrorCode of(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return UNKNOWN;
  }
}
