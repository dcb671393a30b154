"""A camera in C++, a filter in Python and statistics in Julia, each in a process of its own.

    examples/pipeline/run [--frames 240] [--kill 3] [--seed N] [BUILD]

This program starts the three and checks what they make. It is the one reader that is never killed. It takes
the result of a frame before the frame itself, so the camera is never further ahead of the finished results
than the depth of the streams. So when a stage was killed and is started again, it finds everything that it
still has to do.

With --kill N, it kills N stages with SIGKILL in the middle of their work. No frame is lost.
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import matplotlib
import numpy as np
from filter import edges_of

import lina

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
OUTPUT = os.environ.get("LINA_PIPELINE_PNG", "out/pipeline.png")
STREAMS = ("statistics", "edges", "frames")  # results first, then what they are made from
DEPTH = 8  # of each stream; the stages open them with the same depth
PICTURES = 12


class Stage:
    """A process that is started again after it was killed."""

    def __init__(self, name, command, fail):
        self.name = name
        self.killed = 0
        self._command = command
        self._fail = fail  # called if it ends in any other way
        self._ending = False
        self._started_again = threading.Semaphore(0)
        self._start()
        self._watch = threading.Thread(target=self._keep_running)
        self._watch.start()

    def _start(self):
        self._process = subprocess.Popen(self._command, pass_fds=[lina.fileno()])

    def _keep_running(self):
        while (status := self._process.wait()) == -signal.SIGKILL and not self._ending:
            self.killed += 1
            self._start()
            self._started_again.release()
        if status != 0 and not self._ending:
            self._fail(f"{self.name} ended with {status}")
        self._started_again.release()

    def kill(self):
        self._process.kill()
        self._started_again.acquire()

    def end(self, *, now=False):
        if now:
            self._ending = True
            self._process.kill()
        self._watch.join()


def commands(build, frames):
    julia = os.environ.get("LINA_JULIA", "julia")
    return {
        "camera": [build / "examples/pipeline/camera", str(frames)],
        "filter": [sys.executable, HERE / "filter.py"],
        "statistics": [julia, "--startup-file=no", HERE / "statistics.jl"],
    }


def share_arena(build):
    """Makes the arena, and the environment in which stages find it and the bindings."""
    lina.init_arena(16 << 20)
    os.environ["LINA_ARENA"] = f"fd:{lina.fileno()}"
    os.environ.setdefault("LINA_CORE", str(build / "liblina_core.so.1"))
    os.environ.setdefault("JULIA_LOAD_PATH", f"{ROOT / 'bindings/julia/src'}:@stdlib")
    for name in STREAMS:
        lina.stream(name, depth=DEPTH)


def check(number, result, edges, frame):
    """Checks that the stages made this result from this frame, and in order."""
    assert [x.sequence for x in (result, edges, frame)] == [number] * 3
    expected = np.empty(edges.shape, np.float32)
    edges_of(np.asarray(frame), expected)
    assert np.array_equal(edges, expected), f"frame {number}: other edges"
    steep = np.count_nonzero(expected > 20) / expected.size
    wanted = [number, expected.mean(dtype=np.float64), expected.max(), steep]
    assert np.allclose(result, wanted, rtol=1e-9), f"frame {number}: {np.asarray(result)}, not {wanted}"


class Killer:
    """Kills stages in the middle of their work, at frames that it chose, and each stage about as often.

    The camera is at most one depth ahead of the newest result, so no stage has finished by then.
    """

    def __init__(self, stages, kills, frames, seed):
        self._random = random.Random(seed)
        chosen = self._random.sample(range(1, frames - 2 * DEPTH), kills)
        victims = [list(stages.values())[i % len(stages)] for i in range(kills)]
        self._random.shuffle(victims)
        self._plan = dict(zip(chosen, victims, strict=True))

    def after(self, number):
        if (stage := self._plan.get(number)) is not None:
            time.sleep(self._random.random() / 50)  # so that the stage may be anywhere in its work
            stage.kill()
            print(f"Python  killed the {stage.name} after frame {number}")


def run(build, frames, kills, seed):
    """Runs the pipeline. Returns some of the frames with their edges, and all statistics."""
    share_arena(build)
    readers = [lina.follow(name, start=1, revive=True) for name in STREAMS]
    failures = []

    def fail(why):
        failures.append(why)
        for reader in readers:
            reader.close()

    stages = {name: Stage(name, command, fail) for name, command in commands(build, frames).items()}
    killer = Killer(stages, kills, frames, seed)
    pictures, statistics, number = {}, [], 0
    wanted = {round(i) for i in np.linspace(1, frames, PICTURES)}
    finished = False
    try:
        for number, (result, edges, frame) in enumerate(zip(*readers, strict=True), 1):
            check(number, result, edges, frame)
            statistics.append(result.tolist())
            if number in wanted:
                pictures[number] = (np.array(frame), np.array(edges))
            killer.after(number)
        finished = True
    except lina.ClosedError:
        sys.exit("; ".join(failures))
    finally:
        for stage in stages.values():
            stage.end(now=not finished)
    assert number == frames, f"{number} of {frames} frames came through"
    assert sum(reader.lost for reader in readers) == 0
    killed = {stage.name: stage.killed for stage in stages.values()}
    print(f"Python  {number} frames through C++, Python and Julia, none lost; started again: {killed}")
    return pictures, np.array(statistics)


def draw(pictures, statistics):
    """A contact sheet: some frames above their edges, and the statistics of all below."""
    figure = plt.figure(figsize=(15, 9), constrained_layout=True)
    sheet, curve = figure.subfigures(2, 1, height_ratios=[4, 1])
    half = len(pictures) // 2
    axes = sheet.subplots(4, half)
    for i, (number, (frame, edges)) in enumerate(pictures.items()):
        row, column = 2 * (i // half), i % half
        axes[row, column].imshow(frame, cmap="gray", vmin=0, vmax=255)
        axes[row, column].set_title(f"frame {number}", fontsize=9)
        axes[row + 1, column].imshow(edges, cmap="magma", vmin=0, vmax=60)
    for axis in axes.flat:
        axis.set_axis_off()
    axis = curve.subplots()
    axis.plot(statistics[:, 0], statistics[:, 1], label="mean of the edges")
    axis.plot(statistics[:, 0], 100 * statistics[:, 3], label="steep pixels in percent")
    axis.set_xlabel("frame")
    axis.legend(loc="upper right")
    os.makedirs(os.path.dirname(OUTPUT) or ".", exist_ok=True)
    figure.savefig(OUTPUT, dpi=100)
    print(f"Python  wrote {OUTPUT}")


def main():
    parser = argparse.ArgumentParser(description="Runs the pipeline and draws what came out.")
    parser.add_argument("build", nargs="?", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--kill", type=int, default=0, help="how many stages to kill in the middle")
    parser.add_argument("--seed", type=int, default=None, help="for the same kills again")
    options = parser.parse_args()
    if not 0 <= options.kill <= max(0, options.frames - 2 * DEPTH - 1):
        parser.error(f"{options.frames} frames are too few to kill {options.kill} stages")
    draw(*run(options.build.resolve(), options.frames, options.kill, options.seed))


main()
