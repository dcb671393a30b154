"""`lina run`: what scripts share, how they end, and what the user sees."""

import os
import pathlib
import re
import signal
import subprocess
import textwrap

import pytest
from running import (
    BOTH,
    BUILD,
    EMBEDS_NODE,
    TIMEOUT,
    environment,
    finish,
    gone,
    lina,
    needs_command,
    needs_java,
    needs_node,
    read_until,
    start,
    stop_when_up,
    until,
)

pytestmark = needs_command


# Names of the drivers that run scripts (of Python, Lua, Julia, Node). A traceback must not show them.
DRIVER = re.compile(r"_lina_host|driver\.py|\[lina\]|LinaHost|at (\./)?none:")


@BOTH
def test_scripts_of_three_languages_share_one_array(script, how):
    done = lina(
        "run",
        how,
        script(
            "a.py",
            "import lina\nx = lina.create_array('x', 'f64', (2,))\nx[:] = [1, 2]\nlina.signal('py')\n"
            "lina.wait('lua')\nprint('python', list(x))\n",
        ),
        script(
            "b.jl",
            'using Lina\nLina.wait("py")\nx = Lina.array("x")\nx .*= 10\nprintln("julia ", x)\n'
            'Lina.signal("jl")\n',
        ),
        script(
            "c.lua",
            "local lina = require 'lina'\nlina.wait('jl')\nlocal x = lina.array('x')\nx[1] = x[1] + 1\n"
            "print(('lua %d'):format(x[1]))\nlina.signal('lua')\n",
        ),
    )
    assert done.status == 0, done
    assert sorted(done.out.splitlines()) == [
        "a.py  | python [11.0, 20.0]",
        "b.jl  | julia [10.0, 20.0]",
        "c.lua | lua 11",
    ]


@needs_node
@needs_java
@BOTH
def test_scripts_of_five_languages_share_one_array(script, how):
    """Without --embed, because Node may need a process of its own. A line says where Node runs."""
    done = lina(
        "run",
        *([how] if how == "--isolate" else []),
        script("a.py", "import lina\nx = lina.create_array('x', 'i32', 5)\nx[0] = 1\nlina.signal('py')\n"),
        script("b.jl", 'using Lina\nLina.wait("py")\nx = Lina.array("x")\nx[2] = 2x[1]\nLina.signal("jl")\n'),
        script(
            "c.lua",
            "local lina = require 'lina'\nlina.wait('jl')\nlocal x = lina.array('x')\nx[3] = 2 * x[2]\n"
            "lina.signal('lua')\n",
        ),
        script(
            "d.mjs",
            "import lina from 'lina';\nawait lina.wait('lua');\nconst x = lina.typedArray('x');\n"
            "x[3] = 2 * x[2];\nlina.signal('js');\n",
        ),
        script(
            "E.java",
            "import dev.lina.Lina;\nclass E { public static void main(String[] a) throws Exception {\n"
            'Lina.await("js"); try (var x = Lina.array("x")) { System.out.println(2 * x.getInt(3)); } } }\n',
        ),
    )
    assert done.status == 0 and done.out == "E.java | 16\n", done
    place = "libnode " if EMBEDS_NODE else "a process of its own: "
    assert (f"lina: d.mjs runs in {place}" in done.err) == (how == "--embed"), done
    assert done.err.count("\n") <= 1, done


