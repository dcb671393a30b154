"""Compares the bridge with a bare TCP socket, MPICH, mpi4py and Ray between two network namespaces.

    LINA_BUILD=build PYTHONPATH=build python bench/bridge.py [--quick] [--row LABEL]...

Needs root. Prints lines of JSON for table.py. The rows "one way" are ping-pongs (bridge_pingpong.h): a
figure is half of a round trip between two scripts. There is no pause between round trips, except in the row
"after 2 ms". All contenders take turns in each round, and a round's figure is a median. In the rows "busy
poll", the helpers have `busy-poll`: they poll for a while before they sleep. MPI always polls.
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
# Bytes, round trips, and microseconds before each.
SIZES = {
    "1 KiB": (1 << 10, 1000, 0),
    "1 KiB after 2 ms": (1 << 10, 100, 2000),
    "64 KiB": (1 << 16, 500, 0),
    "1 MiB": (1 << 20, 100, 0),
    "100 MiB": (100 << 20, 5, 0),
}
ALPHA = """
export = ["ping", "small", "large"]
export-signals = ["ping_sent", "tick"]
[announces]
ping_sent = ["ping"]
tick = ["small"]
"""
BETA = """
export = ["pong"]
export-signals = ["pong_sent"]
"""


def emit(what, values, **more):
    print(json.dumps({"id": "bridge", "what": what, "unit": "ns", "values": values, **more}), flush=True)


def compare(pair, polling, lina_pingpong, peers, absent):
    """`pair` and `polling` are two hosts each, whose helpers sleep at once or poll before they sleep."""
    for name, (size, times, pause) in SIZES.items():
        sizes = (size, -(-times // 4) if QUICK else times, pause)
        values = {peer: [] for peer in ["Lina", "polling", *peers]}
        for _ in range(ROUNDS):
            for peer, measure in {"Lina": lina_pingpong, "polling": lina_pingpong, **peers}.items():
                hosts = polling if peer == "polling" else pair
                values[peer].append(statistics.median(measure(*hosts, *sizes)))
        polled = values.pop("polling")
        emit(f"{name}, one way", values, absent=absent)
        emit(f"{name}, one way, busy poll", {**values, "Lina": polled}, absent=absent)


def carry_small(alpha, beta, times):
    """The nanoseconds of each transfer, until a script of beta that waits for the signal goes on."""
    taken = []
    for value in range(1, times + 1):
        time.sleep(0.005)
        with alpha.arena.loan("small", "u8", (1 << 10,)) as x:
            np.asarray(x)[:] = value % 251
        begin = time.monotonic_ns()
        alpha.arena.signal("tick")
        beta.arena.wait_value("tick", alpha.arena.value("tick"), timeout=60)
        taken.append(time.monotonic_ns() - begin)
        assert np.asarray(beta.arena.array("small"))[-1] == value % 251
    return taken


def worst(taken):
    return statistics.quantiles(taken, n=100)[98]


def publish_large(alpha, is_over):
    while not is_over.is_set():
        with alpha.arena.loan("large", "u8", (100 << 20,)) as x:
            np.asarray(x)[::4096] = 1
        is_over.wait(0.05)


def carry_first(alpha, beta):
    """For the first large generations, both arenas take pages. Later ones use these again."""
    for value in range(1, 4):
        with alpha.arena.loan("large", "u8", (100 << 20,)) as x:
            np.asarray(x)[0] = value
        network.until(lambda value=value: beta.has("large") and beta.get_first("large") == value, "100 MiB")


def crowd(alpha, beta):
    """Small arrays while large ones travel all the time."""
    carry_first(alpha, beta)
    values = {"Lina": [], "Lina alone": []}
    for _ in range(ROUNDS):
        small = (alpha, beta, 50 if QUICK else 300)
        values["Lina alone"].append(worst(carry_small(*small)))
        is_over = threading.Event()
        publisher = threading.Thread(target=publish_large, args=(alpha, is_over))
        publisher.start()
        values["Lina"].append(worst(carry_small(*small)))
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
    alpha.start(ALPHA + fetch(beta, snapshot=["pong"], signals=["pong_sent"]))
    beta.start(BETA + fetch(alpha, snapshot=["ping", "small", "large"], signals=["ping_sent", "tick"]))
    alpha.says(f"connected to {importer}")
    beta.says(f"connected to {exporter}")
    return alpha, beta


def main():
    with tempfile.TemporaryDirectory() as folder:
        net = network.Network(pathlib.Path(folder), 0)
        try:
            pair = connect(net, "alpha", "beta")
            polling = connect(net, "gamma", "delta", **{"busy-poll": "3ms"})
            with bridge_peers.find(*pair) as (peers, absent):
                compare(pair, polling, bridge_peers.lina(pair[0].folder), peers, absent)
            crowd(*pair)
        finally:
            net.close()


if not ROWS or any(row.split()[0] == "bridge" for row in ROWS):
    if why := network.why_not():
        print(f"no rows of the bridge: {why}", file=sys.stderr)
    else:
        be_alone()
        main()
