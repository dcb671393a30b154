"""Five languages under garbage collection, exceptions and overflows, most of them in one process."""

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


# This takes about a minute on two idle cores. script/soak does 2,000 rounds.
ROUNDS = "60"


def test_five_languages_survive_garbage_exceptions_and_overflows_together():
    done = subprocess.run(
        [ROOT / "tests/host/stress/run", os.path.relpath(BUILD, ROOT)],
        capture_output=True,
        text=True,
        timeout=10 * TIMEOUT,
        env={**environment(), "LINA_STRESS_ROUNDS": ROUNDS},
    )
    assert done.returncode == 0, done
    rounds = dict(re.findall(r"(python|julia|lua|node|java) (\d+)", done.stdout))
    assert len(rounds) == 5 and min(map(int, rounds.values())) >= int(ROUNDS), done


# In one of these two orders, each language starts before each other. orders.py runs all orders.
@pytest.mark.parametrize("order", [tuple(SCRIPTS), tuple(reversed(SCRIPTS))], ids=["forwards", "backwards"])
def test_languages_that_start_one_after_another_survive_overflows(order):
    done = run_in_order(order)
    assert done.status == 0, done
    assert re.search(r" \d+ ".join(order) + r" \d+\n", done.out), done
    embedded = [language for language in order if language != "node" or EMBEDS_NODE]
    for language in embedded:
        assert f"{SCRIPTS[language]} runs in a process of its own" not in done.err
