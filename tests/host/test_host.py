"""The hosts that embed Python and Julia in one process: what they print, and how they fail."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
HOST = BUILD / "lina_host_demo"
TIMEOUT = 60  # seconds; Python and Julia take about two to start

pytestmark = pytest.mark.skipif(not HOST.exists(), reason="the host demo was not built")


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        **options,
    )


def with_scripts(folder, python, julia):
    (folder / "script.py").write_text(python)
    (folder / "script.jl").write_text(julia)
    return run(HOST, folder / "script.py", folder / "script.jl")


def test_three_languages_see_the_same_addresses_and_the_right_result():
    done = run(HOST)
    assert done.returncode == 0, done.stdout
    inputs = re.findall(r"input at (0x[0-9a-f]+)", done.stdout)
    results = re.findall(r"result at (0x[0-9a-f]+)", done.stdout)
    assert len(inputs) == 3 and len(set(inputs)) == 1, done.stdout
    assert len(results) == 3 and len(set(results)) == 1, done.stdout
    assert int(results[0], 16) - int(inputs[0], 16) == 0x80
    assert str([2.0 * (i + 1) for i in range(16)]) in done.stdout


def test_the_relief_agrees_with_numpy_and_is_drawn(tmp_path):
    picture = tmp_path / "relief.png"
    done = run(BUILD / "lina_relief", env={**os.environ, "LINA_RELIEF_PNG": str(picture)})
    assert done.returncode == 0, done.stdout
    assert re.search(r"slope: \(344, 403\), F order", done.stdout), done.stdout
    assert re.search(r"shade: \(344, 403\), F order", done.stdout), done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 50_000


def test_a_python_script_that_raises_ends_julias_wait(tmp_path):
    done = with_scripts(
        tmp_path,
        "import lina\ndef broken():\n    raise RuntimeError('no wind today')\nbroken()\n",
        'using Lina\nLina.wait("never_raised")\n',
    )
    assert done.returncode != 0
    assert "RuntimeError: no wind today" in done.stdout and "in broken" in done.stdout
    assert "never_raised" in done.stdout  # Julia's own error names the signal that it waited for


def test_a_julia_script_that_raises_ends_pythons_wait(tmp_path):
    done = with_scripts(
        tmp_path,
        "import lina\nlina.wait('never_raised')\n",
        'using Lina\nbroken() = error("no sun today")\nbroken()\n',
    )
    assert done.returncode != 0
    assert "no sun today" in done.stdout and "broken()" in done.stdout
    assert "ClosedError" in done.stdout and "never_raised" in done.stdout


@pytest.mark.parametrize("code, expected", [("0", 0), ("3", 1)])
def test_sys_exit_in_a_script_ends_the_script_and_not_the_host(tmp_path, code, expected):
    done = with_scripts(tmp_path, f"import sys\nsys.exit({code})\n", 'println("julia done")\n')
    assert done.returncode == expected, done.stdout
    assert "julia done" in done.stdout


def test_a_script_that_is_not_there_is_named(tmp_path):
    (tmp_path / "script.jl").write_text("")
    done = run(HOST, tmp_path / "absent.py", tmp_path / "script.jl")
    assert done.returncode != 0 and "absent.py" in done.stdout
