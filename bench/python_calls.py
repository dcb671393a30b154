"""Measures what Lina costs in Python, beside Python's own calls, NumPy and multiprocessing.

    PYTHONPATH=build python bench/python_calls.py [--quick] [--row LABEL]...

Prints lines of JSON for table.py. With --row, measures only the target with which a LABEL begins.

In every round, all contestants take turns.
"""

import contextlib
import ctypes
import functools
import itertools
import json
import mmap
import multiprocessing
import sys
import time
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import python_iceoryx2

import lina

QUICK = "--quick" in sys.argv
ROWS = [row for option, row in itertools.pairwise(sys.argv) if option == "--row"]
ELEMENTS = 1_000_000 if QUICK else 10_000_000
CALLS = 2_000  # so few that most rounds are not interrupted
MIB = 1 << 20


def emit(target, what, absent=None, **values):
    row = {"id": target, "what": what, "unit": "ns", "values": values}
    print(json.dumps({**row, "absent": absent} if absent else row), flush=True)


def wanted(target):
    return not ROWS or any(row.split()[0] == target for row in ROWS)


def take_turns(contestants, rounds, times):
    """Calls the functions in turn, and adds the nanoseconds of each to `times`."""
    for _ in range(rounds):
        for name, run in contestants.items():
            started = time.perf_counter_ns()
            run()
            times.setdefault(name, []).append(time.perf_counter_ns() - started)
    return times


def rounded(times, count=1):
    """The times of the rounds, rounded to hundredths of a nanosecond."""
    return {name: [round(ns / count, 2) for ns in samples] for name, samples in times.items()}


LOOP = """
def loop(call, argument, turns):
    for _ in turns(None, CALLS):
        call(argument)
"""


def loop(call, argument):
    """Makes a new loop for each contestant, because the interpreter adapts a loop's code to what it calls."""
    names = {"CALLS": CALLS}
    exec(LOOP, names)
    return functools.partial(names["loop"], call, argument, itertools.repeat)


def per_call(contestants):
    """Measures calls of functions with one argument: nanoseconds of one call in each round."""
    loops = {who: loop(*pair) for who, pair in contestants.items()}
    return rounded(take_turns(loops, 51 if QUICK else 501, {}), CALLS)


def calls(core):
    """P11: one look at a signal."""
    limit = (len, ())
    event = multiprocessing.Event()
    look = core.lina_try_wait
    look.argtypes = [ctypes.c_char_p]
    peers = {"ctypes": (look, b"stop"), "multiprocessing.Event": (type(event).is_set, event)}
    found = per_call({"Lina": (lina.try_wait, "stop"), "limit, len(())": limit, **peers})
    emit("P11", "Python try_wait", **found)
    emit("P11", "Python value", **per_call({"Lina": (lina.value, "stop"), "limit, len(())": limit}))


