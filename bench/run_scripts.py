"""P14: how long `lina run` takes with five languages, beside their ordinary commands.

    python bench/run_scripts.py LINA [--quick] [--row LABEL]...

Prints lines of JSON for table.py. Each script says one word, so this measures starts and ends alone. Beside
the slowest command stands a second limit: the processor time of all commands, divided by the number of cores.
If that is longer, no way to start all of them can be as quick as the slowest command.
"""

import itertools
import json
import os
import resource
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
# If this variable is set, Node 18 reads all certificates at its start, and Node 20 when a script needs them.
# So with an embedded Node 18 beside an ordinary Node 20, it would count for Lina only.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "NODE_EXTRA_CA_CERTS"}


def emit(what, **values):
    print(json.dumps({"id": "P14", "what": what, "unit": "ns", "values": values}), flush=True)


def processor_time():
    """The nanoseconds of processors that all children so far have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def take(command):
    """The nanoseconds of a clock and of processors that a command takes."""
    used, started = processor_time(), time.perf_counter_ns()
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    spent = time.perf_counter_ns() - started
    if done.returncode != 0 or "up" not in done.stdout:
        sys.exit(f"{command} failed: {done}")
    return spent, processor_time() - used


def measure(commands):
    """The times of each command in each round, by the clock and of processors. The first only warms up."""
    clock, processors = ({name: [] for name in commands} for _ in range(2))
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            spent, used = take(command)
            if turn > 0:
                clock[name].append(spent)
                processors[name].append(used)
    return clock, processors


def main():
    there = {name: program for name, (program, _) in SCRIPTS.items() if shutil.which(program)}
    cores = min(len(os.sched_getaffinity(0)), len(there))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in there:
            with open(name, "w", encoding="utf-8") as file:
                file.write(SCRIPTS[name][1])
        bare = {name: [program, name] for name, program in there.items()}
        clock, used = measure({"Lina": [LINA, "run", *there], "one": [LINA, "run", "c.lua"], **bare})
        slowest = [max(turn) for turn in zip(*(clock[name] for name in bare))]
        # No order of the starts is faster than this: all processors work all the time.
        shares = [sum(turn) // cores for turn in zip(*(used[name] for name in bare))]
        emit(
            f"lina run, {len(there)} languages",
            Lina=clock["Lina"],
            **{
                "limit, slowest command": slowest,
                f"bare processor time of all commands / {cores} cores": shares,
                f"Lina processor time / {cores} cores": [n // cores for n in used["Lina"]],
            },
        )
        emit("lina run, one Lua script", Lina=clock["one"], lua=clock["c.lua"])


if not ROWS or any(row.split()[0] == "P14" for row in ROWS):
    main()
