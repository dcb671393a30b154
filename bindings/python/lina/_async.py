"""Waiting on an asyncio loop: thousands at once, without a thread each.

Lina's helper thread puts what has fired into the loop's mailbox, in C and without the GIL, and rings
an eventfd; the loop reads that and completes the futures.
"""

from __future__ import annotations

import asyncio
import math
from weakref import WeakKeyDictionary

from . import _lina
from ._errors import ClosedError, WaitTimeoutError


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
            if notice.is_closed:
                future.set_exception(ClosedError(f'signal "{name}": the arena was closed'))
            else:
                future.set_result(None)


_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Desk] = WeakKeyDictionary()


def _expire(future: asyncio.Future[None], name: str) -> None:
    if not future.done():
        future.set_exception(WaitTimeoutError(f'signal "{name}": timed out'))


def _check_timeout(name: str, timeout: float) -> None:
    why = f'signal "{name}": {timeout!r} is no timeout: seconds from 0 on, or None'
    try:
        is_one = not math.isnan(timeout) and timeout >= 0
    except TypeError:
        raise TypeError(why) from None
    if not is_one:
        raise ValueError(why)


async def reach(arena: _lina.Arena, name: str, target: int | None, timeout: float | None) -> None:
    """Until the signal's counter is at least ``target``, or with None until the signal is set."""
    if timeout is not None:
        _check_timeout(name, timeout)
    loop = asyncio.get_running_loop()
    if (desk := _desks.get(loop)) is None:
        desk = _desks[loop] = _Desk(loop)
    future: asyncio.Future[None] = loop.create_future()
    timer = None if timeout is None else loop.call_later(timeout, _expire, future, name)
    try:
        notice = arena._notify(desk.mailbox, name, target, (future, name))
        if notice is None:
            return
        try:
            await future
        finally:
            notice.cancel()
    finally:
        if timer is not None:
            timer.cancel()
