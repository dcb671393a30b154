"""What Lina costs in Python, beside Python's own calls, NumPy and multiprocessing.

    PYTHONPATH=build python bench/python_calls.py [--quick]     lines of JSON, as table.py reads them

In every round all contestants take turns; a figure is the median of the rounds.
"""

import ctypes
import functools
import itertools
import json
import multiprocessing
import statistics
import sys
import time
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np

import lina

QUICK = "--quick" in sys.argv
ELEMENTS = 1_000_000 if QUICK else 10_000_000
CALLS = 2_000  # few enough that most rounds are not interrupted
MIB = 1 << 20


def emit(target, what, **values):
    print(json.dumps({"id": target, "what": what, "unit": "ns", "values": values}), flush=True)


def medians(contestants, rounds):
    """Nanoseconds that each of the functions takes."""
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            started = time.perf_counter_ns()
            run()
            times[name].append(time.perf_counter_ns() - started)
    return {name: statistics.median(samples) for name, samples in times.items()}


def per_call(contestants):
    """Nanoseconds of one call, for pairs of a function and its argument, in the same loop."""

    def loop(call, argument):
        for _ in itertools.repeat(None, CALLS):
            call(argument)

    loops = {who: functools.partial(loop, *pair) for who, pair in contestants.items()}
    return {who: ns / CALLS for who, ns in medians(loops, 51 if QUICK else 501).items()}


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


def elements():
    """P12: every element of a view, by NumPy."""
    lina.create_array("elements", "f64", ELEMENTS)
    theirs = SharedMemory(create=True, size=8 * ELEMENTS)
    arrays = {
        "Lina": np.asarray(lina.array("elements")),
        "limit, NumPy's own": np.empty(ELEMENTS),
        "SharedMemory": np.ndarray(ELEMENTS, "f8", theirs.buf),
    }
    for a in arrays.values():
        a[:] = np.arange(ELEMENTS)
    work = {
        "sum": lambda a: a.sum,
        "map": lambda a: lambda: np.multiply(a, 1.0000001, out=a),
    }
    for name, of in work.items():
        found = medians({who: of(a) for who, a in arrays.items()}, 9 if QUICK else 25)
        emit("P12", f"Python NumPy {name}, {ELEMENTS:,} f64", **found)
    arrays.clear()
    theirs.close()
    theirs.unlink()
    lina.remove("elements")


def answer(arena, queue):
    """The other process of P10: looks at the first and the last element of what it is handed."""
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
    """P10: 100 MiB from one process to another and an answer back."""
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
    slow = medians({"queue": by_kind.pop("queue")}, 3 if QUICK else 7)
    quick = medians(by_kind, 101 if QUICK else 501)
    emit("P10", "Python to Python, 100 MiB", Lina=quick["large"], **{"limit, 1 KiB": quick["small"]})
    emit("P10", "Python Queue, 100 MiB", Lina=quick["large"], **{"limit, Queue": slow["queue"]})
    arena.signal("queue")
    queue.put([])
    arena.signal("ask")
    other.join(10)
    arena.close()


if __name__ == "__main__":
    lina.init_arena(64 * MIB + 8 * ELEMENTS)
    library = Path(lina.__file__).parent.resolve().parents[2] / "liblina_core.so.1"
    calls(ctypes.CDLL(str(library)))
    elements()
    hand_over()
