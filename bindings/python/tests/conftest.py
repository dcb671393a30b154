"""Fixtures of the tests. Run `pytest bindings/python/tests`, with Lina built in build/ or LINA_BUILD."""

from __future__ import annotations

import itertools
import os
import pathlib
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import hypothesis
import pytest

ROOT = pathlib.Path(__file__).parents[3]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
sys.path.insert(0, str(BUILD))
os.environ["PYTHONPATH"] = str(BUILD)

import lina  # noqa: E402

hypothesis.settings.register_profile(
    "lina", deadline=None, max_examples=150, derandomize=bool(os.environ.get("CI"))
)
hypothesis.settings.load_profile("lina")

_numbers = itertools.count()


@pytest.fixture
def arena() -> Iterator[lina.Arena]:
    """An anonymous arena for this test alone."""
    with lina.Arena.create(None, 1 << 20) as made:
        yield made
        if not made.closed:
            made.check()


@pytest.fixture
def shm() -> Iterator[str]:
    """The name of a shared-memory arena that does not exist. It is removed afterwards."""
    name = f"pytest-{os.getpid()}-{next(_numbers)}"
    yield f"shm:{name}"
    path = f"/dev/shm/lina.{name}"
    if os.path.exists(path):
        os.unlink(path)


Script = Callable[..., str]


@pytest.fixture
def script() -> Script:
    """Runs Python source in a process of its own, and returns what it prints. Fails if it fails."""

    def run(source: str, *arguments: str, env: dict[str, str] | None = None, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(source), *arguments],
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Exception ignored" not in done.stderr, done.stderr
        return done.stdout

    return run


#: The name in NumPy of each short name. NumPy has no bf16.
NUMPY_NAMES = {
    "u8": "uint8",
    "i64": "int64",
    "f64": "float64",
    "bool": "bool",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "u16": "uint16",
    "u32": "uint32",
    "u64": "uint64",
    "f16": "float16",
    "f32": "float32",
    "c64": "complex64",
    "c128": "complex128",
}
DTYPES = [*NUMPY_NAMES, "bf16"]
