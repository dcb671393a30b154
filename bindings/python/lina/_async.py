"""Waits on an asyncio loop. Thousands at once need no thread each.

When a signal is reached, Lina's helper thread puts a notice into the loop's mailbox, in C and without the
GIL, and adds to an eventfd. The loop reads the eventfd and completes the futures.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from . import _lina
from ._errors import ClosedError, EndedError, LinaError, MemberDiedError, NotFoundError, WaitTimeoutError

if TYPE_CHECKING:
    import asyncio


#: How a wait can fail, by Lina's codes.
_ENDINGS: dict[int, tuple[type[LinaError], str]] = {
    -2: (NotFoundError, "it was removed"),
    -9: (ClosedError, "the arena was closed"),
    -17: (EndedError, "it is over"),
    -18: (MemberDiedError, "its producers are gone"),
}


class _Desk:
    """The mailbox of one loop. It has no reference to the loop, so that both can be freed together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.mailbox = _lina.mailbox()
        loop.add_reader(self.mailbox.fileno(), self._deliver)

    def _deliver(self) -> None:
        for notice in self.mailbox.take():
            future, what = notice.token
            if future.done():
                continue
            if (kind := _ENDINGS.get(notice.status)) is not None:
                future.set_exception(kind[0](f"{what}: {kind[1]}"))
            else:
                future.set_result(None)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Desk] = WeakKeyDictionary()


def _expire(future: asyncio.Future[None], what: str) -> None:
    if not future.done():
        future.set_exception(WaitTimeoutError(f"{what}: timed out"))


def _check_timeout(what: str, timeout: float) -> None:
    why = f"{what}: {timeout!r} is no timeout: seconds, or None"
    try:
        is_none = math.isnan(timeout)
    except TypeError:
        raise TypeError(why) from None
    if is_none:
        raise ValueError(why)


class Deadline:
    """The seconds that are left of a time-out, or None."""

    __slots__ = ("_at",)

    def __init__(self, timeout: float | None, what: str) -> None:
        if timeout is not None:
            _check_timeout(what, timeout)
        self._at = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        return None if self._at is None else max(0.0, self._at - time.monotonic())

    def is_over(self) -> bool:
        return self._at is not None and time.monotonic() >= self._at


async def sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


def _look(arena: _lina.Arena, name: str, target: int | None) -> None:
    """A wait whose time-out is over: succeeds if the signal is there already."""
    if target is None:
        arena.wait(name, 0)
    else:
        arena.wait_value(name, target, 0)


_Ask = Callable[[_lina.Mailbox, object], "_lina.Notice | None"]


class _MemberWatch:
    """The member that a wait depends on.

    A later look may find another member of that name. So this remembers the incarnation of the first.
    """

    def __init__(self, arena: _lina.Arena, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the member's name must be a str, not {type(name)}")
        self._arena = arena
        self._name = name
        self._first = self._find()

    def _find(self) -> int | None:
        found = (m["incarnation"] for m in self._arena.members() if m["name"] == self._name)
        return next(found, None)

    def is_gone(self) -> bool:
        return self._first is None or self._find() != self._first


_LOOK_AFTER = 0.08  # seconds between two looks at a member


async def _hear_while_alive(ask: _Ask, what: str, timeout: float | None, watch: _MemberWatch) -> bool:
    """Like ``_hear``, but returns False once the member is gone."""
    deadline = Deadline(timeout, what)
    while not watch.is_gone():
        left = deadline.left()
        try:
            await _hear(ask, what, _LOOK_AFTER if left is None else min(left, _LOOK_AFTER))
        except WaitTimeoutError:
            if deadline.is_over():
                raise
        else:
            return True
    return False


async def reach(
    arena: _lina.Arena, name: str, target: int | None, timeout: float | None, member: str | None
) -> None:
    """Waits until the signal's counter is at least ``target``, or, with None, until the signal is set.

    The wait fails if ``member`` goes away meanwhile.
    """
    what = f'signal "{name}"'
    if timeout is not None:
        _check_timeout(what, timeout)
    watch = None if member is None else _MemberWatch(arena, member)
    is_over = timeout is not None and timeout <= 0
    ask: _Ask = lambda mailbox, token: arena._notify(mailbox, name, target, token)  # noqa: E731
    if watch is None and not is_over:
        return await _hear(ask, what, timeout)
    if watch is not None and not is_over and await _hear_while_alive(ask, what, timeout, watch):
        return None
    try:  # a signal that was set before the member's end counts
        _look(arena, name, target)
    except WaitTimeoutError:
        if watch is None or not watch.is_gone():
            raise
        raise MemberDiedError(f'{what}: member "{member}" is gone') from None


async def reach_stream(arena: _lina.Arena, name: str, target: int, timeout: float | None) -> None:
    """Waits until the stream's last sequence is at least ``target``. Does not raise after a time-out."""
    ask: _Ask = lambda mailbox, token: arena._notify_stream(mailbox, name, target, token)  # noqa: E731
    with contextlib.suppress(WaitTimeoutError, EndedError, NotFoundError):  # the reader will raise them
        await _hear(ask, f'stream "{name}"', timeout)


async def reach_room(arena: _lina.Arena, name: str, timeout: float | None) -> None:
    """Waits until the stream has room for one more generation. Does not raise after a time-out."""
    ask: _Ask = lambda mailbox, token: arena._notify_room(mailbox, name, token)  # noqa: E731
    with contextlib.suppress(WaitTimeoutError):
        await _hear(ask, f'stream "{name}"', timeout)


async def _hear(ask: _Ask, what: str, timeout: float | None) -> None:
    import asyncio  # here, because it takes longer than all of Lina, and whoever awaits has imported it

    loop = asyncio.get_running_loop()
    if (desk := _desks.get(loop)) is None:
        desk = _desks[loop] = _Desk(loop)
    future: asyncio.Future[None] = loop.create_future()
    timer = None if timeout is None else loop.call_later(timeout, _expire, future, what)
    try:
        notice = ask(desk.mailbox, (future, what))
        if notice is None:
            return None
        try:
            await future
        finally:
            notice.cancel()
    finally:
        if timer is not None:
            timer.cancel()
