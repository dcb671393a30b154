"""The process's default arena: who makes it, joins it and leaves it."""

from __future__ import annotations

import builtins
import os

from ._arena import Arena
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
    huge: bool = False,
    max_arrays: int = 0,
    max_signals: int = 0,
    max_members: int = 0,
    mode: int = 0,
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
    reserve, inherit, replace, temporary, huge, max_arrays, max_signals, max_members, mode
        As for ``Arena.create``.

    Raises
    ------
    ExistsError
        When there is a default arena already, or an arena of that name.
    InvalidError
        When the arena of that name that ``exist_ok`` would take is smaller than ``bytes``.

    Examples
    --------
    >>> lina.init_arena(1 << 20, "shm:weather", temporary=True, exist_ok=True)
    """

    if exist_ok and _is_there():
        return _check_default(bytes, where)
    try:
        default._init_default(
            bytes,
            where,
            reserve=reserve,
            inherit=inherit,
            replace=replace,
            temporary=temporary,
            huge=huge,
            max_arrays=max_arrays,
            max_signals=max_signals,
            max_members=max_members,
            mode=mode,
            exist_ok=exist_ok,
        )
    except ExistsError:
        if not (exist_ok and _is_there()):
            raise
        _check_default(bytes, where)  # another thread made it meanwhile


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


def attach(where: Where, readonly: bool = False, *, other_user: bool = False) -> None:
    """Joins an arena as the default one of this process. Under ``LINA_ARENA`` there is no need to.

    Parameters
    ----------
    where
        ``"shm:NAME"``, ``"file:PATH"`` or a path, or ``"fd:N"``.
    readonly, other_user
        As for ``Arena.attach``.

    Raises
    ------
    ExistsError
        When there is a default arena already.
    NotFoundError
        When there is no arena of that name.

    Examples
    --------
    >>> made = lina.Arena.create(None, 1 << 16)
    >>> lina.shutdown()
    >>> lina.attach(f"fd:{made.fileno()}")
    """
    default._attach_default(where, readonly, other_user=other_user)


def shutdown() -> None:
    """Leaves the default arena. Waits under way end with ClosedError; arrays and views stay valid.

    At exit nothing needs it. ``init_arena`` or ``attach`` may follow.
    """
    default.close()
