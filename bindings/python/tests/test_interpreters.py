"""Subinterpreters, shutdown with live views, one core library for Python and C, and other Pythons."""

import pathlib
import subprocess
import sys
import sysconfig

import pytest
from conftest import BUILD, ROOT


def pythons():
    """The other CPythons on this machine, from 3.11 on."""
    listed = subprocess.run([ROOT / "script/pythons"], capture_output=True, text=True, check=True).stdout
    return [tuple(line.split(" ", 1)) for line in listed.splitlines()]


NO_STABLE_ABI = pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="no other CPython loads the extension of a free-threaded one",
)


@NO_STABLE_ABI
@pytest.mark.parametrize(("version", "python"), pythons())
def test_the_same_extension_serves_other_pythons(version, python):
    """The stable ABI: one file, no NumPy needed."""
    here = pathlib.Path(__file__).parent
    done = subprocess.run(
        [python, str(here / "without_numpy.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "fine\n"


def test_it_works_without_numpy_in_this_python(script):
    here = pathlib.Path(__file__).parent
    assert script((here / "without_numpy.py").read_text()) == "fine\n"


def test_subinterpreters_share_the_arena_and_not_the_module(script):
    script(
        """
        import lina
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        lina.init_arena(1 << 16)
        x = lina.create_array("x", "i64", 2)
        for turn in range(10):
            other = interpreters.create()
            interpreters.run_string(other, '''if True:
                import lina
                x = lina.array("x")
                x[0] += 1
                kept = memoryview(x), lina.buffer("x"), lina.LinaError
                lina.signal("s")
                try:
                    lina.array("none")
                except lina.NotFoundError:
                    x[1] += 1
            ''')
            interpreters.destroy(other)
        assert x.tolist() == [10, 10] and lina.value("s") == 10
        lina.remove("x")
        del x
        assert lina.info()["held"] == 0, "the other interpreters' views were released"
        lina.check()
        """
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before 3.12 all interpreters share one GIL")
def test_interpreters_with_a_gil_each_work_at_the_same_time(script):
    """They share None and small ints, whose reference counts must not be corrupted."""
    script(
        """
        import lina, threading
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        lina.init_arena(1 << 20)
        x = lina.create_array("x", "i64", 4)
        code = '''if True:
            import lina
            lina.signal("here")
            lina.wait_value("here", 4)
            for turn in range(20000):
                x = lina.array("x")
                x[ME] += 1
                kept = [memoryview(x), x[1:], x.tolist(), None, True, lina.try_wait("s"), lina.value("s")]
                with lina.loan("y%d" % ME, "u8", (2, turn % 7)) as y:
                    y[:] = 1
                try:
                    lina.wait("never", 0)
                except TimeoutError:
                    lina.signal("s")
        '''
        def work(me):
            other = interpreters.create()
            interpreters.run_string(other, code.replace("ME", str(me)))
            interpreters.destroy(other)
        threads = [threading.Thread(target=work, args=(me,)) for me in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert x.tolist() == [20000] * 4 and lina.value("s") == 80000
        assert lina.info()["held"] == 0
        lina.check()
        """
    )


@NO_STABLE_ABI
def test_the_interpreter_counts_all_references():
    """The extension must not free objects by counts that were inlined into it: see src/refcount.h."""
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", str(BUILD / "lina/_lina.abi3.so")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Py_DecRef" in symbols and "_Py_Dealloc" not in symbols


def test_views_may_be_alive_at_exit(script):
    script(
        """
        import lina, numpy as np, sys, threading
        lina.init_arena(1 << 16)
        x = lina.create_array("x", "f64", 4)
        kept = [np.asarray(x), memoryview(x), x[1:], lina.buffer("x"), iter(x), lina.loan("y", "u8", 4)]
        cycle = [x]; cycle.append(cycle)
        sys.kept = kept
        arena = lina.Arena.create(None, 1 << 16)
        class Late:
            def __del__(self, lina=lina, x=x):
                assert x[0] == 0.0
        late = Late(); late.me = late
        threading.Thread(target=lina.wait, args=("never",), daemon=True).start()
        """
    )


def test_a_memoryview_outlives_shutdown(script):
    script(
        """
        import lina
        lina.init_arena(1 << 16)
        lina.create_array("x", "i64", 3)
        mv = lina.buffer("x").cast("q")
        lina.shutdown()
        mv[2] = 5
        assert mv.tolist() == [0, 0, 5]
        """
    )


def test_the_library_is_shared_with_a_program_that_has_it_already(script):
    """A process has one liblina_core: C and Python have the same default arena."""
    script(
        """
        import ctypes, sys
        core = ctypes.CDLL(sys.argv[1])
        core.lina_init()
        assert core.lina_alloc_shared_memory(ctypes.c_size_t(1 << 16)) == 0
        core.lina_signal(b"from C")
        import lina
        assert lina.try_wait("from C")
        lina.signal("from Python")
        assert core.lina_try_wait(b"from Python") == 1
        lina.shutdown()
        assert core.lina_try_wait(b"from Python") == 1, "Python's shutdown is not C's"
        core.lina_shutdown()
        libraries = {line.split()[-1] for line in open("/proc/self/maps") if "liblina_core" in line}
        assert len(libraries) == 1, libraries
        """,
        str(BUILD / "liblina_core.so.1"),
    )


def test_the_standalone_example_runs_as_written():
    done = subprocess.run(
        [sys.executable, "examples/standalone_python.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "'generation': 1" in done.stdout and "sum 272.0" in done.stdout
