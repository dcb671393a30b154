"""Lina answers every request of the buffer protocol as NumPy does for the same memory.

One answer differs: NumPy gives a format without a shape, which Lina refuses, as Python's own exporters do."""

import ctypes
import itertools

import numpy as np
import pytest

import lina

# From Python's object.h and its C API reference.
WRITABLE, FORMAT, ND = 0x1, 0x4, 0x8
STRIDES = 0x10 | ND
C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS = 0x20 | STRIDES, 0x40 | STRIDES, 0x80 | STRIDES
INDIRECT = 0x100 | STRIDES
SHAPES = [0, ND, STRIDES, C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS, INDIRECT]
REQUESTS = [sum(parts) for parts in itertools.product(SHAPES, [0, WRITABLE], [0, FORMAT])]


class Buffer(ctypes.Structure):
    """Py_buffer."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
        ("internal", ctypes.c_void_p),
    ]


get = ctypes.pythonapi.PyObject_GetBuffer
get.argtypes = [ctypes.py_object, ctypes.POINTER(Buffer), ctypes.c_int]
release = ctypes.pythonapi.PyBuffer_Release
release.argtypes = [ctypes.POINTER(Buffer)]


def ask(exporter, flags):
    """The fields that the request must fill in, or None if it is refused."""
    buffer = Buffer()
    try:
        get(exporter, ctypes.byref(buffer), flags)
    except (BufferError, ValueError):  # NumPy sometimes raises a ValueError
        return None
    fields = {"len": buffer.len, "itemsize": buffer.itemsize, "readonly": bool(buffer.readonly)}
    fields["buf"] = buffer.buf if buffer.len else None
    fields["format"] = np.dtype(buffer.format.decode()) if buffer.format else None
    with_shape = flags & ND and buffer.ndim > 0
    assert bool(buffer.shape) == bool(with_shape)
    assert bool(buffer.strides) == bool(with_shape and flags & STRIDES == STRIDES)
    if flags & ND:
        fields["ndim"] = buffer.ndim
    if with_shape:
        fields["shape"] = shape = buffer.shape[: buffer.ndim]
    if buffer.strides:  # the stride of an extent of 1 does not matter
        strides = zip(shape, buffer.strides[: buffer.ndim])
        fields["strides"] = [s if n > 1 and buffer.len else None for n, s in strides]
    assert not buffer.suboffsets
    release(ctypes.byref(buffer))
    return fields


def expected(twin, flags):
    return None if flags & FORMAT and not flags & ND else ask(twin, flags)


PARTS = {
    "whole": np.s_[...],
    "rows": np.s_[1:3],
    "every other row": np.s_[::2],
    "columns": np.s_[:, 1:3],
    "backwards": np.s_[::-1, ::-1],
    "one row": np.s_[1],
    "one column": np.s_[:, 1],
    "one by one": np.s_[1:2, 1:2],
    "one": np.s_[2:3, 1],
    "nothing": np.s_[2:2],
}


@pytest.mark.parametrize("readonly", [False, True], ids=["writable", "readonly"])
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_request_is_answered_as_by_numpy(arena, part, order, readonly):
    arena.create_array("x", "f64", (4, 5), order)
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=readonly) as other:
        x = other.array("x")
        twin = np.asarray(x)[part]
        for flags in REQUESTS:
            assert ask(x[part], flags) == expected(twin, flags), hex(flags)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("order", "CF")
def test_odd_shapes_are_answered_as_by_numpy(arena, shape, order):
    x = arena.create_array("x", "i32", shape, order)
    for flags in REQUESTS:
        assert ask(x, flags) == expected(np.asarray(x), flags), hex(flags)
