"""One array in an arena of this process's own, seen by Python and by NumPy: the same bytes.

PYTHONPATH=build python examples/standalone_python.py
"""

import lina

lina.init_arena(1024 * 1024)
lina.create_array("input", "f64", (16,))

x = lina.buffer("input").cast("d")
for i in range(len(x)):
    x[i] = float(i + 1)

print(lina.open_desc("input"))
print(lina.array("input").tolist())

try:
    import numpy as np
except ImportError:
    print("(NumPy is not installed)")
else:
    a = np.asarray(lina.array("input"))  # the same address, and it stays in place
    a *= 2
    print(f"NumPy doubled them: {x[0]} to {x[-1]}, sum {a.sum()}")
