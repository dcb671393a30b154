"""The owner of a buffer is an array with the same window, so the owner gives the same buffer again."""

import ctypes
import gc
import pickle
import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from test_buffer_flags import REQUESTS, Buffer, get, release

import lina


def counted(arena, shape, order="C", dtype="i32"):
    """An array of 0, 1, 2, ..."""
    x = arena.create_array("x", dtype, shape, order)
    np.asarray(x)[...] = np.arange(x.size).reshape(shape)
    return x


def fields(buffer):
    dimensions = range(buffer.ndim if buffer.shape else 0)
    return {
        "buf": buffer.buf,
        "len": buffer.len,
        "itemsize": buffer.itemsize,
        "readonly": buffer.readonly,
        "ndim": buffer.ndim,
        "format": buffer.format,
        "shape": [buffer.shape[d] for d in dimensions],
        "strides": [buffer.strides[d] for d in dimensions] if buffer.strides else None,
    }


@given(st.data())
def test_the_owner_exports_the_same_window_for_every_request(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    key = data.draw(npst.basic_indices(shape, allow_newaxis=False))
    with lina.Arena.create(None, 1 << 16) as arena:
        part = counted(arena, shape, data.draw(st.sampled_from("CF")))[key]
        if not isinstance(part, lina.Array):
            return
        m = memoryview(part)
        assert type(m.obj) is lina.Array and m.obj.shape == part.shape and m.obj.name == "x"
        assert memoryview(m.obj) == m and memoryview(m.obj).strides == m.strides
        for flags in REQUESTS:
            first, second = Buffer(), Buffer()
            try:
                get(part, ctypes.byref(first), flags)
            except BufferError:
                with pytest.raises(BufferError):
                    get(m.obj, ctypes.byref(second), flags)
                continue
            get(first.obj, ctypes.byref(second), flags)
            assert fields(first) == fields(second), hex(flags)
            release(ctypes.byref(second))
            release(ctypes.byref(first))


def test_the_owner_of_plain_bytes_exports_the_same_bytes(arena):
    counted(arena, 12)
    arena.alias("part", arena.array("x")[3:6])
    for name in ("x", "part"):
        m = arena.buffer(name)
        assert memoryview(m.obj) == m and bytes(m.obj) == bytes(m) and m.obj.dtype == "u8"
        assert m.obj.name == name and m.obj.nbytes == m.nbytes


def test_a_pickle_buffer_over_a_slice_is_that_slice(arena):
    x = counted(arena, 12)
    buffer = pickle.PickleBuffer(x[2:4])
    assert memoryview(buffer).tolist() == [2, 3] and buffer.raw().nbytes == 8
    one, other = socket.socketpair()
    with one, other:
        assert one.send(buffer) == 8
        assert np.frombuffer(other.recv(100), "i4").tolist() == [2, 3]
        other.send(bytes(100))
        assert one.recv_into(buffer) == 8
    assert x.tolist() == [0, 1, 0, 0, *range(4, 12)]


def test_a_buffer_of_an_array_that_runs_backwards_never_shows_its_neighbour(arena):
    x = counted(arena, 8, dtype="u8")
    neighbour = arena.create_array("y", "u8", 64)
    arena.alias("back", x[::-1])
    back = arena.array("back")
    for view in (back, x[::-1], memoryview(back), pickle.PickleBuffer(back)):
        m = memoryview(view)
        assert memoryview(m.obj) == m and m.tolist() == list(range(8))[::-1]
        with pytest.raises(TypeError, match="C contiguous"):
            (ctypes.c_uint8 * 8).from_buffer(m.obj)
    assert set(neighbour.tolist()) == {0}


def test_a_read_only_view_of_an_array_has_no_hash_because_others_can_write(arena):
    x = counted(arena, 4, dtype="u8")
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
        for m in (memoryview(x).toreadonly(), arena.buffer("x").toreadonly(), other.buffer("x")):
            assert m.readonly
            with pytest.raises(TypeError):
                hash(m)
    with pytest.raises(TypeError):
        hash(x)


def test_a_buffer_can_be_taken_and_given_back_by_pythons_methods(arena):
    x = counted(arena, (3, 4))
    m = x.__buffer__(0x11C)  # PyBUF_FULL_RO
    assert m == memoryview(x)
    x.__release_buffer__(m)
    with pytest.raises(ValueError):
        m.tolist()
    with pytest.raises(BufferError):
        x[:, 1].__buffer__(0)
    with pytest.raises(ValueError):
        x.__release_buffer__(memoryview(b"another's"))


def test_closing_an_array_or_the_owner_of_a_buffer_leaves_the_buffer(arena):
    x = counted(arena, 4)
    first, second = memoryview(x), pickle.PickleBuffer(x[1:])
    x.close()
    first.obj.close()
    with pytest.raises(lina.ClosedError):
        memoryview(x)
    arena.remove("x")
    gc.collect()
    assert first.tolist() == [0, 1, 2, 3] and memoryview(second).tolist() == [1, 2, 3]
    del first
    assert arena.info()["held"] == 1
    second.release()
    gc.collect()
    assert arena.info()["held"] == 0


def test_after_a_buffer_was_given_back_close_frees_the_memory_at_once(arena):
    x = counted(arena, 4)
    memoryview(x).release()
    np.asarray(x).sum()
    arena.remove("x")
    x.close()
    assert arena.info()["held"] == 0


def test_a_format_without_a_shape_is_refused_as_python_refuses_it(arena):
    x = counted(arena, 4)
    for exporter in (x, memoryview(x), arena.buffer("x")):
        for flags in (0x4, 0x5):  # FORMAT, and with WRITABLE
            with pytest.raises(BufferError):
                get(exporter, ctypes.byref(Buffer()), flags)
