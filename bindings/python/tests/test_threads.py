"""Threads use, close and free the same objects. Without a GIL, they do so in parallel."""

import asyncio
import sys
import sysconfig
import threading

import pytest

import lina

THREADS = 4
ROUNDS = 300


def together(*works):
    """Runs each function in a thread of its own. All begin at the same moment. Raises the first error."""
    barrier = threading.Barrier(len(works))
    errors = []

    def run(work):
        try:
            barrier.wait()
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this CPython has a GIL")
def test_importing_lina_does_not_bring_the_gil_back():
    assert not sys._is_gil_enabled()


def until_closed(work):
    """Repeats the work until the array is closed. Nothing else may go wrong."""

    def repeat():
        while True:
            try:
                work()
            except (lina.ClosedError, ValueError) as error:
                if "closed" in str(error):
                    return
                raise

    return repeat


USES = {
    "element": lambda x: x[1],
    "slice": lambda x: x[1:3].tolist(),
    "set": lambda x: x.__setitem__(slice(0, 2), [1.0, 2.0]),
    "buffer": lambda x: memoryview(x).tolist(),
    "shape": lambda x: (x.shape, x.generation, x.is_current, len(x)),
    "repr": lambda x: "closed" in repr(x) and x.keep(),
    "export": lambda x: x.__dlpack__(),
    "reshape": lambda x: x.reshape(2, 2).tobytes(),
}


@pytest.mark.parametrize("use", USES)
def test_an_array_can_be_closed_while_others_use_it(arena, use):
    arena.create_array("x", "f64", 4)
    for _ in range(ROUNDS // 10):
        x = arena.array("x")
        together(*[until_closed(lambda x=x: USES[use](x))] * 3, x.close)
        assert x.closed
    assert arena.info()["held"] == 0


def test_many_threads_take_and_free_views_of_one_arena(arena):
    x = arena.create_array("x", "i64", THREADS)

    def work(me):
        for n in range(ROUNDS):
            view = arena.array("x")
            view[me] = n
            assert view[me] == n and arena.array("x")[me : me + 1].tolist() == [n]

    together(*[lambda me=me: work(me) for me in range(THREADS)])
    assert x.tolist() == [ROUNDS - 1] * THREADS
    x.close()
    assert arena.info()["held"] == 0


def test_no_signal_of_any_thread_is_lost(arena):
    names = [f"signal {i}" for i in range(100)]  # more than the cache of handles has places

    def work():
        for name in names:
            arena.signal(name)
            assert arena.try_wait(name) and arena.value(name) > 0
            arena.wait(name, 60)

    together(*[work] * THREADS)
    assert [arena.value(name) for name in names] == [THREADS] * len(names)


def test_an_arena_can_be_closed_while_others_work_in_it():
    def use(arena):
        arena.create_array("x", "u8", 8, exist_ok=True)[0] = 1
        arena.signal("s")
        arena.try_wait("s")
        arena.list()
        with arena.loan("y", "u8", 8) as y:
            y[0] = 2

    for _ in range(ROUNDS // 10):
        arena = lina.Arena.create(None, 1 << 16)
        together(*[until_closed(lambda arena=arena: use(arena))] * 3, arena.close)
        assert arena.closed


def test_a_loan_is_published_by_one_of_the_threads_that_try(arena):
    published = []

    def publish(loan):
        try:
            loan.publish()
        except lina.InvalidError:
            return
        published.append(loan.array.generation)

    for n in range(1, ROUNDS // 3):
        loan = arena.loan("x", "u64", 4)
        loan.array[:] = n
        part = loan.array[1:]
        together(*[lambda loan=loan: publish(loan)] * 3, lambda part=part: (part.generation, repr(part)))
        assert published.pop() == n and not published
        assert part.generation == n and part.is_current and part.tolist() == [n] * 3


def test_each_thread_that_follows_a_stream_gets_every_generation(arena):
    arena.stream("f", depth=4)
    readers = [arena.follow("f", timeout=60) for _ in range(2)]

    def produce():
        with arena.produce("f"):
            for n in range(ROUNDS // 3):
                with arena.loan("f", "i64", 1, timeout=60) as x:
                    x[0] = n

    def take(reader):
        assert [x[0] for x in reader] == list(range(ROUNDS // 3))

    together(produce, *[lambda reader=reader: take(reader) for reader in readers])


def test_a_reader_can_be_closed_while_another_thread_waits_in_it(arena):
    arena.stream("f", depth=4)
    for _ in range(ROUNDS // 30):
        reader = arena.follow("f")

        def wait(reader=reader):
            with pytest.raises((lina.ClosedError, StopIteration)):
                next(reader)

        together(wait, reader.close)


def test_event_loops_of_several_threads_wait_for_each_other(arena):
    async def play(me):
        for n in range(1, ROUNDS // 10):
            arena.signal(f"turn of {me}")
            late = asyncio.create_task(arena.wait_async("never"))
            await asyncio.gather(*[arena.wait_value_async(f"turn of {i}", n, 60) for i in range(THREADS)])
            late.cancel()
            with pytest.raises(asyncio.CancelledError):
                await late

    together(*[lambda me=me: asyncio.run(play(me)) for me in range(THREADS)])


def test_one_of_the_threads_that_make_the_default_arena_succeeds(script):
    printed = script(
        """
        import lina, threading
        outcomes = []
        barrier = threading.Barrier(4)
        def make():
            barrier.wait()
            try:
                lina.init_arena(1 << 16)
            except lina.ExistsError:
                outcomes.append("exists")
            else:
                outcomes.append("made")
        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        lina.create_array("x", "u8", 1)
        print(sorted(outcomes))
        """
    )
    assert printed == "['exists', 'exists', 'exists', 'made']\n"
