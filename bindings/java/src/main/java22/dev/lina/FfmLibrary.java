package dev.lina;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Finds liblina_core, in this order: the one that the process has loaded already (two copies would
 * have two default arenas), the one that the environment variable LINA_CORE names, the jar's own.
 */
final class FfmLibrary {
  static final int ABI = 1;

  private static final int RTLD_NOW = 2;
  private static final int RTLD_NOLOAD = 4;
  private static final int RTLD_DI_LINKMAP = 2;
  private static final long NAME_OF_LINK_MAP = 8;
  private static final Linker LINKER = Linker.nativeLinker();

  private static final MethodHandle DLOPEN = ofC("dlopen", JAVA_LONG, ADDRESS, JAVA_INT);
  private static final MethodHandle DLSYM = ofC("dlsym", JAVA_LONG, JAVA_LONG, ADDRESS);
  private static final MethodHandle DLERROR = ofC("dlerror", ADDRESS);
  private static final MethodHandle DLINFO = ofC("dlinfo", JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS);

  private final long library;
  private final String path;

  FfmLibrary() {
    library = open();
    path = pathOf(library);
  }

  String path() {
    return path;
  }

  /** Finds a function of the C library. A null {@code result} means void. */
  static MethodHandle ofC(String name, MemoryLayout result, MemoryLayout... arguments) {
    MemorySegment address = LINKER.defaultLookup().find(name).orElseThrow();
    return LINKER.downcallHandle(address, descriptor(result, arguments));
  }

  private static FunctionDescriptor descriptor(MemoryLayout result, MemoryLayout... arguments) {
    return result == null
        ? FunctionDescriptor.ofVoid(arguments)
        : FunctionDescriptor.of(result, arguments);
  }

  /** Finds a function of liblina_core that may sleep. */
  MethodHandle find(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(address(name), descriptor(result, arguments));
  }

  /**
   * Finds a function that never waits. The collector does not run during the call, so the function
   * may get Java's arrays.
   */
  MethodHandle findQuick(String name, MemoryLayout result, MemoryLayout... arguments) {
    boolean hasArrays = Arrays.asList(arguments).contains(ADDRESS);
    return LINKER.downcallHandle(
        address(name), descriptor(result, arguments), Linker.Option.critical(hasArrays));
  }

  MemorySegment address(String name) {
    long address;
    try (Arena arena = Arena.ofConfined()) {
      address = (long) DLSYM.invokeExact(library, arena.allocateFrom(name));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (address == 0) {
      throw NativeLibrary.cannotLoad(
          path + " lacks " + name + ": it is older than this package", null);
    }
    return MemorySegment.ofAddress(address);
  }

  private static long open() {
    long loaded = dlopen(NativeLibrary.CORE, RTLD_NOW | RTLD_NOLOAD);
    if (loaded != 0) {
      return loaded;
    }
    String named = System.getenv("LINA_CORE");
    boolean isOwn = named == null || named.isEmpty();
    Path own = isOwn ? NativeLibrary.ownCore() : null;
    loaded = dlopen(isOwn ? own.toString() : named, RTLD_NOW);
    String why = loaded == 0 ? dlerror() : null;
    if (isOwn) {
      NativeLibrary.forget(own);
    }
    if (loaded == 0) {
      throw NativeLibrary.cannotLoad(NativeLibrary.CORE + " cannot be loaded: " + why, null);
    }
    return loaded;
  }

  private static long dlopen(String file, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) DLOPEN.invokeExact(arena.allocateFrom(file), flags);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static String dlerror() {
    try {
      return text((MemorySegment) DLERROR.invokeExact());
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static String pathOf(long library) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(ADDRESS);
      if ((int) DLINFO.invokeExact(library, RTLD_DI_LINKMAP, map) != 0) {
        return NativeLibrary.CORE;
      }
      MemorySegment link = map.get(ADDRESS, 0).reinterpret(NAME_OF_LINK_MAP + ADDRESS.byteSize());
      return text(link.get(ADDRESS, NAME_OF_LINK_MAP));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The text at an address that C gave. */
  static String text(MemorySegment text) {
    return text.address() == 0 ? "" : text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  /** The bytes at an address that C gave. */
  static void copy(long address, byte[] out, int size) {
    MemorySegment.copy(
        MemorySegment.ofAddress(address).reinterpret(size), JAVA_BYTE, 0, out, 0, size);
  }
}
