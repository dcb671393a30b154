"""Hosts that break the protocol: the bridge reports or drops each, and serves honest hosts as before."""

import subprocess

import pytest
from network import BUILD, TIMEOUT, until
from test_bridge import fetch

ROGUE = BUILD / "tests" / "bridge" / "bridge_rogue"
pytestmark = pytest.mark.skipif(not ROGUE.exists(), reason="the rogue host was not built")


def dial(alpha, beta, kind):
    """Runs a rogue in beta's place. Returns the refusals that it gets from alpha."""
    rogue = beta.run(ROGUE, "dial", alpha.port, kind, stdout=subprocess.PIPE, text=True)
    out, _ = rogue.communicate(timeout=TIMEOUT)
    assert rogue.returncode == 0
    return out


def is_served(alpha, beta):
    alpha.put("x", 7.0)
    beta.start(fetch(alpha, snapshot=["x"]))
    beta.gets("x", 7.0)
    alpha.arena.check()
    beta.arena.check()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("protocol", "alpha speaks protocol 2 with ABI 1, and its peer protocol 3 with ABI 1"),
        ("abi", "alpha speaks protocol 2 with ABI 1, and its peer protocol 2 with ABI 2"),
        ("order", "alpha refuses a host whose machine stores bytes in another order"),
    ],
)
def test_another_version_is_refused_with_both_sides(pair, kind, says):
    alpha, beta = pair
    alpha.start('export = ["x"]')
    # Like a real importer, the rogue dials again if the answer was lost with the connection.
    until(lambda: says in dial(alpha, beta, kind), lambda: f"{says!r}\n{alpha.all_said()}")
    alpha.says(says)
    is_served(alpha, beta)


@pytest.mark.parametrize("kind", ["magic", "silence"])
def test_a_connection_that_does_not_greet_as_a_bridge_is_dropped(pair, kind):
    alpha, beta = pair
    alpha.options["silence"] = "2s"
    alpha.start('export = ["x"]')
    dial(alpha, beta, kind)
    is_served(alpha, beta)


def test_malformed_frames_do_not_harm_an_exporter(pair):
    alpha, beta = pair
    alpha.start('export = ["x"]\nexport-signals = ["go"]')
    for seed in range(8):
        dial(alpha, beta, f"noise={seed}")
    assert alpha.process.poll() is None
    is_served(alpha, beta)


def test_an_answer_that_a_receipt_of_a_later_generation_overtakes_is_no_breach(pair):
    alpha, beta = pair
    alpha.start('export = ["x"]\n' + fetch(beta, snapshot=["y"]))
    words = [ROGUE, "dial", alpha.port, f"late={beta.port}"]
    rogue = beta.run(*words, stdout=subprocess.PIPE, text=True)
    try:
        assert rogue.stdout.readline() == "ready\n"
        for ticket in range(1, 5):
            alpha.put("x", float(ticket))
            assert rogue.stdout.readline() == f"{ticket}\n", alpha.all_said()
        assert rogue.wait(TIMEOUT) == 0
    finally:
        rogue.kill()
        rogue.communicate()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("overlap", "a piece that does not fit"),
        ("gap", "a piece that does not fit"),
        ("far", "a piece that does not fit"),
        ("long", "a piece that does not fit"),
        ("ticket", "a piece that does not fit"),
        ("twice", "a generation that nobody asked for"),
        ("index", "a generation that nobody asked for"),
        ("depth", "a generation that nobody asked for"),
        ("total", "a generation's size is not that of its shape"),
        ("echo", "answers a greeting that this host did not send"),
        ("noise=1", ""),
        ("noise=2", ""),
    ],
)
def test_a_broken_generation_is_never_published(pair, kind, says):
    alpha, beta = pair
    rogue = alpha.run(ROGUE, "listen", alpha.port, kind, stdout=subprocess.PIPE, text=True)
    try:
        assert rogue.stdout.readline() == "ready\n"
        beta.start(fetch(alpha, snapshot=["x"]))
        if says:
            beta.says(says)
        assert rogue.wait(TIMEOUT) == 0
    finally:
        rogue.kill()
        rogue.communicate()
    assert not beta.has("x")
    beta.end()
    alpha.start('export = ["x"]')
    is_served(alpha, beta)
