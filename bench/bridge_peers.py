"""The bridge's limit and peers between the same two network namespaces: a TCP socket, MPICH, and mpi4py.

Each peer is a function of (alpha, beta, size, times) that returns the nanoseconds of each transfer, one way.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import bridge_ray

HERE = pathlib.Path(__file__).parent
RECEIVER = """
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
        n = peer.recv_into(room[got:])
        if n == 0:
            sys.exit("the sender is gone")
        got += n
    peer.sendall(time.monotonic_ns().to_bytes(8, "little"))
"""
# The clock is the same in both namespaces.
SENDER = """
import socket, sys, time
size, times = int(sys.argv[2]), int(sys.argv[3])
peer = socket.create_connection((sys.argv[1], 7020))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
data = bytes(size)
for _ in range(times):
    time.sleep(0.002)
    begin = time.monotonic_ns()
    peer.sendall(data)
    end = peer.recv(8, socket.MSG_WAITALL)
    if len(end) < 8:
        sys.exit("the receiver is gone")
    print(int.from_bytes(end, "little") - begin, flush=True)
"""
MPI4PY = """
import sys, time
from mpi4py import MPI
size, times = int(sys.argv[1]), int(sys.argv[2])
world, data = MPI.COMM_WORLD, bytearray(size)
for _ in range(times):
    begin = time.monotonic_ns()
    if world.rank == 0:
        world.Send([data, MPI.BYTE], 1)
        world.Recv([data, MPI.BYTE], 1)
        print((time.monotonic_ns() - begin) // 2, flush=True)
    else:
        world.Recv([data, MPI.BYTE], 0)
        world.Send([data, MPI.BYTE], 0)
"""
# MPICH starts a process on each host by this script: rsh [OPTION...] HOST COMMAND...
RSH = """#!/bin/sh
while case $1 in -*) ;; *) false ;; esac do shift; done
case $1 in
{cases}
esac
shift
exec ip netns exec "$namespace" sh -c "$*"
"""
# Both processes are on one machine, but MPICH must use the network.
TCP_ALONE = {"UCX_TLS": "tcp,self", "UCX_NET_DEVICES": "e0", "MPIR_CVAR_NOLOCAL": "1"}


def figures(process):
    try:
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    if process.returncode != 0:
        raise RuntimeError(f"a peer failed: {process.args}")
    return [int(line) for line in out.split()]


def tcp(alpha, beta, size, times):
    words = [beta.address, str(size), str(times)]
    receiver = beta.run(sys.executable, "-c", RECEIVER, *words, stdout=subprocess.PIPE, text=True)
    try:
        receiver.stdout.readline()
        return figures(alpha.run(sys.executable, "-c", SENDER, *words, stdout=subprocess.PIPE, text=True))
    finally:
        receiver.kill()
        receiver.communicate()


def mpi(*program):
    def run(alpha, beta, size, times):
        rsh = alpha.folder / "rsh"
        cases = "\n".join(f"{host.address}) namespace={host.namespace} ;;" for host in (alpha, beta))
        rsh.write_text(RSH.format(cases=cases))
        rsh.chmod(0o755)
        words = ["mpiexec", "-launcher", "ssh", "-launcher-exec", rsh]
        words += ["-hosts", f"{alpha.address},{beta.address}", "-n", "2", *program, size, times]
        environment = {**os.environ, **TCP_ALONE, "LD_LIBRARY_PATH": str(alpha.folder)}
        return figures(alpha.run(*words, env=environment, stdout=subprocess.PIPE, text=True))

    return run


def has_mpi4py(folder):
    # Its wheel loads MPICH by a name that Debian's library does not have.
    for library in pathlib.Path("/usr/lib").glob("*/libmpich.so.12"):
        (folder / "libmpi.so.12").symlink_to(library)
    check = [sys.executable, "-c", "from mpi4py import MPI; assert 'MPICH' in MPI.Get_library_version()"]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    return subprocess.run(check, env=environment, capture_output=True).returncode == 0


def compiles(program):
    words = ["mpicc", "-O2", "-o", program, HERE / "bridge_mpi.c"]
    return shutil.which("mpicc") and subprocess.run(words, capture_output=True).returncode == 0


def works(peer, alpha, beta):
    try:
        return len(peer(alpha, beta, 1 << 10, 1)) == 1
    except (RuntimeError, ValueError, OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def find(alpha, beta):
    """The peers by name, and why others are absent."""
    folder = alpha.folder
    peers, absent = {"limit, a TCP socket": tcp}, {}
    if compiles(folder / "bridge_mpi"):
        peers["MPICH"] = mpi(folder / "bridge_mpi")
    else:
        absent["MPICH"] = "mpicc is missing, or its headers (Debian: libmpich-dev)"
    if has_mpi4py(folder):
        peers["mpi4py"] = mpi(sys.executable, "-c", MPI4PY)
    else:
        absent["mpi4py"] = "it is not installed, or has no MPICH"
    with contextlib.ExitStack() as stack:
        try:
            peers["Ray"] = stack.enter_context(bridge_ray.cluster(alpha, beta))
        except RuntimeError as error:
            absent["Ray"] = str(error)
        for name in [name for name, peer in peers.items() if not works(peer, alpha, beta)]:
            absent[name] = "it fails here"
            del peers[name]
        yield peers, absent
