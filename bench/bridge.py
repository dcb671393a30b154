"""Compares the bridge with a bare TCP socket between the same two network namespaces. Needs root.

    LINA_BUILD=build PYTHONPATH=build python bench/bridge.py

The clock is the same in both namespaces, so each figure is one way: from the publish (or send) at one host
until the other has all of it. A row shows the median of the bridge, that of TCP, and their ratio.
"""

import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "bridge"))

import network
import numpy as np
from test_bridge import fetch

import lina

SIZES = {"1 KiB": (1 << 10, 200), "64 KiB": (1 << 16, 200), "1 MiB": (1 << 20, 50), "100 MiB": (100 << 20, 9)}
ECHO = """
import socket, sys, time
size, times = int(sys.argv[2]), int(sys.argv[3])
listener = socket.create_server((sys.argv[1], 7020))
print("ready", flush=True)
peer, _ = listener.accept()
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
room = memoryview(bytearray(size))
for _ in range(times):
    got = 0
    while got < size:
        got += peer.recv_into(room[got:])
    peer.sendall(time.monotonic_ns().to_bytes(8, "little"))
"""
SEND = """
import socket, sys, time
size, times = int(sys.argv[2]), int(sys.argv[3])
peer = socket.create_connection((sys.argv[1], 7020))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
data = bytes(size)
for _ in range(times):
    time.sleep(0.002)
    begin = time.monotonic_ns()
    peer.sendall(data)
    print(int.from_bytes(peer.recv(8, socket.MSG_WAITALL), "little") - begin, flush=True)
"""


def tcp(alpha, beta, size, times):
    words = [str(size), str(times)]
    receiver = beta.run(sys.executable, "-c", ECHO, beta.address, *words, stdout=-1, text=True)
    receiver.stdout.readline()
    sender = alpha.run(sys.executable, "-c", SEND, beta.address, *words, stdout=-1, text=True)
    out, _ = sender.communicate()
    receiver.wait()
    receiver.stdout.close()
    return statistics.median(int(line) for line in out.split()) / 1e9


def bridge(alpha, beta, size, times):
    taken = []
    for value in range(1, times + 1):
        time.sleep(0.002)
        with alpha.arena.loan("x", "u8", (size,)) as x:
            np.asarray(x)[:] = value % 251
        begin = time.monotonic_ns()
        alpha.arena.signal("ready")
        total = alpha.arena.value("ready")
        beta.arena.wait_value("ready", total, timeout=60)
        taken.append(time.monotonic_ns() - begin)
        assert np.asarray(beta.arena.array("x"))[-1] == value % 251
    return statistics.median(taken) / 1e9


def main():
    net = network.Network(pathlib.Path(tempfile.mkdtemp()), 0)
    try:
        alpha, beta = net.host("alpha"), net.host("beta")
        for host in (alpha, beta):
            host.arena.close()
            host.arena = lina.Arena.create(host.where, 1 << 30, temporary=True)
        alpha.start('export = ["x"]\nexport-signals = ["ready"]')
        beta.start(fetch(alpha, snapshot=["x"], signals=["ready"]))
        beta.says("connected to alpha")
        for name, (size, times) in SIZES.items():
            there, here = bridge(alpha, beta, size, times), tcp(alpha, beta, size, times)
            for what, taken in (("bridge", there), ("TCP", here)):
                print(f"{name:>8} {what:>6} {taken * 1e6:9.0f} us {size / taken / 1e6:8.0f} MB/s", end="")
            print(f"  x {there / here:5.2f}")
    finally:
        net.close()


if __name__ == "__main__":
    main()
