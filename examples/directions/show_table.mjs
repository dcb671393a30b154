// The other half of make_table.py: shows Python's table, and adds up its columns.
import lina from "lina";

await lina.wait("table_ready");
const { data, shape } = lina.array("table");
const [rows, columns] = shape.map(Number);
lina.createArray("totals", "f64", [columns]);
const totals = lina.typedArray("totals");
for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    console.log("Node   ", ...values);
    values.forEach((value, column) => (totals[column] += value));
}
lina.signal("totals_ready");
