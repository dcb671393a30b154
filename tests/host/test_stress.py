"""Five languages under garbage collection, exceptions and overflows, most of them in one process."""

import itertools
import os
import re
import subprocess

import pytest
from orders import SCRIPTS, run_in_order
from running import (
    BUILD,
    EMBEDS_NODE,
    ROOT,
    TIMEOUT,
    environment,
    needs_command,
    needs_java,
    needs_node,
)

pytestmark = [needs_command, needs_node, needs_java]


def test_five_languages_stand_garbage_exceptions_and_overflows_together():
    done = subprocess.run(
        [ROOT / "tests/host/stress/run", os.path.relpath(BUILD, ROOT)],
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        env={**environment(), "LINA_STRESS_ROUNDS": "5"},
    )
    assert done.returncode == 0, done
    rounds = dict(re.findall(r"(python|julia|lua|node|java) (\d+)", done.stdout))
    assert len(rounds) == 5 and min(map(int, rounds.values())) >= 5, done


@pytest.mark.parametrize("order", list(itertools.permutations(SCRIPTS, 2)), ids="-".join)
def test_two_languages_start_in_either_order_and_stand_overflows(order):
    done = run_in_order(order)
    assert done.status == 0 and re.search(rf"{order[0]} \d+ {order[1]} \d+", done.out), done
    embedded = set(order) if EMBEDS_NODE else set(order) - {"node"}
    for language in embedded:
        assert f"{SCRIPTS[language]} runs in a process of its own" not in done.err
