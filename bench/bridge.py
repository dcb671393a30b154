"""Compares the bridge with a bare TCP socket, MPICH, mpi4py and Ray between two network namespaces.

    LINA_BUILD=build PYTHONPATH=build python bench/bridge.py [--quick] [--row LABEL]...

Needs root. Prints lines of JSON for table.py. Each figure is for one way: from the publish (or send) at one
host until a script at the other has all of it. For a ping-pong, it is half a round trip. All contenders take
turns in each round, and a round's figure is a median. In the rows "busy poll", the helpers have `busy-poll`:
they poll for a while before they sleep. MPI always polls.
"""

import itertools
import json
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "bridge"))

import bridge_peers
import network
import numpy as np
from test_bridge import fetch

import lina

QUICK = "--quick" in sys.argv
ROWS = [row for option, row in itertools.pairwise(sys.argv) if option == "--row"]
ROUNDS = 2 if QUICK else 5
SIZES = {"1 KiB": (1 << 10, 100), "64 KiB": (1 << 16, 100), "1 MiB": (1 << 20, 40), "100 MiB": (100 << 20, 5)}
FILE = """
export = ["x", "small", "large"]
export-signals = ["ready", "tick"]
[announces]
ready = ["x"]
tick = ["small"]
"""


def emit(what, values, **more):
    print(json.dumps({"id": "bridge", "what": what, "unit": "ns", "values": values, **more}), flush=True)


def carry(alpha, beta, size, times, name="x", signal="ready", pause=0.002):
    """The nanoseconds of each transfer, until a script of beta that waits for the signal goes on."""
    taken = []
    for value in range(1, times + 1):
        time.sleep(pause)
        with alpha.arena.loan(name, "u8", (size,)) as x:
            np.asarray(x)[:] = value % 251
        begin = time.monotonic_ns()
        alpha.arena.signal(signal)
        beta.arena.wait_value(signal, alpha.arena.value(signal), timeout=60)
        taken.append(time.monotonic_ns() - begin)
        assert np.asarray(beta.arena.array(name))[-1] == value % 251
    return taken


def compare(pair, polling, peers, absent):
    """`pair` and `polling` are two hosts each, whose helpers sleep at once or poll before they sleep."""
    for name, (size, times) in SIZES.items():
        values = {peer: [] for peer in ["Lina", "polling", *peers]}
        for _ in range(ROUNDS):
            for peer, measure in {"Lina": carry, "polling": carry, **peers}.items():
                hosts = polling if peer == "polling" else pair
                values[peer].append(statistics.median(measure(*hosts, size, times)))
        polled = values.pop("polling")
        emit(f"{name}, one way", values, absent=absent)
        emit(f"{name}, one way, busy poll", {**values, "Lina": polled}, absent=absent)


def worst(taken):
    return statistics.quantiles(taken, n=100)[98]


def publish_large(alpha, is_over):
    while not is_over.is_set():
        with alpha.arena.loan("large", "u8", (100 << 20,)) as x:
            np.asarray(x)[::4096] = 1
        is_over.wait(0.05)


def crowd(alpha, beta):
    """Small arrays while large ones travel all the time."""
    values = {"Lina": [], "Lina alone": []}
    for _ in range(ROUNDS):
        small = (alpha, beta, 1 << 10, 50 if QUICK else 300, "small", "tick", 0.005)
        values["Lina alone"].append(worst(carry(*small)))
        is_over = threading.Event()
        publisher = threading.Thread(target=publish_large, args=(alpha, is_over))
        publisher.start()
        values["Lina"].append(worst(carry(*small)))
        is_over.set()
        publisher.join()
    emit("1 KiB beside 100 MiB, p99", values)


def be_alone():
    """Goes on in a new namespace of processes. They all end with this one: Ray's and MPI's, too."""
    if os.getpid() != 1:
        words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        os.execvp(words[0], [*words, sys.executable, *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def connect(net, exporter, importer, **options):
    alpha, beta = net.host(exporter), net.host(importer)
    for host in (alpha, beta):
        host.options |= options
        host.arena.close()
        host.arena = lina.Arena.create(host.where, 1 << 30, temporary=True)
    alpha.start(FILE)
    beta.start(fetch(alpha, snapshot=["x", "small", "large"], signals=["ready", "tick"]))
    beta.says(f"connected to {exporter}")
    return alpha, beta


def main():
    with tempfile.TemporaryDirectory() as folder:
        net = network.Network(pathlib.Path(folder), 0)
        try:
            pair = connect(net, "alpha", "beta")
            polling = connect(net, "gamma", "delta", **{"busy-poll": "3ms"})
            with bridge_peers.find(*pair) as (peers, absent):
                compare(pair, polling, peers, absent)
            crowd(*pair)
        finally:
            net.close()


if not ROWS or any(row.split()[0] == "bridge" for row in ROWS):
    if why := network.why_not():
        print(f"no rows of the bridge: {why}", file=sys.stderr)
    else:
        be_alone()
        main()
