"""Fixtures of the bridge's tests. Run `pytest tests/bridge`, with Lina built in build/ or LINA_BUILD."""

import itertools
import os
import pathlib
import shutil
import signal
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()))
sys.path.append(str(ROOT / "tests" / "host"))

import cluster as cluster_module  # noqa: E402
import network  # noqa: E402

WHY_NOT = network.why_not()
# script/test ends a suite that takes too long by SIGTERM. The fixtures must remove the networks then as well.
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
    """Two hosts. A test chooses what beta imports from alpha."""
    return net.host("alpha"), net.host("beta")


@pytest.fixture
def impatient(pair):
    """Two hosts that count each other as lost after a short silence."""
    for host in pair:
        host.options["silence"] = "2s"
    return pair


@pytest.fixture
def cluster(net, tmp_path):
    made = []

    def make(**hosts):
        made.append(cluster_module.Cluster(net, tmp_path, **hosts))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def by_ssh(cluster):
    if cluster_module.find_sshd() is None or shutil.which("ssh") is None:
        pytest.skip("runs by ssh are NOT TESTED: there is no sshd (script/sshd)")

    def make(**hosts):
        made = cluster(**hosts)
        made.serve()
        return made

    return make
