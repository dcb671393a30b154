"""What the tests share: pytest tests/bridge, with Lina built in build/ or LINA_BUILD."""

import itertools
import os
import pathlib
import signal
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()))

import network  # noqa: E402

WHY_NOT = network.why_not()
# script/test ends a suite that takes too long: the networks go then as well
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
numbers = itertools.count(1)


@pytest.fixture
def net(tmp_path):
    if WHY_NOT:
        pytest.skip(f"bridges are NOT TESTED: {WHY_NOT}")
    made = network.Network(tmp_path, next(numbers))
    yield made
    made.close()


@pytest.fixture
def pair(net):
    """Two hosts. Tests say what travels from alpha to beta."""
    return net.host("alpha"), net.host("beta")


@pytest.fixture
def impatient(pair):
    """Two hosts that miss each other after a short silence."""
    for host in pair:
        host.silence = "2s"
    return pair
