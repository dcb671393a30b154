"""PyTorch: a tensor over the same memory, which keeps its generation in place."""

import gc

import numpy as np
import pytest
from conftest import DTYPES

import lina

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

SAME_NAME = {"f": "float", "bf": "bfloat", "i": "int", "u": "uint", "c": "complex"}


def torch_dtype(short):
    kind = short.rstrip("0123456789")
    return torch.bool if short == "bool" else getattr(torch, SAME_NAME[kind] + short[len(kind) :])


def zebra(arena, dtype, shape, order="C"):
    """An array of 0, 1, 0, 1, ... and its address."""
    x = arena.create_array("x", dtype, shape, order)
    x[...] = np.arange(x.size).reshape(shape) % 2
    return x, np.frombuffer(arena.buffer("x"), "u1").ctypes.data


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tensor_has_the_dtype_shape_strides_and_address(arena, dtype, order):
    x, at = zebra(arena, dtype, (2, 3), order)
    for take in (torch.from_dlpack, torch.as_tensor):
        t = take(x)
        assert t.dtype == torch_dtype(dtype) and t.shape == x.shape and t.data_ptr() == at
        assert t.stride() == tuple(s // x.itemsize for s in x.strides)
        assert t.tolist() == x.tolist()
    t[1, 2] = 0
    x[0, 1] = 0
    assert x[1, 2] == 0 and t[0, 1] == 0


@pytest.mark.parametrize("key", [np.s_[::2], np.s_[:, 1], np.s_[1:3, ::3], np.s_[1, 2:3]], ids=str)
def test_a_tensor_has_the_strides_of_a_slice(arena, key):
    part = zebra(arena, "i32", (4, 5))[0][key]
    t = torch.from_dlpack(part)
    assert t.tolist() == part.tolist() and t.data_ptr() == np.asarray(part).ctypes.data


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,) * 8], ids=str)
def test_odd_shapes_are_tensors_too(arena, shape):
    x, _ = zebra(arena, "f32", shape)
    assert torch.from_dlpack(x).shape == shape


def test_a_repeated_axis_is_an_expanded_tensor(arena):
    zebra(arena, "f32", (4,))
    arena.alias("rows", "x", 0, (3, 4), (0, 4))
    assert torch.from_dlpack(arena.array("rows")).stride() == (0, 1)


def test_a_tensor_and_what_is_made_of_it_keep_the_generation(arena):
    x, _ = zebra(arena, "i64", (4, 5))
    t = torch.from_dlpack(x)
    x.close()
    arena.remove("x")
    arena.create_array("other", "i64", (4, 5))[...] = 9  # would get the memory if it had been freed
    part = t[1:, 2].view(3, 1)
    del t, x
    gc.collect()
    assert arena.info()["held"] == 1 and part.tolist() == [[1], [0], [1]]
    del part
    assert arena.info()["held"] == 0


def test_a_dtype_and_a_shape_can_be_those_of_torch(arena):
    for dtype in DTYPES:
        x = arena.create_array(dtype, torch_dtype(dtype), torch.Size([2, 3]))
        assert (x.dtype, x.shape) == (dtype, (2, 3))


def test_a_tensor_can_be_assigned(arena):
    x, _ = zebra(arena, "f32", (2, 3))
    x[...] = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    x[0] = torch.tensor([7, 8, 9])
    x[1, 1] = torch.tensor(2.5)
    assert x.tolist() == [[7, 8, 9], [3, 2.5, 5]]


def test_a_copy_is_made_if_torch_asks_for_one(arena):
    x, at = zebra(arena, "f32", (2, 3))
    assert torch.from_dlpack(x, copy=False).data_ptr() == at
    assert torch.from_dlpack(x, copy=True).data_ptr() != at
    assert torch.from_dlpack(x).clone().data_ptr() != at


def test_a_read_only_array_is_refused_if_torch_cannot_be_told(arena):
    """From DLPack 1.0 on, torch is told so, and has to respect it."""
    zebra(arena, "f32", (2, 3))
    with lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True) as other:
        x = other.array("x")
        with pytest.raises(lina.ViewError, match='array "x"'):
            torch.from_dlpack(x.__dlpack__())
        assert torch.from_dlpack(x.__dlpack__(max_version=(1, 0))).tolist() == [[0, 1, 0], [1, 0, 1]]
