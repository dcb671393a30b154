"""The programs of examples/directions print what they should."""

import subprocess

import pytest
from running import BOTH, BUILD, ROOT, TIMEOUT, environment, lina, needs_command, needs_java, needs_node

HERE = ROOT / "examples/directions"
HOSTS = BUILD / "examples/directions"
needs_hosts = pytest.mark.skipif(not (HOSTS / "lina_answers").exists(), reason="the examples were not built")


def host(name, *scripts):
    return subprocess.run(
        [HOSTS / name, *scripts], capture_output=True, text=True, timeout=TIMEOUT, env=environment()
    )


@needs_hosts
def test_a_script_asks_its_c_host():
    done = host("lina_answers")
    assert done.returncode == 0, done
    assert sorted(done.stdout.splitlines()) == [
        "C       answered 2 times",
        "Python  0 1 2 3 4 5 6 7",
        "Python  0 2 4 6 8 10 12 14",
    ]


@needs_hosts
def test_a_script_steers_the_settings_of_a_cpp_host():
    done = host("lina_steered")
    assert done.returncode == 0, done
    lua, cpp = sorted(done.stdout.splitlines(), reverse=True)
    assert lua.startswith("Lua     energy 4.5") and lua.endswith(": brakes")
    assert cpp.endswith("turns, energy 0.0009, friction 4.9") and cpp.startswith("C++     ")


@needs_hosts
@pytest.mark.parametrize("name, script", [("lina_answers", "a.py"), ("lina_steered", "a.lua")])
def test_a_host_ends_with_the_status_of_its_script(name, script, tmp_path):
    (tmp_path / script).write_text("import sys; sys.exit(3)\n" if script == "a.py" else "os.exit(3)\n")
    assert host(name, tmp_path / script).returncode == 3


@needs_hosts
def test_a_host_starts_its_crashed_script_again_and_it_goes_on():
    done = host("lina_restarts")
    assert done.returncode == 0, done
    assert done.stdout.splitlines() == [
        "Python  begins at 0 with the sum 0",
        "C       the script was ended by signal 11",
        "Python  begins at 12 with the sum 66",
        "C       the script was ended by signal 11",
        "Python  begins at 24 with the sum 276",
        f"Python  the sum is {sum(range(30))}",
    ]


@needs_hosts
def test_a_host_gives_up_on_a_script_that_always_crashes(tmp_path):
    (tmp_path / "a.py").write_text("import os\nos.abort()\n")
    done = host("lina_restarts", tmp_path / "a.py")
    assert done.returncode == 1 and done.stdout.count("ended by signal 6") == 5, done


@needs_command
@needs_node
@BOTH
def test_node_shows_the_table_of_python(how):
    options = [how] if how == "--isolate" else []  # without libnode, Node is not embedded
    done = lina("run", *options, HERE / "make_table.py", HERE / "show_table.mjs")
    assert done.status == 0, done
    assert sorted(done.out.splitlines()) == [
        "make_table.py  | Python  totals [3.0, 3.75, 4.5, 5.25]",
        "show_table.mjs | Node    0 0.25 0.5 0.75",
        "show_table.mjs | Node    1 1.25 1.5 1.75",
        "show_table.mjs | Node    2 2.25 2.5 2.75",
    ]


@needs_command
@needs_java
@BOTH
def test_java_adds_up_the_rows_of_julias_matrix(how):
    done = lina("run", how, HERE / "matrix.jl", HERE / "Rows.java")
    assert done.status == 0, done
    assert sorted(done.out.splitlines()) == [
        "Rows.java | Java    row 0: 6.0",
        "Rows.java | Java    row 1: 60.0",
        "matrix.jl | Julia   sums [6.0, 60.0]",
    ]
