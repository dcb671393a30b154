"""Tests lina_export_dlpack and lina_export_arrow with real consumers: NumPy and pyarrow.

The tests call the library through ctypes, and not through a binding of Lina.
"""

import ctypes
import os
import pathlib

import numpy as np
import pyarrow as pa
import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
lina = ctypes.CDLL(str(BUILD / "liblina_core.so"))
python = ctypes.pythonapi

C, F, STRIDED = 0, 1, 2
READ_ONLY = 1  # LINA_ATTACH_READ_ONLY
INVALID, ERR_READ_ONLY = -1, -13
DTYPES = {
    np.bool_: 0x00010806,
    np.int8: 0x00010800,
    np.int16: 0x00011000,
    np.int32: 0x00012000,
    np.int64: 0x00014000,
    np.uint8: 0x00010801,
    np.uint16: 0x00011001,
    np.uint32: 0x00012001,
    np.uint64: 0x00014001,
    np.float16: 0x00011002,
    np.float32: 0x00012002,
    np.float64: 0x00014002,
    np.complex64: 0x00014005,
    np.complex128: 0x00018005,
}
BFLOAT16 = 0x00011004


class View(ctypes.Structure):
    """lina_view_t."""

    _fields_ = [
        ("desc", ctypes.c_ubyte * 240),
        ("data", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("slot", ctypes.c_uint32),
        ("serial", ctypes.c_uint64),
        ("arena", ctypes.c_void_p),
        ("epoch", ctypes.c_uint64),
        ("self", ctypes.c_void_p),
        ("held", ctypes.c_void_p),
        ("sequence", ctypes.c_uint64),
        ("reserved", ctypes.c_uint64 * 2),
    ]


assert ctypes.sizeof(View) == 320


class Info(ctypes.Structure):
    """The first fields of lina_arena_info_t."""

    _fields_ = [
        ("size", ctypes.c_uint64 * 3),
        ("arrays", ctypes.c_uint32),
        ("held", ctypes.c_uint32),
        ("rest", ctypes.c_ubyte * 1024),
    ]


lina.lina_last_error.restype = ctypes.c_char_p
lina.lina_release.restype = None
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def call(name, *arguments):
    code = getattr(lina, name)(*arguments)
    if code != 0:
        raise LookupError(code, lina.lina_last_error().decode())


class Arena:
    def __init__(self, handle):
        self.handle = handle

    def create(self, name, dtype, shape, layout=C):
        extents = (ctypes.c_uint64 * len(shape))(*shape)
        call(
            "lina_arena_create_array",
            *(self.handle, name.encode(), ctypes.c_uint32(dtype), len(shape), extents, layout),
            None,
        )

    def alias(self, name, base, offset, shape, strides):
        extents = (ctypes.c_uint64 * len(shape))(*shape)
        steps = (ctypes.c_int64 * len(strides))(*strides)
        call(
            "lina_alias",
            *(self.handle, name.encode(), base.encode(), ctypes.c_uint64(offset)),
            *(len(shape), extents, steps),
        )

    def view(self, name):
        view = View()
        call("lina_acquire", self.handle, name.encode(), ctypes.byref(view))
        return view

    def held(self):
        """How many generations are no longer current but still held."""
        info = Info()
        call("lina_arena_info", self.handle, ctypes.byref(info))
        return info.held

    def read_only(self):
        fd = ctypes.c_int()
        call("lina_arena_fd", self.handle, ctypes.byref(fd))
        handle = ctypes.c_void_p()
        call("lina_arena_attach", f"fd:{fd.value}".encode(), READ_ONLY, ctypes.byref(handle))
        return Arena(handle)


@pytest.fixture
def arena():
    handle = ctypes.c_void_p()
    call("lina_arena_create", None, ctypes.c_uint64(1 << 20), None, ctypes.byref(handle))
    yield Arena(handle)
    call("lina_arena_close", handle)


NAMES = [b"dltensor", b"dltensor_versioned"]  # kept alive: a capsule does not copy its name


class Tensor:
    """An object with __dlpack__ for NumPy, around a capsule made by Lina."""

    def __init__(self, view, versioned=True):
        self.view, self.versioned = view, versioned

    def __dlpack__(self, **_):
        tensor = ctypes.c_void_p()
        suffix = "_versioned" if self.versioned else ""
        call("lina_export_dlpack" + suffix, ctypes.byref(self.view), ctypes.byref(tensor))
        return python.PyCapsule_New(tensor, NAMES[self.versioned], None)

    def __dlpack_device__(self):
        return 1, 0


def from_dlpack(view, versioned=True):
    """Returns NumPy's array. The view that was exported is released."""
    array = np.from_dlpack(Tensor(view, versioned))
    lina.lina_release(ctypes.byref(view))
    return array


def bytes_of(view, count):
    return (ctypes.c_ubyte * count).from_address(view.data)


def fill(view, values, order="C"):
    raw = np.ascontiguousarray(values).tobytes() if order == "C" else values.tobytes(order="F")
    ctypes.memmove(view.data, raw, len(raw))


@pytest.mark.parametrize("versioned", [True, False], ids=["versioned", "unversioned"])
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_numpy_has_each_dtype_over_the_same_bytes(arena, dtype, versioned):
    values = np.arange(6).astype(dtype).reshape(2, 3)
    arena.create("x", DTYPES[dtype], (2, 3))
    view = arena.view("x")
    address = view.data
    fill(view, values)
    array = from_dlpack(view, versioned)
    assert array.dtype == dtype and array.shape == (2, 3)
    assert array.ctypes.data == address
    np.testing.assert_array_equal(array, values)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0, 2), (2, 3, 4), (1,) * 7 + (5,)])
