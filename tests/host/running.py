"""Starts `lina run` for tests, and waits for what it does."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
LINA = BUILD / "host" / "lina"
TIMEOUT = 120  # seconds; Julia takes up to ten to start on a loaded machine
BOTH = pytest.mark.parametrize("how", ["--embed", "--isolate"])

NODE, JAVA = BUILD / "bindings/node/lina.node", BUILD / "bindings/java/lina.jar"
EMBEDS_NODE = (BUILD / "host/lina_node.so").exists()

needs_command = pytest.mark.skipif(not LINA.exists(), reason="the command lina was not built")
needs_node = pytest.mark.skipif(not NODE.exists(), reason="the Node add-on was not built")
needs_java = pytest.mark.skipif(not JAVA.exists(), reason="the jar was not built")


def environment():
    names = ("LINA_ARENA", "VIRTUAL_ENV", "LUA_PATH", "LUA_CPATH", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if name not in names}


def start(*words, program=(LINA,), **options):
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "env": environment(),
        **options,
    }
    return subprocess.Popen([str(word) for word in (*program, *words)], **options)


class Done:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}--- err\n{self.err}"


def finish(process):
    out, err = process.communicate(timeout=TIMEOUT)
    return Done(process.returncode, out, err)


def lina(*words, **options):
    return finish(start(*words, **options))


def until(condition, what):
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def read_until(process, text):
    """The lines of the output up to one that has the text."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    pytest.fail(f"{text!r} did not come: {lines}\n{process.stderr.read()}")


def stop_when_up(process, number=signal.SIGINT):
    """Sends the signal when the process has printed "up", and waits for its end."""
    read_until(process, "up")
    process.send_signal(number)
    return finish(process)


def compile_host(source, to, *options):
    """Compiles a program in C that starts scripts."""
    links = [f for folder in (BUILD / "host", BUILD) for f in (f"-L{folder}", f"-Wl,-rpath,{folder}")]
    words = ["cc", *options, "-D_GNU_SOURCE", f"-I{ROOT}/include", source, "-o", to, *links]
    subprocess.run([*words, "-llina_host", "-llina_core"], check=True)


def gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
