"""Python's part of the host demo: writes `input`, waits for Julia, prints `result`."""

import lina

x = lina.array("input")
print(f"Python  input at {x.__array_interface__['data'][0]:#x}")
for i in range(len(x)):
    x[i] = float(i + 1)
lina.signal("data_ready")

lina.wait("math_done")
result = lina.array("result")
print(f"Python  result at {result.__array_interface__['data'][0]:#x}")
print("Python  result =", [result[i] for i in range(len(result))])
