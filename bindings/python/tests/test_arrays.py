"""Creating, describing, replacing and removing arrays."""

import pickle

import pytest
from conftest import DTYPES, NUMPY_NAMES

import lina


def test_a_new_array_is_zero_and_has_the_shape_and_strides_asked_for(arena):
    c = arena.create_array("c", "f64", (2, 3))
    f = arena.create_array("f", "f64", (2, 3), order="F")
    assert c.tolist() == f.tolist() == [[0.0] * 3] * 2
    assert (c.shape, c.strides, c.layout) == ((2, 3), (24, 8), "C")
    assert (f.shape, f.strides, f.layout) == ((2, 3), (8, 16), "F")
    assert (c.ndim, c.size, c.itemsize, c.nbytes, c.generation) == (2, 6, 8, 48, 1)
    assert c.name == "c" and c.dtype == "f64" and c.is_current and not c.readonly
    assert c.arena is arena


def test_a_descriptor_has_every_field_of_the_c_struct(arena):
    arena.create_array("a", "u8", 16)
    arena.create_array("b", "i16", (2, 3), order="F")
    assert arena.open_desc("b") == {
        "name": "b",
        "offset": 64,
        "nbytes": 12,
        "capacity_bytes": 64,
        "dtype": "i16",
        "dtype_code": 0x11000,
        "ndim": 2,
        "shape": (2, 3),
        "strides": (2, 4),
        "layout": "F",
        "generation": 1,
        "flags": 0,
        "reserved": 2,
    }


def test_reading_a_descriptor_does_not_keep_its_memory(arena):
    arena.create_array("a", "u8", 16)
    arena.open_desc("a")
    arena.republish("a", "u8", 16)
    assert arena.info()["held"] == 0


def test_list_has_the_descriptors_of_all_arrays(arena):
    assert arena.list() == []
    for i in range(100):
        arena.create_array(f"a{i}", "u8", i)
    assert sorted(d["name"] for d in arena.list()) == sorted(f"a{i}" for i in range(100))
    assert arena.open_desc("a7") in arena.list()


def test_republish_makes_a_new_generation_and_leaves_views_of_the_old_one(arena):
    old = arena.create_array("a", "i64", 3)
    old[:] = [1, 2, 3]
    new = arena.republish("a", "f32", (2, 2))
    assert (new.generation, new.is_current, new.tolist()) == (2, True, [[0, 0], [0, 0]])
    assert (old.generation, old.is_current, old.tolist()) == (1, False, [1, 2, 3])
    assert arena.array("a").generation == 2


def test_the_memory_of_an_old_generation_returns_with_its_last_view(arena):
    old = arena.create_array("a", "u8", 1000)
    part = old[5:]
    arena.republish("a", "u8", 1000)
    assert arena.info()["held"] == 1
    old.close()
    assert arena.info()["held"] == 1
    del part
    assert arena.info()["held"] == 0


def test_remove_removes_the_name_but_not_the_views(arena):
    x = arena.create_array("a", "u8", 4)
    arena.remove("a")
    x[0] = 7
    assert x.tolist() == [7, 0, 0, 0] and not x.is_current
    with pytest.raises(KeyError, match=r'^no array "a"$'):
        arena.array("a")


def test_reclaim_is_no_error_if_no_raw_pointers_were_given(arena):
    arena.create_array("a", "u8", 4)
    arena.reclaim("a")


def test_a_view_ends_with_close_or_its_with_block(arena):
    with arena.create_array("a", "u8", 4) as x:
        assert not x.closed
    assert x.closed
    x.close()
    for use in (lambda: x.shape, lambda: x[0], lambda: len(x), lambda: memoryview(x), x.tolist):
        with pytest.raises(lina.ClosedError):
            use()
    with pytest.raises(ValueError), x:
        pass
    assert repr(x) == "<lina.Array 'a', closed>"


def test_repr_tells_name_dtype_shape_layout_and_generation(arena):
    x = arena.create_array("input", "f64", (2, 3))
    assert repr(x) == "<lina.Array 'input' f64 (2, 3) C, generation 1: 0 0 0 0 0 0>"
    assert repr(x[:, 0]) == "<lina.Array 'input' f64 (2,) strided, generation 1: 0 0>"


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_has_its_short_name(arena, dtype):
    x = arena.create_array("a", dtype, 3)
    assert x.dtype == dtype
    assert arena.create_array("b", arena.open_desc("a")["dtype_code"], 3).dtype == dtype


@pytest.mark.parametrize(("short", "numpy_name"), NUMPY_NAMES.items())
def test_a_dtype_can_be_given_in_the_form_of_numpy_or_struct(arena, short, numpy_name):
    np = pytest.importorskip("numpy")
    dtype = np.dtype(numpy_name)
    ways = [numpy_name, dtype, dtype.type, dtype.str]
    if short not in ("c64", "c128"):
        ways.append(dtype.char)
    for i, way in enumerate(ways):
        assert arena.create_array(f"a{i}", way, 1).dtype == short, way


