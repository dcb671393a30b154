"""The exceptions of Lina: one class for each code. Most also have a standard exception as a base.

``except lina.LinaError`` catches all of them. ``except KeyError`` catches a name that does not exist.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ._arena import Loan


class LinaError(Exception):
    """A call failed. ``code`` is Lina's name for the reason; the message names the array or signal."""

    code: ClassVar[str] = "UNKNOWN"
    #: The loan that could not be published. It is still a loan: its ``publish`` tries again.
    loan: "Loan | None" = None

    __str__ = Exception.__str__  # that of KeyError would put quotes around the sentence


class InvalidError(LinaError, ValueError):
    """A bad argument."""

    code = "INVALID"


class ViewError(InvalidError, BufferError):
    """The array cannot be shown in the requested form without a copy."""


class NotFoundError(LinaError, KeyError, FileNotFoundError):
    """There is no array, signal, stream or arena of that name."""

    code = "NOT_FOUND"


class ExistsError(LinaError, FileExistsError):
    """The name is taken."""

    code = "EXISTS"


class NoMemoryError(LinaError, MemoryError):
    """There is no room in the arena, or no memory on the machine."""

    code = "NO_MEMORY"


class FullError(LinaError, MemoryError):
    """A table of the arena is full."""

    code = "FULL"


class StaleError(LinaError, ReferenceError):
    """The generation was replaced or removed."""

    code = "STALE"


class WaitTimeoutError(LinaError, TimeoutError):
    """The time-out is over."""

    code = "TIMEOUT"


class NotReadyError(LinaError, RuntimeError):
    """There is no arena yet."""

    code = "NOT_READY"


class ClosedError(LinaError, ValueError):
    """The arena, or the array, was closed."""

    code = "CLOSED"


class VersionError(LinaError, RuntimeError):
    """The arena has another ABI or layout."""

    code = "VERSION"


class CorruptError(LinaError, RuntimeError):
    """Shared bytes that cannot be right."""

    code = "CORRUPT"


class RefusedError(LinaError, PermissionError):
    """The system does not permit it."""

    code = "PERMISSION"


class ReadOnlyError(LinaError, PermissionError):
    """The arena is attached read-only."""

    code = "READ_ONLY"


class BusyError(LinaError, OSError):
    """Something is still in use, another process keeps the lock for long, or no member number is free."""

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


#: The class that the extension raises for each code.
BY_CODE = {kind.code: kind for kind in LinaError.__subclasses__()}

for _kind in (LinaError, ViewError, *BY_CODE.values()):
    _kind.__module__ = "lina"  # tracebacks show the name that users import
