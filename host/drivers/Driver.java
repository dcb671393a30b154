package dev.lina.host;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;

/**
 * Runs one script in the embedded JVM as {@code java SCRIPT} would. The plug-in defines this class
 * from bytes, so it has no class beside it.
 */
final class Driver {
  private static volatile boolean stopped;

  private Driver() {}

  /** Called by the plug-in. Texts are bytes, as paths need not be UTF-8. Returns the exit status. */
  static int run(byte[] path, byte[][] arguments, int output, int errors, boolean reads)
      throws Exception {
    stopped = false;
    openStreams(output, errors, reads);
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = text(arguments[i]);
    }
    int status = 0;
    try {
      execute(text(path), words);
    } catch (Throwable error) {
      report(error);
      status = 1;
    }
    awaitThreads();
    System.out.flush();
    System.err.flush();
    return status;
  }

  /** Decodes a path or argument as the JVM does: sun.jnu.encoding names the encoding. */
  private static String text(byte[] bytes) throws Exception {
    return new String(bytes, System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  private static void openStreams(int output, int errors, boolean reads) throws Exception {
    if (output != 0) {
      System.setOut(open(output));
    }
    if (errors != 0) {
      System.setErr(open(errors));
    }
    // Buffered, as in an ordinary java: readAllBytes of a bare FileInputStream fails on a pipe.
    InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
    System.setIn(reads ? in : InputStream.nullInputStream());
  }

  private static PrintStream open(int descriptor) throws Exception {
    FileOutputStream file = new FileOutputStream("/proc/self/fd/" + descriptor);
    return new PrintStream(file, true, StandardCharsets.UTF_8);
  }

  private static void execute(String path, String[] arguments) throws Throwable {
    if (path.endsWith(".java")) {
      compileAndRun(path, arguments);
    } else if (path.endsWith(".jar")) {
      try (JarFile jar = new JarFile(path)) {
        String name =
            jar.getManifest() == null
                ? null
                : jar.getManifest().getMainAttributes().getValue("Main-Class");
        if (name == null) {
          throw new IllegalArgumentException(path + ": its manifest names no Main-Class");
        }
        callMain(loader(new File(path)).loadClass(name.trim()), arguments);
      }
    } else {
      File file = new File(path).getCanonicalFile();
      String name = file.getName().substring(0, file.getName().length() - ".class".length());
      callMain(loadClass(file.getParentFile(), name), arguments);
    }
  }

  /** Loads a class from its folder, or from one above, if the class is in a package. */
  private static Class<?> loadClass(File folder, String name) throws Exception {
    try {
      return loader(folder).loadClass(name);
    } catch (NoClassDefFoundError error) {
      boolean inPackage = error.getMessage().contains("wrong name");
      if (!inPackage || folder.getParentFile() == null) {
        throw error;
      }
      return loadClass(folder.getParentFile(), folder.getName() + "." + name);
    }
  }

  private static ClassLoader loader(File from) throws Exception {
    URL[] places = {from.toURI().toURL()};
    return new URLClassLoader(places, ClassLoader.getSystemClassLoader());
  }

  private static void callMain(Class<?> type, String[] arguments) throws Throwable {
    Thread.currentThread().setContextClassLoader(type.getClassLoader());
    Method main = type.getDeclaredMethod("main", String[].class);
    if (!Modifier.isStatic(main.getModifiers())) {
      throw new NoSuchMethodException("main of " + type.getName() + " is not static");
    }
    main.setAccessible(true);
    invoke(main, arguments);
  }

  private static void invoke(Method main, String[] arguments) throws Throwable {
    try {
      main.invoke(null, (Object) arguments);
    } catch (InvocationTargetException error) {
      throw error.getCause();
    }
  }

  /** Uses the JDK's own launcher of source files, as {@code java E.java} does. */
  private static void compileAndRun(String path, String[] arguments) throws Throwable {
    List<String> words = new ArrayList<>();
    words.add(path);
    words.addAll(List.of(arguments));
    invoke(launcher().getMethod("main", String[].class), words.toArray(new String[0]));
  }

  private static Class<?> launcher() throws ClassNotFoundException {
    String folder = "com.sun.tools.javac.launcher";
    ClassLoader tools = ClassLoader.getSystemClassLoader();
    Class<?> found;
    try {
      found = Class.forName(folder + ".SourceLauncher", true, tools); // since Java 22
    } catch (ClassNotFoundException old) {
      found = Class.forName(folder + ".Main", true, tools);
    }
    export(found.getModule(), folder);
    return found;
  }

  /** Lets every class use a package of a module. The plug-in implements it. */
  private static native void export(Module module, String name);

  /** Shows an uncaught exception as the JVM does, but without the frames of this class. */
  private static void report(Throwable error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      StackTraceElement[] frames = at.getStackTrace();
      int n = frames.length;
      while (n > 0 && isOurs(frames[n - 1].getClassName())) {
        n--;
      }
      at.setStackTrace(java.util.Arrays.copyOf(frames, n));
    }
    System.err.print("Exception in thread \"main\" ");
    error.printStackTrace();
  }

  private static boolean isOurs(String name) {
    return name.equals(Driver.class.getName())
        || name.startsWith("com.sun.tools.javac.launcher.")
        || name.startsWith("jdk.internal.reflect.")
        || name.startsWith("java.lang.reflect.");
  }

  /** An ordinary java waits for its threads, too, unless it is interrupted. */
  private static void awaitThreads() {
    try {
      for (Thread thread; !stopped && (thread = other()) != null; ) {
        thread.join();
      }
    } catch (InterruptedException e) {
      stopped = true;
    }
  }

  /** A thread of the script that still runs, or null. */
  private static Thread other() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (isOfScript(thread)) {
        return thread;
      }
    }
    return null;
  }

  private static boolean isOfScript(Thread thread) {
    return thread != Thread.currentThread()
        && thread.isAlive()
        && !thread.isDaemon()
        && !thread.getName().equals("DestroyJavaVM");
  }

  /** Called by the plug-in on a thread of its own: interrupts what the script started. */
  static void stop() {
    stopped = true;
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (isOfScript(thread)) {
        thread.interrupt();
      }
    }
  }

  /** Whether the end of the JVM would wait for a thread of the script. */
  static boolean isBusy() {
    return other() != null;
  }
}