def test_a_dtype_can_be_a_builtin_type(arena):
    kinds = [(float, "f64"), (int, "i64"), (bool, "bool"), (complex, "c128")]
    for kind, short in kinds:
        assert arena.create_array(short, kind, 1).dtype == short


@pytest.mark.parametrize("dtype", ["f8", "float", ">f8", "", "x", "object", object, 0, -1, 1 << 40, None])
def test_an_unknown_dtype_is_refused(arena, dtype):
    with pytest.raises(lina.InvalidError, match="dtype"):
        arena.create_array("a", dtype, 1)
    assert arena.list() == []


def test_a_dtype_without_a_name_is_bytes(arena):
    four_bits = 0x00010400
    x = arena.create_array("a", four_bits, 5)
    assert x.dtype == four_bits and x.nbytes == 5
    arena.buffer("a")[:] = b"12345"
    assert bytes(arena.buffer("a")) == b"12345"
    for use in (lambda: x[0], x.tolist, lambda: x[1:], lambda: memoryview(x)):
        with pytest.raises(lina.InvalidError, match='"a"'):
            use()


@pytest.mark.parametrize("shape", [-1, (2, -1), (1 << 63, 1), (1 << 32, 1 << 32), (1,) * 9, (2, 1 << 70)])
def test_an_impossible_shape_is_refused_with_the_name_of_the_array(arena, shape):
    with pytest.raises(ValueError, match='array "a"'):
        arena.create_array("a", "u8", shape)


def test_a_shape_may_be_any_iterable_of_integers(arena):
    np = pytest.importorskip("numpy")
    for i, shape in enumerate(
        [np.array([2, 3]), np.empty((2, 3)).shape, [2, np.int8(3)], iter((2, 3)), range(2, 4)]
    ):
        assert arena.create_array(f"a{i}", "u8", shape).shape == (2, 3)
    for i, extent in enumerate([np.int64(4), True + 3]):
        assert arena.create_array(f"b{i}", "u8", extent).shape == (4,)


@pytest.mark.parametrize("shape", ["12", 1.5, (1, 2.5), None])
def test_a_shape_of_another_type_is_a_type_error(arena, shape):
    with pytest.raises(TypeError):
        arena.create_array("a", "u8", shape)


@pytest.mark.parametrize("order", ["A", "", "c", "CF"])
def test_an_order_is_c_or_f(arena, order):
    with pytest.raises(lina.InvalidError, match='array "a": order'):
        arena.create_array("a", "u8", 1, order)


@pytest.mark.parametrize("name", ["", "x" * 64, "a\nb", "a\x00b", "\udcff"])
def test_an_impossible_name_is_refused(arena, name):
    for use in (lambda: arena.create_array(name, "u8", 1), lambda: arena.array(name)):
        with pytest.raises(ValueError):
            use()
    with pytest.raises(TypeError):
        arena.array(b"a")


def test_a_name_may_be_any_text_of_63_bytes(arena):
    for name in ("x" * 63, "é" * 31, "🙂", " "):
        assert arena.create_array(name, "u8", 1).name == name


def test_an_error_is_of_linas_class_and_of_pythons(arena):
    arena.create_array("a", "u8", 1)
    cases = [
        (lambda: arena.create_array("a", "u8", 1), FileExistsError, "EXISTS"),
        (lambda: arena.array("b"), KeyError, "NOT_FOUND"),
        (lambda: arena.remove("b"), KeyError, "NOT_FOUND"),
        (lambda: arena.create_array("c", "u8", 1 << 30), MemoryError, "NO_MEMORY"),
        (lambda: arena.create_array("c", "u8", -1), ValueError, "INVALID"),
        (lambda: lina.Arena.attach("shm:there-is-none"), FileNotFoundError, "NOT_FOUND"),
        (lambda: lina.Arena.attach("where?"), ValueError, "INVALID"),
    ]
    for use, kind, code in cases:
        with pytest.raises(kind) as caught:
            use()
        assert isinstance(caught.value, lina.LinaError)
        assert caught.value.code == code
        assert str(caught.value) == caught.value.args[0]
    assert [d["name"] for d in arena.list()] == ["a"]


def test_every_code_has_one_class_that_survives_pickling():
    from lina._errors import BY_CODE

    assert len(BY_CODE) == 19
    for code, kind in BY_CODE.items():
        error = pickle.loads(pickle.dumps(kind("why")))
        assert (type(error), str(error), error.code) == (kind, "why", code)


def test_a_full_table_is_an_error_until_there_is_room_again():
    with lina.Arena.create(None, 1 << 16, max_arrays=16) as arena:
        with pytest.raises(lina.FullError, match="array") as caught:
            for i in range(100):
                arena.create_array(f"a{i}", "u8", 1)
        assert isinstance(caught.value, MemoryError)
        arena.remove("a0")
        arena.create_array("again", "u8", 1)
        arena.check()
