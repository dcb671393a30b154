package dev.lina;

import java.lang.reflect.Proxy;
import java.util.function.Supplier;

/**
 * What stands for {@link Core} where liblina_core cannot be loaded: each call says why. An
 * exception out of a static initializer would say it once, and then never again.
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

  /** A class that cannot be initialized tells why in its own way. */
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
