"""Makes, joins and leaves the process's default arena."""

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
    bytes : int
        The size of the data. It may be more than the machine's memory: pages are taken when they are touched.
    where : str, bytes, path or None
        How others join it: ``"shm:NAME"``; ``"file:PATH"`` or a path, for an arena that keeps its arrays
        over a restart; or None, for one that others reach only by its descriptor.
    reserve, inherit, replace, temporary, huge : bool
        As for ``Arena.create``.
    max_arrays, max_signals, max_members, mode : int
        As for ``Arena.create``.
    exist_ok : bool
        If there is a default arena of that name, or an arena of that name, and it is large enough, take it
        instead. So a cell of a notebook can be run again.

    Raises
    ------
    ExistsError
        If there is a default arena already, or an arena of that name. With ``exist_ok``: if the default arena
        has another name or is smaller than ``bytes``.
    InvalidError
        If the arena of that name, which ``exist_ok`` would join, is smaller than ``bytes``.

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
        _check_default(bytes, where)  # another thread has made it meanwhile


def _is_there() -> bool:
    try:
        default.info()
    except LinaError:
        return False
    return True


def _check_default(bytes: int, where: Where | None) -> None:
    """Checks that the default arena has the name, if one is given, and is large enough."""
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
    """Joins an arena as the default arena of this process. Not needed if ``LINA_ARENA`` is set.

    Parameters
    ----------
    where : str, bytes or path
        ``"shm:NAME"``, ``"file:PATH"`` or a path, or ``"fd:N"``.
    readonly, other_user : bool
        As for ``Arena.attach``.

    Raises
    ------
    ExistsError
        If there is a default arena already.
    NotFoundError
        If there is no arena of that name.

    Examples
    --------
    >>> made = lina.Arena.create(None, 1 << 16)
    >>> lina.shutdown()
    >>> lina.attach(f"fd:{made.fileno()}")
    """
    default._attach_default(where, readonly, other_user=other_user)


def shutdown() -> None:
    """Leaves the default arena. Running waits end with ClosedError. Arrays and views stay valid.

    It need not be called at exit. ``init_arena`` or ``attach`` may follow.

    Examples
    --------
    >>> lina.shutdown()
    >>> lina.init_arena(1 << 16)
    """
    default.close()
