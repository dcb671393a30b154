"""Which interpreter runs a script. The plan, the doctor and the script itself agree about it."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from running import BOTH, EMBEDS_NODE, environment, lina, needs_command, needs_java, needs_node

pytestmark = needs_command

# Each script prints the version of its interpreter.
SCRIPTS = {
    "python": ("a.py", "import platform\nprint(platform.python_version())\n"),
    "julia": ("b.jl", "println(VERSION)\n"),
    "lua": ("c.lua", "print(jit and 'jit' or _VERSION:match('%d.%d'))\n"),
    "node": ("d.js", "console.log(process.versions.node)\n"),
    "java": (
        "E.java",
        "class E { public static void main(String[] a) {\n"
        'System.out.println(System.getProperty("java.version")); } }\n',
    ),
}


@pytest.fixture(scope="module")
def runtimes():
    return {one["language"]: one for one in json.loads(lina("doctor", "--json").out)["runtimes"]}


@pytest.mark.parametrize(
    "language",
    [
        "python",
        "julia",
        "lua",
        pytest.param("node", marks=needs_node),
        pytest.param("java", marks=needs_java),
    ],
)
def test_a_script_runs_in_the_version_that_plan_and_doctor_tell(script, runtimes, language):
    name, text = SCRIPTS[language]
    path = script(name, text)
    told = runtimes[language]
    assert lina("run", path).out == told["version"] + "\n"
    plan = lina("run", "--dry-run", path).out
    if told["embedded"]:
        assert f"embedded: {language} {told['version']}, {told['library']}" in plan


@BOTH
def test_a_script_runs_in_the_nearest_virtual_environment(script, tmp_path, how):
    base = environment()["LINA_PYTHON"]
    subprocess.run([base, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    packages = next((tmp_path / ".venv/lib").glob("python*/site-packages"))
    (packages / "only_here.py").write_text("WORD = 'of the environment'\n")
    (tmp_path / "deep/er").mkdir(parents=True)
    path = script("deep/er/a.py", "import sys, only_here\nprint(only_here.WORD, sys.prefix)\n")
    clean = {name: value for name, value in environment().items() if name != "LINA_PYTHON"}
    done = lina("run", how, path, env=clean)
    assert done.status == 0 and done.out == f"of the environment {tmp_path / '.venv'}\n", done


def test_a_python_that_cannot_be_embedded_runs_in_its_own_process_and_the_user_is_told(script, tmp_path):
    """A wrapper of the real Python comes first on PATH. It reports that it has no shared library."""
    real = environment()["LINA_PYTHON"]
    (tmp_path / "bin").mkdir()
    answer = 'printf "3.11.7\\n$0\\n\\n0\\n"'
    shim = script(
        "bin/python3", f'#!/bin/sh\ncase $* in *INSTSONAME*) {answer} ;; *) exec {real} "$@" ;; esac\n'
    )
    shim.chmod(0o755)
    clean = {name: value for name, value in environment().items() if name != "LINA_PYTHON"}
    clean["PATH"] = f"{tmp_path}/bin:{clean['PATH']}"
    done = lina("run", script("a.py", "print('ran')\n"), env=clean)
    assert done.out == "ran\n", done
    assert "lina: a.py runs in a process of its own: this Python has no shared library" in done.err
    assert f"process: {shim} " in lina("run", "--dry-run", script("a.py", ""), env=clean).out


@pytest.mark.parametrize(
    "name, missing, is_read",
    [
        ("python3.11", None, True),
        ("python3.11", "include", False),
        ("python3.11", "lib", False),
        ("python3.11t", None, False),
        ("python3.10", None, False),
    ],
)
def test_a_python_is_asked_unless_its_files_say_its_version_and_library(
    script, tmp_path, name, missing, is_read
):
    kind = name.rstrip("t")
    for folder in f"include/{kind}", "lib/x-linux-gnu", "bin":
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib/x-linux-gnu" / f"lib{kind}.so.1.0").touch()
    script(f"include/{kind}/patchlevel.h", '#define PY_VERSION      "3.11.99"\n')
    if missing is not None:
        (tmp_path / missing).rename(tmp_path / "elsewhere")
    program = script(f"bin/{name}", f'#!/bin/sh\nexec {environment()["LINA_PYTHON"]} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "python").symlink_to(program)
    read = f"embedded: python 3.11.99, {tmp_path}/lib/x-linux-gnu/libpython3.11.so.1.0"
    env = {**environment(), "LINA_PYTHON": str(tmp_path / "python")}
    done = lina("run", "--dry-run", script("a.py", ""), env=env)
    assert done.status == 0 and (read in done.out) == is_read, done


def test_the_version_and_library_that_are_read_from_pythons_files_are_right(runtimes):
    told = runtimes["python"]
    said = subprocess.run(
        [
            told["program"],
            "-c",
            "import platform, sysconfig as c\nprint(platform.python_version())\n"
            "print(c.get_config_var('INSTSONAME'))",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [told["version"], os.path.basename(told["library"])] == said
    assert os.path.exists(told["library"])


def test_a_julia_behind_a_wrapper_script_has_the_same_version_and_library(script, runtimes):
    told = runtimes["julia"]
    shim = script("julia", f'#!/bin/sh\nexec {told["program"]} "$@"\n')
    shim.chmod(0o755)
    behind = {**environment(), "LINA_JULIA": str(shim)}
    path = script(*SCRIPTS["julia"])
    assert f"julia {told['version']}, {told['library']}" in lina("run", "--dry-run", path, env=behind).out
    assert lina("run", "--embed", path, env=behind).out == told["version"] + "\n"


def test_the_version_and_library_that_are_read_from_julias_files_are_right(runtimes):
    question = 'using Libdl; print(VERSION, " ", realpath(Libdl.dlpath("libjulia")))'
    command = [runtimes["julia"]["program"], "--startup-file=no", "-e", question]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"{runtimes['julia']['version']} {runtimes['julia']['library']}"


@needs_node
@pytest.mark.skipif(not EMBEDS_NODE, reason="Lina was built without libnode")
def test_a_line_says_that_node_is_another_than_that_on_path(script):
    done = lina("run", script(*SCRIPTS["node"]))
    assert re.search(r"d.js runs in libnode [\d.]+, not in the node on PATH", done.err), done
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    assert lina("run", "--isolate", script(*SCRIPTS["node"])).out == version.lstrip("v") + "\n"


def test_if_a_named_interpreter_does_not_exist_no_other_is_taken(script):
    for language, name in ("PYTHON", "a.py"), ("LUA", "c.lua"), ("JULIA", "b.jl"):
        path = script(name, "print('ran')\n")
        done = lina("run", path, env={**environment(), f"LINA_{language}": "/nowhere/it"})
        assert done.status == 2 and done.out == "", done
        assert f"LINA_{language} names /nowhere/it, and there is no such program" in done.err


@pytest.mark.parametrize("program", ["true", "echo", "false"])
@pytest.mark.parametrize("how", ["--embed", "--isolate"])
@pytest.mark.parametrize("language", ["python", "julia", "lua", "node", "java"])
def test_a_named_program_that_is_no_such_interpreter_is_refused(script, language, how, program):
    variable, program = f"LINA_{language.upper()}", shutil.which(program)
    env = {**environment(), variable: program}
    done = lina("run", how, script(*SCRIPTS[language]), env=env)
    told = f"{program} does not run as {language} does (the environment variable {variable} names it): let"
    assert done.status == 2 and done.out == "" and told in done.err, done


def test_a_program_beside_java_is_not_taken_for_it(script, runtimes):
    compiler = pathlib.Path(runtimes["java"]["program"]).resolve().with_name("javac")
    done = lina("run", script(*SCRIPTS["java"]), env={**environment(), "LINA_JAVA": str(compiler)})
    assert done.status == 2 and f"{compiler} does not run as java does" in done.err, done


def test_the_doctor_shows_why_a_named_program_is_none():
    named = {f"LINA_{name}": "/bin/true" for name in ("PYTHON", "JULIA", "LUA", "NODE", "JAVA")}
    shown = lina("doctor", env={**environment(), **named}).out
    for language in ("python", "julia", "lua", "node", "java"):
        assert f"none. /bin/true does not run as {language} does (the" in shown, shown


@pytest.mark.parametrize(
    "variable, program, name",
    [("VIRTUAL_ENV", "python", "a.py"), pytest.param("JAVA_HOME", "java", "E.java", marks=needs_java)],
)
def test_if_a_named_folder_does_not_exist_the_error_names_it(script, tmp_path, variable, program, name):
    own = ("LINA_PYTHON", "LINA_JAVA")
    clean = {key: value for key, value in environment().items() if key not in own}
    gone = tmp_path / "gone"
    done = lina("run", script(name, ""), env={**clean, variable: str(gone)})
    assert done.status == 2 and done.out == "", done
    assert f"{variable} names {gone}, and there is no {gone}/bin/{program}" in done.err


def test_a_virtual_environment_whose_python_is_gone_is_not_passed_over(script, tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.symlink_to(tmp_path / "gone")
    clean = {key: value for key, value in environment().items() if key != "LINA_PYTHON"}
    done = lina("run", script("a.py", ""), env=clean)
    assert done.status == 2 and f"{python} does not run: make this .venv again" in done.err, done


@pytest.mark.parametrize("variable", ["LINA_PYTHON", "VIRTUAL_ENV"])
def test_if_a_named_interpreter_may_not_be_executed_that_is_said(script, tmp_path, variable):
    (tmp_path / "bin").mkdir()
    python = script("bin/python", "")  # without the permission to execute it
    clean = {key: value for key, value in environment().items() if key != "LINA_PYTHON"}
    named = {"LINA_PYTHON": python, "VIRTUAL_ENV": tmp_path}[variable]
    done = lina("run", script("a.py", ""), env={**clean, variable: str(named)})
    assert done.status == 2 and f"{variable} names {named}, and this user may not execute" in done.err, done
