"""The package is typed: checkers find no error in it, nor in a program that uses it."""

import inspect
import os
import pathlib
import subprocess
import sys
import typing

import pytest
from conftest import BUILD

import lina

pytest.importorskip("mypy")
HERE = pathlib.Path(__file__).parent


def check(module, *arguments):
    """Runs a checker over the package in the build folder. Fails with what it printed if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "MYPYPATH": str(BUILD)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("what", [[str(HERE / "typed_use.py")], ["-p", "lina"]], ids=["user", "package"])
def test_mypy_finds_no_error(what, tmp_path):
    check("mypy", "--strict", f"--cache-dir={tmp_path}", *what)


def test_the_stubs_match_the_modules():
    check("mypy.stubtest", "lina")


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


def test_all_that_is_public_has_a_doc_and_all_functions_a_signature():
    for name, thing in public_things():
        if isinstance(thing, str):
            continue
        assert inspect.getdoc(thing), name
        if callable(thing) and not inspect.isclass(thing):
            inspect.signature(thing)
