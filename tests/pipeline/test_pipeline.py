"""The pipeline of three languages goes on without a gap when its stages are killed in the middle."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
JULIA = os.environ.get("LINA_JULIA") or shutil.which("julia")

pytestmark = [
    pytest.mark.skipif(JULIA is None, reason="no Julia on this machine"),
    pytest.mark.skipif(not (BUILD / "examples/pipeline/camera").exists(), reason="no C++: no camera"),
]


def run(tmp_path, *options, **variables):
    """Runs the pipeline. Returns its exit code and output. The time-out allows for other suites beside it."""
    picture = str(tmp_path / "pipeline.png")
    paths = {"LINA_PIPELINE_PNG": picture, "LINA_JULIA": JULIA, "PYTHONPATH": str(BUILD)}
    done = subprocess.run(
        [ROOT / "examples/pipeline/run", *options, BUILD],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=800,
        env={**os.environ, **paths, **variables},
    )
    return done.returncode, done.stdout


def test_no_frame_is_lost_when_stages_are_killed_in_the_middle(tmp_path):
    code, output = run(tmp_path, "--frames", "60", "--kill", "6")
    assert code == 0, output
    assert "60 frames through C++, Python and Julia, none lost" in output, output
    again = re.search(r"started again: {'camera': (\d), 'filter': (\d), 'statistics': (\d)}", output)
    assert again.groups() == ("2", "2", "2"), output
    picture = (tmp_path / "pipeline.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 50_000


def test_a_stage_that_fails_ends_the_others_and_is_named(tmp_path):
    code, output = run(tmp_path, LINA_JULIA="false")
    assert code == 1 and output.strip().endswith("statistics ended with 1"), output
