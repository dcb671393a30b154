"""P16: frames of 6 MiB from C++ to Python to Julia, each a process, over streams.

    python bench/pipeline/run.py BUILD [--quick] [--row LABEL]...

Prints a line of JSON for table.py. The limit is the slowest stage alone: it does the same work on frames that
exist already, and no other stage waits for its results. The stages are camera.cpp, filter.py and
statistics.jl. They obey lines of standard input:

    alone COUNT     does its own work on COUNT frames
    stream COUNT    as one of three; the others wait for it
    lossy COUNT     as one of three; the later stages lose the frames for which they are too slow
    pipe COUNT      as one of three, over pipes

Each says "ready" when it waits for frames (the camera does not), and at the end how many nanoseconds a
frame took.
"""

import fcntl
import itertools
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
QUICK = "--quick" in sys.argv
ROWS = [row for option, row in itertools.pairwise(sys.argv) if option == "--row"]
ROUNDS, FRAMES = (3, 20) if QUICK else (9, 60)
DEPTH = 8
ABSENT = {
    "iceoryx2, iceoryx, ZeroMQ": "no binding for Julia here; P15 has messages of 6 MiB",
    "multiprocessing.Queue": "Python only; P15 has messages of 6 MiB",
}


class Stage:
    def __init__(self, command, pipes):
        self.process = subprocess.Popen(
            [*map(str, command), *map(str, pipes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[*pipes, int(os.environ["LINA_ARENA"].removeprefix("fd:"))],
        )

    def tell(self, what, count):
        print(what, count, file=self.process.stdin, flush=True)

    def hear(self):
        line = self.process.stdout.readline()
        return line.strip() or sys.exit(f"{self.process.args[0]} ended with {self.process.wait()}")

    def alone(self, count):
        self.tell("alone", count)
        return int(self.hear())


def wide_pipe():
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 1 << 20)
    return ends


def start():
    sys.path.insert(0, str(BUILD))
    import lina

    lina.init_arena(6 * DEPTH * (6 << 20))
    os.environ["LINA_ARENA"] = f"fd:{lina.fileno()}"
    os.environ["LINA_CORE"] = str(BUILD / "liblina_core.so.1")
    os.environ["PYTHONPATH"] = str(BUILD)
    os.environ["JULIA_LOAD_PATH"] = f"{ROOT / 'bindings/julia/src'}:@stdlib"
    for name in ("frames", "bright"):
        lina.stream(name, depth=DEPTH)
    (frames_in, frames_out), (bright_in, bright_out) = wide_pipe(), wide_pipe()
    julia = os.environ.get("LINA_JULIA", "julia")
    return (
        Stage([BUILD / "bench/pipeline_camera"], [frames_out]),
        Stage([sys.executable, HERE / "filter.py"], [frames_in, bright_out]),
        Stage([julia, "--startup-file=no", HERE / "statistics.jl"], [bright_in]),
    )


def together(stages, what):
    """Nanoseconds for a frame, measured in the last stage."""
    camera, *others = stages
    for stage in others:
        stage.tell(what, FRAMES)
    for stage in others:
        assert stage.hear() == "ready"
    camera.tell(what, FRAMES)
    return [int(stage.hear()) for stage in stages][-1]


def measure(stages):
    names = ("bare camera, C++", "bare filter, Python", "bare statistics, Julia")
    times = {}
    for turn in range(ROUNDS + 1):
        alone = [stage.alone(FRAMES) for stage in stages]
        found = {
            "Lina": together(stages, "stream"),
            "limit, slowest stage": max(alone),
            "Lina, frames may be lost": together(stages, "lossy"),
            "pipes": together(stages, "pipe"),
            **dict(zip(names, alone)),
        }
        if turn > 0:  # the first round only warms up
            for name, ns in found.items():
                times.setdefault(name, []).append(ns)
    return times


def main():
    stages = start()
    times = measure(stages)
    for stage in stages:
        stage.process.stdin.close()
        stage.process.wait()
    row = {"id": "P16", "what": "6 MiB frames, C++ to Python to Julia", "unit": "ns"}
    print(json.dumps({**row, "values": times, "absent": ABSENT}), flush=True)


if not ROWS or any(row.split()[0] == "P16" for row in ROWS):
    main()
