import dev.lina.Lina;
import dev.lina.LinaArray;

/** Java's part of the stress: overflows, null pointers, which HotSpot detects by SIGSEGV, and garbage. */
class Stress {
  private static int overflow() {
    return 1 + overflow();
  }

  private static void overflowOnce() {
    try {
      overflow();
    } catch (StackOverflowError expected) {
      return;
    }
    throw new AssertionError("no overflow");
  }

  private static int nullPointers(String nothing) {
    int caught = 0;
    for (int i = 0; i < 1000; i++) {
      try {
        caught += nothing.length();
      } catch (NullPointerException expected) {
        caught++;
      }
    }
    return caught;
  }

  public static void main(String[] arguments) throws InterruptedException {
    while (!Lina.tryWait("stop")) {
      overflowOnce();
      if (nullPointers(null) != 1000) {
        throw new AssertionError("a null pointer was lost");
      }
      Thread thread = new Thread(Stress::overflowOnce);
      thread.start();
      thread.join();
      byte[][] garbage = new byte[1000][];
      for (int i = 0; i < garbage.length; i++) {
        garbage[i] = new byte[10_000];
      }
      System.gc();
      try (LinaArray x = Lina.array("x")) {
        x.setLong(x.getLong(4) + 1, 4);
      }
      Lina.signal("rounds.java");
    }
  }
}
