"""The relief in five languages: its numbers, its picture and its page, embedded and isolated."""

import os
import re
import subprocess

import pytest
from running import BUILD, ROOT, TIMEOUT, environment, needs_command, needs_java, needs_node

pytestmark = [needs_command, needs_node, needs_java]


def relief(folder, *options):
    files = {"LINA_RELIEF_PNG": str(folder / "relief.png"), "LINA_RELIEF_HTML": str(folder / "relief.html")}
    done = subprocess.run(
        [ROOT / "examples/relief/run", os.path.relpath(BUILD, ROOT), *options],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**environment(), **files},
    )
    assert done.returncode == 0, done
    return done.stdout, (folder / "relief.png").read_bytes(), (folder / "relief.html").read_text()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    return relief(tmp_path_factory.mktemp("embedded"))


def test_five_languages_make_one_relief(embedded):
    text, picture, _ = embedded
    assert re.search(r"relief.py +\| Python  slope: \(344, 403\), F order, differs from NumPy by", text), text
    assert re.search(r"relief.jl +\| Julia   elevation: \(344, 403\) of Int16", text), text
    assert re.search(r"relief.lua +\| Lua     elevation: 236.00 to 1076.00, mean", text), text
    assert re.search(r"Relief.java +\| Java    \d{5} pieces of 9 contours", text), text
    assert picture.startswith(b"\x89PNG") and len(picture) > 50_000


def test_the_page_shows_what_lua_java_and_javascript_made(embedded):
    _, _, page = embedded
    histogram = re.search(r'<svg id="histogram".*?</svg>', page)[0]
    assert histogram.count("<rect") == 32 and 'height="100.0"' in histogram
    assert re.search(r'<svg id="contours".*?</svg>', page)[0].count("M") > 10_000
    assert "<td>236.000</td><td>1076.000</td>" in page
    assert "NaN" not in page and "undefined" not in page


def test_the_relief_has_the_same_bytes_embedded_and_isolated(embedded, tmp_path):
    _, picture, page = relief(tmp_path, "--isolate")
    assert picture == embedded[1] and page == embedded[2]