@pytest.mark.parametrize(
    "name, text, status, told",
    [
        ("a.py", "def f():\n    raise RuntimeError('no wind')\nf()\n", 1, "RuntimeError: no wind"),
        ("a.py", "import sys\nsys.exit(3)\n", 3, ""),
        ("a.py", "import sys\nsys.exit(0)\n", 0, ""),
        ("a.py", "import os\nos._exit(4)\n", 4, ""),
        ("a.py", "import sys\nsys.exit('too bad')\n", 1, "too bad"),
        ("a.py", "def f(): f()\nf()\n", 1, "RecursionError"),
        ("a.py", "x = (\n", 1, "SyntaxError"),
        ("a.py", "print(bytearray(1 << 60))\n", 1, "MemoryError"),
        ("a.lua", "error('no wind')\n", 1, "a.lua:1: no wind"),
        ("a.lua", "error({})\n", 1, "error object is a table value"),
        ("a.lua", "os.exit(3)\n", 3, ""),
        ("a.lua", "os.exit(true)\n", 0, ""),
        ("a.lua", "os.exit(false)\n", 1, ""),
        ("a.lua", "pcall(os.exit, 3)\nprint('on')\n", 3, ""),
        ("a.lua", "local function f() return 1 + f() end\nf()\n", 1, "stack overflow"),
        ("a.lua", "x = = 1\n", 1, "unexpected symbol"),
    ],
)
@BOTH
def test_a_scripts_end_is_the_exit_status_and_its_traceback_is_shown(script, how, name, text, status, told):
    if (text, how) == ("error({})\n", "--isolate"):
        pytest.skip("the message differs from Lua to Lua")
    done = lina("run", how, script(name, text))
    assert done.status == status, done
    assert told in done.err, done
    if status:
        assert f"lina: {name} failed with exit status {status}\n" in done.err
    assert not DRIVER.search(done.err), done


@pytest.mark.parametrize(
    "text, status, told",
    [
        ('error("no sun")\n', 1, "no sun"),
        ("exit(0)\n", 0, ""),
        ("exit(3)\n", 3, ""),
        ("f() = 1 + f()\nf()\n", 1, "StackOverflowError"),
        ("zeros(UInt8, 1 << 60)\n", 1, "OutOfMemoryError"),
        ("x = (\n", 1, "incomplete"),
    ],
)
@BOTH
def test_a_julia_script_ends_embedded_as_it_does_in_julia(script, how, text, status, told):
    done = lina("run", how, script("a.jl", text))
    assert done.status == status and told in done.err and not DRIVER.search(done.err), done


@BOTH
@pytest.mark.parametrize(
    "name, text",
    [
        ("b.py", "lina.wait('never')\n"),
        ("b.py", "__import__('time').sleep(1000)\n"),
        ("b.py", "while True: pass\n"),
        ("b.lua", "lina.wait('never')\n"),
        ("b.lua", "while true do end\n"),
    ],
)
def test_the_first_failure_stops_a_script_wherever_it_is_and_its_place_is_shown(script, how, name, text):
    head = {"b.py": "import lina\n", "b.lua": "local lina = require('lina')\n"}[name] + "lina.signal('up')\n"
    bad = script("bad.lua", "require('lina').wait('up')\nerror('first')\n")
    done = lina("run", how, "--grace", "60", bad, script(name, head + text))
    assert done.status == 1, done
    assert f"lina: stopping {name}\n" in done.err and "killed" not in done.err
    assert re.search(rf"{re.escape(name)}(\", line |:)[23]\b", done.err) and not DRIVER.search(done.err), done


@pytest.mark.parametrize("kind", ["lua5.4", "lua5.1", "luajit"])
def test_each_embedded_lua_says_in_which_line_it_was_interrupted(script, kind):
    text = "local lina = require 'lina'\nlocal function f()\n    lina.wait('never')\nend\n"
    text = text + "lina.signal('up')\nf()\n"
    bad = script("bad.py", "import lina\nlina.wait('up')\nraise SystemExit(3)\n")
    done = lina("run", "--embed", script("b.lua", text), bad, env={**environment(), "LINA_LUA": kind})
    assert done.status == 3, done
    assert re.search(r"lua: .*b\.lua:[356]: interrupted!\n", done.err) and "main chunk\n" in done.err, done


def test_an_embedded_lua_that_catches_the_end_of_a_wait_sees_its_own_line(script):
    text = "local lina = require 'lina'\nprint('up')\nprint(pcall(lina.wait, 'never'))\n"
    done = stop_when_up(start("run", "--embed", script("b.lua", text)))
    said = done.out + done.err  # in print itself if the interrupt comes before the wait
    assert "b.lua:3: interrupted!\n" in said and "[lina]" not in said, done


def test_an_embedded_lua_that_catches_the_interrupt_and_goes_on_is_interrupted_again(script):
    text = "local function f()\n    if not up then up = true print('up') end\n    while true do end\nend\n"
    run = start("run", "--embed", "--grace", "1h", script("b.lua", text + "while true do pcall(f) end\n"))
    done = stop_when_up(run)
    assert done.status == 130 and re.search(r"b\.lua:\d: interrupted!\nstack traceback:\n\t", done.err), done


