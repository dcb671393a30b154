"""Arenas by handle. The methods that need speed or care are C; here is what composes them."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from . import _async, _lina
from ._errors import ExistsError, LinaError, NotFoundError, StaleError
from ._show import Listing
from ._types import DTypeLike, Order, Shape, Where

_Made = TypeVar("_Made")


class Loan:
    """The next generation of an array, which nobody else can see until it is published.

    A with block has the array, publishes it on success and discards it after an exception.
    """

    __slots__ = {"array": "The memory to fill in."}
    __module__ = "lina"

    def __init__(self, array: _lina.Array[Any]) -> None:
        self.array = array

    def publish(self) -> None:
        """Makes it the current generation, in one step: readers see the old one or this, never a mix.

        Views of it stay valid. InvalidError when it was published already; after BusyError and
        FullError it is still a loan.
        """
        self.array._publish()

    def discard(self) -> None:
        """Gives it back unpublished. Its memory returns when the last view of it is gone."""
        self.array._discard()

    def __repr__(self) -> str:
        return f"<lina.Loan of {self.array!r}>"

    def __enter__(self) -> _lina.Array[Any]:
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


#: The arenas of this process by id(), so that a pickled reference finds the one it means. A dict, as
#: a copy of its values is one step for other threads; iterating a WeakSet is not.
known: WeakValueDictionary[int, Arena] = WeakValueDictionary()


def _remember(arena: Arena) -> Arena:
    known[id(arena)] = arena
    return arena


def suffice(arena: Arena, bytes: int) -> Arena:
    """The arena, if there is room in it for what was asked for; else it is left."""
    size, where = arena.info()["size"], arena.info()["where"]
    if size >= bytes:
        return arena
    arena.close()
    raise ExistsError(f'arena "{where}": it is there already, with {size} bytes, and not with {bytes}')


def make_or_join(make: Callable[[], _Made], join: Callable[[], _Made]) -> _Made:
    """Others may make an arena of that name, or take it away, between the two."""
    for _ in range(100):
        try:
            return make()
        except ExistsError as error:
            exists = error
        try:
            return join()
        except NotFoundError:
            pass
    raise exists


class Arena(_lina.Arena):
    """One arena: ``Arena.create``, ``Arena.attach``, then the module's functions as methods.

    It may be used from any thread, and by a forked child, which is a member of its own. A with block
    closes it; so does the garbage collector.
    """

    __slots__ = ("__weakref__",)
    __module__ = "lina"

    @classmethod
    def create(
        cls,
        where: Where | None,
        bytes: int,
        *,
        reserve: bool = False,
        inherit: bool = False,
        replace: bool = False,
        temporary: bool = False,
        max_arrays: int = 0,
        max_signals: int = 0,
        max_members: int = 0,
        exist_ok: bool = False,
    ) -> Arena:
        """Makes an arena with ``bytes`` of data.

        ``where`` is ``"shm:NAME"``, ``"file:PATH"`` (keeps its arrays over a restart) or None for
        one that others reach by its descriptor only. ``reserve`` takes every page now, ``inherit``
        lets the descriptor survive exec, ``replace`` takes the place of an orphan of the same name,
        ``temporary`` has the last member take the name away. A limit of 0 means its default.
        With ``exist_ok`` an arena of that name that is there, and large enough, is joined.
        ExistsError, NoMemoryError, RefusedError, InvalidError; BusyError when what ``replace`` would
        replace is alive.
        """

        def make() -> Arena:
            return cls._create(
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

        def join() -> Arena:
            if where is None:
                raise NotFoundError("an anonymous arena has no name")
            return suffice(cls._attach(where), bytes)

        return _remember(make_or_join(make, join) if exist_ok else make())

    @classmethod
    def default(cls) -> Arena:
        """The process's default arena; each such object counts as a user of it."""
        return _remember(cls._default())

    @classmethod
    def attach(cls, where: Where, readonly: bool = False) -> Arena:
        """Joins the arena ``"shm:NAME"``, ``"file:PATH"`` or ``"fd:N"``.

        With ``readonly`` it can look, signal and wait, and its memory cannot be written. NotFoundError,
        VersionError, CorruptError, RefusedError; BusyError when it has as many members as it can.
        """
        return _remember(cls._attach(where, readonly))

    def loan(self, name: str, dtype: DTypeLike, shape: Shape, order: Order = "C") -> Loan:
        """Memory that becomes the next (or first) generation of ``name`` when the with block succeeds.

        Nobody else sees it before; its bytes are whatever was there. An exception discards it.
        NoMemoryError, FullError, InvalidError, ReadOnlyError.
        """
        return Loan(self._loan(name, dtype, shape, order))

    def alias(
        self,
        name: str,
        base: str | _lina.Array[Any],
        offset: int = 0,
        shape: Shape | None = None,
        strides: Iterable[int] | None = None,
    ) -> None:
        """Gives part of an array a name of its own.

        Either ``alias("red", x[:, :, 0])``, or in bytes from the base's first element:
        ``alias("red", "frame", offset=0, shape=(480, 640), strides=(1920, 3))``; without
        ``strides`` the part is in C order. It keeps the base's generation in place. ExistsError,
        NotFoundError, InvalidError when it would reach outside; StaleError for a slice of an old
        generation.
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
        """``wait`` for asyncio: the loop goes on meanwhile, and the task can be cancelled.

        Thousands at once cost no thread each. WaitTimeoutError; ClosedError when the arena closes.
        """
        await _async.reach(self, name, None, timeout)

    async def wait_value_async(self, name: str, target: int, timeout: float | None = None) -> None:
        """``wait_value`` for asyncio: see ``wait_async``."""
        await _async.reach(self, name, target, timeout)

    def __repr__(self) -> str:
        try:
            info = self.info()
        except LinaError as error:
            return f"<lina.Arena: {error}>"
        name = repr(info["where"]) if info["where"] else "anonymous"
        return f"<lina.Arena {name}, {info['size']} bytes, {info['arrays']} arrays>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self)

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def create_records(
        self, name: str, fields: Mapping[str, DTypeLike], shape: Shape, *, exist_ok: bool = False
    ) -> dict[str, _lina.Array[Any]]:
        """Makes an array for each field of a record: ``create_records("p", {"x": "f64"}, 10)`` makes ``p.x``.

        All are made or, when one cannot be, none. Returns them by field. The errors are create_array's.
        """
        made: dict[str, _lina.Array[Any]] = {}
        new = []
        try:
            for field, dtype in fields.items():
                full = f"{name}.{field}"
                try:
                    made[field] = self.create_array(full, dtype, shape)
                    new.append(full)
                except ExistsError:
                    if not exist_ok:
                        raise
                    made[field] = self.create_array(full, dtype, shape, exist_ok=True)
        except BaseException:
            for full in new:
                self.remove(full)
            raise
        return made

    def list(self) -> Listing:  # last, since it hides the builtin from the annotations after it
        """The descriptors of all arrays at one instant, in no order. It prints as a table."""
        return Listing(super().list())


def _reduce(thing: Arena | _lina.Array[Any]) -> tuple[Any, ...]:
    from . import _share  # which is on top of this module, and imported with the package

    return _share.reduce(thing)


copyreg.pickle(_lina.Array, _reduce)
