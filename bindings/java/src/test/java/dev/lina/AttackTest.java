package dev.lina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Every public method is called with what it should refuse, after its object was closed, and while
 * another thread closes it. Each answers, or throws what names the reason; the JVM lives on.
 */
class AttackTest {
  private static final Set<String> NOT_CALLED =
      Set.of("close", "discard"); // they end what the others need

  private final Lina.Arena arena = Helper.arena();

  @AfterEach
  void close() {
    Thread.interrupted();
    arena.close();
  }

  // ---- what there is to call ----

  private static List<Method> methodsOf(Object target) {
    List<Method> all = new ArrayList<>();
    for (Method method : target.getClass().getMethods()) {
      if (method.getDeclaringClass().getPackageName().equals("dev.lina")
          && !Modifier.isStatic(method.getModifiers())
          && !NOT_CALLED.contains(method.getName())) {
        method.setAccessible(true); // of a class that is not public, by way of one that is
        all.add(method);
      }
    }
    assertTrue(!all.isEmpty());
    return all;
  }

  private List<Object> targets() {
    arena.ensureArray("x", DType.F64, 2, 3);
    arena.stream("f", 4);
    arena.signal("s");
    return new ArrayList<>(
        List.of(
            arena,
            arena.array("x"),
            arena.ensureArray("bytes", DType.U8, 4),
            arena.ensureArray("flags", DType.BOOL, 4),
            arena.ensureArray("complex", DType.C64, 4),
            arena.openLoan("l", DType.I64, new long[] {3}, Order.C),
            arena.openSignal("s"),
            arena.produce("f"),
            arena.follow("f")));
  }

  private static Object good(Class<?> type) {
    if (type == String.class) {
      return "x";
    } else if (type == long[].class) {
      return new long[] {2};
    } else if (type == DType.class) {
      return DType.F64;
    } else if (type == Order.class) {
      return Order.C;
    } else if (type == Duration.class) {
      return Duration.ZERO;
    } else if (type == Wait.class) {
      return new Wait(null, Duration.ZERO);
    } else if (type == String[].class) {
      return new String[] {"s"};
    } else if (type == Map.class) {
      return Map.of("a", DType.F64);
    } else if (type == FollowOptions.class) {
      return FollowOptions.defaults().timeout(Duration.ZERO);
    } else if (type == Loan.Filler.class) {
      return (Loan.Filler<RuntimeException>) loan -> {};
    } else if (type == boolean.class) {
      return true;
    } else if (type == int.class) {
      return 1;
    } else if (type == float.class) {
      return 1f;
    } else if (type == double.class) {
      return 1d;
    } else if (type == long.class) {
      return 1L;
    }
    return null;
  }

  private static List<Object> bad(Class<?> type) {
    List<Object> all = new ArrayList<>();
    if (type == long.class) {
      all.addAll(List.of(-1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40));
    } else if (type == int.class) {
      all.addAll(List.of(-1, Integer.MIN_VALUE, Integer.MAX_VALUE));
    } else if (type == double.class) {
      all.addAll(List.of(Double.NaN, Double.POSITIVE_INFINITY, 1e300, 0.5));
    } else if (type == float.class) {
      all.addAll(List.of(Float.NaN, Float.NEGATIVE_INFINITY));
    } else if (type == boolean.class) {
      all.add(false);
    } else {
      all.add(null);
    }
    if (type == String.class) {
      all.addAll(List.of("", "x".repeat(64), "a\0b", "\ud800", "nobody", "f", "x", "s"));
    } else if (type == long[].class) {
      all.addAll(
          List.of(
              new long[] {-1},
              new long[9],
              new long[] {Long.MAX_VALUE, Long.MAX_VALUE},
              new long[] {Long.MIN_VALUE},
              new long[] {1L << 45},
              new long[0]));
    } else if (type == String[].class) {
      all.addAll(List.of(new String[0], new String[65], new String[] {null}, new String[] {""}));
    } else if (type == Map.class) {
      Map<String, DType> holes = new java.util.HashMap<>();
      holes.put("a", null);
      Map<String, DType> nameless = new java.util.HashMap<>();
      nameless.put(null, DType.F64);
      all.addAll(List.of(Map.of(), holes, nameless, Map.of("x".repeat(64), DType.F64)));
    } else if (type == Duration.class) {
      all.add(Duration.ofSeconds(Long.MIN_VALUE));
    } else if (type.isArray()) {
      all.add(java.lang.reflect.Array.newInstance(type.getComponentType(), 0));
      all.add(java.lang.reflect.Array.newInstance(type.getComponentType(), 1000));
    } else if (type == Loan.Filler.class) {
      all.add(
          (Loan.Filler<RuntimeException>)
              loan -> {
                throw new IllegalArgumentException("the filler's own");
              });
    }
    return all;
  }

  // ---- a call ----

