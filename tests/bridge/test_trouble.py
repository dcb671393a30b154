"""Hosts and links that fail at random instants, while generations travel.

LINA_BRIDGE_ROUNDS sets how often: the campaign is 1000. LINA_BRIDGE_SEED sets which faults come when.
"""

import itertools
import os
import random
import signal
import threading
import time

from network import TIMEOUT, until
from test_bridge import fetch

import lina

ROUNDS = int(os.environ.get("LINA_BRIDGE_ROUNDS", "6"))
LARGE = 1 << 19  # elements: 4 MiB, eight pieces
NAMES = {"small": 16, "middle": 80 << 10, "large": LARGE}  # middle: 640 KiB


def of(host):
    """What a host publishes: names and their elements."""
    return {f"{host.name}_{name}": n for name, n in NAMES.items()}


class Publisher:
    """Publishes 1, 2, 3, ... in all names of its host, and raises a signal after each, until it is
    stopped.
    """

    def __init__(self, host):
        self.host, self.value, self.is_over = host, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.is_over.wait(0.002):
            self.value += 1
            for name, n in of(self.host).items():
                self.put(name, n)
            self.host.arena.signal(f"{self.host.name}_ready")

    def put(self, name, n):
        try:
            self.host.put(name, float(self.value), n)
        except lina.BusyError:  # a stopped bridge may hold the arena's lock
            self.put(name, n)

    def stop(self):
        self.is_over.set()
        self.thread.join()


class Watcher:
    """Every value that an importer shows must be whole, no older than the last, and as new as
    the signal that announces it.
    """

    def __init__(self, host, publisher):
        self.host, self.publisher = host, publisher
        self.ready, self.last = f"{publisher.host.name}_ready", dict.fromkeys(of(publisher.host), 0.0)

    def look(self):
        raised = self.host.arena.value(self.ready)
        for name in self.last:
            value = self.host.get(name) or 0.0
            assert value >= self.last[name], f"{name} went back from {self.last[name]} to {value}"
            assert value >= raised, f"{name} shows {value} after signal {raised}"
            self.last[name] = value

    def follow(self, more):
        """Until all names show at least the publisher's value now, and so many more."""
        value = self.publisher.value + more

        def there():
            self.look()
            return min(self.last.values()) >= value and self.host.arena.value(self.ready) >= value

        until(there, lambda: f"{value}; there is {self.last}\n{self.host.all_said()}")


def kill(host, pause):
    host.end()
    pause()
    host.start()


def stop(host, pause):
    host.send(signal.SIGSTOP)
    pause()
    host.send(signal.SIGCONT)


def cut(host, pause):
    host.cut()
    pause()
    host.mend()


def test_no_trouble_shows_half_a_generation_and_all_of_it_ends(impatient):
    alpha, beta = impatient
    dice = random.Random(os.environ.get("LINA_BRIDGE_SEED", "20"))
    for host, other in ((alpha, beta), (beta, alpha)):
        host.options["busy-poll"] = dice.choice(["0s", "2ms"])
        exports = f"export = {list(of(host))}\nexport-signals = ['{host.name}_ready']\n".replace("'", '"')
        host.start(exports + fetch(other, snapshot=list(of(other)), signals=[f"{other.name}_ready"]))
    publishers = [Publisher(host) for host in impatient]
    watchers = [Watcher(beta, publishers[0]), Watcher(alpha, publishers[1])]

    def each(do, *values):
        for watcher in watchers:
            do(watcher, *values)

    try:
        each(Watcher.follow, 1)
        for _ in range(ROUNDS):
            looks = dice.randrange(1, 200)

            def pause(looks=looks):
                for _ in range(looks):
                    each(Watcher.look)

            pause()
            dice.choice([kill, stop, cut])(dice.choice([alpha, beta]), pause)
            each(Watcher.follow, 1)
    finally:
        for publisher in publishers:
            publisher.stop()
    each(Watcher.follow, 0)
    assert ": it " not in alpha.all_said(), f"a bridge breaks the protocol\n{alpha.all_said()}"
    beta.arena.check()
    alpha.arena.check()


def fill(host, value):
    """Fills the free memory with arrays, except pieces of less than 64 KiB."""
    names, nbytes = [], 128 << 20
    while nbytes >= 64 << 10:
        try:
            host.put(f"filler{len(names)}", value, nbytes // 8)
            names.append(f"filler{len(names)}")
        except MemoryError:
            nbytes //= 2
    return names


def test_no_late_write_lands_in_memory_that_is_used_again(impatient):
    alpha, beta = impatient
    alpha.start('export = ["large"]')
    beta.start(fetch(alpha, snapshot=["large"]))
    beta.says("connected to alpha")
    values = itertools.count(1.0)

    def stops_in_the_middle():
        """The exporter is stopped while beta has a loan that is not full."""
        value = next(values)
        alpha.put("large", value, 8 << 20)  # 64 MiB
        until(lambda: beta.arena.info()["loans"] > 0 or beta.has("large"), "the loan")
        alpha.send(signal.SIGSTOP)
        if not beta.has("large"):
            return True
        alpha.send(signal.SIGCONT)
        until(lambda: beta.get_first("large") == value, "the generation")
        beta.arena.remove("large")
        return False

    until(stops_in_the_middle, "a generation that is half there")
    beta.says("lost alpha")
    until(lambda: beta.arena.info()["loans"] == 0, "the end of the loan")
    fillers = fill(beta, -7.0)
    alpha.send(signal.SIGCONT)
    beta.says("connected to alpha", times=2)
    enough = time.monotonic() + 5
    while time.monotonic() < enough:
        for name in fillers:
            assert beta.get(name) == -7.0
    beta.arena.check()
    assert not beta.has("large")
    beta.says('skips generations of "large"')


def test_of_three_hosts_one_is_lost_and_the_others_go_on(net):
    alpha, beta, gamma = net.host("alpha"), net.host("beta"), net.host("gamma")
    for host in (alpha, beta, gamma):
        host.options["silence"] = "2s"
    # gamma imports from both. beta imports from alpha, and exports an array of its own.
    alpha.start('export = ["a"]')
    beta.start('export = ["b"]\n' + fetch(alpha, snapshot=["a"]))
    gamma.start(fetch(alpha, snapshot=["a"]) + "\n" + fetch(beta, snapshot=["b"]))
    alpha.put("a", 1.0)
    beta.put("b", 1.0)
    for host, name in ((beta, "a"), (gamma, "a"), (gamma, "b")):
        host.gets(name, 1.0)
    beta.cut()
    gamma.arena.wait_value("b.lost", 1, timeout=TIMEOUT)
    alpha.put("a", 2.0)
    gamma.gets("a", 2.0)
    assert gamma.get("b") == 1.0
    beta.says("lost alpha")
    beta.put("b", 2.0)
    beta.mend()
    beta.gets("a", 2.0)
    gamma.gets("b", 2.0)


def test_a_small_array_is_not_held_up_behind_a_large_one(pair):
    alpha, beta = pair
    alpha.start('export = ["large", "small"]')
    beta.start(fetch(alpha, snapshot=["large", "small"]))
    rounds = itertools.count(1.0)

    def overtakes():
        value = next(rounds)
        alpha.put("large", value, 8 << 20)  # 64 MiB
        alpha.put("small", value)
        beta.gets("small", value)
        is_first = not beta.has("large") or beta.get_first("large") != value
        until(lambda: beta.has("large") and beta.get_first("large") == value, "the large array")
        return is_first

    until(overtakes, "a small array before a large one")
