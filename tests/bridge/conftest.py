import itertools

import network
import pytest

WHY_NOT = network.why_not()
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