  /** What is wrong with the answer, or null. A thread that would wait is interrupted. */
  private static String complaint(Object target, Method method, Object[] arguments) {
    Thread.currentThread().interrupt();
    Throwable why = null;
    try {
      method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      why = e.getCause();
    } catch (IllegalAccessException | IllegalArgumentException e) {
      why = e;
    } finally {
      Thread.interrupted();
    }
    if (why == null || isFit(why)) {
      return null;
    }
    return method
        + " "
        + Arrays.deepToString(arguments)
        + ": "
        + why
        + (why.getStackTrace().length > 0 ? " at " + why.getStackTrace()[0] : "");
  }

  /** Of a kind that tells the caller, and with words of this package's. */
  private static boolean isFit(Throwable why) {
    String message = why.getMessage();
    if (why instanceof LinaException || why instanceof InterruptedException) {
      return message != null && message.length() > 10;
    }
    boolean isKind =
        why instanceof IllegalArgumentException
            || why instanceof IndexOutOfBoundsException
            || why instanceof NullPointerException
            || why instanceof UnsupportedOperationException
            || why instanceof IllegalStateException;
    return isKind && message != null && !message.contains("because \"");
  }

  private static Set<String> attack(Object target) {
    Set<String> complaints = new TreeSet<>();
    for (Method method : methodsOf(target)) {
      Class<?>[] types = method.getParameterTypes();
      Object[] fine = Arrays.stream(types).map(AttackTest::good).toArray();
      note(complaints, complaint(target, method, fine));
      for (int i = 0; i < types.length; i++) {
        for (Object value : bad(types[i])) {
          Object[] arguments = fine.clone();
          arguments[i] = value;
          note(complaints, complaint(target, method, arguments));
        }
      }
    }
    return complaints;
  }

  private static void note(Set<String> complaints, String found) {
    if (found != null) {
      complaints.add(found);
    }
  }

  private static void assertNone(Set<String> complaints) {
    assertEquals("", String.join("\n", complaints));
  }

  // ---- the attacks ----

  @Test
  void whatAMethodRefusesItNames() throws Exception {
    Set<String> complaints = new TreeSet<>();
    for (Object target : targets()) {
      complaints.addAll(attack(target));
    }
    assertNone(complaints);
    arena.checkTables();
    arena.createArray("after", DType.F64, 1).setDouble(1, 0);
    assertEquals(1, arena.array("after").getDouble(0));
  }

  @Test
  void afterTheEndEachMethodAnswersOrNamesTheReason() throws Exception {
    Set<String> complaints = new TreeSet<>();
    List<Object> all = targets();
    for (Object target : all) {
      if (target instanceof AutoCloseable closeable && target != arena) {
        closeable.close();
        complaints.addAll(attack(target));
      }
    }
    List<Object> open = targets();
    arena.close();
    for (Object target : open) {
      complaints.addAll(attack(target));
    }
    assertNone(complaints);
  }

  @Test
  void whileOthersCallItAnObjectCanBeClosed() throws Exception {
    Set<String> complaints = new ConcurrentSkipListSet<>();
    Set<String> called = new ConcurrentSkipListSet<>();
    for (int round = 0; round < 30; round++) {
      Lina.Arena own = Helper.arena();
      own.createArray("x", DType.F64, 2, 3).close();
      own.stream("f", 4);
      own.signal("s");
      List<Object> targets =
          List.of(
              own.array("x"),
              own.openLoan("l", DType.F64, new long[] {2, 3}, Order.C),
              own.openSignal("s"),
              own.produce("f"),
              own.follow("f"),
              own);
      Thread[] threads = new Thread[3];
      for (int t = 0; t < threads.length; t++) {
        Random random = new Random(round * 100L + t);
        threads[t] =
            new Thread(
                () -> {
                  for (int i = 0; i < 300; i++) {
                    Object target = targets.get(random.nextInt(targets.size()));
                    List<Method> methods = methodsOf(target);
                    Method method = methods.get(random.nextInt(methods.size()));
                    Object[] fine =
                        Arrays.stream(method.getParameterTypes()).map(AttackTest::good).toArray();
                    note(complaints, complaint(target, method, fine));
                    called.add(method.getName());
                  }
                });
        threads[t].start();
      }
      for (Object target : targets) {
        Thread.yield();
        ((AutoCloseable) (target instanceof Signal ? (AutoCloseable) () -> {} : target)).close();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertNone(complaints);
    assertTrue(called.size() > 60, called::toString);
  }

  @Test
  void aSubscriberThatIsNullIsRefused() {
    arena.stream("f", 2);
    try (Follower follower = arena.follow("f")) {
      Helper.refuses(
          NullPointerException.class,
          () -> follower.subscribe((Flow.Subscriber<StreamArray>) null),
          "subscriber");
    }
  }
}
