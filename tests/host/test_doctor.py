"""`lina doctor`: which interpreters it finds, how it tries them, and which remedies it names."""

import json
import pathlib
import re
import signal
import subprocess

import pytest
from running import EMBEDS_NODE, JAVA, ROOT, environment, finish, lina, needs_command, start, until

pytestmark = needs_command


def test_the_doctor_tries_each_interpreter_with_one_line_of_script():
    done = lina("doctor", "--json")
    assert done.status == 0, done
    runtimes = {runtime["language"]: runtime for runtime in json.loads(done.out)["runtimes"]}
    assert list(runtimes) == ["python", "julia", "lua", "node", "java"]
    built = {"node": EMBEDS_NODE, "java": JAVA.exists()}
    for language, tried in runtimes.items():
        assert tried["version"] and tried["program"] and tried["why"], tried
        if built.get(language, True):
            assert tried["embedded"] and tried["library"], tried
            assert tried["trial"] == tried["package"] == "", tried


def test_the_doctors_text_says_the_same_as_its_json():
    shown = lina("doctor").out
    for tried in json.loads(lina("doctor", "--json").out)["runtimes"]:
        line = rf"^{tried['language']} +{tried['version']}  {tried['program']} \({re.escape(tried['why'])}\)$"
        assert re.search(line, shown, re.MULTILINE), (line, shown)
        assert not tried["embedded"] or f"is embedded from {tried['library']}: works\n" in shown, shown


def test_the_doctor_distinguishes_a_language_without_lina_from_one_that_fails(script, tmp_path):
    for text, told, status in (
        (
            "module 'lina.core' not found",
            "works, but its scripts find no package of Lina (in bindings/lua of a clone",
            0,
        ),
        ("no memory", "a script that loads Lina fails in it", 1),
    ):
        script("lina.lua", f'error("{text}")\n')
        done = lina("doctor", env={**environment(), "LUA_PATH": f"{tmp_path}/?.lua;;", "LINA_LUA": "lua5.4"})
        assert done.status == status and f"liblua5.4.so.0: {told}" in done.out, done


def test_the_doctor_names_what_is_missing_and_the_remedy(tmp_path):
    done = lina("doctor", env={**environment(), "PATH": str(tmp_path), "LINA_LUA": "/nowhere/lua"})
    remedy = r"\d  \(there is no node on PATH, but libnode is embedded"
    assert re.search(remedy if EMBEDS_NODE else "There is no node on PATH: apt install nodejs", done.out), (
        done
    )
    assert "LINA_LUA names /nowhere/lua, and there is no such program" in done.out
    named = ("LINA_PYTHON", "LINA_JULIA", "LINA_LUA", "LINA_JAVA", "JAVA_HOME")
    bare = {name: value for name, value in environment().items() if name not in named}
    done = lina("doctor", env={**bare, "PATH": str(tmp_path)})
    for line in (
        "python  none. There is no python3 on PATH: apt install python3 python3-dev",
        "julia   none. There is no julia on PATH: install it from julialang.org, or name one by LINA_JULIA",
        "lua     none. There is no lua or luajit on PATH: apt install lua5.4",
        "java    none. There is no java on PATH: apt install default-jdk-headless",
    ):
        assert line + "\n" in done.out, done


