"""`lina doctor` says whether the kernel gives huge pages to shared memory, and what to do if it does not."""

import json
import os
import pathlib
import subprocess

import pytest
from running import LINA, environment, lina, needs_command

SETTING = pathlib.Path("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
REMEDY = f"as root: echo advise >{SETTING}"
pytestmark = needs_command


def without_interpreters(tmp_path):
    return {**environment(), "PATH": str(tmp_path), "LINA_LUA": "/nowhere/lua"}


def doctor_with(line, tmp_path, *words):
    """Runs the doctor in a mount namespace in which the file of the kernel's setting contains this line."""
    (tmp_path / "setting").write_text(line)
    change = f"mount --bind '{tmp_path / 'setting'}' {SETTING}"
    script = f"{change} && PATH='{tmp_path}' exec '{LINA}' doctor \"$@\""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *words],
        env={**without_interpreters(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )


def can_mount():
    attempt = f"unshare --mount mount --bind /dev/null {SETTING}"
    return subprocess.run(attempt, shell=True, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs root, and a kernel with the setting")
@pytest.mark.parametrize(
    ("line", "word", "remedy"),
    [
        ("always within_size advise [never] deny force", "never", REMEDY),
        ("always within_size advise never [deny] force", "deny", REMEDY),
        ("always within_size [advise] never deny force", "advise", ""),
        ("always [within_size] advise never deny force", "within_size", ""),
        ("[always] within_size advise never deny force", "always", ""),
        ("", "", ""),
        ("]broken[", "", ""),
    ],
)
def test_the_doctor_knows_each_setting_and_its_remedy(line, word, remedy, tmp_path):
    done = doctor_with(line, tmp_path, "--json")
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["memory"] == {"shmem_enabled": word, "remedy": remedy}
    told = doctor_with(line, tmp_path).stdout.splitlines()[-1]
    assert told.startswith("memory  ")
    assert (f'"{word}"' in told) == (word != "")
    assert told.endswith(remedy)
    assert ("small pages" in told) == (remedy != "")


def test_the_doctor_reads_the_setting_of_this_kernel(tmp_path):
    line = SETTING.read_text() if SETTING.exists() else ""
    done = lina("doctor", "--json", env=without_interpreters(tmp_path))
    word = json.loads(done.out)["memory"]["shmem_enabled"]
    assert (f"[{word}]" in line) if word else ("[" not in line)
