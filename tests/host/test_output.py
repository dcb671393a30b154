"""`lina run`: output whose reader is slow or gone, or that has no place."""

import json
import os
import subprocess
import time

import pytest
from running import BOTH, TIMEOUT, finish, lina, needs_command, start, until

pytestmark = needs_command

ENDLESS = "while true do print('y') end\n"


@BOTH
def test_a_reader_that_takes_nothing_does_not_keep_the_command_from_its_end(script, how):
    run = start(
        "run", how, "--timeout=1", "--grace=100ms", script("a.lua", ENDLESS), stderr=subprocess.DEVNULL
    )
    with run.stdout:
        assert run.wait(timeout=TIMEOUT) == 124


@BOTH
def test_a_script_ends_before_its_reader_has_read_and_nothing_is_lost(script, tmp_path, how):
    text = "for i = 1, 50000 do print(i) end\nio.stdout:flush()\nio.stderr:write('written\\n')\n"
    errors = tmp_path / "errors"
    with errors.open("w") as file:
        run = start("run", how, script("a.lua", text), stderr=file)
    until(lambda: errors.read_text() == "written\n", "the end of the script")
    out, _ = run.communicate(timeout=TIMEOUT)
    assert run.returncode == 0 and out == "".join(f"{i}\n" for i in range(1, 50001))


def test_output_without_end_does_not_keep_the_command_from_its_end(script, tmp_path):
    logs = f"--log-dir={tmp_path}/logs"
    done = lina("run", "--timeout=1", logs, script("a.lua", ""), "--", "yes", stdout=subprocess.DEVNULL)
    assert done.status == 124, done


@BOTH
def test_output_that_has_no_place_is_an_error(script, how):
    with open("/dev/full", "w") as full:
        done = lina("run", how, script("a.lua", "print('x')\n"), stdout=full)
    assert done.status == 1 and "the output cannot be written: No space left on device" in done.err, done


@pytest.mark.parametrize("words", [["run", "--help"], ["--version"], ["run", "--dry-run"]])
def test_help_that_has_no_place_is_an_error(script, words):
    path = [script("a.lua", "")] if "--dry-run" in words else []
    with open("/dev/full", "w") as full:
        done = lina(*words, *path, stdout=full)
    assert (done.status, done.err) == (1, "lina: the output cannot be written\n"), done


