"""Python's part of the relief: publishes real terrain, checks Julia's work, draws it.

Where the arena has an array "levels", the scripts in Lua, JavaScript and Java take part as well.

The terrain is the Jacksboro fault in Tennessee, 344 x 403 heights in metres, which matplotlib ships.
"""

import os
import sys

import matplotlib
import numpy as np

import lina

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib import cbook
from matplotlib.collections import LineCollection

METRES_PER_DEGREE = 111_200
AZIMUTH, ALTITUDE = np.radians(315), np.radians(45)  # the sun, where maps usually have it: in the north-west
OUTPUT = os.environ.get("LINA_RELIEF_PNG", "out/relief.png")


def load():
    """Heights, and the distance between columns and between rows in metres."""
    with cbook.get_sample_data("jacksboro_fault_dem.npz") as dem:
        dy = METRES_PER_DEGREE * float(dem["dy"])
        dx = METRES_PER_DEGREE * float(dem["dx"]) * np.cos(np.radians(float(dem["ymin"])))
        return dem["elevation"], dx, dy


def publish(name, values, dtype):
    lina.create_array(name, dtype, values.shape)
    view = np.asarray(lina.array(name))
    view[...] = values
    return view


def reference(z, dx, dy):
    """Slope and hill shade by NumPy, to compare with."""
    south, east = np.gradient(z.astype(np.float64), dy, dx)
    slope = np.arctan(np.hypot(east, south))
    facing = np.arctan2(-east, south)  # the way water runs, clockwise from north
    shade = np.sin(ALTITUDE) * np.cos(slope) + np.cos(ALTITUDE) * np.sin(slope) * np.cos(
        AZIMUTH - facing
    )
    return slope, shade


def has_levels():
    return any(desc["name"] == "levels" for desc in lina.list())


def choose_levels(z):
    """Heights at equal distances, for Java's contour lines."""
    levels = np.asarray(lina.array("levels"))
    levels[:] = np.linspace(z.min(), z.max(), len(levels) + 2)[1:-1]


def draw_contours(axis):
    """Java's lines. Each is a row: x1, y1, x2, y2."""
    lines = np.asarray(lina.array("contours")).reshape(-1, 2, 2)
    axis.add_collection(LineCollection(lines, colors="black", linewidths=0.4))


def draw(z, slope, shade):
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.8), constrained_layout=True)
    panels = [
        ("elevation, int16 from Python", z, "gist_earth", "m"),
        ("slope, float64 from Julia", np.degrees(slope), "magma", "degrees"),
        ("hill shade, float64 from Julia", shade, "gray", None),
    ]
    for axis, (title, values, colours, unit) in zip(axes, panels):
        image = axis.imshow(values, cmap=colours)
        axis.set(title=title, xticks=[], yticks=[])
        if unit:
            figure.colorbar(image, ax=axis, label=unit, shrink=0.8)
    if has_levels():
        draw_contours(axes[0])
    os.makedirs(os.path.dirname(OUTPUT) or ".", exist_ok=True)
    figure.savefig(OUTPUT, dpi=110)


def main():
    terrain, dx, dy = load()
    z = publish("elevation", terrain, "i16")
    publish("spacing", np.array([dx, dy]), "f64")
    if has_levels():
        choose_levels(z)
    lina.signal("terrain_ready")
    lina.wait("shade_done")

    slope, shade = np.asarray(lina.array("slope")), np.asarray(lina.array("shade"))
    for name, theirs, ours in zip(("slope", "shade"), (slope, shade), reference(z, dx, dy)):
        order = "F" if theirs.flags.f_contiguous else "C"
        worst = np.abs(theirs - ours).max()
        print(f"Python  {name}: {theirs.shape}, {order} order, differs from NumPy by {worst:.1e}")
        if not worst < 1e-12:
            sys.exit(f"{name} is not what NumPy computes")
    if has_levels():
        lina.wait("contours_done")
    draw(z, slope, shade)
    print(f"Python  wrote {OUTPUT}")


main()
