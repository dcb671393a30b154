"""Lina: named arrays in a shared arena. Every language uses the same bytes, without a copy.

    import lina

    lina.init_arena(1 << 20, "shm:weather", exist_ok=True)  # does nothing if LINA_ARENA is set
    x = lina.create_array("input", "f64", (2, 3), exist_ok=True)
    x[1, 2] = 42.0                                          # numpy.asarray(x) is the same memory
    lina.signal("data_ready")

The functions here are the methods of the process's default arena. `lina.Arena` has more of them.
"""

from . import _load as _load  # first: it says what is wrong if the extension cannot be loaded

# isort: split
from . import _share as _share  # now: when objects are pickled later, perhaps no file can be opened
from ._arena import Arena, Loan
from ._complete import load as _load_completion
from ._complete import load_ipython_extension as load_ipython_extension
from ._default import attach, init_arena, shutdown
from ._default import default as _default
from ._dtypes import DType
from ._errors import (
    BehindError,
    BusyError,
    ClosedError,
    CorruptError,
    EndedError,
    ExistsError,
    FullError,
    InvalidError,
    LinaError,
    MemberDiedError,
    NoMemoryError,
    NotFoundError,
    NotReadyError,
    ReadOnlyError,
    RefusedError,
    StaleError,
    SystemCallError,
    VersionError,
    ViewError,
    WaitInterruptedError,
    WaitTimeoutError,
)
from ._lina import Array, inspect, unlink
from ._lina import version as __version__
from ._streams import Follower, Producer
from ._where import get_include, get_library

create_array = _default.create_array
create_records = _default.create_records
republish = _default.republish
loan = _default.loan
loan_async = _default.loan_async
alias = _default.alias
remove = _default.remove
reclaim = _default.reclaim
array = _default.array
buffer = _default.buffer
open_desc = _default.open_desc
list = _default.list
info = _default.info
fileno = _default.fileno
check = _default.check
sync = _default.sync

stream = _default.stream
stream_info = _default.stream_info
produce = _default.produce
follow = _default.follow
set_member_name = _default.set_member_name
members = _default.members

signal = _default.signal
clear = _default.clear
value = _default.value
wait = _default.wait
try_wait = _default.try_wait
wait_value = _default.wait_value
wait_any = _default.wait_any
remove_signal = _default.remove_signal
wait_async = _default.wait_async
wait_value_async = _default.wait_value_async

__all__ = [
    "Arena",
    "Array",
    "BehindError",
    "BusyError",
    "ClosedError",
    "CorruptError",
    "DType",
    "EndedError",
    "ExistsError",
    "Follower",
    "FullError",
    "InvalidError",
    "LinaError",
    "Loan",
    "MemberDiedError",
    "NoMemoryError",
    "NotFoundError",
    "NotReadyError",
    "Producer",
    "ReadOnlyError",
    "RefusedError",
    "StaleError",
    "SystemCallError",
    "VersionError",
    "ViewError",
    "WaitInterruptedError",
    "WaitTimeoutError",
    "__version__",
    "alias",
    "array",
    "attach",
    "buffer",
    "check",
    "clear",
    "create_array",
    "create_records",
    "fileno",
    "follow",
    "get_include",
    "get_library",
    "info",
    "init_arena",
    "inspect",
    "list",
    "loan",
    "loan_async",
    "members",
    "open_desc",
    "produce",
    "reclaim",
    "remove",
    "remove_signal",
    "republish",
    "set_member_name",
    "shutdown",
    "signal",
    "stream",
    "stream_info",
    "sync",
    "try_wait",
    "unlink",
    "value",
    "wait",
    "wait_any",
    "wait_async",
    "wait_value",
    "wait_value_async",
]

_load_completion()
