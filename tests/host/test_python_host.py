"""`lina.host.run`: a Python program that runs scripts of other languages inside itself."""

import subprocess
import sys

import pytest
from running import BUILD, TIMEOUT, environment

pytestmark = pytest.mark.skipif(
    not (BUILD / "host/liblina_host.so.1").exists() or not (BUILD / "lina").exists(),
    reason="liblina_host or the Python binding was not built",
)


def python(text, **more):
    return subprocess.run(
        [sys.executable, "-c", "import lina, lina.host\nlina.init_arena(1 << 20)\n" + text],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**environment(), "PYTHONPATH": str(BUILD), **more},
    )


def test_scripts_of_two_languages_run_on_the_arrays_of_a_python_program(script):
    julia = script("a.jl", 'using Lina\nLina.array("x")[1] = 2\nLina.signal("julia")\n')
    lua = script("b.lua", "local lina = require 'lina'\nlina.wait('julia')\nlina.array('x')[2] = 3\n")
    done = python(
        f"x = lina.create_array('x', 'i64', 2)\nlina.host.run({str(julia)!r}, {str(lua)!r})\nprint(list(x))\n"
        f"lina.host.run({str(lua)!r})\nprint('again')\n"
    )
    assert done.returncode == 0 and done.stdout == "[2, 3]\nagain\n", done


def test_each_script_begins_in_the_folder_in_which_it_was_started(script, tmp_path):
    (tmp_path / "data").mkdir()
    script("a.jl", 'println("outer")\ncd("/")\n')
    script("data/a.jl", 'println("inner ", isfile("a.jl"))\n')
    done = python(
        f"import os\nos.chdir({str(tmp_path)!r})\nlina.host.run('a.jl')\nlina.host.run('a.jl')\n"
        "os.chdir('data')\nlina.host.run('a.jl')\n"
    )
    assert (done.returncode, done.stdout) == (0, "outer\nouter\ninner true\n"), done


def test_a_script_that_fails_stops_the_others_and_raises(script):
    bad, waits = script("a.lua", "os.exit(3)\n"), script("b.lua", "require('lina').wait('never')\n")
    done = python(
        f"try:\n    lina.host.run({str(bad)!r}, {str(waits)!r})\nexcept lina.host.ScriptError as error:\n"
        "    print(error.script.endswith('a.lua'), error.status, error)\n"
    )
    assert done.returncode == 0 and "True 3 " in done.stdout, done
    assert "a.lua failed with exit status 3" in done.stdout


def test_a_script_that_cannot_be_started_raises_an_error_that_says_why(script, tmp_path):
    for path, told in (
        (tmp_path / "absent.lua", "No such file"),
        (script("a.py", ""), "runs Python already"),
        (script("a.txt", ""), "the extension is none of .py"),
    ):
        done = python(f"lina.host.run({str(path)!r})")
        assert done.returncode == 1 and told in done.stderr.splitlines()[-1], done


def test_a_language_can_be_prepared_before_the_scripts_of_others(script):
    absent = script("a.jl", 'println("julia ran")\n')
    done = python(
        f"lina.host.prepare('julia')\nlina.host.prepare('lua')\nlina.host.run({str(absent)!r})\n"
        "for language in ('fortran', 'python'):\n"
        "    try: lina.host.prepare(language)\n"
        "    except lina.LinaError as error: print(type(error).__name__)\n"
    )
    assert (done.returncode, done.stdout) == (0, "julia ran\nLinaError\nInvalidError\n"), done


def test_a_path_may_be_bytes_and_has_no_null_byte(script):
    path = script("a.lua", "print('lua ran')\n")
    done = python(
        f"lina.host.run({bytes(path)!r})\n"
        "try: lina.host.run('a.lua\\0b')\nexcept ValueError as error: print(error)\n"
    )
    assert (done.returncode, done.stdout) == (0, "lua ran\nembedded null byte\n"), done


def test_a_missing_library_says_what_to_do(tmp_path):
    done = python("lina.host.run('a.lua')", LINA_HOST=str(tmp_path / "absent.so"))
    assert done.returncode == 1 and "install it, or name it by LINA_HOST" in done.stderr, done
