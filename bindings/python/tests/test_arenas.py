"""Arenas, the default one and others: making, joining, sharing and leaving them."""

import gc
import os
import subprocess
import sys
import weakref

import pytest

import lina


def test_a_named_arena_is_joined_by_its_name(shm):
    with lina.Arena.create(shm, 1 << 20) as one:
        one.create_array("a", "i64", 3)[:] = [1, 2, 3]
        with lina.Arena.attach(shm) as two:
            assert two.array("a").tolist() == [1, 2, 3]
            two.array("a")[1] = 20
            assert one.array("a")[1] == 20
            assert one.info()["members"] == 2
        assert one.info()["where"] == shm


def test_a_file_keeps_its_arrays_over_a_restart(tmp_path):
    where = f"file:{tmp_path / 'weather'}"
    with lina.Arena.create(where, 1 << 16) as arena:
        arena.create_array("a", "f64", 2)[:] = [1.5, 2.5]
    with lina.Arena.attach(where) as arena:
        assert arena.array("a").tolist() == [1.5, 2.5]


def test_a_descriptor_is_enough_to_join_an_anonymous_arena(arena):
    arena.create_array("a", "u8", 1)
    with lina.Arena.attach(f"fd:{arena.fileno()}") as other:
        other.array("a")[0] = 5
        other.signal("s")
    assert arena.array("a")[0] == 5 and arena.try_wait("s")


def test_a_program_that_inherits_the_descriptor_finds_the_arena_by_itself(script):
    """As under `lina run`: LINA_ARENA names the arena, and the script needs no set-up."""
    with lina.Arena.create(None, 1 << 16, inherit=True) as arena:
        arena.create_array("input", "i64", 1)[0] = 20
        code = "import lina; lina.array('input')[0] += 1; lina.signal('done')"
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "LINA_ARENA": f"fd:{arena.fileno()}"},
            pass_fds=[arena.fileno()],
            check=True,
            timeout=60,
        )
        assert arena.array("input")[0] == 21 and arena.try_wait("done")


def test_the_first_call_that_needs_an_arena_reports_a_wrong_lina_arena(script):
    script(
        """
        import lina
        for call in (lina.list, lambda: lina.array("a"), lambda: lina.signal("s")):
            try:
                call()
            except KeyError as error:
                assert error.code == "NOT_FOUND" and "LINA_ARENA" in str(error), error
                assert "shm:there-is-none" in str(error)
            else:
                raise AssertionError
        lina.init_arena(1 << 16)
        assert lina.list() == []
        """,
        env={"LINA_ARENA": "shm:there-is-none"},
    )


def test_without_an_arena_each_call_says_how_to_get_one(script):
    script(
        """
        import lina
        for call in (lina.list, lina.info, lina.fileno, lambda: lina.array("a"),
                     lambda: lina.create_array("a", "u8", 1), lambda: lina.wait("s", 1),
                     lambda: lina.try_wait("s"), lambda: lina.loan("a", "u8", 1)):
            try:
                call()
            except lina.NotReadyError as error:
                assert "lina.init_arena" in str(error) and isinstance(error, RuntimeError)
            else:
                raise AssertionError
        """
    )


def test_the_module_functions_are_those_of_the_default_arena(script, shm):
    script(
        """
        import lina, sys
        lina.init_arena(1 << 20, sys.argv[1], temporary=True)
        try:
            lina.init_arena(1 << 20)
        except lina.ExistsError:
            pass
        x = lina.create_array("a", "f64", (2, 2), order="F")
        lina.alias("column", x[:, 0])
        with lina.Arena.attach(sys.argv[1]) as other:
            other.array("column")[1] = 4.0
            other.signal("s")
        lina.wait("s", timeout=1)
        assert x[1, 0] == 4.0
        assert lina.inspect(sys.argv[1])["arrays"] == 2
        lina.shutdown()
        assert x[1, 0] == 4.0, "views outlive the arena"
        lina.shutdown()
        """,
        shm,
    )
    with pytest.raises(FileNotFoundError):
        lina.Arena.attach(shm)


