package dev.lina.bench;

import dev.lina.DType;
import dev.lina.Lina;
import dev.lina.LinaArray;
import dev.lina.Signal;
import dev.lina.StreamArray;
import java.nio.DoubleBuffer;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Measures calls, and compares access to elements with Java's own arrays: see script/bench. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JavaCalls {
  private static final int N = 10_000_000;

  private final long[] shape = {8};
  private final double[] own = new double[N];
  private Lina.Arena arena;
  private LinaArray array;
  private DoubleBuffer buffer;
  private Signal signal;
  private Iterator<StreamArray> each;

  @Setup
  public void begin() {
    arena = Lina.Arena.create(200L << 20);
    array = arena.createArray("x", DType.F64, N);
    for (int i = 0; i < N; i++) {
      own[i] = i;
    }
    array.copyFrom(own);
    buffer = array.asDoubleBuffer();
    arena.signal("s");
    signal = arena.openSignal("s");
    arena.stream("f", 4);
    each = arena.follow("f").iterator();
  }

  @TearDown
  public void end() {
    arena.close();
  }

  @Benchmark
  public boolean tryWaitByName() {
    return arena.tryWait("s");
  }

  @Benchmark
  public boolean isSetByHandle() {
    return signal.isSet();
  }

  @Benchmark
  public void openAndClose() {
    arena.array("x").close();
  }

  /** Loan, publish, take, and end the view. */
  @Benchmark
  public double throughAStream() {
    arena.loan("f", DType.F64, shape, next -> next.setDouble(1, 0));
    return each.next().getDouble(0);
  }

  @Benchmark
  public double sumOwn() {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      sum += own[i];
    }
    return sum;
  }

  @Benchmark
  public double sumArray() {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      sum += array.getDouble(i);
    }
    return sum;
  }

  @Benchmark
  public double sumBuffer() {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      sum += buffer.get(i);
    }
    return sum;
  }

  @Benchmark
  public void mapOwn() {
    for (int i = 0; i < N; i++) {
      own[i] = own[i] + 1;
    }
  }

  @Benchmark
  public void mapArray() {
    for (int i = 0; i < N; i++) {
      array.setDouble(array.getDouble(i) + 1, i);
    }
  }

  @Benchmark
  public void mapBuffer() {
    for (int i = 0; i < N; i++) {
      buffer.put(i, buffer.get(i) + 1);
    }
  }
}
