#!/usr/bin/env python3
"""Folds what the bench programs measured into one table, against the targets.

    table.py RESULTS...        files of JSON lines; writes the table to standard output

A line is a measurement or a point of a growth curve. Every program that takes part prints such
lines on standard output, whatever its language:

    {"id": "P4", "what": "signal, nobody waits", "unit": "ns",
     "values": {"Lina": 2.2, "limit": 2.1, "eventfd": 284.4},
     "absent": {"iceoryx": "its daemon is not running"}}
    {"curve": "open", "axis": "names", "at": 1000, "ns": 22.1}

id      the target that it belongs to: a key of RULES below
what    tells it from others of that target, in a few words
unit    of the values: ns, or what the row counts (KiB, lines)
values  medians of rounds in which all took turns. "Lina" is ours; names that begin with "limit" are
        what the task demands at least (where there are several, the cheapest counts); names that
        begin with "Lina " are ours for comparison; all others are peers
absent  peers that could not take part, and why (may be left out)
"""

import json
import re
import sys
from collections import namedtuple

# Lina must be at most `factor` times what `against` finds in the row, or in another one. Rows of a
# target are told apart by a pattern in their `what`; the first rule that fits counts.
Rule = namedtuple("Rule", "what factor against text")
Line = namedtuple("Line", "id what row ratio rule")


def limit(row, _rows):
    return min(v for name, v in row["values"].items() if name.startswith("limit"))


def best(row, _rows):
    """The quickest of all others."""
    return min(v for name, v in row["values"].items() if not name.startswith("Lina"))


def peer(name):
    return lambda row, _rows: row["values"][name]


def row_of(what):
    """Lina in the sibling row whose `what` has `what` in it."""
    return lambda row, rows: next(
        r["values"]["Lina"] for r in rows if r["id"] == row["id"] and what in r["what"]
    )


def fixed(_row, _rows):
    return 1


RULES = {
    "P1": [Rule("", 1.3, limit, "1.3 x limit"), Rule("", 1.5, best, "1.5 x the best")],
    "P2": [Rule("", 1.5, limit, "1.5 x limit"), Rule("", 1.5, best, "1.5 x the best")],
    "P3": [Rule("", 1.5, best, "1.5 x the best")],
    "P4": [Rule("", 1.1, limit, "1.1 x limit")],
    "P5": [
        Rule("100000 names", 1.2, limit, "1.2 x limit"),
        Rule("100000 names", 3.5, row_of("open, 10 names"), "3.5 x 10 names"),
        Rule("", 1.0, limit, "limit"),
    ],
    "P6": [Rule("", 1.2, limit, "1.2 x limit")],
    "P7": [Rule("", 1.0, limit, "limit")],
    "P8": [
        Rule("create", 2.0, limit, "2 x limit"),
        Rule("remove", 1.0, limit, "create"),
    ],
    "P9": [
        Rule("", 200, fixed, "200 ns"),
        Rule("100 MiB", 1.1, row_of("1 KiB"), "1.1 x 1 KiB"),
    ],
    "P10": [
        Rule("Queue", 1e-4, limit, "1/10,000"),
        Rule("", 1.1, limit, "1.1 x 1 KiB"),
    ],
    "P11": [Rule("Node", 1.5, limit, "1.5 x limit"), Rule("", 1.2, limit, "1.2 x limit")],
    "P12": [
        Rule("Java map", 1.6, limit, "1.6 x native"),
        Rule("Lua scalar", 2.5, limit, "2.5 x native"),
        Rule("Lua bulk", 0.1, limit, "0.1 x native"),
        Rule("", 1.05, limit, "1.05 x native"),
    ],
    "P13": [
        Rule("", 1.0, peer("Python SharedMemory"), "Python"),
        Rule("10000 arrays", 1.1, row_of(" 0 arrays"), "1.1 x 0 arrays"),
    ],
    "P14": [Rule("", 1.15, limit, "1.15 x slowest")],
    "size": [
        Rule("resident", 64, fixed, "64 KiB"),
        Rule("library", 96, fixed, "96 KiB"),
        Rule("lines", 3500, fixed, "3,500"),
    ],
    "growth": [Rule("", 3.5, limit, "3.5 x smallest")],
}


