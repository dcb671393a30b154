"""The second stage of the pipeline: finds the edges in each frame with NumPy, without a copy in between.

Result number n is made from frame number n. So a filter that is started again goes on after the last result
of the one before.
"""

import numpy as np

import lina


def edges_of(frame, out):
    """How steep the picture is at each pixel: differences across two pixels, none at the border."""
    out[...] = 0
    across = np.subtract(frame[1:-1, 2:], frame[1:-1, :-2], dtype=np.float32)
    down = np.subtract(frame[2:, 1:-1], frame[:-2, 1:-1], dtype=np.float32)
    np.hypot(across, down, out=out[1:-1, 1:-1])


def main():
    lina.set_member_name("filter")
    for name in ("frames", "edges"):
        lina.stream(name, depth=8)
    done = lina.stream_info("edges")["sequence"]
    with lina.produce("edges"):
        # revive: if the camera has died, wait for the next one.
        for frame in lina.follow("frames", start=done + 1, revive=True):
            with lina.loan("edges", "f32", frame.shape) as edges:
                edges_of(np.asarray(frame), np.asarray(edges))


if __name__ == "__main__":
    main()
