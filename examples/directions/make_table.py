"""Python to Node: NumPy makes a table, and Node shows it.   lina run make_table.py show_table.mjs"""

import numpy as np

import lina

table = np.asarray(lina.create_array("table", "f64", (3, 4)))
table[:] = np.arange(12).reshape(3, 4) / 4
lina.signal("table_ready")
lina.wait("totals_ready")
print("Python  totals", np.asarray(lina.array("totals")).tolist())
