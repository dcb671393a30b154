"""`lina run` with an embedded Node: how scripts end, what they print, and how they are stopped."""

import os
import pathlib
import re
import resource
import shutil
import subprocess

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
    needs_node,
    start,
    stop_when_up,
)

pytestmark = [
    needs_command,
    needs_node,
    pytest.mark.skipif(not EMBEDS_NODE, reason="Lina was built without libnode"),
]


@pytest.mark.parametrize(
    "name, text, status, told",
    [
        ("d.js", "function f() { throw new Error('no wind'); }\nf();\n", 1, "Error: no wind\n    at f ("),
        ("d.mjs", "function f() { throw new Error('no wind'); }\nf();\n", 1, "Error: no wind\n    at f ("),
        ("d.js", "throw 42\n", 1, "\nthrow 42\n^\n42\n"),
        ("d.js", "Promise.reject(new TypeError('lost'))\n", 1, "TypeError: lost"),
        ("d.js", "setTimeout(() => undefined.field, 1)\n", 1, "TypeError: Cannot read"),
        ("d.js", "let x = = 3\n", 1, "d.js:1\nlet x = = 3\n        ^"),
        ("d.mjs", "let x = = 3\n", 1, "d.mjs:1\nlet x = = 3\n        ^"),
        ("d.mjs", "import './absent.mjs'\n", 1, "ERR_MODULE_NOT_FOUND"),
        ("d.js", "const f = () => 1 + f(); f()\n", 1, "RangeError: Maximum call stack"),
        ("d.js", "new ArrayBuffer(2 ** 50)\n", 1, "RangeError: Array buffer allocation failed"),
        ("d.js", "process.exit(0)\n", 0, ""),
        ("d.js", "process.exit(3)\n", 3, ""),
        ("d.js", "process.exitCode = 4\n", 4, ""),
        ("d.js", "setTimeout(() => process.exit(5), 1); setInterval(() => {}, 1000)\n", 5, ""),
        ("d.js", "process.on('exit', () => console.error('bye')); process.exit(6)\n", 6, "bye"),
        ("d.mjs", "await new Promise(() => {})\n", 13, ""),
        ("d.js", "process.on('uncaughtException', () => process.exit(8)); undefined.field\n", 8, ""),
    ],
)
@BOTH
def test_a_node_script_ends_embedded_as_it_does_in_node(script, how, name, text, status, told):
    done = lina("run", how, script(name, text))
    assert done.status == status and told in done.err, done
    assert str(ROOT) not in done.err, done


def ordinary_nodes():
    found = shutil.which("node"), *pathlib.Path(os.environ["LINA_DEPS"]).glob("node/node_modules/*/bin/node")
    return [program for program in found if program]


def told_by_scripts(text):
    """What is not Node's own, which differs between its versions."""
    lines = [line for line in text.splitlines() if not line.startswith(("lina: ", "Node.js v"))]
    return [line for line in lines if not re.match(r" +at .*node:internal/", line)]


@pytest.fixture(scope="session")
def alike(tmp_path_factory):
    """An ordinary Node of the same major version as the embedded one, or None."""
    path = tmp_path_factory.mktemp("version") / "v.cjs"
    path.write_text("console.log(process.versions.node.split('.')[0])\n")
    major = lina("run", "--embed", path).out
    for program in ordinary_nodes():
        if subprocess.run([program, path], capture_output=True, text=True).stdout == major:
            return program


UNCAUGHT = {
    "an error": "throw new Error('no wind')",
    "in a function": "function f() {\n\tconst x = 1; throw new Error('no wind');\n}\nf()",
    "far from its throw": "const e = new Error('no wind');\nfunction f() {\n  throw e\n}\nf()",
    "a rejection": "Promise.reject(new TypeError('no wind'))",
    "a rejection with a number": "Promise.reject(42)",
    "a cause": "throw new Error('no wind', { cause: new Error('high pressure') })",
    "a class": "class Calm extends Error { code = 'E0' }\nthrow new Calm('no wind')",
    "a list": "throw new AggregateError([new Error('one'), new TypeError('two')], 'both')",
    "a string": "throw 'no wind'",
    "nothing": "throw undefined",
    "an object": "throw { wind: { speed: 0 } }",
    "a timer": "setTimeout(() => {\n  throw new RangeError('no wind')\n}, 1)",
    "a syntax": "let x = = 3",
    "an eval": "eval('1;\\nthrow new Error(\"no wind\")')",
    "an eval's syntax": "new Function('let x = = 3')",
    "another name": "throw new Error('no wind')\n//# sourceMappingURL=data:application/json,{}",
    "a listener": "process.on('uncaughtException', () => { throw Error('no wind') }); throw Error('calm')",
    "the exit": "process.on('exit', () => { throw new Error('no wind') })",
    "the system": "process.chdir('/nonexistent')",
}


