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
