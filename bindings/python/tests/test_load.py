"""If the extension cannot be loaded, the error says which Pythons it is for and what to do."""

import pathlib
import shutil
import subprocess
import sys

import lina

PACKAGE = pathlib.Path(lina.__file__).parent


def broken_import(folder, before=""):
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\nimport lina"],
        env={"PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def copy_of_the_package(folder):
    shutil.copytree(PACKAGE, folder / "lina", ignore=shutil.ignore_patterns("*.so*", "*.p", "__pycache__"))
    return folder / "lina"


def test_a_package_without_its_extension_says_what_to_do(tmp_path):
    where = copy_of_the_package(tmp_path)
    error = broken_import(tmp_path)
    assert error.startswith("ModuleNotFoundError: lina's extension is missing in " + str(where))
    assert "CPython 3.11 and later" in error and "pip install" in error


def test_the_error_of_an_extension_that_does_not_load_has_the_linkers_reason(tmp_path):
    where = copy_of_the_package(tmp_path)
    extension = pathlib.Path(lina._lina.__file__).name
    (where / extension).write_bytes(b"of another machine")
    error = broken_import(tmp_path)
    assert error.startswith("ImportError: lina's extension in " + str(where))
    assert f"{extension}: " in error and "CPython 3.11 and later" in error


def test_the_error_of_the_extension_of_another_kind_of_python_says_which_python_this_is(tmp_path):
    where = copy_of_the_package(tmp_path)
    (where / "_lina.py").write_text("raise SystemError('returned uninitialized object')")
    disguise = "sys.abiflags = 't'; sys.version_info = (3, 13, 5, 'final', 0)"
    error = broken_import(tmp_path, f"import sys; {disguise}")
    assert error.startswith(f"ImportError: lina's extension in {where} does not load in free-threaded ")
    assert "uninitialized object" in error and "free-threaded CPython 3.13 and later" in error


def test_the_error_in_another_python_says_which_ones_work():
    for disguise, told in (
        ("sys.abiflags = ''; sys.version_info = (3, 9, 2, 'final', 0)", "cpython 3.9"),
        ("sys.abiflags = ''; sys.implementation.name = 'pypy'", "pypy 3."),
        ("sys.abiflags = 't'; sys.version_info = (3, 12, 1, 'final', 0)", "free-threaded cpython 3.12"),
    ):
        error = broken_import(PACKAGE.parent, f"import sys; {disguise}")
        assert error.startswith("ImportError: lina has no extension for " + told)
        assert sys.executable in error and "CPython 3.11 and later" in error
