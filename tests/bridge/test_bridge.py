"""Two hosts, each a network namespace, and a bridge on each."""

import pathlib
import signal
import subprocess
import time

import numpy as np
import pytest
from network import LINA, TIMEOUT, until

LARGE = 4 << 20  # elements: 32 MiB, which travel in many pieces


def fetch(alpha, **lists):
    """The [[import]] of bridge.toml with which a host imports from alpha."""
    lines = [f"{key} = {value!r}" for key, value in lists.items()]
    head = f'[[import]]\nfrom = "{alpha.name}"\naddress = "{alpha.port}"\n'
    return head + "\n".join(lines).replace("'", '"')


def connect(pair, export="", **imports):
    alpha, beta = pair
    alpha.start(export or 'export = ["x", "large"]')
    beta.start(fetch(alpha, **(imports or {"snapshot": ["x", "large"]})))
    beta.says("connected to alpha")
    return alpha, beta


def test_what_was_published_before_the_bridge_arrives_whole(pair):
    alpha, beta = pair
    alpha.put("x", 1.0)
    alpha.put("large", 2.0, LARGE)
    connect(pair)
    beta.gets("x", 1.0)
    beta.gets("large", 2.0)


def test_dtype_shape_and_layout_arrive_as_they_are(pair):
    alpha, beta = pair
    made = {
        "f": np.asfortranarray(np.arange(12, dtype="i4").reshape(3, 4)),
        "c": np.arange(24, dtype="c16").reshape(2, 3, 4),
        "empty": np.zeros((3, 0), "u1"),
        "one": np.array(7.5),
    }
    connect(pair, f"export = {list(made)}".replace("'", '"'), snapshot=list(made))
    for name, values in made.items():
        with alpha.arena.loan(
            name, values.dtype, values.shape, order="C" if values.flags.c_contiguous else "F"
        ) as x:
            np.asarray(x)[...] = values
    for name, values in made.items():
        until(lambda name=name: beta.has(name), name)
        there, here = alpha.arena.open_desc(name), beta.arena.open_desc(name)
        for key in ("dtype", "shape", "strides", "layout", "nbytes"):
            assert there[key] == here[key]
        assert (np.asarray(beta.arena.array(name)) == values).all()


def test_each_publish_becomes_a_later_generation_in_order(pair):
    alpha, beta = connect(pair)
    seen = []
    for value in range(1, 200):
        alpha.put("x", float(value))
        seen.append(beta.get("x") or 0)
    beta.gets("x", 199.0)
    assert seen == sorted(seen)


def test_the_newest_generation_arrives_even_if_many_were_published_at_once(pair):
    alpha, beta = connect(pair)
    for value in range(1, 20):
        alpha.put("large", float(value), LARGE)
    beta.gets("large", 19.0)


def test_the_bridge_may_start_in_either_order(pair):
    alpha, beta = pair
    beta.start(fetch(alpha, snapshot=["x"]))
    beta.says("no connection to alpha")
    alpha.start('export = ["x"]')
    alpha.put("x", 3.0)
    beta.gets("x", 3.0)


def test_a_bridge_waits_for_its_network(pair):
    alpha, beta = pair
    alpha.take_address()
    alpha.start('export = ["x"]')
    alpha.says("waits for the network")
    alpha.put("x", 4.0)
    beta.start(fetch(alpha, snapshot=["x"]))
    alpha.give_address()
    beta.gets("x", 4.0)


