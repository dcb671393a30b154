"""Streams in Python: readers are iterators, with and without asyncio, and producers are with blocks."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any

from . import _async, _lina
from ._errors import BusyError, EndedError, InvalidError, MemberDiedError, WaitTimeoutError
from ._types import Start

_STARTS = {"next": 0, "latest": 1, "oldest": 2}
_AT = 3
_LOSSY, _REVIVE = 1, 2
_LOOK_AGAIN = 0.05  # seconds between looks for a new producer, which does not ring when it begins


class Producer:
    """A with block in which this process produces a stream.

    When the last producer of a stream has left its block, readers take the remaining generations, then end.
    """

    __slots__ = ("_arena", "name")
    __module__ = "lina"

    def __init__(self, arena: _lina.Arena, name: str) -> None:
        self._arena = arena
        self.name = name

    def __enter__(self) -> Producer:
        self._arena._produce(self.name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._arena._end_stream(self.name)

    def __repr__(self) -> str:
        return f"<lina.Producer of {self.name!r}>"


class Follower(Iterator["_lina.Array[Any]"], AsyncIterator["_lina.Array[Any]"]):
    """A reader of a stream, from ``lina.follow``, for ``for`` and ``async for``.

    Each step closes the array of the step before, unless its ``keep()`` was called. Objects made from it,
    such as an ndarray, stay valid. After a WaitTimeoutError, the reader can go on. Leaving the loop closes
    it, and so does a with block.
    """

    __slots__ = ("__weakref__", "_arena", "_last", "_reader", "_revives", "name", "timeout")
    __module__ = "lina"

    def __init__(
        self,
        arena: _lina.Arena,
        name: str,
        start: Start,
        *,
        lossy: bool,
        timeout: float | None,
        max_held: int,
        revive: bool,
    ) -> None:
        self._arena = arena
        self.name = name
        self.timeout = timeout
        self._last: _lina.Array[Any] | None = None
        self._revives = revive
        flags = (_LOSSY if lossy else 0) | (_REVIVE if revive else 0)
        self._reader = arena._reader(name, *_start(name, start), flags, max_held)

    @property
    def lost(self) -> int:
        """How many generations the reader has missed, including those dropped before it began."""
        return self._reader.lost

    @property
    def sequence(self) -> int:
        """The sequence of the generation taken last. A reader with ``start=sequence + 1`` goes on there."""
        return self._reader.sequence

    def close(self) -> None:
        """Closes the reader, in any thread. Arrays that it gave stay valid."""
        self._reader.close()

    def _move_on(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last._end()

    def _take(self, timeout: float | None) -> _lina.Array[Any]:
        try:
            self._last = self._reader.next(timeout)
        except BusyError:  # garbage may still hold arrays of this reader
            gc.collect()
            self._last = self._reader.next(timeout)
        return self._last

    def __iter__(self) -> Follower:
        return self

    def __next__(self) -> _lina.Array[Any]:
        self._move_on()
        try:
            return self._take(self.timeout)
        except EndedError:
            self.close()
            raise StopIteration from None

    def __aiter__(self) -> Follower:
        return self

    async def __anext__(self) -> _lina.Array[Any]:
        self._move_on()
        try:
            return await self._take_async()
        except EndedError:
            self.close()
            raise StopAsyncIteration from None

    async def _take_async(self) -> _lina.Array[Any]:
        deadline = _async.Deadline(self.timeout, f'stream "{self.name}"')
        while True:
            try:
                return self._take(0)
            except WaitTimeoutError:
                if deadline.is_over():
                    raise
            try:
                await _async.reach_stream(self._arena, self.name, self.sequence + 1, deadline.left())
            except MemberDiedError:
                if self._revives:
                    await _async.sleep(min(_LOOK_AGAIN, deadline.left() or _LOOK_AGAIN))

    def __enter__(self) -> Follower:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._move_on()
        self.close()

    def __repr__(self) -> str:
        return f"<lina.Follower of {self.name!r}, behind {self.sequence}>"


def _start(name: str, start: Start) -> tuple[int, int]:
    if isinstance(start, str):
        if start in _STARTS:
            return _STARTS[start], 0
        raise InvalidError(
            f'stream "{name}": start {start!r} is neither "next", "latest", "oldest" nor a sequence'
        )
    if not 0 < start < 1 << 64:
        raise InvalidError(f'stream "{name}": {start!r} is no sequence: they begin at 1')
    return _AT, start
