"""The buffer protocol and NumPy: they see the same address, and the memory stays in place while in use."""

import ctypes
import gc
import io
import struct
import weakref

import numpy as np
import pytest
from conftest import NUMPY_NAMES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina


def address(a):
    return a.__array_interface__["data"][0]


@given(
    npst.array_shapes(min_dims=0, max_dims=8, min_side=0, max_side=3),
    st.sampled_from("CF"),
    st.sampled_from(sorted(NUMPY_NAMES)),
)
def test_numpy_sees_shape_strides_dtype_and_address(shape, order, dtype):
    with lina.Arena.create(None, 1 << 20) as arena:
        x = arena.create_array("x", dtype, shape, order)
        for a in (np.asarray(x), np.array(memoryview(x), copy=False)):
            assert a.shape == shape and a.dtype is np.dtype(NUMPY_NAMES[dtype])
            assert a.flags[f"{order}_CONTIGUOUS"] and a.flags.writeable and a.flags.aligned
            if a.size:
                assert a.strides == x.strides
                assert address(a) == address(x)
        in_c_order = np.asarray(x).flags.c_contiguous
        assert x.__array_interface__["strides"] == (None if in_c_order else x.strides)
        view = memoryview(x)
        assert (view.shape, view.ndim, view.nbytes) == (shape, len(shape), x.nbytes)
        assert not view.readonly and view.itemsize == x.itemsize


@given(st.data())
def test_numpy_sees_slices_at_their_own_address(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=4, max_side=5))
    key = data.draw(npst.basic_indices(shape, allow_newaxis=False, allow_ellipsis=False))
    with lina.Arena.create(None, 1 << 16) as arena:
        x = arena.create_array("x", "f64", shape, data.draw(st.sampled_from("CF")))
        whole, part = np.asarray(x), x[key]
        if not isinstance(part, lina.Array) or part.size == 0:
            return
        a, expected = np.asarray(part), whole[key]
        assert address(a) == address(expected) == address(part)
        assert a.shape == expected.shape
        assert all(s == t for s, t, n in zip(a.strides, expected.strides, a.shape, strict=True) if n > 1)
        assert bytes(memoryview(part)) == expected.tobytes()


def test_an_ndarray_can_be_made_from_a_buffer_and_its_descriptor(arena):
    arena.create_array("input", "f64", (16,))
    mv = arena.buffer("input")
    desc = arena.open_desc("input")
    x = np.ndarray(shape=desc["shape"], dtype=np.float64, buffer=mv, strides=desc["strides"])
    x[:] = range(16)
    assert arena.array("input").tolist() == list(range(16))
    del mv
    arena.remove("input")
    gc.collect()
    assert arena.info()["held"] == 1 and x[15] == 15


def test_buffer_is_a_memoryview_of_bytes_that_can_be_cast(arena):
    arena.create_array("a", "f64", (2, 2), order="F")
    mv = arena.buffer("a")
    assert (type(mv), mv.format, mv.shape, mv.readonly) == (memoryview, "B", (32,), False)
    mv.cast("d")[1] = 1.0
    assert arena.array("a").tolist() == [[0, 0], [1, 0]]
    arena.create_array("empty", "f64", (0, 2))
    assert arena.buffer("empty").nbytes == 0


class OnlyInterface:
    """An object that has only NumPy's array interface."""

    def __init__(self, x):
        self.x = x
        self.__array_interface__ = x.__array_interface__


FORMS = {
    "memoryview": memoryview,
    "asarray": np.asarray,
    "array, copy=False": lambda x: np.array(x, copy=False),
    "array interface": lambda x: np.asarray(OnlyInterface(x)),
    "ndarray over a memoryview": lambda x: np.ndarray(8, "u1", buffer=memoryview(x)),
    "ndarray over the array": lambda x: np.ndarray(8, "u1", buffer=x),
    "frombuffer": lambda x: np.frombuffer(x, "u1"),
    "part of an ndarray": lambda x: np.asarray(x)[2:],
    "slice": lambda x: x[2:],
    "slice of a slice": lambda x: np.asarray(x[1:])[1:],
    "ctypes": lambda x: (ctypes.c_uint8 * 8).from_buffer(x),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_keeps_the_generation_in_place(arena, form):
    x = arena.create_array("x", "u8", 8)
    kept = form(x)
    x.close()
    del x
    arena.remove("x")
    gc.collect()
    assert arena.info()["held"] == 1
    arena.create_array("other", "u8", 8)[:] = 9  # would get the memory if it had been freed
    assert set(kept if form is FORMS["slice"] else bytes(kept)) == {0}
    del kept
    gc.collect()
    assert arena.info()["held"] == 0


def test_a_request_that_needs_a_copy_is_refused_with_the_name_of_the_array(arena):
    x = arena.create_array("x", "f64", (4, 5))
    assert np.frombuffer(x, "f8").shape == (20,)
    for part, why in ((x[:, 1:3], "C order"), (x[::2], "C order")):
        with pytest.raises(BufferError, match=f'array "x": it is not contiguous in {why}') as caught:
            io.BytesIO().write(part)
        assert isinstance(caught.value, lina.LinaError)
    arena.alias("odd", x[:, 1])
    with pytest.raises(lina.ViewError, match='array "odd"'):
        arena.buffer("odd")


def test_bf16_has_no_buffer_format_and_numpy_says_so(arena):
    x = arena.create_array("x", "bf16", 3)
    with pytest.raises(BufferError, match='"x"'):
        memoryview(x)
    with pytest.raises(AttributeError):
        x.__array_interface__  # noqa: B018
    for convert in (np.asarray, np.array, lambda a: np.array(a, copy=False), lambda a: a[0] + a):
        with pytest.raises((BufferError, TypeError)):
            convert(x)
    assert arena.buffer("x").cast("H").tolist() == [0, 0, 0]


def test_a_read_only_attachment_gives_read_only_views(arena):
    x = arena.create_array("x", "i64", 3)
    x[:] = [1, 2, 3]
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
        y = other.array("x")
        a = np.asarray(y)
        assert y.readonly and memoryview(y).readonly and other.buffer("x").readonly
        assert not a.flags.writeable and a.tolist() == [1, 2, 3]
        assert y.__array_interface__["data"][1] is True
        with pytest.raises(PermissionError, match='array "x"'):
            y[0] = 1
        with pytest.raises(TypeError):
            struct.pack_into("q", y, 0, 9)
        assert x[0] == 1
        with pytest.raises(lina.ReadOnlyError):
            other.create_array("y", "u8", 1)


def test_views_outlive_the_array_and_the_arena():
    arena = lina.Arena.create(None, 1 << 16)
    x = arena.create_array("x", "f64", 4)
    a, mv = np.asarray(x), arena.buffer("x").cast("d")
    arena.close()
    del x, arena
    gc.collect()
    a[:] = [1, 2, 3, 4]
    assert mv.tolist() == [1, 2, 3, 4]


def test_an_array_can_be_referred_to_weakly(arena):
    x = arena.create_array("x", "u8", 1)
    ref = weakref.ref(x)
    assert ref() is x
    del x
    assert ref() is None


def test_nothing_leaks_when_views_come_and_go(arena):
    arena.create_array("x", "f64", (10, 10))
    for _ in range(10_000):
        x = arena.array("x")
        np.asarray(x[2:, 3])
        memoryview(x).release()
        list(x[0])
    del x
    arena.remove("x")
    assert arena.info()["held"] == 0
