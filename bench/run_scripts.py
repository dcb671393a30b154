"""P14: how long `lina run` takes with five languages, beside their ordinary commands.

    python bench/run_scripts.py LINA [--quick] [--row LABEL]...

Prints lines of JSON for table.py. Each script says one word, so this measures starts and ends alone.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

LINA = os.path.abspath(sys.argv[1])
ROUNDS = 3 if "--quick" in sys.argv else 11
ROWS = [row for option, row in itertools.pairwise(sys.argv) if option == "--row"]
SCRIPTS = {
    "a.py": (os.environ.get("LINA_PYTHON", "python3"), "print('up')\n"),
    "b.jl": (os.environ.get("LINA_JULIA", "julia"), 'println("up")\n'),
    "c.lua": (os.environ.get("LINA_LUA", "lua"), "print('up')\n"),
    "d.mjs": (os.environ.get("LINA_NODE", "node"), "console.log('up');\n"),
    "E.java": (
        os.environ.get("LINA_JAVA", "java"),
        'class E { public static void main(String[] a) { System.out.println("up"); } }\n',
    ),
}


def emit(what, **values):
    print(json.dumps({"id": "P14", "what": what, "unit": "ns", "values": values}), flush=True)


def take(command):
    started = time.perf_counter_ns()
    done = subprocess.run(command, capture_output=True, text=True)
    spent = time.perf_counter_ns() - started
    if done.returncode != 0 or "up" not in done.stdout:
        sys.exit(f"{command} failed: {done}")
    return spent


def measure(commands):
    """The nanoseconds of each command in each round, in turns; the first round only warms up."""
    times = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            spent = take(command)
            if turn > 0:
                times[name].append(spent)
    return times


def main():
    there = {name: program for name, (program, _) in SCRIPTS.items() if shutil.which(program)}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in there:
            with open(name, "w", encoding="utf-8") as file:
                file.write(SCRIPTS[name][1])
        bare = {name: [program, name] for name, program in there.items()}
        times = measure({"Lina": [LINA, "run", *there], "one": [LINA, "run", "c.lua"], **bare})
        slowest = [max(turn) for turn in zip(*(times[name] for name in bare))]
        emit(f"lina run, {len(there)} languages", Lina=times["Lina"], **{"limit, slowest command": slowest})
        emit("lina run, one Lua script", Lina=times["one"], lua=times["c.lua"])


if not ROWS or any(row.split()[0] == "P14" for row in ROWS):
    main()
