package dev.lina;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Watches the members that futures depend on. No bell rings when a member dies, so a timer looks
 * after all futures in turn:
 *
 * <pre>
 * every 80 ms   one list of the living members for each arena; a future whose member is in it goes on
 * otherwise     one look of liblina_core: the signal, then the member, as in a wait that blocks
 * </pre>
 *
 * <p>The timer runs only while there is something to watch.
 */
final class Vigil {
  private static final long PAUSE_MILLIS = 80;
  private static final Map<Pending, Vigil> ALL = new ConcurrentHashMap<>();
  private static boolean isTicking;

  private final SignalCalls arena;
  private final Pending.OfSignal pending;
  private final MemberWatch watch;
  private final Sleep.Slice look;

  private Vigil(SignalCalls arena, Pending.OfSignal pending, String member) {
    this.arena = arena;
    this.pending = pending;
    watch = new MemberWatch(arena, member);
    look = Waiting.slice(arena, pending.name(), pending.target(), watch);
  }

  /** Makes the wait fail once the member is gone; at once if it is gone already. */
  static void keep(SignalCalls arena, Pending.OfSignal pending, String member) {
    Vigil vigil = new Vigil(arena, pending, member);
    try {
      vigil.look();
    } catch (LinaException.MemberDied e) {
      pending.fail(e);
      return;
    } catch (RuntimeException e) { // this cannot be a member's name
      pending.finish();
      throw e;
    }
    ALL.put(pending, vigil);
    pending.future.whenComplete((value, why) -> ALL.remove(pending));
    begin();
  }

  /** How many futures are watched. */
  static int count() {
    return ALL.size();
  }

  private static synchronized void begin() {
    if (!isTicking && !ALL.isEmpty()) {
      isTicking = true;
      tickLater();
    }
  }

  private static void tickLater() {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, Notifier.pool())
        .execute(Vigil::tick);
  }

  private static void tick() {
    Map<SignalCalls, Set<Long>> living = new HashMap<>();
    for (Vigil vigil : ALL.values()) {
      try {
        if (!vigil.watch.isAmong(living.computeIfAbsent(vigil.arena, Vigil::incarnations))) {
          vigil.look();
        }
      } catch (RuntimeException e) {
        vigil.pending.fail(e);
      }
    }
    synchronized (Vigil.class) {
      isTicking = !ALL.isEmpty();
      if (isTicking) {
        tickLater();
      }
    }
  }

  private static Set<Long> incarnations(SignalCalls arena) {
    Set<Long> all = new HashSet<>();
    for (MemberInfo member : arena.members()) {
      all.add(member.incarnation());
    }
    return all;
  }

  /**
   * Completes the wait if it is over. If the signal was set before the member's end, the wait
   * succeeds.
   */
  private void look() {
    if (look.sleep(0) != Sleep.NOT_YET) {
      pending.look(false);
    }
  }
}
