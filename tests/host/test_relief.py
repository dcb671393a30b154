"""The relief in five languages: its numbers, its picture and its page, embedded and isolated."""

import re

from relief import Relief, needs_relief

pytestmark = needs_relief


def test_five_languages_make_one_relief(embedded_relief):
    text, picture = embedded_relief.text, embedded_relief.picture
    assert re.search(r"relief.py +\| Python  slope: \(344, 403\), F order, differs from NumPy by", text), text
    assert re.search(r"relief.jl +\| Julia   elevation: \(344, 403\) of Int16", text), text
    assert re.search(r"relief.lua +\| Lua     elevation: 236.00 to 1076.00, mean", text), text
    assert re.search(r"Relief.java +\| Java    \d{5} pieces of 9 contours", text), text
    assert picture.startswith(b"\x89PNG") and len(picture) > 50_000


def test_the_page_shows_what_lua_java_and_javascript_made(embedded_relief):
    page = embedded_relief.page
    histogram = re.search(r'<svg id="histogram".*?</svg>', page)[0]
    assert histogram.count("<rect") == 32 and 'height="100.0"' in histogram
    assert re.search(r'<svg id="contours".*?</svg>', page)[0].count("M") > 10_000
    assert "<td>236.000</td><td>1076.000</td>" in page
    assert "NaN" not in page and "undefined" not in page


def test_the_relief_has_the_same_bytes_embedded_and_isolated(embedded_relief, tmp_path):
    isolated = Relief(tmp_path, "--isolate")
    assert isolated.picture == embedded_relief.picture and isolated.page == embedded_relief.page
