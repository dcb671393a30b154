package dev.lina;

import java.time.Duration;
import java.util.Objects;

/**
 * How a wait may end other than by its signal: when a member of the arena is gone, or when a time
 * has passed.
 *
 * <pre>{@code
 * Lina.setMemberName("camera"); // the camera's process says so
 * Lina.signal("ready");
 * Lina.await("ready", Wait.on("camera").within(Duration.ofSeconds(10)));
 * }</pre>
 *
 * <p>A wait that depends on a member ends with {@link LinaException.MemberDied} soon after that
 * member is gone, however it went. It means the member that has the name when the wait begins, and
 * no later one. Where nobody ever had the name, it waits for somebody to have it. What was
 * signalled before the end wins.
 *
 * @param member the member's name, or null
 * @param timeout how long; null is for ever; zero and less only look
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
   * The same for some time at most.
   *
   * @param timeout how long; null is for ever; zero and less only look
   * @return the changed wait
   */
  public Wait within(Duration timeout) {
    return new Wait(member, timeout);
  }

  /** What a wait with this time-out and no member is. */
  static Wait of(Duration timeout) {
    return new Wait(null, timeout);
  }
}
