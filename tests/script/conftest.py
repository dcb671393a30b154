"""Tests of scripts use helpers of the host's tests."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "host"))
