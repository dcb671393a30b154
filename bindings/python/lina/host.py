"""Runs scripts of other languages inside this process, over its default arena.

    import lina, lina.host
    lina.init_arena(1 << 20)
    lina.host.run("a.jl", "b.lua")

This needs liblina_host, which no wheel has: install Lina with Meson, or name the library by LINA_HOST.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from typing import Any

import lina  # so that liblina_core is there, and the arena that LINA_ARENA names

__all__ = ["ScriptError", "prepare", "run"]

_Scripts = list[tuple[str, ctypes.c_void_p]]
_OK, _TIMEOUT = 0, -7
_SLICE = 50_000_000  # nanoseconds between two looks at the scripts, and at Ctrl-C


def _empty_info() -> Any:  # a lina_runtime_info_t
    sizes = {"language": 16, "version": 32, "program": 512, "library": 512, "folder": 512, "image": 512}
    sizes |= {"why": 256, "lacks": 512}
    fields = [(name, ctypes.c_char * size) for name, size in sizes.items()]
    return type("Info", (ctypes.Structure,), {"_fields_": fields})()


class ScriptError(lina.LinaError):
    """A script has failed. Its own error is on the standard error."""

    code = "SCRIPT"

    def __init__(self, script: str, status: int):
        super().__init__(f"{script} failed with exit status {status}")
        self.script, self.status = script, status


def _places() -> Iterator[str]:
    named = os.environ.get("LINA_HOST")
    if named:
        yield named
        return
    here = os.path.dirname(os.path.realpath(__file__))
    yield os.path.join(here, "../../../host/liblina_host.so.1")  # of a checkout's build folder
    yield "liblina_host.so.1"


def _load() -> ctypes.CDLL:
    problems = []
    for place in _places():
        try:
            library = ctypes.CDLL(place)
        except OSError as error:
            problems.append(str(error))
            continue
        library.lina_host_error.restype = ctypes.c_char_p
        library.lina_script_join.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_int)]
        library.lina_script_free.argtypes = library.lina_script_stop.argtypes = [ctypes.c_void_p]
        return library
    raise ImportError(f"lina.host needs liblina_host ({problems[-1]}): install it, or name it by LINA_HOST")


def _check(library: ctypes.CDLL, code: int) -> None:
    if code != _OK:
        raise lina.LinaError(library.lina_host_error().decode())


def _start(library: ctypes.CDLL, path: str) -> ctypes.c_void_p:
    if "\0" in path:
        raise ValueError("embedded null byte")
    if path.endswith(".py"):
        raise lina.InvalidError(f"{path}: this process runs Python already, so import it")
    script = ctypes.c_void_p()
    _check(library, library.lina_script_start(os.fsencode(path), None, ctypes.byref(script)))
    return script


def _look(library: ctypes.CDLL, scripts: _Scripts) -> None:
    """Waits a little for each, and takes those that have ended out of ``scripts``."""
    for entry in list(scripts):
        path, script = entry
        status = ctypes.c_int()
        if library.lina_script_join(script, _SLICE, ctypes.byref(status)) == _TIMEOUT:
            continue
        scripts.remove(entry)
        library.lina_script_free(script)
        if status.value != 0:
            raise ScriptError(path, status.value)


def _stop(library: ctypes.CDLL, scripts: _Scripts) -> None:
    """Asks again and again, because a script may be unable to hear the first request."""
    while scripts:
        for _, script in scripts:
            library.lina_script_stop(script)
        with contextlib.suppress(ScriptError):  # only the first failure is raised
            _look(library, scripts)


def prepare(language: str) -> None:
    """Starts the interpreter of a language without a script.

    Julia must start before Java and Node. So a program that runs scripts of these first, and a script of
    Julia later, calls ``prepare("julia")`` before.

    Raises:
        LinaError: if the language cannot be embedded; the message says why
    """
    if language == "python":
        raise lina.InvalidError("this process runs Python already")
    library, info = _load(), _empty_info()
    _check(library, library.lina_host_find(language.encode(), None, ctypes.byref(info)))
    if info.lacks:
        raise lina.LinaError(f"{language} cannot be embedded: {info.lacks.decode()}")
    _check(library, library.lina_host_prepare(ctypes.byref(info)))


def run(*scripts: "str | bytes | os.PathLike[str] | os.PathLike[bytes]") -> None:
    """Runs scripts (.jl .lua .js .mjs .java .class .jar) at the same time, and returns when all have ended.

    The first failure, or Ctrl-C, stops the others. The call still waits for a script that ignores this.

    Raises:
        ScriptError: if a script fails
        LinaError: if a script cannot be started; the message says why
        ValueError: if a path has a null byte
    """
    library = _load()
    running: _Scripts = []
    try:
        paths = [os.fsdecode(script) for script in scripts]
        paths.sort(key=lambda path: not path.endswith(".jl"))
        for path in paths:  # Julia first: a JVM and Node may not start before it
            running.append((path, _start(library, path)))
        while running:
            _look(library, running)
    finally:
        _stop(library, running)
