"""x.dtype equals its short name, and NumPy understands it."""

import copy
import importlib.util
import pickle
import warnings

import numpy as np
import pytest
from conftest import DTYPES, NUMPY_NAMES

import lina

NUMPY = tuple(map(int, np.__version__.split(".")[:2]))
ML_DTYPES = importlib.util.find_spec("ml_dtypes") is not None


@pytest.mark.parametrize("short", DTYPES)
def test_a_dtype_equals_prints_and_hashes_like_its_name(arena, short):
    dtype = arena.create_array("x", short, 2).dtype
    assert dtype == short and short == dtype and dtype != "f65" and dtype != 5
    assert not isinstance(dtype, str) and type(dtype) is lina.DType
    assert (str(dtype), f"{dtype:>6}", repr(dtype)) == (short, f"{short:>6}", f"lina.DType('{short}')")
    assert {short: 1}[dtype] == {dtype: 1}[short] == 1
    assert dtype is lina.DType(short) is lina.DType(dtype) is copy.deepcopy(dtype)
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    desc = arena.open_desc("x")
    assert type(desc["dtype"]) is str and desc["dtype_code"] == dtype.code
    assert dtype.itemsize == arena.array("x").itemsize
    assert arena.create_array("y", dtype, 2).dtype is dtype
    with pytest.raises(AttributeError):
        dtype.name = "f65"


@pytest.mark.parametrize(("short", "numpy_name"), NUMPY_NAMES.items())
def test_numpy_understands_a_dtype(arena, short, numpy_name):
    x, expected = arena.create_array("x", short, (2, 3)), np.dtype(numpy_name)
    assert np.dtype(x.dtype) == expected == x.dtype and x.dtype == expected
    assert np.empty(x.shape, x.dtype).dtype == expected
    assert np.zeros(3).astype(x.dtype).dtype == expected
    assert (x.dtype.kind, x.dtype.type, x.dtype.char) == (expected.kind, expected.type, expected.char)
    for make in (np.zeros_like, np.ones_like, np.empty_like, np.array, np.asarray):
        assert make(x).dtype == expected
    with warnings.catch_warnings():
        if NUMPY < (2, 4):  # older versions of NumPy use only str()
            warnings.simplefilter("ignore", DeprecationWarning)
        assert np.result_type(x) == expected and np.dtype(x) == expected
        assert np.result_type(x, np.int8) == np.result_type(expected, np.int8)


def test_a_dtype_can_be_made_from_any_form_of_it():
    for what in ("f64", "<f8", "double", float, np.float64, np.dtype("f8"), np.float64(1).dtype, 0x14002):
        assert lina.DType(what) == "f64"
    for what in ("f65", "", None, 7, object(), 0x00010400):
        with pytest.raises(lina.InvalidError):
            lina.DType(what)


def test_bf16_is_that_of_ml_dtypes_if_it_is_installed(arena):
    x = arena.create_array("x", "bf16", 3)
    x[:] = [1, 2, 3]
    if not ML_DTYPES:
        with pytest.raises(TypeError):
            np.dtype(x.dtype)
        assert not hasattr(x.dtype, "dtype") and not hasattr(x, "__numpy_dtype__")
        with pytest.raises(lina.ViewError, match="ml_dtypes"):
            x.__array__()
        return
    a = np.asarray(x)
    assert a.dtype.name == "bfloat16" and a.tolist() == [1, 2, 3]
    a[1] = 7
    assert x[1] == 7 and np.asarray(x[::2]).tolist() == [1, 3]
    assert np.empty(3, x.dtype).dtype == a.dtype == np.dtype(x.dtype)


def test_a_dtype_without_a_name_stays_a_number(arena):
    x = arena.create_array("x", 0x00010400, 5)
    assert x.dtype == 0x00010400 and type(x.dtype) is int
    with pytest.raises(lina.ViewError, match="0x00010400"):
        x.__array__()
    with pytest.raises((TypeError, ValueError)):
        np.dtype(x)


def test_a_half_made_dtype_has_no_attributes():
    made = object.__new__(lina.DType)
    for name in ("name", "code", "itemsize", "dtype", "kind"):
        with pytest.raises(AttributeError):
            getattr(made, name)