@pytest.mark.parametrize(
    "text",
    ['using Lina\nLina.wait("never")\n', "sleep(1000)\n", "f() = while time() > 0; end\nf()\n"],
)
@BOTH
def test_a_julia_script_is_stopped_in_a_wait_a_sleep_and_a_loop(script, how, text):
    run = start("run", how, "--grace", "60", script("b.jl", 'println("up")\nflush(stdout)\n' + text))
    done = stop_when_up(run)
    assert done.status == 130 and "killed" not in done.err, done
    assert how == "--isolate" or ("b.jl:" in done.err and not DRIVER.search(done.err)), done


DEAF = (
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: pass\n"
)


@BOTH
def test_a_script_that_ignores_interrupts_is_killed_after_the_grace_and_that_is_said(script, how):
    run = start("run", how, "--grace", "500ms", script("deaf.py", DEAF))
    done = stop_when_up(run, signal.SIGTERM)
    assert done.status == 128 + signal.SIGTERM, done
    assert "lina: SIGTERM: stopping deaf.py\nlina: killed deaf.py\n" in done.err


@BOTH
def test_a_second_interrupt_kills_at_once(script, how):
    run = start("run", how, "--grace", "1h", script("deaf.py", DEAF))
    read_until(run, "up")
    run.send_signal(signal.SIGINT)
    until(lambda: "stopping" in run.stderr.readline(), "the first answer")
    run.send_signal(signal.SIGINT)
    done = finish(run)
    assert done.status == 130 and "lina: killed deaf.py\n" in done.err, done


@BOTH
def test_a_killed_command_leaves_no_process_behind(script, how):
    run = start(
        "run",
        how,
        script("a.py", "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(1000)\n"),
    )
    pid = int(read_until(run, "pid")[-1].split()[1])
    run.kill()
    run.wait()
    until(lambda: gone(pid), "the end of the script")
    run.communicate()


@BOTH
@pytest.mark.parametrize("keep", [False, True])
def test_a_killed_command_leaves_its_named_arena_behind_only_if_that_is_asked_for(script, how, keep):
    name = f"lina-test-killed-{os.getpid()}-{how[2:]}-{keep}"
    file = pathlib.Path(f"/dev/shm/lina.{name}")
    text = "import lina, os\nprint('pid', os.getpid(), flush=True)\nlina.wait('never')\n"
    run = start("run", how, "--name", name, *["--keep"] * keep, script("a.py", text))
    pid = int(read_until(run, "pid")[-1].split()[1])
    assert file.exists()
    run.kill()
    run.communicate()
    until(lambda: gone(pid), "the end of the script")
    if keep:
        assert file.exists()
        file.unlink()
    until(lambda: not file.exists(), "the end of the arena")


def test_the_death_of_the_embedded_process_is_told_with_its_signal(script):
    done = lina(
        "run",
        script("a.py", "import os\nos.kill(os.getpid(), 9)\n"),
        script("b.lua", "require('lina').wait('never')\n"),
    )
    assert done.status == 137, done
    assert done.err == "lina: a.py ended with its process, which was ended by SIGKILL; so did b.lua\n", done


def test_the_death_of_a_script_in_its_own_process_is_told_with_its_signal(script):
    done = lina(
        "run",
        "--isolate",
        script("a.py", "import os\nos.kill(os.getpid(), 9)\n"),
        script("b.lua", "require('lina').wait('never')\n"),
    )
    assert done.status == 137 and "lina: a.py was ended by SIGKILL\n" in done.err, done


@BOTH
def test_a_script_in_a_long_call_of_c_is_killed_after_the_grace(script, how):
    # After the write, Python stays in one call of C, and does not notice the interrupt.
    text = """
        import itertools, os
        sum(itertools.chain(map(os.write, [1], [b"up\\n"]), range(1 << 62)))
        """
    run = start("run", how, "--grace", "500ms", script("a.py", textwrap.dedent(text)))
    done = stop_when_up(run)
    assert done.status == 130 and "lina: killed a.py\n" in done.err, done


