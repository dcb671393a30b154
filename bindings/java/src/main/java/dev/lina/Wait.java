package dev.lina;

import java.time.Duration;
import java.util.Objects;

/**
 * How a wait may end other than by its signal: when a member of the arena is gone, or when a time
 * has passed.
 *
 * <pre>{@code
 * Lina.setMemberName("camera"); // in the camera's process
 * Lina.signal("ready");
 * Lina.await("ready", Wait.on("camera").within(Duration.ofSeconds(10)));
 * }</pre>
 *
 * <p>A wait that depends on a member ends with {@link LinaException.MemberDied} soon after that
 * member is gone in any way. It depends on the member that has the name when the wait begins, and
 * not on a later one. If no member ever had the name, it waits for the first one that takes it. If
 * the signal was set before the member's end, the wait succeeds.
 *
 * @param member the member's name, or null
 * @param timeout how long; null means for ever; with zero or less it only looks
 */
public record Wait(String member, Duration timeout) {
  /**
   * A wait that ends when a member is gone.
   *
   * @param member the member's name
   * @return the wait
   */
  public static Wait on(String member) {
    return new Wait(Objects.requireNonNull(member, "the name of the member is null"), null);
  }

  /**
   * The same with a time-out.
   *
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @return the changed wait
   */
  public Wait within(Duration timeout) {
    return new Wait(member, timeout);
  }

  /** Makes a wait with this time-out and no member. */
  static Wait of(Duration timeout) {
    return new Wait(null, timeout);
  }
}
