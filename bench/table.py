#!/usr/bin/env python3
"""Makes one table of what the bench programs measured, and compares it with the targets.

    table.py RESULTS...        files of JSON lines; writes the table to standard output

A line is a measurement, or a point of a growth curve. The bench programs, in all languages, print such lines
on standard output:

    {"id": "P4", "what": "signal, nobody waits", "unit": "ns",
     "values": {"Lina": [2.3, 2.2, 2.2], "limit": [2.1, 2.1, 2.1], "eventfd": [284.4, 281.0, 299.1]},
     "absent": {"iceoryx": "its daemon is not running"}}
    {"id": "growth", "what": "open", "axis": "names", "at": 1000, "unit": "ns",
     "values": {"Lina": [22.1, 22.0], "bare yardstick": [8.1, 8.0]}}

id      the target that it belongs to: a key of RULES below
what    distinguishes it from others of that target, in a few words
unit    of the values: ns, or what the row counts (KiB, lines)
values  one number, or one for each round in which all contenders took turns. Names that begin with "limit"
        are the least that the task needs (if there are several, the cheapest counts); names that begin with
        "Lina " or "bare" are for comparison; all names other than these and "Lina" are peers
absent  peers that could not take part, and why (optional)

A ratio is the ratio of the medians. Its spread is the middle half of the ratios of single rounds.
"""

import json
import re
import statistics
import sys
from collections import namedtuple

# A row of a target meets a rule if Lina takes at most `factor` times the value that `against` finds in this
# row or in another one. With `least`, Lina must be that many times as fast. A rule without a factor only
# compares. `what` is a pattern for the row's `what`. Of several rules with the same `against`, the first one
# that fits counts.
Rule = namedtuple("Rule", "what factor against text least", defaults=[False])
Line = namedtuple("Line", "id row rule against")


class MissingError(Exception):
    """Raised if the run has not measured what a rule compares with."""


def values(row, name):
    """The values of a contender, one for each round."""
    try:
        found = row["values"][name]
    except KeyError:
        raise MissingError from None
    return found if isinstance(found, list) else [found]


def cheapest(row, fits):
    names = [name for name in row["values"] if fits(name)]
    if not names:
        raise MissingError
    return min((values(row, name) for name in names), key=statistics.median)


def limit(row, _rows):
    return cheapest(row, lambda name: name.startswith("limit"))


def best(row, _rows):
    """The fastest contender that is not Lina's."""
    return cheapest(row, lambda name: not name.startswith("Lina"))


def contender(name):
    return lambda row, _rows: values(row, name)


def row_of(what):
    """Lina's value in another row of the target, the one whose `what` contains `what`."""

    def find(row, rows):
        for other in rows:
            if other["id"] == row["id"] and what in other["what"]:
                return values(other, "Lina")
        raise MissingError

    return find


def fixed(_row, _rows):
    return [1]


iceoryx2 = contender("iceoryx2")
mpich = contender("MPICH")
one_thread = contender("limit, one thread")
bare_growth = contender("limit, bare loads")

