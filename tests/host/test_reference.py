"""`--help`, the manual page and the completions of three shells, which are made from the table of options."""

import re
import shutil
import subprocess

import pytest
from running import LINA, environment, lina, needs_command

pytestmark = needs_command
FILES = {"man": "lina.1", "bash": "lina.bash", "zsh": "_lina", "fish": "lina.fish"}


def reference(kind):
    return (LINA.parent / FILES[kind]).read_text()


def options_of_help():
    return set(re.findall(r"^ +(?:-\w,)?--([a-z-]+)", lina("run", "--help").out, re.MULTILINE))


def test_the_manual_and_the_completions_have_every_option():
    names = options_of_help()
    assert {"embed", "isolate", "restart", "watch", "config", "log-dir", "dry-run"} <= names
    for name in names:
        assert rf".B \-\-{name.replace('-', chr(92) + '-')}" in reference("man"), name
        assert f"--{name} " in reference("bash") and f"--{name}[" in reference("zsh"), name
        assert f"-l {name} " in reference("fish"), name


def test_the_manual_has_no_mistake_that_groff_knows():
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-z", LINA.parent / "lina.1"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == ""


COMPLETIONS = pytest.mark.parametrize(
    "line, found",
    [
        ("lina r", ["run"]),
        ("lina run --wa", ["--watch"]),
        ("lina doctor --", ["--help", "--json", "--timeout"]),
        ("lina run a.p", ["a.py"]),
    ],
)


@COMPLETIONS
def test_bash_completes_commands_options_and_files(script, tmp_path, line, found):
    script("a.py", "")
    words = line.split()
    program = (
        f"source {LINA.parent / FILES['bash']}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}\n"
        "_lina\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines() == found


def test_the_bash_completion_passes_shellcheck():
    subprocess.run(["shellcheck", "-s", "bash", LINA.parent / FILES["bash"]], check=True)


@COMPLETIONS
@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish (apt install fish)")
def test_fish_completes_commands_options_and_files(script, tmp_path, line, found):
    script("a.py", "")
    program = f"source {LINA.parent / FILES['fish']}; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment(), "HOME": str(tmp_path)},
        check=True,
    )
    assert [answer.split("\t")[0] for answer in done.stdout.splitlines()] == found


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh (apt install zsh)")
def test_zsh_completes_commands_options_and_files(script, tmp_path, terminal):
    script("a.py", "")
    screen = terminal(
        program=["zsh", "-f", "-i"],
        columns=200,
        cwd=tmp_path,
        env={**environment(), "TERM": "dumb", "HOME": str(tmp_path)},
    )
    screen.type(f"fpath=({LINA.parent} $fpath); autoload -U compinit && compinit -u -D; print re''ady\n")
    screen.read_until("ready\r")
    for keys, shown in (
        ("lina r", "lina run "),
        ("lina run --wa", "lina run --watch "),
        ("lina doctor --j", "lina doctor --json "),
        ("lina run a.p", "lina run a.py "),
    ):
        screen.shown = ""
        screen.type(f"\x15{keys}\t")  # Ctrl-U clears the line before
        screen.read_until(shown)


def test_help_has_examples_that_the_command_takes(script, tmp_path):
    """The command parses each example, and --dry-run shows that it would run."""
    for name in ("a.py", "b.jl", "c.lua", "my_tool"):
        script(name, "").chmod(0o755)
    script("lina.toml", 'scripts = ["a.py"]\n')
    lines = re.findall(r"^  lina run(.*?)(?:  .*)?$", lina("run", "--help").out, re.MULTILINE)
    lines = [line for line in lines if "--hosts" not in line]  # which needs other machines
    assert len(lines) >= 5, lines
    for line in lines:
        done = lina("run", "--dry-run", *line.split(), cwd=tmp_path)
        assert done.status == 0 and "\nscript   a.py  " in done.out, (line, done)
