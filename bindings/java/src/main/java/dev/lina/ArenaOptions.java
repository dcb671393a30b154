package dev.lina;

/**
 * The options of a new arena. The defaults suit most programs. Each method returns options with one
 * thing changed:
 *
 * <pre>{@code
 * ArenaOptions options = ArenaOptions.defaults().temporary().maxSignals(4096);
 * }</pre>
 */
public final class ArenaOptions {
  private static final int RESERVE = 1;
  private static final int INHERIT = 2;
  private static final int REPLACE = 4;
  private static final int TEMPORARY = 8;
  private static final int JOIN = 16;
  private static final int HUGE = 32;
  private static final ArenaOptions DEFAULTS = new ArenaOptions(new int[5]);

  private final int[] words;

  private ArenaOptions(int[] words) {
    this.words = words;
  }

  /**
   * The options of an arena that is made without options.
   *
   * @return the defaults
   */
  public static ArenaOptions defaults() {
    return DEFAULTS;
  }

  private ArenaOptions with(int at, int value) {
    int[] changed = words.clone();
    changed[at] = value;
    return new ArenaOptions(changed);
  }

  private ArenaOptions flag(int flag) {
    return with(0, words[0] | flag);
  }

  /**
   * Takes every page now, so that a machine without enough memory gives an error now and not later.
   *
   * @return the changed options
   */
  public ArenaOptions reserve() {
    return flag(RESERVE);
  }

  /**
   * Lets the descriptor of {@code fd()} survive exec.
   *
   * @return the changed options
   */
  public ArenaOptions inherit() {
    return flag(INHERIT);
  }

  /**
   * First removes an arena of that name, if it has no living member.
   *
   * @return the changed options
   */
  public ArenaOptions replace() {
    return flag(REPLACE);
  }

  /**
   * Lets the last member that closes the arena remove its name.
   *
   * @return the changed options
   */
  public ArenaOptions temporary() {
    return flag(TEMPORARY);
  }

  /**
   * If an arena of that name exists, joins it. It must have at least that size.
   *
   * @return the changed options
   */
  public ArenaOptions join() {
    return flag(JOIN);
  }

  /**
   * Puts an anonymous arena on huge pages. The machine must have enough of them in its pool.
   *
   * @return the changed options
   */
  public ArenaOptions huge() {
    return flag(HUGE);
  }

  /**
   * How many arrays it can have: those that are live, loaned, and still held.
   *
   * @param most above 0
   * @return the changed options
   */
  public ArenaOptions maxArrays(int most) {
    return with(1, checkMost("maxArrays", most));
  }

  /**
   * How many signals it can have.
   *
   * @param most above 0
   * @return the changed options
   */
  public ArenaOptions maxSignals(int most) {
    return with(2, checkMost("maxSignals", most));
  }

  /**
   * How many members it can have.
   *
   * @param most 1 to 1,024
   * @return the changed options
   */
  public ArenaOptions maxMembers(int most) {
    return with(3, checkMost("maxMembers", most));
  }

  /**
   * The mode of the file of a named arena.
   *
   * @param mode 0600, 0660 or 0666
   * @return the changed options
   */
  public ArenaOptions mode(int mode) {
    return with(4, mode);
  }

  private static int checkMost(String what, int most) {
    if (most <= 0) {
      throw new IllegalArgumentException(what + ": " + most + " is not above 0");
    }
    return most;
  }

  int[] words() {
    return words.clone();
  }
}
