"""Signals and waits: nothing lost, nothing frozen, and Ctrl-C ends it."""

import os
import signal
import threading
import time

import pytest

import lina


def test_a_signal_counts_and_is_set_until_cleared(arena):
    assert not arena.try_wait("s") and arena.value("s") == 0
    arena.signal("s")
    arena.signal("s")
    assert arena.try_wait("s") and arena.value("s") == 2
    arena.wait("s")
    arena.wait("s", timeout=0)
    arena.clear("s")
    assert not arena.try_wait("s") and arena.value("s") == 2


def test_looking_does_not_fill_the_table_of_signals(arena):
    for i in range(200):
        name = f"s{i}"
        assert arena.try_wait(name) is False and arena.value(name) == 0
        arena.clear(name)
    assert arena.info()["signals"] == 0


def test_a_name_that_is_polled_sees_every_change(arena):
    for turn in range(100):
        assert arena.try_wait("s") is False
        arena.signal("s")
        assert arena.try_wait("s") is True and arena.value("s") == turn + 1
        arena.clear("s")


def test_names_are_told_apart_however_many_there_are(arena):
    names = [f"s{i}" for i in range(300)]  # more than the cache has places
    for i, name in enumerate(names):
        for _ in range(i % 5):
            arena.signal(name)
    for _ in range(30):
        assert [arena.value(name) for name in names] == [i % 5 for i in range(300)]
        assert [arena.try_wait(name) for name in names] == [i % 5 > 0 for i in range(300)]


def test_equal_names_are_one_signal(arena):
    a, b = "".join(["si", "gnal"]), "".join(["sig", "nal"])
    assert a is not b
    arena.signal(a)
    assert arena.try_wait(b)


def test_a_full_table_is_an_error_that_names_the_signal():
    with lina.Arena.create(None, 1 << 16, max_signals=4) as arena:
        for i in range(4):
            arena.signal(f"s{i}")
        with pytest.raises(lina.FullError, match='signal "one more"'):
            arena.signal("one more")
        for _ in range(50):  # polling goes on by name
            assert not arena.try_wait("one more")
        arena.signal("s0")


def test_a_wait_that_times_out_is_a_timeout_error(arena):
    started = time.monotonic()
    for timeout in (0, 0.12, 0.01):
        with pytest.raises(TimeoutError, match='signal "s": timed out') as caught:
            arena.wait("s", timeout)
        assert isinstance(caught.value, lina.LinaError)
    assert time.monotonic() - started >= 0.13
    with pytest.raises(lina.WaitTimeoutError):
        arena.wait_value("s", 1, timeout=0.01)
    assert not arena.try_wait("s")


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), float("-inf")])
def test_a_timeout_that_makes_no_sense_is_refused(arena, timeout):
    with pytest.raises(ValueError, match="timeout"):
        arena.wait("s", timeout)


def test_a_timeout_may_be_infinite(arena):
    arena.signal("s")
    arena.wait("s", float("inf"))
    arena.wait("s", 1e300)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.wait(),
        lambda a: a.wait("s", 1, 2),
        lambda a: a.wait("s", nonsense=1),
        lambda a: a.wait("s", name="s"),
        lambda a: a.wait(3),
        lambda a: a.wait("s", "1"),
        lambda a: a.wait_value("s"),
        lambda a: a.wait_value("s", 1.5),
        lambda a: a.signal(b"s"),
        lambda a: a.try_wait(None),
    ],
)
def test_wrong_arguments_are_type_errors(arena, call):
    with pytest.raises(TypeError):
        call(arena)


def test_a_target_below_zero_or_beyond_the_counter_is_refused(arena):
    for target in (-1, 1 << 64):
        with pytest.raises(OverflowError):
            arena.wait_value("s", target)


def test_arguments_may_be_named(arena):
    arena.signal("s")
    arena.wait(name="s", timeout=1)
    arena.wait_value("s", timeout=1, target=1)


def test_waiting_lets_other_threads_run(arena):
    order = []
    waiter = threading.Thread(target=lambda: (arena.wait("go", 30), order.append("woken")))
    waiter.start()
    time.sleep(0.05)
    order.append("signalled")
    arena.signal("go")
    waiter.join(30)
    assert order == ["signalled", "woken"]


def test_what_was_written_before_the_signal_is_there_after_the_wait(arena):
    x = arena.create_array("x", "i64", 1)

    def ping():
        for n in range(1, 2001):
            arena.wait_value("ping", n, 30)
            x[0] += 1
            arena.signal("pong")

    thread = threading.Thread(target=ping)
    thread.start()
    for n in range(1, 2001):
        x[0] = n * 10
        arena.signal("ping")
        arena.wait_value("pong", n, 30)
        assert x[0] == n * 10 + 1
    thread.join(30)


def test_one_signal_wakes_all_who_wait(arena):
    woken = []
    threads = [threading.Thread(target=lambda: (arena.wait("go", 30), woken.append(1))) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    arena.signal("go")
    for thread in threads:
        thread.join(30)
    assert len(woken) == 20


@pytest.mark.parametrize("wait", ["arena.wait('never')", "arena.wait_value('never', 9, timeout=30)"])
def test_ctrl_c_ends_a_wait(script, wait):
    """Also where another thread takes the system's signal: the waiting one then looks by itself."""
    for receiver in ("main", "other"):
        script(
            f"""
            import lina, os, signal, threading, time
            arena = lina.Arena.create(None, 1 << 16)
            def interrupt():
                time.sleep(0.2)
                target = threading.{"main_thread().ident" if receiver == "main" else "get_ident()"}
                signal.pthread_kill(target, signal.SIGINT)
                global sent
                sent = time.monotonic()
            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                {wait}
            except KeyboardInterrupt:
                late = time.monotonic() - sent
            thread.join()
            assert late < 1, late
            arena.signal("usable")
            """
        )


def test_a_python_handler_runs_during_a_wait_which_goes_on(arena):
    ran = []
    before = signal.signal(signal.SIGUSR1, lambda *_: ran.append(1))
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        with pytest.raises(TimeoutError):
            arena.wait("s", 0.3)
        assert ran
    finally:
        signal.signal(signal.SIGUSR1, before)
        timer.join()


def test_close_ends_waits_under_way():
    arena = lina.Arena.create(None, 1 << 16)
    outcome = []

    def wait():
        try:
            arena.wait("never", 30)
        except lina.ClosedError:
            outcome.append("closed")

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    arena.close()
    assert arena.closed
    for thread in threads:
        thread.join(10)
    assert outcome == ["closed"] * 4
    for call in (lambda: arena.signal("s"), lambda: arena.try_wait("s"), lambda: arena.wait("s"), arena.info):
        with pytest.raises(lina.ClosedError):
            call()


def test_a_handler_may_close_the_arena_it_interrupted():
    arena = lina.Arena.create(None, 1 << 16)
    before = signal.signal(signal.SIGUSR1, lambda *_: arena.close())
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        with pytest.raises(lina.ClosedError):
            arena.wait("never", 30)
    finally:
        signal.signal(signal.SIGUSR1, before)
        timer.join()


def test_handles_do_not_survive_the_arena_that_they_came_from(script):
    """A cached handle of the old default arena would read memory that is gone."""
    script(
        """
        import lina
        for turn in range(20):
            lina.init_arena(1 << 16)
            for _ in range(50):
                assert not lina.try_wait("s")
            lina.signal("s")
            assert lina.value("s") == 1
            lina.shutdown()
            try:
                lina.try_wait("s")
            except lina.ClosedError:
                pass
            else:
                raise AssertionError
        """
    )
