"""Traps of several runtimes in one process. Each test fails if the host no longer handles its trap."""

import fcntl
import os
import subprocess
import sys

import pytest
from running import (
    BOTH,
    BUILD,
    EMBEDS_NODE,
    ROOT,
    TIMEOUT,
    compile_host,
    environment,
    lina,
    needs_command,
    needs_java,
    needs_node,
)
from test_ends import JAVA
from test_python_host import python

pytestmark = needs_command
needs_libnode = pytest.mark.skipif(not EMBEDS_NODE, reason="Lina was built without libnode")


@BOTH
def test_julia_catches_exceptions_by_its_own_libunwind_and_not_by_the_systems(script, how):
    """Debian's last Julia crashes with a newer libunwind than the one that it was built with."""
    text = (
        "try sqrt(-1.0) catch end\nprefix = dirname(realpath(Sys.BINDIR))\n"
        'for line in eachline("/proc/self/maps")\n'
        '    occursin("libunwind", line) && println(prefix, " ", split(line)[end])\nend\n'
    )
    done = lina("run", how, script("b.jl", text))
    assert done.status == 0, done
    for line in done.out.splitlines():  # none if libjulia has it inside
        prefix, library = line.split()
        assert os.path.realpath(library).startswith(f"{prefix}/"), done


@needs_node
@needs_libnode
def test_node_and_julia_each_have_their_own_libuv(script):
    node = script("d.js", "console.log(process.versions.uv)\n")
    julia = script("b.jl", "println(unsafe_string(ccall(:uv_version_string, Cstring, ())))\n")
    alone = [lina("run", "--embed", path).out for path in (node, julia)]
    done = lina("run", "--embed", node, julia)
    shown = {
        line.split(" | ")[0].strip(): line.split(" | ")[1] for line in done.out.splitlines(keepends=True)
    }
    assert alone[0] != alone[1] and [shown["d.js"], shown["b.jl"]] == alone, (done, alone)


CHILDREN = {
    "a.py": """import lina, signal
signal.signal(signal.SIGCHLD, lambda *_: lina.signal('python'))
lina.signal('asked')
lina.wait('python')
print('python')
""",
    "b.jl": """using Lina
Lina.wait("asked"); Lina.wait("node")
child = open(`cat`, "w")
Lina.signal("julia"); Lina.wait("node done")
close(child); wait(child)
println("julia")
""",
    "d.mjs": """import { spawn } from 'node:child_process';
import lina from 'lina';
const child = spawn('cat'), end = new Promise((done) => child.on('exit', done));
lina.signal('node');
await lina.wait('julia');
child.stdin.end();
await end;
lina.signal('node done');
console.log('node');
""",
}


@needs_node
@needs_libnode
def test_each_interpreter_learns_of_the_ends_of_its_children(script):
    """Julia's libuv takes SIGCHLD after Node's, and Node's gives it back while Julia's still needs it."""
    scripts = [script(name, text) for name, text in CHILDREN.items()]
    done = lina("run", "--embed", "--timeout", "60", *scripts)
    assert done.status == 0, done
    assert sorted(line.split("| ")[1] for line in done.out.splitlines()) == ["julia", "node", "python"]


def test_a_thread_of_julia_collects_garbage_while_no_script_runs(script):
    """The thread that starts Julia then waits in the host for the next script."""
    text = (
        "using Lina, Base.Threads\n"
        'function collect_later()\n    while Lina.value("go") == 0; GC.safepoint(); end\n'
        '    GC.gc()\n    Lina.signal("collected")\nend\n'
        "while true # until the task has begun on another thread than this\n    place = Channel{Int}(1)\n"
        "    Threads.@spawn (put!(place, threadid()); threadid() == 1 || collect_later())\n"
        "    take!(place) == 1 || break\nend\n"
    )
    done = python(
        f"lina.host.run({str(script('b.jl', text))!r})\nlina.signal('go')\n"
        "lina.wait('collected', timeout=60)\nprint('collected')\n",
        JULIA_NUM_THREADS="2",
    )
    assert done.returncode == 0 and done.stdout == "collected\n", done


