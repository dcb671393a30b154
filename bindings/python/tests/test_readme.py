"""Every Python snippet of the README runs as it is."""

import contextlib
import re
import subprocess
import sys

from conftest import ROOT

import lina

README = (ROOT / "bindings/python/README.md").read_text()
FENCE = re.compile(r"(?:^<!-- file: (\S+) -->\n)?^```python\n(.*?)^```$", re.M | re.S)
SNIPPETS = FENCE.findall(README)
FILES = {name: code for name, code in SNIPPETS if name}


def start(code, tmp_path, name):
    (tmp_path / name).write_text(code)
    command = [sys.executable, "-W", "error", str(tmp_path / name)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process):
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output


def test_the_two_processes_share_an_array(tmp_path, shm):
    writer = start(FILES["writer.py"].replace("shm:weather", shm), tmp_path, "writer.py")
    while writer.poll() is None:  # a reader of the README starts the second when the first runs
        with contextlib.suppress(KeyError):
            lina.inspect(shm)
            break
    worker = start(FILES["worker.py"].replace("shm:weather", shm), tmp_path, "worker.py")
    finish(worker)
    printed = finish(writer).strip()
    assert printed == "[[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]" and printed in README


def test_the_pool_gets_references(tmp_path):
    printed = finish(start(FILES["pool.py"], tmp_path, "pool.py")).strip()
    assert printed in README


def test_the_other_snippets_run_in_order(tmp_path):
    code = "\n".join(code for name, code in SNIPPETS if not name)
    assert code.count("assert ") > 10
    finish(start(code, tmp_path, "snippets.py"))


def test_the_table_of_errors_is_complete():
    from lina._errors import BY_CODE, ViewError

    rows = re.findall(r"^\| ([A-Z_, ]+) \| (.*?) \| (.*?) \|$", README, re.M)
    told = {}
    for codes, classes, bases in rows:
        for code in codes.split(", "):
            told[code] = (re.findall(r"`(\w+)`", classes), re.findall(r"`(\w+)`", bases))
    assert set(told) == set(BY_CODE)
    for code, kind in BY_CODE.items():
        classes, bases = told[code]
        assert kind.__name__ in classes
        related = [base.__name__ for base in (*kind.__mro__, *ViewError.__mro__)]
        assert all(base in related for base in bases)
