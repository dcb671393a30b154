"""The page of the relief in a real browser: it has no errors, and shows the numbers of the arena."""

import functools
import html
import json
import re
import shutil
import subprocess

import pytest
from relief import needs_relief
from running import BUILD, TIMEOUT, environment

BROWSER = shutil.which("chromium-headless-shell") or shutil.which("chromium")
pytestmark = [
    *needs_relief,
    pytest.mark.skipif(BROWSER is None, reason="there is no chromium (apt install chromium-headless-shell)"),
]
WIDTH, HEIGHT = 1000, 2600

# A page that shows the relief's page in a frame, and writes down where the browser has drawn its shapes.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><style>body { margin: 0 } iframe { border: 0 }</style>
<pre id="seen" hidden></pre>
<script>
const frame = document.createElement("iframe");
frame.width = %d; frame.height = %d;
frame.onload = () => {
    const page = frame.contentDocument;
    const box = (shape) => {
        const { x, y, width, height } = shape.getBoundingClientRect();
        return [x, y, width, height];
    };
    document.getElementById("seen").textContent = JSON.stringify({
        title: page.title,
        bars: [...page.querySelectorAll("#histogram rect")].map(box),
        histogram: box(page.getElementById("histogram")),
        contours: box(page.querySelector("#contours path")),
        length: page.querySelector("#contours path").getTotalLength(),
        cells: [...page.querySelectorAll("#statistics td")].map((cell) => cell.textContent),
    });
};
frame.src = "relief.html";
document.body.append(frame);
</script>
"""


def run(folder, command, **more):
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        cwd=folder,
        env={**environment(), **more},
    )
    assert done.returncode == 0, done
    return done


def browse(folder, page, *options):
    done = run(
        folder,
        [
            BROWSER,
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(
                "--allow-file-access-from-files",
                "--enable-logging=stderr",
                f"--user-data-dir={folder}/profile",
            ),
            *(f"--window-size={WIDTH},{HEIGHT}", "--timeout=60000"),
            *options,
            f"file://{folder}/{page}",
        ],
        HOME=str(folder),
    )
    complaints = re.findall(r"^.*CONSOLE.*$", done.stderr, re.MULTILINE)
    return done.stdout, complaints


@pytest.fixture(scope="module")
def folder(embedded_relief):
    made = embedded_relief.folder
    (made / "harness.html").write_text(HARNESS % (WIDTH, HEIGHT))
    return made


@pytest.fixture(scope="module")
def seen(folder):
    text, complaints = browse(folder, "harness.html", "--dump-dom")
    assert complaints == []
    return json.loads(html.unescape(re.search(r'<pre id="seen"[^>]*>(.*?)</pre>', text, re.DOTALL)[1]))


@pytest.fixture(scope="module")
def arena(folder):
    """Numbers from the arrays that the run left in its file."""
    text = (
        "import json, lina\nimport numpy as np\nlina.attach('file:arena')\n"
        "z = np.asarray(lina.array('elevation'))\n"
        "print(json.dumps({'counts': np.histogram(z, 32)[0].tolist(),\n"
        "    'statistics': np.asarray(lina.array('statistics')).ravel().tolist(),\n"
        "    'contours': np.asarray(lina.array('contours')).tolist()}))\n"
    )
    done = run(folder, [environment()["LINA_PYTHON"], "-c", text], PYTHONPATH=str(BUILD))
    return json.loads(done.stdout)


def test_the_bars_of_the_histogram_are_as_high_as_the_arenas_counts(seen, arena):
    assert seen["title"] == "Relief" and len(seen["bars"]) == 32
    _, top, width, height = seen["histogram"]
    assert width > 300 and height > 100
    most = max(arena["counts"])
    for (_, y, _, high), count in zip(seen["bars"], arena["counts"], strict=True):
        assert high == pytest.approx(count / most * height, abs=0.002 * height)
        assert y + high == pytest.approx(top + height, abs=0.5), "each bar stands on the axis"


def test_the_contours_are_as_long_as_the_arenas_lines(seen, arena):
    length = sum(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 for x1, y1, x2, y2 in arena["contours"])
    assert seen["length"] == pytest.approx(length, rel=0.02)  # the page has tenths of a cell
    assert seen["contours"][2] > 300 and seen["contours"][3] > 300


def test_the_table_has_the_statistics_of_the_arena(seen, arena):
    assert seen["cells"] == [f"{value:.3f}" for value in arena["statistics"]]


@functools.cache
def picture(folder):
    from matplotlib import image

    _, complaints = browse(folder, "relief.html", f"--screenshot={folder}/page.png")
    assert complaints == []
    return image.imread(folder / "page.png")[..., :3]


def test_the_bars_and_the_contours_are_drawn_in_their_colours(folder, seen):
    pixels = picture(folder)
    violet, white = (0x66 / 255, 0x66 / 255, 0x88 / 255), (1, 1, 1)
    for x, y, width, height in seen["bars"]:
        column, row = round(x + width / 2), round(y + height / 2)
        if height > 3:
            assert pixels[row, column] == pytest.approx(violet, abs=0.02)
        if y - seen["histogram"][1] > 3:
            assert pixels[round(y) - 3, column] == pytest.approx(white, abs=0.02), "white above the bar"
    x, y, width, height = map(round, seen["contours"])
    drawn = (pixels[y : y + height, x : x + width].min(axis=2) < 0.9).mean()
    assert 0.02 < drawn < 0.9


def test_an_error_of_a_page_would_be_seen(folder):
    (folder / "broken.html").write_text("<script>nowhere.to.go();</script>")
    _, complaints = browse(folder, "broken.html", "--dump-dom")
    assert len(complaints) == 1 and "nowhere is not defined" in complaints[0]
