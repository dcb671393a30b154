package dev.lina;

import static dev.lina.Core.CORE;

import java.time.Duration;
import java.util.List;

/** Members of an arena. */
abstract class MemberCalls extends ArenaBase {
  MemberCalls(Handle handle) {
    super(handle);
  }

  /**
   * Gives this member of the arena a name, by which others may depend on it.
   *
   * @param name its name; null for none
   * @throws LinaException when another living member has the name: {@code EXISTS}
   */
  public void setMemberName(String name) {
    byte[] bytes = name == null ? null : Text.name("member", name);
    within(arena -> CORE.nameMember(arena, bytes));
  }

  /**
   * The living members of the arena.
   *
   * @return a snapshot, in no order
   */
  public List<MemberInfo> members() {
    return Lists.read(
        Core.MEMBER_INFO_SIZE,
        (out, written) -> within(arena -> CORE.listMembers(arena, out, written)),
        MemberInfo::of);
  }

  /**
   * Waits until a member is gone. If the last member that had the name is gone, this returns at
   * once. If no member ever had the name, this waits for the first one that takes it.
   *
   * @param name the member's name
   * @throws InterruptedException when the thread is interrupted
   */
  public void awaitMember(String name) throws InterruptedException {
    awaitMember(name, null);
  }

  /**
   * Waits until a member is gone, but not longer than some time.
   *
   * @param name the member's name
   * @param timeout how long; null means for ever; with zero or less it only looks
   * @throws InterruptedException when the thread is interrupted
   * @throws LinaException.TimedOut when the time has passed
   */
  public void awaitMember(String name, Duration timeout) throws InterruptedException {
    Sleep.checkInterrupt("the end of a member");
    if (!new MemberWatch(this, name).await(Sleep.Deadline.in(timeout))) {
      throw new LinaException.TimedOut(
          "member \"" + name + "\" was not gone" + Sleep.within(timeout));
    }
  }
}
