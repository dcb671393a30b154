"""Assigning from buffers of other libraries, which may leave out strides, shape and format."""

import array
import ctypes
import itertools
import multiprocessing
import multiprocessing.sharedctypes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_buffer_flags import Buffer, get

import lina

SHORT = {
    "u8": ctypes.c_uint8,
    "i8": ctypes.c_int8,
    "u16": ctypes.c_uint16,
    "i16": ctypes.c_int16,
    "u32": ctypes.c_uint32,
    "i32": ctypes.c_int32,
    "u64": ctypes.c_uint64,
    "i64": ctypes.c_int64,
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
    "bool": ctypes.c_bool,
}


@pytest.mark.parametrize("dtype", SHORT)
def test_a_ctypes_array_can_be_assigned(arena, dtype):
    source = (SHORT[dtype] * 10)(*[i % 2 for i in range(10)])
    x = arena.create_array("x", dtype, 10)
    x[:] = source
    assert x.tolist() == [i % 2 for i in range(10)]
    table = ((SHORT[dtype] * 3) * 2)((0, 1, 1), (1, 0, 1))
    y = arena.create_array("y", dtype, (2, 3), order="F")
    y[:] = table
    assert y.tolist() == [[0, 1, 1], [1, 0, 1]]
    y[:, 1] = (SHORT[dtype] * 2)(1, 1)
    assert y.tolist() == [[0, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("dtype", SHORT)
def test_a_number_of_ctypes_can_be_assigned(arena, dtype):
    x = arena.create_array("x", dtype, ())
    x[...] = SHORT[dtype](1)
    assert x[()] == 1


def test_numbers_of_the_other_byte_order_keep_their_values(arena):
    x = arena.create_array("x", "i32", 3)
    x[:] = (ctypes.c_int32.__ctype_be__ * 3)(1, 2, 3)
    assert x.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "source",
    [
        lambda: multiprocessing.sharedctypes.RawArray("d", [1, 2, 3]),
        lambda: multiprocessing.Array("d", [1, 2, 3]).get_obj(),
        lambda: multiprocessing.Array("d", [1, 2, 3]),
        lambda: np.ctypeslib.as_ctypes(np.array([1.0, 2, 3])),
        lambda: memoryview((ctypes.c_double * 3)(1, 2, 3)),
        lambda: array.array("d", [1, 2, 3]),
        lambda: array.array("f", [1, 2, 3]),
        lambda: memoryview(array.array("d", [3, 2, 1]))[::-1],
        lambda: np.array([1, 2, 3], ">f8"),
        lambda: np.array([[1, 0], [2, 0], [3, 0]], "f8")[:, 0],
        lambda: bytes([1, 2, 3]),
    ],
)
def test_shared_and_foreign_arrays_can_be_assigned(arena, source):
    x = arena.create_array("x", "f64", 3)
    x[:] = source()
    assert x.tolist() == [1, 2, 3]


GETBUFFER = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(Buffer), ctypes.c_int)


class Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("function", ctypes.c_void_p)]


class Spec(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(Slot)),
    ]


KEPT = []  # a type that was made by hand points to these


def exporter(a, *left_out):
    """An object with the buffer of the ndarray, except for the fields that are left NULL."""

    def fill(me, view, flags):
        get(a, view, flags & ~1)
        for field in left_out:
            setattr(view.contents, field, None)
        return 0

    callback = GETBUFFER(fill)
    slots = (Slot * 2)(Slot(1, ctypes.cast(callback, ctypes.c_void_p).value), Slot(0, None))
    spec = Spec(b"tests.exporter", object.__basicsize__, 0, 0, slots)
    make = ctypes.pythonapi.PyType_FromSpec
    make.restype, make.argtypes = ctypes.py_object, [ctypes.POINTER(Spec)]
    kind = make(ctypes.byref(spec))
    KEPT.append((callback, slots, spec, kind))
    return kind()


SHAPELESS = [("strides", "shape"), ("strides", "shape", "format")]  # so it has one dimension


@pytest.mark.parametrize(
    ("shape", "left_out"),
    [
        *(
            (shape, fields)
            for shape in [(), (6,), (2, 3)]
            for fields in [(), ("strides",), ("strides", "format")]
        ),
        *((shape, fields) for shape in [(), (6,)] for fields in SHAPELESS),
    ],
    ids=str,
)
def test_an_exporter_may_leave_out_strides_shape_and_format(arena, shape, left_out):
    x = arena.create_array("x", "u8", shape)
    x[...] = exporter(np.arange(x.size, dtype="u1").reshape(shape), *left_out)
    assert x.tolist() == np.arange(x.size).reshape(shape).tolist()


