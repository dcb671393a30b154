import dev.lina.DType;
import dev.lina.Lina;
import dev.lina.LinaArray;
import java.util.ArrayList;
import java.util.List;

/** Java's part of the relief: contour lines of the terrain at the levels that Python chose. */
class Relief {
  public static void main(String[] arguments) throws InterruptedException {
    Lina.await("terrain_ready");
    List<double[]> lines = new ArrayList<>();
    try (LinaArray z = Lina.array("elevation");
        LinaArray levels = Lina.array("levels")) {
      for (long k = 0; k < levels.size(); k++) {
        trace(z, levels.getDouble(k), lines);
      }
      System.out.println("Java    " + lines.size() + " pieces of " + levels.size() + " contours");
    }
    publish(lines);
    Lina.signal("contours_done");
  }

  /** Marching squares, with each cell as two triangles: a level crosses none or two of the sides. */
  private static void trace(LinaArray z, double level, List<double[]> lines) {
    for (int i = 0; i + 1 < z.shape()[0]; i++) {
      for (int j = 0; j + 1 < z.shape()[1]; j++) {
        cross(z, level, lines, new int[][] {{i, j}, {i, j + 1}, {i + 1, j}});
        cross(z, level, lines, new int[][] {{i + 1, j + 1}, {i, j + 1}, {i + 1, j}});
      }
    }
  }

  private static void cross(LinaArray z, double level, List<double[]> lines, int[][] corners) {
    double[] line = new double[4];
    int n = 0;
    for (int side = 0; side < 3; side++) {
      int[] a = corners[side];
      int[] b = corners[(side + 1) % 3];
      double from = z.getDouble(a[0], a[1]) - level;
      double to = z.getDouble(b[0], b[1]) - level;
      if ((from < 0) != (to < 0)) {
        double t = from / (from - to);
        line[n++] = a[1] + t * (b[1] - a[1]);
        line[n++] = a[0] + t * (b[0] - a[0]);
      }
    }
    if (n == 4) {
      lines.add(line);
    }
  }

  private static void publish(List<double[]> lines) {
    try (LinaArray out = Lina.createArray("contours", DType.F64, lines.size(), 4)) {
      for (int row = 0; row < lines.size(); row++) {
        for (int column = 0; column < 4; column++) {
          out.setDouble(lines.get(row)[column], row, column);
        }
      }
    }
  }
}