def test_after_shutdown_a_new_default_arena_can_be_made(script):
    script(
        """
        import lina
        for turn in range(50):
            lina.init_arena(1 << 16)
            lina.create_array("a", "u8", 1)[0] = turn
            kept = lina.buffer("a")
            lina.shutdown()
            assert kept[0] == turn
            try:
                lina.array("a")
            except ValueError as error:
                assert error.code == "CLOSED"
            else:
                raise AssertionError
        """
    )


def test_a_temporary_arena_is_removed_at_exit_without_a_close(script, shm):
    script(
        """
        import lina, sys
        lina.init_arena(1 << 16, sys.argv[1], temporary=True)
        kept = lina.create_array("a", "u8", 1)
        """,
        shm,
    )
    script(
        """
        import lina, sys
        arena = lina.Arena.create(sys.argv[1], 1 << 16, temporary=True)
        view = arena.create_array("a", "u8", 1)
        """,
        shm,
    )
    with pytest.raises(FileNotFoundError):
        lina.inspect(shm)


def test_an_orphan_can_be_inspected_replaced_and_unlinked(shm):
    lina.Arena.create(shm, 1 << 16).close()
    assert lina.inspect(shm)["orphan"] is True
    with pytest.raises(FileExistsError, match=r"exist_ok=True .*replace=True .*lina\.unlink$"):
        lina.Arena.create(shm, 1 << 16)
    with lina.Arena.create(shm, 1 << 17, replace=True) as arena:
        with pytest.raises(FileExistsError, match=r"with 1 members: attach to it, or pass exist_ok=True$"):
            lina.Arena.create(shm, 1 << 16)
        assert lina.inspect(shm)["orphan"] is False
        assert arena.info()["size"] == 1 << 17
        with pytest.raises(lina.BusyError):
            lina.unlink(shm)
    lina.unlink(shm)
    with pytest.raises(KeyError):
        lina.inspect(shm)


@pytest.mark.parametrize("where", ["", "shm:", "shm:a/b", "file:", "fd:x", "fd:-1", "weather"])
def test_an_impossible_place_is_refused(where):
    with pytest.raises(lina.LinaError):
        lina.Arena.attach(where)


def test_limits_and_sizes_are_checked(shm):
    for size in (0, -1, 1 << 60, 1 << 70):
        with pytest.raises((ValueError, OverflowError, MemoryError)):
            lina.Arena.create(None, size)
    with pytest.raises(lina.LinaError):
        lina.Arena.create(None, 1 << 16, max_members=100_000)
    with pytest.raises(TypeError):
        lina.Arena.create(None, 1.5)
    with lina.Arena.create(None, 1 << 16, max_arrays=32, max_signals=8, max_members=2) as arena:
        info = arena.info()
        assert (info["max_arrays"], info["max_signals"], info["max_members"]) == (32, 8, 2)


def test_only_create_and_attach_make_an_arena():
    with pytest.raises(TypeError):
        lina.Arena()
    with pytest.raises(TypeError):
        lina.Array()


def test_each_arena_has_its_own_arrays_and_signals(arena):
    with lina.Arena.create(None, 1 << 16) as other:
        arena.create_array("a", "u8", 1)
        arena.signal("s")
        assert other.list() == [] and other.value("s") == 0


def test_a_forgotten_arena_is_closed(arena):
    for _ in range(100):
        lina.Arena.attach(f"fd:{arena.fileno()}")
    assert arena.info()["members"] == 1


def test_an_argument_may_close_the_arena():
    class Closing:
        def __init__(self, arena):
            self.arena = arena

        def __index__(self):
            self.arena.close()
            return 1

    for call in (
        lambda arena, n: arena.create_array("x", "u8", n),
        lambda arena, n: arena.republish("x", "u8", (n,)),
        lambda arena, n: arena.loan("x", "u8", n),
        lambda arena, n: arena.alias("y", "x", 0, n),
    ):
        arena = lina.Arena.create(None, 1 << 16)
        with pytest.raises(lina.ClosedError):
            call(arena, Closing(arena))