@BOTH
def test_of_two_scripts_that_fail_at_once_the_first_gives_the_exit_status(script, how):
    done = lina(
        "run",
        how,
        script("a.py", "import lina\nlina.signal('a')\nlina.wait('b')\nraise SystemExit(3)\n"),
        script("b.lua", "local lina = require('lina')\nlina.signal('b')\nlina.wait('a')\nos.exit(4)\n"),
    )
    assert done.status in (3, 4), done
    name = {3: "a.py", 4: "b.lua"}[done.status]
    assert f"lina: {name} failed with exit status {done.status}\n" in done.err, done
    assert done.err.count("failed with exit status") == 1, done


def test_a_script_that_may_exit_does_not_stop_the_others(script):
    done = lina(
        "run",
        "--may-exit",
        "bad.lua",
        script("bad.lua", "require('lina').signal('on')\nerror('first')\n"),
        script("b.py", "import lina\nlina.wait('on')\nprint('done')\n"),
    )
    assert done.status == 0 and "b.py    | done" in done.out, done
    assert "(--may-exit)" in done.err


def test_a_timeout_stops_all_and_has_the_status_of_timeout(script):
    done = lina("run", "--timeout", "200ms", script("a.lua", "require('lina').wait('never')\n"))
    assert done.status == 124 and "--timeout has passed: stopping a.lua" in done.err, done


@BOTH
def test_the_last_line_is_shown_without_its_end(script, how):
    done = lina(
        "run",
        how,
        script("a.py", "import sys\nsys.stdout.write('one\\ntwo')\n"),
        script("b.lua", "io.write('three')\n"),
    )
    assert done.status == 0, done
    assert sorted(done.out.splitlines()) == ["a.py  | one", "a.py  | two", "b.lua | three"]


def test_names_take_the_same_room_whatever_their_signs(script):
    shown = ["abc.lua | up", "e\u0301.lua   | up", "Ä.lua   | up", "風.lua  | up"]
    done = lina("run", *(script(line.split()[0], "print('up')\n") for line in shown))
    assert sorted(done.out.splitlines()) == shown, done


