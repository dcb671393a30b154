"""On a system that is not Debian, script/setup says what is missing, without names of Debian packages."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def test_another_distribution_is_told_what_is_missing_without_names_of_packages(tmp_path):
    for tool in ("sh", "dirname", "cat", "date", "mktemp", "rm", "ninja", "pkg-config"):
        if found := shutil.which(tool):
            (tmp_path / tool).symlink_to(found)
    environment = {
        "PATH": str(tmp_path),
        "HOME": os.environ.get("HOME", "/"),
        "LINA_DEPS": str(tmp_path / "deps"),
        "LINA_PYTHON": sys.executable,
    }
    done = subprocess.run(
        ["sh", "script/setup", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr == (
        "Lina needs, and this machine lacks: a C11 compiler, the C library's headers, "
        "a C++17 compiler, Meson, "
        "Julia 1.5 or newer. Please install that, and try again.\n"
    )
    assert not (tmp_path / "deps").exists()
