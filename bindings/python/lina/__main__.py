"""``python -m lina``: prints the version, the path of the library, and the named arenas of this machine."""

import glob
import signal

from . import LinaError, __version__, get_include, get_library, inspect


def size(nbytes: int) -> str:
    """A number of bytes as short text."""
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while nbytes >= 1024 and len(units) > 1:
        nbytes //= 1024
        del units[0]
    return f"{nbytes} {units[0]}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def describe(where: str) -> str:
    """A line about an arena: its size, arrays and members."""
    try:
        info = inspect(where)
    except LinaError as error:
        return f"{where}  {error}"
    if info["orphan"]:
        members = f"no members (lina.unlink({where!r}) removes it)"
    else:
        members = count(info["members"], "member")
    return f"{where}  {size(info['size'])}, {count(info['arrays'], 'array')}, {members}"


def main() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `python -m lina | head` prints no error
    print(f"lina {__version__}")
    print(f"library  {get_library()}")
    try:
        print(f"header   {get_include()}/lina.h")
    except FileNotFoundError as error:
        print(f"header   none: {error}")
    named = sorted(glob.glob("/dev/shm/lina.*"))
    print(f"arenas   {len(named) or 'none'} in /dev/shm")
    for path in named:
        print("  " + describe("shm:" + path.removeprefix("/dev/shm/lina.")))


if __name__ == "__main__":
    main()
