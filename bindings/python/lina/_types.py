"""The words of the type annotations."""

from collections.abc import Iterable
from typing import Literal, SupportsIndex, TypeAlias, TypedDict

#: A short name ("f64"), a type code ("d", "<f8"), Lina's number, float, int, bool or complex, or an
#: object with the name of a dtype: numpy.float64, numpy.dtype("f8"), torch.float64.
DType: TypeAlias = object
Shape: TypeAlias = SupportsIndex | Iterable[SupportsIndex]
Order: TypeAlias = Literal["C", "F"]
Layout: TypeAlias = Literal["C", "F", "strided"]


class Descriptor(TypedDict):
    """Where the bytes of an array lie and how to read them: ``lina_desc_t``."""

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
    signals: int
    members: int
    max_arrays: int
    max_signals: int
    max_members: int
    member: int
    readonly: bool
    orphan: bool
