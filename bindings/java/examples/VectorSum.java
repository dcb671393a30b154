import dev.lina.DType;
import dev.lina.Lina;
import dev.lina.LinaArray;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums an array in shared memory with the processor's vector instructions, without a copy. It needs
 * Java 22 or later:
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *     --class-path lina.jar VectorSum.java
 * </pre>
 */
class VectorSum {
  private static final VectorSpecies<Double> LANES = DoubleVector.SPECIES_PREFERRED;

  public static void main(String[] args) {
    Lina.initArena(1 << 24);
    LinaArray x = Lina.createArray("x", DType.F64, 1_000_003);
    for (long i = 0; i < x.size(); i++) {
      x.setDouble(i, i);
    }
    System.out.printf("%.0f%n", sum(Lina.openSegment("x")));
  }

  private static double sum(MemorySegment x) {
    long step = LANES.vectorByteSize();
    DoubleVector sums = DoubleVector.zero(LANES);
    long at = 0;
    for (; at + step <= x.byteSize(); at += step) {
      sums = sums.add(DoubleVector.fromMemorySegment(LANES, x, at, ByteOrder.nativeOrder()));
    }
    double sum = sums.reduceLanes(VectorOperators.ADD);
    for (; at < x.byteSize(); at += Double.BYTES) {
      sum += x.get(java.lang.foreign.ValueLayout.JAVA_DOUBLE, at);
    }
    return sum;
  }
}
