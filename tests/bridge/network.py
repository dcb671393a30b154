"""A network for tests: each host is a network namespace. Another namespace, the router, joins them.

Every name contains the id of this process, so that a test removes only what it made.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import numpy as np

import lina

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
LINA = BUILD / "host" / "lina"
PLUGIN = BUILD / "bridge" / "lina_bridge.so"
TIMEOUT = 60  # seconds
KEY = "0123456789abcdef0123456789abcdef"


def until(condition, what):
    """Waits for a condition, and returns its value."""
    deadline = time.monotonic() + TIMEOUT
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what() if callable(what) else what}"
        time.sleep(0.005)
    return value


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True, text=True)


def why_not():
    """Why this machine cannot have such a network, or None."""
    if not PLUGIN.exists():
        return "the bridge was not built"
    probe = f"lina-probe-{os.getpid()}"
    try:
        ip("netns", "add", probe)
        try:
            ip("-n", probe, "link", "set", "lo", "up")
        finally:
            ip("netns", "del", probe)
    except (OSError, subprocess.CalledProcessError):
        return "network namespaces need root and iproute2"
    return None


class Host:
    """A machine: a namespace with one address, an arena, and at most one bridge."""

    def __init__(self, network, name, number, folder):
        self.name, self.folder = name, folder
        self.namespace = f"lina-{os.getpid()}-{network}-{name}"
        self.address, self.gateway = f"10.77.{number}.2", f"10.77.{number}.1"
        self.where = f"shm:lina-bridge-{os.getpid()}-{network}-{name}"
        self.arena = lina.Arena.create(self.where, 256 << 20, temporary=True)
        self.file = folder / f"{name}.toml"
        self.log = folder / f"{name}.log"
        self.process = None
        self.options = {"silence": "30s"}  # a busy machine must not look like a lost host
        folder.joinpath("key").write_text(KEY)

    @property
    def port(self):
        return f"{self.address}:7010"

    def configure(self, text="", key="key"):
        lines = {"host": self.name, "arena": self.where, "key-file": key, "listen": self.port, **self.options}
        self.file.write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()) + text)

    def run(self, *words, **options):
        """A process in this host's network."""
        return subprocess.Popen(["ip", "netns", "exec", self.namespace, *map(str, words)], **options)

    def start(self, text=None, **more):
        """Starts the bridge, and returns before it is connected."""
        if text is not None or more:
            self.configure(text or "", **more)
        with open(self.log, "ab") as log:
            self.process = self.run(
                LINA, "bridge", self.file, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def said(self):
        return self.log.read_text() if self.log.exists() else ""

    def says(self, text, times=1):
        until(
            lambda: self.said().count(text) >= times, lambda: f"{text!r} from {self.name}.\n{self.all_said()}"
        )

    def all_said(self):
        """What every bridge of the network has said."""
        return "\n".join(f"{log.name}:\n{log.read_text()}" for log in sorted(self.folder.glob("*.log")))

    def end(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.send_signal(signal.SIGCONT)
            status = self.process.wait(TIMEOUT)
            self.process = None
            return status

    def send(self, number):
        self.process.send_signal(number)

    def cut(self):
        """Pulls the cable at the router's end."""
        ip("-n", self.router, "link", "set", self.far, "down")

    def mend(self):
        ip("-n", self.router, "link", "set", self.far, "up")

    def take_address(self):
        ip("-n", self.namespace, "addr", "del", f"{self.address}/24", "dev", "e0")

    def give_address(self):
        ip("-n", self.namespace, "addr", "add", f"{self.address}/24", "dev", "e0")
        ip("-n", self.namespace, "route", "replace", "default", "via", self.gateway)

    # ---- arrays: all elements of a generation are equal, so that a torn generation is noticed

    def put(self, name, value, n=16):
        with self.arena.loan(name, "f64", (n,)) as x:
            np.asarray(x)[:] = value

    def get(self, name):
        """The one number in the array; None if there is no array yet."""
        try:
            x = np.asarray(self.arena.array(name))
        except lina.NotFoundError:
            return None
        first = x.flat[0]
        assert (x == first).all(), f"{self.name} sees half a generation of {name}"
        return first

    def has(self, name):
        return any(array["name"] == name for array in self.arena.list())

    def get_first(self, name):
        """The first number, without a check of the others."""
        return np.asarray(self.arena.array(name)).flat[0]

    def gets(self, name, value):
        until(
            lambda: self.get(name) == value,
            lambda: f"{value} in {name} of {self.name}; it has {self.get(name)}\n{self.all_said()}",
        )


class Network:
    def __init__(self, folder, number):
        self.folder, self.number, self.hosts, self.namespaces = folder, number, [], []
        self.router = f"lina-{os.getpid()}-{number}-router"
        self._namespace(self.router)
        subprocess.run(
            ["ip", "netns", "exec", self.router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"],
            check=True,
        )

    def _namespace(self, name):
        ip("netns", "add", name)
        self.namespaces.append(name)
        ip("-n", name, "link", "set", "lo", "up")

    def host(self, name):
        number = len(self.hosts) + 1
        host = Host(self.number, name, number, self.folder)
        self.hosts.append(host)
        self._namespace(host.namespace)
        host.router, host.far = self.router, f"r{number}"
        ip(
            "-n",
            self.router,
            "link",
            "add",
            host.far,
            "type",
            "veth",
            "peer",
            "name",
            "e0",
            "netns",
            host.namespace,
        )
        ip("-n", self.router, "addr", "add", f"{host.gateway}/24", "dev", host.far)
        ip("-n", self.router, "link", "set", host.far, "up")
        ip("-n", host.namespace, "link", "set", "e0", "up")
        host.give_address()
        return host

    def close(self):
        for host in self.hosts:
            host.end()
            host.arena.close()
        for name in self.namespaces:
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "del", name)
