package dev.lina;

import static dev.lina.Core.CORE;

import java.util.Set;

/**
 * A wait that depends on a member. Each slice of it finds the member by its name, and a later slice
 * may find another member of that name. So the wait remembers the incarnation of the first.
 */
final class MemberWatch {
  private final MemberCalls arena;
  private final String name;
  private long incarnation;

  MemberWatch(MemberCalls arena, String name) {
    this.arena = arena;
    this.name = name;
  }

  byte[] bytes() {
    return Text.name("member", name);
  }

  /** Whether the member that was seen first is among the living ones, by their incarnations. */
  boolean isAmong(Set<Long> living) {
    return incarnation != 0 && living.contains(incarnation);
  }

  /** Whether the member that was seen first is gone. */
  boolean isGone() {
    long now = 0;
    for (MemberInfo member : arena.members()) {
      if (member.name().equals(name)) {
        now = member.incarnation();
      }
    }
    if (incarnation == 0) {
      incarnation = now;
    }
    return incarnation != 0 && incarnation != now;
  }

  /**
   * Makes the slice end with the member as well. If the signal was set before the member's death,
   * the wait succeeds.
   */
  Sleep.Slice over(Sleep.Slice slice, String about) {
    return nanos -> {
      try {
        long result = slice.sleep(nanos);
        if (result != Sleep.NOT_YET || !isGone()) {
          return result;
        }
        result = slice.sleep(0);
        if (result != Sleep.NOT_YET) {
          return result;
        }
      } catch (LinaException.MemberDied e) {
        // as it is said below, with the signal
      }
      throw new LinaException.MemberDied(about + ": member \"" + name + "\" is gone");
    };
  }

  /** Waits until the member is gone. False when the time has passed. */
  boolean await(Sleep.Deadline deadline) throws InterruptedException {
    byte[] bytes = bytes();
    Sleep.Slice slice =
        nanos -> {
          long result = arena.answer(a -> Sleep.outcome(CORE.waitForMember(a, bytes, nanos)));
          return result == Sleep.NOT_YET && isGone() ? 0 : result;
        };
    return Sleep.until(deadline, "the end of member \"" + name + "\"", slice, Notifier::nap) >= 0;
  }
}
