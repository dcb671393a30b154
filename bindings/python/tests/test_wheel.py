"""One wheel for all CPythons with a GIL, tagged abi3, and one for each without. It needs no other package."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import sysconfig
import zipfile

import pytest
from conftest import ROOT

HERE = pathlib.Path(__file__).parent
MINE = f"cp3{sys.version_info.minor}"
if sysconfig.get_config_var("Py_GIL_DISABLED"):  # it has no stable ABI
    TAGS = f"-{MINE}-{MINE}t-"
    OPTIONS = ["-Csetup-args=-Dpython.allow_limited_api=false"]
else:
    TAGS = f"-{MINE}-abi3-"  # for this Python and later ones
    OPTIONS = []


@pytest.mark.skipif(importlib.util.find_spec("mesonpy") is None, reason="no meson-python")
def test_the_wheel_works_alone(tmp_path):
    scripts = pathlib.Path(sys.executable).parent  # a Meson that knows the limited API
    pip = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", *OPTIONS]
    built = subprocess.run(
        [*pip, "--wheel-dir", str(tmp_path), str(ROOT)],
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert TAGS in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert "lina/py.typed" in names and "lina/_lina.pyi" in names
    assert not [name for name in names if name.endswith((".pc", ".a", ".cmake"))]
    assert all(name.startswith(("lina/", "lina_arena-")) for name in names)
    assert "lina/include/lina.h" in names and "lina/liblina_core.so.1" in names
    ran = subprocess.run(
        [sys.executable, str(HERE / "without_numpy.py")],
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout == "fine\n", ran.stderr