def small_pages(stack):
    """Makes an array as NumPy does, but without asking for huge pages."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    memory = stack.enter_context(mmap.mmap(-1, 8 * ELEMENTS, flags=flags))
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return memory


def shared_memory(stack):
    memory = SharedMemory(create=True, size=8 * ELEMENTS)
    stack.callback(memory.unlink)
    stack.callback(memory.close)
    return memory.buf


def of_lina(stack):
    """Makes a new arena each time, since a removed array leaves its pages to the next one."""
    arena = stack.enter_context(lina.Arena.create(None, 8 * ELEMENTS + MIB))
    return arena.create_array("elements", "f64", ELEMENTS)


MEMORIES = {
    "Lina": of_lina,
    "limit, NumPy's own": lambda stack: np.empty(ELEMENTS),
    "NumPy without huge pages": small_pages,
    "SharedMemory": shared_memory,
}
WORK = {"sum": lambda a: a.sum, "map": lambda a: lambda: np.multiply(a, 1.0000001, out=a)}


def place_and_measure(order, times):
    """Measures one set of contestants. The places of their pages are random, and cost up to a half."""
    with contextlib.ExitStack() as stack:
        arrays = {who: np.frombuffer(MEMORIES[who](stack), "f8", ELEMENTS) for who in order}
        for a in arrays.values():
            a[:] = np.arange(ELEMENTS)
        for name, of in WORK.items():
            take_turns({who: of(a) for who, a in arrays.items()}, 9, times[name])
        arrays.clear()
        a = of = None


def huge_pages():
    """Says why shared memory has no huge pages, if it has none."""
    setting = Path("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
    said = setting.read_text() if setting.exists() else "[never]"
    return {"huge pages": "not for shared memory here"} if "[never]" in said or "[deny]" in said else {}


def elements():
    """P12: NumPy reads every element of a view."""
    times = {name: {} for name in WORK}
    order = list(MEMORIES)
    for _ in range(1 if QUICK else 8):
        place_and_measure(order, times)
        order = order[1:] + order[:1]
    for name, found in times.items():
        what = f"Python NumPy {name}, {ELEMENTS:,} f64"
        emit("P12", what, huge_pages(), **rounded(found))


def answer(arena, queue):
    """The other process of P10: reads the first and the last element of each array that it gets."""
    turn = 0
    while True:
        turn += 1
        arena.wait_value("ask", turn)
        if arena.try_wait("queue"):
            payload = queue.get()
        else:
            payload = arena.array("small" if arena.try_wait("small") else "large")
        if len(payload) == 0:
            return
        arena.array("seen")[0] = payload[0] + payload[-1]
        arena.signal("answer")


def hand_over():
    """P10: hands 100 MiB to another process and waits for the answer."""
    context = multiprocessing.get_context("fork")
    arena, queue = lina.Arena.create(None, 256 * MIB), context.Queue()
    arena.create_array("seen", "f64", 1)
    for name, size in (("small", 1024), ("large", 100 * MIB)):
        np.asarray(arena.create_array(name, "f64", size // 8))[:] = 1.0
    payload = np.ones(100 * MIB // 8)
    other = context.Process(target=answer, args=(arena, queue), daemon=True)
    other.start()
    turns = itertools.count(1)

    def ask(kind):
        for name in ("small", "queue"):
            arena.signal(name) if name == kind else arena.clear(name)
        if kind == "queue":
            queue.put(payload)
        turn = next(turns)
        arena.signal("ask")
        arena.wait_value("answer", turn, timeout=120)
        assert arena.array("seen")[0] == 2.0

    ask("queue")
    by_kind = {kind: functools.partial(ask, kind) for kind in ("large", "small", "queue")}
    slow = rounded(take_turns({"queue": by_kind.pop("queue")}, 3 if QUICK else 7, {}))
    rounds = 101 if QUICK else 501
    quick = rounded(take_turns(by_kind, rounds, {}))
    found = {"Lina": quick["large"], "limit, 1 KiB": quick["small"]}
    missing = python_iceoryx2.absent()
    if missing is None:  # not in turns with the others, because it uses a core all the time
        partner = python_iceoryx2.Partner(100 * MIB // 8)
        found |= rounded(take_turns({"iceoryx2, polling": partner.ask}, rounds, {}))
        partner.end()
    emit("P10", "Python to Python, 100 MiB", missing and {"iceoryx2": missing}, **found)
    emit("P10", "Python Queue, 100 MiB", Lina=quick["large"], **{"limit, Queue": slow["queue"]})
    arena.signal("queue")
    queue.put([])
    arena.signal("ask")
    other.join(10)
    arena.close()


if __name__ == "__main__":
    lina.init_arena(MIB)
    library = Path(lina.__file__).parent.resolve().parents[2] / "liblina_core.so.1"
    if wanted("P11"):
        calls(ctypes.CDLL(str(library)))
    if wanted("P12"):
        elements()
    if wanted("P10"):
        hand_over()
