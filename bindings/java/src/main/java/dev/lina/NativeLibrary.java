package dev.lina;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * The native libraries of the jar: the binding's own, which JNI needs, and liblina_core.
 *
 * <p>The jar has them for each platform. They are unpacked into a temporary folder, and removed
 * from it as soon as they are loaded. The property {@code lina.lib.path} names a folder that has
 * them already. {@code lina.tmpdir} names another temporary folder.
 */
final class NativeLibrary {
  static final String GLUE = "liblina_java.so";
  static final String CORE = "liblina_core.so.1";

  private static Path unpacked;

  private NativeLibrary() {}

  /** "linux-x86_64", "linux-aarch64-musl": the folder of the jar. */
  static String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(java.util.Locale.ROOT);
    String machine = System.getProperty("os.arch", "");
    if (!system.equals("linux")) {
      throw cannotLoad("Lina needs Linux, and this is " + system, null);
    }
    String name =
        switch (machine) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> machine;
        };
    return "linux-" + name + (isMusl() ? "-musl" : "");
  }

  /** True if this process runs on musl: then musl's loader is mapped. */
  static boolean isMusl() {
    try (Stream<String> maps =
        Files.lines(Path.of("/proc/self/maps"), java.nio.charset.StandardCharsets.ISO_8859_1)) {
      return isMusl(maps);
    } catch (IOException e) {
      return false;
    }
  }

  static boolean isMusl(Stream<String> maps) {
    return maps.anyMatch(line -> line.contains("/ld-musl-"));
  }

  /** Loads what JNI needs. */
  static void loadGlue() {
    Path glue = find(GLUE);
    try {
      System.load(glue.toString());
    } catch (UnsatisfiedLinkError e) {
      throw cannotLoad(e.getMessage(), e);
    } finally {
      forget(glue);
    }
  }

  /** The path of the jar's own liblina_core. Call {@link #forget} once it is loaded. */
  static Path ownCore() {
    return find(CORE);
  }

  private static Path find(String name) {
    String folder = System.getProperty("lina.lib.path");
    if (folder == null) {
      return unpack(name);
    }
    Path path = Path.of(folder, name).toAbsolutePath();
    if (!Files.isRegularFile(path)) {
      throw cannotLoad("-Dlina.lib.path=" + folder + ": there is no " + name + " in it", null);
    }
    return path;
  }

  private static Path unpack(String name) {
    String inside = "/dev/lina/native/" + platform() + "/" + name;
    try (InputStream in = NativeLibrary.class.getResourceAsStream(inside)) {
      if (in == null) {
        throw cannotLoad(
            "this jar has no "
                + inside
                + ". Build it on such a machine, or name the folder of "
                + name
                + " by -Dlina.lib.path",
            null);
      }
      Path path = folder().resolve(name);
      Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
      return path;
    } catch (IOException e) {
      throw cannotLoad(
          "it cannot be unpacked into "
              + temporary()
              + " ("
              + e
              + "). Name another folder by -Dlina.tmpdir",
          e);
    }
  }

  private static String temporary() {
    return System.getProperty("lina.tmpdir", System.getProperty("java.io.tmpdir"));
  }

  private static synchronized Path folder() throws IOException {
    if (unpacked == null || !Files.isDirectory(unpacked)) {
      Path parent = Path.of(temporary()).toAbsolutePath();
      if (!Files.isDirectory(parent)) {
        throw new NoSuchFileException(parent.toString());
      }
      unpacked = Files.createTempDirectory(parent, "lina-java-");
    }
    return unpacked;
  }

  /**
   * Removes an unpacked library, and the folder with the last one. A loaded library stays loaded.
   */
  static synchronized void forget(Path library) {
    if (unpacked == null || !library.startsWith(unpacked)) {
      return;
    }
    try {
      Files.deleteIfExists(library);
      Files.deleteIfExists(unpacked);
    } catch (IOException e) {
      // The folder still has another library, or a foreign file.
    }
  }

  static LinaException cannotLoad(String why, Throwable cause) {
    String help = "";
    if (why.contains("failed to map segment") || why.contains("Operation not permitted")) {
      help =
          ". The folder "
              + temporary()
              + " seems to forbid executing (it is mounted noexec): name another by"
              + " -Dlina.tmpdir=FOLDER, or a folder that has the libraries by"
              + " -Dlina.lib.path=FOLDER";
    }
    return new LinaException(ErrorCode.SYSTEM, "Lina's native library: " + why + help, cause);
  }
}
