"""Arenas at the exit of a program, in its workers, by several handles, and with few descriptors left."""

import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lina

DAEMONS = {
    "waits": "lina.wait('never')",
    "waits for any": "lina.wait_any(['never', 'neither'])",
    "waits in slices": "[lina.try_wait('s') or time.sleep(1) for _ in iter(int, 1)]",
    "waits by handle": "other = lina.Arena.attach(sys.argv[1]); other.wait('never')",
    "holds a view": "x = np.asarray(lina.array('x')); time.sleep(60)",
}


@pytest.mark.parametrize("daemon", DAEMONS.values(), ids=DAEMONS)
def test_a_normal_exit_removes_a_temporary_name(script, shm, daemon):
    script(
        f"""
        import lina, numpy as np, sys, threading, time
        lina.init_arena(1 << 16, sys.argv[1], temporary=True)
        kept = np.asarray(lina.create_array("x", "f64", 4)), lina.buffer("x"), lina.loan("y", "u8", 1)
        sys.kept = kept
        def daemon():
            lina.signal("here")
            {daemon}
        threading.Thread(target=daemon, daemon=True).start()
        lina.wait("here")
        time.sleep(0.1)
        """,
        shm,
    )
    with pytest.raises(KeyError):
        lina.inspect(shm)


def test_exit_handlers_can_still_use_the_arena(script):
    script(
        """
        import atexit
        atexit.register(lambda: (lina.signal("late"), lina.array("x")))
        import lina
        lina.init_arena(1 << 16)
        x = lina.create_array("x", "u8", 1)
        class Late:
            def __del__(self, lina=lina):
                lina.signal("later")
                assert lina.value("later") == 1
        late = Late(); late.me = late
        """
    )


def test_a_forked_child_that_inherits_waits_leaves_at_once(script, shm):
    script(
        """
        import lina, os, sys, threading, time
        lina.init_arena(1 << 16, sys.argv[1], temporary=True)
        threading.Thread(target=lina.wait, args=("never",), daemon=True).start()
        time.sleep(0.1)
        if (child := os.fork()) == 0:
            lina.signal("child")  # a member of its own
            assert lina.info()["members"] == 2
            lina.shutdown()  # does not wait for the parent's thread, which the child does not have
            try:
                lina.signal("child")
            except lina.ClosedError:
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert lina.value("child") == 1 and lina.info()["members"] == 1
        """,
        shm,
    )


def test_shutdown_returns_when_the_waiters_have_left(script, shm):
    script(
        """
        import lina, sys, threading, time
        lina.init_arena(1 << 16, sys.argv[1], temporary=True)
        ended = []
        def wait():
            try:
                lina.wait("never")
            except lina.ClosedError:
                ended.append(1)
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        lina.shutdown()
        try:
            lina.inspect(sys.argv[1])
        except KeyError:
            pass
        else:
            raise AssertionError("the name is still there")
        thread.join()
        assert ended == [1]
        """,
        shm,
    )


def test_a_subinterpreter_that_only_imports_lina_holds_nothing(script, shm):
    script(
        """
        import lina, sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        lina.init_arena(1 << 16, sys.argv[1], temporary=True)
        other = interpreters.create()
        interpreters.run_string(other, "import lina; Arena = lina.Arena")
        lina.shutdown()
        try:
            lina.inspect(sys.argv[1])
        except KeyError:
            pass
        else:
            raise AssertionError("the other interpreter keeps it")
        interpreters.destroy(other)
        """,
        shm,
    )


def test_an_import_alone_joins_nothing(script, shm):
    with lina.Arena.create(shm, 1 << 16) as arena:
        script(
            """
            import lina, sys
            assert lina.inspect(sys.argv[1])["members"] == 1
            lina.signal("s")
            assert lina.info()["members"] == 2
            """,
            shm,
            env={"LINA_ARENA": shm},
        )
        assert arena.try_wait("s")


WORKER = """
import lina, multiprocessing, sys
import numpy as np

def work(x):
    lina.signal("done", int(np.asarray(x)[0]))  # in the default arena, which is the arena of x
    return lina.array("x").tolist() + [x.arena is lina.array("x").arena]

if __name__ == "__main__":
    lina.init_arena(1 << 16, sys.argv[2] or None)
    x = lina.create_array("x", "i64", 2)
    x[:] = [5, 6]
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        assert pool.map(work, [x]) == [[5, 6, True]]
    assert lina.value("done") == 5
"""


