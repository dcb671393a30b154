package dev.lina;

/** Chooses the {@link Core} of the process, on Java 22 and later. */
final class Cores {
  private Cores() {}

  static Core choose() {
    String asked = System.getProperty("lina.backend", "ffm");
    return switch (asked) {
      case "ffm" -> new FfmCore();
      case "jni" -> new JniCore();
      default ->
          throw new IllegalArgumentException(
              "-Dlina.backend=" + asked + ": there are \"ffm\" and \"jni\"");
    };
  }
}
