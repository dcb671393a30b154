package dev.lina;

/**
 * Chooses the {@link Core} of the process. Java 22 and later have another version of this class.
 */
final class Cores {
  private Cores() {}

  static Core choose() {
    String asked = System.getProperty("lina.backend", "jni");
    if (!asked.equals("jni")) {
      throw new IllegalArgumentException(
          "-Dlina.backend=" + asked + ": before Java 22 there is \"jni\" alone");
    }
    return new JniCore();
  }
}