def read(paths):
    """The measurements and the points of the curves in the files."""
    rows, points = [], []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in filter(None, map(str.strip, lines)):
                item = json.loads(line)
                (points if "curve" in item else rows).append(item)
    return rows, points


def curves(points):
    """The points of each curve, in order."""
    of = {}
    for p in points:
        of.setdefault((p["axis"], p["curve"]), []).append((p["at"], p["ns"]))
    return {key: sorted(set(line)) for key, line in of.items()}


BARE = "bare loads"  # the curve of what the machine's memory alone costs


def growth(points):
    """A row for each curve: the dearest point against the first. Beside it what bare loads cost."""
    of = curves(points)
    for (axis, name), line in of.items():
        if name == BARE:
            continue
        dearest = max(ns for _, ns in line)
        what = f"{name}, {line[0][0]:,.0f} to {line[-1][0]:,.0f} {axis}"
        values = {"Lina": dearest, "limit, smallest": line[0][1]}
        if (axis, BARE) in of:
            bare = [ns for _, ns in of[axis, BARE]]
            values |= {f"{BARE} from": bare[0], f"{BARE} to": max(bare)}
        yield {"id": "growth", "what": what, "unit": "ns", "values": values}


def judge(rows):
    """One line for each rule that a row has to meet."""
    for row in rows:
        bound = set()
        for rule in RULES.get(row["id"], []):
            if not re.search(rule.what, row["what"]) or rule.against in bound:
                continue
            bound.add(rule.against)
            ratio = row["values"]["Lina"] / rule.against(row, rows)
            id_ = "P3" if rule.against is best else row["id"]
            yield Line(id_, row["what"], row, ratio, rule)


def show(value, unit):
    if unit != "ns":
        return f"{value:,.0f} {unit}"
    for name, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.1f} ns" if value < 100 else f"{value:.0f} ns"


def peers(row):
    """All but Lina, and but the limit where a rule shows it in a column of its own."""
    has_column = any(rule.against is limit for rule in RULES[row["id"]])
    found = [
        f"{name} {show(v, row['unit'])}"
        for name, v in row["values"].items()
        if name != "Lina" and not (has_column and name.startswith("limit"))
    ]
    return "; ".join(found + [f"{n}: {why}" for n, why in row.get("absent", {}).items()])


def cells(line, rows):
    """A line of the table as text. A rule that says `fixed` has no ratio but the value itself."""
    row, rule = line.row, line.rule
    absolute = rule.against is fixed
    return (
        line.id,
        line.what,
        show(row["values"]["Lina"], row["unit"]),
        "" if absolute else show(rule.against(row, rows), row["unit"]),
        "" if absolute else f"{line.ratio:.2f}",
        rule.text,
        "met" if line.ratio <= rule.factor else "MISSED",
        peers(row),
    )


def main(paths):
    measured, points = read(paths)
    rows = measured + list(growth(points))
    lines = sorted(judge(rows), key=lambda line: order(line.id))
    head = ("id", "what", "Lina", "limit", "ratio", "at most", "", "peers")
    table = [head] + [cells(line, rows) for line in lines]
    shown = None
    widths = [max(len(row[i]) for row in table) for i in range(len(head) - 1)]
    for row in table:
        *left, last = row
        if (row[0], row[1]) == shown:
            last = ""
        shown = (row[0], row[1])
        print("  ".join(c.ljust(w) for c, w in zip(left, widths)) + "  " + last)
    missed = sum(line.ratio > line.rule.factor for line in lines)
    print(f"{len(lines) - missed} targets met, {missed} missed")


def order(id_):
    number = re.match(r"P(\d+)", id_)
    return int(number[1]) if number else 99


if __name__ == "__main__":
    main(sys.argv[1:])
