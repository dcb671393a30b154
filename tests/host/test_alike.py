"""`lina run` with odd names and closed streams, and what embedded scripts share with ordinary ones."""

import os

import pytest
from running import BOTH, LINA, environment, lina, needs_command

pytestmark = needs_command


@BOTH
@pytest.mark.parametrize(
    "name, text",
    [
        ("a.py", "print('up')\n"),
        ("b.jl", 'println("up")\n'),
        ("c.lua", "print('up')\n"),
    ],
)
def test_a_script_runs_whose_name_is_not_utf8(script, how, name, text):
    path = script("caf\udce9 " + name, text)
    done = lina("run", how, os.fsencode(path).decode("utf-8", "surrogateescape"), errors="surrogateescape")
    assert done.status == 0 and done.out == "up\n", done


@BOTH
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_of_the_command_is_an_empty_one(script, tmp_path, how, closed):
    """Otherwise the arena or a pipe would get its descriptor."""
    text = (
        "import lina, sys\nfor stream in sys.stdout, sys.stderr:\n    print('x' * 10000, file=stream)\n"
        "lina.create_array('x', 'u8', 4)\nopen('seen', 'w').write(sys.stdin.read() + str(len(lina.list())))\n"
    )
    shell = ("sh", "-c", f'exec "$@" {closed}', "sh", LINA)
    done = lina("run", how, script("a.py", text), program=shell, cwd=tmp_path)
    assert done.status == 0 and (tmp_path / "seen").read_text() == "1", done
