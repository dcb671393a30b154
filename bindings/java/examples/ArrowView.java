import dev.lina.DType;
import dev.lina.Lina;
import dev.lina.LinaArray;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;

/**
 * Passes an array in shared memory to Apache Arrow, without a copy. It needs Java 22 or later, and
 * arrow-vector and arrow-memory-unsafe on the class path:
 *
 * <pre>
 * java --add-opens=java.base/java.nio=ALL-UNNAMED --enable-native-access=ALL-UNNAMED \
 *     --class-path lina.jar:ARROW_JARS ArrowView.java
 * </pre>
 */
class ArrowView {
  public static void main(String[] args) {
    Lina.initArena(1 << 20);
    LinaArray prices = Lina.createArray("prices", DType.F64, 4);
    prices.copyFrom(new double[] {1.5, 2.5, 3.5, 4.5});

    try (BufferAllocator allocator = new RootAllocator();
        Float8Vector column = vectorOf("prices", allocator);
        VectorSchemaRoot table = VectorSchemaRoot.of(column)) {
      System.out.print(table.contentToTSVString());
      prices.setDouble(40.5, 3); // Arrow sees it, because the bytes are the same
      System.out.println("the last is " + column.get(3));

      Lina.republish("prices", DType.F64, 4);
      System.gc();
      System.out.println("the column still is " + column.get(0) + ", " + column.get(3));
      prices.close();
      System.out.println("Arrow holds " + Lina.info().held() + " generation");
    }
    System.out.println("and " + Lina.info().held() + " once it has released the column");
  }

  /** A column over the arena's memory. It holds the generation until Arrow releases the column. */
  private static Float8Vector vectorOf(String name, BufferAllocator allocator) {
    LinaArray array = Lina.array(name);
    MemorySegment bytes = array.segment();
    ArrowBuf data =
        allocator.wrapForeignAllocation(
            new ForeignAllocation(bytes.byteSize(), bytes.address()) {
              @Override
              protected void release0() {
                array.close();
              }
            });
    Float8Vector column = new Float8Vector(name, allocator);
    try (ArrowBuf validity =
        allocator.getEmpty()) { // there are no nulls: Arrow makes its own bitmap
      column.loadFieldBuffers(new ArrowFieldNode(array.size(), 0), List.of(validity, data));
    } finally {
      data.close(); // the column has a reference of its own
    }
    return column;
  }
}
