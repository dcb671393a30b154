"""`lina run` with odd names and closed streams, and what embedded scripts share with ordinary ones."""

import os
import pathlib
import subprocess
import tempfile

import pytest
from running import BOTH, LINA, TIMEOUT, compile_host, environment, lina, needs_command

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


@BOTH
def test_the_module_of_a_python_script_is_as_python_makes_it(script, tmp_path, how):
    text = (
        "import os, sys\nnames = sorted(name for name in globals() if name.startswith('__'))\n"
        "print(names, type(__builtins__).__name__, type(__loader__).__name__, __package__)\n"
        "os.chdir('/')\nprint(__file__, sys.argv, sys.orig_argv[1:])\n"
        "print('past sys.stdout', file=sys.__stdout__)\nraise ValueError\n"
    )
    path = script("a.py", text)
    done = lina("run", how, path.name, script("b.lua", ""), cwd=tmp_path)
    names = ["annotations", "builtins", "cached", "doc", "file", "loader", "name", "package", "spec"]
    assert done.out.splitlines() == [
        f"a.py  | {[f'__{name}__' for name in names]} module SourceFileLoader None",
        f"a.py  | {path} ['a.py'] ['a.py']",
        "a.py  | past sys.stdout",
    ], done
    assert f'File "{path}", line 7, in <module>' in done.err, done


