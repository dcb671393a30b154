"""Operations that an array does as NumPy does, and those that it leaves to NumPy."""

import copy
import operator

import numpy as np
import pytest
from conftest import NUMPY_NAMES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina


def counted(arena, shape, order="C", dtype="i32", name="x"):
    x = arena.create_array(name, dtype, shape, order)
    np.asarray(x)[...] = np.arange(x.size).reshape(shape)
    return x


def shares(x, a):
    """The same elements at the same addresses."""
    mine = np.asarray(x)
    assert mine.shape == a.shape and np.array_equal(mine, a)
    assert a.size == 0 or mine.__array_interface__["data"] == a.__array_interface__["data"]
    assert all(s == t for s, t, n in zip(mine.strides, a.strides, a.shape) if n > 1 and a.size)


@given(st.data())
def test_reshape_gives_numpys_view_and_raises_if_numpy_would_copy(data):
    shape = data.draw(npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    with lina.Arena.create(None, 1 << 16) as arena:
        x = counted(arena, shape, data.draw(st.sampled_from("CF")))
        key = data.draw(npst.basic_indices(shape, allow_newaxis=True))
        part = x[key] if shape else x
        if not isinstance(part, lina.Array):
            return
        factors = [d for d in (1, 2, 2, 3, 4, part.size, 1) if d and part.size % d == 0] or [0, 1, 2]
        wanted = tuple(data.draw(st.permutations(factors))[: data.draw(st.integers(0, 4))])
        if data.draw(st.booleans()):
            wanted += (-1,)
        a = np.asarray(part)
        try:
            expected = a.reshape(wanted)
        except ValueError:
            with pytest.raises(ValueError, match='array "x"'):
                part.reshape(wanted)
            return
        if part.size and not np.shares_memory(expected, a):
            with pytest.raises(lina.ViewError, match='array "x"'):
                part.reshape(wanted)
            return
        shares(part.reshape(wanted), expected)
        shares(part.reshape(*wanted), expected) if len(wanted) != 0 else None


@given(npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3), st.sampled_from("CF"))
def test_the_transpose_the_bytes_and_a_copy_are_those_of_numpy(shape, order):
    with lina.Arena.create(None, 1 << 16) as arena:
        x = counted(arena, shape, order)
        a = np.asarray(x)
        shares(x.T, a.T)
        shares(copy.copy(x), a)
        assert x.tobytes() == a.tobytes() and x.T.tobytes() == a.T.tobytes() == x.T.tobytes()
        assert bytes(x) == a.tobytes() or not a.flags.c_contiguous


def test_an_impossible_reshape_is_refused(arena):
    x = counted(arena, (2, 3))
    for bad in ((4,), (2, -2), (-1, -1), (7, -1), (1 << 62, 1 << 62), (0, -1), (1,) * 9, (6, -1, 0)):
        with pytest.raises(ValueError, match='array "x"'):
            x.reshape(bad)
    for bad in (("a",), (1.5,), (None,)):
        with pytest.raises(TypeError):
            x.reshape(*bad)
    with pytest.raises(OverflowError):
        x.reshape(1 << 70)


def test_a_copy_is_another_view_also_of_a_loan(arena):
    with arena.loan("x", "i64", 3) as x:
        y = copy.copy(x)
        y[:] = [1, 2, 3]
    assert y is not x and arena.array("x").tolist() == [1, 2, 3] and y.is_current


BINARY = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod),
    *(operator.pow, operator.matmul, operator.and_, operator.or_, operator.xor, operator.lshift),
    *(operator.rshift, divmod),
]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
IN_PLACE = [
    *(operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod),
    *(operator.ipow, operator.imatmul, operator.iand, operator.ior, operator.ixor, operator.ilshift),
    operator.irshift,
]


def test_arithmetic_and_comparison_raise_an_error_that_names_numpy(arena):
    x, y = counted(arena, 3), counted(arena, 3, name="y")
    for operation in BINARY + COMPARISONS:
        for other in (y, x, 1, 1.5, 1j, True, None, [1, 2, 3], (1, 2, 3)):
            with pytest.raises(TypeError, match=r'array "\w": .*numpy\.asarray\(x\)'):
                operation(x, other)
            if operation in COMPARISONS or not isinstance(other, (lina.Array, list, tuple)):
                with pytest.raises(TypeError, match=r"numpy\.asarray\(x\)"):
                    operation(other, x)
    for operation in (operator.neg, operator.pos, operator.abs, operator.invert):
        with pytest.raises(TypeError, match=r"numpy\.asarray\(x\)"):
            operation(x)
    for operation in IN_PLACE:
        for other in (1, y, np.ones(3, "i4")):
            with pytest.raises(TypeError, match=r"numpy\.asarray\(x\)"):
                operation(x, other)
    with pytest.raises(TypeError):
        x in [y]  # noqa: B015
    assert x in [x] and x.tolist() == [0, 1, 2]


