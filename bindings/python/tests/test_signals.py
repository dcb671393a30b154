"""Signals and waits: no signal is lost, nothing freezes, and Ctrl-C ends a wait."""

import contextlib
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


def test_any_number_of_names_are_told_apart(arena):
    names = [f"s{i}" for i in range(300)]  # more than the cache can hold
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
        for _ in range(50):  # each look is by name
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


@pytest.mark.parametrize("timeout", [0, -1, -0.001, -1e300, float("-inf")])
def test_a_timeout_below_zero_only_looks(arena, timeout):
    for wait in (lambda: arena.wait("s", timeout), lambda: arena.wait_value("s", 1, timeout)):
        with pytest.raises(TimeoutError, match='signal "s": timed out'):
            wait()
    with pytest.raises(TimeoutError, match='signal "s": timed out'):
        arena.wait_any(["s", "t"], timeout)
    assert arena.info()["signals"] == 0, "nothing was made"
    arena.signal("s")
    arena.wait("s", timeout)
    arena.wait_value("s", 1, timeout)
    assert arena.wait_any(["t", "s"], timeout) == "s"


def test_a_timeout_that_is_not_a_number_is_refused(arena):
    for wait in (arena.wait, lambda s, t: arena.wait_value(s, 1, t), lambda s, t: arena.wait_any([s], t)):
        with pytest.raises(ValueError, match='signal "s": nan is no timeout'):
            wait("s", float("nan"))


def test_a_timeout_may_be_infinite(arena):
    arena.signal("s")
    for timeout in (float("inf"), 1e300, 2.0**63 / 1e9, 1e10, None):
        arena.wait("s", timeout)
        with pytest.raises(ZeroDivisionError):
            interrupted(lambda timeout=timeout: arena.wait("never", timeout))


def interrupted(wait):
    """Calls a wait that does not end, and interrupts it by a signal handler that raises."""

    def fail(*_):
        raise ZeroDivisionError

    before = signal.signal(signal.SIGUSR1, fail)
    timer = threading.Timer(0.05, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1))
    timer.start()
    try:
        wait()
    finally:
        signal.signal(signal.SIGUSR1, before)
        timer.join()


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


def test_after_the_wait_everything_is_seen_that_was_written_before_the_signal(arena):
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