@pytest.mark.parametrize("kind", [".cjs", ".mjs"])
@pytest.mark.parametrize("text", UNCAUGHT.values(), ids=UNCAUGHT)
def test_an_uncaught_error_is_shown_as_by_the_ordinary_node(script, alike, kind, text):
    path = script("d" + kind, text + "\n")
    done = lina("run", "--embed", path)
    assert re.search(r"^\S+:\d+\n.*\n[ \t]*\^+\n", done.err, re.MULTILINE), done
    assert done.err.rstrip().splitlines()[-2].startswith("Node.js v"), done
    if alike:
        told = subprocess.run([alike, path], capture_output=True, text=True)
        assert done.status == told.returncode, done
        assert told_by_scripts(done.err) == told_by_scripts(told.stderr)


def test_what_node_prints_of_an_uncaught_error_belongs_to_its_script(script):
    done = lina(
        "run", "--embed", script("d.js", "throw 42\n"), script("e.js", "throw new Error('no wind')\n")
    )
    shown = {line.split("| ", 1)[-1] for line in done.err.splitlines() if line.startswith(("d.js", "e.js"))}
    assert {"throw 42", "Error: no wind"} & shown and "lina | " not in done.err, done


# From Node 20 on, a checkout finds Lina for import by hooks. They are in the stack of an import that fails.
@pytest.mark.parametrize("kind", [".cjs", ".mjs"])
@BOTH
def test_a_missing_module_of_import_is_told(script, how, kind):
    done = lina("run", how, script("d" + kind, "import('./absent.cjs')\n"))
    assert done.status == 1 and re.search("Cannot find module '.*/absent.cjs' imported from", done.err), done
    assert str(ROOT) not in done.err, done


@BOTH
def test_a_missing_module_is_told_without_the_frames_of_lina(script, how):
    done = lina("run", how, script("d.cjs", "require('./absent.cjs')\n"))
    assert done.status == 1 and "Cannot find module './absent.cjs'" in done.err, done
    assert str(ROOT) not in done.err, done


@pytest.mark.parametrize(
    "text",
    [
        "setInterval(() => {}, 1000);",
        "lina.waitSync('never');",
        "await lina.wait('never');",
        "while (true);",
        "new Worker('while (true);', { eval: true });",
    ],
)
@BOTH
def test_a_node_script_is_stopped_in_a_timer_a_wait_a_loop_and_a_worker(script, how, text):
    head = "import lina from 'lina';\nimport { Worker } from 'node:worker_threads';\nconsole.log('up');\n"
    run = start("run", how, "--grace", "1h", script("d.mjs", head + text))
    done = stop_when_up(run)
    assert done.status == 130 and "killed" not in done.err, done


@BOTH
def test_a_node_that_refuses_its_options_has_nodes_exit_status(script, how):
    env = {**environment(), "NODE_OPTIONS": "--nonsense"}
    done = lina("run", how, script("d.js", "console.log('ran')\n"), env=env)
    assert done.status == 9 and "--nonsense is not allowed in NODE_OPTIONS" in done.err, done


@pytest.mark.parametrize(
    "words", [["--isolate"], ["--watch"], ["--restart", "d.js=always"], ["--debug", "d.js"]], ids=" ".join
)
def test_a_process_of_its_own_without_a_node_on_path_is_refused_with_the_remedy(script, tmp_path, words):
    env = {**environment(), "PATH": str(tmp_path)}
    done = lina("run", *words, script("d.js", "console.log('ran')\n"), env=env)
    reason = "--debug or --prefix" if words[0] == "--debug" else words[0]
    told = f"d.js: there is no node on PATH, which it needs for a process of its own ({reason}): install Node"
    assert done.status == 2 and told in done.err and done.out == "", done


def test_an_embedded_node_that_listens_to_sigint_ends_itself(script):
    text = "process.on('SIGINT', () => { console.log('heard'); process.exit(0); });\nconsole.log('up');\n"
    run = start("run", "--embed", "--grace", "1h", script("d.js", text + "setInterval(() => {}, 1000);\n"))
    done = stop_when_up(run)
    assert done.out == "heard\n" and "killed" not in done.err, done


@pytest.mark.parametrize("number, name", [(2, "SIGINT"), (15, "SIGTERM"), (1, "SIGHUP")])
@BOTH
def test_a_node_script_that_sends_itself_a_signal_hears_it_or_ends_as_in_node(script, how, number, name):
    send = f"process.kill(process.pid, '{name}');\n"
    hear = f"process.once('{name}', (...heard) => {{ console.log(heard); {send} }});\n"
    path = script("d.js", hear + send + "setInterval(() => {}, 1000);\n")
    done = lina("run", how, "--timeout", "60", path)
    assert done.status == 128 + number and done.out == f"[ '{name}', {number} ]\n", done


