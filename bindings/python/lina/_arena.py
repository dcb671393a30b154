"""Arenas by handle. The methods that need speed are in C; those here build on them."""

from __future__ import annotations

import copyreg
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

from . import _async, _lina
from ._dtypes import DType
from ._errors import BehindError, ExistsError, LinaError, StaleError, WaitTimeoutError
from ._show import Listing
from ._streams import Follower, Producer
from ._types import DTypeLike, Order, Shape, Start, Where


class Loan:
    """The next generation of an array, which only this process can see until it is published.

    A with block gets the array. At its end, the loan is published, or discarded after an exception.
    ``async with`` does the same, but an asyncio loop goes on while the loan waits for room.
    """

    __slots__ = {"array": "The memory to fill in.", "timeout": "Seconds that publishing may wait for room."}
    __module__ = "lina"

    def __init__(self, array: _lina.Array[Any], timeout: float | None = None) -> None:
        self.array = array
        self.timeout = timeout

    def publish(self) -> None:
        """Makes it the current generation in one step: readers see the old one or this one, never a mix.

        On a stream, it first waits while a reliable reader has the whole depth unread. Views of the loan stay
        valid.

        Raises
        ------
        InvalidError
            If it was published already.
        BehindError, WaitTimeoutError
            If a reader of the stream leaves no room within the timeout. The error's ``loan`` is this object,
            which is still a loan. The same holds for BusyError and FullError.
        """
        try:
            self.array._publish(self.timeout)
        except (BehindError, WaitTimeoutError) as error:
            error.loan = self
            raise

    async def publish_async(self) -> None:
        """``publish`` for asyncio: the loop goes on meanwhile, and the task can be cancelled.

        After a cancelled call, this is still a loan.
        """
        name = self.array.name
        deadline = _async.Deadline(self.timeout, f'stream "{name}"')
        waited = False
        while True:
            try:
                return self.array._publish(0)
            except BehindError as behind:
                if deadline.is_over():
                    error = WaitTimeoutError(f"{behind}: timed out") if waited else behind
                    error.loan = self
                    raise error from None
            await _async.reach_room(self.array.arena, name, deadline.left())
            waited = True

    def discard(self) -> None:
        """Gives the loan back unpublished. Its memory is freed when the last view of it is gone."""
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

    async def __aenter__(self) -> _lina.Array[Any]:
        return self.array

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.publish_async()
        else:
            self.discard()


#: The arenas of this process by id(), so that a pickled reference finds its arena. It is a dict, because its
#: values can be copied in one step with respect to other threads. Iterating a WeakSet takes many steps.
known: WeakValueDictionary[int, Arena] = WeakValueDictionary()


def _remember(arena: Arena) -> Arena:
    known[id(arena)] = arena
    return arena


