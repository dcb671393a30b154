"""Hosts that are reached by ssh: each has its own sshd. Another host, the desk, starts runs on them."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from network import LINA, TIMEOUT, until
from running import Done  # of tests/host

UNPACKED = pathlib.Path(os.environ.get("LINA_DEPS", "/none")) / "sshd"  # by script/sshd
PORT = 2222
# Runs a program in a mount namespace in which these two files replace /etc/passwd and /etc/shadow.
BECOME = """
mkdir -p /run/sshd
mount --bind "$1" /etc/passwd
mount --bind "$2" /etc/shadow
shift 2
exec "$@"
"""


def find_sshd():
    places = [shutil.which("sshd") or "/usr/sbin/sshd", UNPACKED / "sbin" / "sshd"]
    return next((path for path in map(pathlib.Path, places) if path.exists()), None)


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return pathlib.Path(f"{path}.pub").read_text().split(" ")[:2]


def quoted(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Cluster:
    """The hosts of a hosts.toml, and the desk, on which `lina run --hosts` starts."""

    def __init__(self, net, folder, **hosts):
        self.net, self.folder, self.servers, self.runs = net, folder, [], []
        self.hosts = {name: net.host(name) for name in hosts}
        self.desk = net.host("desk")
        self.file = folder / "hosts.toml"
        self.parts = hosts
        self.top = {"key-file": "key", "silence": "30s", "lina": LINA, "directory": folder}

    # ---- files

    def write(self):
        lines = [f"{key} = {quoted(value)}" for key, value in self.top.items()]
        for name, part in self.parts.items():
            host = self.hosts[name]
            own = {"arena": host.where, "listen": host.port, "ssh": ["-F", self.folder / "ssh_config", name]}
            lines += [f"[hosts.{name}]"]
            lines += [f"{key} = {quoted(value)}" for key, value in {**own, **part}.items()]
        self.file.write_text("\n".join(lines) + "\n")

    def script(self, name, text):
        (self.folder / name).write_text(text)
        return name

    # ---- sshd

    def serve(self):
        """Starts an sshd on each host, and lets the desk in."""
        kind, key = make_key(self.folder / "id")
        (self.folder / "authorized_keys").write_text(f"{kind} {key}\n")
        config, known = "", ""
        for name, host in self.hosts.items():
            kind, key = make_key(self.folder / f"{name}.key")
            known += f"[{host.address}]:{PORT} {kind} {key}\n"
            config += f"Host {name}\n  HostName {host.address}\n"
            self.servers.append(self._sshd(name, host))
        config += (
            f"Host *\n  Port {PORT}\n  User root\n  IdentityFile {self.folder}/id\n  IdentitiesOnly yes\n"
            f"  StrictHostKeyChecking yes\n  UserKnownHostsFile {self.folder}/known_hosts\n"
            "  GlobalKnownHostsFile /dev/null\n"
        )
        (self.folder / "known_hosts").write_text(known)
        (self.folder / "ssh_config").write_text(config)
        for name in self.hosts:
            words = ["ssh", "-F", self.folder / "ssh_config", name, "true"]
            until(lambda words=words: self.desk.run(*words, stderr=-3).wait(TIMEOUT) == 0, f"sshd of {name}")

    def _sshd(self, name, host):
        passwd = pathlib.Path("/etc/passwd").read_text()
        if "\nsshd:" not in passwd:  # the user that sshd's first process becomes
            passwd += "sshd:x:65533:65534::/run/sshd:/bin/false\n"
        (self.folder / "passwd").write_text(passwd)
        (self.folder / "shadow").write_text("root:*:19000:0:99999:7:::\n")
        environment = {key: value for key, value in os.environ.items() if key.startswith("LINA_")}
        environment["PATH"] = os.environ["PATH"]
        environment.pop("LINA_ARENA", None)
        lines = [
            f"ListenAddress {host.address}:{PORT}",
            f"HostKey {self.folder}/{name}.key",
            f"AuthorizedKeysFile {self.folder}/authorized_keys",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            "StrictModes no",
            "UsePAM no",
            "PidFile none",
            "SetEnv " + " ".join(f'"{key}={value}"' for key, value in environment.items()),
        ]
        helper = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
        lines += [
            f"{key} {UNPACKED}/lib/openssh/{program}"
            for key, program in helper.items()
            if find_sshd().is_relative_to(UNPACKED) and (UNPACKED / "lib/openssh" / program).exists()
        ]
        config = self.folder / f"{name}.sshd"
        config.write_text("\n".join(lines) + "\n")
        words = ["unshare", "-m", "sh", "-c", BECOME, "sh", self.folder / "passwd", self.folder / "shadow"]
        words += [find_sshd(), "-D", "-e", "-f", config]
        with open(self.folder / f"{name}.sshd.log", "wb") as log:
            return host.run(*words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    # ---- runs

    def start(self, *words, at=None, **options):
        self.write()
        options = {"stdin": subprocess.DEVNULL, "stdout": -1, "stderr": -1, "text": True, **options}
        run = (at or self.desk).run(LINA, "run", "--hosts", self.file, *words, cwd=self.folder, **options)
        self.runs.append(run)
        return run

    def finish(self, run):
        out, err = run.communicate(timeout=2 * TIMEOUT)
        return Done(run.returncode, out, err)

    def run(self, *words, **options):
        return self.finish(self.start(*words, **options))

    def close(self):
        for process in self.runs + self.servers:
            if process.poll() is None:
                process.kill()
            with contextlib.suppress(ValueError):
                process.communicate()


def processes(word):
    """The ids of the processes whose command line contains this text."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        if any(word in one for one in words_of(entry.name)):
            found.append(int(entry.name))
    return found


def words_of(pid):
    """The command line of a process; empty if it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []


def kill(pid, number=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
