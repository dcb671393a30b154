"""x[key] and x[key] = value. Lina implements them without NumPy, and gives the same results."""

import array
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina


def fresh(shape, order="C", dtype="i32"):
    """A Lina array of 0, 1, 2, ... in an arena of its own, and a NumPy array with the same elements."""
    x = lina.Arena.create(None, 1 << 16).create_array("x", dtype, shape, order)
    mine = np.arange(x.size, dtype=x.dtype).reshape(shape)
    np.asarray(x)[...] = mine
    return x, mine


shapes = npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
orders = st.sampled_from("CF")


@st.composite
def shapes_and_keys(draw):
    shape = draw(shapes)
    return shape, draw(npst.basic_indices(shape, allow_newaxis=True, max_dims=8))


@given(shapes_and_keys(), orders)
def test_a_key_selects_what_it_selects_in_numpy(case, order):
    shape, key = case
    x, mine = fresh(shape, order)
    got, expected = x[key], mine[key]
    if isinstance(got, lina.Array):
        assert got.shape == expected.shape
        assert got.tolist() == expected.tolist()
        assert np.array_equal(np.asarray(got), expected)
    else:
        assert got == expected and isinstance(got, int)


@given(shapes_and_keys(), orders, st.sampled_from(["number", "numpy", "list", "lina"]))
def test_an_assignment_changes_what_it_changes_in_numpy(case, order, form):
    shape, key = case
    x, mine = fresh(shape, order)
    value = -1 - np.arange(mine[key].size, dtype="int32").reshape(mine[key].shape)
    if form == "number":
        value = np.int32(-7)
    mine[key] = value
    if form == "list":
        value = value.tolist()
    if form == "lina":
        y, _ = fresh(np.shape(value))
        np.asarray(y)[...] = value
        value = y
    x[key] = value
    assert x.tolist() == mine.tolist()


@given(shapes_and_keys(), shapes_and_keys())
def test_slices_of_slices_agree_with_numpy(first, second):
    x, mine = fresh(first[0])
    x, mine = x[first[1]], mine[first[1]]
    if not isinstance(x, lina.Array):
        return
    try:
        expected = mine[second[1]]
    except IndexError:
        with pytest.raises(IndexError, match='array "x"'):
            x[second[1]]
        return
    if expected.ndim > 8:
        with pytest.raises(IndexError, match='array "x": more than 8 dimensions'):
            x[second[1]]
        return
    got = x[second[1]]
    assert (got.tolist() if isinstance(got, lina.Array) else got) == expected.tolist()


@given(st.integers(1, 6), st.slices(12), st.slices(12))
def test_assigning_to_an_overlapping_slice_gives_the_result_of_a_copy(columns, to, source):
    x, mine = fresh((12, columns))
    if len(range(12)[to]) != len(range(12)[source]):
        return
    x[to] = x[source]
    mine[to] = mine[source].copy()
    assert x.tolist() == mine.tolist()


def test_slices_share_the_memory_and_keep_the_generation(arena):
    x = arena.create_array("x", "f64", (4, 5))
    column = x[:, 2]
    del x
    arena.remove("x")
    np.asarray(column)[:] = 3
    assert column[3] == 3.0 and column.name == "x" and column.generation == 1
    assert arena.info()["held"] == 1


def test_a_view_has_at_most_eight_dimensions(arena):
    x = arena.create_array("x", "u8", (1,) * 7)
    assert x[None].ndim == 8 and x[None, 0, None].ndim == 8
    for key in ((None, None), (None, ..., None), (0, None, None, None)):
        for use in (lambda key=key: x[key], lambda key=key: x.__setitem__(key, 1)):
            with pytest.raises(IndexError, match='array "x": more than 8 dimensions'):
                use()


def test_len_iteration_and_membership_work_as_for_sequences(arena):
    x = arena.create_array("x", "i64", (3, 2))
    x[:] = [[1, 2], [3, 4], [5, 6]]
    assert len(x) == 3
    assert [row.tolist() for row in x] == [[1, 2], [3, 4], [5, 6]]
    assert list(x[0]) == [1, 2]
    assert list(reversed(x[0])) == [2, 1]
    assert isinstance(x, Iterable) and next(iter(x)).tolist() == [1, 2]
    assert 4 in x[1] and 9 not in x[1]
    a, b = x[2]
    assert (a, b) == (5, 6)


def test_one_element_without_dimensions_has_the_empty_index(arena):
    x = arena.create_array("x", "i64", ())
    x[()] = 5
    assert x[()] == 5 and x.tolist() == 5 and x[...].shape == ()
    x[...] = 6
    assert x[()] == 6
    for use in (lambda: len(x), lambda: list(x), lambda: iter(x)):
        with pytest.raises(TypeError, match='array "x"'):
            use()
    with pytest.raises(IndexError):
        x[0]


@pytest.mark.parametrize("key", [3, -4, (0, 2), (0, 0, 0), (..., ...), 1 << 80, (0, 1 << 80)])
def test_an_index_out_of_bounds_is_an_index_error(arena, key):
    x = arena.create_array("x", "i64", (3, 2))
    for use in (lambda: x[key], lambda: x.__setitem__(key, 1)):
        with pytest.raises(IndexError):
            use()
    assert x.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("key", [1.5, "a", [0, 1], True, (None, 1.5)])
def test_a_key_of_another_type_is_a_type_error(arena, key):
    with pytest.raises(TypeError, match='array "x"'):
        arena.create_array("x", "i64", (3, 2))[key]