@pytest.mark.parametrize(
    "take", ["setUncaughtExceptionCaptureCallback(take)", "on('uncaughtException', take)"]
)
@BOTH
def test_a_node_script_that_takes_its_own_error_goes_on(script, how, take):
    text = f"function take(e) {{ console.log(e); }}\nprocess.{take};\nsetTimeout(console.log, 1, 'later');\n"
    done = lina("run", how, "--timeout", "60", script("d.js", text + "throw 'mine';\n"))
    assert (done.status, done.out) == (0, "mine\nlater\n"), done
    done = lina("run", how, "--timeout", "60", script("d.js", text + "throw process.exit(3);\n"))
    assert (done.status, done.out) == (3, ""), done


def test_a_signal_that_a_node_script_sends_itself_does_not_end_its_neighbours(script):
    done = lina(
        "run",
        *("--embed", "--may-exit", "d.js"),
        script("d.js", "require('lina').signal('up'); process.kill(process.pid);\n"),
        script(
            "a.py",
            "import lina\nlina.wait('up')\ntry: lina.wait('never', member='d.js')\n"
            "except lina.LinaError: print('goes on')\n",
        ),
    )
    assert done.status == 0 and done.out == "a.py | goes on\n", done


def test_two_scripts_of_node_run_at_the_same_time_and_share_the_arena(script):
    done = lina(
        "run",
        "--embed",
        script(
            "a.mjs", "import lina from 'lina'; lina.signal('a'); await lina.wait('b'); console.log('one');\n"
        ),
        script(
            "b.js", "const lina = require('lina'); lina.waitSync('a'); lina.signal('b'); process.exit(0);\n"
        ),
    )
    assert done.status == 0 and done.out == "a.mjs | one\n", done


IMPORTS = """
import lina from 'lina';
import { same } from './part.mjs';
const part = await import('./part.cjs');
const name = 'li' + 'na';
console.log(same, (await import(name)).default === lina, (await part.default.imported).default === lina);
console.log(import.meta.resolve('lina') === part.default.place);
await import('nowhere').catch((error) => console.log(error.code));
new Worker("import('lina').then(({ signal }) => console.log(typeof signal))", { eval: true });
"""


@BOTH
def test_every_kind_of_import_finds_lina(script, how):
    main = script("d.mjs", "import { Worker } from 'node:worker_threads';" + IMPORTS)
    script("part.mjs", "import * as all from 'lina';\nexport const same = typeof all.signal;\n")
    script(
        "part.cjs",
        "const place = new URL('index.mjs', require('url').pathToFileURL(require.resolve('lina'))).href;\n"
        "module.exports = { place, imported: import('lina') };\n",
    )
    done = lina("run", how, main)
    assert done.out == "function true true\ntrue\nERR_MODULE_NOT_FOUND\nfunction\n", done


def test_an_embedded_node_starts_a_thread_of_hooks_only_if_it_has_no_other_way_to_find_lina(script):
    trap = script(
        "trap.cjs",
        "const all = require('module'), { register } = all;\n"
        "all.register = (...hooks) => { console.log('a thread'); register(...hooks); };\n",
    )
    text = "import 'lina';\nconsole.log(Object.getOwnPropertySymbols(globalThis), process.versions.node);\n"
    env = {**environment(), "NODE_OPTIONS": f"--require={trap}"}
    done = lina("run", "--embed", script("d.mjs", text), env=env)
    *threads, symbols = done.out.splitlines()
    globals_, version = symbols.rsplit(" ", 1)
    assert globals_ == "[ Symbol(Symbol.toStringTag) ]", done
    needs_thread = (20,) <= tuple(map(int, version.split("."))) < (22, 15)
    assert ("a thread" in threads) == needs_thread, done


def test_what_an_embedded_node_prints_has_the_scripts_name(script):
    text = (
        "console.log('out'); console.error('err'); process.emitWarning('careful');\n"
        "new (require('worker_threads').Worker)('console.log(\"worker\")', { eval: true });\n"
    )
    done = lina("run", "--embed", script("d.js", text), script("b.lua", ""))
    assert done.status == 0, done
    assert "d.js  | out\n" in done.out and "worker" in done.out and "lina " not in done.out, done
    assert "d.js  | err\n" in done.err and "Warning: careful" in done.err, done


def test_an_embedded_node_has_the_arguments_and_the_program_of_node(script):
    text = "console.log(process.argv[1] === __filename, require.main === module, process.execPath)\n"
    assert lina("run", "--embed", script("d.js", text)).out == f"true true {shutil.which('node')}\n"