def test_a_buffer_without_the_shape_that_it_needs_is_refused(arena):
    x = arena.create_array("x", "u8", (2, 3))
    with pytest.raises((TypeError, ValueError)):
        x[...] = exporter(np.ones((2, 3), "u1"), "strides", "shape")
    assert x.tolist() == [[0] * 3] * 2


@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)], ids=str)
def test_a_buffer_of_pointers_to_rows_can_be_assigned(arena, shape):
    testbuffer = pytest.importorskip("_testbuffer")
    x = arena.create_array("x", "u8", shape)
    x[...] = testbuffer.ndarray(list(range(6)), shape=list(shape), format="B", flags=testbuffer.ND_PIL)
    assert x.tolist() == np.arange(6).reshape(shape).tolist()


def test_a_buffer_of_another_dtype_is_converted_even_if_fields_are_left_out(arena):
    x = arena.create_array("x", "f64", (2, 3))
    for kind in SHORT.values():
        x[...] = memoryview(((kind * 3) * 2)((1, 0, 1), (0, 1, 1)))
        assert x.tolist() == [[1, 0, 1], [0, 1, 1]]
        x[...] = memoryview((kind * 3)(1, 0, 0))
        assert x.tolist() == [[1, 0, 0], [1, 0, 0]]
    x[...] = np.array([[1, 2, 3], [4, 5, 6]], "f2")
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]


@given(st.integers(1, 8), st.sampled_from(sorted(SHORT)), st.sampled_from(sorted(SHORT)))
def test_an_element_of_another_size_is_never_read_as_an_element_of_lina(n, ours, theirs):
    with lina.Arena.create(None, 1 << 16) as arena:
        x = arena.create_array("x", ours, n)
        source = (SHORT[theirs] * n)(*itertools.islice(itertools.cycle([0, 1]), n))
        try:
            x[:] = source
        except TypeError:  # a float for an int
            assert theirs.startswith("f") and not ours.startswith(("f", "b"))
            return
        assert x.tolist() == list(source)


class Union(ctypes.Union):
    _fields_ = [("whole", ctypes.c_uint64), ("parts", ctypes.c_uint8 * 8)]


def test_a_buffer_whose_format_lies_about_its_elements_is_refused(arena):
    """ctypes gives a union the format of a byte, and an itemsize of eight."""
    x = arena.create_array("x", "u64", 2)
    source = (Union * 2)(Union(whole=1 << 32), Union(whole=2 << 32))
    for value in (source, memoryview(source), exporter(np.zeros(2, "f8"), "format")):
        with pytest.raises(TypeError, match='array "x": .* has a buffer with a wrong format'):
            x[:] = value
    assert x.tolist() == [0, 0]


class Interface:
    def __init__(self, **interface):
        self.__array_interface__ = interface


class Capsule:
    """Has only DLPack."""

    def __init__(self, a):
        self.a = a

    def __dlpack__(self, **options):
        return self.a.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.a.__dlpack_device__()


def test_an_object_that_only_describes_its_memory_can_be_assigned(arena):
    x = arena.create_array("x", "f64", (2, 3))
    a = np.arange(6.0).reshape(2, 3)
    for value in (Interface(**a.__array_interface__), Capsule(a)):
        x[...] = value
        assert x.tolist() == a.tolist()
        x[...] = 0


def test_an_image_can_be_assigned(arena):
    image = pytest.importorskip("PIL.Image").new("RGB", (3, 2), (1, 2, 3))
    x = arena.create_array("x", "u8", (2, 3, 3))
    x[...] = image
    assert x.tolist() == [[[1, 2, 3]] * 3] * 2


class Refuses:
    def __dlpack_device__(self):
        return (2, 0)

    def __dlpack__(self, **options):
        raise BufferError("the memory of another device")


class Mirror:
    """Has every attribute, and each is itself."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


@pytest.mark.parametrize(
    "value",
    [
        Interface(shape=(2,), typestr="|b9", data=(0, False), version=3),
        Interface(version=3),
        Interface(shape=(1 << 62,), typestr="<f8", data=(0, False), version=3),
        Refuses(),
        Mirror(),
    ],
    ids=["no such type", "no shape", "too long", "other device", "mirror"],
)
def test_an_object_that_describes_its_memory_wrongly_is_refused_by_name(arena, value):
    x = arena.create_array("x", "f64", 2)
    with pytest.raises((TypeError, ValueError), match='array "x"'):
        x[:] = value
    assert x.tolist() == [0, 0]