@pytest.mark.parametrize("named", [False, True], ids=["anonymous", "named"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_the_first_arena_that_a_worker_gets_is_its_default(tmp_path, shm, method, named):
    program = tmp_path / "program.py"
    program.write_text(WORKER)
    subprocess.run([sys.executable, str(program), method, shm if named else ""], check=True, timeout=60)


def test_without_a_default_arena_the_error_says_that_an_array_has_its_own(arena, script):
    script(
        """
        import lina
        try:
            lina.signal("s")
        except lina.NotReadyError as error:
            assert "x.arena.signal" in str(error)
        else:
            raise AssertionError
        """
    )


@pytest.mark.parametrize("form", ["array", "slice", "memoryview", "ndarray"])
def test_assigning_through_a_second_handle_gives_the_result_of_a_copy(arena, form):
    x = arena.create_array("x", "i64", 12)
    with lina.Arena.attach(f"fd:{arena.fileno()}") as other:
        y = other.array("x")
        assert np.asarray(x).ctypes.data != np.asarray(y).ctypes.data
        cases = [
            (slice(1, None), slice(None, -1)),
            (slice(None, -1), slice(1, None)),
            (slice(None), slice(None, None, -1)),
        ]
        for to, source in cases:
            np.asarray(x)[:] = np.arange(12)
            expected = np.arange(12)
            expected[to] = np.arange(12)[source]
            part = y[source]
            x[to] = {
                "array": part,
                "slice": part[:],
                "memoryview": memoryview(part),
                "ndarray": np.asarray(part),
            }[form]
            assert x.tolist() == expected.tolist(), (to, source)


def test_assigning_from_the_same_offset_of_another_arena_is_right(arena):
    x = arena.create_array("x", "i64", 4)
    with lina.Arena.create(None, 1 << 16) as other:
        y = other.create_array("x", "i64", 4)
        y[:] = [1, 2, 3, 4]
        x[1:] = y[:-1]
        assert x.tolist() == [0, 1, 2, 3] and y.tolist() == [1, 2, 3, 4]


def test_pickling_and_asyncio_need_no_descriptor(script):
    script(
        """
        import asyncio, lina, os, pickle, resource
        lina.init_arena(1 << 16)
        x = lina.create_array("x", "u8", 4)
        async def main():
            lina.signal("s")
            await lina.wait_async("s", timeout=-1)
            resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 1,) * 2)
            fillers = []
            try:
                while True:
                    fillers.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                pass
            data = pickle.dumps(x)
            assert pickle.loads(data).tolist() == [0] * 4
            await lina.wait_async("s", timeout=0)
            lina.DType("f64"), repr(x), lina.list()
        asyncio.run(main())
        """
    )


@pytest.mark.parametrize(
    "name", [b"plain", "Grüße".encode(), b"latin-\xe9\xff"], ids=["ascii", "utf-8", "neither"]
)
def test_a_path_may_be_of_any_type_that_python_has_for_paths(tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), name)
    text = os.fsdecode(path)
    with lina.Arena.create(pathlib.Path(text), 1 << 16) as arena:
        arena.create_array("x", "u8", 1)[0] = 7
        assert os.path.exists(path) and arena.info()["where"] == f"file:{text}"
        for where in (pathlib.Path(text), f"file:{text}", b"file:" + path, Pathlike(path), Pathlike(text)):
            with lina.Arena.attach(where) as other:
                assert other.array("x")[0] == 7
            assert lina.inspect(where)["arrays"] == 1
        assert pickle.loads(pickle.dumps(arena)) is arena
        assert "lina.Arena" in repr(arena)
    lina.unlink(pathlib.Path(text))
    assert not os.path.exists(path)
    for bad in (1, None, 1.5, ["x"]):
        with pytest.raises(TypeError):
            lina.Arena.attach(bad)
    for bad in ("shm:a\0b", b"file:/tmp/a\0b"):
        with pytest.raises(ValueError):
            lina.Arena.attach(bad)


class Pathlike:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path