@needs_node
@needs_libnode
def test_the_symbols_of_each_interpreter_are_global_for_its_extension_modules(script):
    """Extensions of Python, Lua and Node, and Julia's system image, are not linked to their interpreters."""
    names = "Py_IsInitialized luaL_newstate jl_gc_enable napi_create_int32 uv_version_string"
    text = (
        "import ctypes, lina\nfor language in ('jl', 'lua', 'js'):\n    lina.wait(language)\n"
        f"print([name for name in {names.split()} if not hasattr(ctypes.CDLL(None), name)])\n"
        "lina.signal('looked')\n"
    )
    done = lina(
        "run",
        "--embed",
        script("a.py", text),
        script("b.jl", 'using Lina\nLina.signal("jl")\nLina.wait("looked")\n'),
        script("c.lua", "local lina = require 'lina'\nlina.signal('lua')\nlina.wait('looked')\n"),
        script("d.js", "const lina = require('lina');\nlina.signal('js');\nlina.waitSync('looked');\n"),
    )
    assert done.status == 0 and done.out == "a.py  | []\n", done


# Prints the library that has the handler of a signal, and whether the handler uses the other stack.
WHOSE_SIGNAL = """
import ctypes, lina, os, signal
class Symbol(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p)] + [(name, ctypes.c_void_p) for name in ("base", "name", "address")]
def show(library, number):
    action, symbol = (ctypes.c_void_p * 32)(), Symbol()
    ctypes.CDLL(library).sigaction(number, None, action)
    ctypes.CDLL(None).dladdr(ctypes.c_void_p(action[0]), ctypes.byref(symbol))
    flags = ctypes.c_int.from_address(ctypes.addressof(action) + 136).value
    print(os.path.basename(symbol.file.decode()).split(".")[0], flags & 0x08000000 != 0)
for language in "java", "julia":
    lina.wait(language)
"""


def look_at_signals(script, text):
    """Runs Python's text when a JVM and Julia have started in its process."""
    return lina(
        "run",
        "--embed",
        script("a.py", f"{WHOSE_SIGNAL}{text}\nlina.signal('looked')\n"),
        script("b.jl", 'using Lina\nLina.signal("julia")\nLina.wait("looked")\n'),
        script("E.java", JAVA.format('dev.lina.Lina.signal("java"); dev.lina.Lina.await("looked");')),
    )


@needs_java
def test_the_jvm_leaves_sigusr2_to_julia(script):
    done = look_at_signals(script, "show(None, signal.SIGUSR2)")
    assert done.status == 0 and "a.py   | libjulia " in done.out, done


@needs_java
def test_a_fault_comes_to_the_jvm_first_and_then_to_julia_on_the_other_stack(script):
    """The process has the JVM's handler, and others see Julia's, whichever of the two has started first."""
    text = "for number in signal.SIGSEGV, signal.SIGBUS:\n    show('libc.so.6', number), show(None, number)"
    done = look_at_signals(script, text)
    assert done.status == 0 and done.out == "a.py   | libjvm True\na.py   | libjulia True\n" * 2, done


