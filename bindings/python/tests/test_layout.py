"""The layout that C, Python and Julia must have in common: tests/golden/layout.txt."""

from __future__ import annotations

import ctypes

from conftest import BUILD, ROOT

import lina

GOLDEN = {
    name: int(value)
    for name, value in (line.split() for line in (ROOT / "tests/golden/layout.txt").read_text().splitlines())
}


class Descriptor(ctypes.Structure):
    """lina_desc_t, as a Python program declares it to call the C API."""

    _fields_ = [
        ("name", ctypes.c_char * 64),
        ("offset", ctypes.c_uint64),
        ("nbytes", ctypes.c_uint64),
        ("capacity_bytes", ctypes.c_uint64),
        ("dtype", ctypes.c_uint32),
        ("ndim", ctypes.c_uint32),
        ("shape", ctypes.c_uint64 * 8),
        ("strides", ctypes.c_int64 * 8),
        ("layout", ctypes.c_uint32),
        ("generation", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


def test_a_descriptor_lies_as_the_golden_file_says() -> None:
    assert ctypes.sizeof(Descriptor) == GOLDEN["lina_desc_t"] == 240
    for name, _ in Descriptor._fields_:
        assert getattr(Descriptor, name).offset == GOLDEN[f"lina_desc_t.{name}"], name


def test_the_binding_reads_a_descriptor_as_its_bytes_say(shm: str) -> None:
    core = ctypes.CDLL(str(BUILD / "liblina_core.so"))
    attached, raw = ctypes.c_void_p(), Descriptor()
    with lina.Arena.create(shm, 1 << 20, temporary=True) as arena:
        arena.create_array("first", "u8", (100,))
        arena.create_array("x", "i16", (2, 3, 4), order="F")
        assert core.lina_arena_attach(shm.encode(), 0, ctypes.byref(attached)) == 0
        assert core.lina_arena_open(attached, b"x", ctypes.byref(raw)) == 0
        desc = arena.open_desc("x")
        assert core.lina_arena_close(attached) == 0
    for name in ("offset", "nbytes", "capacity_bytes", "ndim", "generation", "flags", "reserved"):
        assert desc[name] == getattr(raw, name), name
    assert (desc["name"], desc["dtype_code"], desc["layout"]) == ("x", raw.dtype, "F")
    assert desc["shape"] == tuple(raw.shape[:3]) and desc["strides"] == tuple(raw.strides[:3])


def test_dtypes_have_the_numbers_of_the_golden_file(arena: lina.Arena) -> None:
    names = [name for name in GOLDEN if name.startswith("LINA_DTYPE_")]
    assert len(names) == 15
    for name in names:
        short = name.removeprefix("LINA_DTYPE_").lower()
        arena.create_array(short, short, ())
        assert arena.open_desc(short)["dtype_code"] == GOLDEN[name], name