class Arena(_lina.Arena):
    """An arena, made by ``Arena.create`` or ``Arena.attach``. It has the module's functions as methods.

    Any thread may use it. A forked child may use it too, and is then another member. A with block closes it
    at its end, and so does the garbage collector.
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
        huge: bool = False,
        max_arrays: int = 0,
        max_signals: int = 0,
        max_members: int = 0,
        mode: int = 0,
        exist_ok: bool = False,
    ) -> Arena:
        """Makes an arena.

        Parameters
        ----------
        where : str, bytes, path or None
            ``"shm:NAME"``; ``"file:PATH"`` or a path, for an arena that keeps its arrays over a restart; or
            None, for an arena that others reach only by its descriptor.
        bytes : int
            The size of the data. It may be more than the machine's memory: pages are taken when they are
            touched.
        reserve : bool
            Take every page now, so that a machine without enough memory fails here.
        inherit : bool
            Let the descriptor survive exec.
        replace : bool
            Remove an arena of the same name first, if it has no member.
        temporary : bool
            Let the last member remove the name.
        huge : bool
            Put an anonymous arena on the system's pool of huge pages.
        max_arrays, max_signals, max_members : int
            The sizes of the tables; 0 means the default.
        mode : int
            Who may join a named arena: 0o600 (the default) only this user, 0o660 also the group, 0o666 all.
        exist_ok : bool
            Join the arena of that name if there is one. It keeps its own size and limits.

        Raises
        ------
        ExistsError, NoMemoryError, RefusedError
        InvalidError
            Also if the arena that exists is smaller than ``bytes``.
        BusyError
            If the arena that ``replace`` would replace has a living member.

        Examples
        --------
        >>> with lina.Arena.create(None, 1 << 16) as arena:
        ...     arena.create_array("x", "u8", 3).tolist()
        [0, 0, 0]
        """
        return _remember(
            cls._create(
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
        )

    @classmethod
    def default(cls) -> Arena:
        """The process's default arena. Each such object counts as a user of it."""
        return _remember(cls._default())

    @classmethod
    def attach(cls, where: Where, readonly: bool = False, *, other_user: bool = False) -> Arena:
        """Joins an arena.

        Parameters
        ----------
        where : str, bytes or path
            ``"shm:NAME"``, ``"file:PATH"`` or a path, or ``"fd:N"``.
        readonly : bool
            Only read, signal and wait: the arrays cannot be written.
        other_user : bool
            Also join a named arena of another user. That user can crash this process by truncating its file.

        Raises
        ------
        NotFoundError, VersionError, CorruptError, RefusedError
        BusyError
            If all its member numbers are taken.

        Examples
        --------
        >>> arena = lina.Arena.create(None, 1 << 16)
        >>> other = lina.Arena.attach(f"fd:{arena.fileno()}", readonly=True)
        >>> other.info()["members"]
        2
        """
        return _remember(cls._attach(where, readonly, other_user=other_user))

    def loan(
        self, name: str, dtype: DTypeLike, shape: Shape, order: Order = "C", *, timeout: float | None = None
    ) -> Loan:
        """Memory that becomes the next (or first) generation of ``name`` when the with block succeeds.

        No other process sees it before. Its bytes are undefined at first. An exception discards it.

        Parameters
        ----------
        name : str
            As for ``create_array``.
        dtype : DTypeLike
            As for ``create_array``.
        shape : int or iterable of int
            As for ``create_array``.
        order : {"C", "F"}
            As for ``create_array``.
        timeout : float or None
            If the name is a stream: seconds to wait for room at the end of the block. None waits for ever.

        Raises
        ------
        NoMemoryError, FullError, InvalidError, ReadOnlyError

        Examples
        --------
        >>> with lina.loan("level", "i64", 4) as x:
        ...     x[:] = [1, 2, 3, 4]
        >>> lina.array("level").tolist()
        [1, 2, 3, 4]
        """
        return Loan(self._loan(name, dtype, shape, order), timeout)

    def loan_async(
        self, name: str, dtype: DTypeLike, shape: Shape, order: Order = "C", *, timeout: float | None = None
    ) -> Loan:
        """``loan`` for an ``async with`` block: the loop goes on while the block's end waits for room.

        Parameters
        ----------
        name : str
            As for ``loan``.
        dtype : DTypeLike
            As for ``loan``.
        shape : int or iterable of int
            As for ``loan``.
        order : {"C", "F"}
            As for ``loan``.
        timeout : float or None
            As for ``loan``.

        Examples
        --------
        >>> lina.stream("frames", depth=8)
        >>> async def expose(brightness):
        ...     async with lina.loan_async("frames", "f64", (2, 3), timeout=1) as x:
        ...         x[...] = brightness
        >>> asyncio.run(expose(0.5))
        >>> lina.array("frames")[1, 2]
        0.5
        """
        return self.loan(name, dtype, shape, order, timeout=timeout)

    def produce(self, name: str) -> Producer:
        """A with block in which this process produces a stream.

        When the last producer has left its block, readers take the remaining generations, and their loops
        end. If the last producer dies instead, they get MemberDiedError.

        Parameters
        ----------
        name : str
            The name of the stream.

        Raises
        ------
        NotFoundError
            If there is no such stream.

        Examples
        --------
        >>> lina.stream("frames", depth=8)
        >>> with lina.produce("frames"):
        ...     for i in range(3):
        ...         with lina.loan("frames", "f64", (2, 3)) as x:
        ...             x[...] = i
        """
        return Producer(self, name)

    def follow(
        self,
        name: str,
        start: Start = "next",
        *,
        lossy: bool = False,
        timeout: float | None = None,
        max_held: int = 0,
        revive: bool = False,
    ) -> Follower:
        """Reads a stream with ``for`` or ``async for``: each generation once, in order.

        The reader is open when this returns. Publishers wait while it has the whole depth unread.

        Parameters
        ----------
        name : str
            The name of the stream.
        start : {"next", "latest", "oldest"} or int
            The first generation to read: ``"next"`` is the next one to be published, ``"latest"`` the newest,
            ``"oldest"`` the oldest that is kept, and a number is a sequence.
        lossy : bool
            Publishers do not wait for this reader. It may miss generations, and ``lost`` counts them.
        timeout : float or None
            Seconds to wait for each generation. After a WaitTimeoutError, the loop can go on.
        max_held : int
            How many of its views may be held at once; 0 means the stream's depth.
        revive : bool
            If the last producer died, wait for the next one.

        Raises
        ------
        NotFoundError, FullError, InvalidError, ReadOnlyError
        MemberDiedError
            In the loop, if the last producer died.

        Examples
        --------
        >>> lina.stream("frames", depth=8)
        >>> frames = lina.follow("frames")
        >>> with lina.produce("frames"), lina.loan("frames", "f64", 2) as x:
        ...     x[...] = 7
        >>> [x.tolist() for x in frames]
        [[7.0, 7.0]]
        """
        return Follower(self, name, start, lossy=lossy, timeout=timeout, max_held=max_held, revive=revive)

    def alias(
        self,
        name: str,
        base: str | _lina.Array[Any],
        offset: int = 0,
        shape: Shape | None = None,
        strides: Iterable[int] | None = None,
        dtype: DTypeLike | DType | None = None,
    ) -> None:
        """Gives a part of an array a name of its own. The part keeps the base's generation in place.

        Parameters
        ----------
        name : str
            The new name.
        base : Array or str
            A slice of the array, or the array's name. The other parameters except ``dtype`` are for a name.
        offset : int
            Bytes from the base's first element.
        shape : int or iterable of int
            The shape of the part.
        strides : iterable of int
            Bytes from one element to the next in each dimension. The default is C order.
        dtype : DTypeLike
            Read the bytes as another dtype, as for a field of records. Also for a slice.

        Raises
        ------
        ExistsError, NotFoundError
        InvalidError
            If the part would reach outside the array.
        StaleError
            If the slice is of an old generation.

        Examples
        --------
        >>> frame = lina.create_array("frame", "u8", (480, 640, 3))
        >>> lina.alias("red", frame[:, :, 0])
        >>> lina.alias("green", "frame", offset=1, shape=(480, 640), strides=(1920, 3))
        >>> lina.alias("words", "frame", shape=(480, 480), dtype="u32")
        >>> lina.array("words").dtype
        lina.DType('u32')
        """
        if isinstance(base, str):
            if shape is None:
                raise TypeError(f'array "{name}": an alias by name needs a shape')
            self._alias(name, base, offset, shape, strides, dtype)
            return
        if not isinstance(base, _lina.Array):
            raise TypeError(f'array "{name}": the base is a name or a slice, not {type(base)}')
        if offset or shape is not None or strides is not None:
            raise TypeError(f'array "{name}": a slice has its offset, shape and strides')
        if not base.is_current:
            raise StaleError(f'array "{base.name}": generation {base.generation} was replaced')
        self._alias(name, base.name, base._offset, base.shape, base.strides, dtype)

    async def wait_async(self, name: str, timeout: float | None = None, member: str | None = None) -> None:
        """``wait`` for asyncio: the loop goes on meanwhile, and the task can be cancelled.

        Thousands of waits need no thread each.

        Parameters
        ----------
        name : str
            The name of the signal.
        timeout : float or None
            Seconds to wait. None waits for ever.
        member : str or None
            The name of the member that will set the signal. The wait fails if that member goes away.

        Raises
        ------
        WaitTimeoutError
        MemberDiedError
            If there is no member of that name, or if it goes away before the signal is set.
        ClosedError
            If the arena is closed meanwhile.

        Examples
        --------
        >>> async def main():
        ...     lina.signal("ready")
        ...     await lina.wait_async("ready", timeout=5)
        >>> asyncio.run(main())
        """
        await _async.reach(self, name, None, timeout, member)

    async def wait_value_async(
        self, name: str, target: int, timeout: float | None = None, member: str | None = None
    ) -> None:
        """``wait_value`` for asyncio: see ``wait_async``.

        Parameters
        ----------
        name : str
            The name of the signal.
        target : int
            The value of the counter to wait for.
        timeout : float or None
            As for ``wait_async``.
        member : str or None
            As for ``wait_async``.

        Examples
        --------
        >>> async def main():
        ...     lina.signal("frames", 3)
        ...     await lina.wait_value_async("frames", 2, timeout=5)
        >>> asyncio.run(main())
        """
        await _async.reach(self, name, target, timeout, member)

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

        If one array cannot be made, none is. Returns a dict by field. Raises the errors of create_array.

        Parameters
        ----------
        name : str
            The first part of the arrays' names.
        fields : mapping of str to DTypeLike
            The dtype of each field.
        shape : int or iterable of int
            The shape of every array.
        exist_ok : bool
            As for ``create_array``.

        Examples
        --------
        >>> p = lina.create_records("p", {"x": "f64", "id": "i32"}, 10)
        >>> p["id"].name
        'p.id'
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

    def list(self) -> Listing:  # last, because it hides the builtin from the annotations after it
        """The descriptors of all arrays at one instant, in no particular order. It prints as a table.

        Examples
        --------
        >>> x = lina.create_array("input", "f64", (2, 3))
        >>> [desc["name"] for desc in lina.list()]
        ['input']
        """
        return Listing(super().list())


def _reduce(thing: Arena | _lina.Array[Any]) -> tuple[Any, ...]:
    from . import _share  # it imports this module, so it is imported here

    return _share.reduce(thing)


copyreg.pickle(_lina.Array, _reduce)
