#!/usr/bin/env python3
"""Draws the growth curves: draw.py FOLDER RESULTS... writes FOLDER/growth-AXIS.svg."""

import pathlib
import sys

from table import curves, read

try:
    import matplotlib
except ImportError:
    sys.exit("no curves: this Python has no matplotlib")
matplotlib.use("svg")
from matplotlib import pyplot


def draw(folder, axis, lines):
    figure, plot = pyplot.subplots(figsize=(7, 4.5))
    for name, points in lines:
        at, ns = zip(*points)
        plot.plot(at, ns, marker="o", label=name)
    plot.set_xscale("log", base=2 if axis != "names" else 10)
    plot.set_xlabel(axis)
    plot.set_ylabel("ns")
    plot.set_ylim(bottom=0)
    plot.grid(alpha=0.3)
    plot.legend()
    figure.tight_layout()
    figure.savefig(folder / f"growth-{axis}.svg", metadata={"Date": None})


def main(folder, paths):
    by_axis = {}
    for (axis, operation, name), points in curves(read(paths)[1]).items():
        label = operation if name == "Lina" else f"{operation}: {name}"
        by_axis.setdefault(axis, []).append((label, points))
    for axis, lines in by_axis.items():
        draw(pathlib.Path(folder), axis, lines)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