def test_values_must_fit_the_places(arena):
    x = arena.create_array("x", "i64", (3, 2))
    x[...] = [[1, 2], [3, 4], [5, 6]]
    wrong = (
        [[1, 2, 3]] * 3,
        np.zeros((2, 3)),
        [[1, 2], [3, 4], 5],
        [1, 2, 3],
        [[[1]], [[2]]],
        [],
        "12",
        [[1], [2]],
    )
    for value in (
        *wrong,
        np.zeros((2, 1, 2), "i8"),
        [[1, 2], [3, "4"], [5, 6]],
        [[1, 2], [3, 1 << 70], [5, 6]],
    ):
        with pytest.raises((ValueError, TypeError, OverflowError), match='array "x"'):
            x[:] = value
        assert x.tolist() == [[1, 2], [3, 4], [5, 6]], "nothing is written before all is right"
    with pytest.raises((TypeError, PermissionError)):
        del x[0]


@given(st.data())
def test_values_are_broadcast_as_by_numpy(data):
    shapes = data.draw(npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3))
    places, given_shape = shapes.result_shape, shapes.input_shapes[0]
    if data.draw(st.booleans()):
        given_shape = (1, 1, *given_shape)[-5:]
    x, mine = fresh(places, data.draw(orders))
    value = -1 - np.arange(int(np.prod(given_shape)), dtype="i4").reshape(given_shape)
    kind = data.draw(st.sampled_from(["list", "i4", "u1", "i8", "lina", "lina i64"]))
    if kind.startswith("lina"):
        y, _ = fresh(given_shape, data.draw(orders), "i64" if "i64" in kind else "i32")
        np.asarray(y)[...] = value
        value, given_to_numpy = y, np.asarray(y)
    else:
        value = value.astype("i4" if kind == "list" else kind)
        value, given_to_numpy = (value.tolist() if kind == "list" else value), value
    try:
        mine[...] = given_to_numpy
    except ValueError:
        with pytest.raises(ValueError, match='array "x"'):
            x[...] = value
        return
    x[...] = value
    assert x.tolist() == mine.tolist()


def test_other_sequences_and_buffers_can_be_assigned(arena):
    x = arena.create_array("x", "f64", 3)
    x[:] = array.array("d", [1, 2, 3])
    assert x.tolist() == [1, 2, 3]
    x[:] = array.array("i", [4, 5, 6])
    assert x.tolist() == [4, 5, 6]
    x[:] = range(3)
    assert x.tolist() == [0, 1, 2]
    y = arena.create_array("y", "u8", 3)
    y[:] = b"abc"
    assert bytes(y) == b"abc"
    z = arena.create_array("z", "i64", 2)
    z[:] = array.array("q", [7, 8])
    assert z.tolist() == [7, 8]


def test_an_object_with_an_array_method_can_be_assigned(arena):
    class Series:
        """Like pandas': its items go by labels, and it has no buffer."""

        def __init__(self, values):
            self.values = values

        def __len__(self):
            return len(self.values)

        def __getitem__(self, label):
            raise KeyError(label)

        def __array__(self, dtype=None, copy=None):
            return self.values

    x = arena.create_array("x", "f64", 3)
    x[:] = Series(np.array([1.5, 2.5, 3.5]))
    assert x.tolist() == [1.5, 2.5, 3.5]
    x[1:] = Series(np.array([4, 5], "i8"))
    assert x.tolist() == [1.5, 4, 5]
    for bad in (Series(np.zeros(2)), Series([1, 2]), Series(None)):
        with pytest.raises((ValueError, TypeError), match='array "x"'):
            x[:] = bad
    assert x.tolist() == [1.5, 4, 5]


def test_a_value_may_close_the_array(arena):
    class Closing:
        def __init__(self, x):
            self.x = x

        def __index__(self):
            self.x.close()
            return 1

    for key in (0, slice(None)):
        x = arena.create_array(f"x{key}", "i64", 3)
        x[key] = Closing(x)
        assert x.closed
    y = arena.create_array("y", "i64", (3, 3))
    assert y[Closing(y), Closing(y)] == 0
    assert y.closed
    arena.check()


class Sequence:
    """A sequence with this length, and with these items."""

    def __init__(self, length, items):
        self.length, self.items = length, items

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        return self.items[i]


class Emptying:
    """A number that empties its list while it is read."""

    def __init__(self, items):
        self.items = items

    def __float__(self):
        self.items.clear()
        return 1.0


def emptied():
    items = []
    items += [Emptying(items), Emptying(items)]
    return items


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (Sequence(2, [1]), ValueError),
        (Sequence(2, []), ValueError),
        (Sequence(1 << 62, [1] * 2), ValueError),
        (range(10**30), OverflowError),
        (10**400, OverflowError),
        ([1, -(10**5000)], OverflowError),
        ({1, 2}, TypeError),
        ("12", TypeError),
    ],
    ids=["one less", "no items", "too long", "much too long", "large", "larger", "set", "str"],
)
def test_a_value_with_a_wrong_length_range_or_type_is_refused_by_name(arena, value, error):
    for dtype in ("f64", "f16", "c128"):
        x = arena.create_array(f"x {dtype}", dtype, 2)
        with pytest.raises(error, match=f'array "x {dtype}"'):
            x[:] = value
        assert x.tolist() == [0, 0]


def test_a_list_that_shrinks_while_it_is_read_is_refused(arena):
    x = arena.create_array("x", "f64", 2)
    with pytest.raises(ValueError, match=r'array "x": \[\] has fewer items than its length says'):
        x[:] = emptied()
    assert x.tolist() == [0, 0]


def test_an_error_shows_the_value_even_if_it_is_a_set(arena):
    x = arena.create_array("x", "f64", 2)
    with pytest.raises(TypeError, match=r"\{7\} is no real number"):
        x[0] = {7}
