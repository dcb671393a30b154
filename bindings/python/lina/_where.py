"""Where the library and its header are, for programs that compile against them or load the library."""

from importlib import resources

from ._built import INCLUDE
from ._lina import version  # importing it loads the library

_LIBRARY = "liblina_core.so"


def get_library() -> str:
    """The path of the ``liblina_core`` that this process uses.

    Pass it to others that must load the same library: to Julia by ``LINA_CORE``, or to ``ctypes.CDLL``.

    Examples
    --------
    >>> os.path.basename(lina.get_library())
    'liblina_core.so...'
    """
    with open("/proc/self/maps") as maps:
        for line in maps:
            # address, rights, offset, device, inode, path
            path = line.rstrip("\n").split(maxsplit=5)[-1].removesuffix(" (deleted)")
            if path.rpartition("/")[2].startswith(_LIBRARY):
                return path
    raise FileNotFoundError(f"no file called {_LIBRARY} is mapped, though lina {version} is loaded")


def get_include() -> str:
    """The folder of ``lina.h``, for the compiler's ``-I``.

    Examples
    --------
    >>> "lina.h" in os.listdir(lina.get_include())
    True
    """
    package = resources.files("lina")
    for folder in (INCLUDE, "include"):  # the second one is that of a build
        header = package.joinpath(folder, "lina.h")
        if header.is_file():
            with resources.as_file(header) as path:
                return str(path.resolve().parent)
    raise FileNotFoundError(f"lina.h is not where lina was installed with it: {package}/{INCLUDE}")
