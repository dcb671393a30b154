package dev.lina;

import static dev.lina.Helper.jar;
import static dev.lina.Helper.runJava;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as users have it. */
class PackageTest {
  private static final String PROGRAM =
      """
      import dev.lina.*;
      class Program {
        public static void main(String[] args) {
          for (int i = 0; i < 2; i++) {
            try {
              Lina.Arena arena = Lina.Arena.create(1 << 16);
              arena.createArray("x", DType.F64, 1).setDouble(4.5, 0);
              System.out.println(arena.array("x").getDouble(0) + " " + Lina.library());
            } catch (LinaException e) {
              System.out.println(e.code() + ": " + e.getMessage());
            }
          }
        }
      }
      """;

  @TempDir static Path classes;
  @TempDir Path folder;

  @BeforeAll
  static void compile() throws Exception {
    Helper.assumeCompiler();
    Path source = Helper.write(classes, "Program.java", PROGRAM);
    int errors =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", jar(), "-d", classes.toString(), source.toString());
    assertEquals(0, errors);
  }

  private String run(Map<String, String> environment, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--class-path", jar() + ":" + classes, "Program"));
    return runJava(folder, environment, all.toArray(String[]::new));
  }

  @Test
  void theCLibraryIsToldByWhatTheProcessHasMapped() throws Exception {
    String glibc = "7f3c00 r-xp 0 00:1c 12 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
    String musl = "7f3c00 r-xp 0 00:1c 12 /lib/ld-musl-x86_64.so.1";
    assertTrue(!NativeLibrary.isMusl(Stream.of(glibc, "7ffd00 rw-p 0 00:00 0 [stack]")));
    assertTrue(NativeLibrary.isMusl(Stream.of("7ffd00 rw-p 0 00:00 0 [stack]", musl)));
    String script = System.getenv("LINA_JAVA_HOME") + "/script/platform";
    assertEquals(Helper.run(folder, Map.of(), List.of(script)).trim(), NativeLibrary.platform());
    try (JarFile file = new JarFile(jar())) {
      String inside = "dev/lina/native/" + NativeLibrary.platform() + "/";
      assertNotNull(file.getEntry(inside + NativeLibrary.CORE));
      assertNotNull(file.getEntry(inside + NativeLibrary.GLUE));
    }
  }

  @Test
  void nothingIsPrintedAndNothingStaysInTheTemporaryFolder() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String out = run(Map.of(), "-Dlina.tmpdir=" + temporary);
    assertEquals(2, out.lines().filter(line -> line.startsWith("4.5 ")).count(), out);
    assertEquals(2, out.lines().count(), out);
    assertTrue(out.contains(temporary.toString()), out);
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void aTemporaryFolderThatIsNotThereIsNamedEachTime() throws Exception {
    String out = run(Map.of(), "-Dlina.tmpdir=/no/such/folder");
    assertEquals(2, out.lines().filter(line -> line.startsWith("SYSTEM: ")).count(), out);
    assertTrue(out.contains("/no/such/folder") && out.contains("-Dlina.tmpdir"), out);
  }

  @Test
  void aTemporaryFolderThatForbidsExecutingIsNamedWithItsRemedy() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("noexec"));
    String at = temporary.toString();
    String mount =
        Helper.run(
            folder, Map.of(), List.of("mount", "-t", "tmpfs", "-o", "noexec,size=8m", "none", at));
    assumeTrue(mount.isEmpty(), "this user may not mount");
    try {
      String out = run(Map.of(), "-Dlina.tmpdir=" + at);
      assertTrue(
          out.contains("noexec") && out.contains(at) && out.contains("-Dlina.lib.path"), out);
      try (Stream<Path> left = Files.list(temporary)) {
        assertEquals(0, left.count());
      }
    } finally {
      Helper.run(folder, Map.of(), List.of("umount", at));
    }
  }

  @Test
  void aFolderOfLibrariesCanBeNamed() throws Exception {
    Path build = Path.of(System.getenv("LINA_BUILD"));
    Path own = Files.createDirectory(folder.resolve("own"));
    for (String library : List.of("liblina_core.so.1", "bindings/java/liblina_java.so")) {
      Path from = build.resolve(library);
      Files.copy(from, own.resolve(from.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    String out = run(Map.of(), "-Dlina.lib.path=" + own);
    assertTrue(out.contains("4.5 " + own.resolve("liblina_core.so.1")), out);
    String none = run(Map.of(), "-Dlina.lib.path=" + folder);
    assertTrue(none.contains("SYSTEM") && none.contains("-Dlina.lib.path=" + folder), none);
  }

  @Test
  void theCoreThatTheEnvironmentNamesIsTaken() throws Exception {
    String core = Path.of(System.getenv("LINA_BUILD"), "liblina_core.so.1").toString();
    assertTrue(run(Map.of("LINA_CORE", core)).contains("4.5 " + core));
    String out = run(Map.of("LINA_CORE", "/no/such/core"));
    assertEquals(2, out.lines().filter(line -> line.contains("/no/such/core")).count(), out);
    String other = run(Map.of("LINA_CORE", "libm.so.6"));
    assertTrue(other.contains("lacks lina_"), other);
  }

  @Test
  void aBackendThatThereIsNotIsNamed() throws Exception {
    String out = run(Map.of(), "-Dlina.backend=odd");
    assertEquals(2, out.lines().filter(line -> line.contains("-Dlina.backend=odd")).count(), out);
  }

  @Test
  void theArenaOfTheEnvironmentNeedsNoSetUp() throws Exception {
    String where = Helper.where();
    Helper.write(
        folder,
        "Script.java",
        """
        import dev.lina.Lina;
        class Script {
          public static void main(String[] args) throws Exception {
            Lina.await("go");
            System.out.println(Lina.array("x").getDouble(0));
          }
        }
        """);
    try (Lina.Arena arena =
        Lina.Arena.create(1 << 16, where, ArenaOptions.defaults().temporary())) {
      arena.createArray("x", DType.F64, 1).setDouble(6.5, 0);
      arena.signal("go");
      String[] command = {"--class-path", jar(), "Script.java"};
      assertEquals("6.5\n", runJava(folder, Map.of("LINA_ARENA", where), command));
      String lost = runJava(folder, Map.of("LINA_ARENA", where + "lost"), command);
      assertTrue(lost.contains("NotFound") && lost.contains(where + "lost"), lost);
    }
  }

  @Test
  void theJarIsAModule() throws Exception {
    Path source = Files.createDirectories(folder.resolve("source/user"));
    Helper.write(source.getParent(), "module-info.java", "module user { requires dev.lina; }");
    Helper.write(
        source,
        "Program.java",
        "package user; public "
            + PROGRAM
                .replaceFirst("(?s)^.*?class", "class")
                .replace("Lina", "dev.lina.Lina")
                .replace("DType", "dev.lina.DType")
                .replace("dev.lina.dev.lina", "dev.lina"));
    String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
    String out =
        Helper.run(
            folder,
            Map.of(),
            List.of(
                javac,
                "-d",
                "classes",
                "--module-path",
                jar(),
                "source/module-info.java",
                "source/user/Program.java"));
    assertEquals("", out);
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=dev.lina");
    }
    command.addAll(List.of("--module-path", jar() + ":classes", "--module", "user/user.Program"));
    String ran = Helper.run(folder, Map.of(), command);
    assertEquals(2, ran.lines().filter(line -> line.startsWith("4.5 ")).count(), ran);
    assertEquals(2, ran.lines().count(), ran);
  }
}
