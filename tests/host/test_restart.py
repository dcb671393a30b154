"""`lina run --restart` and `--watch`: scripts that are started again."""

import os
import signal

import pytest
from running import BOTH, finish, lina, needs_command, read_until, start, until

pytestmark = needs_command

COUNT = "import lina, os\nn = lina.create_array('n', 'i64', 1, exist_ok=True)\nn[0] += 1\n"


def test_a_script_that_fails_is_started_again_over_the_same_arrays(script):
    done = lina(
        "run",
        "--restart",
        "a.py=on-failure:3/1h",
        script("a.py", COUNT + "if n[0] < 3: raise SystemExit(7)\nprint('third', n[0])\n"),
    )
    assert done.status == 0 and done.out == "third 3\n", done
    assert done.err.count("lina: a.py failed with exit status 7: started again\n") == 2


def test_a_script_that_is_killed_is_started_again(script):
    done = lina(
        "run",
        "--restart",
        "a.py=on-failure",
        script("a.py", COUNT + "if n[0] == 1: os.kill(os.getpid(), 9)\nprint('second')\n"),
    )
    assert done.status == 0 and done.out == "second\n", done
    assert "lina: a.py was ended by SIGKILL: started again\n" in done.err


def test_a_script_that_fails_too_often_stops_all(script):
    done = lina(
        "run",
        "--restart",
        "a.py=on-failure:2/1h",
        script("a.py", COUNT + "print(n[0])\nraise SystemExit(7)\n"),
        script("b.lua", "require('lina').wait('never')\n"),
    )
    assert done.status == 7 and done.out == "a.py  | 1\na.py  | 2\na.py  | 3\n", done
    assert "lina: a.py is not started again: that was done 2 times within --restart's time\n" in done.err
    assert "lina: stopping b.lua\n" in done.err


def test_a_script_that_always_restarts_stops_with_the_command(script):
    run = start("run", "--restart", "a.py=always:1000/1h", script("a.py", COUNT + "print('run', n[0])\n"))
    read_until(run, "run 3")
    run.send_signal(signal.SIGINT)
    done = finish(run)
    assert done.status == 130 and "a.py has ended: started again" in done.err, done


@BOTH
def test_other_scripts_can_wait_for_a_scripts_end_by_its_name(script, how):
    done = lina(
        "run",
        how,
        script("a.lua", "local lina = require 'lina'\nlina.wait('on')\n"),
        script(
            "b.py",
            "import lina\nnames = {m['name'] for m in lina.members()}\nprint({'a.lua', 'b.py'} <= names)\n"
            "lina.signal('on')\ntry:\n    lina.wait('never', member='a.lua')\n"
            "except lina.MemberDiedError:\n    print('it is gone')\n",
        ),
    )
    assert done.status == 0 and "b.py  | True\nb.py  | it is gone\n" in done.out, done


def test_a_script_whose_file_changes_is_started_again(script, tmp_path):
    waits = "import lina\nprint('{}', flush=True)\nlina.wait('never')\n"
    run = start("run", "--watch", script("a.py", waits.format("first")))
    read_until(run, "first")
    script("a.py", "raise SystemExit('broken')\n")
    until(lambda: "waiting for a change" in run.stderr.readline(), "the failure")
    script("new.py", waits.format("third"))
    os.replace(tmp_path / "new.py", tmp_path / "a.py")
    read_until(run, "third")
    run.send_signal(signal.SIGINT)
    assert finish(run).status == 130


def test_a_link_to_a_script_is_watched_with_the_script(script, tmp_path):
    waits = "import lina\nprint('{}', flush=True)\nlina.wait('never')\n"
    (tmp_path / "link.py").symlink_to(script("a.py", waits.format("first")))
    run = start("run", "--watch", tmp_path / "link.py")
    read_until(run, "first")
    script("a.py", waits.format("second"))
    read_until(run, "second")
    run.send_signal(signal.SIGINT)
    assert finish(run).status == 130


def test_a_changed_script_that_ignores_interrupts_is_killed_after_the_grace(script):
    deaf = "import signal\nsignal.signal(2, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: pass\n"
    run = start("run", "--watch", "--grace", "300ms", script("a.py", deaf))
    read_until(run, "up")
    script("a.py", "print('heard', flush=True)\n")
    read_until(run, "heard")
    run.send_signal(signal.SIGINT)
    done = finish(run)
    assert "lina: killed a.py, which does not end\n" in done.err, done


def test_a_script_that_may_start_again_once_says_so(script):
    done = lina("run", "--restart", "a.lua=always:1/1h", script("a.lua", "print('up')\n"))
    assert done.out == "up\nup\n" and "not started again: that was done once within --restart's" in done.err


@pytest.mark.parametrize(
    "words, told",
    [
        (["--restart", "a.lua=sometimes"], '"a.lua=sometimes": write NAME=on-failure:5/60s'),
        (["--restart", "a.lua=on-failure:0/60s"], "write NAME=on-failure:5/60s"),
        (["--restart", "a.lua=on-failure:5/soon"], '"soon" is no duration'),
        (["--restart", "a.lua=on-failure:5/0s"], "write NAME=on-failure:5/60s"),
        (["--restart", "b.lua=always"], "--restart b.lua: there is no such script; there are a.lua"),
        (["--embed", "--restart", "a.lua=always"], "a.lua cannot be embedded (--embed): --restart"),
        (["--embed", "--watch"], "--embed and --watch exclude each other"),
    ],
)
def test_a_mistake_about_restarts_is_named_before_anything_runs(script, words, told):
    done = lina("run", *words, script("a.lua", "print('ran')\n"))
    assert done.status == 2 and told in done.err and done.out == "", done


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_stop_ends_a_script_that_is_just_being_started_again(script, turn):
    """Each turn, the stop comes at another moment between an end of the script and its next start."""
    run = start("run", "--restart", "a.lua=always:1000000/1h", script("a.lua", "print('life')\nos.exit(7)\n"))
    for _ in range(turn):
        read_until(run, "life")
    run.send_signal(signal.SIGINT)
    done = finish(run)
    assert done.status == 130, done
    before, _, after = done.err.rpartition("stopping a.lua")
    assert before.count("started again") >= turn - 1 and "started again" not in after


@pytest.mark.parametrize("status", [0, 7])
def test_a_script_that_ends_because_of_the_stop_is_not_started_again(script, status):
    text = (
        "import lina\nprint('up', flush=True)\n"
        f"try:\n    lina.wait('never')\nexcept KeyboardInterrupt:\n    raise SystemExit({status})\n"
    )
    run = start("run", "--restart", "a.py=always", script("a.py", text), script("b.lua", "error('first')\n"))
    done = finish(run)
    assert done.status == 1 and done.out.count("up") <= 1 and "started again" not in done.err, done


def test_a_changed_script_that_is_stopped_meanwhile_is_not_started_again(script):
    deaf = (
        "import signal\nsignal.signal(2, signal.SIG_IGN)\nprint('up', flush=True)\n"
        "import lina\nlina.wait('never')\n"
    )
    run = start("run", "--watch", "--grace", "500ms", script("a.py", deaf))
    read_until(run, "up")
    script("a.py", "print('again', flush=True)\n")
    until(lambda: "has changed" in run.stderr.readline(), "the change")
    run.send_signal(signal.SIGTERM)
    done = finish(run)
    assert done.status == 143 and "again" not in done.out, done
