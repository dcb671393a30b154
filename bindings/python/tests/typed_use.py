"""A program of a user. Type checkers find errors in the marked lines, and in no others."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

import asyncio
import pathlib
from typing import Literal

import numpy as np

import lina
from lina import Arena, Array, LinaError


def default_arena() -> float:
    lina.init_arena(1 << 20, "shm:typed", temporary=True)
    x: Array = lina.create_array("x", "f64", (2, 3), order="F")
    lina.create_array("y", np.float32, 4)
    lina.create_array("z", float, np.array([2, 3]))
    x[0, 1] = 2.0
    x[...] = [[1, 2, 3], [4, 5, 6]]
    part: Array = x[:, 0]
    lina.alias("column", part)
    lina.alias("row", "x", offset=8, shape=(3,), strides=(16,))
    with lina.loan("x", "f64", (3, 3)) as y:
        y[:] = 0
    named: Array[Literal["f64"]] = lina.create_array("named", "f64", 3)
    lina.create_array("w", lina.DType("f64"), 3)
    lina.create_array("v", named.dtype, named.shape)
    turned: Array[Literal["f64"]] = named[:, None].T.reshape(3, 1).reshape((-1,))
    number = float(named[0:1]) + turned.item(0) + len(named.tobytes())
    with lina.array("x") as z:
        shape: tuple[int, ...] = z.shape
    shown: memoryview = lina.buffer("x")
    many: list[str] = [descriptor["name"] for descriptor in lina.list()]
    same = np.asarray(x).sum() + len(many) + shape[0] + shown.nbytes
    lina.shutdown()
    return float(same) + float(number)


def signals() -> bool:
    lina.signal("s")
    lina.wait("s", timeout=1.5)
    lina.wait_value("s", 1)
    lina.signal("s", 2)
    first: str = lina.wait_any(["s", ("t", 3)], timeout=1)
    lina.remove_signal(first)
    lina.clear("s")
    return lina.try_wait("s") and lina.value("s") > 1


async def asynchronous() -> None:
    await lina.wait_async("s", timeout=1)
    await asyncio.gather(lina.wait_value_async("s", 2), lina.wait_async("t"))
    async with lina.loan_async("f", "f64", 2, timeout=1) as x:
        x[0] = 1
    await lina.loan("f", "f64", 2).publish_async()


def by_path(path: pathlib.Path) -> int:
    with Arena.create(path, 1 << 20), Arena.attach(b"file:" + bytes(path)):
        return lina.inspect(path)["size"]


def by_handle() -> int:
    code = ""
    with Arena.create(None, 1 << 20, reserve=True) as arena:
        with Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
            try:
                other.remove("x")
            except LinaError as error:
                code = error.code
        return arena.info()["size"] + len(code)


def wrong() -> None:
    lina.wait("s", timeout="1")  # type: ignore[arg-type]
    lina.create_array("x", "f64", (2, 3), order="Z")  # type: ignore[call-overload]
    lina.create_array("x", "f65", 3)  # type: ignore[call-overload]
    lina.republish("x", "f65", 3)  # type: ignore[call-overload]
    lina.loan("x", "f65", 3)  # type: ignore[arg-type]
    _y: Array[Literal["f65"]]  # type: ignore[type-var]
    _z: Array[Literal["f64"]] = lina.create_array("x", "f32", 3)  # type: ignore[call-overload]
    lina.array("x") == 1  # type: ignore[comparison-overlap]  # noqa: B015
    lina.array(1)  # type: ignore[arg-type]
    lina.nonsense()  # type: ignore[attr-defined]
    lina.info()["nonsense"]  # type: ignore[typeddict-item]
