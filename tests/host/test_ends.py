"""`lina run`: how scripts of every language end, and that no process is left behind."""

import functools
import os
import resource
import signal
import subprocess

import pytest
from running import (
    BOTH,
    EMBEDS_NODE,
    TIMEOUT,
    compile_host,
    environment,
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

JAVA = "class E {{ public static void main(String[] a) throws Exception {{\n{} }} }}\n"


def each_language(**texts):
    """A parameter for each language: the name of its script, and the text."""
    names = {"python": "a.py", "julia": "b.jl", "lua": "c.lua", "node": "d.js", "java": "E.java"}
    marks = {"node": needs_node, "java": needs_java}
    return pytest.mark.parametrize(
        "name, text",
        [
            pytest.param(names[language], text, marks=marks.get(language, ()), id=language)
            for language, text in texts.items()
        ],
    )


@pytest.fixture(autouse=True)
def only_where_node_is_embedded(request):
    values = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if values.get("how") == "--embed" and values.get("name") == "d.js" and not EMBEDS_NODE:
        pytest.skip("Lina was built without libnode")


# Each prints "up", and stays in a call that an interrupt does not end. No process writes into the pipe FIFO.
IN_A_CALL_OF_C = each_language(
    python="import itertools\nprint('up', flush=True)\nsum(itertools.repeat(1, 1 << 62))\n",
    julia='println("up")\nflush(stdout)\nccall(:sleep, Cuint, (Cuint,), 1000)\n',
    lua="print('up')\nio.stdout:flush()\nlocal n = 40\n"
    "print((('a'):rep(n)):find(('a?'):rep(n) .. ('a'):rep(n)))\n",
    node="const { openSync } = require('fs');\nconsole.log('up');\nopenSync(process.env.FIFO);\n",
    java=JAVA.format(
        'System.out.println("up");\nnew java.io.FileInputStream(System.getenv("FIFO")).read();\n'
    ),
)


@BOTH
@IN_A_CALL_OF_C
def test_a_script_that_is_stuck_in_a_call_of_c_ends_after_the_grace(
    script, tmp_path, traced, how, name, text
):
    os.mkfifo(tmp_path / "fifo")
    marked, alive = traced
    env = {**marked, "FIFO": str(tmp_path / "fifo")}
    run = start("run", how, "--grace", "500ms", script(name, text), env=env)
    done = stop_when_up(run)
    assert done.status == 130 and f"lina: SIGINT: stopping {name}\n" in done.err, done
    until(lambda: not alive(), "the end of all processes")


@BOTH
@pytest.mark.parametrize("after", ["1ms", "20ms", "100ms"])
@each_language(
    python="import lina\nlina.wait('never')\n",
    julia='using Lina\nLina.wait("never")\n',
    lua="require('lina').wait('never')\n",
    node="require('lina').waitSync('never')\n",
    java=JAVA.format('dev.lina.Lina.await("never");'),
)
def test_a_stop_may_come_before_the_language_has_begun(script, how, name, text, after):
    done = lina("run", how, "--timeout", after, script(name, text))
    assert done.status == 124 and f"lina: --timeout has passed: stopping {name}\n" in done.err, done


@BOTH
def test_a_nameless_signal_that_ends_a_script_is_reported_by_its_number(script, how):
    text = "import os, signal\nos.kill(os.getpid(), signal.SIGRTMIN + 3)\n"
    done = lina("run", how, script("a.py", text))
    number = signal.SIGRTMIN + 3
    assert done.status == 128 + number and f"was ended by signal {number}\n" in done.err, done


@BOTH
@each_language(node="const all = [];\nfor (;;) all.push(new Array(1e6).fill(all.length));\n")
def test_a_node_whose_heap_is_full_ends_its_process_and_the_user_is_told(script, how, name, text):
    done = lina(
        "run",
        how,
        script(name, text),
        script("c.lua", "require('lina').wait('never')\n"),
        env={**environment(), "NODE_OPTIONS": "--max-old-space-size=64"},
    )
    assert done.status == 128 + signal.SIGABRT and "heap out of memory" in done.err, done
    together = "ended with its process, which was ended by SIGABRT; so did c.lua"
    assert f"lina: d.js {together if how == '--embed' else 'was ended by SIGABRT'}\n" in done.err, done


@BOTH
def test_a_lua_without_memory_fails_with_a_message(script, how):
    done = lina(
        "run",
        how,
        script("c.lua", "local all = {}\nwhile true do all[#all + 1] = ('x'):rep(1e7) .. #all end\n"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (384 << 20, 384 << 20)),
    )
    assert done.status == 1 and "not enough memory" in done.err, done
    assert "lina: c.lua failed with exit status 1\n" in done.err, done


GRANDCHILD = "import subprocess, time\nsubprocess.Popen(['sleep', '1000'])\nprint('up', flush=True)\n{}\n"


@BOTH
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_child_processes_of_a_script_end_with_the_command(script, traced, how, number):
    env, alive = traced
    run = start("run", how, script("a.py", GRANDCHILD.format("time.sleep(1000)")), env=env)
    read_until(run, "up")
    run.send_signal(number)
    run.communicate(timeout=TIMEOUT)
    until(lambda: not alive(), "the end of all processes")


@BOTH
@pytest.mark.parametrize("text, status", [("", 0), ("raise SystemExit(3)", 3)])
def test_child_processes_of_a_script_end_with_the_last_script(script, traced, how, text, status):
    env, alive = traced
    assert lina("run", how, script("a.py", GRANDCHILD.format(text)), env=env).status == status
    until(lambda: not alive(), "the end of all processes")


@BOTH
@each_language(
    python="import sys\nprint('got', sys.stdin.read().strip())\n",
    julia='println("got ", read(stdin, String))\n',
    lua="print('got ' .. (io.read() or ''))\n",
    node="console.log('got', require('fs').readFileSync(0, 'utf8').trim());\n",
    java=JAVA.format('System.out.println("got " + new String(System.in.readAllBytes()));'),
)
def test_one_script_reads_standard_input_in_each_language(script, how, name, text):
    silent = script("other.lua", "print('got ' .. (io.read() or 'nothing'))\n")
    run = start("run", how, "--stdin", name, script(name, text), silent, stdin=subprocess.PIPE)
    out, err = run.communicate("hello\n", timeout=TIMEOUT)
    assert run.returncode == 0, err
    assert f"{name.ljust(9)} | got hello\n" in out and "other.lua | got nothing\n" in out, out


@each_language(
    python="import lina\nprint('up', flush=True)\nlina.wait('never')\n",
    julia='using Lina\nprintln("up")\nflush(stdout)\nLina.wait("never")\n',
    lua="print('up')\nio.stdout:flush()\nrequire('lina').wait('never')\n",
    node="console.log('up');\nrequire('lina').waitSync('never');\n",
    java=JAVA.format('System.out.println("up"); dev.lina.Lina.await("never");'),
)
@BOTH
def test_a_background_job_of_a_shell_is_stopped_too(script, how, name, text):
    """A shell without job control lets its background jobs ignore SIGINT."""
    ignore = functools.partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    run = start("run", how, "--grace", "1h", script(name, text), preexec_fn=ignore)
    done = stop_when_up(run, signal.SIGTERM)
    assert done.status == 128 + signal.SIGTERM and "killed" not in done.err, done


@BOTH
@each_language(
    python="while True: print('y')\n",
    julia='while true; println("y"); end\n',
    lua="while true do print('y') end\n",
    node="setInterval(() => console.log('y'), 1);\n",
    java=JAVA.format('while (true) { System.out.println("y"); }'),
)
def test_if_the_outputs_reader_ends_each_language_ends_without_a_message(script, traced, how, name, text):
    """As in `lina run a.py | head -1`."""
    env, alive = traced
    run = start("run", how, "--grace", "1h", script(name, text), env=env)
    run.stdout.readline()
    run.stdout.close()
    complaints = [line for line in run.stderr if "runs in libnode" not in line]
    run.stderr.close()
    assert run.wait(timeout=TIMEOUT) == 128 + signal.SIGPIPE and complaints == []
    until(lambda: not alive(), "the end of all processes")


@each_language(
    python="import atexit, lina\natexit.register(lambda: (print('bye'), lina.signal('done')))\n",
    julia='using Lina\natexit(() -> (println("bye"); Lina.signal("done")))\nexit(0)\n',
    node="process.on('exit', () => { console.log('bye'); require('lina').signal('done'); });\n",
)
@BOTH
def test_what_a_script_leaves_for_its_end_is_done_when_it_ends(script, how, name, text):
    """It does not wait for the scripts that share the process: this one waits for it."""
    other = script("z.lua", "require('lina').wait('done')\n")
    done = lina("run", how, "--timeout", "60", script(name, text), other)
    assert done.status == 0 and f"{name} | bye\n" in done.out.replace("  |", " |"), done


@BOTH
def test_the_child_of_a_fork_ends_where_the_script_ends(script, how):
    text = "import os\nchild = os.fork()\nif child == 0: exit(3)\nprint(os.waitpid(child, 0)[1] >> 8)\n"
    done = lina("run", how, "--timeout", "60", script("a.py", text))
    assert (done.status, done.out) == (0, "3\n"), done


@each_language(
    python="import lina, os, threading\nthreading.Thread(target=os._exit, args=(3,)).start()\n"
    "lina.wait('never')\n",
    julia="@async exit(3)\nwait(Condition())\n",
    lua="coroutine.resume(coroutine.create(function() os.exit(3) end))\nprint('goes on')\n",
    node="setImmediate(() => process.exit(3));\nsetInterval(() => {}, 1000);\n",
    java=JAVA.format("new Thread(() -> System.exit(3)).start(); Thread.sleep(1000000);"),
)
@BOTH
def test_a_thread_a_task_and_a_coroutine_end_their_script(script, how, name, text):
    done = lina("run", how, "--timeout", "60", script(name, text))
    assert (done.status, done.out) == (3, ""), done


@BOTH
def test_another_thread_of_julia_ends_its_script(script, how):
    text = (
        "const moved = Threads.Atomic{Bool}(false)\n"
        "Threads.@spawn (moved[] = true; exit(3))\n"
        "while !moved[]; GC.safepoint(); end\n"  # so the first thread does not take the task
        "wait(Condition())\n"
    )
    env = {**environment(), "JULIA_NUM_THREADS": "2"}
    done = lina("run", how, "--timeout", "60", script("a.jl", text), env=env)
    assert done.status == 3 and "ERROR" not in done.err, done


@each_language(
    python="import os\ntry:\n    os._exit(3)\nexcept BaseException:\n    pass\n",
    julia="try\n    exit(3)\ncatch\nend\n",
    lua="pcall(os.exit, 3)\n",
)
@BOTH
def test_a_script_that_catches_its_own_end_has_the_status_nevertheless(script, how, name, text):
    done = lina("run", how, script(name, text))
    assert done.status == 3, done


@BOTH
def test_os_exit_of_python_waits_for_no_thread_and_calls_nothing(script, how):
    text = (
        "import atexit, os, threading\natexit.register(print, 'bye')\n"
        "threading.Thread(target=threading.Event().wait).start()\nos._exit(0)\n"
    )
    done = lina("run", how, "--timeout", "60", script("a.py", text))
    assert (done.status, done.out) == (0, ""), done


# A neighbour that goes on when a.py has ended.
OUTLIVES = (
    "local lina = require 'lina'\nlina.wait('up')\n"
    "print(pcall(lina.wait, 'never', {member = 'a.py'}))\nprint('goes on')\n"
)


# Each ends with 17 in code of the script's that Python calls when the script's own text has ended.
@pytest.mark.parametrize(
    "text",
    [
        "import os\ndef hook(*error): os._exit(17)\nsys.excepthook = hook\n1 / 0\n",
        "def hook(*error): sys.exit(17)\nsys.excepthook = hook\n1 / 0\n",
        "import os\nclass Out:\n    def flush(self): os._exit(17)\nsys.stdout = Out()\n",
        "import os\nclass Code:\n    def __str__(self): os._exit(17)\nsys.exit(Code())\n",
        "import os\nclass Late:\n    def __del__(self): os._exit(17)\nlate = Late()\ndel late\n",
    ],
    ids=["os._exit in excepthook", "sys.exit in excepthook", "flush", "code", "__del__"],
)
def test_what_python_calls_at_its_end_ends_the_script_alone(script, text):
    done = lina(
        "run",
        *("--embed", "--may-exit", "a.py"),
        script("a.py", "import lina, sys\nlina.signal('up')\n" + text),
        script("b.lua", OUTLIVES),
    )
    assert done.status == 0 and "b.lua | goes on\n" in done.out, done
    assert lina("run", "--embed", script("a.py", "import sys\n" + text)).status == 17


@pytest.mark.parametrize("send", ["os.kill(os.getpid(), number)", "signal.raise_signal(number)"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@BOTH
def test_a_python_script_that_sends_itself_a_signal_handles_it_or_ends(script, how, number, send):
    text = (
        f"import os, signal, time\nnumber = {int(number)}\nusual = signal.getsignal(number)\n"
        "def hear(*heard):\n    global got\n    got = heard[0]\n"
        f"signal.signal(number, hear)\n{send}\nprint(got)\n"
        f"signal.signal(number, signal.SIG_IGN)\n{send}\n"
        f"signal.signal(number, usual)\n{send}\ntime.sleep(1000)\n"
    )
    done = lina("run", how, "--timeout", "60", script("a.py", text))
    assert (done.status, done.out) == (128 + number, f"{int(number)}\n"), done
    assert ("KeyboardInterrupt" in done.err) == (number == signal.SIGINT), done


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_a_thread_of_python_sends_itself_ends_this_script_alone(script, number):
    text = (
        "import lina, os, threading, time\nlina.signal('up')\n"
        f"threading.Thread(target=os.kill, args=(os.getpid(), {int(number)})).start()\ntime.sleep(1000)\n"
    )
    done = lina("run", "--embed", "--may-exit", "a.py", script("a.py", text), script("b.lua", OUTLIVES))
    assert done.status == 0 and "b.lua | goes on\n" in done.out, done
    assert f"a.py failed with exit status {128 + number}" in done.err, done


def test_an_error_in_the_hook_for_errors_is_shown_with_the_first(script):
    text = "import sys\ndef hook(*error): [].second\nsys.excepthook = hook\n{}.first\n"
    done = lina("run", "--embed", script("a.py", text))
    embedded, ordinary = (
        [line for line in err.splitlines() if "Error" in line or line.endswith(":")]
        for err in (done.err, lina("run", "--isolate", script("a.py", text)).err)
    )
    assert done.status == 1 and embedded == ordinary and len(embedded) >= 4, done


@BOTH
def test_a_hook_of_julia_may_choose_the_exit_status(script, how):
    done = lina("run", how, script("a.jl", "atexit(() -> exit(5))\n"))
    assert done.status == 5 and "ERROR" not in done.err, done


@BOTH
def test_a_finalizer_of_lua_may_choose_the_exit_status(script, how):
    text = "x = setmetatable({}, {__gc = function() os.exit(5) end})\nif not _ENV then os.exit(5) end\n"
    done = lina("run", how, script("a.lua", text))
    assert done.status == 5, done


@BOTH
def test_a_lua_script_does_not_close_standard_files(script, how):
    text = "print('x')\nio.close()\nprint(io.stdout:close())\nprint(io.close(io.stderr))\n"
    done = lina("run", how, script("a.lua", text))
    refusal = "nil\tcannot close standard file"
    lines = [line.split("\t1")[0] for line in done.out.splitlines()]  # without the number of the error
    assert (done.status, lines, done.err) == (0, ["x", refusal, refusal], ""), done


@BOTH
def test_a_command_whose_parent_ignores_its_children_learns_of_their_ends(script, how):
    ignore = functools.partial(signal.signal, signal.SIGCHLD, signal.SIG_IGN)
    done = lina("run", how, script("a.lua", "print('x')\n"), preexec_fn=ignore)
    assert (done.status, done.out) == (0, "x\n"), done


def test_a_command_under_nohup_outlives_its_terminal(script):
    ignore = functools.partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    text = "print('up')\nio.stdout:flush()\nio.read()\n"
    run = start("run", script("a.lua", text), stdin=subprocess.PIPE, preexec_fn=ignore)
    read_until(run, "up")
    run.send_signal(signal.SIGHUP)
    _, err = run.communicate("go on\n", timeout=TIMEOUT)
    assert run.returncode == 0 and "SIGHUP" not in err, err


@pytest.mark.parametrize("left", ["", "if os.fork() == 0: os.setsid(); time.sleep(5); os._exit(0)\n"])
def test_a_script_that_comes_after_the_end_of_the_embedded_process_is_not_awaited(script, left):
    done = lina(
        "run",
        "--may-exit=a.py",
        "--after=c.lua=b.py:go",
        script("a.py", "import lina, os, signal, time\n" + left +
               "lina.wait('up')\nos.kill(os.getpid(), signal.SIGKILL)\n"),
        script("b.py", "import lina\nlina.signal('up')\ntry: lina.wait('never', member='a.py')\n"
               "except lina.MemberDiedError: lina.signal('go')\nlina.wait('never')\n"),
        script("c.lua", "print('not reached')\n"),
    )  # fmt: skip
    assert done.status == 1 and "not reached" not in done.out, done
    assert "c.lua does not start: the process of the embedded scripts has ended" in done.err, done


@pytest.mark.parametrize("action", ["SIG_IGN", "reap"])
def test_a_host_may_ignore_the_ends_of_its_children_or_reap_them_itself(script, tmp_path, action):
    """The host library asks an interpreter that it does not know for its version, by a child of its own."""
    host = tmp_path / "host"
    lua = script("my_lua", '#!/bin/sh\nexec lua "$@"\n')
    lua.chmod(0o755)
    compile_host(
        script(
            "host.c",
            "#include <lina_host.h>\n#include <signal.h>\n#include <sys/wait.h>\n"
            "void reap(int number) { while (waitpid(-1, 0, WNOHANG) > 0) ; (void)number; }\n"
            "int main(int argc, char **argv) {\n"
            "    lina_script_t *script;\n    int status;\n    signal(SIGCHLD, ACTION);\n"
            "    if (argc != 2 || lina_script_start(argv[1], 0, &script) != LINA_OK) return 100;\n"
            "    lina_script_join(script, LINA_FOREVER, &status);\n    return status;\n}\n",
        ),
        host,
        f"-DACTION={action}",
    )
    env = {**environment(), "LINA_LUA": str(lua)}
    done = subprocess.run([host, script("a.lua", "os.exit(3)\n")], env=env, timeout=TIMEOUT)
    assert done.returncode == 3


def test_a_script_that_ends_its_process_by_exec_has_the_status_of_the_program(script):
    path = script("a.py", "import os, sys\nos.execvp('sh', ['sh', '-c', 'exit ' + sys.stdin.read()])\n")
    for status in (0, 3):
        run = start("run", "--embed", path, stdin=subprocess.PIPE)
        _, err = run.communicate(str(status), timeout=TIMEOUT)
        assert run.returncode == status, err


def test_scripts_whose_process_one_of_them_ends_have_failed(script):
    one = script("a.py", "import lina, os\nlina.wait('up')\nos.execvp('true', ['true'])\n")
    other = script("b.lua", "local lina = require('lina')\nlina.signal('up')\nlina.wait('never')\n")
    done = lina("run", one, other)
    assert done.status == 1 and "which one of its scripts has ended by exit(0)" in done.err, done


def test_a_script_that_closes_the_descriptors_of_its_process_ends(script):
    done = lina("run", "--embed", "--timeout", "60", script("a.py", "import os\nos.closerange(3, 1024)\n"))
    assert done.status == 1 and "a.py ended with its process" in done.err, done
