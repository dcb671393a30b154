"""The process's default arena: who makes it, joins it and leaves it."""

from __future__ import annotations

from ._arena import Arena

default = Arena.default()


def init_arena(
    bytes: int,
    where: str | None = None,
    *,
    reserve: bool = False,
    inherit: bool = False,
    replace: bool = False,
    temporary: bool = False,
    max_arrays: int = 0,
    max_signals: int = 0,
    max_members: int = 0,
) -> None:
    """Makes the default arena, with ``bytes`` of data.

    Others join it as ``where``: ``"shm:NAME"``, or ``"file:PATH"``, which keeps its arrays over a
    restart; with None only by its descriptor. The options are those of ``Arena.create``. Raises
    ExistsError when there is a default arena already, or an arena of that name.
    """
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


def attach(where: str, readonly: bool = False) -> None:
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
