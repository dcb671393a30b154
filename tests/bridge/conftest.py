import itertools
import signal
import sys

import network
import pytest

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
