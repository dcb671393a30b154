"""Python's part of the stress: garbage, exceptions, overflows of the stack. It goes on until every language
has done its rounds or LINA_STRESS_SECONDS have passed. Then it ends the others.

Each round raises the signal "rounds.LANGUAGE". Python prints how much the process has grown since a quarter
of the rounds.
"""

import contextlib
import gc
import os
import pathlib
import re
import time

import lina

ROUNDS = int(os.environ.get("LINA_STRESS_ROUNDS", "20"))
SECONDS = float(os.environ.get("LINA_STRESS_SECONDS", "inf"))
LANGUAGES = os.environ.get("LINA_STRESS_LANGUAGES", "python julia lua node java").split()


def overflow():
    return 1 + overflow()


def play():
    with contextlib.suppress(RecursionError):
        overflow()
    for i in range(1000):
        try:
            raise KeyError(i)
        except KeyError:
            pass
    circles = [[] for _ in range(1000)]
    for circle in circles:
        circle.append(circle)
    del circles
    gc.collect()
    lina.array("x")[0] += 1
    lina.signal("rounds.python")


def resident():
    """The resident memory, in MiB, of the process that the embedded languages share."""
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024


def fewest():
    return min(lina.value(f"rounds.{language}") for language in LANGUAGES)


def share_done():
    return max(fewest() / ROUNDS, (time.monotonic() - START) / SECONDS)


START, early = time.monotonic(), None
while share_done() < 1:
    play()
    if early is None and share_done() >= 0.25:
        early = resident()
lina.signal("stop")
print(*(f"{language} {lina.value(f'rounds.{language}')}" for language in LANGUAGES))
late = resident()
print(f"MiB {early or late:.0f} {late:.0f}")  # the last round may have been the first
