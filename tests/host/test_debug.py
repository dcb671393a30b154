"""`lina run --debug` and `--prefix`: a script runs under a debugger, which gets the terminal."""

import json
import re
import signal
import socket
import struct
import urllib.request

import pytest
from running import (
    TIMEOUT,
    environment,
    finish,
    lina,
    needs_command,
    needs_java,
    needs_node,
    read_until,
    start,
)

pytestmark = needs_command


@pytest.fixture
def no_debugpy(script):
    """An environment in which Python finds no debugpy, even if it is installed."""
    folder = script("debugpy.py", "raise ImportError\n").parent
    return {**environment(), "PYTHONPATH": str(folder)}


def test_a_python_script_is_debugged_at_the_prompt_of_pdb(script, no_debugpy, terminal):
    waits = script("b.py", "import lina\nlina.wait('seen')\nprint('b ends')\n")
    text = "import lina\nx = 6\nlina.signal('seen')\n"
    screen = terminal("run", "--debug", "a.py", script("a.py", text), waits, env=no_debugpy)
    screen.read_until("(Pdb) ")
    # Ctrl-C goes to the debugger, and stops nothing. Python loses one that comes just before it reads a line.
    screen.type_until("\x03", "KeyboardInterrupt")
    screen.type("next\nnext\np 7 * x\n")
    screen.read_until("42")
    screen.type("next\n")
    screen.read_until("b ends")
    screen.type("q\n")
    assert screen.read_all() == 0, screen.shown


def test_pdb_without_a_terminal_is_refused_with_the_remedy(script, no_debugpy):
    done = lina("run", "--debug", "a.py", script("a.py", ""), env=no_debugpy)
    assert done.status == 2 and "has no debugpy (pip install debugpy)" in done.err, done


def test_debugpy_is_preferred_where_it_is_installed(script):
    folder = script("debugpy.py", "").parent
    done = lina(
        "run",
        "--dry-run",
        "--debug",
        "a.py:4711",
        script("a.py", ""),
        env={**environment(), "PYTHONPATH": str(folder)},
    )
    assert f"-m debugpy --listen 127.0.0.1:4711 --wait-for-client {folder}/a.py" in done.out, done


@needs_node
def test_nodes_inspector_shows_the_script_that_is_debugged(script):
    run = start("run", "--debug", "d.js:0", script("d.js", "setInterval(() => {}, 1000)\n"))
    while not (found := re.search(r"ws://(127.0.0.1:\d+)/", run.stderr.readline())):
        assert run.poll() is None
    with urllib.request.urlopen(f"http://{found[1]}/json/list", timeout=TIMEOUT) as answer:
        assert json.load(answer)[0]["url"].endswith("/d.js")
    run.send_signal(signal.SIGTERM)
    assert finish(run).status == 128 + signal.SIGTERM


RESUME = struct.pack(">IIBBB", 11, 1, 0, 1, 9)  # JDWP: length, id, flags, VirtualMachine, Resume


@needs_java
def test_a_java_script_waits_for_a_debugger_by_jdwp(script):
    text = 'class E { public static void main(String[] a) { System.out.println("resumed"); } }\n'
    run = start("run", "--debug", "E.java:0", script("E.java", text))
    port = int(re.search(r"dt_socket at address: (\d+)", read_until(run, "dt_socket")[-1])[1])
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as debugger:
        debugger.sendall(b"JDWP-Handshake")
        assert debugger.recv(14, socket.MSG_WAITALL) == b"JDWP-Handshake"
        # The JVM sends its start event once it has suspended itself. A Resume before that does nothing.
        length, _, _, *command = struct.unpack(">IIBBB", debugger.recv(11, socket.MSG_WAITALL))
        assert command == [64, 100]  # Event, Composite
        debugger.recv(length - 11, socket.MSG_WAITALL)
        debugger.sendall(RESUME)
        read_until(run, "resumed")
    assert finish(run).status == 0


@pytest.mark.parametrize("name", ["b.jl", "b.lua"])
def test_a_language_without_a_known_debugger_is_refused_with_advice(script, name):
    done = lina("run", "--debug", name, script(name, ""))
    assert done.status == 2 and f"--prefix {name}='gdb --args'" in done.err, done


def test_a_prefix_starts_the_script_by_another_program(script):
    done = lina(
        "run",
        "--prefix",
        "a.py=env GREETING=hello",
        script("a.py", "import os\nprint(os.environ['GREETING'])\n"),
        script("b.lua", ""),
    )
    assert done.status == 0 and done.out == "a.py  | hello\n", done


@pytest.mark.parametrize(
    "words, told",
    [
        (["--debug", "c.py"], "--debug c.py: there is no such script"),
        (["--debug", "a.py:x"], "a number is missing"),
        (["--prefix", "a.py="], "write NAME=PROGRAM"),
        (
            ["--prefix", "a.py=env", "--stdin", "b.lua"],
            "only one script can have the terminal, and b.lua has it",
        ),
        (["--prefix", "a.py=env", "--embed"], "a.py cannot be embedded (--embed): --debug or --prefix"),
    ],
)
def test_a_mistake_with_a_debugger_is_named(script, words, told):
    done = lina("run", *words, script("a.py", ""), script("b.lua", ""))
    assert done.status == 2 and told in done.err, done