def test_if_the_other_operand_is_numpys_numpy_answers(arena):
    x = counted(arena, 3)
    x[:] = [3, 1, 2]
    a, b = np.asarray(x), np.array([2, 1, 2], "i4")
    for operation in BINARY + COMPARISONS:
        for other in (b, np.int32(2)) if operation is not operator.matmul else (b,):
            expected = operation(a, other)
            assert np.array_equal(operation(x, other), expected), operation
            assert np.array_equal(operation(other, x), operation(other, a)), operation


@pytest.mark.parametrize("dtype", [*NUMPY_NAMES, "bf16"])
def test_one_element_is_a_number(arena, dtype):
    x = arena.create_array("x", dtype, (2, 2))
    x[1, 1] = 1
    for one in (x[1:, 1:], x[1, 1:], x[1:, 1:].reshape(())):
        assert one.item() == x[1, 1] == complex(one) == 1
        if not dtype.startswith("c"):
            assert float(one) == 1.0 and int(one) == 1 and type(float(one)) is float
            assert f"{float(one):.1f}" == "1.0"
        y = arena.republish("y", dtype, 3)
        y[0] = one
        y[1:] = one
        assert y.tolist() == [1, 1, 1]
    assert x.item(1, 1) == 1 and x.item(-1, -1) == 1
    assert bool(x[1, 1:].reshape(())) is True and bool(x[0, 1:].reshape(())) is False
    for call in (float, int, complex, operator.methodcaller("item")):
        with pytest.raises(TypeError, match='array "x"'):
            call(x)
    for index in ((1,), (slice(None),), (1, 1, 1), (5, 5)):
        with pytest.raises((TypeError, IndexError)):
            x.item(*index)
    with pytest.raises(TypeError, match='array "x"'):
        x[0, 0] = x


def test_an_array_is_true_if_it_has_elements(arena):
    assert arena.create_array("x", "u8", 2) and not arena.create_array("y", "u8", 0)


def test_bytes_does_not_take_an_array_without_dimensions_for_a_count(arena):
    """If n has __index__, bytes(n) makes n zeroes."""
    x = arena.create_array("x", "i64", ())
    x[()] = 3
    assert bytes(x) == bytes(bytearray(x)) == (3).to_bytes(8, "little")
    with pytest.raises(TypeError):
        operator.index(x)
    with pytest.raises(TypeError):
        [1, 2, 3, 4][x]


def test_match_sees_a_sequence(arena):
    match counted(arena, (2, 3)):
        case [first, [a, *rest]]:
            assert first.tolist() == [0, 1, 2] and (a, rest) == (3, [4, 5])
        case _:
            pytest.fail("no match")


def test_the_array_method_gives_numpy_the_memory_itself(arena):
    x = counted(arena, (2, 3))
    shares(x, x.__array__())
    shares(x, x.__array__(np.int32, copy=False))
    for made in (x.__array__("f8"), x.__array__(copy=True), x.__array__(np.float64, copy=None)):
        assert np.array_equal(made, np.asarray(x)) and not np.shares_memory(made, np.asarray(x))
    with pytest.raises(lina.ViewError, match='array "x"'):
        x.__array__("f8", copy=False)


def test_a_plot_takes_an_array(arena):
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    (line,) = axes.plot(counted(arena, 4))
    assert line.get_ydata().tolist() == [0, 1, 2, 3]
    assert len(axes.plot(counted(arena, (4, 3), name="y"))) == 3


def test_an_image_takes_an_array(arena):
    image = pytest.importorskip("PIL.Image")
    x = counted(arena, (4, 6), dtype="u8")
    for part in (x, x[::2], x[:, 1:], x.T):
        made = image.fromarray(part)
        assert np.array_equal(np.asarray(made), np.asarray(part))


def test_generic_annotations_name_the_dtype(arena):
    assert lina.Array["f64"].__origin__ is lina.Array
