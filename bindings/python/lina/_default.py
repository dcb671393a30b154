"""The process's default arena: who makes it, joins it and leaves it."""

from __future__ import annotations

import builtins
import os

from ._arena import Arena, make_or_join, suffice
from ._errors import ExistsError, LinaError
from ._types import Where

default = Arena.default()


def init_arena(
    bytes: int,
    where: Where | None = None,
    *,
    reserve: bool = False,
    inherit: bool = False,
    replace: bool = False,
    temporary: bool = False,
    max_arrays: int = 0,
    max_signals: int = 0,
    max_members: int = 0,
    exist_ok: bool = False,
) -> None:
    """Makes the default arena of this process.

    Parameters
    ----------
    bytes
        Of data. It may be more than the machine's memory: pages are taken when they are touched.
    where
        How others join it: ``"shm:NAME"``, ``"file:PATH"`` or a path, which keeps its arrays over a
        restart; with None only by its descriptor.
    exist_ok
        Take what is there instead, if it is large enough: the default arena of that name, or else the
        arena of that name. A cell of a notebook can be run again then.
    reserve, inherit, replace, temporary, max_arrays, max_signals, max_members
        As for ``Arena.create``.

    Raises
    ------
    ExistsError
        When there is a default arena already, or an arena of that name.

    Examples
    --------
    >>> lina.init_arena(1 << 20, "shm:weather", temporary=True, exist_ok=True)
    """

    def make() -> None:
        default._init_default(
            bytes,
            where,
            reserve=reserve,
            inherit=inherit,
            replace=replace,
            temporary=temporary,
            max_arrays=max_arrays,
            max_signals=max_signals,
            max_members=max_members,
        )

    def join() -> None:
        if _is_there():
            _check_default(bytes, where)
        elif where is not None:
            default._attach_default(where)
            suffice(default, bytes)

    if exist_ok:
        make_or_join(make, join)
    else:
        make()


def _is_there() -> bool:
    try:
        default.info()
    except LinaError:
        return False
    return True


def _check_default(bytes: int, where: Where | None) -> None:
    """The default arena serves who asks for no name, for its own, or for another name of its file."""
    info = default.info()
    if where is not None and _text(where) != info["where"]:
        raise ExistsError(f'there is a default arena already: "{info["where"]}", and not "{_text(where)}"')
    if info["size"] < bytes:
        raise ExistsError(
            f"there is a default arena already, with {info['size']} bytes, and not with {bytes}"
        )


def _text(where: Where) -> str:
    text = os.fsdecode(where)
    return text if isinstance(where, str | builtins.bytes) else f"file:{text}"


def attach(where: Where, readonly: bool = False) -> None:
    """Joins ``"shm:NAME"``, ``"file:PATH"`` or ``"fd:N"`` as the default arena.

    Under ``LINA_ARENA`` there is no need to. Raises ExistsError when there is a default arena already,
    NotFoundError when there is no arena of that name.
    """
    default._attach_default(where, readonly)


def shutdown() -> None:
    """Leaves the default arena. Waits under way end with ClosedError; arrays and views stay valid.

    At exit nothing needs it. ``init_arena`` or ``attach`` may follow.
    """
    default.close()