@pytest.mark.parametrize(
    "release, python, java",
    [
        ("ID=debian\n", "apt install python3 python3-dev", "apt install default-jdk-headless"),
        ('NAME=x\nID_LIKE="ubuntu debian"\nID=mint\n', "apt install python3 python3-dev", "apt install def"),
        ("ID=fedora\n", "dnf install python3 python3-devel", "dnf install java-latest-openjdk-devel"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf install python3.12", "dnf install java-21-open"),
        ("ID=manjaro\nID_LIKE=arch", "pacman -S python", "pacman -S jdk-openjdk"),
        ("ID=alpine\n", "apk add python3 python3-dev", "apk add openjdk21"),
        (
            'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
            "install Python 3.11",
            "zypper install java-21-open",
        ),
        (
            'ID="amzn"\nID_LIKE="fedora"\n',
            "install Python 3.11 or later, with its",
            "install a JDK of Java 17",
        ),
        ("ID=debianish\n", "install Python 3.11 or later, with its header", "install a JDK of Java 17"),
        (None, "install Python 3.11 or later, with its header", "install a JDK of Java 17 or later"),
    ],
)
def test_a_remedy_names_the_package_of_this_distribution_or_else_the_thing(
    script, tmp_path, release, python, java
):
    named = ("LINA_PYTHON", "LINA_JAVA", "JAVA_HOME")
    env = {name: value for name, value in environment().items() if name not in named}
    env = {**env, "PATH": str(tmp_path), "LINA_OS_RELEASE": str(tmp_path / "release")}
    if release is not None:
        script("release", release)
    for name, remedy in ("a.py", python), ("E.java", java):
        done = lina("run", script(name, ""), env=env)
        assert done.status == 2 and f" on PATH: {remedy}" in done.err, done


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_an_interpreter_that_hangs_is_named_and_the_others_are_shown(script, tmp_path, traced, extra):
    marked, alive = traced
    asked = script("python3", "#!/bin/sh\nexec sleep 1000\n")
    asked.chmod(0o755)
    script("lina.lua", "while true do end\n")
    env = {**marked, "LINA_PYTHON": str(asked), "LINA_LUA": "lua5.4", "LUA_PATH": f"{tmp_path}/?.lua;;"}
    env["PATH"] = f"{tmp_path}:/usr/bin:/bin"
    done = lina("doctor", "--timeout", "5", *extra, env=env)
    assert done.status == 1, done
    assert "the program of python does not answer within 5 s: start it by hand to see why" in done.out, done
    assert "a script that loads Lina does not end within 5 s" in done.out, done
    assert all(name in done.out for name in ("julia", "node", "java")), done
    until(lambda: not alive(), "the end of all processes")


def test_the_script_of_a_trial_is_written_into_tmpdir(script, tmp_path):
    """Lua's trial loads this module, which shows where the script of the trial is."""
    script("lina.lua", "io.stderr:write(arg[0], '\\n')\n")
    (tmp_path / "tmp").mkdir()
    env = {**environment(), "LINA_LUA": "lua5.4", "LUA_PATH": f"{tmp_path}/?.lua;;"}
    done = lina("doctor", env={**env, "TMPDIR": str(tmp_path / "tmp")})
    assert done.err.startswith(f"{tmp_path}/tmp/lina-doctor-") and done.err.endswith(".lua\n"), done
    assert not list((tmp_path / "tmp").iterdir())
    done = lina("doctor", env={**env, "TMPDIR": "/nowhere"})
    assert done.err.startswith("/tmp/lina-doctor-") and done.status == 0, done


def packages_of_remedies():
    table = (ROOT / "host/remedy.c").read_text()
    return sorted({name for names in re.findall(r'\[DEBIAN\] = "([^"]+)"', table) for name in names.split()})


@pytest.mark.skipif(
    not list(pathlib.Path("/var/lib/apt/lists").glob("*_Packages*")), reason="apt knows no packages here"
)
def test_each_package_of_a_remedy_is_one_of_this_distribution():
    names = packages_of_remedies()
    assert {"libnode-dev", "default-jdk-headless", "libluajit-5.1-2"} <= set(names), names
    listed = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True)
    assert set(names) <= set(listed.stdout.split()), set(names) - set(listed.stdout.split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_doctor_that_is_stopped_leaves_no_script_behind(tmp_path, number):
    run = start("doctor", env={**environment(), "TMPDIR": str(tmp_path)})
    until(lambda: any(tmp_path.glob("lina-doctor-*")), "the script of a trial")
    run.send_signal(number)
    assert finish(run).status == -number
    assert not any(tmp_path.glob("lina-doctor-*"))
