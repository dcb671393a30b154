"""DLPack and Arrow: the same memory for array libraries that know nothing of Lina."""

import ctypes
import gc

import numpy as np
import pytest
from conftest import NUMPY_NAMES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina

UNVERSIONED, VERSIONED = None, (1, 0)


class Consumer:
    """Requests the form that a test needs, like numpy.from_dlpack."""

    def __init__(self, x, max_version):
        self.x, self.max_version = x, max_version

    def __dlpack__(self, **_):
        return self.x.__dlpack__(max_version=self.max_version)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


def address(a):
    return a.__array_interface__["data"][0]


@given(
    npst.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=3),
    st.sampled_from("CF"),
    st.sampled_from(sorted(NUMPY_NAMES)),
    st.sampled_from([UNVERSIONED, VERSIONED]),
)
def test_dlpack_shares_memory_shape_and_strides(shape, order, dtype, version):
    with lina.Arena.create(None, 1 << 20) as arena:
        x = arena.create_array("x", dtype, shape, order)
        a = np.from_dlpack(Consumer(x, version))
        assert a.shape == shape and a.dtype == np.dtype(NUMPY_NAMES[dtype])
        if a.size:
            assert address(a) == address(x)
            assert all(s == t for s, t, n in zip(a.strides, x.strides, shape, strict=True) if n > 1)


@given(st.data())
def test_dlpack_shares_slices(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=4, max_side=4))
    key = data.draw(npst.basic_indices(shape, allow_newaxis=False))
    with lina.Arena.create(None, 1 << 16) as arena:
        x = arena.create_array("x", "i32", shape, data.draw(st.sampled_from("CF")))
        np.asarray(x)[...] = np.arange(x.size).reshape(shape)
        part = x[key]
        if isinstance(part, lina.Array):
            assert np.array_equal(np.from_dlpack(part), np.asarray(part))


@pytest.mark.parametrize("version", [UNVERSIONED, VERSIONED])
def test_a_tensor_keeps_its_generation_in_place(arena, version):
    x = arena.create_array("x", "u8", 8)
    a = np.from_dlpack(Consumer(x, version))
    x.close()
    del x
    arena.remove("x")
    gc.collect()
    assert arena.info()["held"] == 1
    arena.create_array("other", "u8", 8)[:] = 9
    assert set(a.tolist()) == {0}
    del a
    gc.collect()
    assert arena.info()["held"] == 0


def test_a_capsule_that_is_never_consumed_gives_its_hold_back(arena):
    x = arena.create_array("x", "f64", 8)
    kept = [x.__dlpack__(), x.__dlpack__(max_version=(1, 0)), x.__arrow_c_array__()]
    del x
    arena.remove("x")
    assert arena.info()["held"] == 1
    kept.clear()
    assert arena.info()["held"] == 0


def test_a_dlpack_request_that_lina_cannot_meet_is_a_buffer_error(arena):
    x = arena.create_array("x", "f64", 8)
    refused = [
        {"stream": 1},
        {"dl_device": (2, 0)},
        {"dl_device": (1, 7)},
        {"dl_device": (2, 0), "copy": True},
    ]
    for arguments in refused:
        with pytest.raises(BufferError, match='array "x"'):
            x.__dlpack__(**arguments)
    for arguments in ({"max_version": 1}, {"max_version": ("a", "b")}, {"nonsense": 1}):
        with pytest.raises(TypeError):
            x.__dlpack__(**arguments)
    x.__dlpack__(copy=False, dl_device=(1, 0), stream=None, max_version=(0, 8))
    assert x.__dlpack_device__() == (1, 0)
    x.close()
    with pytest.raises(lina.ClosedError):
        x.__dlpack__()


