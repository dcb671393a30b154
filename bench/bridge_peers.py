"""The ping-pongs of bridge.py between two network namespaces: Lina's, and those of the limit and the peers.

Each is a function of (alpha, beta, size, times, pause) that returns half of each round trip in nanoseconds.
Before each round trip, it waits for `pause` microseconds. bridge_pingpong.h says what a round trip is.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import bridge_ray
from network import BUILD

HERE = pathlib.Path(__file__).parent
MPI4PY = """
import sys, time
from mpi4py import MPI
size, times, pause = map(int, sys.argv[1:])
world, data, taken = MPI.COMM_WORLD, bytearray(size), []
for _ in range(times):
    if world.rank == 0:
        if pause:
            time.sleep(pause / 1e6)
        begin = time.monotonic_ns()
        world.Send([data, MPI.BYTE], 1)
        world.Recv([data, MPI.BYTE], 1)
        taken.append((time.monotonic_ns() - begin) // 2)
    else:
        world.Recv([data, MPI.BYTE], 0)
        world.Send([data, MPI.BYTE], 0)
print(*taken, flush=True)
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


def compiled(compiler, name, folder, *options):
    """Compiles a contender, and returns its path; None if that fails."""
    program = folder / f"bridge_{name}"
    sources = [HERE / f"{program.name}.c", HERE / "bridge_pingpong.c"]
    words = [compiler, "-O2", "-o", program, *sources, *options]
    is_there = shutil.which(compiler) and subprocess.run(words, capture_output=True).returncode == 0
    return program if is_there else None


def two(program, words):
    """Runs the program on both hosts: rank 0 on alpha, and rank 1 on beta."""

    def run(alpha, beta, *sizes):
        first, second = (
            host.run(program, *sizes, rank, words(alpha, host), stdout=subprocess.PIPE, text=True)
            for rank, host in enumerate((alpha, beta))
        )
        try:
            return figures(first)
        finally:
            second.kill()
            second.communicate()

    return run


def lina(folder):
    """Lina's own ping-pong. The bridges carry its arrays and signals in both directions."""
    options = ["-I", HERE.parent / "include", f"-L{BUILD}", "-llina_core", f"-Wl,-rpath,{BUILD}"]
    return two(compiled("cc", "lina", folder, *options), lambda _alpha, host: host.where)


def mpi(*program):
    def run(alpha, beta, *sizes):
        rsh = alpha.folder / "rsh"
        cases = "\n".join(f"{host.address}) namespace={host.namespace} ;;" for host in (alpha, beta))
        rsh.write_text(RSH.format(cases=cases))
        rsh.chmod(0o755)
        words = ["mpiexec", "-launcher", "ssh", "-launcher-exec", rsh]
        words += ["-hosts", f"{alpha.address},{beta.address}", "-n", "2", *program, *sizes]
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


def works(peer, alpha, beta):
    try:
        return len(peer(alpha, beta, 1 << 10, 1, 0)) == 1
    except (RuntimeError, ValueError, OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def find(alpha, beta):
    """The peers by name, and why others are absent."""
    folder = alpha.folder
    socket = compiled("cc", "tcp", folder)
    peers, absent = {"limit, a TCP socket": two(socket, lambda alpha, _host: alpha.address)}, {}
    if program := compiled("mpicc", "mpi", folder):
        peers["MPICH"] = mpi(program)
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
