"""script/suites.sh runs suites two at a time, tells how each went, and leaves nothing running."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

from running import gone

ROOT = pathlib.Path(__file__).parents[2]


def start(tmp_path, lines, only="", **environment):
    script = tmp_path / "suites"
    script.write_text(f"set -eu\nonly=({only})\n. script/suites.sh\n{lines}\nrun_suites\n")
    return subprocess.Popen(
        ["bash", str(script)],
        cwd=ROOT,
        env={**os.environ, "CI": "", "LINA_TEST_LANES": "2", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def run(tmp_path, lines, only="", **environment):
    running = start(tmp_path, lines, only, **environment)
    output, _ = running.communicate(timeout=60)
    return running.returncode, output


def test_a_suite_is_one_line_and_the_totals_are_the_last(tmp_path):
    status, output = run(tmp_path, "suite 9 One true\nsuite 9 Two echo 3 passed, 0 failed, 1 skipped")
    assert status == 0
    assert re.search(r"^ok    One: 1 passed, 0 failed, 0 skipped \(\d+ s\)$", output, re.M)
    assert re.search(r"^ok    Two: 3 passed, 0 failed, 1 skipped \(\d+ s\)$", output, re.M)
    assert output.splitlines()[-1] == "4 passed, 0 failed, 1 skipped"


def test_a_failure_is_shown_in_full_and_fails_the_run(tmp_path):
    status, output = run(tmp_path, "suite 9 Bad sh -c 'echo why; exit 3'\nsuite 9 Good sh -c 'echo unseen'")
    assert status == 1
    assert "---- Bad\nwhy\n----\nFAIL  Bad: 0 passed, 1 failed" in output
    assert "unseen" not in output
    assert output.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_suite_that_needs_a_failed_one_is_not_run(tmp_path):
    lines = "suite 9 Build false\nsuite --needs Build 9 Core touch {0}\nsuite --needs Core 9 Last touch {0}"
    status, output = run(tmp_path, lines.format(tmp_path / "ran"))
    assert status == 1
    assert "Core: 0 passed, 0 failed, 1 skipped (not run: Build failed)" in output
    assert "Last: 0 passed, 0 failed, 1 skipped (not run: Core failed)" in output
    assert not (tmp_path / "ran").exists()


def test_a_suite_that_the_user_asks_for_brings_what_it_needs(tmp_path):
    lines = "suite 9 Build true\nsuite --needs Build 9 Core true\nsuite 9 Other true"
    status, output = run(tmp_path, lines, only="core")
    assert status == 0
    assert "Build:" in output and "Core:" in output and "Other" not in output
    assert run(tmp_path, lines, only="nothing")[0] == 1


def test_two_suites_run_at_a_time_and_no_third(tmp_path):
    # A and B end when each has seen the other. C fails if it begins before one of them has ended.
    meet = "sh -c 'touch {0}/$0; until [ -e {0}/$1 ]; do sleep 0.05; done; touch {0}/gone'"
    lines = [
        f"suite 20 A {meet.format(tmp_path)} a b",
        f"suite 20 B {meet.format(tmp_path)} b a",
        f"suite 20 C test -e {tmp_path}/gone",
    ]
    status, output = run(tmp_path, "\n".join(lines))
    assert status == 0, output


def test_a_suite_that_runs_alone_begins_when_all_others_are_done(tmp_path):
    lines = (
        f"suite --alone 20 Alone sh -c '! ls {tmp_path} | grep busy'\n"
        f"suite 20 A sh -c 'touch {tmp_path}/busy-a; sleep 0.3; rm {tmp_path}/busy-a'\n"
        f"suite 20 B sh -c 'touch {tmp_path}/busy-b; sleep 0.6; rm {tmp_path}/busy-b'\n"
    )
    status, output = run(tmp_path, lines)
    assert status == 0, output
    assert [line.split()[1] for line in output.splitlines()[:-1]] == ["A:", "B:", "Alone:"]


def test_a_suite_that_runs_too_long_is_ended_and_says_so(tmp_path):
    status, output = run(tmp_path, "suite 1 Slow sleep 60")
    assert status == 1
    assert "Slow: 0 passed, 1 failed, 0 skipped (timed out after 1 s)" in output


def interrupt(running):
    """Interrupts, as a terminal does, the script and what runs in its foreground, until it has ended.

    Bash forgets an interrupt that comes just when a command of its own ends.
    """
    while running.returncode is None:
        os.killpg(running.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=5)


def test_interrupting_ends_every_suite(tmp_path):
    lines = "\n".join(
        f"suite 90 {name} sh -c 'echo $$ >{tmp_path}/{name}; sleep 60; echo late'" for name in ("A", "B")
    )
    running = start(tmp_path, lines)
    pids = []
    while len(pids) < 2:
        time.sleep(0.05)
        pids = [int(text) for f in tmp_path.glob("[AB]") if (text := f.read_text())]
    interrupt(running)
    assert running.returncode == 130
    deadline = time.monotonic() + 30
    while left := [pid for pid in pids if not gone(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_a_language_that_cannot_be_tested_fails_continuous_integration(tmp_path):
    lines = "suite 9 One true\nskip Lua 'no lua here'"
    status, output = run(tmp_path, lines)
    assert status == 0 and "**** Lua is NOT TESTED: no lua here" in output
    assert output.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"
    status, output = run(tmp_path, lines, CI="true")
    assert status == 1 and output.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