def test_a_child_of_an_embedded_node_runs_in_the_node_on_path(script):
    text = (
        "const { fork } = require('child_process');\n"
        "if (process.argv[2]) process.exit(require('lina').value('go'));\n"
        "require('lina').signal('go');\n"
        "fork(__filename, ['child']).on('exit', (status) => console.log('child', status));\n"
    )
    assert lina("run", "--embed", script("d.js", text)).out == "child 1\n"


def test_an_embedded_node_that_may_not_read_standard_input_gets_none(script):
    text = "process.stdin.on('data', () => {}).on('end', () => console.log('no input'))\n"
    done = lina("run", "--embed", script("d.js", text), script("b.lua", ""))
    assert done.status == 0 and done.out == "d.js  | no input\n", done


def test_julia_starts_before_node_in_whatever_order_they_are_named(script):
    done = lina(
        "run",
        "--embed",
        script("d.js", "require('lina').waitSync('julia'); console.log('node')\n"),
        script("b.jl", 'using Lina\nsleep(0.01)\nLina.signal("julia")\n'),
    )
    assert done.status == 0 and "d.js | node\n" in done.out, done


@pytest.mark.parametrize("version, standard", [(20, 17), (22, 17), (24, 20), (26, 20)])
def test_the_plug_in_compiles_for_the_libnode_of_other_distributions(version, standard):
    headers = pathlib.Path(os.environ["LINA_DEPS"]) / f"node/node_modules/node{version}/include/node"
    if not (headers / "node.h").exists():
        pytest.skip(f"script/setup has not fetched Node {version}")
    folders = [f"-I{folder}" for folder in (ROOT / "include", BUILD / "host")]
    done = subprocess.run(
        [
            *("c++", f"-std=c++{standard}", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"),
            *("-D_GNU_SOURCE", "-isystem", headers, *folders, ROOT / "host/node/embed.cpp"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


# The linker moves libc's variable `environ` into this program (a copy relocation). A library that binds to
# libc's own copy instead sees a null pointer.
HOST = """
#include <unistd.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    lina_script_t *script;
    int status = 2;
    if (argc != 2 || environ[0] == NULL || lina_alloc_shared_memory(1 << 20) != LINA_OK ||
        lina_script_start(argv[1], NULL, &script) != LINA_OK)
        return 3;
    lina_script_join(script, LINA_FOREVER, &status);
    lina_script_free(script);
    return status;
}
"""
ENVIRONMENT = """
const { spawnSync } = require('child_process');
const child = (options) => spawnSync('sh', ['-c', 'echo $OWN $MARK'], options).stdout.toString();
process.env.OWN = 'later';
const names = Object.keys(process.env).filter((name) => ['MARK', 'OWN'].includes(name));
console.log(process.env.MARK, names.sort());
console.log(child({}) + child({ env: { OWN: 'other', PATH: process.env.PATH } }));
"""


def test_node_and_its_children_share_the_environment_of_a_host_with_its_own_copy_of_it(script, tmp_path):
    source, host = script("host.c", HOST), tmp_path / "host"
    compile_host(source, host, "-no-pie", "-fno-pic")
    environ = {**environment(), "MARK": "of the host"}
    done = subprocess.run(
        [host, script("d.js", ENVIRONMENT)], env=environ, capture_output=True, text=True, timeout=TIMEOUT
    )
    told = "of the host [ 'MARK', 'OWN' ]\nlater of the host\nother\n\n"
    assert done.returncode == 0 and done.stdout == told, done


def test_node_leaves_the_signals_and_limits_of_its_process_alone(script):
    """By default, it would change the handlers of all signals, and raise the limit of descriptors."""
    text = (
        "local function look()\n local seen = ''\n for _, name in ipairs { 'status', 'limits' } do\n"
        "  for line in io.lines('/proc/self/' .. name) do\n"
        "   if line:match('^SigIgn') or line:match('^SigCgt') or line:match('open files') then\n"
        "    seen = seen .. line .. '\\n'\n   end\n  end\n end\n return seen\nend\n"
        "local lina = require 'lina'\nlocal before = look()\nlina.signal('looked')\nlina.wait('node', 60)\n"
        "print(before == look() and 'alike' or before .. look())\nlina.signal('done')\n"
    )
    done = lina(
        "run",
        "--embed",
        script("a.lua", text),
        script("d.js", "const lina = require('lina');\nlina.signal('node');\nlina.waitSync('done', 60);\n"),
        "--after",
        "d.js=a.lua:looked",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024)),
    )
    assert done.status == 0 and "alike" in done.out, done
