"""The second stage of P16: the largest of three pixels, one above the other. See run.py for its commands.

filter.py IN OUT: the pipes to read from and to write to.
"""

import os
import sys
from time import perf_counter_ns

import numpy as np

import lina

SHAPE = (2048, 3072)
LAST = 255


def brighten(frame, out):
    out = out.reshape(SHAPE)
    out[[0, -1]] = frame[[0, -1]]
    np.maximum(frame[2:], frame[:-2], out=out[1:-1])
    np.maximum(out[1:-1], frame[1:-1], out=out[1:-1])


def handle(frame):
    """Makes a frame of a frame. True for the last one."""
    with lina.loan("bright", "u8", frame.size) as out:
        brighten(np.asarray(frame), np.asarray(out))
    return frame[0, 0] == LAST


def alone(count):
    """Filters kept frames again and again, without the stages before and after it."""
    for _ in range(count):
        try:
            handle(next(alone.frames))
        except lina.WaitTimeoutError:
            alone.frames = lina.follow("frames", start="oldest", lossy=True, timeout=0)
            handle(next(alone.frames))


def stream(lossy):
    frames = lina.follow("frames", lossy=lossy)
    print("ready", flush=True)
    for frame in frames:
        if handle(frame):
            return


def pipe(count):
    frame, out = np.empty(SHAPE, np.uint8), np.empty(SHAPE, np.uint8)
    source, sink = (os.fdopen(os.dup(int(fd)), mode, 0) for fd, mode in zip(sys.argv[1:], ("rb", "wb")))
    print("ready", flush=True)
    with source, sink:
        for _ in range(count):
            left = memoryview(frame).cast("B")
            while left:
                left = left[source.readinto(left) :]
            brighten(frame, out)
            left = memoryview(out).cast("B")
            while left:
                left = left[sink.write(left) :]


def main():
    for line in sys.stdin:
        what, count = line.split()
        if what == "alone":
            alone.frames = lina.follow("frames", start="oldest", lossy=True, timeout=0)
        start = perf_counter_ns()
        if what == "alone":
            alone(int(count))
        elif what == "pipe":
            pipe(int(count))
        else:
            stream(what == "lossy")
        print((perf_counter_ns() - start) // int(count), flush=True)


main()