# Plays the JVM and Julia. `install` is what both do; the JVM's comes between its two calls.
FAULTS = """
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>
#include <initializer_list>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
extern "C" {
void JVM_begin_signal_setting();
void JVM_end_signal_setting();
struct sigaction *JVM_get_signal_action(int);
}
static void jvm(int, siginfo_t *, void *) {}
static void julia(int, siginfo_t *, void *) {}
static void install(int number, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    if (sigaction(number, &action, nullptr) != 0)
        abort();
}
static struct sigaction of_process(int number) {
    auto real = reinterpret_cast<decltype(&sigaction)>(dlsym(dlopen("libc.so.6", RTLD_LAZY), "sigaction"));
    struct sigaction action;
    real(number, nullptr, &action);
    return action;
}
static bool is_shared() {
    struct sigaction seen;
    sigaction(SIGSEGV, nullptr, &seen);
    struct sigaction first = of_process(SIGSEGV), *second = JVM_get_signal_action(SIGSEGV);
    return first.sa_sigaction == jvm && (first.sa_flags & SA_ONSTACK) != 0 && second != nullptr &&
           second->sa_sigaction == julia && seen.sa_sigaction == julia;
}
// A child must not wait for the JVM of its parent.
static void fork_and_look(bool &well) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct sigaction seen;
        alarm(20);
        sigaction(SIGSEGV, nullptr, &seen);
        _exit(0);
    }
    well = waitpid(child, &status, 0) == child && status == 0;
}
int main(int argc, char **argv) {
    bool late = argc > 1, child_is_well;
    std::thread other;
    if (!late)
        install(SIGSEGV, julia);
    JVM_begin_signal_setting();
    std::thread(fork_and_look, std::ref(child_is_well)).join();
    if (late) // must wait until the JVM has installed all its handlers
        other = std::thread(install, SIGSEGV, julia);
    for (int number : {SIGSEGV, SIGUSR2})
        install(number, jvm);
    JVM_end_signal_setting();
    if (late)
        other.join();
    install(SIGUSR2, julia); // is no fault: the last handler wins
    bool well = is_shared() && child_is_well && of_process(SIGUSR2).sa_sigaction == julia &&
                JVM_get_signal_action(SIGUSR2) == nullptr && JVM_get_signal_action(SIGILL) == nullptr;
    puts(well ? "shared" : "not shared");
    return 0;
}
"""


@pytest.mark.parametrize("order", [[], ["late"]], ids=["julia first", "jvm first"])
def test_the_command_keeps_julias_handler_behind_the_jvms(script, tmp_path, order):
    program, source = tmp_path / "faults", script("play.cpp", FAULTS)
    words = ["c++", "-std=c++17", "-w", source, ROOT / "host/cli/faults.cpp", "-o", program]
    subprocess.run([*words, "-pthread", "-ldl"], check=True)
    assert subprocess.run([program, *order], capture_output=True, text=True).stdout == "shared\n"


@needs_node
@needs_libnode
def test_node_does_not_restore_the_standard_streams_when_the_program_ends(script):
    """By default, it would give them the flags that they had when Node started."""
    text = (
        "import fcntl, os, lina, lina.host\nlina.init_arena(1 << 20)\n"
        f"lina.host.run({str(script('d.js', ''))!r})\n"
        "fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)\n"
    )
    ours, its = os.pipe()
    try:
        env = {**environment(), "PYTHONPATH": str(BUILD)}
        subprocess.run([sys.executable, "-c", text], stdin=ours, env=env, timeout=TIMEOUT, check=True)
        assert fcntl.fcntl(ours, fcntl.F_GETFL) & os.O_NONBLOCK
    finally:
        os.close(ours)
        os.close(its)


# An interpreter that starts reads the environment on a thread of its own, while the host sets variables for
# the next one. setenv would free the array that the thread reads, if it must move it.
READER = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    lina_script_t *script;
    int status = 2;
    size_t n = 0;
    for (int i = 1; i < argc; i++) {
        char **read = environ, **seen;
        for (n = 0; read[n] != NULL; n++)
            ;
        seen = malloc((n + 1) * sizeof *seen);
        memcpy(seen, read, (n + 1) * sizeof *seen);
        for (int j = 0; j < 4096; j++)
            malloc(16 + j); /* nothing behind the array is free, so it cannot grow where it is */
        if (lina_script_start(argv[i], NULL, &script) != LINA_OK)
            return 3;
        lina_script_join(script, LINA_FOREVER, &status);
        lina_script_free(script);
        if (status != 0 || read == environ || memcmp(read, seen, (n + 1) * sizeof *seen) != 0)
            return 4;
    }
    puts("kept");
    return 0;
}
"""


def test_an_environment_that_a_thread_reads_stays_when_the_host_sets_variables(script, tmp_path):
    source, host = script("host.c", READER), tmp_path / "host"
    compile_host(source, host, "-w")
    ours = {"LINA_CORE", "LUA_PATH", "LUA_CPATH", "JULIA_LOAD_PATH", "OPENBLAS_MAIN_FREE"}
    env = {name: value for name, value in environment().items() if name not in ours}
    words = [host, script("c.lua", ""), script("b.jl", "")]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0 and done.stdout == "kept\n", done
