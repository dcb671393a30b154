"""docs/more-than-one-machine.md has the output of the simulation docs/fan_out.py."""

import pathlib
import subprocess
import sys

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def test_the_document_has_the_output_of_the_simulation():
    done = subprocess.run([sys.executable, DOCS / "fan_out.py"], capture_output=True, text=True, check=True)
    assert done.stdout in (DOCS / "more-than-one-machine.md").read_text()
