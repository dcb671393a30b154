package dev.lina;

import static dev.lina.Helper.jar;
import static dev.lina.Helper.runJava;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The examples, each from its source, as the head of its file says. */
class ExamplesTest {
  private static final Path FOLDER = Path.of(System.getenv("LINA_JAVA_HOME"), "examples");

  @BeforeEach
  void segmentsAreThere() {
    assumeFalse("jni".equals(System.getProperty("lina.backend")), "they need segments");
  }

  /** What it prints, without the warnings of Java and of others' libraries. */
  private static List<String> run(String... arguments) throws Exception {
    return runJava(FOLDER, Map.of(), arguments)
        .lines()
        .filter(line -> !line.startsWith("WARNING") && !line.startsWith("SLF4J"))
        .toList();
  }

  @Test
  void arrowShowsAnArrayAndHoldsItsGeneration() throws Exception {
    try (Stream<Path> jars = Files.list(Path.of(System.getenv("LINA_DEPS"), "java/jars"))) {
      String path = jars.map(Path::toString).collect(Collectors.joining(":", jar() + ":", ""));
      assertEquals(
          List.of(
              "prices",
              "1.5",
              "2.5",
              "3.5",
              "4.5",
              "the last is 40.5",
              "the column still is 1.5, 40.5",
              "Arrow holds 1 generation",
              "and 0 once it has released the column"),
          run(
              "--add-opens=java.base/java.nio=ALL-UNNAMED",
              "--class-path",
              path,
              "ArrowView.java"));
    }
  }

  @Test
  void theVectorApiSumsAnArray() throws Exception {
    assertEquals(
        List.of("500002500003"),
        run("--add-modules", "jdk.incubator.vector", "--class-path", jar(), "VectorSum.java"));
  }
}
