import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A script whose run shows the JVM which classes an archive should have: those of the launcher and
 * of the compiler. So it has what scripts have, and its compilation needs a jar.
 */
class Training {
  record Pair<T>(String name, T value) {}

  interface Shape {
    default double area() {
      return 0;
    }
  }

  enum Colour {
    RED,
    GREEN
  }

  public static void main(String[] arguments) throws Exception {
    Map<Integer, List<String>> words =
        List.of("a", "bc", "d").stream().collect(Collectors.groupingBy(String::length));
    for (Map.Entry<Integer, List<String>> entry : words.entrySet()) {
      System.out.printf("%d %s%n", entry.getKey(), entry.getValue());
    }
    try (AutoCloseable nothing = () -> {}) {
      double[] numbers = new double[4];
      numbers[0] += new Pair<>("x", 3).value();
      String text =
          switch (Colour.GREEN) {
            case RED -> "red";
            default -> "green";
          };
      System.out.println(text + " " + numbers[0]);
    } catch (RuntimeException error) {
      throw new IllegalStateException(error);
    }
    Thread thread = new Thread(() -> System.out.println(new Shape() {}.area()));
    thread.start();
    thread.join();
  }
}