RULES = {
    "P1": [Rule("", 1.3, limit, "1.3 x limit"), Rule("", 1.5, best, "1.5 x the best")],
    "P2": [Rule("", 1.0, limit, "limit"), Rule("", 1.5, best, "1.5 x the best")],
    "P3": [Rule("", 1.5, best, "1.5 x the best")],
    "P4": [Rule("", 1.1, limit, "1.1 x limit")],
    "P5": [Rule("100000 names", 1.2, limit, "1.2 x limit"), Rule("", 1.0, limit, "limit")],
    "P6": [Rule("", 1.2, limit, "1.2 x limit")],
    "P7": [Rule("handle", 1.3, limit, "1.3 x limit"), Rule("", 1.15, limit, "1.15 x limit")],
    "P8": [
        Rule("create, 64 B", 4.0, limit, "4 x limit"),
        Rule("create \\+ remove", 1.3, limit, "1.3 x zeroing"),
        Rule("create", 2.0, limit, "2 x limit"),
        Rule("remove, 100 MiB", None, limit, ""),  # see create + remove
        Rule("remove", 1.0, limit, "create"),
    ],
    "P9": [
        Rule("publish.*two cores", 0.95, iceoryx2, "0.95 x iceoryx2"),
        Rule("100 MiB, one thread", 1.1, row_of("1 KiB, one thread"), "1.1 x 1 KiB"),
        Rule("one thread", 170, fixed, "170 ns"),
        Rule("whole frames", None, contender("Lina in place"), ""),  # helps users to choose
    ],
    "P10": [
        Rule("Queue", 1 / 30000, limit, "1/30,000"),
        Rule("", 1.1, limit, "1.1 x 1 KiB"),
    ],
    "P11": [
        Rule("Julia round trip", 100e3, fixed, "100 us"),
        Rule("Julia.* by handle", 0.9, limit, "0.9 x limit"),
        Rule("Node", 1.5, limit, "1.5 x limit"),
        Rule("", 1.2, limit, "1.2 x limit"),
    ],
    "P12": [
        Rule("Java map", 1.6, limit, "1.6 x native"),
        Rule("Lua scalar", 2.5, limit, "2.5 x native"),
        Rule("Lua bulk", 0.1, limit, "0.1 x native"),
        Rule("", 1.05, limit, "1.05 x native"),
    ],
    "P13": [
        Rule("", 1.0, contender("Python SharedMemory, a byte read"), "Python, a byte read"),
        Rule("10000 arrays", 1.1, row_of(" 0 arrays"), "1.1 x 0 arrays"),
    ],
    "P14": [
        Rule("one Lua", 30e6, fixed, "30 ms"),
        Rule("languages", 1.15, limit, "1.15 x slowest"),
    ],
    "P15": [
        Rule("^stream", 1.3, limit, "1.3 x limit"),
        Rule("", 1.0, iceoryx2, "iceoryx2"),
    ],
    "P16": [Rule("", 1 / 0.95, limit, "0.95 x slowest stage")],
    "P17": [
        Rule("two arrays", 1.8, one_thread, "1.8 x one thread", least=True),
        Rule("", 0.5, one_thread, "0.5 x one thread", least=True),
    ],
    "bridge": [
        Rule("MiB, one way", 1 / 0.9, mpich, "MPICH's / 0.9"),
        Rule("KiB, one way", 2.0, mpich, "2 x MPICH"),
        Rule("beside", None, contender("Lina alone"), ""),
        Rule("after 2 ms", None, mpich, ""),
    ],
    "size": [
        Rule("fresh", 64, fixed, "64 KiB"),
        Rule("empty", 4096, fixed, "4 MiB"),
        Rule("library", 128, fixed, "128 KiB"),
        Rule("lines", 5500, fixed, "5,500"),
    ],
    "growth": [
        Rule("by name.* names", 1.0, bare_growth, "bare loads"),
        Rule("create", 1.2, fixed, "1.2 x smallest"),
        Rule("^(?!.*by name.* names)", 3.5, fixed, "3.5 x smallest"),
    ],
}


def read(paths):
    """Reads the measurements and the points of curves from the files."""
    rows, points = [], []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in filter(None, map(str.strip, lines)):
                item = json.loads(line)
                (points if "axis" in item else rows).append(item)
    return rows, points


YARDSTICK = "bare yardstick"  # a contender of each point, whose cost is the same at all points


def curves(points):
    """The points of each curve, in order: {(axis, operation, contender): [(at, ns), ...]}.

    The yardstick shows how fast the machine was at each point. The times are corrected for that."""
    marks = [statistics.median(values(p, YARDSTICK)) for p in points]
    of = {}
    for p, mark in zip(points, marks):
        for name in p["values"].keys() - {YARDSTICK}:
            ns = statistics.median(values(p, name)) * statistics.median(marks) / mark
            of.setdefault((p["axis"], p["what"], name), []).append((p["at"], ns))
    return {key: sorted(line) for key, line in of.items()}


def growth(points):
    """Makes a row for each curve: the cost of its most expensive point, divided by that of its smallest."""
    of = {}
    for (axis, operation, name), line in curves(points).items():
        what = f"{operation}, {line[0][0]:,} to {line[-1][0]:,} {axis}"
        times = max(ns for _, ns in line) / line[0][1]
        of.setdefault(what, {})[name] = times
    return [{"id": "growth", "what": what, "unit": "x", "values": v} for what, v in of.items()]