EXECUTORS = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
executors = ThreadPoolExecutor(), ProcessPoolExecutor(1)
print(*(executor.submit(abs, -7).result() for executor in executors), flush=True)
"""


TWICE = """
#include <stdio.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    for (int i = 0; i < 2; i++) {
        lina_script_t *script;
        int status = 2;
        if (argc != 2 || lina_script_start(argv[1], NULL, &script) != LINA_OK)
            return puts(lina_host_error());
        lina_script_join(script, LINA_FOREVER, &status);
        lina_script_free(script);
        if (status != 0)
            return status;
    }
    return lina_host_end();
}
"""


@BOTH
def test_a_python_script_ends_although_it_has_not_ended_its_executors(script, how):
    done = lina("run", how, script("a.py", EXECUTORS))
    assert done.status == 0 and done.out == "7 7\n", done


def test_the_next_script_of_an_embedded_python_has_executors_too(script, tmp_path):
    path, host = script("a.py", EXECUTORS), tmp_path / "host"
    compile_host(script("host.c", TWICE), host)
    done = subprocess.run([host, path], capture_output=True, text=True, timeout=TIMEOUT, env=environment())
    assert done.returncode == 0 and done.stdout == "7 7\n7 7\n", done


@pytest.mark.parametrize(
    "thread",
    [
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\n",
        "import concurrent.futures, threading\n"
        "concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)\n",
    ],
)
def test_the_next_script_of_an_embedded_python_waits_for_no_thread_of_the_first(script, tmp_path, thread):
    first = f"import os, sys\nif not hasattr(sys, 'was'):\n    sys.was = True\n    exec({thread!r})\n"
    path, host = script("a.py", first + "    os._exit(0)\nprint('next')\n"), tmp_path / "host"
    compile_host(script("host.c", TWICE), host)
    done = subprocess.run([host, path], capture_output=True, text=True, timeout=TIMEOUT, env=environment())
    assert (done.returncode, done.stdout) == (0, "next\n"), done


def test_the_next_script_of_an_embedded_python_starts_without_what_the_first_has_changed(script, tmp_path):
    first = (
        "import helper, os, sys\nprint(helper.NUMBER)\nsys.excepthook = sys.displayhook = print\n"
        "sys.path.append('/nowhere')\nos.umask(0o77)\nos.chdir('/')\n"
        "open(helper.__file__, 'w').write('NUMBER = 20')\nos.rename(__file__ + '.next', __file__)\n"
    )
    second = (
        "import helper, os, sys\nprint(helper.NUMBER, sys.excepthook is sys.__excepthook__,\n"
        "sys.displayhook is sys.__displayhook__, '/nowhere' in sys.path, oct(os.umask(0)), os.getcwd())\n"
    )
    path, host = script("a.py", first), tmp_path / "host"
    script("a.py.next", second), script("helper.py", "NUMBER = 1")
    compile_host(script("host.c", TWICE), host)
    options = {"env": environment(), "cwd": tmp_path, "umask": 0o27, "timeout": TIMEOUT}
    done = subprocess.run([host, path], capture_output=True, text=True, **options)
    assert (done.returncode, done.stdout) == (0, f"1\n20 True True False 0o27 {tmp_path}\n"), done


@BOTH
def test_a_python_script_shows_its_error_before_it_waits_for_its_threads(script, how):
    text = (
        "import sys, threading\nshown = threading.Event()\nhook = sys.excepthook\n"
        "sys.excepthook = lambda *error: (hook(*error), shown.set())\n"
        "threading.Thread(target=lambda: print('shown', shown.wait(10))).start()\n"
        "raise ValueError('no wind')\n"
    )
    done = lina("run", how, script("a.py", text))
    assert done.status == 1 and done.out == "shown True\n" and "ValueError: no wind" in done.err, done


def test_an_embedded_python_starts_with_the_modules_of_an_ordinary_one(script):
    text = "import sys\nprint(*sorted(set(sys.modules) - {'_lina_host'}))\n"
    embedded, alone = (lina("run", how, script("a.py", text)) for how in ("--embed", "--isolate"))
    assert embedded.out == alone.out and "encodings" in alone.out, (embedded, alone)


@BOTH
@pytest.mark.parametrize("chosen", [None, "", "other"])
def test_the_nearest_project_of_a_julia_script_is_its_own(script, tmp_path, how, chosen):
    for name, number in ("near", 1), ("other", 2):
        (tmp_path / name / "src").mkdir(parents=True)
        script(f"{name}/Project.toml", f'name = "P"\nuuid = "12345678-1234-1234-1234-12345678901{number}"\n')
        script(f"{name}/src/P.jl", f'module P\nwhere() = "{name}"\nend\n')
    (tmp_path / "near/deep/er").mkdir(parents=True)
    path = script("near/deep/er/a.jl", "import P\nprintln(P.where())\n")
    env = {name: value for name, value in environment().items() if name != "JULIA_PROJECT"}
    if chosen is not None:
        env["JULIA_PROJECT"] = chosen and str(tmp_path / chosen)
    done = lina("run", how, path, env=env)
    assert done.status == 0 and done.out == f"{chosen or 'near'}\n", done


@BOTH
def test_lua_takes_the_variables_of_its_version(script, tmp_path, how):
    script("only_here.lua", "return 'found'\n")
    path = script("a.lua", "require 'lina'\nprint(INIT, require('only_here'))\n")
    env = {
        **environment(),
        "LINA_LUA": "lua5.4",
        "LUA_PATH_5_4": f"{tmp_path}/?.lua;;",
        "LUA_INIT": "INIT = 'of any'",
        "LUA_INIT_5_4": f"@{script('init.lua', 'INIT = #arg')}",
    }
    done = lina("run", how, path, env=env)
    assert done.status == 0 and done.out.split()[:2] == ["0", "found"], done
    del env["LUA_INIT_5_4"]
    assert lina("run", how, path, env=env).out.split()[:3] == ["of", "any", "found"]
    done = lina("run", how, path, env={**env, "LUA_INIT": "INIT = ="})
    assert done.status == 1 and "LUA_INIT:1: unexpected symbol" in done.err, done


def test_a_folder_on_path_that_has_an_interpreters_name_is_passed_over(script, tmp_path):
    (tmp_path / "lua").mkdir()
    env = {name: value for name, value in environment().items() if name != "LINA_LUA"}
    done = lina("run", script("a.lua", "print('up')\n"), env={**env, "PATH": f"{tmp_path}:{env['PATH']}"})
    assert done.status == 0 and done.out == "up\n", done


def test_a_program_that_cannot_be_executed_is_named_once(script):
    done = lina("run", script("a.lua", ""), "--", "no-such-program")
    told = "lina: no-such-program does not start: no-such-program cannot be executed: No such file"
    assert done.status == 127 and told in done.err, done


def test_a_folder_above_that_may_not_be_searched_has_no_project():
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    trial = [*as_nobody, LINA, "--version"]
    if os.geteuid() != 0 or subprocess.run(trial, capture_output=True).returncode != 0:
        pytest.skip("needs root, and a build that others may read")
    with tempfile.TemporaryDirectory() as closed:  # only its owner may search it
        inner = pathlib.Path(closed, "inner")
        inner.mkdir()
        (inner / "a.jl").write_text("")
        for words in (["--isolate", "--dry-run", "a.jl"], ["--dry-run", "a.jl"]):
            words = [*as_nobody, LINA, "run", *words]
            done = subprocess.run(words, cwd=inner, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


@BOTH
@pytest.mark.parametrize(
    "variable", ["LC_ALL=C", "LC_ALL=C.UTF-8", "PYTHONUTF8=1", "PYTHONIOENCODING=latin-1"]
)
def test_python_takes_the_encodings_of_an_ordinary_python(script, how, variable):
    text = (
        "import locale, sys\nprint(sys.flags.utf8_mode, sys.getfilesystemencoding(),\n"
        "locale.getpreferredencoding(False),\n"
        "*((stream.encoding, stream.errors) for stream in (sys.stdin, sys.stdout, sys.stderr)))\n"
    )
    path = script("a.py", text)
    env = {
        name: value for name, value in environment().items() if not name.startswith(("LC_", "LANG", "PYTHON"))
    }
    env |= [variable.split("=")]
    python = env.get("LINA_PYTHON", "python3")
    ordinary = subprocess.run(
        [python, path], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    done = lina("run", how, path, env=env)
    assert done.out == ordinary.stdout != "", (done, ordinary)


@BOTH
def test_an_alarm_of_a_python_script_ends_its_sleep(script, how):
    text = (
        "import signal, time\ndef ring(*_): raise TimeoutError\nsignal.signal(signal.SIGALRM, ring)\n"
        "try:\n    signal.setitimer(signal.ITIMER_REAL, 0.1)\n    time.sleep(1000)\n"
        "except TimeoutError: print('rung')\n"
    )
    done = lina("run", how, "--timeout", "60", script("a.py", text))
    assert (done.status, done.out) == (0, "rung\n"), done


AWAITS_AN_ALARM = """
#include <signal.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    lina_script_t *script;
    sigset_t alarms;
    int status, number;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    if (argc != 2 || lina_script_start(argv[1], NULL, &script) != LINA_OK)
        return 2;
    lina_script_join(script, LINA_FOREVER, &status);
    return status != 0 || sigwait(&alarms, &number) != 0;
}
"""


def test_a_host_may_block_an_alarm_in_all_threads_and_wait_for_it(script, tmp_path):
    host = tmp_path / "host"
    compile_host(script("host.c", AWAITS_AN_ALARM), host)
    path = script("a.py", "import os, signal\nos.kill(os.getpid(), signal.SIGALRM)\n")
    assert subprocess.run([host, path], timeout=TIMEOUT, env=environment()).returncode == 0


@BOTH
def test_a_script_that_changes_its_folder_leaves_that_of_the_others(script, how, tmp_path):
    script("a.py", "import lina, os\nos.chdir('/')\nlina.signal('moved')\nlina.wait('seen')\n")
    script("b.lua", "print(io.open('a.py') ~= nil)\nrequire('lina').signal('seen')\n")
    done = lina("run", how, "--after", "b.lua=a.py:moved", "a.py", "b.lua", cwd=tmp_path)
    assert done.status == 0 and "b.lua | true\n" in done.out, done
