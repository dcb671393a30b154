package dev.lina;

import static dev.lina.Helper.jar;
import static dev.lina.Helper.runJava;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents show works as it stands there. */
class DocumentsTest {
  private static final Pattern SNIPPET =
      Pattern.compile("(?:<!-- (file|since): (\\S+) -->\\n)?```java\\n(.*?)```", Pattern.DOTALL);
  private static final String IMPORTS =
      """
      import dev.lina.*;
      import java.nio.*;
      import java.time.Duration;
      import java.util.*;
      import java.util.concurrent.*;
      """;

  @TempDir Path folder;
  private String readme;

  @BeforeEach
  void read() throws IOException {
    Helper.assumeCompiler();
    readme = Files.readString(home().resolve("README.md"));
  }

  private static Path home() {
    return Path.of(System.getenv("LINA_JAVA_HOME"));
  }

  private static boolean isForThisJava(String since) {
    return Runtime.version().feature() >= Integer.parseInt(since)
        && !"jni".equals(System.getProperty("lina.backend"));
  }

  /** A program that the README shows whole. */
  static String program(Path home, String name) throws IOException {
    Matcher all = SNIPPET.matcher(Files.readString(home.resolve("README.md")));
    while (all.find()) {
      if ("file".equals(all.group(1)) && name.equals(all.group(2))) {
        return all.group(3);
      }
    }
    throw new AssertionError("the README has no " + name);
  }

  @Test
  void theTwoProgramsOfTheReadmeWorkTogether() throws Exception {
    String where = Helper.where();
    for (String name : List.of("Writer.java", "Worker.java")) {
      Helper.write(folder, name, program(home(), name).replace("shm:weather", where));
    }
    CompletableFuture<String> worker =
        CompletableFuture.supplyAsync(() -> runWorker(where, folder.resolve("Worker.java")));
    String out = runJava(folder, Map.of(), "--class-path", jar(), "Writer.java");
    assertEquals("", worker.get());
    assertEquals("[2.0, 4.0, 6.0, 8.0, 10.0, 12.0]\n", out);
  }

  /** It is started once its arena is there, as a person would. */
  static String runWorker(String where, Path worker) {
    try {
      Helper.within(500, () -> isThere(where));
      return runJava(worker.getParent(), Map.of(), "--class-path", jar(), worker.toString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isThere(String name) {
    try {
      return Lina.inspect(name).members() > 0;
    } catch (LinaException e) {
      return false;
    }
  }

  @Test
  void theOtherSnippetsOfTheReadmeWorkOneAfterAnother() throws Exception {
    StringBuilder body = new StringBuilder();
    String imports = IMPORTS;
    Matcher all = SNIPPET.matcher(readme);
    while (all.find()) {
      boolean isNew = "since".equals(all.group(1));
      if (all.group(1) == null || isNew && isForThisJava(all.group(2))) {
        body.append(all.group(3));
        imports += isNew ? "import java.lang.foreign.*;\nimport dev.lina.Lina.Arena;\n" : "";
      }
    }
    assertTrue(body.length() > 2000);
    assertEquals("end\n", runBody(imports, body.toString()));
  }

  private String runBody(String imports, String body) throws Exception {
    String program =
        imports
            + "class Snippets {\n public static void main(String[] args) throws Exception {\n"
            + body
            + "\nSystem.out.println(\"end\");\n}}\n";
    Helper.write(folder, "Snippets.java", program);
    return runJava(folder, Map.of(), "-ea", "--class-path", jar(), "Snippets.java");
  }

  @Test
  void theSnippetsOfTheJavadocWork() throws Exception {
    Pattern code = Pattern.compile("<pre>\\{@code\\n(.*?)\\}</pre>", Pattern.DOTALL);
    StringBuilder body = new StringBuilder();
    try (Stream<Path> sources = Files.walk(home().resolve("src/main"))) {
      for (Path source : sources.filter(p -> p.toString().endsWith(".java")).sorted().toList()) {
        Matcher all = code.matcher(Files.readString(source));
        while (all.find()) {
          body.append("{\n").append(all.group(1).replaceAll("(?m)^ *\\* ?", "")).append("\n}\n");
        }
      }
    }
    assertTrue(body.toString().contains("initArena"));
    assertEquals("end\n", runBody(IMPORTS, body.toString()));
  }

  @Test
  void javaOfTheFirstDesignWorksAsWritten() throws Exception {
    assertEquals(
        "end\n",
        runBody(
            IMPORTS,
            """
            Lina.initArena(1 << 20);
            Lina.createArray("input", DType.F64, new long[]{2, 3}, Order.C);
            ByteBuffer bb = Lina.openBuffer("input");
            bb.order(ByteOrder.nativeOrder());
            DoubleBuffer db = bb.asDoubleBuffer();
            db.put(5, 42.0);
            assert Lina.array("input").getDouble(1, 2) == 42.0;
            """));
  }

  @Test
  void theJavadocHasNoWarnings() throws Exception {
    assumeTrue(Runtime.version().feature() >= 22, "the newest Java makes the javadoc");
    Path javadoc = Path.of(System.getProperty("java.home"), "bin", "javadoc");
    List<String> command =
        Stream.concat(
                Stream.of(
                    javadoc.toString(),
                    "-Xdoclint:all",
                    "-Werror",
                    "-quiet",
                    "-d",
                    folder.resolve("api").toString()),
                sources().stream())
            .collect(Collectors.toList());
    assertEquals("", Helper.run(folder, Map.of(), command));
  }

  private static List<String> sources() throws IOException {
    Path base = home().resolve("src/main/java/dev/lina");
    Path newer = home().resolve("src/main/java22/dev/lina");
    try (Stream<Path> old = Files.list(base);
        Stream<Path> all = Stream.concat(old, Files.list(newer))) {
      return all.filter(p -> p.startsWith(newer) || !Files.exists(newer.resolve(p.getFileName())))
          .map(Path::toString)
          .collect(Collectors.toList());
    }
  }
}
