"""Which scripts share a process, and which combinations are refused."""

import functools
import resource

import pytest
from running import EMBEDS_NODE, environment, lina, needs_command, needs_java, needs_node
from test_python_host import python

pytestmark = needs_command

# Two scripts of a language exchange signals, so both run at once. Each prints the id of its process.
PAIRS = {
    "python": ("py", "import lina, os\nlina.signal('{0}')\nlina.wait('{1}')\nprint(os.getpid())\n"),
    "julia": ("jl", 'using Lina\nLina.signal("{0}")\nLina.wait("{1}")\nprintln(getpid())\n'),
    "lua": (
        "lua",
        "local lina = require 'lina'\nlina.signal('{0}')\nlina.wait('{1}')\n"
        "print(io.open('/proc/self/stat'):read('*l'):match('%d+'))\n",
    ),
    "node": (
        "js",
        "const lina = require('lina');\nlina.signal('{0}');\nlina.waitSync('{1}');\n"
        "console.log(process.pid)\n",
    ),
    "java": (
        "java",
        "class T {{ public static void main(String[] a) throws Exception {{\n"
        'dev.lina.Lina.signal("{0}"); dev.lina.Lina.await("{1}");\n'
        "System.out.println(ProcessHandle.current().pid()); }} }}\n",
    ),
}


@pytest.mark.parametrize(
    "language, shares",
    [
        ("python", False),
        ("julia", False),
        ("lua", True),
        pytest.param("node", EMBEDS_NODE, marks=needs_node),
        pytest.param("java", False, marks=needs_java),
    ],
)
def test_two_scripts_of_a_language_run_at_once_and_a_line_says_if_one_has_its_own_process(
    script, language, shares
):
    extension, text = PAIRS[language]
    first, second = f"one.{extension}", f"two.{extension}"
    done = lina("run", script(first, text.format("one", "two")), script(second, text.format("two", "one")))
    assert done.status == 0, done
    pids = {line.split(" | ")[0].strip(): line.split(" | ")[1] for line in done.out.splitlines()}
    assert set(pids) == {first, second} and (pids[first] == pids[second]) == shares, done
    told = f"lina: {second} runs in a process of its own: {language} "
    assert (told in done.err) == (not shares and language != "node"), done


@pytest.mark.parametrize(
    "name, text",
    [
        pytest.param("E.java", "class E { public static void main(String[] a) { } }", marks=needs_java),
        pytest.param("d.js", "", marks=needs_node),
    ],
)
def test_a_julia_that_comes_too_late_is_refused_with_the_reason_and_the_advice(script, name, text):
    if name == "d.js" and not EMBEDS_NODE:
        pytest.skip("Lina was built without libnode")
    early, julia = str(script(name, text)), str(script("b.jl", "println(1 + 1)\n"))
    done = python(f"lina.host.run({early!r})\nlina.host.run({julia!r})\n")
    language = {"E.java": "java", "d.js": "node"}[name]
    told = f"julia must start before {language} in a process: run its script first, or prepare it"
    assert done.returncode == 1 and told in done.stderr and done.stdout == "", done
    # If both are named in one call, they start in the right order.
    done = python(f"lina.host.run({early!r}, {julia!r})\n")
    assert done.returncode == 0 and done.stdout == "2\n", done


def test_two_kinds_of_lua_in_one_process_are_refused_and_the_first_goes_on(script):
    path = str(script("c.lua", "print(_VERSION)\n"))
    text = (
        "import os\nos.environ['LINA_LUA'] = 'lua5.4'\nlina.host.run({0!r})\n"
        "os.environ['LINA_LUA'] = 'luajit'\n"
        "try:\n    lina.host.run({0!r})\nexcept lina.LinaError as error:\n    print(error)\n"
        "os.environ['LINA_LUA'] = 'lua5.4'\nlina.host.run({0!r})\n"
    )
    done = python("import sys; sys.stdout.reconfigure(line_buffering=True)\n" + text.format(path))
    told = "This process has lua of liblua5.4.so.0 already, and can have only one"
    assert done.returncode == 0 and done.stdout == f"Lua 5.4\n{told}\nLua 5.4\n", done


@needs_java
def test_a_second_script_after_system_exit_says_why_it_does_not_start(script):
    ends = str(script("E.java", "class E { public static void main(String[] a) { System.exit(0); } }"))
    done = python(f"lina.host.run({ends!r})\nlina.host.run({ends!r})\n")
    assert done.returncode == 1, done
    assert "java does not start: an earlier script has ended this process's JVM by System.exit" in done.stderr


def test_two_python_scripts_with_embed_are_refused_before_anything_runs(script):
    done = lina("run", "--embed", script("a.py", "print('ran')\n"), script("b.py", "print('ran')\n"))
    assert done.status == 2 and done.out == "", done
    assert "b.py cannot be embedded (--embed): python runs one script in a process" in done.err
    assert lina("run", "--isolate", script("a.py", ""), env=environment()).err == ""


CHANGES = """import fcntl, lina, locale, os, resource, signal
lina.wait('up')
os.environ['CHANGED'] = 'yes'
os.umask(0o77), os.chdir('/')
locale.setlocale(locale.LC_CTYPE, 'C.UTF-8')
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
signal.signal(signal.SIGUSR1, lambda *_: lina.signal('rung'))
file = open(os.environ['LOCKED'], 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
lina.signal('changed')
lina.wait('seen'), lina.wait('locked')
"""

LOOKS = """local lina = require 'lina'
os.setlocale('C', 'ctype')
lina.signal('up')
lina.wait('changed')
local function run(command)
    return (io.popen(command):read('*a'):gsub('%s+', ' '))
end
print(os.getenv('CHANGED'), os.setlocale(nil, 'ctype'), run('echo $CHANGED; umask; pwd; ulimit -n'))
if os.getenv('HOW') == '--embed' then -- otherwise the signal would end this process
    os.execute('kill -USR1 $PPID')
    lina.wait('rung')
end
lina.signal('seen')
"""

LOCKS = """using Lina
Lina.wait("changed")
file = open(ENV["LOCKED"], "a")
locked = ccall(:lockf, Cint, (Cint, Cint, Int), fd(file), 2, 0) == 0 # F_TLOCK
println(get(ENV, "CHANGED", "no"), " ", locked)
Lina.signal("locked")
"""


@pytest.mark.parametrize("how", ["--embed", "--isolate"])
def test_the_table_of_what_scripts_of_one_process_share_is_true(script, tmp_path, how):
    scripts = [script("a.py", CHANGES), script("b.jl", LOCKS), script("c.lua", LOOKS)]
    env = {**environment(), "LC_ALL": "C", "LOCKED": str(tmp_path / "locked"), "HOW": how}
    env |= {"CHANGED": "no"}
    limits = functools.partial(resource.setrlimit, resource.RLIMIT_NOFILE, (1000, 1000))
    done = lina("run", how, *scripts, cwd=tmp_path, env=env, umask=0o27, preexec_fn=limits)
    said = {line[:4]: line.split("| ")[1] for line in done.out.splitlines()}
    seen, limit, lock = ("yes", 200, "true") if how == "--embed" else ("no", 1000, "false")
    locale = "C.UTF-8" if how == "--embed" else "C"
    assert said["c.lu"] == f"{seen}\t{locale}\t{seen} 0027 {tmp_path} {limit} ", done
    assert said["b.jl"] == f"{seen} {lock}" and done.status == 0, done
