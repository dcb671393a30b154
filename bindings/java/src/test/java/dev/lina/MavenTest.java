package dev.lina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A project of Maven that depends on dev.lina:lina, offline. The local repository is a copy of the
 * one that script/setup has filled with Maven's plugins; the jar is put into it as the README says.
 */
@Timeout(600)
class MavenTest {
  private static final boolean IS_NEW = Runtime.version().feature() >= 22;

  @TempDir Path folder;
  private final String where = Helper.where();
  private final Path home = Path.of(System.getenv("LINA_JAVA_HOME"));

  @BeforeEach
  void makeTheProject() throws Exception {
    Helper.assumeCompiler();
    Path filled = Path.of(System.getenv("LINA_DEPS"), "java/maven");
    assumeTrue(Files.isDirectory(filled), "script/setup has not fetched Maven's plugins");
    assumeTrue(
        !IS_NEW || !"jni".equals(System.getProperty("lina.backend")), "Maven is tested with FFM");
    copy(filled, folder.resolve("repository"));
    Files.copy(home.resolve("src/test/maven/pom.xml"), folder.resolve("pom.xml"));
    assertEquals(
        "",
        mvn("install:install-file", "-Dfile=" + Helper.jar(), "-DpomFile=" + home + "/pom.xml"));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }

  private String mvn(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("mvn", "-o", "-q", "-B", "-Dmaven.repo.local=repository"));
    command.addAll(List.of(arguments));
    Map<String, String> environment =
        Map.of("JAVA_HOME", System.getProperty("java.home"), "MAVEN_OPTS", "");
    return withoutMavensOwn(Helper.run(folder, environment, command));
  }

  /** Maven resets the colours, and a new Java warns of what Maven's own libraries do. */
  private static String withoutMavensOwn(String out) {
    return out.replaceAll("\u001b\\[[0-9;]*m", "")
        .replaceAll("(?m)^WARNING: .*(sun\\.misc\\.Unsafe|com\\.google\\.|/maven/).*\n", "");
  }

  /** Maven runs a class of the project in a JVM of its own. */
  private String exec(String permission, String arguments) throws Exception {
    String options = IS_NEW ? "--enable-native-access=" + permission + " " : "";
    return mvn(
        "compile",
        "exec:exec",
        "-Dexec.executable=" + System.getProperty("java.home") + "/bin/java",
        "-Dexec.args=" + options + arguments);
  }

  private void write(String folderName, String heading) throws IOException {
    Path sources = Files.createDirectories(folder.resolve(folderName));
    for (String name : List.of("Writer.java", "Worker.java")) {
      String text = DocumentsTest.program(home, name).replace("shm:weather", where);
      Helper.write(sources, name, heading + text);
    }
  }

  /** The writer by Maven, and the worker beside it once the arena is there. */
  private void works(String permission, String arguments) throws Exception {
    Path worker = Helper.write(folder, "Worker.java", workerAlone());
    CompletableFuture<String> other =
        CompletableFuture.supplyAsync(() -> DocumentsTest.runWorker(where, worker));
    assertEquals("[2.0, 4.0, 6.0, 8.0, 10.0, 12.0]\n", exec(permission, arguments));
    assertEquals("", other.get());
  }

  private String workerAlone() throws IOException {
    return DocumentsTest.program(home, "Worker.java").replace("shm:weather", where);
  }

  @Test
  void theFirstExampleRunsOnTheClassPathWithoutAWarning() throws Exception {
    write("src/main/java", "");
    works("ALL-UNNAMED", "-classpath %classpath Writer");
  }

  @Test
  void theFirstExampleRunsOnTheModulePathWithoutAWarning() throws Exception {
    write("src/main/java/weather", "package weather;\n");
    Helper.write(
        folder.resolve("src/main/java"),
        "module-info.java",
        "module weather { requires dev.lina; }");
    works("dev.lina", "--module-path %classpath --module weather/weather.Writer");
  }
}
