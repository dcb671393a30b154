"""Ray as a peer of bench/bridge.py: a cluster of the two hosts. Its figure is no ping-pong, but the time in
which beta gets an object of alpha.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

PORT = 6379
GET = """
import sys, time
import numpy as np
import ray

ray.init(address=sys.argv[1], _node_ip_address=sys.argv[2], logging_level="error", log_to_driver=False)

@ray.remote(resources={"alpha": 1})
class Maker:
    def make(self, size):
        return [ray.put(np.full(size, 1, "u1"))]

maker = Maker.remote()
for line in sys.stdin:
    size, times, pause = map(int, line.split())
    for _ in range(times):
        time.sleep(pause / 1e6)
        (made,) = ray.get(maker.make.remote(size))
        begin = time.monotonic_ns()
        ray.get(made)
        print(time.monotonic_ns() - begin, flush=True)
"""
COMMON = ["--block", "--num-cpus=1", f"--object-store-memory={600 << 20}", "--disable-usage-stats"]


@contextlib.contextmanager
def cluster(alpha, beta):
    """A function that measures transfers, as those of bridge_peers.py. RuntimeError if Ray is missing."""
    program = shutil.which("ray", path=pathlib.Path(sys.executable).parent)
    if program is None:
        raise RuntimeError("it is not installed")
    environment = {**os.environ, "RAY_TMPDIR": str(alpha.folder)}
    environment.pop("PYTHONPATH", None)
    head = f"{alpha.address}:{PORT}"
    options = {"env": environment, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with contextlib.ExitStack() as stack:

        def start(host, *words, **more):
            process = host.run(*words, **{**options, **more})
            stack.callback(end, process)
            return process

        ray = [program, "start", *COMMON]
        first = ["--head", f"--port={PORT}", "--include-dashboard=false", '--resources={"alpha": 1}']
        wait(start(alpha, *ray, *first, f"--node-ip-address={alpha.address}"))
        wait(start(beta, *ray, f"--address={head}", f"--node-ip-address={beta.address}"))
        words = [sys.executable, "-c", GET, head, beta.address]
        getter = start(beta, *words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

        def get(_alpha, _beta, size, times, pause):
            times = min(times, 50)  # each takes milliseconds
            getter.stdin.write(f"{size} {times} {pause}\n")
            getter.stdin.flush()
            return [int(getter.stdout.readline()) for _ in range(times)]

        yield get


def wait(node):
    while "--block" not in (line := node.stdout.readline()):
        if not line:
            raise RuntimeError("it does not start")


def end(process):
    process.terminate()  # a node ends its processes
    process.communicate(timeout=60)