def test_errors_and_output_keep_their_streams(script):
    done = lina("run", script("a.py", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n"))
    assert (done.out, done.err) == ("out\n", "err\n")


def test_what_children_of_an_embedded_script_print_has_the_commands_name(script):
    done = lina(
        "run",
        script("a.py", "import os\nos.system('echo child')\nprint('own')\n"),
        script("b.lua", "print('x')\n"),
    )
    assert "lina  | child\n" in done.out and "a.py  | own\n" in done.out, done


@BOTH
def test_only_one_script_reads_standard_input(script, how):
    text = "import sys\nprint('got', sys.stdin.read())\n"
    run = start(
        "run",
        how,
        "--stdin",
        "b.lua",
        script("a.py", text),
        script("b.lua", "print('got', io.read())\n"),
        stdin=subprocess.PIPE,
    )
    out, err = run.communicate("hello\n", timeout=TIMEOUT)
    assert run.returncode == 0, err
    assert "b.lua | got\thello" in out and "a.py  | got \n" in out


def test_a_script_starts_after_the_signal_of_another(script):
    done = lina(
        "run",
        "--after",
        "b.lua=a.py:ready",
        script("a.py", "import lina\nx = lina.create_array('x', 'i64', 1)\nx[0] = 7\nlina.signal('ready')\n"),
        script("b.lua", "print(require('lina').array('x')[1])\n"),
    )
    assert done.status == 0 and "b.lua | 7" in done.out, done


@BOTH
@pytest.mark.parametrize(
    "text, status",
    [("", 1), ("raise SystemExit(3)\n", 3), ("import os\nos.kill(os.getpid(), 9)\n", 137)],
    ids=["ends", "fails", "dies"],
)
def test_a_script_does_not_start_if_the_one_before_ends_without_the_signal(script, how, text, status):
    waits = script("b.lua", "print('never')\n")
    done = lina("run", how, "--after", "b.lua=a.py:ready", script("a.py", text), waits)
    assert done.status == status and "never" not in done.out, done
    assert "lina: b.lua was not started: a.py ended without the signal ready\n" in done.err


@BOTH
def test_a_script_that_may_exit_may_also_not_start(script, how):
    words = ("run", how, "--may-exit=b.lua", "--after=b.lua=a.lua:ready")
    done = lina(*words, script("a.lua", ""), script("b.lua", ""))
    assert done.status == 0 and "lina: b.lua was not started" in done.err, done


def test_arrays_of_the_command_line_are_there_before_the_scripts(script):
    done = lina(
        "run",
        "--array",
        "x=f64:2x3:F",
        "--array",
        "y=u8:4",
        script("a.py", "import lina\nprint(lina.open_desc('x')['shape'], lina.array('y').shape)\n"),
    )
    assert done.out == "(2, 3) (4,)\n", done


def test_two_pythons_and_two_luas_run_and_one_line_says_which_has_its_own_process(script):
    done = lina("run", *[script(name, "print('ok')\n") for name in ("a.py", "b.py", "c.lua", "d.lua")])
    assert done.status == 0 and done.out.count("ok") == 4, done
    assert done.err == (
        "lina: b.py runs in a process of its own: python runs one script in a process, and a.py is that one\n"
    )


def test_a_program_that_is_no_script_gets_the_arena(script):
    program = script("tool", "#!/bin/sh\necho $1 ${LINA_ARENA%%:*}\n")
    program.chmod(0o755)
    done = lina("run", script("a.lua", ""), "--", program, "--fast")
    assert done.status == 0 and done.out == "tool  | --fast fd\n", done


@pytest.mark.parametrize(
    "words, told",
    [
        (["absent.py"], "absent.py: there is no such file"),
        (["."], ".: it is a folder: name a script in it"),
        (
            ["notes.txt"],
            "notes.txt: Lina does not know this extension, and the file is not executable. Lina knows .py",
        ),
        (["--size", "12Q", "a.lua"], '--size "12Q" is no size'),
        (["--size", "64T", "a.lua"], '--size "64T" is no size of an arena, which has 1 byte to 63T'),
        (["--keep", "a.lua"], "--keep leaves an arena behind that others find by its name: add --name NAME"),
        (["--array", "x=f65:3", "a.lua"], 'there is no dtype "f65"'),
        (["--array", "x=f64:", "a.lua"], "a number is missing"),
        (["--after", "a.lua=b.lua:x", "a.lua"], "there is no such script; there are a.lua"),
        (["--after", "a.lua=a.lua:x", "a.lua"], "waits for itself"),
        (["--embed", "--isolate", "a.lua"], "exclude each other"),
        (["--embed", "--watch", "a.lua"], "starts a script again, so it gives each a process of its own"),
        (["--embed", "d.js"], "d.js cannot be embedded (--embed): LINA_NODE names a program"),
        (["--timeout", "soon", "a.lua"], '--timeout "soon" is no duration'),
        (["a.lua", "--"], "-- is the last word: name a program after it"),
        ([], "There is nothing to run"),
    ],
)
def test_a_mistake_is_named_before_anything_runs(script, tmp_path, words, told):
    for name in ("a.lua", "d.js"):
        script(name, "print('ran')\n")
    script("notes.txt", "")
    done = lina("run", *words, cwd=tmp_path, env={**environment(), "LINA_NODE": "node"})
    assert done.status == 2 and told in done.err and done.out == "", done


def test_a_script_after_the_dashes_says_where_it_belongs(script, tmp_path):
    script("a.lua", "")
    done = lina("run", "--", "a.lua", cwd=tmp_path)
    assert done.status == 127 and "write ./a.lua; if you mean the script, name it before --" in done.err, done


@pytest.mark.parametrize("subcommand", ["run", "doctor", "bridge"])
def test_an_empty_value_of_an_option_is_refused(script, tmp_path, subcommand):
    script("a.lua", "print('ran')\n")
    more = ["a.lua"] if subcommand == "run" else []
    options = re.findall(r"^ +(--[a-z-]+) TEXT", lina(subcommand, "--help").out, re.MULTILINE)
    assert options
    for option in options:
        for words in ([option, ""], [f"{option}="]):
            done = lina(subcommand, *words, *more, cwd=tmp_path)
            told = f"lina: {option} has an empty value: give it one, or leave it out\n"
            assert done.status == 2 and done.out == "" and done.err == told, done


@pytest.mark.parametrize(
    "words, told",
    [
        (["doctor", "--", "a.lua"], "-- and a program after it are for lina run"),
        (["bridge", "x.toml", "--", "a.lua"], "-- and a program after it are for lina run"),
        (["bridge", "x.toml", "--json"], "--json shows the state of a bridge: write --status --json"),
        (["bridge", ""], "file has an empty value"),
        (["doctor", "--timeout", "0"], '--timeout "0": an interpreter needs some time'),
        (["doctor", "--timeout", "soon"], '--timeout "soon" is no duration'),
    ],
)
def test_an_option_without_a_meaning_is_refused(words, told):
    done = lina(*words)
    assert done.status == 2 and done.out == "" and told in done.err, done


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "A subcommand is required"),
        (["a.py"], '"a.py" is no subcommand: write lina run'),
        (["doctor", "extra"], "not expected: extra"),
        (["bridge", "a.toml", "extra"], "not expected: extra"),
        (["run", "--nonsense"], "not expected: --nonsense"),
        (["run", "--size"], "--size: 1 required TEXT missing"),
        (["run", "--embed=x"], "--embed = x"),
    ],
)
def test_a_mistake_in_the_words_of_any_subcommand_has_one_form(words, told):
    done = lina(*words)
    assert done.err.startswith("lina: ") and done.err.count("\n") == 1, done
    assert done.status == 2 and done.out == "" and told in done.err, done


