"""Waiting on an asyncio loop: thousands at once, without a thread each.

Lina's helper thread puts what has fired into the loop's mailbox, in C and without the GIL, and rings
an eventfd; the loop reads that and completes the futures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from . import _lina
from ._errors import ClosedError, NotFoundError, WaitTimeoutError

if TYPE_CHECKING:
    import asyncio


class _Desk:
    """One loop's mailbox. Holds no reference to the loop, so that both go together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.mailbox = _lina.mailbox()
        loop.add_reader(self.mailbox.fileno(), self._deliver)

    def _deliver(self) -> None:
        for notice in self.mailbox.take():
            future, name = notice.token
            if future.done():
                continue
            if notice.is_removed:
                future.set_exception(NotFoundError(f'signal "{name}": it was removed'))
            elif notice.is_closed:
                future.set_exception(ClosedError(f'signal "{name}": the arena was closed'))
            else:
                future.set_result(None)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Desk] = WeakKeyDictionary()


def _expire(future: asyncio.Future[None], name: str) -> None:
    if not future.done():
        future.set_exception(WaitTimeoutError(f'signal "{name}": timed out'))


def _check_timeout(name: str, timeout: float) -> None:
    why = f'signal "{name}": {timeout!r} is no timeout: seconds, or None'
    try:
        is_none = math.isnan(timeout)
    except TypeError:
        raise TypeError(why) from None
    if is_none:
        raise ValueError(why)


def _look(arena: _lina.Arena, name: str, target: int | None) -> None:
    """What a time-out that is over still gives."""
    if target is None:
        arena.wait(name, 0)
    else:
        arena.wait_value(name, target, 0)


async def reach(arena: _lina.Arena, name: str, target: int | None, timeout: float | None) -> None:
    """Until the signal's counter is at least ``target``, or with None until the signal is set."""
    if timeout is not None:
        _check_timeout(name, timeout)
        if timeout <= 0:
            return _look(arena, name, target)
    import asyncio  # it costs more than all of Lina, and is there already where somebody awaits this

    loop = asyncio.get_running_loop()
    if (desk := _desks.get(loop)) is None:
        desk = _desks[loop] = _Desk(loop)
    future: asyncio.Future[None] = loop.create_future()
    timer = None if timeout is None else loop.call_later(timeout, _expire, future, name)
    try:
        notice = arena._notify(desk.mailbox, name, target, (future, name))
        if notice is None:
            return None
        try:
            await future
        finally:
            notice.cancel()
    finally:
        if timer is not None:
            timer.cancel()
