"""The binding that docs/writing-a-binding.md builds step by step works."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
PAGE = (ROOT / "docs" / "writing-a-binding.md").read_text()
BINDING = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def run(code):
    environment = {**os.environ, "LINA_CORE": str(BUILD / "liblina_core.so.1")}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def test_the_snippets_in_order_are_a_binding_that_works():
    assert "def wait" in BINDING
    done = run(BINDING)
    assert done.returncode == 0, done.stdout


def test_its_errors_and_waits_are_as_the_page_says():
    done = run(
        BINDING
        + """
arena = Arena(1 << 16)
try:
    arena.array("nobody")
except KeyError as error:
    assert error.code == "NOT_FOUND" and "nobody" in str(error)
else:
    raise AssertionError
never, began = Waiter(arena, "never"), time.monotonic()
try:
    never.wait(timeout=0.2)
except TimeoutError as error:
    assert error.code == "TIMEOUT" and "never" in str(error)
else:
    raise AssertionError
assert time.monotonic() - began >= 0.2
try:
    with arena.loan("x", "u8", (4,)) as x:
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
try:
    arena.array("x")
except KeyError:
    print("discarded")
"""
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout == "discarded\n"


def test_its_table_of_dtypes_agrees_with_the_header():
    header = (ROOT / "include" / "lina.h").read_text()
    codes = re.findall(r"#define LINA_DTYPE_(\w+) UINT32_C\(0x000(\w{5})\)", header)
    assert len(codes) == 15
    for name, code in codes:
        assert f"| `{name.lower()}` | `0x{code}` |" in PAGE, name