@pytest.mark.parametrize("layout", [C, F], ids="CF")
def test_numpy_has_each_shape_in_either_order(arena, shape, layout):
    values = np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)
    arena.create("x", DTYPES[np.float64], shape, layout)
    view = arena.view("x")
    fill(view, values, "CF"[layout])
    array = from_dlpack(view)
    assert array.shape == shape
    np.testing.assert_array_equal(array, values)


def test_numpy_has_a_slice_with_negative_and_zero_strides(arena):
    arena.create("x", DTYPES[np.int32], (10,))
    view = arena.view("x")
    fill(view, np.arange(10, dtype=np.int32))
    arena.alias("slice", "x", 36, (5, 2), (-8, 0))
    array = from_dlpack(arena.view("slice"))
    np.testing.assert_array_equal(array, [[9, 9], [7, 7], [5, 5], [3, 3], [1, 1]])


def test_what_numpy_writes_is_in_the_arena(arena):
    arena.create("x", DTYPES[np.uint8], (4,))
    array = from_dlpack(arena.view("x"))  # NumPy takes the unversioned form for read-only
    array[:] = [1, 2, 3, 4]
    assert list(bytes_of(arena.view("x"), 4)) == [1, 2, 3, 4]


def test_a_read_only_view_is_read_only_in_numpy(arena):
    arena.create("x", DTYPES[np.uint8], (4,))
    looking = arena.read_only()
    assert not from_dlpack(looking.view("x")).flags.writeable
    with pytest.raises(LookupError, match=r"x.*read-only") as refused:
        np.from_dlpack(Tensor(looking.view("x"), versioned=False))
    assert refused.value.args[0] == ERR_READ_ONLY


def test_numpys_array_holds_its_generation_and_lets_go(arena):
    arena.create("x", DTYPES[np.float64], (1000,))
    array = from_dlpack(arena.view("x"))
    array[:] = 7
    call("lina_remove", arena.handle, b"x")
    assert arena.held() == 1
    tail = array[990:]
    del array
    assert arena.held() == 1 and (tail == 7).all()
    del tail
    assert arena.held() == 0


def test_numpys_array_outlives_the_arena():
    handle = ctypes.c_void_p()
    call("lina_arena_create", None, ctypes.c_uint64(1 << 16), None, ctypes.byref(handle))
    arena = Arena(handle)
    arena.create("x", DTYPES[np.float64], (1000,))
    array = from_dlpack(arena.view("x"))
    array[:] = 7
    call("lina_arena_close", handle)
    assert (array == 7).all()


# ---- Arrow ---------------------------------------------------------------------------------------


def from_arrow(view):
    """Returns pyarrow's array and field name. The view that was exported is released."""
    schema, array = ctypes.create_string_buffer(72), ctypes.create_string_buffer(80)
    call("lina_export_arrow", ctypes.byref(view), schema, array)
    lina.lina_release(ctypes.byref(view))
    field = pa.Field._import_from_c(ctypes.addressof(schema))
    return pa.Array._import_from_c(ctypes.addressof(array), field.type), field


NUMBERS = [t for t in DTYPES if t not in (np.bool_, np.complex64, np.complex128)]


@pytest.mark.parametrize("dtype", NUMBERS, ids=lambda dtype: dtype.__name__)
def test_arrow_has_each_type_of_number_over_the_same_bytes(arena, dtype):
    values = np.arange(7).astype(dtype)
    arena.create("x", DTYPES[dtype], (7,))
    view = arena.view("x")
    address = view.data
    fill(view, values)
    array, field = from_arrow(view)
    array.validate(full=True)
    assert field.name == "x" and not field.nullable
    assert array.type == pa.from_numpy_dtype(dtype) and array.null_count == 0
    assert array.buffers()[0] is None and array.buffers()[1].address == address
    np.testing.assert_array_equal(array.to_numpy(), values)


def test_arrow_has_an_empty_array(arena):
    arena.create("x", DTYPES[np.float64], (0,))
    array, _ = from_arrow(arena.view("x"))
    array.validate(full=True)
    assert len(array) == 0


def test_arrow_holds_its_generation_and_lets_go(arena):
    arena.create("x", DTYPES[np.float64], (1000,))
    array, _ = from_arrow(arena.view("x"))
    call("lina_remove", arena.handle, b"x")
    tail = array.slice(990)
    del array
    assert arena.held() == 1 and tail.to_pylist() == [0.0] * 10
    del tail
    assert arena.held() == 0


@pytest.mark.parametrize(
    "dtype, shape, why",
    [
        (DTYPES[np.bool_], (8,), "packs eight bools into a byte"),
        (DTYPES[np.complex128], (8,), "no type"),
        (BFLOAT16, (8,), "no type"),
        (DTYPES[np.float64], (), "0 dimensions"),
        (DTYPES[np.float64], (2, 2), "2 dimensions"),
    ],
)
def test_what_arrow_cannot_say_is_refused(arena, dtype, shape, why):
    arena.create("x", dtype, shape)
    with pytest.raises(LookupError, match=why) as refused:
        from_arrow(arena.view("x"))
    assert refused.value.args[0] == INVALID and '"x"' in refused.value.args[1]
