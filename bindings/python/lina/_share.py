"""Pickling: an array is pickled as a reference (arena, name, generation), never as bytes.

The receiver looks for an arena with the same file among those it has. If there is none, it joins the arena by
its name. It joins an anonymous one through the sender's descriptor, while the sender is alive. This needs no
thread, no socket and no resource tracker.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from ._arena import Arena, known
from ._default import default
from ._errors import ExistsError, InvalidError, LinaError, NotFoundError, StaleError
from ._lina import Array


def _is_worker() -> bool:
    """True if multiprocessing started this process."""
    module = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


def _join(where: str, readonly: bool) -> Arena:
    """In a worker, makes the first arena that arrives the default one."""
    if _is_worker():
        with contextlib.suppress(ExistsError):
            default._attach_default(where, readonly)
            return default
    return Arena.attach(where, readonly)


class ArenaReference(NamedTuple):
    """A reference to an arena, for another process."""

    where: str
    device: int
    inode: int
    pid: int
    fd: int
    readonly: bool

    @classmethod
    def to(cls, arena: Arena) -> ArenaReference:
        fd = arena.fileno()
        where, readonly = arena.info()["where"], arena.info()["readonly"]
        file = os.fstat(fd)
        if where.startswith("fd:"):
            where = ""  # the number means nothing in another process
        elif where.startswith("file:"):
            where = "file:" + os.path.abspath(where.removeprefix("file:"))
        return cls(where, file.st_dev, file.st_ino, os.getpid(), fd, readonly)

    def is_file(self, fd: int) -> bool:
        file = os.fstat(fd)
        return (file.st_dev, file.st_ino) == (self.device, self.inode)

    def resolve(self) -> Arena:
        for ref in known.valuerefs():
            with contextlib.suppress(LinaError):  # closed, or registered memory
                if (arena := ref()) is not None and self.is_file(arena.fileno()):
                    return arena
        for attempt in (self._by_name, self._by_descriptor):
            with contextlib.suppress(OSError):
                arena = attempt()
                if self.is_file(arena.fileno()):
                    return arena
                arena.close()
        raise NotFoundError(
            f'the arena "{self.where}" of process {self.pid} is gone'
            if self.where
            else f"the anonymous arena of process {self.pid} is gone, or out of reach"
        )

    def _by_name(self) -> Arena:
        if not self.where:
            raise NotFoundError("an anonymous arena has no name")
        return _join(self.where, self.readonly)

    def _by_descriptor(self) -> Arena:
        with self._sender_descriptor() as fd:
            if not self.is_file(fd):
                raise NotFoundError("the descriptor belongs to something else by now")
            return _join(f"fd:{fd}", self.readonly)

    @contextlib.contextmanager
    def _sender_descriptor(self) -> Iterator[int]:
        mode = os.O_RDONLY if self.readonly else os.O_RDWR
        # By now, the descriptor may be one end of a FIFO: do not wait for the other.
        fd = os.open(f"/proc/{self.pid}/fd/{self.fd}", mode | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            yield fd
        finally:
            os.close(fd)


class ArrayReference(NamedTuple):
    """A reference to a view of one generation of an array, for another process."""

    arena: ArenaReference
    name: str
    generation: int
    incarnation: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype_code: int

    @classmethod
    def to(cls, array: Array[Any]) -> ArrayReference:
        if array._is_loan:
            raise InvalidError(f'array "{array.name}": a loan has no name yet that others could use')
        return cls(
            ArenaReference.to(array.arena),
            array.name,
            array.generation,
            array._incarnation,
            array._offset,
            array.shape,
            array.strides,
            array._dtype_code,
        )

    def resolve(self) -> Array[Any]:
        whole = self.arena.resolve().array(self.name)
        if (whole.generation, whole._incarnation) != (self.generation, self.incarnation):
            raise StaleError(f'array "{self.name}": generation {self.generation} was replaced')
        return whole._window(self.offset, self.shape, self.strides, self.dtype_code)


def reduce(thing: Arena | Array[Any]) -> tuple[Any, ...]:
    """The value for pickle: a reference, and how to find the object by it."""
    reference = ArrayReference.to(thing) if isinstance(thing, Array) else ArenaReference.to(thing)
    return type(reference).resolve, (reference,)
