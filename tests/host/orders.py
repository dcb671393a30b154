"""Runs the scripts of tests/host/stress in a given order: each starts when the one before has done a round.

As a program, it runs the 20 orders of two languages and the 120 orders of five, or some of them:

    python tests/host/orders.py [FIRST LAST]      # numbers from 0 to 139
"""

import itertools
import subprocess
import sys

from running import BUILD, ROOT, TIMEOUT, Done, environment, start

HERE = ROOT / "tests/host/stress"
SCRIPTS = {
    "python": "stress.py",
    "julia": "stress.jl",
    "lua": "stress.lua",
    "node": "stress.mjs",
    "java": "Stress.java",
}


PATIENCE = 5 * TIMEOUT


def run_in_order(languages, rounds=1):
    """Runs the languages in this order. Python's script ends the others, as a program of its own if Python is
    not among the languages.
    """
    words = ["run", "--array", "x=i64:5"]
    for first, second in itertools.pairwise(languages):
        words += ["--after", f"{SCRIPTS[second]}={SCRIPTS[first]}:rounds.{first}"]
    words += [HERE / SCRIPTS[language] for language in languages]
    if "python" not in languages:
        words += ["--", environment()["LINA_PYTHON"], HERE / SCRIPTS["python"]]
    more = {
        "LINA_STRESS_LANGUAGES": " ".join(languages),
        "LINA_STRESS_ROUNDS": str(rounds),
        "PYTHONPATH": str(BUILD),
    }
    process = start(*words, env={**environment(), **more})
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.terminate()
        raise
    return Done(process.returncode, out, err)


def main():
    orders = [*itertools.permutations(SCRIPTS, 2), *itertools.permutations(SCRIPTS)]
    first, last = (int(word) for word in sys.argv[1:]) if sys.argv[1:] else (0, len(orders) - 1)
    bad = 0
    for number in range(first, last + 1):
        try:
            done = run_in_order(orders[number])
        except subprocess.TimeoutExpired as expired:
            done = expired
        well = getattr(done, "status", None) == 0
        bad += not well
        print(number, *orders[number], "passed" if well else f"FAILED\n{done}", flush=True)
    print(f"{last - first + 1 - bad} of {last - first + 1} orders passed")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