def judge(rows):
    """Yields a line for each rule that a row must meet, and a line for each row without a rule."""
    for row in rows:
        seen = set()
        for rule in RULES.get(row["id"], []):
            if not re.search(rule.what, row["what"]) or rule.against in seen:
                continue
            seen.add(rule.against)
            id_ = "P3" if rule.against is best else row["id"]
            try:
                yield Line(id_, row, rule, rule.against(row, rows))
            except MissingError:
                yield Line(id_, row, rule, None)


def ratio_of(line):
    """The ratio of the medians and the quartiles over the rounds, in the direction of the target."""
    ours, theirs = values(line.row, "Lina"), line.against
    middle = statistics.median(ours) / statistics.median(theirs)
    if len(theirs) != len(ours):
        theirs = [statistics.median(theirs)] * len(ours)
    rounds = [a / b for a, b in zip(ours, theirs)]
    if line.rule.least:
        middle, rounds = 1 / middle, [1 / r for r in rounds]
    low, _, high = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else [middle] * 3
    return middle, low, high


def is_met(line):
    ratio = ratio_of(line)[0]
    return ratio >= line.rule.factor if line.rule.least else ratio <= line.rule.factor


def show(value, unit):
    if unit != "ns":
        return f"{value:,.2f} x" if unit == "x" else f"{value:,.0f} {unit}".strip()
    for name, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.1f} ns" if value < 100 else f"{value:.0f} ns"


def significant(value):
    """A ratio with two decimals, or with two digits if it is small."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def spread(row):
    """The middle half of Lina's rounds, in per cent of their median."""
    ours = values(row, "Lina")
    if len(ours) < 2:
        return ""
    low, middle, high = statistics.quantiles(ours, n=4)
    return f"-{100 * (1 - low / middle):.0f} +{100 * (high / middle - 1):.0f} %"


def peers(row, shown):
    """All contenders without a column of their own."""
    found = [
        f"{name} {show(statistics.median(values(row, name)), row['unit'])}"
        for name in row["values"]
        if name != "Lina" and values(row, name) is not shown
    ]
    return "; ".join(found + [f"{n}: {why}" for n, why in row.get("absent", {}).items()])


def cells(line):
    """A line of the table as text. For a rule that says `fixed`, it shows the value instead of a ratio."""
    row, rule = line.row, line.rule
    ours = show(statistics.median(values(row, "Lina")), row["unit"])
    target = ("at least " if rule.least else "at most ") + rule.text if rule.factor else ""
    start = (line.id, row["what"], ours, spread(row) if row["unit"] == "ns" else "")
    if line.against is None:
        return (*start, "", "", "", target, "not measured", peers(row, None))
    met = "" if rule.factor is None else "met" if is_met(line) else "MISSED"
    if rule.against is fixed:
        return (*start, "", "", "", target, met, peers(row, None))
    theirs = show(statistics.median(line.against), row["unit"])
    middle, low, high = map(significant, ratio_of(line))
    rounds = "" if low == high else f"{low} .. {high}"
    return (*start, theirs, middle, rounds, target, met, peers(row, line.against))


HEAD = ("id", "what", "Lina", "spread", "against", "ratio", "its rounds", "target", "", "others")


def order(line):
    number = re.match(r"P(\d+)", line.id)
    return int(number[1]) if number else 99


def main(paths):
    measured, points = read(paths)
    lines = sorted(judge(measured + growth(points)), key=order)
    table = [HEAD] + [cells(line) for line in lines]
    shown = None
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD) - 1)]
    for row in table:
        *left, last = row
        if (row[0], row[1]) == shown:
            last = ""
        shown = (row[0], row[1])
        print(("  ".join(c.ljust(w) for c, w in zip(left, widths)) + "  " + last).rstrip())
    targets = [line for line in lines if line.rule.factor is not None]
    judged = [line for line in targets if line.against is not None]
    met = sum(map(is_met, judged))
    print(f"{met} targets met, {len(judged) - met} missed, {len(targets) - len(judged)} not measured")


if __name__ == "__main__":
    main(sys.argv[1:])
