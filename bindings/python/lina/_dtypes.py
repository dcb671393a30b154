"""The dtypes of Lina as objects that NumPy accepts as its dtypes.

``x.dtype`` is not a ``str``, because NumPy would read ``"u8"`` and ``"i8"`` as integers of eight bytes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from . import _lina
from ._errors import InvalidError, ViewError
from ._types import DTypeLike

#: NumPy's name for each of Lina's names.
_NUMPY_NAMES: Final = MappingProxyType(
    {
        "u8": "uint8",
        "i64": "int64",
        "f64": "float64",
        "bool": "bool",
        "i8": "int8",
        "i16": "int16",
        "i32": "int32",
        "u16": "uint16",
        "u32": "uint32",
        "u64": "uint64",
        "f16": "float16",
        "bf16": "bfloat16",  # from ml_dtypes, if that is installed
        "f32": "float32",
        "c64": "complex64",
        "c128": "complex128",
    }
)


class DType:
    """The type of an array's elements: ``x.dtype``.

    It equals its short name, and prints and hashes like it. NumPy accepts it as the same dtype.

    Parameters
    ----------
    what : DTypeLike
        A short name, a NumPy or PyTorch dtype, ``float``, ``int``, ``bool`` or ``complex``.

    Raises
    ------
    InvalidError
        If it is not a dtype with a name.

    Examples
    --------
    >>> lina.DType("f64") == "f64"
    True
    >>> numpy.dtype(lina.DType("u8"))
    dtype('uint8')
    """

    __slots__ = {
        "code": "DLPack's DLDataType in one number.",
        "itemsize": "Bytes of one element.",
        "name": 'The short name: "f64".',
    }
    __module__ = "lina"

    name: str
    code: int
    itemsize: int

    def __new__(cls, what: DTypeLike | str | DType) -> DType:
        return of_code(_lina.dtype_code(what))

    @property
    def dtype(self) -> Any:
        """NumPy's dtype. AttributeError if NumPy, or for bf16 ml_dtypes, is not installed."""
        try:
            import numpy

            if self.name == "bf16":
                import ml_dtypes  # type: ignore[import-not-found, import-untyped, unused-ignore]

                return numpy.dtype(ml_dtypes.bfloat16)
            return numpy.dtype(_NUMPY_NAMES[self.name])
        except ImportError as error:
            raise AttributeError(f"no NumPy dtype for {self.name}: {error}") from None

    @property
    def __numpy_dtype__(self) -> Any:
        return self.dtype

    def __getattr__(self, name: str) -> Any:
        """Attributes that only NumPy's dtype has (``kind``, ``type``, ...), for libraries that need them."""
        if name == "dtype" or name in DType.__slots__ or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.dtype, name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self is other
        return self.name == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    def __format__(self, specification: str) -> str:
        return format(self.name, specification)

    def __repr__(self) -> str:
        return f"lina.DType({self.name!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a lina.DType cannot be changed: {name}")

    def __reduce__(self) -> tuple[type[DType], tuple[str]]:
        return DType, (self.name,)


def _make(name: str) -> DType:
    made = object.__new__(DType)
    code, itemsize = _lina.dtype_code(name), _lina.dtype_size(_lina.dtype_code(name))
    for field, value in {"name": name, "code": code, "itemsize": itemsize}.items():
        object.__setattr__(made, field, value)
    return made


#: The ``x.dtype`` for each of Lina's numbers. For other numbers, ``x.dtype`` is the number itself.
BY_CODE: Final = {made.code: made for made in map(_make, _NUMPY_NAMES)}


def of_code(code: int) -> DType:
    if (known := BY_CODE.get(code)) is not None:
        return known
    raise InvalidError(f"dtype 0x{code:08x} has no name")


def ndarray_of(x: _lina.Array[Any], dtype: Any = None, copy: bool | None = None) -> Any:
    """``x.__array__()``: the ndarray over the same memory, or a copy if the caller asks for one."""
    import numpy

    shown, own = x, x.dtype
    if isinstance(own, int):
        raise ViewError(f'array "{x.name}": NumPy has no dtype 0x{own:08x}; lina.buffer shows its bytes')
    if own == "bf16":
        shown = x._window(0, x.shape, x.strides, DType("u16").code)
    a = numpy.asarray(memoryview(shown))
    if own == "bf16":
        try:
            a = a.view(own.dtype)
        except AttributeError:
            raise ViewError(
                f'array "{x.name}": NumPy has bf16 only where ml_dtypes is installed; '
                "lina.buffer shows its bytes, or DLPack"
            ) from None
    if dtype is None or numpy.dtype(dtype) == a.dtype:
        return a.copy() if copy else a
    if copy is False:
        raise ViewError(f'array "{x.name}": {dtype!r} would need a copy')
    return a.astype(dtype)


def foreign_of(name: str, value: Any) -> Any:
    """The ndarray over the memory of an object that only has ``__array_interface__`` or ``__dlpack__``.

    Without NumPy, it is the object itself.
    """
    try:
        import numpy
    except ImportError:
        return value
    try:
        return numpy.asarray(value) if hasattr(value, "__array_interface__") else numpy.from_dlpack(value)
    except Exception as error:
        raise TypeError(f'array "{name}": NumPy cannot view the {type(value).__name__}: {error}') from error


_lina._set_dtypes(BY_CODE, ndarray_of, foreign_of)