def test_a_log_that_has_no_place_is_an_error_at_the_end(script, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.lua.jsonl").symlink_to("/dev/full")
    one, other = script("a.lua", "print('x')\n"), script("b.lua", "print('y')\n")
    done = lina("run", "--log-dir", tmp_path, one, other)
    assert done.status == 1 and "a.lua | x\n" in done.out and "b.lua | y\n" in done.out, done
    assert f"--log-dir: {tmp_path}/a.lua.jsonl cannot be written: No space left on device" in done.err


@BOTH
def test_a_slow_reader_gets_all_that_a_failed_script_has_printed_in_whole_lines(script, tmp_path, how):
    failed = tmp_path / "failed"
    text = (
        "for i = 1, 50000 do print(i) end\nio.stdout:flush()\n"
        f"io.open('{failed}', 'w'):close()\nerror('the end')\n"
    )
    run = start("run", how, "--grace=100ms", script("a.lua", text), stderr=subprocess.STDOUT)
    until(failed.exists, "the failure of the script")
    time.sleep(0.5)  # more than --grace
    out, _ = run.communicate(timeout=TIMEOUT)
    lines = out.splitlines()
    assert [line for line in lines if line.isdigit()] == [str(i) for i in range(1, 50001)]
    assert run.returncode == 1 and any("a.lua:4: the end" in line for line in lines), lines[-5:]
    assert lines[-1] == "lina: a.lua failed with exit status 1"


def test_all_is_shown_of_a_pipe_that_holds_much(script):
    """The command is stopped until its script has filled the pipe and ended."""
    text = (
        "import fcntl, os, signal, time\n"
        "fcntl.fcntl(1, 1031, 1 << 20)\n"  # F_SETPIPE_SZ
        "command = os.getppid()\n"
        "if os.fork() == 0:\n"
        "    os.setsid(), os.closerange(0, 3), time.sleep(1), os.kill(command, signal.SIGCONT), os._exit(0)\n"
        "os.kill(command, signal.SIGSTOP)\n"
        "os.write(1, (b'x' * 63 + b'\\n') * 16384)\nos._exit(0)\n"
    )
    done = lina("run", "--isolate", script("a.py", text), script("b.lua", ""))
    assert done.status == 0 and done.out == ("a.py  | " + "x" * 63 + "\n") * 16384, len(done.out)


@BOTH
def test_a_line_of_a_megabyte_is_shown_whole_beside_other_scripts(script, how):
    text = "io.write(('{0}'):rep(1000000), '\\n')\n"
    done = lina("run", how, *(script(f"{name}.lua", text.format(name)) for name in "ab"))
    assert sorted(done.out.splitlines()) == [f"{name}.lua | {name * 1000000}" for name in "ab"]


@BOTH
def test_a_line_that_never_ends_is_shown_and_logged_in_pieces(script, tmp_path, how):
    one, other = script("a.lua", "io.write(('x'):rep(3000000))\n"), script("b.lua", "")
    done = lina("run", how, "--log-dir", tmp_path, one, other)
    pieces = [line.removeprefix("a.lua | ") for line in done.out.splitlines()]
    assert "".join(pieces) == "x" * 3000000 and 1 < len(pieces) < 4, [len(piece) for piece in pieces]
    logged = [json.loads(line)["line"] for line in (tmp_path / "a.lua.jsonl").read_text().splitlines()]
    assert logged == pieces


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.py", "print('name? ', end='')\nprint(open('go').readline(), end='')\n"),
        ("a.py", "import ctypes\nctypes.CDLL(None).puts(b'name?')\nprint(open('go').readline(), end='')\n"),
        ("a.jl", 'print("name? ")\nprintln(readline(open("go")))\n'),
        ("a.lua", "io.write('name? ')\nos.execute('head -n1 go >answer')\nprint(io.open('answer'):read())\n"),
    ],
)
def test_an_embedded_script_shows_a_part_of_a_line_at_once(script, tmp_path, name, text):
    os.mkfifo(tmp_path / "go")
    go = os.open(tmp_path / "go", os.O_RDWR)
    run = start("run", "--embed", "--timeout=60", script(name, text), cwd=tmp_path)
    assert os.read(run.stdout.fileno(), 6).split() == [b"name?"]
    os.write(go, b"Ann\n")
    done = finish(run)
    os.close(go)
    assert (done.status, done.out) == (0, "Ann\n"), done


def test_the_lines_of_threads_of_an_embedded_python_stay_whole(script):
    text = (
        "import threading\ndef count(name):\n    for i in range(5000): print(name, i)\n"
        "for name in 'ab': threading.Thread(target=count, args=name).start()\n"
    )
    done = lina("run", "--embed", script("a.py", text))
    assert sorted(done.out.splitlines()) == sorted(f"{name} {i}" for name in "ab" for i in range(5000))


def test_an_embedded_python_writes_all_although_signals_arrive(script):
    text = (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\nprint('x' * 20000000)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
    )
    done = lina("run", "--embed", script("a.py", text))
    assert done.status == 0 and done.out == "x" * 20000000 + "\n", (done.status, len(done.out), done.err)


def test_an_embedded_python_has_streams_as_an_unbuffered_one(script):
    text = (
        "import sys\nfor stream in sys.stdout, sys.stderr:\n"
        "    stream.buffer.write(memoryview(b'bytes '))\n"
        "    print(stream, stream.buffer.write(b''), stream.write(''), stream.newlines)\n"
        "    try: stream.buffer.write('x')\n    except TypeError as error: print(error)\n"
    )
    embedded, alone = (lina("run", how, script("a.py", text)) for how in ("--embed", "--isolate"))
    assert embedded.out == alone.out and "name='<stdout>' mode='w'" in alone.out, (embedded, alone)
    assert embedded.err == alone.err != "", (embedded, alone)


def test_an_embedded_python_keeps_its_text_back_if_it_asks_for_that(script):
    text = (
        "import os, sys\nsys.stdout.reconfigure(write_through=False)\n"
        "print('kept')\nos.write(sys.stdout.fileno(), b'first ')\n"
    )
    assert lina("run", "--embed", script("a.py", text)).out == "first kept\n"
