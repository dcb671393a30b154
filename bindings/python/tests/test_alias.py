"""Named slices: part of an array under a name of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina


def test_an_alias_is_part_of_its_base(arena):
    frame = arena.create_array("frame", "u8", (480, 640, 3))
    arena.alias("red", "frame", offset=0, shape=(480, 640), strides=(1920, 3))
    frame[2, 5] = [7, 8, 9]
    red = arena.array("red")
    assert red[2, 5] == 7 and red.layout == "strided" and red.shape == (480, 640)
    red[2, 5] = 70
    assert frame[2, 5].tolist() == [70, 8, 9]


def test_an_alias_can_be_made_from_a_slice(arena):
    frame = arena.create_array("frame", "u8", (480, 640, 3))
    frame[2, 5] = [7, 8, 9]
    arena.alias("blue", frame[:, :, 2])
    assert arena.array("blue")[2, 5] == 9
    assert arena.open_desc("blue")["offset"] == arena.open_desc("frame")["offset"] + 2


@given(st.data())
def test_any_slice_with_a_place_in_its_base_can_be_named(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=4, max_side=5))
    key = data.draw(npst.basic_indices(shape, allow_newaxis=False))
    with lina.Arena.create(None, 1 << 16) as arena:
        x = arena.create_array("x", "i32", shape, data.draw(st.sampled_from("CF")))
        np.asarray(x)[...] = np.arange(x.size).reshape(shape)
        part = x[key]
        if not isinstance(part, lina.Array):
            return
        arena.alias("part", part)
        assert arena.array("part").tolist() == part.tolist()
        arena.check()


def test_without_strides_an_alias_is_in_c_order(arena):
    x = arena.create_array("x", "i64", 12)
    x[:] = range(12)
    arena.alias("y", "x", 16, (2, 3))
    assert arena.array("y").tolist() == [[2, 3, 4], [5, 6, 7]]
    assert bytes(arena.buffer("y")) == np.arange(2, 8).tobytes()


def test_an_alias_keeps_its_bases_generation(arena):
    x = arena.create_array("x", "i64", 4)
    x[:] = [1, 2, 3, 4]
    arena.alias("y", x[::-1])
    del x
    arena.republish("x", "i64", 4)
    assert arena.array("y").tolist() == [4, 3, 2, 1]


def test_a_bad_alias_is_refused(arena):
    x = arena.create_array("x", "i64", 4)
    for arguments in (("y", "x", 0, 5), ("y", "x", 8, 4), ("y", "x", 0, 4, (16,)), ("y", "x", 0, 4, (-8,))):
        with pytest.raises(lina.InvalidError, match='"y"'):
            arena.alias(*arguments)
    with pytest.raises(KeyError):
        arena.alias("y", "none", 0, 1)
    with pytest.raises(FileExistsError):
        arena.alias("x", "x", 0, 1)
    with pytest.raises(ValueError):
        arena.alias("y", "x", 0, (2, 2), (8,))
    for call in (
        lambda: arena.alias("y", "x"),
        lambda: arena.alias("y", x[1:], 8),
        lambda: arena.alias("y", 5),
    ):
        with pytest.raises(TypeError):
            call()
    arena.republish("x", "i64", 2)
    with pytest.raises(lina.StaleError, match='array "x"'):
        arena.alias("y", x[1:])
    assert [d["name"] for d in arena.list()] == ["x"]


def test_an_alias_reads_bytes_as_another_dtype(arena):
    records = arena.create_array("records", "u8", (4, 12))  # {f64 x; i32 id} x 4, packed
    dtype = np.dtype([("x", "<f8"), ("id", "<i4")])
    whole = np.asarray(records).view(dtype)[:, 0]
    whole["x"] = [0.5, 1.5, 2.5, 3.5]
    whole["id"] = [1, 2, 3, 4]
    arena.alias("x", "records", 0, 4, (12,), dtype="f64")
    arena.alias("id", "records", offset=8, shape=(4,), strides=(12,), dtype=np.int32)
    x = arena.array("x")
    assert x.tolist() == [0.5, 1.5, 2.5, 3.5] and x.dtype == "f64", "every second element is unaligned"
    assert arena.array("id").tolist() == [1, 2, 3, 4]
    x[1] = 9
    x[2:] = [7, 8]
    assert whole["x"].tolist() == [0.5, 9, 7, 8] and whole["id"].tolist() == [1, 2, 3, 4]
    assert np.asarray(x).tolist() == [0.5, 9, 7, 8] and memoryview(x).tolist() == [0.5, 9, 7, 8]
    with pytest.raises(lina.ViewError):
        x.__dlpack__()  # strides of 12 bytes are not a whole number of elements


def test_a_slice_can_be_given_another_dtype(arena):
    words = arena.create_array("words", "u32", (2, 3))
    words[...] = [[1, 2, 3], [4, 5, 6]]
    arena.alias("low", words[:, 1:], dtype="u8")
    assert arena.array("low").tolist() == [[2, 3], [5, 6]]
    arena.create_array("odd", 0x00010400, 8)
    arena.alias("even", "odd", 1, 4, dtype="u8")
    assert arena.array("even").tolist() == [0] * 4


def test_an_alias_of_another_dtype_stays_inside_its_base(arena):
    arena.create_array("bytes", "u8", 12)
    for offset, shape, strides in ((8, 1, None), (0, 2, None), (0, (2,), (5,))):
        with pytest.raises(lina.InvalidError, match="longer"):
            arena.alias("longer", "bytes", offset, shape, strides, dtype="f64")
    with pytest.raises(lina.InvalidError, match="f65"):
        arena.alias("longer", "bytes", 0, 1, dtype="f65")
    arena.alias("longer", "bytes", 0, 2, (4,), dtype="f64")
