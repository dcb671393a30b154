"""Arenas by handle. The methods that need speed or care are C; here is what composes them."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import _async, _lina
from ._errors import StaleError

if TYPE_CHECKING:
    from ._types import DType, Order, Shape


class Loan:
    """The next generation of an array, which nobody else can see until it is published."""

    __slots__ = ("array",)

    def __init__(self, array: _lina.Array) -> None:
        self.array = array

    def publish(self) -> None:
        """Makes it the current generation, in one step. Views of it stay valid."""
        self.array._publish()

    def discard(self) -> None:
        """Gives it back unpublished."""
        self.array._discard()

    def __enter__(self) -> _lina.Array:
        return self.array

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.publish()
        else:
            self.discard()


#: The arenas of this process, so that a pickled reference finds the one it means.
known: WeakSet[Arena] = WeakSet()


def _remember(arena: Arena) -> Arena:
    known.add(arena)
    return arena


class Arena(_lina.Arena):
    """One arena: ``Arena.create``, ``Arena.attach``, then the module's functions as methods."""

    __slots__ = ("__weakref__",)

    @classmethod
    def create(
        cls,
        where: str | None,
        bytes: int,
        *,
        reserve: bool = False,
        inherit: bool = False,
        replace: bool = False,
        temporary: bool = False,
        max_arrays: int = 0,
        max_signals: int = 0,
        max_members: int = 0,
    ) -> Arena:
        """Makes an arena with ``bytes`` of data.

        ``where`` is ``"shm:NAME"``, ``"file:PATH"`` (keeps its arrays over a restart) or None for
        one that others reach by its descriptor only. ``reserve`` takes every page now, ``inherit``
        lets the descriptor survive exec, ``replace`` takes the place of an orphan of the same name,
        ``temporary`` has the last member take the name away. A limit of 0 means its default.
        """
        return _remember(
            cls._create(
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
        )

    @classmethod
    def default(cls) -> Arena:
        """The process's default arena; each such object counts as a user of it."""
        return _remember(cls._default())

    @classmethod
    def attach(cls, where: str, readonly: bool = False) -> Arena:
        """Joins the arena ``"shm:NAME"``, ``"file:PATH"`` or ``"fd:N"``."""
        return _remember(cls._attach(where, readonly))

    def loan(self, name: str, dtype: DType, shape: Shape, order: Order = "C") -> Loan:
        """Memory that becomes the next generation of ``name`` when the with block succeeds.

        Its bytes are whatever was there. An exception discards it.
        """
        return Loan(self._loan(name, dtype, shape, order))

    def alias(
        self,
        name: str,
        base: str | _lina.Array,
        offset: int = 0,
        shape: Shape | None = None,
        strides: Iterable[int] | None = None,
    ) -> None:
        """Gives part of an array a name of its own.

        Either ``alias("red", x[:, :, 0])``, or in bytes from the base's first element:
        ``alias("red", "frame", offset=0, shape=(480, 640), strides=(1920, 3))``; without
        ``strides`` the part is in C order.
        """
        if isinstance(base, str):
            if shape is None:
                raise TypeError(f'array "{name}": an alias by name needs a shape')
            self._alias(name, base, offset, shape, strides)
            return
        if not isinstance(base, _lina.Array):
            raise TypeError(f'array "{name}": the base is a name or a slice, not {type(base)}')
        if offset or shape is not None or strides is not None:
            raise TypeError(f'array "{name}": a slice has its offset, shape and strides')
        if not base.is_current:
            raise StaleError(f'array "{base.name}": generation {base.generation} was replaced')
        self._alias(name, base.name, base._offset, base.shape, base.strides)

    async def wait_async(self, name: str, timeout: float | None = None) -> None:
        """``wait`` for asyncio: the loop goes on meanwhile, and the task can be cancelled."""
        await _async.reach(self, name, None, timeout)

    async def wait_value_async(self, name: str, target: int, timeout: float | None = None) -> None:
        """``wait_value`` for asyncio."""
        await _async.reach(self, name, target, timeout)

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()
