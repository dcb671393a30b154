package dev.lina.host;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;

/**
 * Runs one script in the embedded JVM as {@code java SCRIPT} would. The plug-in defines this class
 * from bytes, so it has no class beside it.
 */
final class Driver {
  private static final String LAUNCHER = "com.sun.tools.javac.launcher.";
  // All scripts share these, so what has kept a stream of one script prints for the next one.
  private static final FileOutputStream OUTPUT = new FileOutputStream(new FileDescriptor());
  private static final FileOutputStream ERRORS = new FileOutputStream(new FileDescriptor());
  // Whether a request to stop may interrupt the main thread.
  private static volatile boolean interruptible;

  private Driver() {}

  /** Called by the plug-in. Texts are bytes, as paths need not be UTF-8. Returns the exit status. */
  static int run(byte[] path, byte[][] arguments, int output, int errors, boolean reads)
      throws Exception {
    openStreams(output, errors, reads);
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = text(arguments[i]);
    }
    interruptible = true;
    int status = isStopped() ? 130 : attempt(text(path), words);
    awaitThreads();
    interruptible = false;
    runHooks();
    closeStreams();
    return status;
  }

  private static int attempt(String path, String[] arguments) {
    try {
      execute(path, arguments);
      return 0;
    } catch (Throwable error) {
      report(error);
      return 1;
    }
  }

  /** Decodes a path or argument as the JVM does: sun.jnu.encoding names the encoding. */
  private static String text(byte[] bytes) throws Exception {
    return new String(bytes, System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  private static void openStreams(int output, int errors, boolean reads) throws IOException {
    if (output != 0) {
      System.setOut(open(OUTPUT, output));
    }
    System.setErr(open(ERRORS, errors != 0 ? errors : 2));
    // Buffered, as in an ordinary java: readAllBytes of a bare FileInputStream fails on a pipe.
    InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
    System.setIn(reads ? in : InputStream.nullInputStream());
  }

  private static PrintStream open(FileOutputStream file, int number) throws IOException {
    point(file.getFD(), number);
    return new PrintStream(file, true, StandardCharsets.UTF_8);
  }

  /** What still runs prints nothing when the script has ended. */
  private static void closeStreams() throws IOException {
    System.out.flush();
    System.err.flush();
    point(OUTPUT.getFD(), -1);
    point(ERRORS.getFD(), -1);
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
    Method main = mainOf(type);
    main.setAccessible(true);
    try {
      Object[] words = main.getParameterCount() == 0 ? new Object[0] : new Object[] {arguments};
      main.invoke(Modifier.isStatic(main.getModifiers()) ? null : make(type), words);
    } catch (InvocationTargetException error) {
      throw error.getCause();
    }
  }

  private static Object make(Class<?> type) throws Exception {
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  /** Finds the method that java would call. */
  private static Method mainOf(Class<?> type) throws Exception {
    Method main;
    try {
      main = type.getMethod("main", String[].class);
    } catch (NoSuchMethodException absent) {
      main = mainOfNewerJava(type);
    }
    if (main == null || main.getReturnType() != void.class) {
      throw new NoSuchMethodException(
          "class " + type.getName() + " has no public static void main(String[])");
    }
    return main;
  }

  /** Since Java 25, main may be an instance method, and need not be public. */
  private static Method mainOfNewerJava(Class<?> type) throws Exception {
    try {
      Class<?> finder = Class.forName("jdk.internal.misc.MethodFinder");
      export(finder.getModule(), finder.getPackageName());
      return (Method) finder.getMethod("findMainMethod", Class.class).invoke(null, type);
    } catch (ClassNotFoundException older) {
      return null;
    }
  }

  /** Uses the JDK's own launcher of source files, as {@code java E.java} does. */
  private static void compileAndRun(String path, String[] arguments) throws Throwable {
    List<String> words = new ArrayList<>();
    words.add(path);
    words.addAll(List.of(arguments));
    try {
      launcher().getMethod("main", String[].class).invoke(null, (Object) words.toArray(new String[0]));
    } catch (InvocationTargetException error) {
      throw error.getCause();
    }
  }

  private static Class<?> launcher() throws ClassNotFoundException {
    ClassLoader tools = ClassLoader.getSystemClassLoader();
    Class<?> found;
    try {
      found = Class.forName(LAUNCHER + "SourceLauncher", true, tools); // since Java 22
    } catch (ClassNotFoundException old) {
      found = Class.forName(LAUNCHER + "Main", true, tools);
    }
    export(found.getModule(), found.getPackageName());
    return found;
  }

  /** Lets every class use a package of a module. The plug-in implements it, and the next four. */
  private static native void export(Module module, String name);

  /** Whether anyone has asked the script to stop. */
  private static native boolean isStopped();

  /** Lets a file be a duplicate of a descriptor; -1: of /dev/null. */
  private static native void point(FileDescriptor file, int number);

  /** The JVM's shutdown hooks. Null means that the JVM ends, so that nobody can add a hook. */
  private static native Map<Thread, Thread> getHooks();

  private static native void setHooks(Map<Thread, Thread> hooks);

  /** Shows an uncaught exception as the JVM does, but without the frames of this class. */
  private static void report(Throwable error) {
    hideOurFrames(error, Collections.newSetFromMap(new IdentityHashMap<>()));
    Thread main = Thread.currentThread();
    main.getUncaughtExceptionHandler().uncaughtException(main, error);
  }

  private static void hideOurFrames(Throwable error, Set<Throwable> seen) {
    if (error == null || !seen.add(error)) {
      return;
    }
    StackTraceElement[] frames = error.getStackTrace();
    int n = frames.length;
    while (n > 0 && frames[n - 1].getClassName().equals(Driver.class.getName())) {
      n--;
    }
    while (n > 0 && n < frames.length && isReflection(frames[n - 1].getClassName())) {
      n--;
    }
    error.setStackTrace(Arrays.copyOf(frames, n));
    hideOurFrames(error.getCause(), seen);
    for (Throwable other : error.getSuppressed()) {
      hideOurFrames(other, seen);
    }
  }

  private static boolean isReflection(String name) {
    return name.startsWith("jdk.internal.reflect.")
        || name.startsWith("java.lang.reflect.")
        || name.equals("jdk.internal.misc.Unsafe"); // by which reflection initializes a class
  }

  // ---- the end of a script ---------------------------------------------------------------------

  /** An ordinary java waits for its threads, too, unless it is interrupted. */
  private static void awaitThreads() {
    try {
      for (Thread thread; !isStopped() && (thread = other()) != null; ) {
        thread.join();
      }
    } catch (Throwable stopped) {
      // It is an InterruptedException or the error of a second request. The script ends now.
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

  /**
   * Runs the script's shutdown hooks. Those of the JDK have no context class loader. They remain
   * until the JVM ends, because another script may follow.
   */
  private static void runHooks() {
    Map<Thread, Thread> all = getHooks();
    if (all == null) { // another thread has called System.exit, which ends this one
      awaitEnd(Thread.currentThread());
    }
    setHooks(null);
    List<Thread> hooks = new ArrayList<>();
    for (Thread hook : all.keySet()) {
      if (hook.getContextClassLoader() != null) {
        hooks.add(hook);
      }
    }
    all.keySet().removeAll(hooks);
    for (Thread hook : hooks) {
      hook.start();
    }
    for (Thread hook : hooks) {
      awaitEnd(hook);
    }
    setHooks(all);
  }

  private static void awaitEnd(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException again) {
        // An ordinary java waits on.
      }
    }
  }

  // ---- a request to stop -----------------------------------------------------------------------

  /**
   * Called by the plug-in on a thread of its own: interrupts what the script started. Hooks are not
   * interrupted, as in an ordinary java. Returns an error that must be thrown into the main thread,
   * or null. That is so if the thread has ignored an earlier request, or if it compiles.
   */
  static Throwable stop(Thread main, boolean again) throws IOException {
    if (!interruptible || getHooks() == null) {
      return null;
    }
    StackTraceElement[] frames = main.getStackTrace();
    boolean compiles = compiles(frames);
    if (compiles) {
      point(ERRORS.getFD(), -1); // the compiler would call the error a bug of its own
    } else {
      interruptThreads();
    }
    if (!compiles && !again) {
      return null;
    }
    Error error = new Error("interrupted");
    error.setStackTrace(frames);
    return error;
  }

  /** Whether the main thread is in the launcher of source files, but not yet in the script. */
  private static boolean compiles(StackTraceElement[] frames) {
    boolean launched = false;
    for (StackTraceElement frame : frames) {
      boolean ofLauncher = frame.getClassName().startsWith(LAUNCHER);
      if (ofLauncher && frame.getMethodName().equals("execute")) {
        return false;
      }
      launched |= ofLauncher;
    }
    return launched;
  }

  private static void interruptThreads() {
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