@pytest.mark.parametrize("name", [[], ["--name", f"lina-test-large-{os.getpid()}"]])
def test_an_arena_may_be_larger_than_the_memory(script, name):
    text = "import lina\nx = lina.create_array('x', 'u8', 1000)\nprint(len(x))\n"
    assert lina("run", "--size", "63T", *name, script("a.py", text)).out == "1000\n"


def test_a_timeout_of_zero_is_none_and_overrides_that_of_a_file(script, tmp_path):
    script("a.py", "import time\ntime.sleep(0.2)\nprint('slept')\n")
    script("lina.toml", 'scripts = ["a.py"]\ntimeout = "1ms"\n')
    done = lina("run", "--timeout", "0", cwd=tmp_path)
    assert done.status == 0 and done.out == "slept\n", done
    assert lina("run", cwd=tmp_path).status == 124


def test_a_time_that_is_longer_than_any_run_is_no_overflow(script):
    done = lina("run", "--timeout", "1e300h", script("a.py", "import time\ntime.sleep(0.1)\n"))
    assert done.status == 0 and done.err == "", done


def test_a_dry_run_shows_the_plan_and_runs_nothing(script):
    done = lina("run", "--dry-run", "--array", "x=f64:4", script("a.lua", "print('ran')\n"))
    assert done.status == 0 and "ran" not in done.out, done
    assert "array    x f64 (4) C\nscript   a.lua  embedded: lua" in done.out


def test_an_interpreter_that_the_environment_names_is_used(script):
    for program, version in (("lua5.4", "Lua 5.4"), ("luajit", "Lua 5.1")):
        done = lina(
            "run",
            "--embed",
            script("a.lua", "print(_VERSION)\nrequire 'lina'\n"),
            env={**environment(), "LINA_LUA": program},
        )
        assert done.out == version + "\n", done


def test_a_c_program_runs_a_script_of_each_language_on_its_own_arrays(script):
    """Runs examples/host_scripts.c, which gives the scripts an array and prints its values at their end."""
    done = subprocess.run(
        [
            BUILD / "lina_host_scripts",
            script("a.py", "import lina\nlina.array('settings')[0] += 1\n"),
            script("b.lua", "local x = require('lina').array('settings')\nx[2] = 5\n"),
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=environment(),
    )
    assert done.stdout == "settings 1 5\n" and done.returncode == 0, done


def test_a_c_program_learns_why_a_script_does_not_start(script):
    for name, told in (("notes.txt", "the extension is none of .py"), ("d.js", "node cannot be embedded")):
        done = subprocess.run(
            [BUILD / "lina_host_scripts", script(name, "")],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            env={**environment(), "LINA_NODE": "node"},
        )
        assert done.returncode == 2 and told in done.stderr, done