def test_a_signal_is_raised_after_what_it_announces(pair):
    alpha, beta = connect(
        pair,
        'export = ["x", "large"]\nexport-signals = ["ready"]',
        snapshot=["x", "large"],
        signals=["ready"],
    )
    for value in range(1, 20):
        alpha.put("large", float(value), LARGE // 8)
        alpha.put("x", float(value))
        alpha.arena.signal("ready")
        beta.arena.wait_value("ready", value, timeout=TIMEOUT)
        assert beta.get("x") >= value
        assert beta.get("large") >= value


def test_of_hosts_that_answer_each_other_each_generation_is_acknowledged_once(pair):
    alpha, beta = pair
    for host, other in ((alpha, beta), (beta, alpha)):
        exports = f'export = ["{host.name}_x"]\nexport-signals = ["{host.name}_go"]\n'
        host.start(exports + fetch(other, snapshot=[f"{other.name}_x"], signals=[f"{other.name}_go"]))
    for host, other in ((alpha, beta), (beta, alpha)):
        host.says(f"connected to {other.name}")
        host.says(f"{other.name} is connected")
    rounds = 100
    for value in range(1, rounds + 1):
        time.sleep(0.005 if value % 10 == 0 else 0)  # a receipt is followed by an answer if scripts pause
        for host, other in ((alpha, beta), (beta, alpha)):
            host.put(f"{host.name}_x", float(value))
            host.arena.signal(f"{host.name}_go")
            other.arena.wait_value(f"{host.name}_go", value, timeout=TIMEOUT)
            assert other.get(f"{host.name}_x") == value
    for host in pair:
        board = np.asarray(host.arena.array(f"bridge.{host.name}"))
        until(lambda board=board: board[0, 1] >= rounds, "the last acknowledgement")
        assert board[0, 1] == rounds


def test_a_signal_does_not_wait_for_an_array_that_was_removed(pair):
    alpha, beta = connect(
        pair,
        'export = ["x"]\nexport-signals = ["sent", "looked", "ready"]\n[announces]\nlooked = []',
        snapshot=["x"],
        signals=["sent", "looked", "ready"],
    )

    def has_sent(row):
        return np.asarray(alpha.arena.array("bridge.alpha"))[row, 1] == 1

    alpha.put("x", 1.0)
    beta.gets("x", 1.0)
    beta.send(signal.SIGSTOP)
    alpha.put("x", 2.0)
    alpha.arena.signal("sent")
    until(lambda: has_sent(1), "the signal behind x")
    alpha.arena.remove("x")  # beta has not acknowledged it
    alpha.arena.signal("ready")
    alpha.arena.signal("looked")
    until(lambda: has_sent(2), "a look at both signals")
    beta.send(signal.SIGCONT)
    beta.arena.wait_value("ready", 1, timeout=TIMEOUT)
    assert beta.arena.value("sent") == 1
    assert beta.get("x") == 2.0


@pytest.mark.parametrize("time_to_poll", ["0", "50us", "1.5ms", "1s"])
def test_busy_poll_is_a_duration_down_to_microseconds(pair, time_to_poll):
    for host in pair:
        host.options["busy-poll"] = time_to_poll
    alpha, beta = connect(pair)
    alpha.put("x", 1.0)
    beta.gets("x", 1.0)


def processor_use(host):
    """For how many seconds a host's bridge has run, and how often it was given a processor."""
    run, _, times = pathlib.Path(f"/proc/{host.process.pid}/schedstat").read_text().split()
    return int(run) / 1e9, int(times)


def test_a_bridge_with_busy_poll_carries_the_same_and_sleeps_while_nothing_travels(pair):
    alpha, beta = pair
    for host in pair:
        host.options["busy-poll"] = "500ms"
    exports = 'export = ["x", "large"]\nexport-signals = ["ready"]'
    connect(pair, exports, snapshot=["x", "large"], signals=["ready"])
    for value in range(1, 21):
        alpha.put("x", float(value))
        alpha.put("large", float(value), LARGE // 16)
        alpha.arena.signal("ready")
        beta.arena.wait_value("ready", value, timeout=TIMEOUT)
        assert beta.get("x") == beta.get_first("large") == value
    time.sleep(0.8)
    run_before, times_before = processor_use(beta)
    time.sleep(1)
    run, times = processor_use(beta)
    assert run < run_before + 0.3  # heartbeats do not make it poll
    assert times < times_before + 150
    alpha.put("x", 99.0)  # the bridges sleep now, and must wake up
    alpha.arena.signal("ready")
    beta.arena.wait_value("ready", 21, timeout=TIMEOUT)
    assert beta.get("x") == 99.0


def test_a_signal_that_announces_one_array_does_not_wait_for_others(pair):
    alpha, beta = connect(
        pair,
        'export = ["x", "large"]\nexport-signals = ["ready"]\n[announces]\nready = ["x"]',
        snapshot=["x", "large"],
        signals=["ready"],
    )
    alpha.put("large", 1.0, LARGE)
    alpha.put("x", 1.0)
    alpha.arena.signal("ready", 5)
    beta.arena.wait_value("ready", 5, timeout=TIMEOUT)
    assert beta.get("x") == 1.0
    assert beta.arena.value("ready") == 5


def test_an_imported_name_is_owned_by_the_bridge(pair):
    alpha, beta = connect(pair)
    alpha.put("x", 1.0)
    beta.gets("x", 1.0)
    until(lambda: _refused(beta), "the refusal")
    beta.end(signal.SIGTERM)
    beta.put("x", 2.0)
    assert beta.get("x") == 2.0


def _refused(host):
    try:
        host.put("x", 9.0)
    except PermissionError:
        return True
    return False


def test_sigterm_ends_a_bridge_with_success(pair):
    alpha, beta = connect(pair)
    assert alpha.end(signal.SIGTERM) == 0
    beta.says("lost alpha")
    assert beta.end(signal.SIGINT) == 0


@pytest.mark.parametrize("victim", ["alpha", "beta"])
def test_a_killed_bridge_reconnects_when_it_is_started_again(pair, victim):
    alpha, beta = connect(pair)
    alpha.put("large", 1.0, LARGE)
    beta.gets("large", 1.0)
    killed = alpha if victim == "alpha" else beta
    alpha.put("large", 2.0, LARGE)
    killed.end()
    if killed is alpha:
        beta.arena.wait_value("large.lost", 1, timeout=TIMEOUT)
    assert beta.get("large") in (1.0, 2.0)
    alpha.put("large", 3.0, LARGE)
    killed.start()
    beta.gets("large", 3.0)


def test_a_stopped_exporter_counts_as_lost_and_reconnects_when_it_goes_on(impatient):
    alpha, beta = connect(impatient)
    alpha.put("x", 1.0)
    beta.gets("x", 1.0)
    alpha.send(signal.SIGSTOP)
    beta.arena.wait_value("x.lost", 1, timeout=TIMEOUT)
    assert beta.get("x") == 1.0
    alpha.put("x", 2.0)
    alpha.send(signal.SIGCONT)
    beta.gets("x", 2.0)


def test_a_stopped_importer_counts_as_lost_and_reconnects_when_it_goes_on(impatient):
    alpha, beta = connect(impatient)
    beta.send(signal.SIGSTOP)
    alpha.says("lost beta")
    alpha.put("x", 2.0)
    beta.send(signal.SIGCONT)
    beta.gets("x", 2.0)


def test_a_cut_cable_is_noticed_on_both_sides_and_mended(impatient):
    alpha, beta = connect(impatient)
    alpha.put("large", 1.0, LARGE)
    beta.gets("large", 1.0)
    alpha.put("large", 2.0, LARGE)
    beta.cut()
    beta.says("lost alpha")
    alpha.says("lost beta")
    beta.arena.wait_value("large.lost", 1, timeout=TIMEOUT)
    assert beta.get("large") in (1.0, 2.0)
    beta.mend()
    beta.gets("large", 2.0)


def test_a_second_exporter_is_refused_with_both_hosts_named(net):
    alpha, beta, gamma = net.host("alpha"), net.host("beta"), net.host("gamma")
    alpha.start('export = ["x"]')
    beta.start('export = ["x"]')
    alpha.put("x", 1.0)
    both = (
        fetch(alpha, snapshot=["x"])
        + "\n"
        + fetch(alpha, snapshot=["x"]).replace("alpha", "beta").replace(alpha.address, beta.address)
    )
    gamma.start(both)
    gamma.says("already, so it refuses it from")
    refused = until(
        lambda: next((h for h in (alpha, beta) if "gamma takes" in h.said()), None), "the refusal"
    )
    assert '"x" from alpha' in refused.said() or '"x" from beta' in refused.said()
    for name in ("alpha", "beta", "gamma"):
        assert name in refused.said()


def test_a_name_that_is_not_exported_is_refused_by_name(pair):
    connect(pair, 'export = ["x"]', snapshot=["y"])
    pair[1].says('alpha does not export the array "y"')


def test_a_wrong_key_is_refused(pair):
    alpha, beta = pair
    alpha.start('export = ["x"]')
    (beta.folder / "other").write_text("another key of some length")
    beta.start(fetch(alpha, snapshot=["x"]), key="other")
    beta.says("different keys")
    alpha.says("different keys")


def test_an_address_of_another_host_is_refused(pair):
    alpha, beta = pair
    alpha.start('export = ["x"]')
    beta.start(fetch(alpha, snapshot=["x"]).replace('"alpha"', '"delta"'))
    beta.says("beta wants to talk to delta, but this address is alpha's")


def test_a_full_importer_skips_and_says_so(pair):
    alpha, beta = connect(pair)
    beta.put("filler", 0.0, 30 << 20)  # 240 of 256 MiB
    alpha.put("large", 1.0, LARGE)
    beta.says('skips generations of "large" from alpha')
    alpha.put("x", 1.0)
    beta.gets("x", 1.0)
    assert beta.get("large") is None
    beta.arena.remove("filler")
    alpha.put("large", 2.0, LARGE)
    beta.gets("large", 2.0)


def test_status_shows_the_age_and_the_loss(pair):
    alpha, beta = connect(pair)
    alpha.put("x", 1.0)
    beta.gets("x", 1.0)

    def status():
        done = subprocess.run(
            [LINA, "bridge", "--status", beta.file], capture_output=True, text=True, timeout=TIMEOUT
        )
        return done.returncode, done.stdout + done.stderr

    until(lambda: "imports x from alpha (snapshot), connected" in status()[1], status)
    assert "1 times, 128 bytes, last" in status()[1]
    alpha.end()
    until(lambda: "imports x from alpha (snapshot), lost, lost 1 times" in status()[1], status)
    assert status()[0] == 1