def test_one_signal_wakes_all_waiters(arena):
    woken = []
    threads = [threading.Thread(target=lambda: (arena.wait("go", 30), woken.append(1))) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    arena.signal("go")
    for thread in threads:
        thread.join(30)
    assert len(woken) == 20


@pytest.mark.parametrize("wait", ["arena.wait('never')", "arena.wait_value('never', 9, timeout=1000)"])
def test_ctrl_c_ends_a_wait(script, wait):
    """Also if another thread gets the system's signal: the waiting thread checks for it between naps."""
    for receiver in ("main.ident", "threading.get_ident()"):
        script(
            f"""
            import lina, pathlib, signal, threading, time
            arena = lina.Arena.create(None, 1 << 16)
            main = threading.main_thread()
            def is_asleep():
                stat = pathlib.Path(f"/proc/self/task/{{main.native_id}}/stat").read_text()
                return stat.rpartition(") ")[2][0] == "S"
            def interrupt():
                seen = 0
                while seen < 10:  # then it is in its wait
                    time.sleep(0.02)
                    seen = seen + 1 if is_asleep() else 0
                signal.pthread_kill({receiver}, signal.SIGINT)
            thread = threading.Thread(target=interrupt)
            try:
                thread.start()
                {wait}
                raise AssertionError
            except KeyboardInterrupt:
                pass
            thread.join()
            arena.signal("usable")
            """
        )


def test_a_python_handler_runs_during_a_wait_and_the_wait_goes_on(arena):
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


def test_close_ends_the_waits_of_other_threads():
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


def test_a_cached_handle_is_not_used_for_another_arena(script):
    """A cached handle of the old default arena would read memory that was unmapped."""
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


def test_a_signal_may_add_more_than_one(arena):
    arena.signal("s", 3)
    arena.signal("s", n=4)
    arena.signal(name="s", n=0)
    assert arena.value("s") == 7 and arena.try_wait("s")
    for bad in (-1, 1 << 63, 1 << 70):
        with pytest.raises((OverflowError, lina.InvalidError), match='signal "s"'):
            arena.signal("s", bad)
    with pytest.raises(TypeError):
        arena.signal("s", 1.5)
    arena.signal("s", (1 << 63) - 1 - 7)
    with pytest.raises(lina.InvalidError, match='"s"'):
        arena.signal("s", 1)
    assert arena.value("s") == (1 << 63) - 1


def test_a_removed_signal_is_like_one_that_was_never_used(arena):
    for turn in range(200):  # new signals use the places of removed ones
        name = f"job {turn}"
        arena.signal(name)
        for _ in range(20):  # after some looks by name, they are by handle
            assert arena.try_wait(name) and arena.value(name) == 1
        arena.remove_signal(name)
        for _ in range(5):
            assert not arena.try_wait(name) and arena.value(name) == 0
        arena.clear(name)
        with pytest.raises(KeyError, match=f'"{name}"'):
            arena.remove_signal(name)
    assert arena.info()["signals"] == 0


def test_a_signal_that_is_made_again_is_a_new_one(arena):
    for turn in range(1, 5):
        arena.signal("s", turn)
        assert arena.value("s") == turn and arena.try_wait("s")
        arena.clear("s")
        assert not arena.try_wait("s")
        arena.wait_value("s", turn)
        arena.remove_signal("s")
    arena.signal("other")
    arena.signal("s")
    assert arena.value("s") == arena.value("other") == 1


def test_removing_a_signal_by_another_handle_is_noticed(arena):
    with lina.Arena.attach(f"fd:{arena.fileno()}") as other:
        for turn in range(1, 100):
            arena.signal("s", turn)
            other.remove_signal("s")
            assert arena.value("s") == 0 and arena.try_wait("s") is False
            other.signal(f"fills the place {turn}", 7)
            assert arena.value("s") == 0
            arena.signal("s")
            assert other.value("s") == 1
            arena.remove_signal("s")


def test_removing_a_signal_ends_the_waits_for_it(arena):
    ended = []

    def wait(how):
        try:
            how()
        except KeyError:
            ended.append(how)

    hows = [
        lambda: arena.wait("s", 60),
        lambda: arena.wait_value("s", 5),
        lambda: arena.wait_any(["t", "s"], 60),
    ]
    threads = [threading.Thread(target=wait, args=(how,)) for how in hows]
    for thread in threads:
        thread.start()
    while arena.info()["signals"] < 2 or not all(thread.is_alive() for thread in threads):
        time.sleep(0.001)
    time.sleep(0.05)
    arena.remove_signal("s")
    for thread in threads:
        thread.join(30)
    assert len(ended) == 3


def test_waiting_for_any_of_several_gives_the_name_of_the_first(arena):
    arena.signal("b")
    assert arena.wait_any(["a", "b"]) == "b"
    arena.signal("a")
    assert arena.wait_any(["a", "b"], timeout=1) == "a" == arena.wait_any(("a",)) == arena.wait_any(iter("a"))
    assert arena.wait_any([("a", 2), ("b", 1)]) == "b" == arena.wait_any([("a", 2), ("b", None)])
    threading.Timer(0.05, arena.signal, ("c",)).start()
    assert arena.wait_any([("a", 2), "c"], timeout=30) == "c"
    with pytest.raises(TimeoutError):
        arena.wait_any([("a", 2), ("b", 2)], 0.01)
    with pytest.raises(ZeroDivisionError):
        interrupted(lambda: arena.wait_any([("a", 2)]))


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([], lina.InvalidError),
        ([f"s{i}" for i in range(65)], lina.InvalidError),
        ([""], lina.InvalidError),
        ("ab", TypeError),
        (None, TypeError),
        ([1], TypeError),
        ([("a", 1, 2)], TypeError),
        ([("a", 1.5)], TypeError),
        ([("a", -1)], OverflowError),
        ([("a", 1 << 63)], OverflowError),
    ],
)
def test_a_wait_for_none_or_too_many_signals_is_refused(arena, names, kind):
    with pytest.raises(kind):
        arena.wait_any(names, 0.01)


def test_a_call_that_leaves_during_close_does_not_let_it_return_early(arena):
    for _ in range(100):
        other = lina.Arena.attach(f"fd:{arena.fileno()}")

        def wait(other=other):
            with contextlib.suppress(lina.ClosedError, TimeoutError):
                other.wait("never", 0.002)

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.001)
        other.close()
        assert arena.info()["members"] == 1
        thread.join(30)


def test_close_returns_when_the_waiters_have_left(arena):
    other = lina.Arena.attach(f"fd:{arena.fileno()}")
    waits = [
        lambda: other.wait("never"),
        lambda: other.wait_value("never", 1),
        lambda: other.wait_any(["never"]),
    ]

    def wait(how):
        with contextlib.suppress(lina.ClosedError):
            how()

    threads = [threading.Thread(target=wait, args=(how,)) for how in waits]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    other.close()
    assert arena.info()["members"] == 1
    for thread in threads:
        thread.join(30)