def test_a_signal_handler_may_replace_the_default_arena_during_a_wait(script):
    script(
        """
        import lina, os, signal, threading
        lina.init_arena(1 << 16)
        def replace(*_):
            lina.shutdown()
            try:
                lina.init_arena(1 << 16)
            except lina.ExistsError:
                pass  # the wait still uses the old one
        signal.signal(signal.SIGUSR1, replace)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        try:
            lina.wait("never", 0.3)
        except (TimeoutError, lina.ClosedError):
            pass
        lina.signal("usable")
        """
    )


def test_an_arena_that_refers_to_its_own_arrays_is_garbage_collected():
    """As a class of a user can do. The reference cycle goes through Array and Hold."""

    class Camera(lina.Arena):
        pass

    def open_and_forget():
        camera = Camera.create(None, 1 << 16)
        camera.frame = camera.create_array("frame", "u8", 8)
        camera.rows = [camera.frame[2:], memoryview(camera.frame)]
        return weakref.ref(camera), camera.fileno()

    ref, fd = open_and_forget()
    gc.collect()
    assert ref() is None
    with pytest.raises(OSError):
        os.fstat(fd)


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_the_mode_of_an_arena_does_not_depend_on_the_umask(shm, tmp_path, mode):
    for where, path in ((shm, f"/dev/shm/lina.{shm[4:]}"), (tmp_path / "file", tmp_path / "file")):
        with lina.Arena.create(where, 1 << 16, mode=mode):
            assert os.stat(path).st_mode & 0o777 == mode


def test_a_mode_that_lets_others_only_read_is_refused(shm):
    for mode in (0o644, 0o400, 1 << 40, -1):
        with pytest.raises(lina.InvalidError, match=shm):
            lina.Arena.create(shm, 1 << 16, mode=mode)
    lina.Arena.create(shm, 1 << 16, exist_ok=True).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_arena_is_joined_only_on_request(script, shm):
    with lina.Arena.create(shm, 1 << 16, mode=0o666) as arena:
        os.chown(f"/dev/shm/lina.{shm[4:]}", 65534, 65534)
        with pytest.raises(lina.RefusedError, match=shm):
            lina.Arena.attach(shm)
        with lina.Arena.attach(shm, other_user=True) as other:
            other.signal("s")
        assert arena.try_wait("s")
        script(
            "import lina, sys; lina.attach(sys.argv[1], readonly=True, other_user=True); lina.wait('s')", shm
        )


def test_only_an_anonymous_arena_can_be_on_huge_pages(shm):
    with pytest.raises(lina.InvalidError, match="huge pages"):
        lina.Arena.create(shm, 1 << 21, huge=True)
    try:
        made = lina.Arena.create(None, 1 << 21, huge=True)
    except (lina.NoMemoryError, lina.SystemCallError):
        return  # this machine has reserved no huge pages
    with made:
        made.create_array("x", "u8", 3)[0] = 1


def test_sync_returns_when_the_disk_has_the_file(tmp_path, arena):
    with lina.Arena.create(tmp_path / "file", 1 << 16) as kept:
        kept.create_array("x", "i64", 2)[:] = [5, 6]
        kept.sync()
        assert b"\x05" + bytes(7) + b"\x06" in (tmp_path / "file").read_bytes()
    arena.sync()  # nothing to write
    with pytest.raises(lina.ClosedError):
        kept.sync()


def test_threads_that_make_the_default_arena_at_once_all_get_it(script):
    script(
        """
        import lina, threading
        start, errors = threading.Barrier(8), []
        def make():
            start.wait()
            try:
                lina.init_arena(1 << 16, exist_ok=True)
                lina.create_array("x", "u8", 3, exist_ok=True)
            except BaseException as error:
                errors.append(error)
        for turn in range(50):
            threads = [threading.Thread(target=make) for _ in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            assert not errors, errors
            assert lina.info()["arrays"] == 1
            lina.shutdown()
        """
    )
