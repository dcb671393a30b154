"""One element of each dtype: it is read as it was written, and a value that does not fit is refused."""

import math
import struct

import numpy as np
import pytest
from conftest import NUMPY_NAMES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lina


@pytest.fixture(scope="module")
def elements():
    """One element of each dtype, as Lina and as NumPy sees it."""
    arena = lina.Arena.create(None, 1 << 16)
    arrays = {dtype: arena.create_array(dtype, dtype, 1) for dtype in [*NUMPY_NAMES, "bf16"]}
    yield arrays
    arena.close()


def same(a, b):
    """Equality that also compares NaN and the sign of zero."""
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or struct.pack("d", a) == struct.pack("d", b)
    return a == b and type(a) is type(b)


@pytest.mark.parametrize(("dtype", "numpy_name"), NUMPY_NAMES.items())
@given(data=st.data())
def test_reading_and_writing_agree_with_numpy(elements, dtype, numpy_name, data):
    value = data.draw(npst.from_dtype(np.dtype(numpy_name))).item()
    x = elements[dtype]
    mine = np.asarray(x)
    assert mine.dtype == np.dtype(numpy_name)
    mine[0] = value
    assert same(x[0], value)
    mine[0] = 0
    x[0] = value
    assert same(mine[0].item(), value)


@given(st.floats(allow_nan=True))
def test_f16_rounds_as_numpy_does(elements, value):
    with np.errstate(over="ignore"):
        expected = np.float64(value).astype(np.float16)
    elements["f16"][0] = value
    got = np.asarray(elements["f16"])[0]
    assert same(float(got), float(expected))


def bf16_of(value):
    """Rounds a float of 64 bits to the nearest, ties to even, by exact integer arithmetic."""
    bits = struct.unpack("<Q", struct.pack("<d", value))[0]
    sign, rest = bits >> 63, bits & (1 << 63) - 1
    exact = struct.unpack("<d", struct.pack("<Q", rest))[0]
    below = np.arange(0, 0x7F81, dtype=np.uint32) << 16
    values = below.view(np.float32).astype(np.float64)
    if exact > float(values[-2]):  # as if the next power of two were the next number
        half = float(values[-2]) + (float(values[-2]) - float(values[-3])) / 2
        at = 0x7F80 if exact >= half else 0x7F7F
    else:
        at = int(np.searchsorted(values, exact))
        if at > 0 and values[at] != exact:
            low, high = exact - float(values[at - 1]), float(values[at]) - exact
            at -= low < high or (low == high and at % 2 == 1)
    return sign << 15 | at


@given(st.floats(allow_nan=False))
def test_bf16_rounds_to_the_nearest_and_ties_to_even(elements, value):
    x = elements["bf16"]
    x[0] = value
    bits = int.from_bytes(bytes(x.arena.buffer("bf16")), "little")
    assert bits == bf16_of(value)


def test_every_bf16_and_f16_survives_reading_and_writing(elements):
    for dtype in ("bf16", "f16"):
        x = elements[dtype]
        raw = x.arena.buffer(dtype).cast("H")
        for bits in range(1 << 16):
            raw[0] = bits
            value = x[0]
            x[0] = value
            assert raw[0] == bits or math.isnan(value), (dtype, hex(bits))


def test_a_bf16_is_the_upper_half_of_an_f32(elements):
    raw = elements["bf16"].arena.buffer("bf16").cast("H")
    for value in (0.0, 1.0, -2.5, math.inf, 1e-40, 3.140625):
        elements["bf16"][0] = value
        assert raw[0] == struct.unpack("<I", struct.pack("<f", value))[0] >> 16


LIMITS = [(f"{kind}{bits}", bits, kind == "i") for kind in "iu" for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize(("dtype", "bits", "signed"), LIMITS)
def test_an_integer_that_does_not_fit_is_an_overflow_error(elements, dtype, bits, signed):
    x = elements[dtype]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    for value in (low, high):
        x[0] = value
        assert x[0] == value
    for value in (low - 1, high + 1, 1 << 200, -(1 << 200)):
        with pytest.raises(OverflowError, match=dtype):
            x[0] = value
    assert x[0] == high
    with pytest.raises(TypeError):
        x[0] = 1.0


def test_complex_numbers_keep_both_parts(elements):
    for value in (1 + 2j, np.complex64(1 + 2j), np.complex128(1 + 2j)):
        for dtype in ("c64", "c128"):
            elements[dtype][0] = value
            assert elements[dtype][0] == 1 + 2j
    elements["c64"][0] = 3
    assert elements["c64"][0] == 3 + 0j
    with pytest.raises(TypeError):
        elements["f64"][0] = 1j


def test_a_value_of_another_type_is_a_type_error_and_changes_nothing(elements):
    for dtype, x in elements.items():
        if dtype == "bool":
            continue
        x[0] = 1
        for value in ("1", None, object()):
            with pytest.raises(TypeError):
                x[0] = value
        assert x[0] == 1
