"""Simulates how one generation reaches many hosts: docs/more-than-one-machine.md has the output.

    python docs/fan_out.py [HOSTS]

A host sends one message at a time, and may pass a piece on as soon as it has it. A message costs its sender
and its receiver 15 us each, and its bytes travel at 1.131 GB/s, which is what 10 Gbit/s leaves to them.
"""

import sys

OVERHEAD = 15e-6  # seconds
BANDWIDTH = 1.131e9  # bytes a second
PIECE = 1 << 20
SIZES = {"1 KiB": 1 << 10, "1 MiB": 1 << 20, "100 MiB": 100 << 20}


def flat(host, hosts):
    """The exporter sends to all."""
    return range(1, hosts + 1) if host == 0 else ()


def chain(host, hosts):
    """Each host sends to the next one."""
    return range(host + 1, min(host + 1, hosts) + 1)


def tree(host, hosts):
    """Each host sends to two."""
    return range(2 * host + 1, min(2 * host + 2, hosts) + 1)


def seconds(children, hosts, nbytes):
    """How long it takes until the last host has the whole generation. Host 0 exports it."""
    piece = nbytes if children is flat else min(PIECE, nbytes)  # only hosts that pass data on need pieces
    pieces = nbytes // piece
    sending = OVERHEAD + piece / BANDWIDTH
    arrived = {0: [0.0] * pieces}
    last = 0.0
    for host in range(hosts + 1):  # each has a larger number than the host from which it gets the pieces
        now, mine = 0.0, arrived.pop(host)
        last = max(last, mine[-1])
        below = children(host, hosts)
        arrived.update({child: [] for child in below})
        for at in mine:
            now = max(now, at)
            for child in below:
                now += sending
                arrived[child].append(now + OVERHEAD)
    return last


def main():
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{hosts} hosts     flat      chain      tree")
    for name, nbytes in SIZES.items():
        row = [seconds(children, hosts, nbytes) for children in (flat, chain, tree)]
        print(f"{name:>8}  " + "  ".join(f"{1e3 * value:7.1f} ms" for value in row))


if __name__ == "__main__":
    main()
