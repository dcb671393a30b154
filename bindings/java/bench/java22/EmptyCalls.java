package dev.lina.bench;

import dev.lina.Lina;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The limits with which {@link JavaCalls} is compared on Java 22 and later. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EmptyCalls {
  /** A function that returns a number. */
  private static final MethodHandle EMPTY = empty();

  private static MethodHandle empty() {
    MemorySegment address =
        SymbolLookup.libraryLookup(library(), Arena.global()).find("lina_abi_version").get();
    return Linker.nativeLinker()
        .downcallHandle(
            address, FunctionDescriptor.of(ValueLayout.JAVA_INT), Linker.Option.critical(false));
  }

  /**
   * Returns the library that LINA_CORE names: the jar's own has no name any more after it was
   * loaded.
   */
  private static Path library() {
    String named = System.getenv("LINA_CORE");
    return Path.of(named != null ? named : Lina.library());
  }

  @Benchmark
  public int emptyCriticalCall() throws Throwable {
    return (int) EMPTY.invokeExact();
  }

  /** Closes a view that any thread may be reading. */
  @Benchmark
  public void sharedScope() {
    Arena.ofShared().close();
  }

  @Benchmark
  public void confinedScope() {
    Arena.ofConfined().close();
  }
}
