"""script/env.sh and script/julias choose the Julias that are used, tested and embedded."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[2]


def stand_in(folder, version):
    """An executable that says that it is that Julia."""
    folder.mkdir()
    julia = folder / "julia"
    julia.write_text(f"#!/bin/sh\necho julia version {version}\n")
    julia.chmod(0o755)
    return julia


def run(command, **environment):
    clean = {key: value for key, value in os.environ.items() if key not in ("LINA_JULIA", "LINA_JULIAS")}
    return subprocess.run(
        ["sh", "-euc", command],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def chosen(**environment):
    return run('. script/env.sh; echo "$LINA_JULIA"', **environment).stdout.strip()


def test_a_julia_on_path_is_used(tmp_path):
    julia = stand_in(tmp_path / "new", "1.12.1")
    path = f"{julia.parent}:{os.environ['PATH']}"
    assert chosen(PATH=path) == str(julia)
    assert run("script/julias", PATH=path).stdout == f"1.12.1 {julia}\n"


def test_the_first_of_several_julias_is_used(tmp_path):
    one, two = stand_in(tmp_path / "one", "1.10.4"), stand_in(tmp_path / "two", "1.5.3")
    names = f"{one}:{two}"
    assert chosen(LINA_JULIAS=names) == str(one)
    assert run("script/julias", LINA_JULIAS=names).stdout == f"1.10.4 {one}\n1.5.3 {two}\n"


def test_a_program_that_is_no_julia_or_too_old_is_reported_and_left_out(tmp_path):
    old, new = stand_in(tmp_path / "old", "1.4.2"), stand_in(tmp_path / "new", "1.5.0-rc1")
    done = run("script/julias", LINA_JULIAS=f"{old}:/no/julia:{new}")
    assert done.stdout == f"1.5.0 {new}\n"
    assert "Julia 1.4.2" in done.stderr and "too old" in done.stderr
    assert "No Julia runs at /no/julia" in done.stderr


def test_a_julia_that_is_set_beforehand_is_kept(tmp_path):
    julia = stand_in(tmp_path / "mine", "1.11.0")
    assert chosen(LINA_JULIA=str(julia), LINA_JULIAS="/no/julia") == str(julia)
