"""A program that uses Lina with only the standard library. It must run in every Python that can load Lina."""

import asyncio
import gc
import os
import pickle
import sys
import threading

import lina

assert "numpy" not in sys.modules
lina.init_arena(1 << 20)

x = lina.create_array("x", "f64", (3, 4), order="F")
for i in range(3):
    for j in range(4):
        x[i, j] = 10 * i + j
assert x[1].tolist() == [10, 11, 12, 13]
assert x[::-1, 1].tolist() == [21, 11, 1]
assert memoryview(x)[2, 3] == 23 and memoryview(x).f_contiguous
x[:, 0] = [7, 8, 9]
assert lina.buffer("x").cast("d")[:3].tolist() == [7, 8, 9]
lina.alias("row", x[1])
assert lina.array("row")[0] == 8

with lina.loan("x", "i32", 5) as y:
    y[:] = range(5)
assert lina.array("x").tolist() == [0, 1, 2, 3, 4] and not x.is_current and x[2, 3] == 23
try:
    with lina.loan("x", "i32", 5):
        raise ValueError
except ValueError:
    pass
assert lina.array("x").generation == 2

for attempt, kind in ((lambda: lina.array("no"), KeyError), (lambda: lina.wait("s", 0.01), TimeoutError)):
    try:
        attempt()
    except kind as error:
        assert isinstance(error, lina.LinaError)
    else:
        raise AssertionError

threading.Timer(0.02, lina.signal, ("go",)).start()
lina.wait("go", 10)
for _ in range(100):
    assert lina.try_wait("go") is True and lina.value("go") == 1
lina.clear("go")
assert lina.try_wait("go") is False


async def main():
    threading.Timer(0.02, lina.signal, ("go",)).start()
    await asyncio.gather(lina.wait_async("go", 10), lina.wait_value_async("go", 2, timeout=10))


asyncio.run(main())

z = pickle.loads(pickle.dumps(y[1:3]))
z[0] = 100
assert y[1] == 100

if (child := os.fork()) == 0:
    lina.array("x")[0] = 77
    lina.signal("child")
    os._exit(0)
lina.wait("child", 10)
os.waitpid(child, 0)
assert y[0] == 77

kept = memoryview(y)
lina.shutdown()
assert kept[0] == 77
del kept, x, y, z
gc.collect()
print("fine")
