"""Streams over two hosts: every generation arrives, in order, and the producer waits for the readers."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from network import BUILD, TIMEOUT, until
from test_bridge import fetch, processor_use

import lina

DEPTH = 4


def stream_over(pair):
    alpha, beta = pair
    alpha.arena.stream("frames", DEPTH)
    alpha.start('export = ["frames"]')
    beta.start(fetch(alpha, stream=["frames"]))
    beta.says("connected to alpha")
    return alpha, beta


@pytest.fixture
def streaming(pair):
    return stream_over(pair)


def frame(host, value, timeout=TIMEOUT):
    with host.arena.loan("frames", "f64", (1000,), timeout=timeout) as x:
        np.asarray(x)[:] = value


def value_of(x):
    return float(np.asarray(x)[0])


def connected_reader(alpha, beta, value=0.0):
    """A reader at beta that has taken a first frame."""
    frame(alpha, value)
    until(lambda: has_frames(beta), "the first frame")
    reader = iter(beta.arena.follow("frames", start="oldest", timeout=TIMEOUT))
    assert value_of(next(reader)) == value
    return reader


def has_frames(host):
    try:
        return host.arena.stream_info("frames")["sequence"] > 0
    except lina.NotFoundError:
        return False


def test_every_generation_of_a_stream_arrives_in_order(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    for value in range(1, 200):
        frame(alpha, value)
        assert value_of(next(reader)) == value


def wake_ups(host):
    return processor_use(host)[1]


def test_an_exporter_of_streams_wakes_no_more_often_than_its_importer(streaming):
    # Its bell wakes it for streams, so it need not look at them every millisecond, as at plain arrays.
    alpha, beta = streaming
    connected_reader(alpha, beta)
    before = {host: wake_ups(host) for host in streaming}
    until(lambda: wake_ups(beta) > before[beta] + 60, "wake-ups of the importer")
    assert wake_ups(alpha) - before[alpha] < 4 * (wake_ups(beta) - before[beta])


def fill(alpha, beta):
    """Publishes 1, 2, 3, ... until both hosts' streams are full. Returns the last number."""
    sent = 0

    def all_are_full():
        nonlocal sent
        if all(host.arena.stream_info("frames")["unread"] == DEPTH for host in (alpha, beta)):
            return True
        with contextlib.suppress(lina.WaitTimeoutError, lina.BehindError):
            frame(alpha, sent + 1.0, timeout=0)
            sent += 1

    until(all_are_full, "full streams")
    return sent


def test_an_importer_wakes_no_more_often_than_its_exporter_while_both_wait_for_a_reader(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    fill(alpha, beta)
    before = {host: wake_ups(host) for host in streaming}
    until(lambda: wake_ups(alpha) > before[alpha] + 60, "wake-ups of the exporter")
    assert wake_ups(beta) - before[beta] < 4 * (wake_ups(alpha) - before[alpha])
    del reader


def test_a_slow_reader_at_the_importer_slows_the_producer_at_the_exporter(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    sent = fill(alpha, beta)
    assert sent <= 2 * DEPTH + 2  # the two depths, and two frames on their way between them
    got = [value_of(next(reader)) for _ in range(sent)]
    assert got == list(range(1, sent + 1))
    frame(alpha, 1000.0)
    assert value_of(next(reader)) == 1000.0


def test_the_end_of_a_stream_arrives_after_its_last_generation(streaming):
    alpha, beta = streaming
    with alpha.arena.produce("frames"):
        reader = connected_reader(alpha, beta)
        frame(alpha, 1.0)
    assert [value_of(x) for x in reader] == [1.0]


PRODUCER = """
import sys, lina
lina.attach(sys.argv[1])
with lina.produce("frames"):
    with lina.loan("frames", "f64", (1000,)) as x:
        x[:] = 1.0
    print("published", flush=True)
    lina.wait("never")
"""


def test_readers_hear_of_a_producer_that_died_at_the_exporter(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    words = [sys.executable, "-c", PRODUCER, alpha.where]
    producer = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(BUILD)}, stdout=subprocess.PIPE)
    assert producer.stdout.readline() == b"published\n"
    assert value_of(next(reader)) == 1.0
    producer.kill()
    producer.communicate()
    with pytest.raises(lina.MemberDiedError):
        next(reader)
    assert alpha.process.poll() is None
    reader = iter(beta.arena.follow("frames", timeout=TIMEOUT, revive=True))
    frame(alpha, 2.0)
    assert value_of(next(reader)) == 2.0


def test_readers_hear_of_a_lost_exporter_and_go_on_after_it(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    alpha.end()
    with pytest.raises(lina.MemberDiedError):
        next(reader)
    alpha.start()
    beta.says("connected to alpha", times=2)
    frame(alpha, 5.0)
    until(lambda: value_of(beta.arena.array("frames")) == 5.0, "the new frame")
    reader = beta.arena.follow("frames", start="latest", timeout=TIMEOUT)
    assert value_of(next(iter(reader))) == 5.0


def test_a_cut_cable_loses_no_generation_that_the_stream_keeps(impatient):
    alpha, beta = stream_over(impatient)
    reader = connected_reader(alpha, beta)
    beta.cut()
    alpha.says("lost beta")
    for value in range(1, DEPTH + 1):
        frame(alpha, value)
    beta.says("lost alpha")
    with pytest.raises(lina.MemberDiedError):
        next(reader)
    reader = iter(beta.arena.follow("frames", timeout=TIMEOUT, revive=True))
    beta.mend()
    assert [value_of(next(reader)) for _ in range(DEPTH)] == list(range(1, DEPTH + 1))


def test_a_producer_does_not_wait_for_a_host_that_is_away(streaming):
    alpha, beta = streaming
    reader = connected_reader(alpha, beta)
    beta.end(signal.SIGKILL)
    alpha.says("lost beta")
    for value in range(1, 3 * DEPTH):
        frame(alpha, value)
    del reader


def test_an_array_that_is_no_stream_is_refused_by_name(pair):
    alpha, beta = pair
    alpha.put("frames", 1.0)
    alpha.start('export = ["frames"]')
    beta.start(fetch(alpha, stream=["frames"]))
    beta.says('"frames" of alpha is no stream: import it as a snapshot')
    for value in range(8):  # the bridge's looks keep none of these in place: four fill the arena
        alpha.put("frames", value, 8 << 20)
        time.sleep(0.1)


def test_a_signal_does_not_wait_for_a_stream_that_was_removed(pair):
    alpha, beta = pair
    alpha.arena.stream("frames", DEPTH)
    alpha.start('export = ["frames"]\nexport-signals = ["ready", "looked"]\n[announces]\nlooked = []')
    beta.start(fetch(alpha, stream=["frames"], signals=["ready", "looked"]))
    beta.says("connected to alpha")
    reader = connected_reader(alpha, beta)
    beta.send(signal.SIGSTOP)
    for value in range(1, DEPTH):
        frame(alpha, value)  # beta acknowledges none of them
    alpha.arena.signal("ready")
    alpha.arena.signal("looked")
    until(lambda: np.asarray(alpha.arena.array("bridge.alpha"))[2, 1] == 1, "a look at both signals")
    alpha.arena.remove("frames")
    beta.send(signal.SIGCONT)
    beta.arena.wait_value("ready", 1, timeout=TIMEOUT)
    del reader
