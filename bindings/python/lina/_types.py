"""The types for annotations."""

import os
from collections.abc import Iterable
from typing import Literal, Protocol, SupportsIndex, TypeAlias, TypedDict

# These are unions, because stubtest cannot compare a Literal of several values.

#: Lina's short names.
DTypeName: TypeAlias = (
    Literal["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"]
    | Literal["bool", "f16", "bf16", "f32", "f64", "c64", "c128"]
)


class HasItemsize(Protocol):
    """What the dtypes of NumPy, PyTorch and Lina have in common."""

    @property
    def itemsize(self) -> int: ...


#: Other ways to name a dtype: NumPy's names and codes; the letters of struct; Lina's number; float, int,
#: bool and complex; and dtypes of other libraries: numpy.float64, numpy.dtype("f8"), torch.float64.
ForeignDType: TypeAlias = (
    Literal["int8", "|i1", "<i1", "b", "int16", "<i2", "h", "int32", "<i4", "i", "int64", "<i8", "q", "l"]
    | Literal["uint8", "|u1", "<u1", "B", "uint16", "<u2", "H", "uint32", "<u4", "I", "uint64", "<u8"]
    | Literal["Q", "L", "bool_", "|b1", "?", "float16", "halffloat", "<f2", "e", "bfloat16"]
    | Literal["float32", "<f4", "f", "float64", "double", "<f8", "d"]
    | Literal["complex64", "<c8", "F", "Zf", "complex128", "<c16", "D", "Zd"]
    | type
    | SupportsIndex
    | HasItemsize
)
DTypeLike: TypeAlias = DTypeName | ForeignDType

#: "shm:NAME", "file:PATH" or "fd:N" as str or bytes, or a path, which means a file.
Where: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Shape: TypeAlias = SupportsIndex | Iterable[SupportsIndex]
Order: TypeAlias = Literal["C"] | Literal["F"]
#: Where a reader of a stream begins. A number is a sequence.
Start: TypeAlias = Literal["next"] | Literal["latest"] | Literal["oldest"] | int
Layout: TypeAlias = Literal["C", "F"] | Literal["strided"]


class Descriptor(TypedDict):
    """Where the bytes of an array lie, and how to read them: ``lina_desc_t``."""

    name: str
    offset: int
    nbytes: int
    capacity_bytes: int
    dtype: str | int
    dtype_code: int
    ndim: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    layout: Layout
    generation: int
    flags: int
    reserved: int


class ArenaInfo(TypedDict):
    """Size, use, members and limits of an arena: ``lina_arena_info_t``."""

    where: str
    size: int
    used_bytes: int
    resident_bytes: int
    arrays: int
    held: int
    loans: int
    signals: int
    members: int
    max_arrays: int
    max_signals: int
    max_members: int
    member: int
    readonly: bool
    orphan: bool


class StreamInfo(TypedDict):
    """The state of a stream: ``lina_stream_info_t``."""

    name: str
    depth: int
    kept: int
    sequence: int
    readers: int
    producers: int
    unread: int
    state: str


class Member(TypedDict):
    """A member of an arena: ``lina_member_info_t``."""

    name: str
    member: int
    pid: int
    incarnation: int
    since: float
    self: bool
