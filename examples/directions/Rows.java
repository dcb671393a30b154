import dev.lina.DType;
import dev.lina.Lina;
import dev.lina.LinaArray;

/** The other half of matrix.jl: the strides of the array say where Julia's rows are. */
class Rows {
  public static void main(String[] arguments) throws InterruptedException {
    Lina.await("matrix_ready");
    try (LinaArray matrix = Lina.array("matrix")) {
      long rows = matrix.shape()[0];
      long columns = matrix.shape()[1];
      try (LinaArray sums = Lina.createArray("sums", DType.F64, rows)) {
        for (int i = 0; i < rows; i++) {
          double sum = 0;
          for (int j = 0; j < columns; j++) {
            sum += matrix.getDouble(i, j);
          }
          sums.setDouble(sum, i);
          System.out.println("Java    row " + i + ": " + sum);
        }
      }
    }
    Lina.signal("sums_ready");
  }
}
