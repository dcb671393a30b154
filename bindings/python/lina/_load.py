"""Loads the extension. If that fails, the error says which Pythons it is for and what to do."""

import importlib
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_FOR = "it is built for CPython 3.11 and later, and free-threaded CPython 3.13 and later, on Linux"
_MINE = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"


def _check_python() -> None:
    """Only CPython has the extension's stable ABI. A free-threaded CPython has an extension of its own."""
    free = "t" in getattr(sys, "abiflags", "")
    if sys.implementation.name != "cpython" or sys.version_info < ((3, 13) if free else (3, 11)):
        raise ImportError(f"lina has no extension for {'free-threaded ' * free}{_MINE}: {_FOR}")


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
    except ImportError as error:
        raise ImportError(
            f"lina's extension in {_HERE} does not load in {_MINE}: {error} ({_FOR})",
            name=name,
            path=error.path,
        ) from error


_check_python()
_load()
