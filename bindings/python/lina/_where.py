"""Where the library and its header are, for programs that compile against them or load the library."""

from importlib import resources

from ._built import INCLUDE
from ._lina import version  # importing it loads the library

_LIBRARY = "liblina_core.so"


def get_library() -> str:
    """The path of the ``liblina_core`` that this process uses.

    Pass it to others that must load the same library: to Julia by ``LINA_LIBRARY``, or to ``ctypes.CDLL``.
    """
    with open("/proc/self/maps") as maps:
        for line in maps:
            # address, rights, offset, device, inode, path
            path = line.rstrip("\n").split(maxsplit=5)[-1].removesuffix(" (deleted)")
            if path.rpartition("/")[2].startswith(_LIBRARY):
                return path
    raise FileNotFoundError(f"no file called {_LIBRARY} is mapped, though lina {version} is loaded")


def get_include() -> str:
    """The folder of ``lina.h``, for the compiler's ``-I``."""
    package = resources.files(__package__)
    for folder in (INCLUDE, "include"):  # the second is for a build folder
        header = package.joinpath(folder, "lina.h")
        if header.is_file():
            with resources.as_file(header) as path:
                return str(path.resolve().parent)
    raise FileNotFoundError(f"lina.h is not where lina was installed with it: {package}/{INCLUDE}")