@given(st.data())
def test_only_a_request_for_a_copy_makes_one(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    key = data.draw(npst.basic_indices(shape))
    dtype = data.draw(st.sampled_from(sorted(NUMPY_NAMES)))
    with lina.Arena.create(None, 1 << 16) as arena:
        x = arena.create_array("x", dtype, shape, data.draw(st.sampled_from("CF")))
        np.asarray(x)[...] = np.arange(x.size).reshape(shape) % 2
        part = x[key]
        if not isinstance(part, lina.Array):
            return
        expected = np.asarray(part).copy()
        a = np.from_dlpack(part, copy=True)
        np.asarray(x)[...] = 0
        assert np.array_equal(a, expected) and a.dtype == expected.dtype and a.flags.c_contiguous
        a[...] = 1  # it has its own memory, which is writable
        assert not np.asarray(x).any()


def test_a_copy_is_marked_as_one_and_gives_its_memory_back(arena):
    arena.create_array("x", "f64", 1 << 10)
    flags, named = ctypes.pythonapi.PyCapsule_GetPointer, b"dltensor_versioned"
    flags.restype, flags.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
        x = other.array("x")
        for copy, expected in ((True, 2), (None, 1), (False, 1)):  # IS_COPIED; READ_ONLY
            capsule = x.__dlpack__(max_version=(1, 0), copy=copy)
            at = flags(capsule, named) + 24  # after version, manager_ctx and deleter
            assert ctypes.c_uint64.from_address(at).value == expected
        for version in (UNVERSIONED, VERSIONED):
            a = np.from_dlpack(Copied(x, version))
            assert a.flags.writeable == (version is VERSIONED) and a.tolist() == [0.0] * 1024
        x.close()
    assert a.sum() == 0


class Copied(Consumer):
    def __dlpack__(self, **_):
        return self.x.__dlpack__(max_version=self.max_version, copy=True)


def test_strides_that_are_not_whole_elements_are_refused(arena):
    x = arena.create_array("bytes", "u8", 64)
    arena.create_array("x", "i32", 8)
    odd = arena.array("x")._window(0, (3,), (6,))
    with pytest.raises(BufferError, match='array "x"'):
        odd.__dlpack__()
    assert x.nbytes == 64


def test_a_read_only_view_is_exported_only_if_the_consumer_can_be_told(arena):
    arena.create_array("x", "f64", 4)
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
        x = other.array("x")
        with pytest.raises(BufferError, match='array "x"'):
            x.__dlpack__()
        assert not np.from_dlpack(Consumer(x, VERSIONED)).flags.writeable


@pytest.mark.parametrize("dtype", sorted(set(NUMPY_NAMES) - {"bool", "c64", "c128"}))
def test_arrow_shares_memory(arena, dtype):
    pa = pytest.importorskip("pyarrow")
    x = arena.create_array("x", dtype, 5)
    np.asarray(x)[:] = range(5)
    a = pa.array(x)
    assert a.to_numpy().dtype == np.dtype(NUMPY_NAMES[dtype])
    assert a.buffers()[1].address == address(x)
    x[2] = 7
    assert a.to_pylist() == [0, 1, 7, 3, 4]
    part = pa.array(x[1:4])
    assert part.to_pylist() == [1, 7, 3] and part.buffers()[1].address == address(x) + x.itemsize
    del a, part, x
    arena.remove("x")
    gc.collect()
    assert arena.info()["held"] == 0


@pytest.mark.parametrize("dtype", sorted(set(NUMPY_NAMES) - {"bool", "c64", "c128"}))
def test_arrow_shows_a_table_as_lists_of_one_length(arena, dtype):
    pa = pytest.importorskip("pyarrow")
    x = arena.create_array("x", dtype, (3, 2))
    np.asarray(x)[...] = np.arange(6).reshape(3, 2)
    a = pa.array(x)
    assert a.type == pa.list_(pa.field("item", a.type.value_type, False), 2)
    assert a.to_pylist() == [[0, 1], [2, 3], [4, 5]]
    assert a.values.buffers()[1].address == address(x)
    part = pa.array(x[1:])
    schema, array = x.__arrow_c_array__()
    del array
    x[1, 1] = 7
    assert part.to_pylist() == [[2, 7], [4, 5]] and a.slice(1, 1).to_pylist() == [[2, 7]]
    del a, x, schema
    arena.remove("x")
    gc.collect()
    assert arena.info()["held"] == 1 and part.flatten().to_pylist() == [2, 7, 4, 5]
    del part
    gc.collect()
    assert arena.info()["held"] == 0


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 0), (1, 1)], ids=str)
def test_nanoarrow_finds_no_error_in_a_table(arena, shape):
    nanoarrow = pytest.importorskip("nanoarrow")
    x = arena.create_array("x", "i16", shape)
    view = nanoarrow.c_array(x).view()
    assert (view.length, view.null_count, view.n_children) == (shape[0], 0, 1)
    assert nanoarrow.Array(x).to_pylist() == x.tolist()


@pytest.mark.parametrize("length", [0, 1, 5])
@pytest.mark.parametrize("dtype", sorted(set(NUMPY_NAMES) - {"bool", "c64", "c128"}))
def test_nanoarrow_finds_no_error_in_the_structures(arena, dtype, length):
    nanoarrow = pytest.importorskip("nanoarrow")
    x = arena.create_array("x", dtype, length)
    x[:] = range(length)
    view = nanoarrow.c_array(x).view()  # checks counts, offsets and buffers against the schema
    assert (view.length, view.null_count, view.n_buffers) == (length, 0, 2)
    assert nanoarrow.Array(x).to_pylist() == list(range(length))


def test_arrow_refuses_what_it_cannot_show(arena):
    pa = pytest.importorskip("pyarrow")
    x = arena.create_array("x", "f64", (4, 4))
    arena.create_array("flags", "bool", 8)
    arena.create_array("z", "c128", 8)
    cube = arena.create_array("cube", "f64", (2, 2, 2))
    for bad in (
        cube,
        arena.array("flags").reshape(2, 4),
        x.T,
        x[:, :2],
        x[:, 1],
        x[0, ::2],
        arena.array("flags"),
        arena.array("z"),
    ):
        with pytest.raises(BufferError, match="array"):
            bad.__arrow_c_array__()
        with pytest.raises(BufferError):
            pa.array(bad)
    assert pa.array(x[1]).to_pylist() == [0] * 4


def test_exports_end_after_the_interpreter(script):
    """NumPy frees a tensor in a reference cycle at the very end, when lina may be gone already."""
    script(
        """
        import lina, numpy as np, sys
        lina.init_arena(1 << 16)
        class Node: pass
        node = Node()
        node.me, node.a = node, np.from_dlpack(lina.create_array("x", "f64", 4))
        sys.modules["kept"] = node
        sys.path.append(node)
        lina.shutdown()
        node.a[:] = 5
        """
    )
