"""The package is typed: checkers find no error in it, nor in a program that uses it."""

import importlib.util
import inspect
import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing

import pytest
from conftest import BUILD, ROOT

import lina

HERE = pathlib.Path(__file__).parent
PYRIGHT = pathlib.Path(os.environ.get("LINA_DEPS", ROOT / ".deps")) / "pyright/node_modules/pyright/index.js"

needs_mypy = pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="no mypy")


def check(*command):
    """Runs a checker over the package in the build folder. Fails with what it printed if it fails."""
    done = subprocess.run(
        command,
        env={**os.environ, "MYPYPATH": str(BUILD)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_mypy
@pytest.mark.parametrize("what", [[str(HERE / "typed_use.py")], ["-p", "lina"]], ids=["user", "package"])
def test_mypy_finds_no_error(what, tmp_path):
    check(sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", *what)


@needs_mypy
def test_the_stubs_match_the_modules():
    check(sys.executable, "-m", "mypy.stubtest", "lina")


@pytest.mark.skipif(not PYRIGHT.exists() or not shutil.which("node"), reason="no pyright")
def test_pyright_finds_no_error(tmp_path):
    package = (BUILD / "lina").resolve()
    config = {
        "include": [str(package), str(HERE / "typed_use.py")],
        "extraPaths": [str(BUILD)],
        "pythonVersion": "3.11",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    check("node", str(PYRIGHT), "--pythonpath", sys.executable, "--project", str(tmp_path))


def test_annotations_can_be_resolved():
    for name, thing in public_things():
        function = getattr(thing, "__func__", thing)
        if inspect.isfunction(function) or inspect.isclass(function):
            typing.get_type_hints(function)
        assert name


def public_things():
    for name in lina.__all__:
        yield name, getattr(lina, name)
    for kind in (lina.Arena, lina.Array, lina.DType, lina.Loan):
        for name in dir(kind):
            if not name.startswith("_"):
                yield f"{kind.__name__}.{name}", getattr(kind, name)


def test_every_public_thing_has_a_doc_and_every_function_a_signature():
    for name, thing in public_things():
        if isinstance(thing, str):
            continue
        assert inspect.getdoc(thing), name
        if callable(thing) and not inspect.isclass(thing):
            inspect.signature(thing)
