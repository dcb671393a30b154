"""The exceptions of Lina: one class for each code, and the standard kind beside it.

``except lina.LinaError`` catches all of them, ``except KeyError`` a name that is not there.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ._arena import Loan


class LinaError(Exception):
    """A call failed. ``code`` is Lina's name for the reason; the message names the array or signal."""

    code: ClassVar[str] = "UNKNOWN"
    #: What could not be published, and still is a loan: its ``publish`` tries again.
    loan: "Loan | None" = None

    __str__ = Exception.__str__  # a KeyError's would put the sentence in quotes


class InvalidError(LinaError, ValueError):
    """A bad argument."""

    code = "INVALID"


class ViewError(InvalidError, BufferError):
    """Bytes that cannot be shown in the form asked for without a copy."""


class NotFoundError(LinaError, KeyError, FileNotFoundError):
    """No array, signal or arena of that name."""

    code = "NOT_FOUND"


class ExistsError(LinaError, FileExistsError):
    """The name is taken."""

    code = "EXISTS"


class NoMemoryError(LinaError, MemoryError):
    """No room in the arena, or on the machine."""

    code = "NO_MEMORY"


class FullError(LinaError, MemoryError):
    """A table of the arena is full."""

    code = "FULL"


class StaleError(LinaError, ReferenceError):
    """The generation was replaced or removed."""

    code = "STALE"


class WaitTimeoutError(LinaError, TimeoutError):
    """The time-out passed first."""

    code = "TIMEOUT"


class NotReadyError(LinaError, RuntimeError):
    """There is no arena yet."""

    code = "NOT_READY"


class ClosedError(LinaError, ValueError):
    """The arena, or the array, was closed."""

    code = "CLOSED"


class VersionError(LinaError, RuntimeError):
    """The arena was laid out by another ABI."""

    code = "VERSION"


class CorruptError(LinaError, RuntimeError):
    """Shared bytes that cannot be true."""

    code = "CORRUPT"


class RefusedError(LinaError, PermissionError):
    """The system refuses."""

    code = "PERMISSION"


class ReadOnlyError(LinaError, PermissionError):
    """The arena is attached without the right to write."""

    code = "READ_ONLY"


class BusyError(LinaError, OSError):
    """Still in use, or no member slot is free."""

    code = "BUSY"


class WaitInterruptedError(LinaError, InterruptedError):
    """A handler of a system signal ran during the wait."""

    code = "INTERRUPTED"


class SystemCallError(LinaError, OSError):
    """A system call failed; errno is in the message."""

    code = "SYSTEM"


class EndedError(LinaError, EOFError):
    """The stream is over."""

    code = "ENDED"


class MemberDiedError(LinaError, ConnectionError):
    """The member that the call depends on is gone."""

    code = "DIED"


class BehindError(LinaError, BlockingIOError):
    """A reliable reader has the whole depth of the stream unread."""

    code = "BEHIND"


#: What the extension raises for each code.
BY_CODE = {kind.code: kind for kind in LinaError.__subclasses__()}

for _kind in (LinaError, ViewError, *BY_CODE.values()):
    _kind.__module__ = "lina"  # where users find them, and tracebacks name them
