import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * Makes a multi-release jar of a folder for all versions of Java, and of one for 22 and later.
 *
 * <p>The tool {@code jar} cannot do this: it insists that each version has the same methods, and
 * only versions with segments can have {@code openSegment}. The same folders make the same jar,
 * byte for byte.
 */
class MakeJar {
  private static final FileTime BEGIN = FileTime.fromMillis(315_619_200_000L); // of 1980

  public static void main(String[] args) throws IOException {
    Path base = Path.of(args[1]);
    Path newer = Path.of(args[2]);
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MULTI_RELEASE, "true");
    main.put(Attributes.Name.IMPLEMENTATION_TITLE, "Lina");
    main.put(Attributes.Name.IMPLEMENTATION_VERSION, args[3]);
    try (OutputStream file = Files.newOutputStream(Path.of(args[0]));
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(entry("META-INF/MANIFEST.MF"));
      manifest.write(out);
      add(out, base, "");
      add(out, newer, "META-INF/versions/22/");
    }
  }

  private static void add(JarOutputStream out, Path folder, String prefix) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      out.putNextEntry(entry(prefix + folder.relativize(file)));
      Files.copy(file, out);
    }
  }

  private static JarEntry entry(String name) {
    JarEntry entry = new JarEntry(name);
    entry.setLastModifiedTime(BEGIN);
    return entry;
  }
}
