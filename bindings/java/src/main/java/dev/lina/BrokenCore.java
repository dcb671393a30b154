package dev.lina;

import java.lang.reflect.Proxy;
import java.util.function.Supplier;

/**
 * Takes the place of {@link Core} if liblina_core cannot be loaded: each call throws an exception
 * that says why. An exception from a static initializer would say so only once.
 */
final class BrokenCore {
  private BrokenCore() {}

  static Core unless(Supplier<Core> choice) {
    try {
      return find(choice);
    } catch (LinaException e) {
      return broken(e);
    } catch (UnsatisfiedLinkError | IllegalCallerException e) {
      return broken(NativeLibrary.cannotLoad(e.getMessage(), e));
    } catch (IllegalArgumentException e) {
      return broken(new LinaException.Invalid(e.getMessage()));
    }
  }

  /** Returns the core, or throws the reason why it cannot be loaded. */
  private static Core find(Supplier<Core> choice) {
    try {
      return choice.get();
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof RuntimeException why) {
        throw why;
      }
      throw e;
    }
  }

  private static Core broken(LinaException why) {
    return (Core)
        Proxy.newProxyInstance(
            Core.class.getClassLoader(),
            new Class<?>[] {Core.class},
            (proxy, method, arguments) -> {
              throw new LinaException(why.code(), why.getMessage(), why);
            });
  }
}
