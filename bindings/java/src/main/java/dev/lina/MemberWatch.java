package dev.lina;

import static dev.lina.Core.CORE;

import java.util.Set;

/**
 * A wait that depends on a member. Each slice of it binds to the member that has the name then, and
 * the next one may find a namesake: so the whole wait remembers whom it means.
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

  /** The slice, which ends with the member as well. What was signalled before its death wins. */
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
