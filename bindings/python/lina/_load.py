"""Loads the extension. If that fails, the error says which Pythons it is for and what to do."""

import importlib
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_FOR = "one is built for CPython 3.11 and later, another for free-threaded CPython 3.13 and later, on Linux"
_FREE = "t" in getattr(sys, "abiflags", "")
_KIND = f"{'free-threaded ' * _FREE}{sys.implementation.name}"
_MINE = f"{_KIND} {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"


def _check_python() -> None:
    """Only CPython has the extension's stable ABI. A free-threaded CPython has an extension of its own."""
    if sys.implementation.name != "cpython" or sys.version_info < ((3, 13) if _FREE else (3, 11)):
        raise ImportError(f"lina has no extension for {_MINE}: {_FOR}")


def _load() -> None:
    name = f"{__package__}._lina"
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(
            f"lina's extension is missing in {_HERE}: {_FOR}. If these are sources, import from elsewhere; "
            f"else install it with {sys.executable} -m pip install --force-reinstall lina-arena",
            name=name,
        ) from None
    # A free-threaded CPython 3.13 tries the extension of other CPythons, and raises SystemError.
    except (ImportError, SystemError) as error:
        raise ImportError(
            f"lina's extension in {_HERE} does not load in {_MINE}: {error} ({_FOR})",
            name=name,
            path=getattr(error, "path", None),
        ) from error


_check_python()
_load()
