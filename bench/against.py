#!/usr/bin/env python3
"""Measures rows of the bench with two builds in turns: against.py OLD_BUILD NEW_BUILD [ROW...]

`script/bench --against` calls it. For each row, it starts the bench program of both builds. The two measure
one round each, in turns, and one sleeps while the other runs. So a disturbance of the machine affects both.
The place of a process in memory is random and affects its speed, so there are several pairs of processes.

It prints a line for each contender of a row: the median of each build; new / old, which is the median over
the pairs, and the bounds between which half of the pairs lie; and in how many pairs the new build took less.
The limits are the same code in both builds, so their difference is noise. The new build is "faster" or
"slower" if all pairs but one agree (chance does that once in 150 times), and if the ratio differs from 1 by
more than 2 % and by more than twice the difference of the row's limits.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

PAIRS = 12
ROUNDS = 20  # for each pair; fewer if they take long
FEWEST_ROUNDS = 3
MOST_SECONDS = 3  # for a pair


def programs(build):
    return {p.name: p for p in sorted(pathlib.Path(build, "bench").glob("bench_*")) if p.is_file()}


def labels(program, rows):
    command = [program, "--list", *(word for row in rows for word in ("--row", row))]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


class Side:
    """A bench program that measures one row, one round each time it is asked."""

    def __init__(self, program, row):
        self.process = subprocess.Popen(
            [program, "--in-turns", "--row", row],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.read()  # waits until it is ready

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} ended with {self.process.wait()}")
        return line

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.read())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def run_pair(builds, row, order):
    """Runs a pair of processes. Returns for each build a list of what the contenders took in each round."""
    sides = {}
    for i in order:
        sides[i] = Side(builds[i], row)
    rounds, started = ([], []), time.monotonic()
    for turn in range(ROUNDS):
        if turn >= FEWEST_ROUNDS and time.monotonic() - started > MOST_SECONDS:
            break
        for i in order:
            rounds[i].append(sides[i].measure())
        order = order[::-1]
    for side in sides.values():
        side.end()
    return rounds


def compare(builds, row):
    """Returns for each contender the medians of each pair of processes: [(old, new), ...]."""
    found = {}
    for pair in range(PAIRS):
        old, new = run_pair(builds, row, (0, 1) if pair % 2 == 0 else (1, 0))
        for name in old[0].keys() & new[0].keys():
            medians = tuple(statistics.median(r[name] for r in rounds) for rounds in (old, new))
            found.setdefault(name, []).append(medians)
    return found


def ratios(pairs):
    return [n / o for o, n in pairs]


def noise(found):
    """How much the limits of a row seem to differ, although their code is the same."""
    limits = [pairs for name, pairs in found.items() if name.startswith("limit")]
    return max((abs(statistics.median(ratios(pairs)) - 1) for pairs in limits), default=0)


def verdict(ratio, less, least):
    if ratio < 1 - least and less >= PAIRS - 1:
        return "faster"
    return "slower" if ratio > 1 + least and less <= 1 else "no difference seen"


def show(row, name, found):
    pairs = found[name]
    old, new = (statistics.median(side) for side in zip(*pairs))
    low, middle, high = statistics.quantiles(ratios(pairs), n=4)
    less = sum(ratio < 1 for ratio in ratios(pairs))
    least = max(0.02, 2 * noise(found))
    said = verdict(middle, less, least) if name.startswith("Lina") else ""
    line = f"{row:60}  {name:26}  {old:12.2f}  {new:12.2f}  {middle:6.3f}  {low:.3f} .. {high:.3f}"
    print(f"{line}  {less:2} of {PAIRS}  {said}", flush=True)


def main(old_build, new_build, rows):
    old, new = programs(old_build), programs(new_build)
    head = f"{'row':60}  {'':26}  {'old, ns':>12}  {'new, ns':>12}  {'ratio':>6}  {'half of them':14}"
    print(f"{head}  less in", flush=True)
    count = 0
    for name in sorted(old.keys() & new.keys()):
        known = labels(old[name], rows)
        for row in labels(new[name], rows):
            if row not in known:
                print(f"{row:60}  not in the old build")
                continue
            found = compare((old[name], new[name]), row)
            for contender in sorted(found):
                show(row, contender, found)
            count += 1
    if count == 0:
        sys.exit("no such row: " + ", ".join(rows))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
